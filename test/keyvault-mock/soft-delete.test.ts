import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../src/kernel/time.ts";
import { aRequest, aWorld, errorOf, inShort, resultOf } from "./support.ts";
import type { World } from "./support.ts";

const NAME = "secret1";
const RETENTION_MS = 90 * DAY_MS;

/** What each operation comes to right now, without changing anything that the next one sees. */
function outcomes(world: World) {
  const client = aRequest();
  const probe = (operation: (twin: World) => { readonly ok: boolean }) => {
    const before = world.sim.snapshot();
    const done = operation(world) as Parameters<typeof errorOf>[0];
    world.sim.restore(before);
    return done.ok ? "ok" : inShort(done.error);
  };
  const request = { name: NAME, version: null };
  return {
    get: probe((w) => w.run((v) => v.secrets.get("kvdemo", request, client))),
    set: probe((w) =>
      w.run((v) => v.setSecret("kvdemo", NAME, { value: "again" })),
    ),
    update: probe((w) => w.run((v) => v.updateSecret("kvdemo", NAME, {}))),
    listed: world.run(
      (v) => resultOf(v.secrets.list("kvdemo", {}, client)).page.items.length,
    ),
    versions: world.run(
      (v) =>
        resultOf(v.secrets.listVersions("kvdemo", NAME, {}, client)).page.items
          .length,
    ),
    listedDeleted: world.run(
      (v) =>
        resultOf(v.secrets.listDeleted("kvdemo", {}, client)).page.items.length,
    ),
    getDeleted: probe((w) =>
      w.run((v) => v.secrets.getDeleted("kvdemo", NAME, client)),
    ),
    recover: probe((w) => w.run((v) => v.recoverSecret("kvdemo", NAME))),
    purge: probe((w) => w.run((v) => v.purgeSecret("kvdemo", NAME))),
    delete: probe((w) => w.run((v) => v.deleteSecret("kvdemo", NAME))),
  };
}

const NOT_FOUND = "404 SecretNotFound";

const ABSENT = {
  get: NOT_FOUND,
  set: "ok",
  update: NOT_FOUND,
  listed: 0,
  versions: 0,
  listedDeleted: 0,
  getDeleted: NOT_FOUND,
  recover: NOT_FOUND,
  purge: NOT_FOUND,
  delete: NOT_FOUND,
};
const ACTIVE = {
  ...ABSENT,
  get: "ok",
  update: "ok",
  listed: 1,
  versions: 1,
  delete: "ok",
};
const BEING_DELETED = {
  ...ABSENT,
  set: "409 Conflict ObjectIsBeingDeleted",
  recover: "409 Conflict ObjectIsBeingDeleted",
  purge: "409 Conflict ObjectIsBeingDeleted",
};
const DELETED = {
  ...ABSENT,
  set: "409 Conflict ObjectIsDeletedButRecoverable",
  listedDeleted: 1,
  getDeleted: "ok",
  recover: "ok",
  purge: "ok",
};
const BEING_RECOVERED = {
  ...ABSENT,
  set: "409 Conflict ObjectIsBeingRecovered",
  recover: "409 Conflict ObjectIsBeingRecovered",
  purge: "409 Conflict ObjectIsBeingRecovered",
};
const BEING_PURGED = {
  ...ABSENT,
  set: "409 Conflict ObjectIsBeingPurged",
};

function active(config = {}): World {
  const world = aWorld({ config });
  world.run((v) => v.setSecret("kvdemo", NAME, { value: "v" }));
  return world;
}

function beingDeleted(config = {}): World {
  const world = active(config);
  world.run((v) => v.deleteSecret("kvdemo", NAME));
  return world;
}

function deleted(config = {}): World {
  const world = beingDeleted(config);
  world.sim.runUntil(world.sim.now + 4000);
  return world;
}

function beingRecovered(config = {}): World {
  const world = deleted(config);
  world.run((v) => v.recoverSecret("kvdemo", NAME));
  return world;
}

function beingPurged(config = {}): World {
  const world = deleted(config);
  world.run((v) => v.purgeSecret("kvdemo", NAME));
  return world;
}

