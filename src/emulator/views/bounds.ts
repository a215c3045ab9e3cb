/**
 * How long a sink may stay behind the vault after a rotation: the closed form of each hop's longest delay, from the
 * settings in force and the pods there are when the version is set, or `never` with the reason.
 *
 * Source: kubelet.md 3 and csi-driver.md 2.1, 2.2, 2.6, 5.4 of the reference
 * Simplification: Bounds hold while the vault answers, no request is retried, nothing restarts and no setting changes.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
  secretCacheTtl,
} from "../trace/defaults.ts";
import type { SinkName } from "../trace/names.ts";
import { activeAt, existsAt, heldAt } from "../trace/observation.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import { spoken } from "../trace/spoken.ts";
import type { SecretSet } from "../trace/versions.ts";
import { objectOf } from "../trace/versions.ts";
import type { Settings } from "../world/settings.ts";
import type { Bound, BoundPart } from "./bound.ts";
import { atStart, followedBy, never, slower, within } from "./bound.ts";
import type { MountedVolume, SecretKey, Topology } from "./feeders.ts";
import {
  csiVolumesAt,
  driverSecretsIn,
  feedersOf,
  isDriver,
  isPinned,
} from "./feeders.ts";

/** The bound of a sink for the version that `set` made, as things were when it was made. */
export function boundOf(
  topology: Topology,
  sink: SinkName,
  set: SecretSet,
): Bound {
  return boundAt(topology, sink, objectOf(set), set.t);
}

/** The bound of a sink for a version of `object` that comes at `t`. Of several pods the slowest counts. */
export function boundAt(
  topology: Topology,
  sink: SinkName,
  object: string,
  t: EpochMs,
): Bound {
  const at = { topology, object, t };
  if (sink.kind === "secret") return secretBound(at, sink);
  const resolution = topology.sinks.resolve(sink);
  if (!resolution.found) return never(resolution.message);
  const active = activeAt(resolution.tracks, t);
  const tracks =
    active.length > 0
      ? active
      : resolution.tracks.filter((track) => existsAt(track, t));
  if (tracks.length === 0)
    return atStart("the pod was not there; it starts with the newest version");
  return tracks.map((track) => fileBound(at, track)).reduce(slower);
}

/** What a bound is asked for: an object that got a new version at `t`. */
interface At {
  readonly topology: Topology;
  readonly object: string;
  readonly t: EpochMs;
}

function fileBound(at: At, track: SinkTrack): Bound {
  const { topology, t } = at;
  const { pod, place } = track;
  if (pod === null || place === null || heldAt(track, t) === null)
    return atStart("not mounted yet; the mount brings the newest version");
  if (place.pinned)
    return never("a subPath mount keeps the file of the container's start");
  const volume = pod.volumes.find(({ name }) => name === place.volume);
  if (volume?.kind === "secret") {
    const { namespace } = pod;
    const key = keyBehind(at, track, volume.source);
    const secret = secretBound(at, { namespace, secret: volume.source, key });
    return followedBy(secret, refreshParts(topology, t));
  }
  const mounted = csiVolumesAt(topology.sinks, t).find(
    (each) => each.pod === pod && each.name === place.volume,
  );
  return mounted === undefined
    ? never("nothing brings new versions into this volume")
    : csiBound(at, mounted);
}

/** The Secret's key whose content a file holds: `items` may give it another name. */
function keyBehind(
  { topology, object, t }: At,
  { pod, place }: SinkTrack,
  secret: string,
): string {
  const writes = topology.sinks.secretWrites(pod!.namespace, secret);
  const contents = writes.findLast((write) => write.t <= t)?.contents ?? [];
  const same = contents.filter((content) => content.object === object);
  const named = same.find((content) => content.key === place!.path);
  return (named ?? same[0])?.key ?? place!.path;
}

function secretBound(at: At, of: SecretKey): Bound {
  const { topology, t } = at;
  const { index, sinks } = topology;
  const writes = sinks
    .secretWrites(of.namespace, of.secret)
    .filter((write) => write.t <= t);
  const there = (writes.at(-1)?.contents ?? null) !== null;
  const feeders = feedersOf(topology, of, t);
  const { addon } = index.settingsAt(t);
  if (feeders.length > 0 && !addon.syncSecret)
    return never("syncSecret is false, so the driver may not write Secrets");
  if (!there) return atStart("the Secret was not there; a mount creates it");
  if (feeders.length === 0)
    return never(
      writes.some(({ by }) => isDriver(by))
        ? "no pod mounts the volume that syncs the Secret"
        : `the Secret is written by ${writes.at(-1)!.by}, not by the driver`,
    );
  const fastest = feeders
    .map((volume) => csiBound(at, volume))
    .reduce((a, b) => (slower(a, b) === a ? b : a));
  return fastest;
}

