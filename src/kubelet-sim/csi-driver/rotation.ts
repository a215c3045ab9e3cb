/**
 * The rotation reconciler of a driver up to 1.5: what it does with one SecretProviderClassPodStatus at a time. When it
 * does so is the machine's (`rotation-reconciler.machine.ts`).
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go reconcile; csi-driver.md 2.2
 * Differs: a pod status that has left the cache is dropped at once, without upstream's five rate-limited retries of up to 80 ms.
 * Differs: the five tries of a failed write, a millisecond apart, are one.
 */
import { eventObject } from "../../cluster-sim/client/index.ts";
import type { ApiReply, Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import { ROTATION_RETRY_MS } from "../defaults.ts";
import type { RotationFact } from "../facts.ts";
import type { MountReply } from "./azure-provider/mount.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import {
  bodyOf,
  sortedVersions,
  targetPath,
  versionsDiffer,
} from "./pod-status.ts";
import type {
  RotationContext,
  RotationEvent,
} from "./rotation-reconciler.machine.ts";
import { rotationReconcilerMachine } from "./rotation-reconciler.machine.ts";
import type { RotationTarget } from "./rotation-target.ts";
import { TargetFinder } from "./rotation-target.ts";
import type { SecretObject } from "./secret-objects.ts";
import {
  patchFailure,
  rotateSecret,
  rotated,
  secretNameOf,
} from "./secret-rotation.ts";

/** The reconcile in hand. */
interface Reconcile {
  readonly target: RotationTarget;
  rotated: boolean;
  /** Index of the secretObject that is being synced. */
  nextSecret: number;
  /** Why a secretObject could not be built: the key comes back after the loop. Empty: none failed. */
  failure: string;
}

interface RotationState {
  current: Reconcile | null;
  /** Keys that wait for their retry: one that waits already is not made to wait again. */
  retrying: Set<string>;
  /** Why each queued key is there. */
  reasons: Map<string, readonly Cause[]>;
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

/** Where a reconcile goes on when an answer arrives. */
type Step = "mounted" | "recorded" | "patched";

/** Types of facts by how a reconcile ended. */
const TYPES = {
  rotated: "csi.rotation.rotated",
  unchanged: "csi.rotation.unchanged",
  failed: "csi.rotation.failed",
} as const;

/** The one instance of the machine in a driver. */
const RECONCILER = "reconciler";

export class Rotation implements Component {
  readonly name: string;
  state: RotationState = {
    current: null,
    retrying: new Set(),
    reasons: new Map(),
    passes: 0,
    epoch: 0,
    started: [],
  };
  readonly #context: DriverContext;
  readonly #events: Recording;
  readonly #machine: MachineSet<RotationContext, RotationEvent>;
  readonly #targets: TargetFinder;
  /** Where facts of the driver happen. */
  readonly #at: string;

  constructor(context: DriverContext, events: Recording) {
    this.name = `${context.node}/csi-driver/rotation`;
    this.#context = context;
    this.#events = events;
    this.#at = `${context.node}/csi-driver`;
    this.#targets = new TargetFinder(context.caches);
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
    this.state.current = null;
    this.state.reasons.clear();
    this.state.retrying.clear();
    this.#machine.send(RECONCILER, { type: "stopped" });
  }

  handle(event: SimEvent): void {
    if (event.type === "retry") {
      const { key, epoch } = event as RetryEvent;
      if (epoch !== this.state.epoch) return;
      this.state.retrying.delete(key);
      this.#enqueue([key]);
      return;
    }
    const { tag, reply } = event as ReplyEvent;
    const { current } = this.state;
    if (current === null || tag["epoch"] !== this.state.epoch) return;
    switch (tag["step"] as Step) {
      case "mounted":
        return this.#mounted(current, reply as MountReply);
      case "recorded":
        return this.#recorded(current, reply as ApiReply);
      case "patched":
        return this.#patched(current, reply as ApiReply);
    }
  }

  /** A tick: every status of the node's cache is queued. */
  #list(): void {
    const { sim, node, caches, config } = this.#context;
    sim.trace.repeat({
      type: "csi.rotation.tick",
      at: this.#at,
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
    const { sim } = this.#context;
    sim.trace.causes = this.state.reasons.get(key) ?? [];
    this.state.reasons.delete(key);
    const { tokenAudiences } = this.#context.config();
    const found = this.#targets.find(key, tokenAudiences);
    if (found.kind === "none") return this.#finish(null);
    if (found.kind === "error") {
      const { message, pod } = found;
      if (pod !== null)
        this.#emit(pod, "MountRotationFailed", "Warning", message);
      return this.#failed(key, message);
    }
    const fresh = { rotated: false, nextSecret: 0, failure: "" };
    this.state.current = { target: found, ...fresh };
    // Everything is fetched, whether or not it has changed.
    this.#context.provider.mount(found.request, this.#next("mounted"));
  }

  #mounted(current: Reconcile, reply: MountReply): void {
    const { volumes, config, sim, api, caches } = this.#context;
    const fail = (error: string) => {
      const message = `provider mount err: ${error}`;
      this.#event("MountRotationFailed", "Warning", message);
      this.#failed(current.target.key, message);
    };
    if (!reply.ok)
      return fail(`rpc error: code = Unknown desc = ${reply.message}`);
    if (reply.objectVersions.length === 0)
      return fail("missing object versions");
    const { uid, volume, key, namespace, className } = current.target;
    if (!volumes.isMounted(uid, volume)) return this.#finish(null);
    const outcome = volumes.write(uid, volume, {
      files: reply.files,
      writer: "driver",
      kubernetesMinor: config().kubernetesMinor,
      triggers: sim.trace.causes,
      at: this.#at,
    });
    if (!outcome.ok) return fail(outcome.error);
    const status = caches.find("podStatuses", key);
    if (status === null) return this.#finish(null);
    const body = bodyOf(status);
    if (!versionsDiffer(body.objects, reply.objectVersions))
      return this.#syncSecrets(current);
    current.rotated = true;
    this.#event(
      "MountRotationComplete",
      "Normal",
      `successfully rotated mounted contents for spc ${namespace}/${className}`,
    );
    const objects = sortedVersions(reply.objectVersions);
    const object = { ...status.object, status: { ...body, objects } };
    api.call(
      { verb: "update", object: JSON.parse(JSON.stringify(object)) },
      this.#next("recorded"),
    );
  }

