import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../src/kernel/time.ts";
import type { FaultEffect, VaultFault } from "../../src/keyvault-mock/index.ts";
import {
  CALLER,
  OID,
  START,
  aToken,
  aWorld,
  errorOf,
  inShort,
  resultOf,
} from "./support.ts";
import type { World } from "./support.ts";

const UNTIL = START + MINUTE_MS;

function aWorldWithSecret(): World {
  const world = aWorld();
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  return world;
}

function broken(effect: FaultEffect, only: Partial<VaultFault> = {}): World {
  const world = aWorldWithSecret();
  fault(world, effect, only);
  return world;
}

function fault(
  world: World,
  effect: FaultEffect,
  only: Partial<VaultFault> = {},
  until = UNTIL,
): void {
  const all = { operation: null, object: null };
  world.run((v) =>
    resultOf(v.fault("KVDEMO", { ...all, ...only, effect }, until)),
  );
}

function respond(status: number, more = {}): FaultEffect {
  return { kind: "respond", status, ...more };
}

describe("a vault that does not answer", () => {
  test("leaves the caller waiting for the Go dialer's 30 s, and nothing in the log", () => {
    const world = broken({ kind: "drop" });
    const before = world.facts().length;
    const sent = world.sim.now;
    world.ask();
    world.sim.runUntil(sent + 29_999);
    expect(world.answers).toHaveLength(0);
    world.sim.runUntil(sent + 30_000);
    expect(errorOf(world.answers[0]!.reply)).toEqual({
      status: 0,
      code: "ConnectionTimedOut",
      message: "dial tcp 198.51.100.20:443: i/o timeout",
    });
    expect(world.facts()).toHaveLength(before);
  });

  test("takes no command either, and makes no version", () => {
    const world = broken({ kind: "drop" });
    const set = world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "w" }),
    );
    expect(errorOf(set).code).toBe("ConnectionTimedOut");
    expect(world.sets()).toHaveLength(1);
    const access = world.run((v) => v.setAccess("kvdemo", { mode: "open" }));
    expect(access.ok).toBe(true);
  });

  test("counts nothing against its limits", () => {
    const world = broken({ kind: "drop" });
    const { windows } = world.vaults.state.vaults.get("kvdemo")!;
    world.ask();
    expect([...windows.keys()]).toEqual(["secretSets"]);
  });
});

test("a vault that refuses connections says so at once, and has nothing in its log", () => {
  const world = broken({ kind: "refuse" });
  const before = world.facts().length;
  const sent = world.sim.now;
  world.ask();
  world.sim.runUntil(sent + 1);
  expect(errorOf(world.answers[0]!.reply)).toEqual({
    status: 0,
    code: "ConnectionRefused",
    message: "dial tcp 198.51.100.20:443: connect: connection refused",
  });
  expect(world.facts()).toHaveLength(before);
});

test("a slow vault acts at once and answers so much later", () => {
  const world = broken({ kind: "slow", byMs: 5000 });
  const sent = world.sim.now;
  world.ask();
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "too late" }));
  expect(
    world.audit().filter(({ data }) => data.operation === "SecretGet"),
  ).toHaveLength(1);
  world.sim.runUntil(sent + 5019);
  expect(world.answers).toHaveLength(0);
  world.sim.runUntil(sent + 5020);
  expect(world.answers).toMatchObject([{ reply: { bundle: { value: "v" } } }]);
});

describe("a vault that answers an error", () => {
  test.each([
    [403, "403 Forbidden ForbiddenByFirewall"],
    [404, "404 SecretNotFound"],
    [400, "400 BadParameter"],
    [408, "408 RequestTimeout"],
    [409, "409 Conflict"],
    [429, "429 Throttled"],
    [500, "500 InternalServerError"],
    [502, "502 BadGateway"],
    [503, "503 ServiceUnavailable"],
    [504, "504 GatewayTimeout"],
  ])("sends with %i what the real one does, and logs it", (status, short) => {
    const world = broken(respond(status));
    const error = errorOf(world.reply());
    expect(inShort(error)).toBe(short);
    expect(world.audit().at(-1)!.data).toMatchObject({
      operation: "SecretGet",
      status,
      message: error.message,
      code: error.code,
      oid: OID,
      version: null,
    });
  });

  test("tells who was kept out by the firewall", () => {
    expect(errorOf(broken(respond(403)).reply()).message).toBe(
      `Client address is not authorized and caller is not a trusted service.\r\nClient address: 10.224.0.4\r\nCaller: ${CALLER}\r\nVault: kvdemo;location=westeurope`,
    );
  });

  test.each([
    ["KeyGet", "KeyNotFound"],
    ["CertificateListVersions", "CertificateNotFound"],
  ] as const)("misses the object that was asked for: %s", (operation, code) => {
    const error = errorOf(
      broken(respond(404)).reply({ operation, version: "f00" }),
    );
    expect(error.code).toBe(code);
    expect(error.message).toContain("(name/id) secret1");
  });

  test("sends the code, text and Retry-After that it is told", () => {
    const own = { code: "Custom", message: "as told", retryAfterSeconds: 61 };
    const error = errorOf(broken(respond(403, own)).reply());
    expect(error).toEqual({ status: 403, ...own });
  });

  test.each([
    [403, "401 Unauthorized", "Authentication"],
    [404, "401 Unauthorized", "Authentication"],
    [429, "429 Throttled", "Authentication"],
    [503, "503 ServiceUnavailable", "Authentication"],
  ])(
    "with %i answers a request without a token: %s",
    (status, short, logged) => {
      const world = broken(respond(status));
      expect(inShort(errorOf(world.reply({ token: null })))).toBe(short);
      expect(world.audit().at(-1)!.data.operation).toBe(logged);
    },
  );

  test("does so before it looks at permissions", () => {
    const world = aWorld({ access: { mode: "accessPolicy", policies: [] } });
    fault(world, respond(404));
    const token = aToken();
    expect(inShort(errorOf(world.reply({ token })))).toBe("404 SecretNotFound");
  });

  test("refuses the operator's commands and does nothing", () => {
    const world = broken(respond(503));
    const set = world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "w" }),
    );
    expect(inShort(errorOf(set))).toBe("503 ServiceUnavailable");
    expect(world.sets()).toHaveLength(1);
    expect(world.audit().at(-1)!.data).toMatchObject({
      operation: "SecretSet",
      status: 503,
    });
  });
});

