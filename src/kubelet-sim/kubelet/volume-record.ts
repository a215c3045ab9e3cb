/**
 * What the volume manager holds of each volume of each pod, and what it needs of others.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/volumemanager/cache (desired and actual state of the world)
 */
import type { ApiObject, Stored } from "../../cluster-sim/ports.ts";
import type { ValueBook } from "../../kernel/content.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { Cause } from "../../kernel/trace.ts";
import { lineageOf } from "../draw-name.ts";
import type { NodeVolumes, PodVolume } from "../node-volumes.ts";
import type { NodePhases } from "../phases.ts";
import type { PodVolumeSpec } from "../pod-spec.ts";
import { SECRETS_STORE_DRIVER, specOf, usedVolumes } from "../pod-spec.ts";
import type { CsiNode, NodeOptions } from "../ports.ts";
import type { SourceReader, WantRead } from "./source-reader.ts";

export interface VolumeRecord {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly serviceAccount: string;
  /** What the pod's draws are named by; absent: `namespace/pod`. */
  readonly lineage?: string;
  /** The group that the pod's volumes belong to, or null. */
  readonly fsGroup: number | null;
  readonly spec: PodVolumeSpec;
  /** Whether the containers have, or may have, the files. */
  mounted: boolean;
  /** What made the kubelet want this set up: the last pod sync. */
  syncCauses: readonly Cause[];
  /** What the SetUp that runs has read so far; null when none reads. */
  reads: WantRead[] | null;
  /** What the last write was made of; null before. */
  seen: SeenSources | null;
}

export interface SeenSources {
  /** Which data of each object (`SourceReader.knownVersion`), in the volume's order. */
  readonly versions: readonly (string | null)[];
  /** The pod's labels and annotations, where a downward API file shows them; else null. */
  readonly metadata: string | null;
}

/** A text of the downward API that was in a file last, and how many it had before. */
export interface CountedText {
  readonly bytes: Uint8Array;
  readonly ordinal: number;
}

export interface VolumeManagerState {
  /** By `<pod uid>/<volume name>`. */
  readonly volumes: Map<string, VolumeRecord>;
  /** Keys of `volumes` by pod uid. */
  readonly byPod: Map<string, readonly string[]>;
  /** Each pod as its last sync had it, by uid. */
  readonly pods: Map<string, ApiObject>;
  /** Keys of volumes that wait for a read, by the read's number. */
  readonly readers: Map<number, string>;
  reads: number;
  /** By name of the text. Outlives the kubelet's process: it is Keyturn's own counting. */
  readonly texts: Map<string, CountedText>;
  /** Counts the process's starts: answers to an earlier one are nobody's. */
  epoch: number;
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
  readonly reader: SourceReader;
  readonly csi: CsiNode;
  readonly volumes: NodeVolumes;
  readonly values: ValueBook;
}

/** The volumes that a pod's containers use, in the order of the pod. */
export function recordsOf(
  stored: Stored,
  syncCauses: readonly Cause[],
): VolumeRecord[] {
  const { object } = stored;
  const { name: pod, namespace = "", uid } = object.metadata;
  const lineage = lineageOf(stored);
  const podSpec = specOf(object);
  const { serviceAccountName: serviceAccount = "default" } = podSpec;
  const fsGroup = podSpec.securityContext?.fsGroup ?? null;
  return usedVolumes(podSpec).map((spec) => ({
    namespace,
    pod,
    uid,
    serviceAccount,
    ...(lineage === undefined ? {} : { lineage }),
    fsGroup,
    spec,
    ...untouched(syncCauses),
  }));
}

/** A mounted volume of a pod that nobody knows any more: enough to take it down. */
export function recordOnNode(
  { namespace, pod, uid, volume, kind }: PodVolume,
  syncCauses: readonly Cause[],
): VolumeRecord {
  const csi = kind === "csi" ? { csi: { driver: SECRETS_STORE_DRIVER } } : {};
  return {
    namespace,
    pod,
    uid,
    serviceAccount: "",
    fsGroup: null,
    spec: { name: volume, ...csi },
    ...untouched(syncCauses),
  };
}

function untouched(syncCauses: readonly Cause[]) {
  return { mounted: false, syncCauses, reads: null, seen: null };
}
