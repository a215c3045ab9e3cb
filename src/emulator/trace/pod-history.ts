/**
 * One pod instance as the trace tells it: when it lived, what it mounts, and each write of its volumes. Models the
 * kubelet's view of a pod, not the API server's: a pod that no kubelet saw has no volumes.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import type {
  EnvironmentFact,
  FileFact,
  MountFact,
  VolumeFact,
} from "../../kubelet-sim/facts.ts";
import type { AppLife } from "./app-history.ts";
import type { ContainerLife } from "./container-history.ts";
import { pinnedEntries } from "./container-history.ts";
import type { FilePlace } from "./file-place.ts";
import { changesOf } from "./sink-changes.ts";
import type { SinkVersion } from "./versions.ts";

/** One pod by its uid. `terminatingAt` and `goneAt` are null while it lives. */
export interface PodInstance {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `default/deployment/web`; empty for a bare pod. */
  readonly workload: string;
  /** Null until a kubelet saw it. */
  readonly node: string | null;
  readonly since: EpochMs;
  readonly terminatingAt: EpochMs | null;
  readonly goneAt: EpochMs | null;
  readonly volumes: readonly VolumeFact[];
  readonly mounts: readonly MountFact[];
  readonly environment: readonly EnvironmentFact[];
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
  /** In the order of their creation. */
  readonly lives: ContainerLife[];
  /** In the order in which their programs began. */
  readonly apps: AppLife[];
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
      workload: "",
      node: null,
      since,
      terminatingAt: null,
      goneAt: null,
      volumes: [],
      mounts: [],
      environment: [],
    },
    lives: [],
    apps: [],
    writes: new Map(),
  };
}

/** What a file of a pod held, change by change; `path` is absolute, as its container names it. Empty for a file that never was. */
export function fileEntries(
  pod: PodRecord,
  place: FilePlace | null,
  path: string,
): SinkEntry[] {
  if (place === null) return [];
  if (place.pinned) return pinnedEntries(pod.lives, place.container, path);
  const writes = pod.writes.get(place.volume) ?? [];
  return changesOf(writes, (write) =>
    write.files?.find((file) => file.path === place.path),
  );
}
