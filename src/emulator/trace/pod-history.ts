/**
 * One pod instance as the trace tells it: when it lived, what it mounts, and each write of its volumes. Models the
 * kubelet's view of a pod, not the API server's: a pod that no kubelet saw has no volumes.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import type {
  FileFact,
  MountFact,
  VolumeFact,
} from "../../kubelet-sim/facts.ts";
import type { FilePlace } from "./file-place.ts";
import type { SinkVersion } from "./versions.ts";

/** One pod by its uid. `terminatingAt` and `goneAt` are null while it lives. */
export interface PodInstance {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Null until a kubelet saw it. */
  readonly node: string | null;
  readonly since: EpochMs;
  readonly terminatingAt: EpochMs | null;
  readonly goneAt: EpochMs | null;
  readonly volumes: readonly VolumeFact[];
  readonly mounts: readonly MountFact[];
}

/** A change of what a sink holds. `cause` is the fact that brought it; `version` is null when the file or key went away. */
export interface SinkEntry {
  readonly t: EpochMs;
  readonly cause: Cause;
  readonly version: SinkVersion | null;
}

/** One write of a volume: its whole payload, or null when it was unmounted. */
export interface VolumeWrite {
  readonly t: EpochMs;
  readonly seq: number;
  readonly files: readonly FileFact[] | null;
}

export interface PodRecord {
  readonly instance: {
    -readonly [Member in keyof PodInstance]: PodInstance[Member];
  };
  /** When its containers first ran; null before. */
  runningAt: EpochMs | null;
  /** By volume, in order. */
  readonly writes: Map<string, VolumeWrite[]>;
}

export function newPodRecord(
  id: Pick<PodInstance, "namespace" | "name" | "uid">,
  since: EpochMs,
): PodRecord {
  const { namespace, name, uid } = id;
  return {
    instance: {
      namespace,
      name,
      uid,
      node: null,
      since,
      terminatingAt: null,
      goneAt: null,
      volumes: [],
      mounts: [],
    },
    runningAt: null,
    writes: new Map(),
  };
}

/** What a file of a pod held, change by change. Empty for a file that never was. */
export function fileEntries(
  pod: PodRecord,
  place: FilePlace | null,
): SinkEntry[] {
  if (place === null) return [];
  const writes = pod.writes.get(place.volume) ?? [];
  const entries = changesOf(writes, (write) =>
    write.files?.find((file) => file.path === place.path),
  );
  if (!place.pinned) return entries;
  const t = pod.runningAt;
  const pinned = t === null ? null : entries.findLast((e) => e.t <= t);
  return pinned == null ? [] : [{ ...pinned, t: t! }];
}

/** Keeps the writes after which another version was there. */
export function changesOf<
  Write extends { readonly t: EpochMs; readonly seq: number },
>(
  writes: readonly Write[],
  held: (write: Write) => SinkVersion | undefined,
): SinkEntry[] {
  const entries: SinkEntry[] = [];
  let last: SinkVersion | null = null;
  for (const write of writes) {
    const found = held(write);
    const version = found === undefined ? null : plainVersion(found);
    if (sameVersion(last, version)) continue;
    entries.push({ t: write.t, cause: write.seq, version });
    last = version;
  }
  return entries;
}

function plainVersion(from: SinkVersion): SinkVersion {
  const { object, version, ordinal, form } = from;
  return { object, version, ordinal, form };
}

function sameVersion(a: SinkVersion | null, b: SinkVersion | null): boolean {
  if (a === null || b === null) return a === b;
  return a.object === b.object && a.version === b.version && a.form === b.form;
}
