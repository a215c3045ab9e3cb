import fc from "fast-check";
import { expect, test } from "vitest";
import { aCaller, aWorld, resultOf } from "./support.ts";
import type { World } from "./support.ts";

function versionsOf(world: World): string[] {
  return world.sets().map(({ version }) => version);
}

function play(seed: number, extra = false): World {
  const world = aWorld({ seed });
  for (const name of ["secret1", "secret2", "SECRET1"]) {
    world.run((v) => v.setSecret("kvdemo", name, { value: name }));
    if (extra)
      world.run((v) => v.setSecret("kvdemo", `extra-${name}`, { value: "x" }));
    world.reply({ caller: aCaller("default/a"), name });
  }
  for (const chain of [false, true])
    world.run((v) => v.setCertificate("kvdemo", "cert1", { chain }));
  world.run((v) => v.setKey("kvdemo", "key1", { keyType: "EC" }));
  world.run((v) => v.deleteSecret("kvdemo", "secret2"));
  world.sim.runUntil(world.sim.now + 10_000);
  return world;
}

test("the same seed and commands give the same versions and the same trace", () => {
  const [one, two] = [play(5), play(5)];
  expect(versionsOf(two)).toEqual(versionsOf(one));
  one.sim.trace.close();
  two.sim.trace.close();
  expect(two.sim.trace.hash).toBe(one.sim.trace.hash);
});

test("another seed gives other versions", () => {
  const both = [...versionsOf(play(5)), ...versionsOf(play(6))];
  expect(new Set(both).size).toBe(both.length);
});

test("the version ids of a secret do not depend on other secrets, vaults or readers", () => {
  const alone = versionsOf(play(5));
  const crowd = play(5, true)
    .sets()
    .filter(({ name }) => !name.startsWith("extra"))
    .map(({ version }) => version);
  expect(crowd).toEqual(alone);
});

test("a snapshot at any moment, restored, goes on to the same trace and the same answers", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12_000 }), (afterMs) => {
      const world = play(9);
      world.run((v) => v.setSecret("kvdemo", "late", { value: "late" }));
      world.sim.runUntil(world.sim.now + afterMs);
      world.ask({ name: "late" });
      const snapshot = JSON.parse(JSON.stringify(world.sim.snapshot()));
      const finish = () => {
        world.reply({ name: "late" });
        world.ask({ name: "secret1" });
        world.run((v) => v.purgeSecret("kvdemo", "secret2"));
        world.sim.runUntil(world.sim.now + 60_000);
        const open = JSON.stringify(world.sim.trace.openRuns());
        const answered = JSON.stringify(world.answers.slice(-3));
        return [world.sim.trace.hash, open, answered];
      };
      const straight = finish();
      world.sim.restore(snapshot);
      expect(finish()).toEqual(straight);
    }),
    { seed: 11, numRuns: 20 },
  );
});

test("a snapshot with a full window and an open fault goes on to the same answers", () => {
  const config = { transactionsPer10s: 5, secretSetsPer10s: 2 };
  const world = aWorld({ seed: 3, config });
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  const start = world.sim.now;
  const effect = { kind: "respond", status: 503 } as const;
  const fault = { operation: "SecretListVersions", object: null, effect };
  world.run((v) => v.fault("kvdemo", fault, start + 12_000));
  for (let i = 0; i < 5; i++) world.ask();
  const snapshot = JSON.parse(JSON.stringify(world.sim.snapshot()));
  const finish = () => {
    const before = world.answers.length;
    for (const afterMs of [1, 5000, 9999, 10_005, 12_001]) {
      world.sim.runUntil(start + afterMs);
      world.ask();
      world.ask({ operation: "SecretListVersions" });
      world.run((v) => v.setSecret("kvdemo", "secret1", { value: "w" }));
    }
    world.sim.runUntil(start + 60_000);
    const statuses = world.audit().map(({ data }) => data.status);
    const open = JSON.stringify(world.sim.trace.openRuns());
    const answered = JSON.stringify(world.answers.slice(before));
    return [world.sim.trace.hash, open, answered, statuses];
  };
  const straight = finish();
  expect(straight[3]).toEqual(expect.arrayContaining([200, 429, 503]));
  world.sim.restore(snapshot);
  expect(finish().slice(0, 3)).toEqual(straight.slice(0, 3));
});

test("no two versions of a world share an id", () => {
  const world = aWorld();
  world.run((v) => v.createVault({ name: "other", access: { mode: "open" } }));
  const ids = new Set<string>();
  for (const vault of ["kvdemo", "other"])
    for (const name of ["a", "b", "c"])
      for (let i = 0; i < 50; i++)
        ids.add(
          resultOf(world.run((v) => v.setSecret(vault, name, { value: "v" })))
            .bundle.version,
        );
  expect(ids.size).toBe(300);
});
