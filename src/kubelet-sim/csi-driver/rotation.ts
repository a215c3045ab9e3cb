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
import {
  SECRETS_STORE_DRIVER,
  isTerminating,
  phaseOf,
  specOf,
} from "../pod-spec.ts";
import type { MountReply } from "./azure-provider/mount.ts";
import type {
  DriverContext,
  Recording,
  SecretProviderClassSpec,
} from "./driver-context.ts";
import { classSpec, mountRequest, volumeOfClass } from "./driver-context.ts";
import {
  bodyOf,
  parseTargetPath,
  sortedVersions,
  targetPath,
  versionsDiffer,
} from "./pod-status.ts";
import type {
  RotationContext,
  RotationEvent,
} from "./rotation-reconciler.machine.ts";
import { rotationReconcilerMachine } from "./rotation-reconciler.machine.ts";
import type { SecretObject } from "./secret-objects.ts";
import { sameData, secretData, secretObjectError } from "./secret-objects.ts";

/** The reconcile in hand. */
interface Reconcile {
  readonly key: string;
  readonly pod: Stored;
  readonly namespace: string;
  readonly podName: string;
  readonly uid: string;
  readonly volume: string;
  readonly className: string;
  readonly spec: SecretProviderClassSpec;
  rotated: boolean;
  /** Index of the secretObject that is being synced. */
  nextSecret: number;
  /** A secretObject could not be built: the key comes back after the loop. */
  failed: boolean;
}

interface RotationState {
  current: Reconcile | null;
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

/** The one instance of the machine in a driver. */
const RECONCILER = "reconciler";

export class Rotation implements Component {
  readonly name: string;
  state: RotationState = {
    current: null,
    reasons: new Map(),
    passes: 0,
    epoch: 0,
    started: [],
  };
  readonly #context: DriverContext;
  readonly #events: Recording;
  readonly #machine: MachineSet<RotationContext, RotationEvent>;

  constructor(context: DriverContext, events: Recording) {
    this.name = `${context.node}/csi-driver/rotation`;
    this.#context = context;
    this.#events = events;
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
    this.#machine.send(RECONCILER, { type: "stopped" });
  }

  handle(event: SimEvent): void {
    if (event.type === "retry") {
      const { key, epoch } = event as RetryEvent;
      if (epoch === this.state.epoch) this.#enqueue([key]);
      return;
    }
    const { tag, reply } = event as ReplyEvent;
    const { current } = this.state;
    if (current === null || tag["epoch"] !== this.state.epoch) return;
    switch (tag["step"]) {
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
    const { sim } = this.#context;
    sim.trace.causes = this.state.reasons.get(key) ?? [];
    this.state.reasons.delete(key);
    const current = this.#prepare(key);
    if (current === null) return this.#finish(null);
    if (typeof current === "string") return this.#failed(key, current);
    this.state.current = current;
    this.#fetch(current);
  }

  /** Steps 1 to 6: everything from the caches. Null: nothing to do. Text: an error without an event. */
  #prepare(key: string): Reconcile | string | null {
    const { caches } = this.#context;
    const [namespace, statusName] = key.split("/") as [string, string];
    const status = caches.get("podStatuses", namespace, statusName);
    if (status === null) return null;
    const { podName, secretProviderClassName, ...body } = bodyOf(status);
    const where = `${namespace}/${podName}`;
    const pod = caches.get("pods", namespace, podName);
    if (pod === null)
      return `failed to get pod ${where}, err: Pod "${podName}" not found`;
    const ended = ["Succeeded", "Failed"].includes(phaseOf(pod.object));
    if (isTerminating(pod) || ended) return null;
    const found = caches.get("classes", namespace, secretProviderClassName);
    if (found === null)
      return `failed to get secret provider class ${namespace}/${secretProviderClassName}, err: SecretProviderClass.secrets-store.csi.x-k8s.io "${secretProviderClassName}" not found`;
    const volume = volumeOfClass(
      pod.object,
      SECRETS_STORE_DRIVER,
      secretProviderClassName,
    );
    if (volume === null)
      return `could not find secret provider class pod status volume for pod ${where}`;
    const target = parseTargetPath(body.targetPath);
    const { uid } = pod.object.metadata;
    if (target?.uid !== uid)
      return `secret provider class pod status(spcps) targetPath did not match pod UID for pod ${where}`;
    if (target.volume !== volume.name)
      return `secret provider class pod status(spcps) volume name does not match the volume name in the pod ${where}`;
    return {
      ...{ key, pod, namespace, podName, uid, volume: volume.name },
      ...{ className: secretProviderClassName, spec: classSpec(found) },
      ...{ rotated: false, nextSecret: 0, failed: false },
    };
  }

