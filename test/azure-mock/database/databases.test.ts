/** Which password a database takes when: alternatives.md 6. */
import { describe, expect, it } from "vitest";
import { Databases } from "../../../src/azure-mock/index.ts";
import type { DatabaseSpec } from "../../../src/azure-mock/index.ts";
import { utf8ToBytes } from "../../../src/kernel/bytes.ts";
import { ValueBook } from "../../../src/kernel/content.ts";
import type { ContentRef } from "../../../src/kernel/content.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import type { Component } from "../../../src/kernel/simulation.ts";
import { SECOND_MS } from "../../../src/kernel/time.ts";
import type { Cause, Fact } from "../../../src/kernel/trace.ts";
import { KeyVault } from "../../../src/keyvault-mock/index.ts";

const START = Date.parse("2024-04-29T09:00:00Z");
const VAULT = "kvdemo";
const LATENCY_MS = 20;

/** Remembers the answers, when they came and why. */
class Client implements Component {
  readonly name = "client";
  state = null;
  readonly answers: {
    readonly at: number;
    readonly accepted: boolean;
    readonly causes: readonly Cause[];
  }[] = [];
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  handle(event: SimEvent): void {
    const { reply } = event as ReplyEvent<{ readonly accepted: boolean }>;
    const { now, trace } = this.#sim;
    this.answers.push({ at: now, ...reply, causes: trace.causes });
  }
}

class DatabaseWorld {
  readonly sim = new Simulation({ seed: 1, start: START });
  readonly values = this.sim.add(new ValueBook());
  readonly vaults = this.sim.add(
    new KeyVault({ sim: this.sim, values: this.values, config: () => ({}) }),
  );
  readonly databases = this.sim.add(
    new Databases({
      sim: this.sim,
      values: this.values,
      latencyMs: () => LATENCY_MS,
      secrets: this.vaults,
    }),
  );
  readonly client = this.sim.add(new Client(this.sim));
  readonly facts: Fact[] = [];
  readonly versions: ContentRef[] = [];

  constructor(values: readonly string[] = ["v1"]) {
    this.sim.trace.addSink({ fact: (fact) => this.facts.push(fact) });
    this.sim.command(() =>
      this.vaults.createVault({ name: VAULT, access: { mode: "open" } }),
    );
    for (const value of values) this.set(value);
  }

  database(given: Partial<DatabaseSpec> = {}): this {
    const outcome = this.sim.command(() =>
      this.databases.create(aDatabase(given)),
    );
    if (!outcome.ok) throw new Error(outcome.error);
    return this;
  }

  set(value: string): this {
    const outcome = this.sim.command(() =>
      this.vaults.setSecret(VAULT, "password", { value }),
    );
    if (!outcome.ok) throw new Error(outcome.error.message);
    this.versions.push(outcome.bundle.content);
    return this;
  }

  setAt(seconds: number, value: string): this {
    this.sim.runBefore(START + seconds * SECOND_MS);
    return this.set(value);
  }

  /** Asks with each version so far, as many milliseconds after the start as that, and says which are taken. */
  taken(atMs: number): boolean[] {
    this.sim.runUntil(START + atMs);
    const before = this.client.answers.length;
    for (const credential of this.versions) this.ask(credential);
    this.sim.runUntil(this.sim.now + LATENCY_MS);
    return this.client.answers.slice(before).map(({ accepted }) => accepted);
  }

  ask(credential: ContentRef, database = "orders"): void {
    const request = { database, pod: "default/web", credential };
    this.databases.request(request, { target: "client", tag: {} });
  }

  get switched(): Fact[] {
    return this.facts.filter(({ type }) => type === "database.switched");
  }

  setFact(ordinal: number): number {
    return this.facts.find(
      ({ type, data }) =>
        type === "vault.secret.set" && data["ordinal"] === ordinal,
    )!.seq;
  }
}

function aDatabase(given: Partial<DatabaseSpec> = {}): DatabaseSpec {
  return {
    name: "orders",
    vault: VAULT,
    secret: "password",
    credentials: "single",
    switchAfterMs: 5 * SECOND_MS,
    ...given,
  };
}

