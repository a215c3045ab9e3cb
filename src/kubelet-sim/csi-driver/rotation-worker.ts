/**
 * What the one worker of a driver up to 1.5 does with one SecretProviderClassPodStatus: mount, write the files, record
 * the versions, bring the synced Secrets up to date. It has no deadline: a provider that hangs holds up the node.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go reconcile; csi-driver.md 2.2, 5.4
 * Emits    csi.rotation.rotated | .unchanged | .failed
 * Differs: a rotation that finds a volume's directory without its mount, as after a reboot that the kubelet has not caught up with, fails; the driver writes into the bare directory, which the next mount hides.
 */
import type { ApiReply } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { WRITE_RETRY_MS, WRITE_TRIES } from "../defaults.ts";
import type { RotationFact } from "../facts.ts";
import type { MountReply } from "./azure-provider/mount.ts";
import type { DriverContext, Recording } from "./driver-context.ts";
import { tellPod } from "./driver-context.ts";
import type { ObjectVersion } from "./pod-status.ts";
import {
  bodyOf,
  noSuchDirectory,
  sortedVersions,
  targetPath,
  versionsDiffer,
} from "./pod-status.ts";
import type { FoundTarget, RotationTarget } from "./rotation-target.ts";
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
  readonly startedAt: EpochMs;
  /** Attempts of the provider's mount. */
  attempts: number;
  /** What the provider fetched: to be recorded when it differs. */
  versions: readonly ObjectVersion[];
  rotated: boolean;
  /** Index of the secretObject that is being synced. */
  nextSecret: number;
  /** Tries of the write that is under way. */
  tries: number;
  /** Why a secretObject could not be built: the key comes back after the loop. Empty: none failed. */
  failure: string;
}

interface RotationWorkerState {
  current: Reconcile | null;
  epoch: number;
}

/** Where a reconcile goes on when an answer arrives, or what it tries again. */
type Step = "mounted" | "recorded" | "patched";

interface AgainEvent extends SimEvent {
  readonly type: "again";
  readonly step: Step;
  readonly epoch: number;
}

/** Types of facts by how a reconcile ended. */
const TYPES = {
  rotated: "csi.rotation.rotated",
  unchanged: "csi.rotation.unchanged",
  failed: "csi.rotation.failed",
} as const;

export class RotationWorker implements Component {
  readonly name: string;
  state: RotationWorkerState = { current: null, epoch: 0 };
  /** Told when the worker is free; a key given comes back after the flat retry. Set when the driver is put together. */
  onFinished: (retryKey: string | null) => void = () => {};
  readonly #context: DriverContext;
  readonly #events: Recording;
  /** Where facts of the driver happen. */
  readonly #at: string;

  constructor(context: DriverContext, events: Recording) {
    this.name = `${context.node}/csi-driver/rotation-worker`;
    this.#at = `${context.node}/csi-driver`;
    this.#context = context;
    this.#events = events;
  }

  begin(target: RotationTarget): void {
    const { clients, tokens, sim } = this.#context;
    tokens.use(target.uid);
    this.state.current = {
      target,
      startedAt: sim.now,
      attempts: 0,
      versions: [],
      rotated: false,
      nextSecret: 0,
      tries: 0,
      failure: "",
    };
    const { provider = "" } = target.spec;
    if (clients.find(provider) === null) return this.#mount(this.state.current);
    const message = `failed to lookup provider client: ${JSON.stringify(provider)}`;
    this.#failWithEvent("FailedToLookupProviderGRPCClient", message);
  }

