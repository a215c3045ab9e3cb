/**
 * The kubelet's volume manager: mounts what a pod's containers use, refreshes it when a pod sync says so, retries what
 * failed, and takes it down when the pod has ended. One machine a volume (`volume.machine.ts`).
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/volumemanager/**, pkg/volume/{secret,csi}; kubelet.md 1.2, 4, 6
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { EffectCall, MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { Cause } from "../../kernel/trace.ts";
import { POPULATOR_PERIOD_MS, RECONCILER_PERIOD_MS } from "../defaults.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import { withoutDoubles } from "../node-volumes.ts";
import type { NodePhases } from "../phases.ts";
import { tickFrom } from "../phases.ts";
import type { PodVolumeSpec } from "../pod-spec.ts";
import {
  SECRETS_STORE_DRIVER,
  secretText,
  specOf,
  usedVolumes,
  volumeKind,
} from "../pod-spec.ts";
import type { CsiNode, NodeOptions, NodePublishReply } from "../ports.ts";
import type { SecretManager, SecretRead } from "./secret-manager.ts";
import { secretPayload } from "./secret-volume.ts";
import type { VolumeContext, VolumeEvent } from "./volume.machine.ts";
import { volumeMachine } from "./volume.machine.ts";

export interface VolumeRecord {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly serviceAccount: string;
  readonly spec: PodVolumeSpec;
  /** Whether the containers have, or may have, the files. */
  mounted: boolean;
  /** What made the kubelet want this set up: the last pod sync. */
  syncCauses: readonly Cause[];
  /** Which data of the Secret is in the files (`SecretManager.knownVersion`). */
  mountedVersion: string | null;
}

interface VolumeManagerState {
  /** By `<pod uid>/<volume name>`. */
  volumes: Map<string, VolumeRecord>;
  /** Keys of `volumes` by pod uid. */
  byPod: Map<string, string[]>;
}

/** What the pod workers are told, and how a failure becomes an Event. Set when the node is put together. */
export interface VolumeListener {
  volumeMounted(uid: string): void;
  volumesGone(uid: string): void;
  mountFailed(record: VolumeRecord, message: string): void;
}

export interface VolumeManagerOptions extends NodeOptions {
  readonly sim: Simulation;
  readonly phases: () => NodePhases;
  readonly secrets: SecretManager;
  readonly csi: CsiNode;
  readonly volumes: NodeVolumes;
}

export class VolumeManager implements Component {
  readonly name: string;
  state: VolumeManagerState = { volumes: new Map(), byPod: new Map() };
  listener!: VolumeListener;
  readonly #options: VolumeManagerOptions;
  readonly #machines: MachineSet<VolumeContext, VolumeEvent>;

