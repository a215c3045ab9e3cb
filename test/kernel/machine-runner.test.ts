import { describe, expect, test } from "vitest";
import { setup } from "xstate";
import { Rank } from "../../src/kernel/event-queue.ts";
import { machineSet } from "../../src/kernel/machine-runner.ts";
import { Simulation } from "../../src/kernel/simulation.ts";
import { handWritten } from "./hand-written-machines.ts";
import type { Doings } from "./machine-support.ts";
import { BACKENDS, START, stageFor } from "./machine-support.ts";

const NO_CONTEXT = { context: { count: 0, last: "" } };

function line(at: number, effect: string, seen: object): string {
  return `${at} a ${effect} ${JSON.stringify({ ...NO_CONTEXT, ...seen })}`;
}

describe.each(BACKENDS)("on the %s back end", (backend) => {
  const stage = (name: string, doings?: Doings) => {
    const made = stageFor(handWritten[name]!, backend, doings);
    const send = (type: string, n?: number) =>
      made.set.send("a", n === undefined ? { type } : { type, n });
    const effects = () => made.log.map((entry) => entry.split(" ")[2]);
    return { ...made, send, effects };
  };

  test("a delay does nothing a millisecond before it is due, and acts when it is due", () => {
    const { sim, set, send } = stage("backingOff");
    set.start("a", { count: 0 });
    send("x");
    sim.runUntil(START + 99);
    expect(set.stateOf("a")).toBe("fetching");
    sim.runUntil(START + 100);
    expect(set.stateOf("a")).toBe("waiting");
  });

  test("a delay is measured when its state is entered, after the entry actions", () => {
    const { sim, set } = stage("returning");
    set.start("a", {});
    expect(set.contextOf("a")).toEqual({ count: 1, last: "" });
    sim.runUntil(START + 9);
    expect(set.contextOf("a")).toEqual({ count: 1, last: "" });
    sim.runUntil(START + 10);
    expect(set.contextOf("a")).toEqual({ count: 2, last: "" });
  });

  test("leaving a state cancels its delays", () => {
    const { sim, set, send } = stage("backingOff");
    set.start("a", { count: 0 });
    send("x");
    send("y");
    expect(sim.nextDueAt).toBe(null);
    sim.runUntil(START + 1000);
    expect(set.stateOf("a")).toBe("idle");
  });

  test("a transition to the same state only acts, unless it says reenter", () => {
    const { set, send, effects } = stage("returning");
    set.start("a", {});
    send("x");
    send("y");
    expect(effects()).toEqual(["enter", "noteA", "leave", "noteB", "enter"]);
  });

  test("a transition of the machine leaves a state even for itself", () => {
    const { set, send, effects } = stage("fromTheMachine");
    set.start("a", {});
    send("x");
    expect(effects()).toEqual(["enter", "leave", "noteA", "enter"]);
  });

  test("an effect is given the context of its moment, its event and its params", () => {
    const { set, send, log } = stage("fromTheMachine");
    set.start("a", {});
    send("y");
    expect(log).toEqual([
      line(0, "enter", { event: { type: "xstate.init", input: {} } }),
      line(0, "noteA", {
        context: { count: 1, last: "" },
        event: { type: "y" },
        params: { why: "neither" },
      }),
    ]);
  });

  test("what an effect sends to its own instance waits until the event is done", () => {
    const { set, send, effects } = stage("passingThrough", (at, call) => {
      if (call.effect === "sendX") at.set.send(call.key, { type: "x" });
    });
    set.start("a", {});
    send("x");
    send("x");
    send("x");
    expect(effects()).toEqual(["enter", "leave", "askProbe", "sendX", "noteA"]);
  });

  test("an instance in a final state has left it and ignores every event", () => {
    const { sim, set, send, log, effects } = stage("fromTheMachine");
    set.start("a", {});
    send("x");
    send("x");
    log.length = 0;
    send("y");
    send("x");
    send("y", 1);
    expect(effects()).toEqual(["leave", "noteB"]);
    expect([set.has("a"), set.stateOf("a")]).toEqual([true, "done"]);
    expect(sim.nextDueAt).toBe(null);
  });

  test("exit actions of a final state run when it is reached", () => {
    const { set, effects } = stage("backingOff");
    set.start("a", { count: 3 });
    set.send("a", { type: "x" });
    set.send("a", { type: "z" });
    expect(effects()).toEqual([
      "enter",
      "askProbe",
      "leave",
      "sendOther",
      "noteA",
      "leave",
    ]);
  });

  test("stopping drops the timers and frees the key, without exit actions", () => {
    const { sim, set, effects } = stage("returning");
    set.start("a", {});
    set.stop("a");
    expect([set.has("a"), sim.nextDueAt]).toEqual([false, null]);
    set.start("a", {});
    expect(effects()).toEqual(["enter", "enter"]);
  });

  test("an instance that stops itself finishes its step, arms no timer and takes no event", () => {
    const { sim, set, send, effects } = stage("endingItself", (at, call) => {
      if (call.effect === "sendTwice") at.set.send(call.key, { type: "y" });
      if (call.effect === "stopSelf") at.set.stop(call.key);
    });
    set.start("a", { count: 0 });
    send("x");
    expect(effects().slice(1)).toEqual([
      "leave",
      "sendTwice",
      "stopSelf",
      "noteA",
      "noteA",
      "sendX",
    ]);
    expect([set.has("a"), sim.nextDueAt]).toEqual([false, null]);
  });

  test("instances of one set do not share context or timers", () => {
    const { sim, set } = stage("returning");
    set.start("a", {});
    sim.runUntil(START + 5);
    set.start("b", {});
    sim.runUntil(START + 10);
    expect(set.contextOf("a")).toEqual({ count: 2, last: "" });
    expect(set.contextOf("b")).toEqual({ count: 1, last: "" });
  });

  test("an error in an effect stops the run at that event", () => {
    const { sim, set, send, log } = stage("backingOff", (_, call) => {
      if (call.effect === "noteB") throw new RangeError("no such thing");
    });
    set.start("a", { count: 0 });
    send("x");
    sim.after(200, {
      rank: Rank.command,
      target: "probe",
      event: { type: "late" },
    });
    expect(() => sim.runUntil(START + 1000)).toThrow(RangeError);
    expect(sim.now).toBe(START + 100);
    expect(log.at(-1)).toMatch(/^100 a noteB/);
  });

  test("an error in an entry effect comes out of start, one in a sent event out of send", () => {
    const { set } = stage("returning", (_, call) => {
      if (call.effect === "enter") throw new RangeError("at the start");
    });
    expect(() => set.start("a", {})).toThrow("at the start");
    const other = stage("returning", (_, call) => {
      if (call.effect === "noteA") throw new RangeError("later");
    });
    other.set.start("a", {});
    expect(() => other.send("x")).toThrow("later");
  });

  test("a wrong key is a mistake of ours", () => {
    const { set, send } = stage("returning");
    expect(() => send("x")).toThrow("Failed to find a in set");
    expect(() => set.stop("a")).toThrow("Failed to find a in set");
    expect(() => set.stateOf("a")).toThrow("Failed to find a in set");
    set.start("a", {});
    expect(() => set.start("a", {})).toThrow(
      "Failed to start set for a: it runs already",
    );
  });

  test("a loop of always transitions is an error, not a hang", () => {
    const machine = setup({
      guards: { yes: () => true },
    }).createMachine({
      id: "loop",
      initial: "left",
      states: { left: { always: "right" }, right: { always: "left" } },
    });
    const { set } = stageFor(machine as never, backend);
    expect(() => set.start("a", {})).toThrow(/settle|Infinite loop/);
  });

  test("a missing effect is found when the set is made", () => {
    const sim = new Simulation({ seed: 1, start: START });
    const make = () =>
      machineSet({
        sim,
        name: "set",
        machine: handWritten["returning"]!,
        rank: Rank.application,
        backend,
        effects: {},
      });
    expect(make).toThrow("Failed to make set: nobody provides the effect");
  });
});

test("a snapshot under the actor back end is an error that names the set and the way out", () => {
  const { sim } = stageFor(handWritten["returning"]!, "actor");
  expect(() => sim.snapshot()).toThrow(
    "Failed to take a snapshot: set runs on XState's actors, whose pending delays cannot be saved; use the table back end",
  );
});
