/**
 * What random journals leave out, through the door of a fixture: classes that pin versions by their id, Secrets that
 * somebody writes by hand, names that are purged and set again, intervals that change.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyturnError } from "../../../src/kernel/errors.ts";
import type { FixtureWorld } from "../../../src/emulator/fixture-types.ts";
import { createWorld } from "../../../src/emulator/fixture.ts";
import { Invariants } from "../../../src/emulator/invariants/index.ts";

/** What somebody may do, in any order, without breaking a promise of ours. `n` picks among alternatives. */
const COMMANDS = {
  set: (world: FixtureWorld, n: number) =>
    void world.vault("kvdemo").setSecret("secret1", `the value number ${n}`),
  disable: (world: FixtureWorld, n: number) =>
    world.vault("kvdemo").updateSecret("secret1", { enabled: n % 2 === 0 }),
  remove: (world: FixtureWorld, n: number) => {
    const vault = world.vault("kvdemo");
    if (n % 3 === 0) vault.deleteSecret("secret1");
    else if (n % 3 === 1) vault.recoverSecret("secret1");
    else vault.purgeSecret("secret1");
  },
  pod: (world: FixtureWorld, n: number) => world.apply(aPod(n % 4)),
  deletePod: (world: FixtureWorld, n: number) =>
    world.delete(`pod/pod-${n % 4}`),
  deleteSecret: (world: FixtureWorld) => world.delete("secret/app-secret"),
  writeSecret: (world: FixtureWorld, n: number) =>
    world.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "app-secret" },
      stringData: { password: `written by hand ${n}` },
    }),
  pin: (world: FixtureWorld, n: number) => {
    const versions = world
      .trace()
      .filter((fact) => fact.type === "vault.secret.set")
      .map((fact) => fact.data["version"] as string);
    world.apply(aClass(versions[n % (versions.length + 1)] ?? ""));
  },
  rotation: (world: FixtureWorld, n: number) =>
    world.changeSettings({ addon: { enableSecretRotation: n % 3 > 0 } }),
  interval: (world: FixtureWorld, n: number) =>
    world.changeSettings({
      addon: { rotationPollInterval: `${1 + (n % 3)}m` },
    }),
} as const;

const step = fc.record({
  command: fc.constantFrom(...(Object.keys(COMMANDS) as Name[])),
  n: fc.nat(11),
  then: fc.constantFrom(0, 1, 40, 3000, 30_000, 120_000, 600_000),
});

type Name = keyof typeof COMMANDS;

function aClass(objectVersion: string) {
  const objects = `array:\n  - |\n    objectName: secret1\n    objectType: secret\n    objectVersion: "${objectVersion}"\n`;
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "azure-kv" },
    spec: {
      provider: "azure",
      parameters: {
        usePodIdentity: "false",
        clientID: "5c3f0000-0000-4000-8000-000000000002",
        keyvaultName: "kvdemo",
        tenantId: "8d1f0000-0000-4000-8000-000000000001",
        objects,
      },
      secretObjects: [
        {
          secretName: "app-secret",
          type: "Opaque",
          data: [{ objectName: "secret1", key: "password" }],
        },
      ],
    },
  };
}

function aPod(ordinal: number) {
  const csi = {
    driver: "secrets-store.csi.k8s.io",
    readOnly: true,
    volumeAttributes: { secretProviderClass: "azure-kv" },
  };
  const secret = { secretName: "app-secret", optional: true };
  const mounts = ["store", "secret"].map((name) => ({
    name,
    mountPath: `/mnt/${name}`,
    readOnly: true,
  }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${ordinal}` },
    spec: {
      containers: [{ name: "app", image: "busybox", volumeMounts: mounts }],
      volumes: [
        { name: "store", csi },
        { name: "secret", secret },
      ],
    },
  };
}

/** Plays the steps, and ends a second set of invariants as `playScenario` does: a fixture has no end. */
function play(
  seed: number,
  version: string,
  steps: readonly { command: Name; n: number; then: number }[],
) {
  const invariants = new Invariants();
  const written = new Set<number>();
  const world = createWorld({
    seed,
    nodes: 2,
    settings: { addon: { enableSecretRotation: true }, driver: { version } },
    vaults: { kvdemo: { secret1: "the first value" } },
    manifests: [aClass("")],
    sinks: [
      {
        fact: (fact) => {
          written.add(fact.seq);
          invariants.fact(fact);
        },
      },
    ],
  });
  for (const { command, n, then } of steps) {
    try {
      COMMANDS[command](world, n);
    } catch (error) {
      // What the vault or the API server refuses is part of the trace; what breaks is not.
      if (!(error instanceof KeyturnError)) throw error;
    }
    world.advance(then);
  }
  world.advance("15m");
  for (const fact of world.trace())
    if (!written.has(fact.seq)) invariants.fact(fact);
  invariants.end(world.nowMs);
  return world;
}

test("whatever is commanded, and in whatever order, breaks no invariant", () => {
  let switches = 0;
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.constantFrom("1.5.6", "1.6.0"),
      fc.array(step, { minLength: 10, maxLength: 30 }),
      (seed, version, steps) => {
        const facts = play(seed, version, steps).trace();
        switches += facts.filter((f) => f.type === "volume.switched").length;
      },
    ),
    { seed: 8, numRuns: 40 },
  );
  expect(switches).toBeGreaterThan(50);
});
