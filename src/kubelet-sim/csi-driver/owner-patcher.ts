/**
 * Adds the owners of a node's pods to the Secrets that were synced for them: the ReplicaSet (any controller) of a pod
 * that has one, else the pod's SecretProviderClassPodStatus. It never removes one; the garbage collector deletes a
 * Secret when none of its owners is left.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 controllers/secretproviderclasspodstatus_controller.go Patcher;
 *         csi-driver.md 5.5
 * Differs: the five tries of a failed patch, a millisecond apart, are one; the next run tries again.
 */
import { NO_REPLY, itemKey } from "../../cluster-sim/client/index.ts";
import type { OwnerReference, Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import { OWNER_PATCHER_PERIOD_MS } from "../defaults.ts";
import { tickAfter } from "../phases.ts";
import type { DriverContext } from "./driver-context.ts";
import { classSpec } from "./driver-context.ts";
import { bodyOf } from "./pod-status.ts";

interface OwnerPatcherState {
  /** When the process started: runs are due one period later and from then on each period. */
  startedAt: EpochMs;
  running: boolean;
  /** Whether a run is queued: only a change of the caches can give one something to do. */
  queued: boolean;
  /** The latest change that gives it something to do. */
  causes: readonly Cause[];
  epoch: number;
}

interface RunEvent extends SimEvent {
  readonly type: "run";
  readonly epoch: number;
}

export class OwnerPatcher implements Component {
  readonly name: string;
  state: OwnerPatcherState;
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.name = `${context.node}/csi-driver/owner-patcher`;
    this.#context = context;
    const startedAt = context.sim.now;
    this.state = {
      startedAt,
      running: true,
      queued: false,
      causes: [],
      epoch: 0,
    };
  }

  /** `startedAt` may lie before the world's start: then only its phase matters. */
  start(startedAt: EpochMs): void {
    this.state.startedAt = startedAt;
    this.state.running = true;
    this.changed();
  }

  stop(): void {
    this.state.running = false;
    this.state.queued = false;
    this.state.epoch += 1;
  }

  /** Something the patcher reads has changed: its next run may have something to do. */
  changed(): void {
    const { startedAt, running, queued, epoch } = this.state;
    const { sim } = this.#context;
    this.state.causes = sim.trace.causes;
    if (!running || queued) return;
    this.state.queued = true;
    const event: RunEvent = { type: "run", epoch };
    sim.schedule({
      at: tickAfter(sim.now, OWNER_PATCHER_PERIOD_MS, startedAt),
      rank: Rank.controller,
      target: this.name,
      event,
    });
  }

  handle(event: SimEvent): void {
    if ((event as RunEvent).epoch !== this.state.epoch) return;
    this.state.queued = false;
    this.#context.sim.trace.causes = this.state.causes;
    const wanted = this.#owners();
    if (wanted === null) return;
    for (const [key, owners] of wanted) this.#patch(key, owners);
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
        const key = itemKey(namespace, secretName.trim());
        const list = owners.get(key) ?? [];
        owners.set(key, [...list, ...ownersOf(pod, status)]);
      }
    }
    return owners;
  }

  #patch(key: string, owners: readonly OwnerReference[]): void {
    const { caches, api, config } = this.#context;
    const [namespace, name] = key.split("/") as [string, string];
    const secret = caches.get("secrets", namespace, name);
    if (secret === null || !config().syncSecret) return;
    const known = secret.object.metadata.ownerReferences ?? [];
    const merged = [...known];
    // "Missing" is judged by name only: an owner made anew under its old name is not added.
    for (const owner of owners)
      if (!merged.some((reference) => reference.name === owner.name))
        merged.push(owner);
    if (merged.length === known.length) return;
    const { resourceVersion } = secret.object.metadata;
    const ownerReferences = merged.map((owner) => ({ ...owner }));
    const patch = { metadata: { ownerReferences, resourceVersion } };
    api.call(
      { verb: "patch", kind: "Secret", namespace, name, patch },
      NO_REPLY,
    );
  }
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
