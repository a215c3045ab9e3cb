/**
 * SetUp of one volume: reads what its files come from and writes them, or has the CSI driver publish it.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/{secret,configmap,downwardapi,projected,emptydir} (SetUpAt),
 *         pkg/volume/csi/csi_mounter.go (SetUpAt); kubelet.md 1.2, 4
 * Simplification: A writer that fails takes the volume from the running containers, too; upstream they keep the mount that they have and see no later refresh.
 */
import type { ApiObject, Stored } from "../../cluster-sim/ports.ts";
import { bytesEqual } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { PodFile } from "../node-volumes.ts";
import { withoutDoubles } from "../node-volumes.ts";
import type { VolumesRefreshedFact } from "../facts.ts";
import type { PodVolumeSpec } from "../pod-spec.ts";
import { volumeKind, volumeObjects } from "../pod-spec.ts";
import { publishVolume } from "./csi-mounter.ts";
import type { ObjectRead } from "./object-entry.ts";
import type { WantRead } from "./source-reader.ts";
import { volumeFiles, wantsOf } from "./volume-payload.ts";
import type {
  VolumeManagerOptions,
  VolumeManagerState,
  VolumeRecord,
} from "./volume-record.ts";

export type SetUpResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly error: string;
      readonly uncertain: boolean;
    };

interface VolumeSetUpParts extends VolumeManagerOptions {
  /** The component that answers are for. */
  readonly name: string;
  readonly state: () => VolumeManagerState;
  readonly done: (key: string, result: SetUpResult) => void;
}

const VERSION_WORDS = 4;

export class VolumeSetUp {
  readonly #parts: VolumeSetUpParts;
  /** What the last write of a volume was made of: the same again changes nothing. A pure cache. */
  readonly #written = new Map<string, readonly unknown[]>();

  constructor(parts: VolumeSetUpParts) {
    this.#parts = parts;
    parts.reader.answerTo("volume", (id, read) => this.#answered(id, read));
  }

  /** `done` is told how it ended, at once or later. */
  begin(key: string): void {
    const record = this.#record(key);
    const { spec, namespace } = record;
    switch (volumeKind(spec)) {
      case "other":
        return this.#parts.done(key, { ok: true });
      case "emptyDir":
        this.#mount(record);
        this.#tally(record);
        return this.#parts.done(key, { ok: true });
      case "csi": {
        const ref = spec.csi!.nodePublishSecretRef;
        if (ref === undefined) return this.#publish(key, record, null);
        const id = this.#waitFor(key);
        return this.#parts.reader.readLive("volume", id, namespace, ref.name);
      }
      default:
        record.reads = [];
        return this.#readOn(key, record);
    }
  }

  /** The volume is gone. */
  forget(key: string): void {
    this.#written.delete(key);
  }

  isStale({ seen, spec, namespace }: VolumeRecord, pod: ApiObject | null) {
    if (seen === null) return false;
    const { reader } = this.#parts;
    if (seen.metadata !== null && pod !== null)
      if (seen.metadata !== metadataText(pod)) return true;
    return volumeObjects(spec).some(
      (object, i) =>
        reader.knownVersion(namespace, object) !== seen.versions[i],
    );
  }

  #record(key: string): VolumeRecord {
    return this.#parts.state().volumes.get(key)!;
  }

