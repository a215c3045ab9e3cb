/**
 * The rotation reconciler of a driver up to 1.5: its queue of SecretProviderClassPodStatuses. When it is filled is the
 * machine's (`rotation-reconciler.machine.ts`), what is done with one key is the worker's (`rotation-worker.ts`).
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go (Run, processNextItem, handleError);
 *         csi-driver.md 2.1, 2.2, 12.2
 * Emits    csi.rotation.tick
 * Simplification: a rotation that leaves a pod alone because it is over is not counted; upstream adds it to rotation_reconcile_total with an empty provider.
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import { ROTATION_NOT_FOUND_REQUEUES, ROTATION_RETRY_MS } from "../defaults.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import { rotatesWithTokens } from "./generation.ts";
import type { Bucket } from "./rate-limiter.ts";
import { itemBackoff, newBucket, takeToken } from "./rate-limiter.ts";
import type {
  RotationContext,
  RotationEvent,
} from "./rotation-reconciler.machine.ts";
import { rotationReconcilerMachine } from "./rotation-reconciler.machine.ts";
import { TargetFinder } from "./rotation-target.ts";
import { RotationWorker } from "./rotation-worker.ts";

interface RotationState {
  /** Keys that wait for a timer, and when it ends: one that waits already keeps the earlier end. */
  retrying: Map<string, EpochMs>;
  /** Why each queued key is there. */
  reasons: Map<string, readonly Cause[]>;
  /** How often each key was looked for in vain. */
  notFound: Map<string, number>;
  bucket: Bucket;
  passes: number;
  epoch: number;
  /** What every tick goes back to: the start of the process. */
  started: readonly Cause[];
}

interface RetryEvent extends SimEvent {
  readonly type: "retry";
  readonly key: string;
  readonly epoch: number;
}

/** The one instance of the machine in a driver. */
const RECONCILER = "reconciler";

const NO_TOKENS: readonly string[] = [];

export class Rotation implements Component {
  readonly name: string;
  state: RotationState = {
    retrying: new Map(),
    reasons: new Map(),
    notFound: new Map(),
    bucket: newBucket(),
    passes: 0,
    epoch: 0,
    started: [],
  };
  readonly #context: DriverContext;
  readonly #machine: MachineSet<RotationContext, RotationEvent>;
  readonly #targets: TargetFinder;
  readonly #worker: RotationWorker;

  constructor(context: DriverContext, events: Recording) {
    this.name = `${context.node}/csi-driver/rotation`;
    this.#context = context;
    this.#targets = new TargetFinder(context.caches);
    this.#worker = context.sim.add(new RotationWorker(context, events));
    this.#worker.onFinished = (retryKey) => this.#finish(retryKey);
    this.#machine = machineSet<RotationContext, RotationEvent>({
      sim: context.sim,
      name: `${context.node}/csi-driver/rotation-reconciler`,
      machine: rotationReconcilerMachine,
      rank: Rank.rotationTicker,
      backend: context.backend,
      effects: {
        listPodStatuses: () => this.#list(),
        reconcile: ({ context: { current } }) => this.#begin(current),
      },
    });
  }

  /** Makes the reconciler, stopped. Call once. */
  create(): void {
    this.#machine.start(RECONCILER, {});
  }

  /** The process starts with rotation on. */
  start(intervalMs: DurationMs, firstTickAt: EpochMs): void {
    const { now: at, trace } = this.#context.sim;
    this.state.started = trace.causes;
    this.#machine.send(RECONCILER, {
      type: "started",
      at,
      intervalMs,
      firstTickAt,
    });
  }

  /** The process ends; what it was doing is forgotten. */
  stop(): void {
    this.state.epoch += 1;
    this.state.reasons.clear();
    this.state.retrying.clear();
    this.state.notFound.clear();
    this.state.bucket = newBucket();
    this.#worker.stop();
    this.#machine.send(RECONCILER, { type: "stopped" });
  }

  handle(event: SimEvent): void {
    const { key, epoch } = event as RetryEvent;
    const { retrying } = this.state;
    if (epoch !== this.state.epoch) return;
    // A shorter wait has put the key into the queue before.
    if (retrying.get(key) !== this.#context.sim.now) return;
    retrying.delete(key);
    this.#enqueue([key]);
  }

  /** A tick: every status of the node's cache is queued. */
  #list(): void {
    const { sim, node, caches, config } = this.#context;
    sim.trace.repeat({
      type: "csi.rotation.tick",
      at: `${node}/csi-driver`,
      about: node,
      causes: this.state.started,
      data: { node },
    });
    const keys = [...caches.list("podStatuses")].map(([key]) => key);
    keys.sort(byCodeUnit);
    const pass = this.state.passes++;
    const order =
      config().rotationOrder === "sorted"
        ? keys
        : sim.draws
            .order(keys.length, `csi-driver/${node}/rotation-order`, pass)
            .map((i) => keys[i]!);
    this.#enqueue(order);
  }

  #enqueue(keys: readonly string[]): void {
    const { sim } = this.#context;
    for (const key of keys)
      if (!this.state.reasons.has(key))
        this.state.reasons.set(key, sim.trace.causes);
    this.#machine.send(RECONCILER, { type: "keys.added", at: sim.now, keys });
  }

  #begin(key: string): void {
    const { sim, config, flags } = this.#context;
    sim.trace.causes = this.state.reasons.get(key) ?? [];
    this.state.reasons.delete(key);
    const found = this.#targets.find(
      key,
      rotatesWithTokens(flags().version) ? config().tokenAudiences : NO_TOKENS,
    );
    if (found.kind === "gone") return this.#lookAgain(key);
    this.state.notFound.delete(key);
    if (found.kind === "ended") this.#finish(null);
    else if (found.kind === "error") this.#worker.refuse(key, found);
    else this.#worker.begin(found);
  }

  /** A status that is not in the cache: five more looks, then it is dropped until a tick finds it. */
  #lookAgain(key: string): void {
    const { notFound, bucket } = this.state;
    const times = notFound.get(key) ?? 0;
    if (times < ROTATION_NOT_FOUND_REQUEUES) {
      notFound.set(key, times + 1);
      const wait = takeToken(bucket, this.#context.sim.now);
      this.#retry(key, Math.max(itemBackoff(times), wait));
    } else notFound.delete(key);
    this.#finish(null);
  }

  #retry(key: string, delay: DurationMs): void {
    const { sim } = this.#context;
    const { retrying, epoch } = this.state;
    const at = sim.now + delay;
    if ((retrying.get(key) ?? Infinity) <= at) return;
    retrying.set(key, at);
    const event: RetryEvent = { type: "retry", key, epoch };
    const rank = Rank.rotationTicker;
    sim.schedule({ at, rank, target: this.name, event });
  }

  /** The worker is free; a key given comes back after the flat retry. */
  #finish(retryKey: string | null): void {
    const { now: at } = this.#context.sim;
    if (retryKey !== null) this.#retry(retryKey, ROTATION_RETRY_MS);
    this.#machine.send(RECONCILER, { type: "reconcile.finished", at });
  }
}
