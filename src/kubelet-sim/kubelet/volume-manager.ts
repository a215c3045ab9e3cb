/**
 * The kubelet's volume manager: mounts what a pod's containers use, refreshes it when a pod sync says so, retries what
 * failed, and takes it down when the pod has ended. One machine a volume (`volume.machine.ts`).
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/volumemanager/**, pkg/volume/csi/csi_mounter.go; kubelet.md 1.2, 6, 7, 10, 13.2
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { EffectCall, MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { POPULATOR_PERIOD_MS, RECONCILER_PERIOD_MS } from "../defaults.ts";
import { tickFrom } from "../phases.ts";
import type { PodVolumeSpec } from "../pod-spec.ts";
import { SECRETS_STORE_DRIVER, volumeKind } from "../pod-spec.ts";
import type { NodePublishReply } from "../ports.ts";
import type { SetUpResult } from "./volume-set-up.ts";
import { VolumeSetUp } from "./volume-set-up.ts";
import type {
  VolumeListener,
  VolumeManagerOptions,
  VolumeManagerState,
  VolumeRecord,
} from "./volume-record.ts";
import { recordOnNode, recordsOf } from "./volume-record.ts";
import type { VolumeContext, VolumeEvent } from "./volume.machine.ts";
import { volumeMachine } from "./volume.machine.ts";

export type {
  VolumeListener,
  VolumeManagerOptions,
  VolumeRecord,
} from "./volume-record.ts";

/** Codes after which a CSI call may still be running. Source: pkg/volume/csi/csi_client.go (isFinalError) */
const UNCERTAIN_CODES: ReadonlySet<string> = new Set([
  "Canceled",
  "DeadlineExceeded",
  "Unavailable",
  "ResourceExhausted",
  "Aborted",
]);

export class VolumeManager implements Component {
  readonly name: string;
  state: VolumeManagerState = {
    volumes: new Map(),
    byPod: new Map(),
    pods: new Map(),
    readers: new Map(),
    reads: 0,
    texts: new Map(),
    epoch: 0,
  };
  listener!: VolumeListener;
  readonly #options: VolumeManagerOptions;
  readonly #machines: MachineSet<VolumeContext, VolumeEvent>;
  readonly #setUp: VolumeSetUp;

