/** Events a second: the bare queue and clock, and a small machine with one delay under each back end. */
import { assign, setup } from "xstate";
import { Rank } from "../src/kernel/event-queue.ts";
import type { MachineBackend } from "../src/kernel/machine-runner.ts";
import { machineSet } from "../src/kernel/machine-runner.ts";
import { Simulation } from "../src/kernel/simulation.ts";
import { seconds, spread } from "./figures.ts";

const RUNS = 5;
const ENTITIES = 1000;
const EVENTS = { bare: 2_000_000, table: 1_000_000, actor: 100_000 };
const PERIOD_MS = 1000;

/** Two states that take turns: one delay each, one assignment, one effect. */
const machine = setup({
  types: {
    context: {} as { readonly turns: number },
    events: {} as { readonly type: "never" },
  },
  delays: { PERIOD: PERIOD_MS },
  actions: {
    count: assign({ turns: ({ context }) => context.turns + 1 }),
    act: () => {},
  },
}).createMachine({
  id: "bench",
  context: { turns: 0 },
  initial: "resting",
  states: {
    resting: { after: { PERIOD: { target: "busy", actions: "count" } } },
    busy: { entry: "act", after: { PERIOD: "resting" } },
  },
});

export function benchKernel(): void {
  console.log(`events a second, ${ENTITIES} entities, ${RUNS} runs`);
  console.log(`  bare kernel            ${rates(bareKernel)}`);
  console.log(`  compiled table         ${rates(() => machines("table"))}`);
  console.log(`  XState's actor         ${rates(() => machines("actor"))}`);
}

function rates(bench: () => number): string {
  bench();
  const thousands = Array.from({ length: RUNS }, () => bench() / 1000);
  return `${spread(thousands, 0)} thousand`;
}

/** Every event schedules the next one of its entity. */
function bareKernel(): number {
  const sim = new Simulation({ seed: 1, start: 0 });
  const target = "entity";
  const rank = Rank.application;
  sim.add({
    name: target,
    state: null,
    handle: (event) => {
      sim.after(PERIOD_MS, { rank, target, event });
    },
  });
  for (let at = 0; at < ENTITIES; at++)
    sim.schedule({ at, rank, target, event: { type: "tick" } });
  return perSecond(sim, (EVENTS.bare / ENTITIES) * PERIOD_MS);
}

function machines(backend: MachineBackend): number {
  const sim = new Simulation({ seed: 1, start: 0 });
  const set = machineSet({
    sim,
    machine,
    backend,
    name: "machines",
    rank: Rank.application,
    effects: { act: () => {} },
  });
  for (let i = 0; i < ENTITIES; i++) set.start(String(i), {});
  return perSecond(sim, (EVENTS[backend] / ENTITIES) * PERIOD_MS);
}

function perSecond(sim: Simulation, until: number): number {
  const taken = seconds(() => {
    sim.runUntil(until);
  });
  return sim.eventsRun / taken;
}
