/**
 * What a CSI file and the Secrets made of it wait for: the driver's ticker up to 1.5, the kubelet's publishes from 1.6
 * on; what failed meanwhile, and what is broken now.
 *
 * Source: csi-driver.md 2.1 to 2.3, 5.2 and 5.4 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import { generationAt, lastPublish, mtimeOf } from "../trace/csi-mounts.ts";
import {
  ROTATION_RETRY_MS,
  SECRET_SYNC_REQUEUE_MS,
} from "../trace/defaults.ts";
import type { FactIndex, FactNamed } from "../trace/fact-index.ts";
import { lastInstance } from "../trace/fact-index.ts";
import type { Way } from "../trace/interruptions.ts";
import { interruptionText, interruptionsOf } from "../trace/interruptions.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import { clock, spoken } from "../trace/spoken.ts";
import type { VersionSet } from "../trace/versions.ts";
import { isVersion, objectOf } from "../trace/versions.ts";
import type { MountedVolume, SecretKey, Topology } from "./feeders.ts";
import { feedersOf } from "./feeders.ts";
import { longestResync } from "./resync-parts.ts";
import { essence } from "./timeline-words.ts";

/** `Right now vault kvdemo answers 429 since 09:15:00.000.`: one sentence for each thing that is broken at `at`. */
export function brokenNow(index: FactIndex, at: EpochMs, way: Way): string[] {
  return interruptionsOf(index, way, at, at).map(
    (each) => `Right now ${interruptionText(each, at)}.`,
  );
}

/** The driver has yet to ask, or has asked in vain, or is writing. */
export function fileWaits(
  topology: Topology,
  mounted: MountedVolume,
  newer: VersionSet,
  at: EpochMs,
): string[] {
  const { index } = topology;
  const { pod, node } = mounted;
  const vault = newer.data.vault;
  const asked = askedAt(index, pod, newer, at);
  const failed = lastFailure(index, pod, newer.t, at);
  if (asked !== null && (failed === null || failed.t < asked))
    return [
      `The driver asked for it at ${clock(asked)} and writes the file when its mount is complete.`,
    ];
  const processes = ["csi.driver", "csi.provider", "kubelet"] as const;
  const broken = brokenNow(index, at, { node, vault, api: false, processes });
  return generationAt(index, node, at) === "republish"
    ? [...broken, ...publishWaits(index, mounted, failed, at)]
    : [
        ...broken,
        ...(failed === null ? [] : [reconcileText(failed)]),
        tickText(index, node, at),
      ];
}

/** When a pod asked for a version and got it; null when it has not by `at`. */
function askedAt(
  index: FactIndex,
  pod: PodInstance,
  newer: VersionSet,
  at: EpochMs,
): EpochMs | null {
  const own = `${pod.namespace}/${pod.name}`;
  const object = objectOf(newer);
  const asked = index
    .ofType("vault.request")
    .filter(
      ({ data }) =>
        data.pod === own &&
        data.version === newer.data.version &&
        `${data.vault}/${data.collection}/${data.name}` === object,
    )
    .map((fact) => lastInstance(fact, at))
    .find((instance) => instance !== null);
  return asked?.t ?? null;
}

interface PollFailure {
  readonly t: EpochMs;
  readonly error: string;
}

/** The last poll of a pod within [since, at] that failed, under either generation. */
function lastFailure(
  index: FactIndex,
  { namespace, name }: PodInstance,
  since: EpochMs,
  at: EpochMs,
): PollFailure | null {
  let last: PollFailure | null = null;
  for (const fact of [
    ...index.ofType("csi.rotation.failed"),
    ...index.ofType("csi.publish.masked"),
  ]) {
    const { data } = fact;
    if (data.namespace !== namespace || data.name !== name) continue;
    const t = lastInstance(fact, at)?.t ?? -1;
    if (t >= since && (last === null || t >= last.t))
      last = { t, error: data.error };
  }
  return last;
}

function reconcileText({ t, error }: PollFailure): string {
  return `Its last reconcile failed at ${clock(t)} and is tried again every ${spoken(ROTATION_RETRY_MS)}: ${essence(error)}`;
}

/** The next tick of a node's driver after `at`. */
function tickText(index: FactIndex, node: string, at: EpochMs): string {
  const driver = runningDriver(index, node, at);
  const tick = driver === null ? null : nextTick(driver, at);
  if (driver === null || tick === null)
    return `It waits for the driver of ${node} to start with rotation switched on.`;
  const every = spoken(driver.data.rotationPollIntervalMs);
  return `It waits for the next tick of the driver on ${node} at ${clock(tick)}, one every ${every} (rotationPollInterval).`;
}