describe("a fault", () => {
  test("ends by itself, at its time and not before", () => {
    const world = broken(respond(503));
    for (const at of [UNTIL - 1, UNTIL]) {
      world.sim.runBefore(at);
      world.ask();
    }
    const [during, after] = world.audit().slice(-2);
    expect([during!.t, during!.data.status]).toEqual([UNTIL - 1, 503]);
    expect([after!.t, after!.data.status]).toEqual([UNTIL, 200]);
  });

  test("meets only the operation and the object that it names, in any spelling", () => {
    const world = broken(respond(503), {
      operation: "SecretGet",
      object: "SECRET1",
    });
    world.run((v) => v.setSecret("kvdemo", "secret2", { value: "v" }));
    expect(world.reply().ok).toBe(false);
    expect(world.reply({ operation: "SecretListVersions" }).ok).toBe(true);
    expect(world.reply({ name: "secret2" }).ok).toBe(true);
    const list = world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "v" }),
    );
    expect(list.ok).toBe(true);
  });

  test("meets no other vault", () => {
    const world = broken({ kind: "refuse" });
    world.run((v) =>
      v.createVault({ name: "other", access: { mode: "open" } }),
    );
    world.run((v) => v.setSecret("other", "secret1", { value: "v" }));
    expect(world.reply({ vault: "other" }).ok).toBe(true);
  });

  test("counts before older ones that fit, as long as it lasts", () => {
    const world = broken(respond(503));
    fault(
      world,
      respond(500),
      { operation: "SecretListVersions" },
      START + 20_000,
    );
    fault(world, respond(404), {}, START + 10_000);
    fault(world, respond(403), { object: "other" });
    const status = () =>
      errorOf(world.reply({ operation: "SecretListVersions" })).status;
    expect(status()).toBe(404);
    world.sim.runBefore(START + 10_000);
    expect(status()).toBe(500);
    world.sim.runBefore(START + 20_000);
    expect(status()).toBe(503);
  });

  test("is forgotten when it is over and another begins", () => {
    const world = broken(respond(503));
    world.sim.runUntil(UNTIL);
    fault(world, respond(500), {}, UNTIL + 1000);
    expect(world.vaults.state.faults).toHaveLength(1);
  });

  test("is among the causes of what fails or comes late", () => {
    for (const effect of [
      { kind: "drop" },
      { kind: "slow", byMs: 5 },
      respond(500),
    ] as const) {
      const world = aWorldWithSecret();
      const began = world.run((v) => {
        const seq = world.sim.trace.record({
          type: "fault.began",
          at: "world",
          about: "vault kvdemo",
          data: {},
        });
        v.fault("kvdemo", { operation: null, object: null, effect }, UNTIL);
        return seq;
      });
      world.reply();
      const log = world.audit().at(-1)!.instance.causes;
      const causes = world.answers[0]!.causes;
      expect(effect.kind === "respond" ? log : causes).toContain(began);
    }
  });

  test("of a vault that does not exist is refused", () => {
    const world = aWorld();
    const all = { operation: null, object: null };
    const done = world.run((v) =>
      v.fault("nowhere", { ...all, effect: respond(500) }, UNTIL),
    );
    expect(errorOf(done).code).toBe("DnsNotFound");
  });

  test.each([
    [
      { operation: "SecretRead", object: null, effect: respond(500) },
      /^Failed to break vault kvdemo: "SecretRead" is no operation of the vault; there are SecretSet, /,
    ],
    [
      { operation: null, object: null, effect: respond(200) },
      /^Failed to break vault kvdemo: 200 is no HTTP status of an error$/,
    ],
  ])("that makes no sense is a mistake of who asks: %j", (wrong, message) => {
    const world = aWorld();
    expect(() => world.run((v) => v.fault("kvdemo", wrong, UNTIL))).toThrow(
      message,
    );
    expect(world.vaults.state.faults).toEqual([]);
  });
});
