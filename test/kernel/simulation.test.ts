import { describe, expect, test } from "vitest";
import type { SimEvent } from "../../src/kernel/event-queue.ts";
import { Rank } from "../../src/kernel/event-queue.ts";
import type { Component } from "../../src/kernel/simulation.ts";
import { Simulation } from "../../src/kernel/simulation.ts";
import { sendReply } from "../../src/kernel/port.ts";

const START = Date.UTC(2024, 3, 29, 9);

/** A world with one component that writes down what it is told and may do more. */
function aWorld(then: (event: SimEvent, sim: Simulation) => void = () => {}) {
  const sim = new Simulation({ seed: 1, start: START });
  const heard: string[] = [];
  const listener: Component = {
    name: "listener",
    state: null,
    handle(event) {
      heard.push(`${sim.now - START} ${event.type}`);
      then(event, sim);
    },
  };
  sim.add(listener);
  const at = (ms: number, type: string, rank: Rank = Rank.application) =>
    sim.schedule({
      at: START + ms,
      rank,
      target: "listener",
      event: { type },
    });
  return { sim, heard, at };
}

describe("events", () => {
  test("run by due time, then rank, then order of scheduling", () => {
    const { sim, heard, at } = aWorld();
    at(20, "late", Rank.command);
    at(10, "second", Rank.completion);
    at(10, "first", Rank.podWorker);
    at(10, "third", Rank.completion);
    sim.runUntil(START + 100);
    expect(heard).toEqual(["10 first", "10 second", "10 third", "20 late"]);
  });

  test("run up to and including the asked instant, where the clock then stands", () => {
    const { sim, heard, at } = aWorld();
    at(10, "due");
    at(11, "not yet");
    expect(sim.runUntil(START + 10)).toBe("until");
    expect([sim.now - START, heard]).toEqual([10, ["10 due"]]);
    expect(sim.runUntil(START + 500)).toBe("idle");
    expect(sim.now - START).toBe(500);
  });

  test("due at the asked instant are left for later by runBefore", () => {
    const { sim, heard, at } = aWorld();
    at(9, "before");
    at(10, "at");
    expect(sim.runBefore(START + 10)).toBe("until");
    expect([sim.now - START, heard]).toEqual([10, ["9 before"]]);
  });

  test("may schedule more for the same instant, which run in it", () => {
    const { sim, heard } = aWorld((event, s) => {
      if (event.type !== "first") return;
      s.after(0, {
        rank: Rank.command,
        target: "listener",
        event: { type: "second" },
      });
    });
    sim.after(5, {
      rank: Rank.completion,
      target: "listener",
      event: { type: "first" },
    });
    sim.runUntil(START + 5);
    expect(heard).toEqual(["5 first", "5 second"]);
  });

  test("that were cancelled never run", () => {
    const { sim, heard, at } = aWorld();
    const handle = at(10, "cancelled");
    at(20, "kept");
    sim.cancel(handle);
    expect(sim.nextDueAt).toBe(START + 20);
    sim.runUntil(START + 100);
    expect(heard).toEqual(["20 kept"]);
  });

  test("run one at a time with step, and are counted", () => {
    const { sim, heard, at } = aWorld();
    at(10, "one");
    at(30, "two");
    expect([sim.step(), sim.now - START]).toEqual([true, 10]);
    expect([sim.step(), sim.now - START]).toEqual([true, 30]);
    expect(sim.step()).toBe(false);
    expect([heard.length, sim.eventsRun]).toEqual([2, 2]);
  });
});

describe("a command", () => {
  test("at an instant acts before every event due then", () => {
    const { sim, heard, at } = aWorld();
    at(10, "due", Rank.command);
    sim.runBefore(START + 10);
    sim.command(() => heard.push(`${sim.now - START} command`));
    sim.runUntil(START + 10);
    expect(heard).toEqual(["10 command", "10 due"]);
  });

  test("waits for the first millisecond in which no event has run, and others share it", () => {
    const { sim, heard, at } = aWorld();
    at(10, "due");
    at(11, "next");
    sim.runUntil(START + 10);
    sim.command(() => heard.push(`${sim.now - START} one`));
    sim.command(() => heard.push(`${sim.now - START} two`));
    sim.runUntil(START + 11);
    expect(heard).toEqual(["10 due", "11 one", "11 two", "11 next"]);
  });

  test("at an instant in which nothing ran acts there", () => {
    const { sim } = aWorld();
    sim.runUntil(START + 10);
    expect(sim.command(() => sim.now - START)).toBe(10);
  });

  test("what it schedules for its own instant runs only when time moves", () => {
    const { sim, heard, at } = aWorld();
    sim.command(() => at(0, "caused"));
    expect(heard).toEqual([]);
    sim.runUntil(START);
    expect(heard).toEqual(["0 caused"]);
  });

  test("after a step comes behind what is left of that millisecond", () => {
    const { sim, heard, at } = aWorld();
    at(10, "one");
    at(10, "two");
    sim.step();
    sim.command(() => heard.push(`${sim.now - START} command`));
    expect(heard).toEqual(["10 one", "10 two", "11 command"]);
  });
});