const single = () => new DatabaseWorld().database().setAt(100, "v2");

describe("a database with one password", () => {
  it("takes the old one alone until the switch, and the new one alone from then on", () => {
    expect(single().taken(100_000)).toEqual([true, false]);
    expect(single().taken(104_999)).toEqual([true, false]);
    expect(single().taken(105_000)).toEqual([false, true]);
    expect(single().taken(900_000)).toEqual([false, true]);
  });

  it("switches once for each version that is set within the delay, in their order", () => {
    const twice = () => single().setAt(102, "v3");
    expect(twice().taken(104_999)).toEqual([true, false, false]);
    expect(twice().taken(105_000)).toEqual([false, true, false]);
    expect(twice().taken(106_999)).toEqual([false, true, false]);
    expect(twice().taken(107_000)).toEqual([false, false, true]);
  });

  it("switches in the same millisecond without a delay", () => {
    const world = new DatabaseWorld().database({ switchAfterMs: 0 });
    expect(world.setAt(100, "v2").taken(100_000)).toEqual([false, true]);
  });

  it("begins with the first version where the secret has none yet", () => {
    const world = new DatabaseWorld([]).database().setAt(10, "v1");
    expect(world.taken(10_000)).toEqual([true]);
  });

  it("tells when it takes what, because of which version", () => {
    const world = single();
    world.taken(200_000);
    expect(world.switched.map(({ t, data }) => [t - START, data])).toEqual([
      [
        0,
        {
          database: "orders",
          object: "kvdemo/secrets/password",
          accepts: [1],
          refuses: [],
        },
      ],
      [
        105_000,
        {
          database: "orders",
          object: "kvdemo/secrets/password",
          accepts: [2],
          refuses: [1],
        },
      ],
    ]);
    expect(world.switched[1]!.causes[0]).toBe(world.setFact(2));
  });
});

