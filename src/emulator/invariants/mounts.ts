/**
 * Pods that live on nodes, their volumes and drivers, as far as it matters for how fresh files must be. Models no real
 * component: it reads facts.
 */
import type { DriverGeneration } from "../../kubelet-sim/index.ts";
import { driverGeneration } from "../../kubelet-sim/index.ts";
import type { FileFact, VolumeKind } from "../../kubelet-sim/facts.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { FactPlace } from "./violation.ts";
import { placeOfFact } from "./violation.ts";

export type MountedVolume = {
  readonly uid: string;
  readonly volume: string;
  readonly kind: VolumeKind;
  readonly files: readonly FileFact[];
  /** Where it was written last. */
  readonly place: FactPlace;
};

export type PodLife = {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** SecretProviderClass of each csi volume. */
  readonly classes: readonly (readonly [volume: string, name: string])[];
  /** Deleted, or over by itself. */
  ending: boolean;
};

export type DriverLife = {
  readonly generation: DriverGeneration;
  readonly rotation: boolean;
  readonly intervalMs: DurationMs;
  readonly startedAt: EpochMs;
};

export type Mounts = {
  /** By node. */
  drivers: Map<string, DriverLife>;
  /** By uid. */
  pods: Map<string, PodLife>;
  /** By `<uid>/<volume>`. */
  volumes: Map<string, MountedVolume>;
  /** `about` of pod statuses as the driver wrote them. */
  statuses: Set<string>;
};

/** A volume with its pod. */
export interface Mount {
  readonly mounted: MountedVolume;
  readonly pod: PodLife;
  readonly driver: DriverLife | null;
}

export function newMounts(): Mounts {
  return {
    drivers: new Map(),
    pods: new Map(),
    volumes: new Map(),
    statuses: new Set(),
  };
}

/** Null for a volume that is not mounted, and for one whose pod no kubelet has. */
export function mountOf(
  { volumes, pods, drivers }: Mounts,
  key: string,
): Mount | null {
  const mounted = volumes.get(key);
  const pod = mounted && pods.get(mounted.uid);
  if (mounted === undefined || pod === undefined) return null;
  return { mounted, pod, driver: drivers.get(pod.node) ?? null };
}

/** Takes in a fact; most change nothing. */
export function followMounts(mounts: Mounts, fact: AnyFact): void {
  const { drivers, pods, volumes } = mounts;
  switch (fact.type) {
    case "csi.driver.started": {
      const { node, version, rotation, rotationPollIntervalMs } = fact.data;
      drivers.set(node, {
        generation: driverGeneration(version),
        rotation,
        intervalMs: rotationPollIntervalMs,
        startedAt: fact.t,
      });
      return;
    }
    case "kubelet.pod.added": {
      const { namespace, name, uid, node } = fact.data;
      const classes = fact.data.volumes
        .filter(({ kind }) => kind === "csi")
        .map((volume) => [volume.name, volume.source] as const);
      pods.set(uid, { namespace, name, node, classes, ending: false });
      return;
    }
    case "kubelet.pod.terminating":
      return endPod(mounts, fact.data.uid);
    case "kubelet.pod.gone":
      pods.delete(fact.data.uid);
      return;
    case "volume.switched":
    case "volume.verified": {
      const { uid, volume, kind, files } = fact.data;
      const place = placeOfFact(fact);
      volumes.set(`${uid}/${volume}`, { uid, volume, kind, files, place });
      return;
    }
    case "volume.unmounted":
      volumes.delete(`${fact.data.uid}/${fact.data.volume}`);
      return;
    case "api.object.created":
    case "api.object.modified":
    case "api.object.deleted":
      return followObject(mounts, fact);
    default:
      return;
  }
}

/** Pods that have ended are not refreshed; a pod status that is not as the driver wrote it may not be, either. */
function followObject(
  mounts: Mounts,
  fact: Extract<
    AnyFact,
    {
      type: "api.object.created" | "api.object.modified" | "api.object.deleted";
    }
  >,
): void {
  const { kind, uid, by, phase, terminating } = fact.data;
  const { statuses } = mounts;
  if (kind === "SecretProviderClassPodStatus") {
    const own = by.endsWith("/csi-driver");
    if (!own || fact.type === "api.object.deleted") statuses.delete(fact.about);
    else if (fact.type === "api.object.created") statuses.add(fact.about);
  } else if (
    kind === "Pod" &&
    (phase === "Succeeded" ||
      phase === "Failed" ||
      terminating === true ||
      fact.type === "api.object.deleted")
  )
    endPod(mounts, uid);
}

function endPod({ pods }: Mounts, uid: string): void {
  const pod = pods.get(uid);
  if (pod !== undefined) pod.ending = true;
}
