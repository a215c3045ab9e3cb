/**
 * How long the driver takes: from a new version in the vault to the files of a CSI volume and to the Secrets made of
 * them, under both generations.
 *
 * Source: csi-driver.md 2.1 to 2.3, 2.6, 5.2 and 5.4 of the reference
 * Simplification: Bounds hold while the vault answers, no request is retried, nothing restarts and no setting changes.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { generationAt, mtimeOf } from "../trace/csi-mounts.ts";
import { spoken } from "../trace/spoken.ts";
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
import { resyncParts } from "./resync-parts.ts";

/** What a bound is asked for: an object that gets a new version at `t`. */
export interface At {
  readonly topology: Topology;
  readonly object: string;
  readonly t: EpochMs;
}

/** Up to when a key of a Secret has a new version: the fastest of the nodes that write it counts. */
export function secretBound(at: At, of: SecretKey): Bound {
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
  return feeders
    .map((volume) => syncedBound(at, volume))
    .reduce((a, b) => (slower(a, b) === a ? b : a));
}

/** Up to when the driver of the volume's node has synced a new version into the Secrets of the volume's class. */
function syncedBound(at: At, volume: MountedVolume): Bound {
  const { topology, t } = at;
  const bound = csiBound(at, volume);
  if (generationAt(topology.index, volume.node, t) === "reconciler")
    return bound;
  const { latency } = topology.index.settingsAt(t);
  const pass = csiVolumesAt(topology.sinks, t)
    .filter(({ node }) => node === volume.node)
    .map((each) => controllerTime(latency, each, topology))
    .reduce((sum, ms) => sum + ms, 0);
  return followedBy(bound, [
    { ms: latency.watch, what: "watch of the pod status" },
    { ms: pass, what: `the controller of ${volume.node}` },
  ]);
}

/** Up to when the driver of the volume's node has asked for, written and (up to 1.5) synced a new version. */
export function csiBound(at: At, volume: MountedVolume): Bound {
  const { topology, object, t } = at;
  const { index } = topology;
  const { addon } = index.settingsAt(t);
  if (isPinned(index, volume.pod, object))
    return never("the object is pinned to an objectVersion");
  if (!addon.enableSecretRotation)
    return never(`enableSecretRotation is false${switchedOn(at)}`);
  const parts =
    generationAt(index, volume.node, t) === "republish"
      ? republishParts(at, volume)
      : reconcilerParts(at, volume);
  return within([...rolloutParts(at, volume), ...parts]);
}

/** Generation A: one interval, then the volume's turn in a pass of its node. */
function reconcilerParts(
  { topology, t }: At,
  volume: MountedVolume,
): BoundPart[] {
  const { index, sinks } = topology;
  const settings = index.settingsAt(t);
  const pass = csiVolumesAt(sinks, t)
    .filter(({ node }) => node === volume.node)
    .map((each) => reconcileTime(settings, each, topology));
  const passTime = pass.reduce((sum, ms) => sum + ms, 0);
  const interval = settings.addon.rotationPollInterval;
  const polls =
    passTime > interval
      ? { ms: passTime, what: "a whole pass, longer than rotationPollInterval" }
      : { ms: interval, what: "rotationPollInterval" };
  const volumes =
    pass.length === 1 ? "its volume" : `its ${pass.length} volumes`;
  const what = `one pass of ${volume.node} over ${volumes}`;
  return [polls, { ms: passTime, what }];
}

/** Generation B: what is left until the mount is old enough, then the next publish of the kubelet, which fetches. */
function republishParts(
  { topology, t }: At,
  { pod, name: volume, ...rest }: MountedVolume,
): BoundPart[] {
  const { index } = topology;
  const { addon, kubelet, latency } = index.settingsAt(t);
  const interval = addon.rotationPollInterval;
  const mtime = mtimeOf(index, { uid: pod.uid, volume }, t);
  const left = mtime === null ? interval : Math.max(mtime + interval - t, 0);
  const young =
    left === 0
      ? []
      : [
          {
            ms: left,
            what: "rotationPollInterval, as far as the mount is younger",
          },
        ];
  const fetch = requestTime(latency, rest);
  return [
    ...young,
    ...resyncParts(kubelet.syncFrequency),
    { ms: fetch + STATUS_CALLS * latency.apiServer, what: "mount" },
  ];
}

/** Calls to the API server for a pod status that is there: create, get, update. */
const STATUS_CALLS = 3;

/** One reconcile of a volume, first request to last write: the requests, the pod status, each Secret. */
function reconcileTime(
  { latency }: Settings,
  volume: MountedVolume,
  topology: Topology,
): DurationMs {
  const writes = 1 + secretsOf(volume, topology);
  return requestTime(latency, volume) + writes * latency.apiServer;
}

/**
 * What a mount asks the vault for: challenge and token, a request for each file, and one to list versions for each
 * object with a history.
 */
function requestTime(
  latency: Settings["latency"],
  { files }: Pick<MountedVolume, "files">,
): DurationMs {
  const held = files ?? [];
  const objects = new Set(held.map((file) => file.object)).size;
  const gets = Math.max(held.length, 1);
  const lists = gets > objects ? objects : 0;
  return (1 + gets + lists) * latency.vault + latency.entra;
}

/** One reconcile of the controller of a driver from 1.6 on: each Secret is created in vain, then replaced. */
function controllerTime(
  { apiServer }: Settings["latency"],
  volume: MountedVolume,
  topology: Topology,
): DurationMs {
  return 2 * secretsOf(volume, topology) * apiServer;
}

/** How many Secrets a volume's class syncs. */
function secretsOf(
  { class: name, pod }: MountedVolume,
  { classes, sinks }: Topology,
): number {
  const keys = classes.get(name);
  return keys === undefined
    ? driverSecretsIn(sinks, pod.namespace)
    : new Set(keys.map(({ secret }) => secret)).size;
}

/** Nothing where the node's driver runs with the settings in force; else the time until all drivers do. */
function rolloutParts(
  { topology, t }: At,
  { node }: MountedVolume,
): BoundPart[] {
  const { index } = topology;
  const { addon } = index.settingsAt(t);
  const driver = index.driverAt(node, t)?.data ?? null;
  const runs =
    driver !== null &&
    driver.rotation &&
    driver.rotationPollIntervalMs === addon.rotationPollInterval;
  if (runs) return [];
  const nodes = index.ofType("world.started")[0]?.data.nodes.length ?? 1;
  const ms = addon.rolloutDelay + nodes * addon.driverRestart;
  return [{ ms, what: "rollout of the new settings" }];
}

/** `; it is switched on 5m later`, where the run did that. */
function switchedOn({ topology, t }: At): string {
  const change = topology.index.ofType("settings.changed").find((fact) => {
    const settings = fact.data.settings as unknown as Settings;
    return fact.t > t && settings.addon.enableSecretRotation;
  });
  return change === undefined
    ? ""
    : `; it is switched on ${spoken(change.t - t)} later`;
}
