/** The controllers of a world's control plane: what starts with it, and does its work through the API server. */
import type { ApiClient } from "../../cluster-sim/ports.ts";
import {
  ControllerManager,
  DefaultScheduler,
  GarbageCollector,
  TtlController,
} from "../../cluster-sim/index.ts";
import type { MachineBackend } from "../../kernel/machine-runner.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { Settings } from "./settings.ts";

export interface ControlPlane {
  readonly sim: Simulation;
  readonly api: (caller: string) => ApiClient;
  readonly nodes: readonly string[];
  readonly settings: () => Settings;
  readonly backend: MachineBackend;
}

export interface Starting {
  start(): void;
}

/** Those that are there before the nodes. */
export function schedulerAndCollector(parts: ControlPlane): Starting[] {
  const { sim, api, nodes, settings } = parts;
  return [
    sim.add(
      new DefaultScheduler({
        sim,
        nodes,
        client: api("default-scheduler"),
        config: () => ({ latencyMs: settings().latency.scheduler }),
        minor: () => settings().kubernetes.minor,
      }),
    ),
    sim.add(new GarbageCollector({ sim, client: api("garbage-collector") })),
  ];
}

export function ttlsAndWorkloads(parts: ControlPlane): Starting[] {
  const { sim, api, nodes, settings, backend } = parts;
  return [
    sim.add(new TtlController({ sim, client: api("ttl-controller") })),
    sim.add(
      new ControllerManager({
        sim,
        api,
        nodes,
        minor: () => settings().kubernetes.minor,
        backend,
      }),
    ),
  ];
}
