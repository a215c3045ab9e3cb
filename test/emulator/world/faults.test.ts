/** Faults as commands: what the trace says of them, that they end, and that pods recover. */
import { describe, expect, it, test } from "vitest";

import type { Fault } from "../../../src/emulator/world/commands.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  ROTATION,
  VAULT,
  aClass,
  aPod,
  aWorld,
  csiVolume,
} from "../../support/world.ts";

const MINUTE = 60_000;
const FILE = "/mnt/store/secret1";
const drop = { kind: "drop" } as const;

function aMountedPod(version: string): TestWorld {
  const settings = { ...ROTATION, driver: { version } };
  const pod = aPod({ volumes: { store: csiVolume("kv") } });
  return aWorld({ settings, manifests: [aClass(), pod] }).until("5m");
}

const VAULT_DOWN: Fault = {
  target: "vault",
  vault: VAULT,
  operation: "SecretGet",
  object: null,
  effect: drop,
};

describe("a fault's facts", () => {
  it.each<[string, Fault, object]>([
    [
      "vault kvdemo",
      { ...VAULT_DOWN, object: "secret1" },
      {
        target: "vault",
        name: VAULT,
        effect: "does not answer to SecretGet for secret1",
      },
    ],
    [
      "link node-0 -> vault",
      { target: "link", node: "node-0", to: "vault", effect: drop },
      { target: "link", name: "node-0", effect: "does not answer" },
    ],
    [
      "link every node -> entra",
      { target: "link", node: null, to: "entra", effect: { kind: "refuse" } },
      { target: "link", name: "", effect: "refuses connections" },
    ],
    [
      "entra",
      { target: "entra", effect: { kind: "slow", byMs: 1500 } },
      { target: "entra", name: "", effect: "is 1s500ms slower" },
    ],
    [
      "provider node-0",
      { target: "provider", node: "node-0", effect: drop },
      { target: "provider", name: "node-0", effect: "does not answer" },
    ],
    [
      "apiServer",
      { target: "apiServer", effect: { kind: "respond", status: 503 } },
      { target: "apiServer", name: "", effect: "answers 503" },
    ],
    [
      "watch every node",
      { target: "watch", node: null },
      { target: "watch", name: "", effect: "loses its watches" },
    ],
  ])(
    "%s: from the command to the millisecond of its end",
    (about, fault, data) => {
      const world = aWorld().until("1m");
      world.fault(fault, "1m");
      const began = world.first("fault.began");
      expect(began).toMatchObject({ about, data });
      const command = world.last("command");
      expect(command.about).toBe(about);
      expect(began.fact.causes).toEqual([command.fact.seq]);
      const ends = () => world.all("fault.ended").length;
      expect(world.around(began.t + MINUTE, ends)).toEqual([0, 1]);
      const ended = world.first("fault.ended");
      expect(ended).toMatchObject({ about, data, t: began.t + MINUTE });
      expect(ended.fact.causes).toEqual([began.fact.seq]);
    },
  );
});

const FAULTS: [string, Fault][] = [
  ["the vault drops", VAULT_DOWN],
  [
    "the vault answers 429",
    { ...VAULT_DOWN, effect: { kind: "respond", status: 429 } },
  ],
  [
    "the link to the vault drops",
    { target: "link", node: null, to: "vault", effect: drop },
  ],
  [
    "the link to the vault refuses",
    { target: "link", node: "node-0", to: "vault", effect: { kind: "refuse" } },
  ],
  [
    "the link to Entra ID drops",
    { target: "link", node: "node-0", to: "entra", effect: drop },
  ],
  [
    "Entra ID answers 503",
    { target: "entra", effect: { kind: "respond", status: 503 } },
  ],
  ["the provider hangs", { target: "provider", node: null, effect: drop }],
  [
    "the provider is gone",
    { target: "provider", node: "node-0", effect: { kind: "refuse" } },
  ],
];

describe.each(["1.5.6", "1.6.0"])("a mounted pod of driver %s", (version) => {
  test.each(FAULTS)("keeps its file while %s, and recovers", (_, fault) => {
    const world = aMountedPod(version);
    const over = world.fault(fault, "5m");
    world.setSecret("secret1", "v2");
    world.untilQuiet(over);
    expect(world.read(FILE)).toBe("v1");
    // A blocked worker or a masked failure waits for its turn: a poll or a sync, and a try that still runs.
    world.until(over + 5 * MINUTE);
    expect(world.read(FILE)).toBe("v2");
  });

  test("follows while the vault is 5 s slower, by so much later", () => {
    const effect = { kind: "slow", byMs: 5000 } as const;
    const world = aMountedPod(version);
    const fault: Fault = { target: "link", node: null, to: "vault", effect };
    world.fault(fault, "10m");
    world.setSecret("secret1", "v2");
    const read = world.untilFact("vault.request", "10m").t;
    world.until(read + 10 * MINUTE);
    expect(world.read(FILE)).toBe("v2");
  });
});

describe("refusals", () => {
  test.each<[string, Fault]>([
    ["there is no vault nope", { ...VAULT_DOWN, vault: "nope" }],
    [
      'nodes "node-7" not found',
      { target: "provider", node: "node-7", effect: drop },
    ],
    ['nodes "node-7" not found', { target: "watch", node: "node-7" }],
  ])("%s", (error, fault) => {
    const world = aWorld();
    const outcome = world.world.execute({ kind: "fault", fault, forMs: 1000 });
    expect(outcome).toEqual({ ok: false, error });
    expect(world.all("fault.began")).toEqual([]);
  });

  test("a link does not answer for its peer", () => {
    const effect = { kind: "respond", status: 503 } as const;
    const fault: Fault = { target: "link", node: null, to: "vault", effect };
    expect(() => aWorld().do({ kind: "fault", fault, forMs: 1000 })).toThrow(
      "what answers is a peer",
    );
  });
});
