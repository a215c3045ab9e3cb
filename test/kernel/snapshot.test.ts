import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rank } from "../../src/kernel/event-queue.ts";
import type { SimEvent } from "../../src/kernel/event-queue.ts";
import type { JsonValue } from "../../src/kernel/json.ts";
import type { Component } from "../../src/kernel/simulation.ts";
import { Simulation } from "../../src/kernel/simulation.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/kernel/time.ts";
import { handWritten } from "./hand-written-machines.ts";
import type { Act, Doings } from "./machine-support.ts";
import { play, stageFor } from "./machine-support.ts";

const START = Date.UTC(2024, 3, 29, 9);

/** Polls with a drawn period, and remembers in every kind of plain data. */
class Poller implements Component {
  readonly name: string;
  readonly #sim: Simulation;
  state = {
    polls: 0,
    seen: new Map<string, Uint8Array>(),
    minutes: new Set<number>(),
  };

  constructor(sim: Simulation, name: string) {
    this.#sim = sim;
    this.name = name;
  }

  plan(): void {
    const delay = this.#sim.draws.between(
      1,
      5 * MINUTE_MS,
      this.name,
      this.state.polls,
    );
    this.#sim.after(delay, {
      rank: Rank.rotationTicker,
      target: this.name,
      event: { type: "poll" },
    });
  }

  handle(event: SimEvent): void {
    const { trace, now, draws } = this.#sim;
    const n = this.state.polls++;
    this.state.minutes.add(Math.floor(now / MINUTE_MS) % 60);
    this.state.seen.set(`last/${n % 3}`, Uint8Array.of(n & 255));
    const data = { sizes: this.state.seen.size };
    trace.repeat({ type: event.type, at: this.name, about: "vault", data });
    if (draws.between(0, 4, `${this.name}/change`, n) === 0)
      trace.record({
        type: "changed",
        at: this.name,
        about: "file",
        data: { minutes: this.state.minutes.size },
      });
    this.plan();
  }
}

function aWorld(): { sim: Simulation; pollers: Poller[] } {
  const sim = new Simulation({ seed: 42, start: START });
  const pollers = ["a", "b", "c"].map((name) => sim.add(new Poller(sim, name)));
  return { sim, pollers };
}

function started(): Simulation {
  const { sim, pollers } = aWorld();
  for (const poller of pollers) poller.plan();
  return sim;
}

function end(sim: Simulation): object {
  sim.runUntil(START + 5 * HOUR_MS);
  sim.trace.close();
  const { facts, nextSeq } = sim.trace.state;
  return { hash: sim.trace.hash, facts, nextSeq };
}

describe("a snapshot in mid-run", () => {
  const straight = end(started());

  test("continues to the same hash in a new world, from any instant", () => {
    const anyInstant = fc.integer({ min: 0, max: 5 * HOUR_MS });
    fc.assert(
      fc.property(anyInstant, fc.boolean(), (ms, between) => {
        const before = started();
        before.runUntil(START + ms);
        if (between) before.step();
        const text = JSON.stringify(before.snapshot());
        const { sim } = aWorld();
        sim.restore(JSON.parse(text) as JsonValue);
        expect(end(sim)).toEqual(straight);
      }),
      { seed: 1, numRuns: 25 },
    );
  });

  test("changes nothing in the world it was taken of", () => {
    const sim = started();
    sim.runUntil(START + HOUR_MS);
    expect(sim.snapshot()).toEqual(sim.snapshot());
    expect(end(sim)).toEqual(straight);
  });

  test("turns the same world back", () => {
    const sim = started();
    sim.runUntil(START + HOUR_MS);
    const snapshot = sim.snapshot();
    end(sim);
    sim.restore(snapshot);
    expect(sim.now).toBe(START + HOUR_MS);
    expect(end(sim)).toEqual(straight);
  });

  test("remembers that an event has run in the current millisecond", () => {
    const sim = started();
    sim.step();
    const { sim: restored } = aWorld();
    restored.restore(sim.snapshot());
    expect(restored.command(() => restored.now)).toBe(sim.now + 1);
  });

  test("fits only a world with the same components", () => {
    const { sim } = aWorld();
    const other = new Simulation({ seed: 42, start: START });
    expect(() => other.restore(sim.snapshot())).toThrow(
      "Failed to restore: this world has no component a",
    );
    expect(() => sim.restore(other.snapshot())).toThrow(
      "Failed to restore: the snapshot has no component a",
    );
  });
});

test.each(Object.keys(handWritten))(
  "machines continue from a snapshot as if nothing had happened: %s",
  (name) => {
    const machine = handWritten[name]!;
    const doings: Doings = ({ set }, { key, effect }) => {
      if (effect === "sendX") set.send(key, { type: "x" });
      if (effect === "stopSelf") set.stop(key);
    };
    const before: Act[] = [
      { do: "start", key: "a", input: { count: 0 } },
      { do: "start", key: "b", input: { count: 1 } },
      { do: "send", key: "a", event: { type: "x" } },
    ];
    const rest: Act[] = [
      { do: "send", key: "b", event: { type: "y", n: 1 } },
      { do: "advance", ms: 50 },
      { do: "send", key: "a", event: { type: "z" } },
    ];
    const first = stageFor(machine, "table", doings);
    for (const act of before) play(first, [act], 7);
    const second = stageFor(machine, "table", doings);
    second.sim.restore(
      JSON.parse(JSON.stringify(first.sim.snapshot())) as JsonValue,
    );
    const seen = first.log.length;
    expect(play(second, rest)).toEqual(play(first, rest).slice(seen));
  },
);