  #waitFor(key: string): number {
    const state = this.#parts.state();
    const id = ++state.reads;
    state.readers.set(id, key);
    return id;
  }

  #answered(id: number, read: WantRead): void {
    const { readers, volumes } = this.#parts.state();
    const key = readers.get(id);
    readers.delete(id);
    const record = key === undefined ? undefined : volumes.get(key);
    if (key === undefined || record === undefined) return;
    if (record.spec.csi !== undefined)
      return this.#publish(key, record, read as ObjectRead);
    record.reads!.push(read);
    this.#readOn(key, record);
  }

  /** Reads source after source until one has to be waited for, then writes. */
  #readOn(key: string, record: VolumeRecord): void {
    const { reader, state } = this.#parts;
    const wants = wantsOf(record.spec);
    const reads = record.reads!;
    while (reads.length < wants.length) {
      const id = ++state().reads;
      const read = reader.read("volume", id, record, wants[reads.length]!);
      if (read === null) {
        state().readers.set(id, key);
        return;
      }
      reads.push(read);
    }
    record.reads = null;
    this.#write(key, record, reads);
  }

  #write(key: string, record: VolumeRecord, reads: readonly WantRead[]): void {
    const { done, sim, state, node, ip } = this.#parts;
    const pod = state().pods.get(record.uid)!;
    const made = fingerprint(record, reads, pod);
    if (made !== null && this.#isWritten(key, record, made))
      return this.#succeed(key, record);
    const payload = volumeFiles(record.spec, reads, {
      pod,
      node: { node, ip },
      textContent: (name, bytes) => this.#textContent(record, name, bytes),
      trigger: triggerOf(record),
    });
    if (!payload.ok) return this.#fail(key, payload.error);
    this.#written.delete(key);
    const error = this.#writeFiles(record, reads, payload.files);
    if (error !== null) return this.#fail(key, error);
    if (made !== null) this.#written.set(key, made);
    record.seen = {
      versions: volumeObjects(record.spec).map((object) =>
        this.#parts.reader.knownVersion(record.namespace, object),
      ),
      metadata: showsMetadata(record) ? metadataText(pod) : null,
    };
    this.#tally(record);
    sim.trace.causes = record.syncCauses;
    done(key, { ok: true });
  }

  #succeed(key: string, record: VolumeRecord): void {
    this.#tally(record);
    this.#parts.sim.trace.causes = record.syncCauses;
    this.#parts.done(key, { ok: true });
  }

  /** For the metrics: how often, and no more. */
  #tally({ spec }: VolumeRecord): void {
    const { sim, node, state } = this.#parts;
    const plugin = pluginOf(spec);
    sim.trace.tally({
      type: "kubelet.volume.refreshed" satisfies VolumesRefreshedFact["type"],
      at: `${node}/kubelet`,
      about: `${node} ${plugin} ${state().epoch}`,
      data: { node, plugin } satisfies VolumesRefreshedFact["data"],
    });
  }

  #isWritten(
    key: string,
    record: VolumeRecord,
    made: readonly unknown[],
  ): boolean {
    if (record.seen === null || !record.mounted) return false;
    const before = this.#written.get(key);
    return (
      before !== undefined &&
      before.length === made.length &&
      made.every((part, i) => part === before[i])
    );
  }

  /** Null, or the writer's error, which takes the volume down. */
  #writeFiles(
    record: VolumeRecord,
    reads: readonly WantRead[],
    files: readonly PodFile[],
  ): string | null {
    const { volumes, config, node } = this.#parts;
    const { uid, spec } = record;
    const fresh = !volumes.isMounted(uid, spec.name);
    this.#mount(record);
    const causes = reads.flatMap((read) =>
      "causes" in read ? read.causes.slice(1) : [],
    );
    const at = `${node}/kubelet`;
    const outcome = volumes.write(uid, spec.name, {
      files,
      writer: "kubelet",
      kubernetesMinor: config().kubernetesMinor,
      triggers: withoutDoubles([...causes, ...record.syncCauses]),
      at,
    });
    if (outcome.ok) return null;
    if (fresh) volumes.discard(uid, spec.name);
    else volumes.unmount(uid, spec.name, at);
    return outcome.error;
  }

  #mount(record: VolumeRecord): void {
    const { namespace, pod, uid, spec, fsGroup, lineage } = record;
    const kind = volumeKind(spec);
    const onDisk =
      kind === "configMap" ||
      (kind === "emptyDir" && spec.emptyDir!.medium !== "Memory");
    this.#parts.volumes.mount({
      namespace,
      pod,
      uid,
      volume: spec.name,
      kind,
      ...(lineage === undefined ? {} : { lineage }),
      ...(fsGroup === null ? {} : { fsGroup }),
      ...(onDisk ? { onDisk } : {}),
    });
  }

  /** A text's versions are counted by its changes, and their bytes kept in the value book. */
  #textContent(
    record: VolumeRecord,
    object: string,
    bytes: Uint8Array,
  ): ContentRef {
    const { sim, node, values, state } = this.#parts;
    const { texts } = state();
    let text = texts.get(object);
    const changed = text === undefined || !bytesEqual(text.bytes, bytes);
    if (changed) {
      text = { bytes, ordinal: (text?.ordinal ?? 0) + 1 };
      texts.set(object, text);
    }
    const { ordinal } = text!;
    const { namespace, pod, lineage } = record;
    const field = object.slice(`${namespace}/pod/${pod}`.length);
    const owner = lineage === undefined ? object : `${lineage}${field}`;
    const draw = `kubelet/${node}/text/${owner}`;
    const version = sim.draws.hex(draw, ordinal - 1, VERSION_WORDS);
    const content = { object, version, ordinal, form: "as-is" };
    if (changed) values.put(content, bytes);
    return { ...content, from: triggerOf(record) };
  }

  /** `read`: the Secret of `nodePublishSecretRef`, or null without one. */
  #publish(key: string, record: VolumeRecord, read: ObjectRead | null): void {
    const { csi, name: target, state } = this.#parts;
    const tag = { key, call: "publish", epoch: state().epoch };
    const error = publishVolume(csi, record, read, { target, tag });
    if (error !== null) this.#fail(key, error);
  }

  #fail(key: string, error: string): void {
    this.#parts.done(key, { ok: false, error, uncertain: false });
  }
}

function pluginOf(spec: PodVolumeSpec): string {
  if (spec.secret !== undefined) return "kubernetes.io/secret";
  if (spec.configMap !== undefined) return "kubernetes.io/configmap";
  if (spec.projected !== undefined) return "kubernetes.io/projected";
  return spec.downwardAPI === undefined
    ? "kubernetes.io/empty-dir"
    : "kubernetes.io/downward-api";
}

function triggerOf({ syncCauses }: VolumeRecord): Cause {
  return syncCauses[0] ?? 0;
}

/** Whether a downward API file of the volume can show another text than at the last SetUp. */
function showsMetadata({ spec }: VolumeRecord): boolean {
  return (
    spec.downwardAPI !== undefined ||
    (spec.projected?.sources ?? []).some(
      ({ downwardAPI }) => downwardAPI !== undefined,
    )
  );
}

function metadataText({ metadata }: ApiObject): string {
  return JSON.stringify([metadata.labels, metadata.annotations]);
}

/** What decides the files, to be compared part by part; null where it cannot be said so shortly. */
function fingerprint(
  record: VolumeRecord,
  reads: readonly WantRead[],
  pod: ApiObject,
): readonly unknown[] | null {
  const parts: (Stored | string | ApiObject)[] = [];
  if (showsMetadata(record)) parts.push(pod);
  for (const read of reads) {
    if (!read.ok) return null;
    parts.push("stored" in read ? read.stored : read.token);
  }
  return parts;
}
