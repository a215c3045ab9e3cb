/**
 * Adds the owners of a node's pods to the Secrets that were synced for them: the ReplicaSet (any controller) of a pod
 * that has one, else the pod's SecretProviderClassPodStatus. It never removes one; the garbage collector deletes a
 * Secret when none of its owners is left. It waits while the controller reconciles, and the other way round.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 controllers/secretproviderclasspodstatus_controller.go
 *         RunPatcher, Patcher, patchSecretWithOwnerRef; csi-driver.md 5.5
 * Simplification: Secrets are patched in the order of their names; upstream's order is that of a Go map.
 * From code alone: from driver 1.6 on a synced Secret has no owner from each rewrite to the patcher's next run, up to 5 s later.
 */
import { itemKey } from "../../cluster-sim/client/index.ts";
import type {
  ApiReply,
  ApiRequest,
  OwnerReference,
  Stored,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import {
  OWNER_PATCHER_PERIOD_MS,
  WRITE_RETRY_MS,
  WRITE_TRIES,
} from "../defaults.ts";
import { tickAfter } from "../phases.ts";
import type { DriverContext } from "./driver-context.ts";
import { classSpec } from "./driver-context.ts";
import { bodyOf } from "./pod-status.ts";
import type { SyncLock } from "./sync-lock.ts";

interface OwnerPatcherState {
  /** When the process started: runs are due one period later and from then on each period. */
  startedAt: EpochMs;
  running: boolean;
  /** Whether a run is queued: only a change of the caches, or a failure, can give one something to do. */
  queued: boolean;
  /** The latest change that gives it something to do. */
  causes: readonly Cause[];
  /** Whether a run waits for the lock or has it, and whether a tick came meanwhile. */
  busy: boolean;
  late: boolean;
  /** Secrets that this run has still to look at, each with its owners. */
  run: { readonly key: string; readonly owners: readonly OwnerReference[] }[];
  /** Tries of the first of them. */
  tries: number;
  epoch: number;
}

interface OwnEvent extends SimEvent {
  readonly type: "run" | "retry";
  readonly epoch: number;
}

export class OwnerPatcher implements Component {
  readonly name: string;
  state: OwnerPatcherState;
  readonly #context: DriverContext;
  readonly #lock: SyncLock;

  constructor(context: DriverContext, lock: SyncLock) {
    this.name = `${context.node}/csi-driver/owner-patcher`;
    this.#context = context;
    this.#lock = lock;
    this.state = { ...idle(context.sim.now, 0), running: true };
  }

  /** `startedAt` may lie before the world's start: then only its phase matters. */
  start(startedAt: EpochMs): void {
    this.state.startedAt = startedAt;
    this.state.running = true;
    this.changed();
  }

  stop(): void {
    const { startedAt, epoch } = this.state;
    this.state = idle(startedAt, epoch + 1);
  }

  /** Something the patcher reads has changed: its next run may have something to do. */
  changed(): void {
    this.state.causes = this.#context.sim.trace.causes;
    this.#queueRun();
  }

  /** The lock is the patcher's after a wait. */
  granted(): void {
    this.#run();
  }

  handle(event: SimEvent): void {
    const { epoch } = this.state;
    if (event.type === "reply") {
      const { tag, reply } = event as ReplyEvent<ApiReply>;
      if (tag["epoch"] === epoch) this.#patched(reply.ok);
      return;
    }
    const own = event as OwnEvent;
    if (own.epoch !== epoch) return;
    if (own.type === "retry") return this.#patch();
    this.state.queued = false;
    this.#tick();
  }

  /** A tick that comes while a run goes on is taken after it. */
  #tick(): void {
    if (this.state.busy) this.state.late = true;
    else {
      this.state.busy = true;
      if (this.#lock.acquire("patcher")) this.#run();
    }
  }

  #finish(): void {
    const { late } = this.state;
    this.state.busy = false;
    this.state.late = false;
    this.state.run = [];
    this.#lock.release();
    if (late) this.#tick();
  }

  #queueRun(): void {
    const { startedAt, running, queued, epoch } = this.state;
    const { sim } = this.#context;
    if (!running || queued) return;
    this.state.queued = true;
    const event: OwnEvent = { type: "run", epoch };
    sim.schedule({
      at: tickAfter(sim.now, OWNER_PATCHER_PERIOD_MS, startedAt),
      rank: Rank.controller,
      target: this.name,
      event,
    });
  }

  #run(): void {
    this.#context.sim.trace.causes = this.state.causes;
    const wanted = this.#owners();
    if (wanted === null) return this.#finish();
    this.state.run = [...wanted]
      .map(([key, owners]) => ({ key, owners }))
      .sort((a, b) => byCodeUnit(a.key, b.key));
    this.state.tries = 0;
    this.#patch();
  }

  /** Owners by Secret; null when the pod or class of some status cannot be read: then the whole run aborts. */
  #owners(): Map<string, OwnerReference[]> | null {
    const { caches } = this.#context;
    const owners = new Map<string, OwnerReference[]>();
    const statuses = [...caches.list("podStatuses")];
    statuses.sort(([a], [b]) => byCodeUnit(a, b));
    for (const [, status] of statuses) {
      const { namespace = "" } = status.object.metadata;
      const body = bodyOf(status);
      const pod = caches.get("pods", namespace, body.podName);
      const className = body.secretProviderClassName;
      const found = caches.get("classes", namespace, className);
      if (pod === null || found === null) return null;
      for (const { secretName = "" } of classSpec(found).secretObjects ?? []) {
        const key = itemKey(namespace, secretName);
        const list = owners.get(key) ?? [];
        owners.set(key, [...list, ...ownersOf(pod, status)]);
      }
    }
    return owners;
  }

  /** Goes on with the run: what lacks no owner is passed over; waits where a patch is on its way. */
  #patch(): void {
    const { caches, api, config } = this.#context;
    const { run } = this.state;
    for (let next = run[0]; next !== undefined; next = run[0]) {
      const secret = caches.find("secrets", next.key);
      const request = secret === null ? null : patchOf(secret, next.owners);
      if (request === null) run.shift();
      else if (!config().syncSecret) return this.#patched(false);
      else {
        const { epoch } = this.state;
        api.call(request, { target: this.name, tag: { epoch } });
        return;
      }
      this.state.tries = 0;
    }
    this.#finish();
  }

  /** Five tries about a millisecond apart, each on what the cache holds then; the fifth failure ends the run. */
  #patched(ok: boolean): void {
    if (ok) {
      this.state.run.shift();
      this.state.tries = 0;
      return this.#patch();
    }
    this.state.tries += 1;
    const { epoch, tries } = this.state;
    if (tries < WRITE_TRIES) {
      const event: OwnEvent = { type: "retry", epoch };
      const rank = Rank.controller;
      const target = this.name;
      this.#context.sim.after(WRITE_RETRY_MS, { rank, target, event });
      return;
    }
    this.#finish();
    // Without the right to write only a change of the caches matters, and that costs nothing to wait for.
    if (this.#context.config().syncSecret) this.#queueRun();
  }
}

