/** Plays one script on a machine and writes down everything that can be seen: the same list is due from both back ends. */
import type { AnyStateMachine } from "xstate";
import type { SimEvent } from "../../src/kernel/event-queue.ts";
import { Rank } from "../../src/kernel/event-queue.ts";
import type {
  MachineBackend,
  MachineSet,
} from "../../src/kernel/machine-runner.ts";
import { machineSet } from "../../src/kernel/machine-runner.ts";
import type { Component } from "../../src/kernel/simulation.ts";
import { Simulation } from "../../src/kernel/simulation.ts";

export const BACKENDS: readonly MachineBackend[] = ["table", "actor"];
export const START = Date.UTC(2024, 3, 29, 9);

export interface TestEvent {
  readonly type: string;
  readonly n?: number;
}

export type Act =
  | { readonly do: "start"; readonly key: string; readonly input: unknown }
  | { readonly do: "send"; readonly key: string; readonly event: TestEvent }
  | { readonly do: "stop"; readonly key: string }
  | { readonly do: "advance"; readonly ms: number };

/** What an effect does beside being written down, by its name. */
export type Doings = (
  stage: Stage,
  call: { readonly key: string; readonly effect: string },
) => void;

export interface Stage {
  readonly sim: Simulation;
  readonly set: MachineSet<unknown, TestEvent>;
  readonly log: string[];
}

/** Makes a world with one set; every effect of the machine is logged with its time, context, event and params. */
export function stageFor(
  machine: AnyStateMachine,
  backend: MachineBackend,
  doings: Doings = () => {},
): Stage {
  const sim = new Simulation({ seed: 1, start: START });
  const log: string[] = [];
  const since = () => sim.now - START;
  const probe: Component = {
    name: "probe",
    state: null,
    handle: (event: SimEvent) => log.push(`${since()} ${event.type}`),
  };
  sim.add(probe);
  const effects = Object.fromEntries(
    effectNames(machine).map((effect) => [
      effect,
      (call: { readonly key: string }) => {
        const { key, ...seen } = call;
        log.push(`${since()} ${key} ${effect} ${JSON.stringify(seen)}`);
        doings(stage, { key, effect });
      },
    ]),
  );
  const set = machineSet<unknown, TestEvent>({
    sim,
    name: "set",
    machine,
    rank: Rank.application,
    backend,
    effects,
  });
  const stage: Stage = { sim, set, log };
  return stage;
}

function effectNames(machine: AnyStateMachine): string[] {
  return Object.entries(
    machine.implementations.actions as Record<string, { type?: string }>,
  )
    .filter(([, action]) => action.type === undefined)
    .map(([name]) => name);
}

/** Plays the script to its end or to the first error, then lets every timer run for a while. */
export function play(
  stage: Stage,
  script: readonly Act[],
  restMs = 10_000,
): string[] {
  const { sim, set, log } = stage;
  try {
    for (const act of script) {
      perform(stage, act);
      log.push(describeStage(stage));
    }
    sim.runUntil(sim.now + restMs);
  } catch (error) {
    // How a definition that loops is reported is each back end's own.
    log.push(error instanceof RangeError ? "the effect failed" : "loops");
    return log;
  }
  for (const key of KEYS) if (set.has(key)) log.push(describeStage(stage));
  return log;
}

export const KEYS = ["a", "b"] as const;

function perform({ sim, set }: Stage, act: Act): void {
  switch (act.do) {
    case "start":
      if (!set.has(act.key)) set.start(act.key, act.input);
      break;
    case "send":
      if (set.has(act.key)) set.send(act.key, act.event);
      break;
    case "stop":
      if (set.has(act.key)) set.stop(act.key);
      break;
    case "advance":
      sim.runUntil(sim.now + act.ms);
      break;
  }
}

function describeStage({ sim, set }: Stage): string {
  const instances = KEYS.map((key) =>
    set.has(key)
      ? `${key}=${set.stateOf(key)} ${JSON.stringify(set.contextOf(key))}`
      : `${key}=-`,
  );
  const due = sim.nextDueAt === null ? "never" : sim.nextDueAt - START;
  return `${sim.now - START} ${instances.join(", ")}, next due ${due}`;
}