/** Up to when the driver of the volume's node has asked for, written and synced a new version. */
function csiBound(at: At, volume: MountedVolume): Bound {
  const { topology, object, t } = at;
  const { index, sinks } = topology;
  const settings = index.settingsAt(t);
  const { addon } = settings;
  if (isPinned(index, volume.pod, object))
    return never("the object is pinned to an objectVersion");
  if (!addon.enableSecretRotation)
    return never(`enableSecretRotation is false${switchedOn(at)}`);
  if (generation(settings) === "republish")
    return within(republishParts(settings, volume, topology));
  const driver = index.driverAt(volume.node, t)?.data ?? null;
  const pass = csiVolumesAt(sinks, t)
    .filter(({ node }) => node === volume.node)
    .map((each) => mountTime(settings, each, topology));
  const passTime = pass.reduce((sum, ms) => sum + ms, 0);
  const interval = addon.rotationPollInterval;
  const polls =
    passTime > interval
      ? { ms: passTime, what: "a whole pass, longer than rotationPollInterval" }
      : { ms: interval, what: "rotationPollInterval" };
  const volumes =
    pass.length === 1 ? "its volume" : `its ${pass.length} volumes`;
  const turn = {
    ms: passTime,
    what: `one pass of ${volume.node} over ${volumes}`,
  };
  const rolled =
    driver !== null &&
    driver.rotation &&
    driver.rotationPollIntervalMs === interval
      ? []
      : [rolloutPart(topology, settings)];
  return within([...rolled, polls, turn]);
}

/** Up to when a Secret that changed is in the volumes that mount it. */
function refreshParts(topology: Topology, t: EpochMs): BoundPart[] {
  const { kubelet, latency } = topology.index.settingsAt(t);
  const read = {
    Watch: { ms: latency.watch, what: "watch" },
    Get: { ms: latency.apiServer, what: "GET" },
    Cache: {
      ms: secretCacheTtl(nodeCount(topology)) + latency.apiServer,
      what: "cached Secret and GET",
    },
  }[kubelet.configMapAndSecretChangeDetectionStrategy];
  return [read, ...resyncParts(kubelet.syncFrequency)];
}

/** The longest time from one sync of a pod to the next refresh of its volumes. */
export function resyncParts(syncFrequency: DurationMs): BoundPart[] {
  const factor = (100 + WORKER_JITTER_PERCENT) / 100;
  return [
    { ms: syncFrequency * factor, what: `${factor} x syncFrequency` },
    { ms: SYNC_TICK_PERIOD_MS, what: "sync ticker" },
    { ms: POPULATOR_PERIOD_MS + RECONCILER_PERIOD_MS, what: "volume loops" },
  ];
}

/** Generation B: a republish at each pod sync, skipped while the mount is younger than the interval. */
function republishParts(
  settings: Settings,
  volume: MountedVolume,
  topology: Topology,
): BoundPart[] {
  const { addon, kubelet, latency } = settings;
  return [
    { ms: addon.rotationPollInterval, what: "rotationPollInterval" },
    ...resyncParts(kubelet.syncFrequency),
    { ms: mountTime(settings, volume, topology), what: "mount" },
    { ms: latency.watch, what: "watch" },
  ];
}

/**
 * One reconcile of a volume, first request to last write: challenge and token, a request for each file (and one to list
 * versions for each object with a history), the pod status, each Secret.
 */
function mountTime(
  { latency }: Settings,
  { files, class: name, pod }: MountedVolume,
  { classes, sinks }: Topology,
): DurationMs {
  const held = files ?? [];
  const objects = new Set(held.map((file) => file.object)).size;
  const gets = Math.max(held.length, 1);
  const lists = gets > objects ? objects : 0;
  const keys = classes.get(name);
  const secrets =
    keys === undefined
      ? driverSecretsIn(sinks, pod.namespace)
      : new Set(keys.map(({ secret }) => secret)).size;
  return (
    (1 + gets + lists) * latency.vault +
    latency.entra +
    (1 + secrets) * latency.apiServer
  );
}

function rolloutPart(topology: Topology, { addon }: Settings): BoundPart {
  const restarts = nodeCount(topology) * addon.driverRestart;
  const ms = addon.rolloutDelay + restarts;
  return { ms, what: "rollout of the new settings" };
}

/** `; switched on 5m later`, where the run did that. */
function switchedOn({ topology, t }: At): string {
  const change = topology.index.ofType("settings.changed").find((fact) => {
    const settings = fact.data.settings as unknown as Settings;
    return fact.t > t && settings.addon.enableSecretRotation;
  });
  return change === undefined
    ? ""
    : ` (it is switched on ${spoken(change.t - t)} later)`;
}

/** Which way of rotation a driver version has; from 1.6.0 on the kubelet republishes. */
function generation({ driver }: Settings): "reconciler" | "republish" {
  const [major = 0, minor = 0] = driver.version.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 6) ? "republish" : "reconciler";
}

function nodeCount({ index }: Topology): number {
  return index.ofType("world.started")[0]?.data.nodes.length ?? 1;
}