/** Runs to just before `dueAt`, looks, runs to it, looks again. */
function around<T>(world: World, dueAt: number, look: (w: World) => T): [T, T] {
  world.sim.runUntil(dueAt - 1);
  const before = look(world);
  world.sim.runUntil(dueAt);
  return [before, look(world)];
}

describe("each phase answers every operation as the reference's table says", () => {
  test("absent", () => {
    expect(outcomes(aWorld())).toEqual(ABSENT);
  });
  test("active", () => {
    expect(outcomes(active())).toEqual(ACTIVE);
  });
  test("being deleted", () => {
    expect(outcomes(beingDeleted())).toEqual(BEING_DELETED);
  });
  test("deleted", () => {
    expect(outcomes(deleted())).toEqual(DELETED);
  });
  test("being recovered", () => {
    expect(outcomes(beingRecovered())).toEqual(BEING_RECOVERED);
  });
  test("being purged", () => {
    expect(outcomes(beingPurged())).toEqual(BEING_PURGED);
  });
});

describe("each phase ends when its time is over and not before", () => {
  test("a deletion is complete after 4 s", () => {
    const world = beingDeleted();
    expect(around(world, world.sim.now + 4000, outcomes)).toEqual([
      BEING_DELETED,
      DELETED,
    ]);
  });

  test("a recovery is complete after 4 s, with every version", () => {
    const world = beingRecovered();
    expect(around(world, world.sim.now + 4000, outcomes)).toEqual([
      BEING_RECOVERED,
      ACTIVE,
    ]);
  });

  test("a purged name is free after 10 s", () => {
    const world = beingPurged();
    expect(around(world, world.sim.now + 10_000, outcomes)).toEqual([
      BEING_PURGED,
      ABSENT,
    ]);
  });

  test("a deleted secret is purged at its scheduled date, without a request", () => {
    const world = beingDeleted();
    const dueAt = world.sim.now + RETENTION_MS;
    const look = (w: World) =>
      w.run((v) => v.state.vaults.get("kvdemo")!.secrets.has(NAME));
    expect(around(world, dueAt, look)).toEqual([true, false]);
    expect(outcomes(world)).toEqual(ABSENT);
    expect(
      world.audit().filter(({ data }) => data.operation === "SecretPurge"),
    ).toHaveLength(0);
  });

  test("the scheduled date counts from the whole second of the deletion", () => {
    const world = active();
    world.sim.runUntil(world.sim.now + 10_999);
    const second = world.sim.now - 999;
    const { deleted } = resultOf(
      world.run((v) => v.deleteSecret("kvdemo", NAME)),
    );
    expect(deleted.deletedDate).toBe(second / 1000);
    expect(deleted.scheduledPurgeDate).toBe((second + RETENTION_MS) / 1000);
    const look = (w: World) =>
      w.vaults.state.vaults.get("kvdemo")!.secrets.has(NAME);
    expect(around(world, second + RETENTION_MS, look)).toEqual([true, false]);
  });

  test("a recovered secret is not purged at the date that its deletion had set", () => {
    const world = beingRecovered();
    world.sim.runUntil(world.sim.now + RETENTION_MS + DAY_MS);
    expect(outcomes(world)).toEqual(ACTIVE);
  });

  test("other times can be set, for what begins after the change", () => {
    const world = active();
    world.configure({ deleteTimeMs: 700 });
    world.run((v) => v.deleteSecret("kvdemo", NAME));
    world.configure({ deleteTimeMs: 1 });
    expect(around(world, world.sim.now + 700, outcomes)).toEqual([
      BEING_DELETED,
      DELETED,
    ]);
  });

  test("with times of 0 each phase is over at once", () => {
    const world = active({ deleteTimeMs: 0, recoverTimeMs: 0, purgeTimeMs: 0 });
    world.run((v) => v.deleteSecret("kvdemo", NAME));
    expect(outcomes(world)).toEqual(DELETED);
    world.run((v) => v.recoverSecret("kvdemo", NAME));
    expect(outcomes(world)).toEqual(ACTIVE);
    world.run((v) => v.deleteSecret("kvdemo", NAME));
    world.run((v) => v.purgeSecret("kvdemo", NAME));
    expect(outcomes(world)).toEqual(ABSENT);
  });
});

