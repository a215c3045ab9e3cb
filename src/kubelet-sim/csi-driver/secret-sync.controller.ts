/**
 * The SecretProviderClassPodStatus controller of a driver up to 1.5: creates the Secrets of `secretObjects` from the
 * files on its own node, once some pod has mounted them, and leaves Secrets that exist alone.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 controllers/secretproviderclasspodstatus_controller.go;
 *         csi-driver.md 5.1, 5.2, 12.4
 * Simplification: RBAC is not modelled; the setting `syncSecret` stands for the role that lets the driver write Secrets.
 */
import type { InformerChange } from "../../cluster-sim/client/index.ts";
import { eventObject, itemKey } from "../../cluster-sim/client/index.ts";
import type { ApiReply, Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import {
  SECRET_SYNC_MISSING_RETRY_MS,
  SECRET_SYNC_REQUEUE_MS,
} from "../defaults.ts";
import { SECRETS_STORE_DRIVER, isTerminating, phaseOf } from "../pod-spec.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import { classSpec, volumeOfClass } from "./driver-context.ts";
import { bodyOf, parseTargetPath, targetPath } from "./pod-status.ts";
import type { SecretObject } from "./secret-objects.ts";
import {
  secretData,
  secretManifest,
  secretObjectError,
} from "./secret-objects.ts";
import type {
  SecretSyncContext,
  SecretSyncEvent,
} from "./secret-sync.machine.ts";
import { secretSyncMachine } from "./secret-sync.machine.ts";

/** A reconcile that waits for the API server's answer. */
interface Pending {
  readonly pod: Stored;
  readonly namespace: string;
  readonly uid: string;
  readonly volume: string;
  readonly className: string;
  readonly secretObjects: readonly SecretObject[];
  next: number;
  failed: boolean;
}

interface SecretSyncState {
  running: boolean;
  /** By the status's key. */
  pending: Map<string, Pending>;
}

export class SecretSyncController implements Component {
  readonly name: string;
  state: SecretSyncState = { running: true, pending: new Map() };
  readonly #context: DriverContext;
  readonly #events: Recording;
  readonly #machines: MachineSet<SecretSyncContext, SecretSyncEvent>;

  constructor(context: DriverContext, events: Recording) {
    this.name = `${context.node}/csi-driver/secret-sync`;
    this.#context = context;
    this.#events = events;
    this.#machines = machineSet<SecretSyncContext, SecretSyncEvent>({
      sim: context.sim,
      name: `${context.node}/csi-driver/secret-syncs`,
      machine: secretSyncMachine,
      rank: Rank.controller,
      backend: context.backend,
      effects: { reconcile: ({ key }) => this.#reconcile(key) },
    });
  }

  /** A status appeared or changed in the cache. */
  statusChanged({ type, after, before }: InformerChange): void {
    const stored = after ?? before;
    if (stored === null || !this.state.running) return;
    const { namespace, name } = stored.object.metadata;
    const key = itemKey(namespace, name);
    if (type === "DELETED") {
      this.state.pending.delete(key);
      if (this.#machines.has(key)) this.#machines.stop(key);
    } else if (this.#machines.has(key))
      this.#machines.send(key, { type: "status.changed" });
    else this.#machines.start(key, {});
  }

  stop(): void {
    this.state.running = false;
    this.state.pending.clear();
    for (const [key] of this.#context.caches.list("podStatuses"))
      if (this.#machines.has(key)) this.#machines.stop(key);
  }

  /** The process starts: every status of the node is looked at again. */
  start(): void {
    this.state.running = true;
    for (const [key] of this.#context.caches.list("podStatuses"))
      if (!this.#machines.has(key)) this.#machines.start(key, {});
  }

  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent<ApiReply>;
    const key = tag["key"] as string;
    const pending = this.state.pending.get(key);
    if (pending === undefined) return;
    const created = reply.ok || reply.error.reason === "AlreadyExists";
    if (!created) this.#writeFailed(pending);
    pending.next += 1;
    this.#createSecrets(key, pending);
  }

  #reconcile(key: string): void {
    const { caches } = this.#context;
    const [namespace, name] = key.split("/") as [string, string];
    const status = caches.get("podStatuses", namespace, name);
    if (status === null) return this.#finish(key, "done", 0);
    const { podName, secretProviderClassName, ...body } = bodyOf(status);
    const pod = caches.get("pods", namespace, podName);
    if (pod === null)
      return this.#finish(key, "retry", SECRET_SYNC_MISSING_RETRY_MS);
    const ended = ["Succeeded", "Failed"].includes(phaseOf(pod.object));
    if (isTerminating(pod) || ended) return this.#finish(key, "done", 0);
    const found = caches.get("classes", namespace, secretProviderClassName);
    if (found === null)
      return this.#finish(key, "retry", SECRET_SYNC_MISSING_RETRY_MS);
    const { secretObjects = [] } = classSpec(found);
    if (secretObjects.length === 0) return this.#finish(key, "done", 0);
    const volume = volumeOfClass(
      pod.object,
      SECRETS_STORE_DRIVER,
      secretProviderClassName,
    );
    const target = parseTargetPath(body.targetPath);
    const { uid } = pod.object.metadata;
    if (target?.uid !== uid || target.volume !== volume?.name)
      return this.#finish(key, "failed", 0);
    const pending: Pending = {
      pod,
      namespace,
      uid,
      volume: volume.name,
      secretObjects,
      className: secretProviderClassName,
      next: 0,
      failed: false,
    };
    this.state.pending.set(key, pending);
    this.#createSecrets(key, pending);
  }

  /** Creates what is missing, one after the other; waits where a request is on its way. */
  #createSecrets(key: string, pending: Pending): void {
    while (pending.next < pending.secretObjects.length)
      if (this.#createSecret(key, pending)) return;
      else pending.next += 1;
    this.state.pending.delete(key);
    if (pending.failed) this.#finish(key, "failed", 0);
    else this.#finish(key, "retry", SECRET_SYNC_REQUEUE_MS);
  }

  /** Says whether a request is on its way. */
  #createSecret(key: string, pending: Pending): boolean {
    const { caches, volumes, values, config, api } = this.#context;
    const object = pending.secretObjects[pending.next]!;
    const { namespace, className } = pending;
    if (secretObjectError(object) !== null) {
      pending.failed = true;
      return false;
    }
    const name = object.secretName!.trim();
    // A Secret that exists is left alone, whatever its data and its files say.
    if (caches.get("secrets", namespace, name) !== null) return false;
    const { uid, volume } = pending;
    const files = volumes.imageOf(uid, volume)?.payload ?? [];
    const wanted = secretData(object, files, targetPath(uid, volume));
    if (!wanted.ok) {
      pending.failed = true;
      this.#event(
        pending,
        `failed to get data in spc ${namespace}/${className} for secret ${name}, err: ${wanted.error}`,
      );
      return false;
    }
    if (!config().syncSecret) {
      this.#writeFailed(pending);
      return false;
    }
    for (const { ref, bytes } of wanted.derived) values.put(ref, bytes);
    api.call(
      {
        verb: "create",
        object: secretManifest(object, namespace, wanted.data),
        contents: wanted.contents,
      },
      { target: this.name, tag: { key } },
    );
    return true;
  }

  /** After five tries about a millisecond apart upstream gives up with the waiter's own text. */
  #writeFailed(pending: Pending): void {
    pending.failed = true;
    this.#event(pending, "timed out waiting for the condition");
  }

  #event({ pod }: Pending, message: string): void {
    const object = eventObject(pod.object);
    const { recorder, state } = this.#events;
    const reason = "FailedToCreateSecret";
    recorder.emit(state(), { object, reason, type: "Warning", message });
  }

  #finish(
    key: string,
    outcome: "done" | "retry" | "failed",
    afterMs: DurationMs,
  ): void {
    this.#machines.send(key, { type: "reconcile.finished", outcome, afterMs });
  }
}
