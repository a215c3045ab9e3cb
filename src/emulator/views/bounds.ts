/**
 * How long a sink may stay behind the vault after a rotation: the closed form of each hop's longest delay, from the
 * settings in force and the pods there are when the version is set, or `never` with the reason.
 *
 * Source: kubelet.md 3, 4.4, 4.5 and 5 of the reference; the driver's part in `csi-bounds.ts`
 */
import type { EpochMs } from "../../kernel/time.ts";
import { secretCacheTtl } from "../trace/defaults.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { SinkName } from "../trace/names.ts";
import { activeAt, existsAt, heldAt } from "../trace/observation.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import type { VersionSet } from "../trace/versions.ts";
import { objectOf, versionsOf } from "../trace/versions.ts";
import { appBound } from "./app-bounds.ts";
import type { Bound, BoundPart } from "./bound.ts";
import { atStart, followedBy, never, slower, unbounded } from "./bound.ts";
import type { At } from "./csi-bounds.ts";
import { csiBound, secretBound } from "./csi-bounds.ts";
import type { Topology } from "./feeders.ts";
import { laneBehind, laneBound } from "./lane-bounds.ts";
import { csiVolumesAt } from "./feeders.ts";
import { resyncParts } from "./resync-parts.ts";
import { secretBehind, sourcesOf } from "./volume-sources.ts";

/** The bound of a sink for the version that `set` made, as things were when it was made. */
export function boundOf(
  topology: Topology,
  sink: SinkName,
  set: VersionSet,
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
  if (sink.kind === "secret")
    return laneBehind(at, sink) ?? secretBound(at, sink);
  if (sink.kind === "lane") return laneBound(at, sink.lane);
  const resolution = topology.sinks.resolve(sink);
  if (!resolution.found) return never(resolution.message);
  const active = activeAt(resolution.tracks, t);
  const tracks =
    active.length > 0
      ? active
      : resolution.tracks.filter((track) => existsAt(track, t));
  if (tracks.length === 0)
    return atStart("the pod was not there; it starts with the newest version");
  return tracks.map((track) => trackBound(at, sink, track)).reduce(slower);
}

/** Why what a container was given at its creation does not follow. */
const GIVEN = {
  env: "an environment variable keeps its value until its container is created anew",
  file: "a subPath mount keeps its file until its container is created anew",
} as const;

function trackBound(at: At, sink: SinkName, track: SinkTrack): Bound {
  if (sink.kind === "app")
    return appBound(at, track, {
      file: (file) => fileOrGiven(at, file),
      given: (reason) => untilRestart(at, track, reason),
    });
  if (sink.kind !== "env") return fileOrGiven(at, track);
  return givenBound(at, track, GIVEN.env);
}

function fileOrGiven(at: At, track: SinkTrack): Bound {
  return track.place?.pinned === true
    ? givenBound(at, track, GIVEN.file)
    : fileBound(at, track);
}

function givenBound(at: At, track: SinkTrack, reason: string): Bound {
  return heldAt(track, at.t) === null
    ? atStart(
        "no container had it then; it gets what is there when it is created",
      )
    : untilRestart(at, track, reason);
}

/** What only a new container changes: it never follows, unless something in the cluster makes new pods for it. */
function untilRestart(at: At, track: SinkTrack, why: string): Bound {
  const { topology, t } = at;
  const workload = track.pod?.workload ?? "";
  const { index } = topology;
  const patched = (fact: FactNamed<"reloader.reloaded" | "wave.updated">) =>
    fact.t >= t &&
    workload ===
      `${fact.data.namespace}/${fact.data.kind.toLowerCase()}/${fact.data.name}`;
  // What is installed only later does nothing for this version.
  const ran = (fact: FactNamed<"reloader.started" | "wave.started">) =>
    fact.t <= t;
  const reload = index.ofType("reloader.reloaded").find(patched);
  if (reload !== undefined && index.ofType("reloader.started").some(ran))
    return wasMissed(at, reload)
      ? never(
          "Reloader did not see the Secret change, and looks at no old change",
        )
      : unbounded("Reloader makes new pods, and nothing limits a rollout");
  const updates = index.ofType("wave.updated").some(patched);
  if (updates && index.ofType("wave.started").some(ran))
    return unbounded("Wave makes new pods, and nothing limits a rollout");
  return never(why);
}

/** Whether the Secret had the version of `at` before the write that Reloader acted on, and then a newer one. */
function wasMissed(
  { topology, object, t }: At,
  reload: FactNamed<"reloader.reloaded">,
): boolean {
  const { index } = topology;
  const set = versionsOf(index, object).findLast((each) => each.t <= t);
  const [cause] = reload.causes;
  const seen = cause === undefined ? null : index.resolve(cause)?.fact;
  if (set === undefined || seen?.type !== "api.object.modified") return false;
  const has = ({ data }: FactNamed<"api.object.modified">) =>
    data.contents?.some(
      (content) =>
        content.object === object && content.version === set.data.version,
    ) === true;
  const isOlder = (write: FactNamed<"api.object.modified">) =>
    write.about === seen.about && write.seq < seen.seq && has(write);
  return (
    !has(seen as FactNamed<"api.object.modified">) &&
    index.ofType("api.object.modified").some(isOlder)
  );
}

function fileBound(at: At, track: SinkTrack): Bound {
  const { topology, t } = at;
  const { pod, place } = track;
  if (pod === null || place === null || heldAt(track, t) === null)
    return atStart("not mounted yet; the mount brings the newest version");
  const volume = pod.volumes.find(({ name }) => name === place.volume);
  if (volume !== undefined && sourcesOf(volume).length > 0) {
    const key = secretBehind(topology, at, pod, volume, place.path);
    return key === null
      ? never("no Secret behind this volume has the object")
      : followedBy(
          laneBehind(at, key) ?? secretBound(at, key),
          refreshParts(topology, t),
        );
  }
  const mounted = csiVolumesAt(topology.sinks, t).find(
    (each) => each.pod === pod && each.name === place.volume,
  );
  return mounted === undefined
    ? never("nothing brings new versions into this volume")
    : csiBound(at, mounted);
}

/** Up to when an API object that changed is in the volumes that mount it. */
function refreshParts(topology: Topology, t: EpochMs): BoundPart[] {
  const { index } = topology;
  const { kubelet, latency } = index.settingsAt(t);
  const nodes = index.ofType("world.started")[0]?.data.nodes.length ?? 1;
  const read = {
    Watch: { ms: latency.watch, what: "watch" },
    Get: { ms: latency.apiServer, what: "GET" },
    Cache: {
      ms: secretCacheTtl(nodes) + latency.apiServer,
      what: "cached Secret and GET",
    },
  }[kubelet.configMapAndSecretChangeDetectionStrategy];
  return [read, ...resyncParts(kubelet.syncFrequency)];
}