test("the answer to a delete tells where to recover it, when it was deleted and when it will be purged, but no value", () => {
  const world = active();
  const { deleted: item } = resultOf(
    world.run((v) => v.deleteSecret("kvdemo", "SECRET1")),
  );
  expect(Object.keys(item)).toEqual([
    "recoveryId",
    "deletedDate",
    "scheduledPurgeDate",
    "id",
    "attributes",
  ]);
  expect(item.recoveryId).toBe(
    "https://kvdemo.vault.azure.net/deletedsecrets/secret1",
  );
  expect(item.scheduledPurgeDate - item.deletedDate).toBe(7_776_000);
  world.sim.runUntil(world.sim.now + 4000);
  const again = world.run((v) =>
    v.secrets.getDeleted("kvdemo", NAME, aRequest()),
  );
  expect(resultOf(again).deleted).toEqual(item);
});

test("the answers to a recovery and to a later get show the same newest version", () => {
  const world = active();
  world.run((v) => v.setSecret("kvdemo", NAME, { value: "newest" }));
  world.run((v) => v.deleteSecret("kvdemo", NAME));
  world.sim.runUntil(world.sim.now + 4000);
  const { properties } = resultOf(
    world.run((v) => v.recoverSecret("kvdemo", NAME)),
  );
  world.sim.runUntil(world.sim.now + 4000);
  const { bundle } = resultOf(
    world.run((v) =>
      v.secrets.get("kvdemo", { name: NAME, version: null }, aRequest()),
    ),
  );
  expect(bundle).toMatchObject({ ...properties, value: "newest" });
});

test("a name that was purged and used again never gets an ordinal or a version id twice", () => {
  const world = active({ deleteTimeMs: 0, purgeTimeMs: 0 });
  const first = world.sets()[0]!;
  world.run((v) => v.deleteSecret("kvdemo", NAME));
  world.run((v) => v.purgeSecret("kvdemo", NAME));
  const { bundle } = resultOf(
    world.run((v) => v.setSecret("kvdemo", NAME, { value: "v" })),
  );
  expect(bundle.content.ordinal).toBe(2);
  expect(bundle.version).not.toBe(first.version);
  const old = world.run((v) =>
    v.secrets.get("kvdemo", { name: NAME, version: first.version }, aRequest()),
  );
  expect(inShort(errorOf(old))).toBe(NOT_FOUND);
});

test("each step of a life leaves one fact, the later one caused by the earlier", () => {
  const world = beingPurged();
  world.sim.runUntil(world.sim.now + 10_000);
  const lives = world
    .facts()
    .filter(({ type }) => /deleted|delete\.|purge/.test(type));
  expect(lives.map(({ type, about }) => [type, about])).toEqual([
    ["vault.secret.deleted", "kvdemo/secrets/secret1"],
    ["vault.secret.delete.finished", "kvdemo/secrets/secret1"],
    ["vault.secret.purged", "kvdemo/secrets/secret1"],
    ["vault.secret.purge.finished", "kvdemo/secrets/secret1"],
  ]);
  expect(lives[1]!.causes).toEqual([lives[0]!.seq]);
  expect(lives[3]!.causes).toEqual([lives[2]!.seq]);
  expect(lives[1]!.t - lives[0]!.t).toBe(4000);
});

test("a snapshot in the middle of a deletion goes on to the same end", () => {
  const world = beingDeleted();
  world.sim.runUntil(world.sim.now + 1000);
  const snapshot = JSON.parse(JSON.stringify(world.sim.snapshot()));
  const dueAt = world.sim.now + RETENTION_MS;
  world.sim.runUntil(dueAt);
  const hash = world.sim.trace.hash;
  world.sim.restore(snapshot);
  world.sim.runUntil(dueAt);
  expect(world.sim.trace.hash).toBe(hash);
  expect(outcomes(world)).toEqual(ABSENT);
});
