import { expect, test } from "vitest";
import type {
  FaultEffect as PortFaultEffect,
  VaultClient,
  VaultReadOperation,
  VaultReply as PortReply,
} from "../../src/cluster-sim/ports.ts";
import type { VaultAccess as CommandAccess } from "../../src/emulator/world/commands.ts";
import type {
  FaultEffect,
  VaultAccess,
  VaultReply,
} from "../../src/keyvault-mock/index.ts";
import { START, aRequest, aWorld, errorOf } from "./support.ts";
import type { World } from "./support.ts";

function aWorldWithSecret(): World {
  const world = aWorld();
  world.run((v) =>
    v.setSecret("kvdemo", "secret1", {
      value: "the value",
      contentType: "text/plain",
      tags: { app: "shop" },
    }),
  );
  return world;
}

/** The newest audit fact's place in the trace, as the answer's causes name it. */
function lastRequest(world: World) {
  const { instance } = world.audit().at(-1)!;
  return [instance.fact.seq, instance.n];
}

/** Compiles as long as one is the other. */
function inTheWordsOfThePort(reply: VaultReply): PortReply {
  return reply;
}

test("the vault fits the port that the nodes declare, and takes the access settings and faults that commands carry", () => {
  const world = aWorld();
  const port: VaultClient = world.vaults;
  const effect: PortFaultEffect = { kind: "slow", byMs: 1 };
  const sameEffect: FaultEffect = effect;
  const fault = { operation: null, object: null, effect: sameEffect };
  const access: CommandAccess = { mode: "open" };
  const same: VaultAccess = access;
  world.sim.command(() =>
    port.request(aRequest(), { target: "client", tag: {} }),
  );
  world.run((v) => v.setAccess("kvdemo", same));
  world.run((v) => v.fault("kvdemo", fault, START + 1000));
  world.sim.runUntil(START + 1000);
  expect(world.answers).toHaveLength(1);
  const reply: VaultReply = { ok: true, versions: [] };
  expect(inTheWordsOfThePort(reply)).toBe(reply);
});

test("a get answers the bundle with its provenance: the version, and the request that fetched it", () => {
  const world = aWorldWithSecret();
  const { version } = world.sets()[0]!;
  const reply = world.reply();
  expect(reply).toEqual({
    ok: true,
    bundle: {
      value: "the value",
      id: `https://kvdemo.vault.azure.net/secrets/secret1/${version}`,
      version,
      contentType: "text/plain",
      attributes: {
        enabled: true,
        created: START / 1000,
        updated: START / 1000,
        recoveryLevel: "Recoverable+Purgeable",
        recoverableDays: 90,
      },
      tags: { app: "shop" },
      content: {
        object: "kvdemo/secrets/secret1",
        version,
        ordinal: 1,
        form: "as-is",
        from: lastRequest(world),
      },
    },
  });
});

test("a version that was changed since is answered as it is now", () => {
  const world = aWorldWithSecret();
  world.reply();
  world.run((v) => v.updateSecret("kvdemo", "secret1", { contentType: "x" }));
  expect(world.reply()).toMatchObject({
    bundle: { contentType: "x", value: "the value" },
  });
});

test("versions are listed with their state and second of creation, more than a page of them at once", () => {
  const world = aWorld();
  for (let i = 0; i < 30; i++)
    world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: `${i}`, enabled: i !== 3 }),
    );
  const reply = world.reply({ operation: "SecretListVersions" });
  if (!reply.ok || !("versions" in reply)) throw new Error("no versions");
  expect(reply.versions).toHaveLength(30);
  expect(new Set(reply.versions.map((v) => v.version)).size).toBe(30);
  expect(reply.versions.filter((v) => !v.enabled)).toHaveLength(1);
  expect(reply.versions[0]).toMatchObject({ created: START / 1000 });
});

test("the answer comes after the latency, the request acts at once", () => {
  const world = aWorldWithSecret();
  world.configure({ latencyMs: 250 });
  world.ask();
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "too late" }));
  world.sim.runUntil(START + 249);
  expect(world.answers).toHaveLength(0);
  world.sim.runUntil(START + 250);
  expect(world.answers).toMatchObject([
    { t: START + 250, reply: { bundle: { value: "the value" } } },
  ]);
});

test("the latency is the default one until it is set, and a change holds for the next request", () => {
  const world = aWorldWithSecret();
  world.reply();
  expect(world.answers[0]!.t).toBe(START + 20);
  world.configure({ latencyMs: 5 });
  const sent = world.sim.now + 1;
  world.reply();
  expect(world.answers[1]!.t).toBe(sent + 5);
});

test("what the client does with the answer is caused by the request", () => {
  const world = aWorldWithSecret();
  world.reply();
  expect(world.answers[0]!.causes).toEqual([lastRequest(world)]);
});

test("a vault that does not exist does not resolve, and logs nothing", () => {
  const world = aWorld();
  const before = world.facts().length;
  const error = errorOf(world.reply({ vault: "nowhere", token: null }));
  expect(error).toEqual({
    status: 0,
    code: "DnsNotFound",
    message: "dial tcp: lookup nowhere.vault.azure.net: no such host",
  });
  const set = world.run((v) => v.setSecret("nowhere", "n", { value: "v" }));
  expect(errorOf(set)).toEqual(error);
  const access = world.run((v) => v.setAccess("nowhere", { mode: "open" }));
  expect(errorOf(access)).toEqual(error);
  expect(world.facts()).toHaveLength(before);
});

test("a vault answers to any spelling of its name and calls itself as first spelled", () => {
  const world = aWorld();
  world.run((v) => v.createVault({ name: "KvShop", access: { mode: "open" } }));
  world.run((v) => v.setSecret("kvshop", "s", { value: "v" }));
  expect(world.reply({ vault: "KVSHOP", name: "s" })).toMatchObject({
    bundle: {
      id: expect.stringMatching(/^https:\/\/KvShop\.vault\.azure\.net/),
    },
  });
});

test.each(["KeySign", "CertificatePolicyGet", "SecretSet", ""])(
  "an operation that is not modelled is refused by name: %s",
  (name) => {
    const world = aWorld();
    const operation = name as VaultReadOperation;
    expect(() => world.ask({ operation })).toThrow(
      expect.objectContaining({ code: "NotModelled" }),
    );
  },
);

test.each([
  ["ab", false],
  ["abc", true],
  [`k${"v".repeat(23)}`, true],
  [`k${"v".repeat(24)}`, false],
  ["1kv", false],
  ["kv-", false],
  ["kv--demo", false],
  ["kv_demo", false],
  ["Kv-demo-1", true],
])("creating a vault called %s: legal %s", (name, legal) => {
  const world = aWorld();
  const before = world.facts().length;
  const done = world.run((v) =>
    v.createVault({ name, access: { mode: "open" } }),
  );
  expect(done.ok ? "ok" : done.error.code).toBe(
    legal ? "ok" : "VaultNameNotValid",
  );
  expect(world.facts().length - before).toBe(legal ? 2 : 0);
});

test("a vault's name is taken in any spelling", () => {
  const world = aWorld();
  const done = world.run((v) =>
    v.createVault({ name: "KVDEMO", access: { mode: "open" } }),
  );
  expect(errorOf(done).code).toBe("VaultAlreadyExists");
});