  constructor(options: VolumeManagerOptions) {
    this.name = `${options.node}/kubelet/volume-manager`;
    this.#options = options;
    this.#setUp = new VolumeSetUp({
      ...options,
      name: this.name,
      state: () => this.state,
      done: (key, result) => this.#setUpDone(key, result),
    });
    this.#machines = machineSet<VolumeContext, VolumeEvent>({
      sim: options.sim,
      name: `${options.node}/kubelet/volumes`,
      machine: volumeMachine,
      rank: Rank.volumeReconciler,
      backend: options.backend,
      effects: {
        setUp: ({ key }) => this.#setUp.begin(key),
        mounted: ({ key }) => this.#mounted(key),
        failed: (call) => this.#failed(call),
        tearDown: ({ key }) => this.#tearDown(key),
        gone: ({ key }) => this.#gone(key),
      },
    });
  }

  /** The kubelet's process ended: it forgets every volume, and what is mounted stays on the node. */
  stop(): void {
    const { state } = this;
    for (const key of state.volumes.keys()) this.#machines.stop(key);
    state.volumes.clear();
    state.byPod.clear();
    state.pods.clear();
    state.readers.clear();
    state.epoch += 1;
    this.#options.csi.hangUp();
  }

  /**
   * The volume step of a pod sync: new volumes are added, mounted ones that follow a source are flagged. A volume that an
   * earlier kubelet left on the node is set up once more, and `unmounted` until that has succeeded.
   */
  reprocessPod(stored: Stored): void {
    const { object } = stored;
    const { uid } = object.metadata;
    const known = this.state.byPod.get(uid);
    this.state.pods.set(uid, object);
    if (known === undefined) return this.#addPod(uid, stored);
    const { causes } = this.#options.sim.trace;
    let delayMs: DurationMs | null = null;
    for (const key of known) {
      const record = this.state.volumes.get(key)!;
      if (!this.#follows(record.spec)) continue;
      record.syncCauses = causes;
      delayMs ??= this.#untilReconciler();
      this.#machines.send(key, { type: "refresh.flagged", delayMs });
    }
  }

  allMounted(uid: string): boolean {
    return this.#keysOf(uid).every((key) => this.#record(key).mounted);
  }

  /** Names of the pod's volumes that its containers do not have yet. */
  unmounted(uid: string): string[] {
    return this.#keysOf(uid)
      .map((key) => this.#record(key))
      .filter(({ mounted }) => !mounted)
      .map(({ spec }) => spec.name);
  }

  /** Whether a resync of the pod could change a file: true for volumes whose plugin "requires remount". */
  followsSource(uid: string): boolean {
    return this.#keysOf(uid).some((key) =>
      this.#follows(this.#record(key).spec),
    );
  }

  /**
   * Whether what a sync would read now differs from what is mounted, as far as this node knows. With `pod`, the object as
   * it is now, labels and annotations in files count, too. A CSI volume never counts: nobody knows before it is published.
   */
  isStale(uid: string, pod?: Stored): boolean {
    return this.#keysOf(uid).some((key) =>
      this.#setUp.isStale(this.#record(key), pod?.object ?? null),
    );
  }

  /** The pod's containers are gone: takes its volumes down, then says `volumesGone`. */
  endPod(uid: string): void {
    if (!this.state.byPod.has(uid)) this.#findOnNode(uid);
    const keys = this.#keysOf(uid);
    if (keys.length === 0) return this.#podGone(uid);
    for (const key of keys) this.#machines.send(key, { type: "pod.ended" });
  }

  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent<NodePublishReply>;
    const key = tag["key"] as string;
    if (tag["epoch"] !== this.state.epoch || !this.#machines.has(key)) return;
    if (tag["call"] === "unpublish")
      return this.#machines.send(key, { type: "tearDown.succeeded" });
    this.#setUpDone(
      key,
      reply.ok
        ? { ok: true }
        : {
            ok: false,
            error: `rpc error: code = ${reply.code} desc = ${reply.desc}`,
            uncertain: UNCERTAIN_CODES.has(reply.code),
          },
    );
  }

  #keysOf(uid: string): readonly string[] {
    return this.state.byPod.get(uid) ?? NO_KEYS;
  }

  #record(key: string): VolumeRecord {
    return this.state.volumes.get(key)!;
  }

  /** Whether the volume's plugin requires a remount at each sync. */
  #follows(spec: PodVolumeSpec): boolean {
    switch (volumeKind(spec)) {
      case "secret":
      case "configMap":
      case "projected":
        return true;
      case "csi":
        return (
          spec.csi!.driver === SECRETS_STORE_DRIVER &&
          this.#options.config().requiresRepublish
        );
      default:
        return false;
    }
  }

  #addPod(uid: string, stored: Stored): void {
    this.state.byPod.set(uid, []);
    const { causes } = this.#options.sim.trace;
    for (const record of recordsOf(stored, causes)) this.#add(record);
  }

  /** Volumes of a pod that ended before this process could learn of it. */
  #findOnNode(uid: string): void {
    const { sim, volumes } = this.#options;
    for (const volume of volumes.volumesOf(uid))
      this.#add(recordOnNode(volume, sim.trace.causes));
  }

  #add(record: VolumeRecord): void {
    const { uid, spec } = record;
    const { phases, volumes } = this.#options;
    const key = `${uid}/${spec.name}`;
    this.state.volumes.set(key, record);
    this.state.byPod.set(uid, [...this.#keysOf(uid), key]);
    const onNode = volumes.isMounted(uid, spec.name);
    // One pass of the reconciler verifies the attachment, the next one mounts.
    const delayMs =
      this.#untilReconciler() + (onNode ? 0 : RECONCILER_PERIOD_MS);
    const reconcilerPhaseMs = phases().reconciler;
    this.#machines.start(key, { delayMs, reconcilerPhaseMs, onNode });
  }

  /** Until the reconciler pass that sees what the populator's next pass marks. */
  #untilReconciler(): DurationMs {
    const { sim, phases } = this.#options;
    const { populator, reconciler } = phases();
    const marked = tickFrom(sim.now, POPULATOR_PERIOD_MS, populator);
    return tickFrom(marked, RECONCILER_PERIOD_MS, reconciler) - sim.now;
  }

  #setUpDone(key: string, result: SetUpResult): void {
    if (result.ok) return this.#machines.send(key, { type: "setUp.succeeded" });
    const { now: at } = this.#options.sim;
    const { error, uncertain } = result;
    this.#machines.send(key, { type: "setUp.failed", at, error, uncertain });
  }

  #mounted(key: string): void {
    const record = this.#record(key);
    record.mounted = true;
    this.listener.volumeMounted(record.uid);
  }

  #failed({
    key,
    context,
    event,
  }: EffectCall<VolumeContext, VolumeEvent>): void {
    const record = this.#record(key);
    const error = event.type === "setUp.failed" ? event.error : "";
    const { namespace, pod, uid, spec } = record;
    this.#options.sim.trace.record({
      type: "volume.failed",
      at: `${this.#options.node}/kubelet`,
      about: `${namespace}/${pod}`,
      data: {
        namespace,
        name: pod,
        uid,
        volume: spec.name,
        kind: volumeKind(spec),
        error,
        backoffMs: context.backoffMs,
      },
    });
    this.listener.mountFailed(
      record,
      `MountVolume.SetUp failed for volume "${spec.name}" : ${error}`,
    );
  }

  #tearDown(key: string): void {
    const { uid, spec } = this.#record(key);
    const { volumes, csi, node, sim } = this.#options;
    if (spec.csi !== undefined && !csi.registered)
      return this.#machines.send(key, {
        type: "tearDown.failed",
        at: sim.now,
      });
    if (spec.csi !== undefined) {
      const tag = { key, call: "unpublish", epoch: this.state.epoch };
      csi.nodeUnpublishVolume(uid, spec.name, { target: this.name, tag });
      return;
    }
    volumes.unmount(uid, spec.name, `${node}/kubelet`);
    this.#machines.send(key, { type: "tearDown.succeeded" });
  }

  #gone(key: string): void {
    const { uid } = this.#record(key);
    const { volumes, byPod } = this.state;
    volumes.delete(key);
    this.#setUp.forget(key);
    const left = this.#keysOf(uid).filter((other) => other !== key);
    byPod.set(uid, left);
    if (left.length === 0) this.#podGone(uid);
  }

  #podGone(uid: string): void {
    this.state.byPod.delete(uid);
    this.state.pods.delete(uid);
    this.listener.volumesGone(uid);
  }
}

const NO_KEYS: readonly string[] = [];
