/**
 * The driver's CSI Node service: NodePublishVolume at pod start and whenever the kubelet publishes again,
 * NodeUnpublishVolume at the pod's end.
 *
 * Up to 1.5 a publish of a mounted volume answers OK without asking the provider. From 1.6 on, with rotation, it asks
 * again once the mount directory is older than the interval (`republish.machine.ts`).
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 pkg/secrets-store/nodeserver.go; csi-driver.md
 *         1.3-1.6, 2.3, 12.1, 12.3
 * Emits    csi.publish.skipped | .failed
 * From code alone: errors before the provider is asked are not masked on a remount from driver 1.6 on, so that a running pod gets FailedMount when its SecretProviderClass is deleted.
 * From code alone: the young directory that a failed first mount leaves behind makes driver 1.6 answer OK without mounting, which the setting emptyVolumeHazard plays.
 * Differs: a volume that started empty by emptyVolumeHazard shows its files to running containers once a later publish mounts it; upstream shows them to later containers alone.
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import { InvariantViolation } from "../../kernel/errors.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { CsiNode, NodePublishRequest } from "../ports.ts";
import type { DriverContext } from "./driver-context.ts";
import { MountRequests } from "./mount-requests.ts";
import type { PublishCall } from "./publish-call.ts";
import { reportPublish, volumeKey } from "./publish-call.ts";
import type { PublishFailure } from "./publish-checks.ts";
import { checkPublish, isFinal } from "./publish-checks.ts";
import { PublishPipeline } from "./publish-pipeline.ts";
import { RepublishGate } from "./republish-gate.ts";

interface NodeServerState {
  /** Whether the process runs and is registered with the kubelet. */
  registered: boolean;
  /** Directories on the node's disk, by `<uid>/<volume>`, and when they were made: they outlive mounts and processes. */
  directories: Map<string, EpochMs>;
}

export class NodeServer implements Component, CsiNode {
  readonly name: string;
  state: NodeServerState = { registered: true, directories: new Map() };
  readonly #context: DriverContext;
  readonly #pipeline: PublishPipeline;
  readonly #gate: RepublishGate;
  readonly #requests = new MountRequests();

  constructor(context: DriverContext) {
    const { node, sim, volumes } = context;
    this.name = `${node}/csi-driver`;
    this.#context = context;
    this.#gate = new RepublishGate(context);
    this.#pipeline = sim.add(
      new PublishPipeline(context, {
        switched: ({ request, key }) => {
          const { uid, volume } = request;
          const { mtimeMs } = volumes.imageOf(uid, volume)!;
          this.#gate.switched(key, mtimeMs);
        },
        failed: (call, failure) => this.#refuse(call, failure),
      }),
    );
  }

  get registered(): boolean {
    return this.state.registered;
  }

  /** Whether the volume's directory is on the node's disk: a volume that is not mounted is then an empty one. */
  hasDirectory(uid: string, volume: string): boolean {
    return this.state.directories.has(volumeKey({ uid, volume }));
  }

  /** The process ends: calls in flight break off, mounted volumes stay. */
  stop(): void {
    this.state.registered = false;
    this.#pipeline.stop();
    for (const key of this.state.directories.keys()) this.#gate.forget(key);
  }

  /** The process is registered with the kubelet. */
  start(): void {
    this.state.registered = true;
  }

  nodePublishVolume(request: NodePublishRequest, replyTo: ReplyTo): void {
    const { caches, volumes, flags, sim, config } = this.#context;
    const { directories } = this.state;
    const { uid, volume } = request;
    const { generation, rotation } = flags();
    const remount = volumes.isMounted(uid, volume);
    const rotates = generation === "republish" && rotation;
    const key = volumeKey(request);
    // The age comes before the question whether anything is mounted.
    const isYoung = rotates && this.#isYoung(key, request);
    const checked = checkPublish(caches, request);
    const { className } = checked;
    const call: PublishCall = {
      request,
      key,
      className,
      replyTo,
      remount,
      askedAt: sim.now,
    };
    if (isYoung || (remount && !rotates)) return this.#skip(call);
    if (!directories.has(key)) directories.set(key, sim.now);
    if (!checked.ok) return this.#refuse(call, checked);
    const { namespace, pod, lineage } = request;
    const named = lineage === undefined ? {} : { lineage };
    if (!remount)
      volumes.mount({ namespace, pod, uid, volume, kind: "csi", ...named });
    const { spec, provider } = checked;
    const { tokenAudiences } = config();
    const ask = this.#requests.of(
      key,
      request,
      className,
      spec,
      tokenAudiences,
    );
    this.#pipeline.begin(call, ask, provider);
  }

  nodeUnpublishVolume(uid: string, volume: string, replyTo: ReplyTo): void {
    const key = volumeKey({ uid, volume });
    this.#context.volumes.unmount(uid, volume, this.name);
    this.#context.tokens.forget(uid);
    this.state.directories.delete(key);
    this.#gate.forget(key);
    this.#requests.forget(key);
    this.#pipeline.forget(key);
    this.#pipeline.reply(replyTo, { ok: true });
  }

  hangUp(): void {
    this.#pipeline.hangUp();
  }

  handle(event: SimEvent): void {
    throw new InvariantViolation(
      "UnexpectedEvent",
      `Failed to handle ${event.type}: nothing is ever scheduled for ${this.name}`,
    );
  }

  /** By the mount directory's mtime; with the hazard, also by that of a directory with nothing mounted on it. */
  #isYoung(key: string, { uid, volume }: NodePublishRequest): boolean {
    const { volumes, flags } = this.#context;
    const { intervalMs, emptyVolumeHazard } = flags();
    const left = emptyVolumeHazard
      ? this.state.directories.get(key)
      : undefined;
    const mtimeMs = volumes.imageOf(uid, volume)?.mtimeMs ?? left;
    return mtimeMs !== undefined && !this.#gate.isDue(key, mtimeMs, intervalMs);
  }

  #skip(call: PublishCall): void {
    reportPublish(this.#context, "csi.publish.skipped", call, null);
    this.#pipeline.reply(call.replyTo, { ok: true });
  }

  /** Tells the kubelet, which removes the directory of a first mount that failed for good. */
  #refuse(call: PublishCall, failure: PublishFailure): void {
    const { code, desc } = failure;
    const reply = { ok: false, code, desc } as const;
    const { key } = call;
    if (!call.remount && isFinal(reply)) {
      this.state.directories.delete(key);
      this.#gate.forget(key);
    }
    reportPublish(this.#context, "csi.publish.failed", call, failure);
    this.#pipeline.reply(call.replyTo, reply);
  }
}
