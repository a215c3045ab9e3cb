/**
 * The age check of a driver from 1.6 on: which publish answers OK at once and which one fetches. One machine a volume
 * (`republish.machine.ts`), made when the kubelet first publishes a volume again.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/secrets-store/nodeserver.go; csi-driver.md 2.3
 */
import type {
  MachineBackend,
  MachineSet,
} from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { RepublishContext, RepublishEvent } from "./republish.machine.ts";
import { republishMachine } from "./republish.machine.ts";

export class RepublishGate {
  readonly #sim: Simulation;
  readonly #machines: MachineSet<RepublishContext, RepublishEvent>;

  constructor(options: {
    readonly sim: Simulation;
    readonly node: string;
    readonly backend: MachineBackend;
  }) {
    const { sim, node, backend } = options;
    this.#sim = sim;
    this.#machines = machineSet<RepublishContext, RepublishEvent>({
      sim,
      name: `${node}/csi-driver/republish`,
      machine: republishMachine,
      rank: Rank.rotationTicker,
      backend,
      effects: {},
    });
  }

  /** Whether a publish now may fetch. `mtimeMs`: of the directory, as the driver reads it now. */
  isDue(key: string, mtimeMs: EpochMs, intervalMs: DurationMs): boolean {
    const machines = this.#machines;
    if (!machines.has(key)) machines.start(key, { mtimeMs, intervalMs });
    machines.send(key, { type: "publish.asked", at: this.#sim.now, mtimeMs });
    return machines.stateOf(key) === "due";
  }

  /** The directory's entries changed. */
  switched(key: string, mtimeMs: EpochMs): void {
    if (this.#machines.has(key))
      this.#machines.send(key, { type: "files.switched", mtimeMs });
  }

  /** The volume is unmounted, or the process that knew it ends. */
  forget(key: string): void {
    if (this.#machines.has(key)) this.#machines.stop(key);
  }
}
