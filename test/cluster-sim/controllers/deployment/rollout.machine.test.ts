/** The phases of a rollout, and when it is looked at. */
import { describe, expect, it } from "vitest";
import type { RolloutPhase } from "../../../../src/cluster-sim/controllers/deployment/rollout.machine.ts";
import { rolloutMachine } from "../../../../src/cluster-sim/controllers/deployment/rollout.machine.ts";
import { Rank } from "../../../../src/kernel/event-queue.ts";
import type { MachineBackend } from "../../../../src/kernel/machine-runner.ts";
import { machineSet } from "../../../../src/kernel/machine-runner.ts";
import { Simulation } from "../../../../src/kernel/simulation.ts";
import { START } from "../../support.ts";
import {
  aDeployment,
  aTemplate,
  aWorkloadCluster,
  applied,
  scalings,
  wait,
} from "../workload-support.ts";

const CHECK_MS = 601_000;
const PHASES: readonly RolloutPhase[] = [
  "untracked",
  "progressing",
  "complete",
  "paused",
  "deadlineExceeded",
];

function aRollout(backend: MachineBackend = "table") {
  const sim = new Simulation({ seed: 1, start: START });
  const requeued: number[] = [];
  const set = machineSet({
    sim,
    name: "rollouts",
    machine: rolloutMachine,
    rank: Rank.controller,
    backend,
    effects: { requeue: () => requeued.push(sim.now - START) },
  });
  const observe = (phase: RolloutPhase, checkAfterMs = CHECK_MS): void =>
    set.send("web", {
      type: "deployment.observed",
      phase,
      checkAfterMs,
    } as never);
  set.start("web", {});
  return { sim, set, requeued, observe };
}

describe("the rollout machine", () => {
  const pairs = PHASES.flatMap((from) =>
    PHASES.map((to) => [from, to] as const),
  );

  it.each(pairs)("goes from %s to %s as the Deployment says", (from, to) => {
    const { set, observe } = aRollout();
    observe(from);
    observe(to);
    expect(set.stateOf("web")).toBe(to);
  });

  it.each(["table", "actor"] as const)(
    "asks for a look at the deadline and not before, by %s",
    (backend) => {
      const { sim, requeued, observe } = aRollout(backend);
      observe("progressing");
      sim.runUntil(START + CHECK_MS - 1);
      expect(requeued).toEqual([]);
      sim.runUntil(START + CHECK_MS);
      expect(requeued).toEqual([CHECK_MS]);
      sim.runUntil(START + 10 * CHECK_MS);
      expect(requeued).toEqual([CHECK_MS]);
    },
  );

  it.each(["table", "actor"] as const)(
    "counts from the latest progress, by %s",
    (backend) => {
      const { sim, requeued, observe } = aRollout(backend);
      observe("progressing");
      sim.runUntil(START + 1000);
      observe("progressing", CHECK_MS);
      sim.runUntil(START + 10 * CHECK_MS);
      expect(requeued).toEqual([CHECK_MS + 1000]);
    },
  );

  it.each(PHASES.filter((phase) => phase !== "progressing"))(
    "asks for nothing while %s",
    (phase) => {
      const { sim, requeued, observe } = aRollout();
      observe("progressing");
      observe(phase);
      sim.runUntil(START + 10 * CHECK_MS);
      expect(requeued).toEqual([]);
    },
  );

  it("comes to the same rollout by either back end", () => {
    const run = (backend: MachineBackend): string => {
      const cluster = aWorkloadCluster({ backend });
      applied(cluster, aDeployment({ replicas: 2 }));
      wait(cluster, 20_000);
      const template = aTemplate("broken");
      applied(cluster, aDeployment({ replicas: 2, template }));
      wait(cluster, 2 * CHECK_MS);
      return JSON.stringify([scalings(cluster), cluster.facts]);
    };
    expect(run("actor")).toBe(run("table"));
  });
});