  /** Steps 8 to 10: ask the provider for everything. */
  #fetch(current: Reconcile): void {
    const { provider, config } = this.#context;
    const { namespace, pod, className, spec } = current;
    const volume = volumeOfClass(pod.object, SECRETS_STORE_DRIVER, className)!;
    if (volume.secretRef !== null) {
      const error = `failed to get node publish secret ${namespace}/${volume.secretRef}, err: secrets "${volume.secretRef}" not found`;
      this.#event("MountRotationFailed", "Warning", error);
      return this.#failed(current.key, error);
    }
    const request = mountRequest(
      {
        ...{ namespace, pod: current.podName, uid: current.uid },
        serviceAccount: specOf(pod.object).serviceAccountName ?? "default",
        secretProviderClass: className,
      },
      spec.parameters ?? {},
      volume.attributes,
      // A rotation without a nodePublishSecretRef sends an empty map, not null: the provider words its error by it.
      { secrets: {}, tokenAudiences: config().tokenAudiences },
    );
    provider.mount(request, this.#next("mounted"));
  }

  #mounted(current: Reconcile, reply: MountReply): void {
    const { volumes, config, sim, api, caches, node } = this.#context;
    const fail = (error: string) => {
      const message = `provider mount err: ${error}`;
      this.#event("MountRotationFailed", "Warning", message);
      this.#failed(current.key, message);
    };
    if (!reply.ok)
      return fail(`rpc error: code = Unknown desc = ${reply.message}`);
    if (reply.objectVersions.length === 0)
      return fail("missing object versions");
    if (!volumes.isMounted(current.uid, current.volume))
      return this.#finish(null);
    const outcome = volumes.write(current.uid, current.volume, {
      files: reply.files,
      writer: "driver",
      kubernetesMinor: config().kubernetesMinor,
      triggers: sim.trace.causes,
      at: `${node}/csi-driver`,
    });
    if (!outcome.ok) return fail(outcome.error);
    const [namespace, name] = current.key.split("/") as [string, string];
    const status = caches.get("podStatuses", namespace, name);
    if (status === null) return this.#finish(null);
    const body = bodyOf(status);
    if (!versionsDiffer(body.objects, reply.objectVersions))
      return this.#syncSecrets(current);
    current.rotated = true;
    this.#event(
      "MountRotationComplete",
      "Normal",
      `successfully rotated mounted contents for spc ${namespace}/${current.className}`,
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
    const error = `failed to update versions in spc pod status ${current.className}, err: timed out waiting for the condition`;
    this.#event("MountRotationFailed", "Warning", error);
    this.#failed(current.key, error);
  }

  /** Step 14, from `nextSecret` on; every secretObject is looked at, also when nothing changed. */
  #syncSecrets(current: Reconcile): void {
    const secretObjects = current.spec.secretObjects ?? [];
    while (current.nextSecret < secretObjects.length)
      if (this.#syncSecret(current, secretObjects[current.nextSecret]!)) return;
      else current.nextSecret += 1;
    this.#report(current);
    const { failed, key } = current;
    this.#finish(failed ? key : null);
  }

