/**
 * The SecretProviderClassPodStatus controller: makes the Secrets of `secretObjects` from the files on its own node, once
 * some pod has mounted them. Up to 1.5 it leaves Secrets that exist alone; from 1.6 on each reconcile replaces their
 * data, type, labels and annotations by what the node's files say, and drops their owner references on the way.
 *
 * One reconcile at a time, and none while the owner patcher runs.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 controllers/secretproviderclasspodstatus_controller.go;
 *         csi-driver.md 5.1, 5.2, 12.4
 * Simplification: RBAC is not modelled; the setting `syncSecret` stands for the role that lets the driver write Secrets.
 * Simplification: a write that the driver has no right to make is refused without a round trip.
 * Simplification: the jitter of the tries of a write, 0 to 10 % of a millisecond, is below the clock's resolution.
 * From code alone: a node whose files are older than a synced Secret writes the old value back at its next reconcile (driver 1.6): when its five minutes end or its driver restarts.
 */
import type { InformerChange } from "../../cluster-sim/client/index.ts";
import { itemKey } from "../../cluster-sim/client/index.ts";
import type { ApiReply, Contents, Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import {
  SECRET_SYNC_REQUEUE_MS,
  WRITE_RETRY_MS,
  WRITE_TRIES,
} from "../defaults.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import { tellPod } from "./driver-context.ts";
import type { Bucket } from "./rate-limiter.ts";
import { newBucket, takeToken } from "./rate-limiter.ts";
import {
  secretData,
  secretManifest,
  secretObjectError,
} from "./secret-objects.ts";
import type { SyncTarget } from "./secret-sync-target.ts";
import { findSyncTarget } from "./secret-sync-target.ts";
import type {
  SecretSyncContext,
  SecretSyncEvent,
} from "./secret-sync.machine.ts";
import { secretSyncMachine } from "./secret-sync.machine.ts";
import type { SyncLock } from "./sync-lock.ts";

/** The reconcile in hand. */
interface Reconcile {
  readonly key: string;
  readonly target: SyncTarget;
  /** Index of the secretObject that is being synced. */
  next: number;
  /** What is written for it, and the tries so far. */
  write: {
    readonly object: JsonObject;
    readonly contents: Contents;
  } | null;
  tries: number;
  /** Whether a secretObject before it could not be built. */
  failed: boolean;
}

interface SecretSyncState {
  running: boolean;
  /** Keys of statuses that wait for the worker, each with why. */
  queue: { readonly key: string; readonly causes: readonly Cause[] }[];
  /** The key that the worker has; empty for none. */
  busy: string;
  /** Set while its reconcile waits for the API server or for its next try. */
  current: Reconcile | null;
  bucket: Bucket;
  epoch: number;
}

interface RetryEvent extends SimEvent {
  readonly type: "retry";
  readonly epoch: number;
}

export class SecretSyncController implements Component {
  readonly name: string;
  state: SecretSyncState;
  readonly #context: DriverContext;
  readonly #events: Recording;
  readonly #lock: SyncLock;
  readonly #machines: MachineSet<SecretSyncContext, SecretSyncEvent>;
  /** Whether a loop of `#work` runs; false between events. */
  #working = false;

  constructor(context: DriverContext, events: Recording, lock: SyncLock) {
    this.name = `${context.node}/csi-driver/secret-sync`;
    this.state = { ...idle(0), running: true };
    this.#context = context;
    this.#events = events;
    this.#lock = lock;
    this.#machines = machineSet<SecretSyncContext, SecretSyncEvent>({
      sim: context.sim,
      name: `${context.node}/csi-driver/secret-syncs`,
      machine: secretSyncMachine,
      rank: Rank.controller,
      backend: context.backend,
      effects: {
        enqueue: ({ key }) => this.#enqueue(key),
        reconcile: ({ key }) => this.#reconcile(key),
      },
    });
  }

  /** A status appeared or changed in the cache. Deletions end no reconcile, but nobody comes back to the status. */
  statusChanged({ type, after, before }: InformerChange): void {
    const stored = after ?? before;
    if (stored === null || !this.state.running) return;
    const { namespace, name } = stored.object.metadata;
    const key = itemKey(namespace, name);
    const { now: at } = this.#context.sim;
    if (type === "DELETED") {
      if (this.#machines.has(key)) this.#machines.stop(key);
    } else if (this.#machines.has(key))
      this.#machines.send(key, { type: "status.changed", at });
    else this.#machines.start(key, {});
  }

  stop(): void {
    for (const [key] of this.#context.caches.list("podStatuses"))
      if (this.#machines.has(key)) this.#machines.stop(key);
    this.state = idle(this.state.epoch + 1);
  }

  /** The process starts: every status of the node is looked at again as the cache hears of it. */
  start(): void {
    this.state.running = true;
  }

  /** The caches of a new process have their first lists: until then nothing is reconciled. */
  cachesSynced(): void {
    this.#work();
  }

  /** The lock is the controller's after a wait. */
  granted(): void {
    this.#work();
  }

  handle(event: SimEvent): void {
    if (event.type === "retry") {
      const { current, epoch } = this.state;
      if ((event as RetryEvent).epoch === epoch) this.#try(current!);
      return;
    }
    const { tag, reply } = event as ReplyEvent<ApiReply>;
    const { current, epoch } = this.state;
    if (current === null || tag["epoch"] !== epoch) return;
    const exists =
      tag["verb"] === "create" &&
      !reply.ok &&
      reply.error.reason === "AlreadyExists";
    const replaces = this.#context.flags().generation === "republish";
    if (exists && replaces) return this.#write(current, "update");
    if (!reply.ok && !exists) return this.#tryAgain(current);
    current.next += 1;
    current.tries = 0;
    this.#continue();
  }

  #enqueue(key: string): void {
    const { causes } = this.#context.sim.trace;
    this.state.queue.push({ key, causes });
    this.#work();
  }

  /** The worker takes what is queued, one after the other, while it may. */
  #work(): void {
    // A reconcile that needs no API call is over before the machine has answered: no recursion for each key.
    if (this.#working) return;
    this.#working = true;
    while (this.state.busy === "" && this.#takeNext());
    this.#working = false;
  }

  #takeNext(): boolean {
    const { sim } = this.#context;
    const next = this.state.queue[0];
    if (next === undefined) {
      this.#release();
      return false;
    }
    // A reconcile's read of a cache waits for that cache's first list.
    if (!this.#context.caches.synced) return false;
    if (!this.#lock.acquire("controller")) return false;
    this.state.queue.shift();
    // The status may have gone while its key was queued.
    if (!this.#machines.has(next.key)) return true;
    this.state.busy = next.key;
    sim.trace.causes = next.causes;
    this.#machines.send(next.key, { type: "taken", at: sim.now });
    return true;
  }

  #release(): void {
    if (this.#lock.state.holder === "controller") this.#lock.release();
  }

  #reconcile(key: string): void {
    const { caches } = this.#context;
    const found = findSyncTarget(caches, this.#context.filesOf, key);
    if (found.kind === "done") return this.#finish(key, "done", 0);
    if (found.kind === "missing")
      return this.#finish(key, "retry", found.afterMs);
    if (found.kind === "failed") {
      const { pod, message } = found;
      if (pod !== null) this.#tell(pod, message);
      return this.#fail(key);
    }
    const { target } = found;
    this.state.current = {
      key,
      target,
      next: 0,
      write: null,
      tries: 0,
      failed: false,
    };
    this.#continue();
  }

  /** Goes on with the secretObjects; waits where a request is on its way. */
  #continue(): void {
    const current = this.state.current!;
    const { key, target } = current;
    while (current.next < target.secretObjects.length)
      if (this.#syncSecret(current)) return;
      else current.next += 1;
    this.state.current = null;
    if (current.failed) this.#fail(key);
    else this.#finish(key, "retry", SECRET_SYNC_REQUEUE_MS);
  }

  /** Says whether the reconcile waits now. */
  #syncSecret(current: Reconcile): boolean {
    const { caches, flags, values } = this.#context;
    const { target, next } = current;
    const object = target.secretObjects[next]!;
    if (secretObjectError(object) !== null) {
      current.failed = true;
      return false;
    }
    const { namespace, className, files, path } = target;
    const name = object.secretName!.trim();
    const leavesIt = flags().generation === "reconciler";
    if (leavesIt && caches.get("secrets", namespace, name) !== null)
      return false;
    const wanted = secretData(object, files, path);
    if (!wanted.ok) {
      current.failed = true;
      const message = `failed to get data in spc ${namespace}/${className} for secret ${name}, err: ${wanted.error}`;
      this.#tell(target.pod, message);
      return false;
    }
    for (const { ref, bytes } of wanted.derived) values.put(ref, bytes);
    const { data, contents } = wanted;
    const manifest = secretManifest(object, namespace, data);
    current.write = { object: manifest, contents };
    this.#try(current);
    return true;
  }

  #try(current: Reconcile): void {
    current.tries += 1;
    if (this.#context.config().syncSecret) this.#write(current, "create");
    else this.#tryAgain(current);
  }

  #write({ write }: Reconcile, verb: "create" | "update"): void {
    const { epoch } = this.state;
    this.#context.api.call(
      { verb, ...write! },
      { target: this.name, tag: { verb, epoch } },
    );
  }

  /** Five tries about a millisecond apart; then the waiter's own text, and the whole status later. */
  #tryAgain(current: Reconcile): void {
    if (current.tries < WRITE_TRIES) {
      const { epoch } = this.state;
      const event: RetryEvent = { type: "retry", epoch };
      const rank = Rank.controller;
      this.#context.sim.after(WRITE_RETRY_MS, {
        rank,
        target: this.name,
        event,
      });
      return;
    }
    this.#tell(current.target.pod, "timed out waiting for the condition");
    this.state.current = null;
    this.#fail(current.key);
  }

  #fail(key: string): void {
    const wait = takeToken(this.state.bucket, this.#context.sim.now);
    this.#finish(key, "failed", wait);
  }

  #finish(
    key: string,
    outcome: "done" | "retry" | "failed",
    afterMs: DurationMs,
  ): void {
    const { now: at } = this.#context.sim;
    this.state.busy = "";
    if (this.#machines.has(key)) {
      const type = "reconcile.finished";
      this.#machines.send(key, { type, at, outcome, afterMs });
    }
    this.#release();
    this.#work();
  }

  #tell(pod: Stored, message: string): void {
    tellPod(this.#events, pod, {
      reason: "FailedToCreateSecret",
      type: "Warning",
      message,
    });
  }
}

function idle(epoch: number): SecretSyncState {
  return {
    running: false,
    queue: [],
    busy: "",
    current: null,
    bucket: newBucket(),
    epoch,
  };
}