  #recorded(current: Reconcile, reply: ApiReply): void {
    if (reply.ok) return this.#syncSecrets(current);
    const error = `failed to update versions in spc pod status ${current.target.className}, err: timed out waiting for the condition`;
    this.#event("MountRotationFailed", "Warning", error);
    this.#failed(current.target.key, error);
  }

  /** Step 14, from `nextSecret` on; every secretObject is looked at, also when nothing changed. */
  #syncSecrets(current: Reconcile): void {
    const { target } = current;
    const secretObjects = target.spec.secretObjects ?? [];
    while (current.nextSecret < secretObjects.length)
      if (this.#syncSecret(current, secretObjects[current.nextSecret]!)) return;
      else current.nextSecret += 1;
    const { key, about, data } = target;
    const { rotated: isNew, failure } = current;
    if (failure !== "")
      this.#record("failed", about, { ...data, error: failure });
    else this.#record(isNew ? "rotated" : "unchanged", about, data);
    this.#finish(failure === "" ? null : key);
  }

  /** Says whether a patch is on its way. */
  #syncSecret(current: Reconcile, object: SecretObject): boolean {
    const { caches, volumes, values, config, api } = this.#context;
    const { namespace, uid, volume, className } = current.target;
    const step = rotateSecret({
      object,
      namespace,
      className,
      files: volumes.imageOf(uid, volume)?.payload ?? [],
      path: targetPath(uid, volume),
      known: caches.get("secrets", namespace, secretNameOf(object)),
      allowed: config().syncSecret,
    });
    switch (step.kind) {
      case "mistake":
        current.failure = step.message;
        this.#event("SecretRotationFailed", "Warning", step.message);
        return false;
      case "failed":
        this.#event("SecretRotationFailed", "Warning", step.message);
        return false;
      case "same":
        this.#event("SecretRotationComplete", "Normal", step.message);
        return false;
      case "patch":
        for (const { ref, bytes } of step.derived) values.put(ref, bytes);
        api.call(step.request, this.#next("patched"));
        return true;
    }
  }

  #patched(current: Reconcile, reply: ApiReply): void {
    const { secretObjects = [] } = current.target.spec;
    const name = secretNameOf(secretObjects[current.nextSecret]!);
    if (reply.ok)
      this.#event("SecretRotationComplete", "Normal", rotated(name));
    else this.#event("SecretRotationFailed", "Warning", patchFailure(name));
    current.nextSecret += 1;
    this.#syncSecrets(current);
  }

  #failed(key: string, error: string): void {
    const [namespace, statusName] = key.split("/") as [string, string];
    const status = this.#context.caches.find("podStatuses", key);
    const body = status === null ? null : bodyOf(status);
    const name = body?.podName ?? statusName;
    const secretProviderClass = body?.secretProviderClassName ?? "";
    const data = { namespace, name, secretProviderClass, error };
    this.#record("failed", `${namespace}/${name}`, data);
    this.#finish(key);
  }

  #record(
    outcome: "rotated" | "unchanged" | "failed",
    about: string,
    data: RotationFact["data"],
  ): void {
    const at = this.#at;
    const type = TYPES[outcome];
    this.#context.sim.trace.repeat({ type, at, about, data });
  }

  /** Ends the reconcile in hand; a key given comes back after the flat retry. */
  #finish(retryKey: string | null): void {
    const { sim } = this.#context;
    this.state.current = null;
    const { epoch, retrying } = this.state;
    if (retryKey !== null && !retrying.has(retryKey)) {
      retrying.add(retryKey);
      const event: RetryEvent = { type: "retry", key: retryKey, epoch };
      const rank = Rank.rotationTicker;
      sim.after(ROTATION_RETRY_MS, { rank, target: this.name, event });
    }
    this.#machine.send(RECONCILER, { type: "reconcile.finished", at: sim.now });
  }

  #next(step: Step): ReplyTo {
    return { target: this.name, tag: { step, epoch: this.state.epoch } };
  }

  #event(reason: string, type: "Normal" | "Warning", message: string): void {
    const { current } = this.state;
    if (current !== null) this.#emit(current.target.pod, reason, type, message);
  }

  #emit(
    pod: Stored,
    reason: string,
    type: "Normal" | "Warning",
    message: string,
  ): void {
    const { recorder, state } = this.#events;
    const object = eventObject(pod.object);
    recorder.emit(state(), { object, reason, type, message });
  }
}
