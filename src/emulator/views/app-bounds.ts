/**
 * How long a program may hold an old value: what it reads must be new first, then it must notice.
 *
 * Source: reloader.md 3.1 to 3.3 and alternatives.md 2.1 to 2.3 of the reference
 */
import type { AppLife } from "../trace/app-history.ts";
import { appAt } from "../trace/app-history.ts";
import { placesOf } from "../trace/file-place.ts";
import { heldAt } from "../trace/observation.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import type { Bound, BoundPart } from "./bound.ts";
import { atStart, followedBy, never, unbounded, within } from "./bound.ts";
import type { At } from "./csi-bounds.ts";

/** The bound of a file that a program reads; its variable and its start are told by `given`. */
export interface AppSources {
  readonly file: (track: SinkTrack) => Bound;
  /** Of what stays as it is until there is a new container. */
  readonly given: (reason: string) => Bound;
}

/** Requests of one pass: challenge and read; .NET lists the vault before it. */
const REQUESTS = { "polls-vault": 2, dotnet: 3, spring: 3 } as const;

export function appBound(
  at: At,
  track: SinkTrack,
  { file, given }: AppSources,
): Bound {
  const { topology, t } = at;
  const { pod } = track;
  const life = pod === null ? null : appAt(topology.sinks.appsOf(pod.uid), t);
  if (pod === null || life === null || heldAt(track, t) === null)
    return atStart(
      "the program does not run yet; it starts with what is there",
    );
  const { app, reads, container } = life;
  const places = placesOf(pod.mounts, container, reads);
  const source = () => {
    const [place] = places;
    if (!reads.startsWith("/") || place === undefined)
      return given(
        "its environment keeps its value until its container is created anew",
      );
    const entries = fileTrack(at, track, life);
    return entries === null ? never(`nothing is at ${reads}`) : file(entries);
  };
  switch (app) {
    case "reads-once":
      return given("the program reads it when it starts, and never again");
    case "reads-each-use":
    case "polls-file":
      return followedBy(source(), everyPart(life));
    case "reloads-on-signal":
      return life.unreached
        ? given("the sidecar's signal does not reach it")
        : followedBy(source(), [latencyPart(at), latencyPart(at)]);
    case "watches-directory":
      return followedBy(source(), [latencyPart(at)]);
    case "watches-file":
    case "watches-data-link":
      return life.deafAt !== null && life.deafAt <= t
        ? given("its watch died with the first change")
        : followedBy(source(), [latencyPart(at)]);
    case "caches-vault":
      return unbounded(
        "it asks the vault when it uses a value that is too old",
      );
    case "refetches-when-refused":
      return unbounded("it asks the vault when the database refuses the value");
    case "polls-vault":
    case "dotnet":
    case "spring":
      return life.deafAt !== null && life.deafAt <= t
        ? given("its timer died with a failed pass")
        : vaultBound(at, life, REQUESTS[app]);
    default:
      return unbounded(`nobody knows how ${app} notices`);
  }
}

/** One interval, then one pass; a pass that began just before looks past the new version, so its end counts, too. */
function vaultBound(
  { topology, t }: At,
  { everyMs, app }: AppLife,
  requests: number,
): Bound {
  if (everyMs === null) return never("it does not ask the vault again");
  const { latency } = topology.index.settingsAt(t);
  const pass = requests * latency.vault + latency.entra;
  const passes = app === "spring" ? 1 : 2;
  return within([
    { ms: everyMs, what: "the program's interval" },
    { ms: passes * pass, what: passes === 1 ? "a pass" : "two passes" },
  ]);
}

function everyPart({ everyMs }: AppLife): BoundPart[] {
  return everyMs === null
    ? []
    : [{ ms: everyMs, what: "the program's interval" }];
}

function latencyPart({ topology, t }: At): BoundPart {
  const { app } = topology.index.settingsAt(t).latency;
  return { ms: app, what: "watch" };
}

/** The history of the file that a program reads. */
function fileTrack(
  { topology }: At,
  { pod }: SinkTrack,
  { reads: path, container }: AppLife,
): SinkTrack | null {
  if (pod === null) return null;
  const { namespace, name } = pod;
  const who = { kind: "pod", namespace, name } as const;
  const found = topology.sinks.resolve({ kind: "file", who, container, path });
  if (!found.found) return null;
  return found.tracks.find((each) => each.pod === pod) ?? null;
}