  /** A reconcile that ends before it has begun. */
  refuse(key: string, error: Extract<FoundTarget, { kind: "error" }>): void {
    const { pod, message, errorType } = error;
    if (pod !== null)
      tellPod(this.#events, pod, {
        reason: "MountRotationFailed",
        type: "Warning",
        message,
      });
    this.#failed(key, errorType, message);
  }

  /** The process ends; what the worker was doing is forgotten. */
  stop(): void {
    this.state = { current: null, epoch: this.state.epoch + 1 };
  }

  handle(event: SimEvent): void {
    const { current, epoch } = this.state;
    if (event.type === "again") {
      const { step, epoch: of } = event as AgainEvent;
      if (of === epoch) this.#again(current!, step);
      return;
    }
    const { tag, reply } = event as ReplyEvent;
    if (current === null || tag["epoch"] !== epoch) return;
    switch (tag["step"] as Step) {
      case "mounted":
        return this.#mounted(current, reply as MountReply);
      case "recorded":
        return this.#recorded(current, reply as ApiReply);
      case "patched":
        return this.#patched(current, reply as ApiReply);
    }
  }

  #again(current: Reconcile, step: Step): void {
    switch (step) {
      case "mounted":
        return this.#mount(current);
      case "recorded":
        return this.#recordVersions(current);
      case "patched":
        return this.#syncSecrets(current);
    }
  }

  /** Everything is fetched, whether or not it has changed. */
  #mount(current: Reconcile): void {
    current.attempts += 1;
    const { request } = current.target;
    this.#context.provider.mount(request, this.#next("mounted"));
  }

  #mounted(current: Reconcile, reply: MountReply): void {
    const { clients } = this.#context;
    const { attempts, target } = current;
    const retry = clients.retryDelay(reply, attempts, "reconciler");
    if (retry !== null) return this.#after(retry, "mounted");
    if (!reply.ok) {
      const status = `rpc error: code = ${reply.code ?? "Unknown"} desc = `;
      return this.#mountFailed("GRPCProviderError", status + reply.message);
    }
    if (reply.objectVersions.length === 0)
      return this.#mountFailed("GRPCProviderError", "missing object versions");
    const error = this.#write(target, reply);
    if (error !== null) return this.#mountFailed("FileWriteError", error);
    const { objects } = bodyOf(target.status);
    if (!versionsDiffer(objects, reply.objectVersions))
      return this.#syncSecrets(current);
    current.rotated = true;
    current.versions = reply.objectVersions;
    const { namespace, className } = target;
    this.#event(
      "MountRotationComplete",
      "Normal",
      `successfully rotated mounted contents for spc ${namespace}/${className}`,
    );
    this.#recordVersions(current);
  }

  #mountFailed(errorType: string, error: string): void {
    this.#failWithEvent(errorType, `provider mount err: ${error}`);
  }

  /** Null when the files are there, else the writer's text. */
  #write(
    { uid, volume }: RotationTarget,
    { files }: Extract<MountReply, { ok: true }>,
  ): string | null {
    const { volumes, config, sim } = this.#context;
    if (!volumes.isMounted(uid, volume))
      return noSuchDirectory("stat", uid, volume);
    const outcome = volumes.write(uid, volume, {
      files,
      writer: "driver",
      kubernetesMinor: config().kubernetesMinor,
      triggers: sim.trace.causes,
      at: this.#at,
    });
    return outcome.ok ? null : outcome.error;
  }

  /** Writes the status that the reconcile began with, and so with its resourceVersion, at each try. */
  #recordVersions({ target: { status }, versions }: Reconcile): void {
    const body = { ...bodyOf(status), objects: sortedVersions(versions) };
    const object = { ...status.object, status: body };
    this.#context.api.call(
      { verb: "update", object: JSON.parse(JSON.stringify(object)) },
      this.#next("recorded"),
    );
  }

  #recorded(current: Reconcile, reply: ApiReply): void {
    if (reply.ok) {
      current.tries = 0;
      return this.#syncSecrets(current);
    }
    if (this.#triesAgain(current, "recorded")) return;
    const { className } = current.target;
    this.#failWithEvent(
      "",
      `failed to update versions in spc pod status ${className}, err: timed out waiting for the condition`,
    );
  }

  /** Step 14, from `nextSecret` on; every secretObject is looked at, also when nothing changed. */
  #syncSecrets(current: Reconcile): void {
    const { target } = current;
    const secretObjects = target.spec.secretObjects ?? [];
    if (secretObjects.length > 0 && this.#files(target) === null)
      return this.#noFiles(target);
    while (current.nextSecret < secretObjects.length)
      if (this.#syncSecret(current, secretObjects[current.nextSecret]!)) return;
      else this.#nextSecret(current);
    const { key, about, data } = target;
    const { rotated: isNew, failure } = current;
    if (failure !== "")
      this.#record("failed", about, { ...data, error: failure });
    else this.#record(isNew ? "rotated" : "unchanged", about, data);
    this.#finish(failure === "" ? null : key);
  }

  #files({ uid, volume }: RotationTarget) {
    return this.#context.filesOf(uid, volume);
  }

  #noFiles({ key, uid, volume }: RotationTarget): void {
    const error = noSuchDirectory("open", uid, volume);
    const message = `failed to get mounted files, err: ${error}`;
    this.#event("SecretRotationFailed", "Warning", message);
    this.#failed(key, "", message);
  }

  #nextSecret(current: Reconcile): void {
    current.nextSecret += 1;
    current.tries = 0;
  }

  /** Says whether the reconcile waits now: for a patch, or for the next try of one. */
  #syncSecret(current: Reconcile, object: SecretObject): boolean {
    const { caches, values, config, api } = this.#context;
    const { namespace, uid, volume, className } = current.target;
    const step = rotateSecret({
      object,
      namespace,
      className,
      files: this.#files(current.target) ?? [],
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
        if (this.#triesAgain(current, "patched")) return true;
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
    if (!reply.ok && this.#triesAgain(current, "patched")) return;
    const { secretObjects = [] } = current.target.spec;
    const name = secretNameOf(secretObjects[current.nextSecret]!);
    if (reply.ok)
      this.#event("SecretRotationComplete", "Normal", rotated(name));
    else this.#event("SecretRotationFailed", "Warning", patchFailure(name));
    this.#nextSecret(current);
    this.#syncSecrets(current);
  }

  /** Counts a failed try of a write; says whether another one comes, a millisecond later. */
  #triesAgain(current: Reconcile, step: Step): boolean {
    current.tries += 1;
    if (current.tries >= WRITE_TRIES) return false;
    this.#after(WRITE_RETRY_MS, step);
    return true;
  }

  #failWithEvent(errorType: string, message: string): void {
    this.#event("MountRotationFailed", "Warning", message);
    this.#failed(this.state.current!.target.key, errorType, message);
  }

  #failed(key: string, errorType: string, error: string): void {
    const [namespace, statusName] = key.split("/") as [string, string];
    const status = this.#context.caches.find("podStatuses", key);
    const body = status === null ? null : bodyOf(status);
    const name = body?.podName ?? statusName;
    const secretProviderClass = body?.secretProviderClassName ?? "";
    const data = { namespace, name, secretProviderClass, errorType, error };
    this.#record("failed", `${namespace}/${name}`, data);
    this.#finish(key);
  }

  #record(
    outcome: keyof typeof TYPES,
    about: string,
    data: Omit<RotationFact["data"], "durationMs">,
  ): void {
    const { sim } = this.#context;
    const type = TYPES[outcome];
    const durationMs = sim.now - (this.state.current?.startedAt ?? sim.now);
    sim.trace.repeat({
      type,
      at: this.#at,
      about,
      data: { ...data, durationMs } satisfies RotationFact["data"],
    });
  }

  #finish(retryKey: string | null): void {
    this.state.current = null;
    this.onFinished(retryKey);
  }

  #next(step: Step): ReplyTo {
    return { target: this.name, tag: { step, epoch: this.state.epoch } };
  }

  #after(delay: number, step: Step): void {
    const event: AgainEvent = { type: "again", step, epoch: this.state.epoch };
    const rank = Rank.completion;
    this.#context.sim.after(delay, { rank, target: this.name, event });
  }

  #event(reason: string, type: "Normal" | "Warning", message: string): void {
    const { pod } = this.state.current!.target;
    tellPod(this.#events, pod, { reason, type, message });
  }
}