  constructor(options: VolumeManagerOptions) {
    this.name = `${options.node}/kubelet/volume-manager`;
    this.#options = options;
    this.#machines = machineSet<VolumeContext, VolumeEvent>({
      sim: options.sim,
      name: `${options.node}/kubelet/volumes`,
      machine: volumeMachine,
      rank: Rank.volumeReconciler,
      backend: options.backend,
      effects: {
        setUp: (call) => this.#setUp(call.key),
        mounted: ({ key }) => this.#mounted(key),
        failed: (call) => this.#failed(call),
        tearDown: ({ key }) => this.#tearDown(key),
        gone: ({ key }) => this.#gone(key),
      },
    });
  }

  /** The volume step of a pod sync: new volumes are added, mounted ones that follow a source are flagged. */
  reprocessPod({ object }: Stored): void {
    const { uid, name, namespace = "" } = object.metadata;
    const spec = specOf(object);
    const serviceAccount = spec.serviceAccountName ?? "default";
    for (const volume of usedVolumes(spec)) {
      const key = `${uid}/${volume.name}`;
      if (this.state.volumes.has(key)) this.#flag(key);
      else
        this.#add(key, {
          namespace,
          pod: name,
          uid,
          serviceAccount,
          spec: volume,
          mounted: false,
          syncCauses: this.#options.sim.trace.causes,
          mountedVersion: null,
        });
    }
  }

  allMounted(uid: string): boolean {
    return this.#ofPod(uid).every(([, { mounted }]) => mounted);
  }

  /** Names of the pod's volumes that its containers do not have yet. */
  unmounted(uid: string): string[] {
    return this.#ofPod(uid)
      .filter(([, { mounted }]) => !mounted)
      .map(([, { spec }]) => spec.name);
  }

  /** Whether a resync of the pod could change a file: true for volumes whose plugin "requires remount". */
  followsSource(uid: string): boolean {
    return this.#ofPod(uid).some(([, { spec }]) => spec.secret !== undefined);
  }

  /** Whether what a sync would read now differs from what is mounted, as far as this node knows. */
  isStale(uid: string): boolean {
    return this.#ofPod(uid).some(([, record]) => {
      const { spec, namespace, mountedVersion } = record;
      if (spec.secret === undefined) return false;
      const version = this.#options.secrets.knownVersion(
        namespace,
        spec.secret.secretName,
      );
      return version !== mountedVersion;
    });
  }

  /** The pod's containers are gone: takes its volumes down, then says `volumesGone`. */
  endPod(uid: string): void {
    const volumes = this.#ofPod(uid);
    if (volumes.length === 0) this.listener.volumesGone(uid);
    for (const [key] of volumes)
      this.#machines.send(key, { type: "pod.ended" });
  }

  /** The answer to a read that had to wait. */
  secretRead(key: string, read: SecretRead): void {
    const record = this.state.volumes.get(key);
    if (record === undefined) return;
    if (record.spec.csi === undefined) this.#writeSecret(key, record, read);
    else this.#publish(key, record, read);
  }

  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent<NodePublishReply>;
    const key = tag["key"] as string;
    if (!this.#machines.has(key)) return;
    if (tag["call"] === "unpublish")
      this.#machines.send(key, { type: "tearDown.succeeded" });
    else if (reply.ok) this.#machines.send(key, { type: "setUp.succeeded" });
    else
      this.#fail(key, `rpc error: code = ${reply.code} desc = ${reply.desc}`);
  }

  #ofPod(uid: string): (readonly [string, VolumeRecord])[] {
    const keys = this.state.byPod.get(uid) ?? [];
    return keys.map((key) => [key, this.state.volumes.get(key)!] as const);
  }

  #add(key: string, record: VolumeRecord): void {
    const { volumes, byPod } = this.state;
    volumes.set(key, record);
    byPod.set(record.uid, [...(byPod.get(record.uid) ?? []), key]);
    const { sim, phases } = this.#options;
    // One pass of the reconciler verifies the attachment, the next one mounts.
    const delayMs = this.#reconcilerPass() + RECONCILER_PERIOD_MS - sim.now;
    const reconcilerPhaseMs = phases().reconciler;
    this.#machines.start(key, { delayMs, reconcilerPhaseMs });
  }

  #flag(key: string): void {
    const record = this.state.volumes.get(key)!;
    if (record.spec.secret === undefined) return;
    record.syncCauses = this.#options.sim.trace.causes;
    this.#machines.send(key, {
      type: "refresh.flagged",
      delayMs: this.#reconcilerPass() - this.#options.sim.now,
    });
  }

  /** The reconciler pass that sees what the populator's next pass marks. */
  #reconcilerPass(): number {
    const { sim, phases } = this.#options;
    const { populator, reconciler } = phases();
    const marked = tickFrom(sim.now, POPULATOR_PERIOD_MS, populator);
    return tickFrom(marked, RECONCILER_PERIOD_MS, reconciler);
  }

  #setUp(key: string): void {
    const record = this.state.volumes.get(key)!;
    const { spec, namespace } = record;
    const { secrets } = this.#options;
    const ref = spec.csi?.nodePublishSecretRef;
    if (volumeKind(spec) === "other")
      this.#machines.send(key, { type: "setUp.succeeded" });
    else if (ref !== undefined) secrets.get(namespace, ref.name, key);
    else if (spec.secret === undefined) this.#publish(key, record, null);
    else {
      const read = secrets.read(namespace, spec.secret.secretName, key);
      if (read !== null) this.secretRead(key, read);
    }
  }

  #writeSecret(key: string, record: VolumeRecord, read: SecretRead): void {
    const { sim, volumes, secrets, config } = this.#options;
    const source = record.spec.secret!;
    const { uid, namespace, pod, spec } = record;
    const empty = !read.ok && read.notFound && source.optional === true;
    if (!read.ok && !empty) return this.#fail(key, read.message);
    const causes = read.ok ? read.causes : [];
    const payload = read.ok
      ? secretPayload(source, read.stored, causes[0] ?? 0)
      : { ok: true as const, files: [] };
    if (!payload.ok) return this.#fail(key, payload.error);
    const volume = spec.name;
    volumes.mount({ namespace, pod, uid, volume, kind: "secret" });
    const outcome = volumes.write(uid, volume, {
      files: payload.files,
      writer: "kubelet",
      kubernetesMinor: config().kubernetesMinor,
      triggers: withoutDoubles([...causes.slice(1), ...record.syncCauses]),
      at: `${this.#options.node}/kubelet`,
    });
    if (!outcome.ok) return this.#fail(key, outcome.error);
    record.mountedVersion = secrets.knownVersion(namespace, source.secretName);
    sim.trace.causes = record.syncCauses;
    this.#machines.send(key, { type: "setUp.succeeded" });
  }

  /** `read`: the Secret of `nodePublishSecretRef`, or null without one. */
  #publish(key: string, record: VolumeRecord, read: SecretRead | null): void {
    const { spec, namespace, pod, uid, serviceAccount } = record;
    const csi = spec.csi!;
    if (read !== null && !read.ok) {
      const { name } = csi.nodePublishSecretRef!;
      return this.#fail(
        key,
        `fetching NodePublishSecretRef ${namespace}/${name} failed: kubernetes.io/csi: failed to find the secret ${name} in the namespace ${namespace} with error: ${read.message}`,
      );
    }
    if (csi.driver !== SECRETS_STORE_DRIVER || !this.#options.csi.registered)
      return this.#fail(
        key,
        `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${csi.driver} not found in the list of registered CSI drivers`,
      );
    this.#options.csi.nodePublishVolume(
      {
        namespace,
        pod,
        uid,
        serviceAccount,
        volume: spec.name,
        readOnly: csi.readOnly === true,
        attributes: csi.volumeAttributes ?? {},
        secrets: read === null ? null : secretText(read.stored),
      },
      { target: this.name, tag: { key, call: "publish" } },
    );
  }

  #fail(key: string, error: string): void {
    const { now: at } = this.#options.sim;
    this.#machines.send(key, { type: "setUp.failed", at, error });
  }

  #mounted(key: string): void {
    const record = this.state.volumes.get(key)!;
    record.mounted = true;
    this.listener.volumeMounted(record.uid);
  }

  #failed({
    key,
    context,
    event,
  }: EffectCall<VolumeContext, VolumeEvent>): void {
    const record = this.state.volumes.get(key)!;
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
    const { uid, spec } = this.state.volumes.get(key)!;
    const { volumes, csi, node } = this.#options;
    if (spec.csi !== undefined && !csi.registered) {
      const { now: at } = this.#options.sim;
      this.#machines.send(key, { type: "tearDown.failed", at });
      return;
    }
    if (spec.csi !== undefined) {
      const tag = { key, call: "unpublish" };
      csi.nodeUnpublishVolume(uid, spec.name, { target: this.name, tag });
      return;
    }
    volumes.unmount(uid, spec.name, `${node}/kubelet`);
    this.#machines.send(key, { type: "tearDown.succeeded" });
  }

  #gone(key: string): void {
    const { uid } = this.state.volumes.get(key)!;
    const { volumes, byPod } = this.state;
    volumes.delete(key);
    const left = byPod.get(uid)!.filter((other) => other !== key);
    byPod.set(uid, left);
    if (left.length > 0) return;
    byPod.delete(uid);
    this.listener.volumesGone(uid);
  }
}