/** Null before its first start, and while it is down. */
function runningDriver(
  index: FactIndex,
  node: string,
  at: EpochMs,
): FactNamed<"csi.driver.started"> | null {
  const driver = index.driverAt(node, at);
  const stopped = index
    .ofType("csi.driver.stopped")
    .findLast(({ t, data }) => data.node === node && t <= at);
  return driver === null || (stopped !== undefined && stopped.seq > driver.seq)
    ? null
    : driver;
}

function nextTick(
  { data }: FactNamed<"csi.driver.started">,
  at: EpochMs,
): EpochMs | null {
  const { rotation, firstTickMs, rotationPollIntervalMs } = data;
  if (!rotation || firstTickMs === null) return null;
  if (at < firstTickMs) return firstTickMs;
  const passed = Math.floor((at - firstTickMs) / rotationPollIntervalMs);
  return firstTickMs + (passed + 1) * rotationPollIntervalMs;
}

/** A driver from 1.6 on: the mount must be old enough, then the kubelet's next sync of the pod fetches. */
function publishWaits(
  index: FactIndex,
  { pod, node, name: volume }: MountedVolume,
  failure: PollFailure | null,
  at: EpochMs,
): string[] {
  const { addon, kubelet } = index.settingsAt(at);
  const driver = runningDriver(index, node, at)?.data ?? null;
  if (driver !== null && !driver.rotation)
    return [
      `It waits for the driver of ${node} to start with rotation switched on.`,
    ];
  const interval = driver?.rotationPollIntervalMs ?? addon.rotationPollInterval;
  const id = { uid: pod.uid, volume };
  const last = lastPublish(index, id, at);
  const mtime = mtimeOf(index, id, at);
  const due = mtime === null ? at : mtime + interval;
  const failed =
    failure === null
      ? []
      : [
          `Its last fetch failed at ${clock(failure.t)}; the driver tells its metrics alone, and the next sync of the pod tries again: ${essence(failure.error)}`,
        ];
  const young =
    due > at
      ? [
          `The mount is ${spoken(at - mtime!)} old; until ${clock(due)}, when it has the rotationPollInterval of ${spoken(interval)}, publishes ask for nothing (${spoken(due - at)} left).`,
        ]
      : [];
  const from = Math.max(last?.t ?? at, due);
  const latest = from + longestResync(kubelet.syncFrequency);
  const seen = last === null ? "" : `, at ${clock(last.t)}`;
  return [
    ...failed,
    ...young,
    `It waits for the kubelet's ${young.length > 0 ? "first sync of the pod after that" : "next sync of the pod"}, 1 to 1.5 times the syncFrequency of ${spoken(kubelet.syncFrequency)} after its last one${seen}: by ${clock(latest)} at the latest.`,
  ];
}

/** A Secret waits for the first of the nodes that write it. */
export function secretWaits(
  topology: Topology,
  secret: SecretKey,
  newer: VersionSet,
  at: EpochMs,
): string[] {
  const { index } = topology;
  const feeders = feedersOf(topology, secret, at);
  const [first] = feeders;
  if (first === undefined) return [];
  const which = `v${newer.data.ordinal}`;
  if (generationAt(index, first.node, at) === "republish")
    return controllerWaits(topology, feeders, newer, at);
  const soonest = feeders.reduce((best, each) =>
    tickOf(index, each.node, at) < tickOf(index, best.node, at) ? each : best,
  );
  return [
    `The driver writes ${which} into the Secret in the reconcile that finds it.`,
    tickText(index, soonest.node, at),
  ];
}

function tickOf(index: FactIndex, node: string, at: EpochMs): EpochMs {
  const driver = runningDriver(index, node, at);
  return (driver === null ? null : nextTick(driver, at)) ?? Infinity;
}

/** Generation B: the controller of a node writes what the node's files hold. */
function controllerWaits(
  topology: Topology,
  feeders: readonly MountedVolume[],
  newer: VersionSet,
  at: EpochMs,
): string[] {
  const { index } = topology;
  const which = `v${newer.data.ordinal}`;
  const object = objectOf(newer);
  const ahead = feeders.find((feeder) =>
    (feeder.files ?? []).some(
      (file) => file.object === object && isVersion(index, newer, file),
    ),
  );
  if (ahead !== undefined)
    return [
      `${ahead.node} has ${which} in the files of ${ahead.pod.name}; its controller replaces the Secret when the pod status changes, ${spoken(SECRET_SYNC_REQUEUE_MS)} after its last time, or when its driver starts.`,
    ];
  return [
    `The controller of the first node whose files have ${which} writes it into the Secret, when the pod status tells of it.`,
    ...fileWaits(topology, feeders[0]!, newer, at),
  ];
}