  /** Says whether a patch is on its way. */
  #syncSecret(current: Reconcile, object: SecretObject): boolean {
    const { caches, volumes, values, config, api, sim } = this.#context;
    const { namespace, uid, volume, className } = current;
    const name = (object.secretName ?? "").trim();
    const where = `${namespace}/${className}`;
    const invalid = secretObjectError(object);
    if (invalid !== null)
      return this.#secretFailed(
        current,
        `failed validation for secret object in spc ${where}, err: ${invalid}`,
      );
    const files = volumes.imageOf(uid, volume)?.payload ?? [];
    const wanted = secretData(object, files, targetPath(uid, volume));
    if (!wanted.ok)
      return this.#secretFailed(
        current,
        `failed to get data in spc ${where} for secret ${name}, err: ${wanted.error}`,
      );
    for (const { ref, bytes } of wanted.derived) values.put(ref, bytes);
    const known = caches.get("secrets", namespace, name);
    if (known === null || !config().syncSecret) {
      this.#event("SecretRotationFailed", "Warning", patchFailure(name));
      return false;
    }
    const data = (known.object["data"] ?? {}) as Record<string, string>;
    if (sameData(data, wanted.data)) {
      this.#event(
        "SecretRotationComplete",
        "Normal",
        `successfully rotated K8s secret ${name}`,
      );
      return false;
    }
    const removed = Object.keys(data).filter((key) => !(key in wanted.data));
    const gone = Object.fromEntries(removed.map((key) => [key, null]));
    const causes = sim.trace.causes;
    api.call(
      {
        ...{ verb: "patch", kind: "Secret", namespace, name },
        patch: { data: { ...wanted.data, ...gone } },
        contents: wanted.contents,
      },
      this.#next("patched"),
    );
    sim.trace.causes = causes;
    return true;
  }

  #secretFailed(current: Reconcile, message: string): false {
    this.#event("SecretRotationFailed", "Warning", message);
    current.failed = true;
    return false;
  }

  #patched(current: Reconcile, reply: ApiReply): void {
    const object = current.spec.secretObjects![current.nextSecret]!;
    const name = (object.secretName ?? "").trim();
    if (reply.ok)
      this.#event(
        "SecretRotationComplete",
        "Normal",
        `successfully rotated K8s secret ${name}`,
      );
    else this.#event("SecretRotationFailed", "Warning", patchFailure(name));
    current.nextSecret += 1;
    this.#syncSecrets(current);
  }

  #report(current: Reconcile): void {
    const { namespace, podName, className, rotated } = current;
    const type = rotated ? "csi.rotation.rotated" : "csi.rotation.unchanged";
    this.#record(type, namespace, podName, className, "");
  }

  #failed(key: string, error: string): void {
    const [namespace, statusName] = key.split("/") as [string, string];
    const status = this.#context.caches.get(
      "podStatuses",
      namespace,
      statusName,
    );
    const body = status === null ? null : bodyOf(status);
    this.#record(
      "csi.rotation.failed",
      namespace,
      body?.podName ?? statusName,
      body?.secretProviderClassName ?? "",
      error,
    );
    this.#finish(key);
  }

  #record(
    type: string,
    namespace: string,
    name: string,
    secretProviderClass: string,
    error: string,
  ): void {
    this.#context.sim.trace.repeat({
      type,
      at: `${this.#context.node}/csi-driver`,
      about: `${namespace}/${name}`,
      data: { namespace, name, secretProviderClass, error },
    });
  }

  /** Ends the reconcile in hand; a key given comes back after the flat retry. */
  #finish(retryKey: string | null): void {
    const { sim } = this.#context;
    this.state.current = null;
    if (retryKey !== null) {
      const { epoch } = this.state;
      const event: RetryEvent = { type: "retry", key: retryKey, epoch };
      const rank = Rank.rotationTicker;
      sim.after(ROTATION_RETRY_MS, { rank, target: this.name, event });
    }
    this.#machine.send(RECONCILER, { type: "reconcile.finished", at: sim.now });
  }

  #next(step: string): ReplyTo {
    return { target: this.name, tag: { step, epoch: this.state.epoch } };
  }

  #event(reason: string, type: "Normal" | "Warning", message: string): void {
    const { current } = this.state;
    if (current === null) return;
    const object = eventObject(current.pod.object);
    const { recorder, state } = this.#events;
    recorder.emit(state(), { object, reason, type, message });
  }
}

function patchFailure(name: string): string {
  return `failed to patch secret ${name} with new data, err: timed out waiting for the condition`;
}