describe("a mistake of ours is an error", () => {
  test("advancing time inside a handler", () => {
    const { sim, at } = aWorld((_, s) => s.runUntil(START + 50));
    at(10, "nested");
    expect(() => sim.runUntil(START + 10)).toThrow(
      "Failed to advance time: a handler is still running",
    );
  });

  test("a command or a snapshot inside a handler", () => {
    const command = aWorld((_, s) => s.command(() => 1));
    command.at(10, "nested");
    expect(() => command.sim.step()).toThrow(
      "Failed to run a command: a handler is still running",
    );
    const snapshot = aWorld((_, s) => void s.snapshot());
    snapshot.at(10, "nested");
    expect(() => snapshot.sim.step()).toThrow(
      "Failed to take a snapshot: a handler is still running",
    );
  });

  test("turning time back", () => {
    const { sim } = aWorld();
    sim.runUntil(START + 10);
    expect(() => sim.runUntil(START + 9)).toThrow(
      `Failed to run until ${START + 9}: the clock stands at ${START + 10}`,
    );
  });

  test.each([-1, 0.5, NaN, Infinity])("scheduling %d ms from now", (ms) => {
    const { at } = aWorld();
    expect(() => at(ms, "odd")).toThrow(
      /^Failed to schedule odd for listener: .* is not an instant from/,
    );
  });

  test("an event for nobody", () => {
    const { sim } = aWorld();
    sim.after(1, {
      rank: Rank.command,
      target: "ghost",
      event: { type: "boo" },
    });
    expect(() => sim.step()).toThrow(
      "Failed to deliver boo: there is no component ghost",
    );
  });

  test("two components of one name", () => {
    const { sim } = aWorld();
    const twin: Component = { name: "listener", state: 0, handle: () => {} };
    expect(() => sim.add(twin)).toThrow(
      "Failed to add a component: listener is there already",
    );
  });

  test("a livelock, which names the instant and who goes round", () => {
    const { sim, at } = aWorld((_, s) => {
      s.after(0, {
        rank: Rank.controller,
        target: "listener",
        event: { type: "again" },
      });
    });
    at(10, "again");
    expect(() => sim.runUntil(START + 20)).toThrow(
      "Failed to advance time: more than 1000000 events ran at 2024-04-29T09:00:00.010Z; the next is again for listener",
    );
  });
});

test("an error in a handler leaves the simulation able to say where it stands", () => {
  const { sim, at } = aWorld(() => {
    throw new RangeError("broken");
  });
  at(10, "boom");
  expect(() => sim.runUntil(START + 20)).toThrow("broken");
  expect(sim.now - START).toBe(10);
  expect(sim.command(() => sim.now - START)).toBe(11);
});

test("a reply is a later event in the rank of completions, with the caller's tag", () => {
  const got: unknown[] = [];
  const { sim, heard, at } = aWorld((event) => got.push(event));
  sendReply(sim, { target: "listener", tag: { call: 7 } }, 10, { status: 200 });
  at(10, "application", Rank.application);
  sim.runUntil(START + 9);
  expect(heard).toEqual([]);
  sim.runUntil(START + 10);
  expect(heard).toEqual(["10 application", "10 reply"]);
  expect(got[1]).toEqual({
    type: "reply",
    tag: { call: 7 },
    reply: { status: 200 },
  });
});

describe("what a handler causes", () => {
  const fact = (type: string) => ({ type, at: "here", about: "it", data: {} });

  test("is caused by what scheduled its event, then by the handler's latest fact", () => {
    const written: unknown[] = [];
    const { sim } = aWorld((_, s) => {
      s.trace.record(fact("first"));
      s.trace.record(fact("second"));
    });
    sim.trace.addSink({
      fact: ({ type, causes }) => written.push([type, causes]),
    });
    sim.command(() => {
      sim.trace.record(fact("command"));
      sim.after(5, {
        rank: Rank.command,
        target: "listener",
        event: { type: "go" },
      });
    });
    sim.runUntil(START + 5);
    expect(written).toEqual([
      ["command", []],
      ["first", [1]],
      ["second", [2]],
    ]);
  });

  test("does not leak into the next handler or command", () => {
    const { sim, at } = aWorld((event, s) => {
      if (event.type === "records") s.trace.record(fact("fact"));
    });
    at(1, "records");
    sim.runUntil(START + 1);
    expect(sim.trace.causes).toEqual([]);
    expect(sim.command(() => sim.trace.causes)).toEqual([]);
  });
});