/** Null when the Secret has them all. "Missing" is judged by name only: an owner made anew under its old name is not added. */
function patchOf(
  secret: Stored,
  owners: readonly OwnerReference[],
): ApiRequest | null {
  const { metadata } = secret.object;
  const { name, namespace = "", resourceVersion } = metadata;
  const known = metadata.ownerReferences ?? [];
  const merged = [...known];
  for (const owner of owners)
    if (!merged.some((reference) => reference.name === owner.name))
      merged.push(owner);
  if (merged.length === known.length) return null;
  const ownerReferences = merged.map((owner) => ({ ...owner }));
  const patch = { metadata: { ownerReferences, resourceVersion } };
  return { verb: "patch", kind: "Secret", namespace, name, patch };
}

function ownersOf(pod: Stored, status: Stored): OwnerReference[] {
  const { ownerReferences = [] } = pod.object.metadata;
  if (ownerReferences.length > 0)
    return ownerReferences.map(({ apiVersion, kind, name, uid }) => ({
      apiVersion,
      kind,
      name,
      uid,
    }));
  const { apiVersion, kind, metadata } = status.object;
  return [{ apiVersion, kind, name: metadata.name, uid: metadata.uid }];
}

function idle(startedAt: EpochMs, epoch: number): OwnerPatcherState {
  return {
    startedAt,
    running: false,
    queued: false,
    causes: [],
    busy: false,
    late: false,
    run: [],
    tries: 0,
    epoch,
  };
}