describe("a database with two credentials", () => {
  it("takes each version from its set until the second one after it", () => {
    const dual = () => new DatabaseWorld().database({ credentials: "dual" });
    expect(dual().taken(0)).toEqual([true]);
    expect(dual().setAt(100, "v2").taken(100_000)).toEqual([true, true]);
    const third = () => dual().setAt(100, "v2").setAt(200, "v3");
    expect(third().taken(200_000)).toEqual([false, true, true]);
    const before = dual().setAt(100, "v2");
    expect(before.taken(199_999)).toEqual([true, true]);
    expect(third().setAt(300, "v4").taken(300_000)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it("begins with the two newest versions, and tells which it refuses", () => {
    const world = new DatabaseWorld(["v1", "v2", "v3"]);
    world.database({ credentials: "dual" }).setAt(100, "v4").taken(200_000);
    expect(
      world.switched.map(({ data }) => [data["accepts"], data["refuses"]]),
    ).toEqual([
      [[2, 3], []],
      [[3, 4], [2]],
    ]);
  });
});

describe("versions with one value", () => {
  const told = (world: DatabaseWorld) =>
    world.switched.map(({ data }) => [data["accepts"], data["refuses"]]);

  it("are taken and refused together by one password", () => {
    const world = new DatabaseWorld(["a"]).database();
    world.setAt(100, "a").setAt(200, "b").setAt(300, "a").taken(400_000);
    expect(told(world)).toEqual([
      [[1], []],
      [[1, 2], []],
      [[3], [1, 2]],
      [[1, 2, 4], [3]],
    ]);
    expect(world.taken(400_100)).toEqual([true, true, false, true]);
  });

  it("are the one or the other of two credentials", () => {
    const world = new DatabaseWorld(["a"]).database({ credentials: "dual" });
    world.setAt(100, "b").setAt(200, "b").setAt(300, "c").taken(300_000);
    expect(told(world)).toEqual([
      [[1], []],
      [[1, 2], []],
      [[2, 3], [1]],
      [[2, 3, 4], []],
    ]);
  });

  it("of a secret that was purged and set again count on", () => {
    const world = new DatabaseWorld().database();
    const act = (what: "deleteSecret" | "purgeSecret") => () =>
      world.sim.command(() => world.vaults[what](VAULT, "password"));
    world.sim.runBefore(START + 100 * SECOND_MS);
    act("deleteSecret")();
    world.sim.runBefore(START + 200 * SECOND_MS);
    act("purgeSecret")();
    world.setAt(300, "v2");
    expect(world.taken(304_999)).toEqual([true, false]);
    expect(world.taken(305_100)).toEqual([false, true]);
  });

  it("of one secret serve two databases, each with its own rule", () => {
    const world = new DatabaseWorld().database();
    world.database({ name: "stock", credentials: "dual" });
    world.setAt(100, "v2").setAt(200, "v3").taken(300_000);
    const of = (name: string) =>
      world.switched
        .filter(({ about }) => about === name)
        .map(({ t, data }) => [(t - START) / SECOND_MS, data["accepts"]]);
    expect(of("orders")).toEqual([
      [0, [1]],
      [105, [2]],
      [205, [3]],
    ]);
    expect(of("stock")).toEqual([
      [0, [1]],
      [100, [1, 2]],
      [200, [2, 3]],
    ]);
  });
});

describe("signing in", () => {
  it("goes by bytes: two versions with one value are one password", () => {
    const world = new DatabaseWorld().database().setAt(100, "v1");
    expect(world.taken(100_000)).toEqual([true, true]);
    expect(world.taken(200_000)).toEqual([true, true]);
    const typed = {
      object: "default/secret/app/password",
      version: "0000abcd",
      ordinal: 1,
      form: "as-is",
      from: 1,
    };
    world.values.put(typed, utf8ToBytes("v1"));
    world.ask(typed);
    world.sim.runUntil(world.sim.now + LATENCY_MS);
    expect(world.client.answers.at(-1)!.accepted).toBe(true);
  });

  it("is answered after the latency, by what was right when it was asked", () => {
    const world = single();
    world.sim.runUntil(START + 104_990);
    world.ask(world.versions[0]!);
    world.sim.runUntil(START + 105_009);
    expect(world.client.answers).toEqual([]);
    world.sim.runUntil(START + 105_010);
    const [answer] = world.client.answers;
    expect(answer).toMatchObject({ at: START + 105_010, accepted: true });
  });

  it("is refused because of the latest switch", () => {
    const world = single();
    expect(world.taken(200_000)).toEqual([false, true]);
    const [refused, accepted] = world.client.answers;
    expect(refused!.causes).toEqual([world.switched[1]!.seq]);
    expect(accepted!.causes).toEqual([]);
  });

  it("lets nobody in where there is no such database, and refuses a name that is taken", () => {
    const world = new DatabaseWorld().database();
    world.ask(world.versions[0]!, "order");
    world.sim.runUntil(world.sim.now + 1000);
    expect(world.client.answers.at(-1)).toMatchObject({ accepted: false });
    const again = world.sim.command(() => world.databases.create(aDatabase()));
    expect(again).toEqual({
      ok: false,
      error: "Failed to create database orders: there is one already",
    });
  });

  it("does not hear of other secrets, and compares names without case", () => {
    const world = new DatabaseWorld().database({
      vault: "KVDemo",
      secret: "Password",
    });
    world.sim.command(() =>
      world.vaults.setSecret(VAULT, "other", { value: "x" }),
    );
    world.setAt(100, "v2").taken(200_000);
    expect(world.switched.map(({ data }) => data["accepts"])).toEqual([
      [1],
      [2],
    ]);
  });
});

it("goes on from a snapshot between a set and its switch", () => {
  const straight = single();
  straight.sim.runUntil(START + 102_000);
  const snapshot = straight.sim.snapshot();
  expect(straight.taken(110_000)).toEqual([false, true]);
  const put = single();
  put.sim.restore(snapshot);
  expect(put.taken(110_000)).toEqual([false, true]);
  expect(put.sim.trace.hash).toBe(straight.sim.trace.hash);
});
