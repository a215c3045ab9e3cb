/**
 * All ways to an application side by side, for one rotation: how each hears of the change, how long it took, how long it
 * may take at worst, and what finding out costs. A table for a design document.
 *
 * Source: alternatives.md 1 (comparison matrix), 7.3 (reads per hour) of the reference
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { HOUR_MS, toRfc3339Ms } from "../../kernel/time.ts";
import { appAt } from "../trace/app-history.ts";
import { generationAt } from "../trace/csi-mounts.ts";
import type { DeclaredLane } from "../trace/declared-lane.ts";
import { countWithin } from "../trace/fact-index.ts";
import type { FactIndex } from "../trace/fact-index.ts";
import { laneCaller } from "../trace/callers.ts";
import { wordsOfProduct } from "../trace/lane-products.ts";
import type { SinkName } from "../trace/names.ts";
import { firstSeen } from "../trace/observation.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import type { VersionSet } from "../trace/versions.ts";
import {
  isVersion,
  leadingSets,
  objectOf,
  setsByStep,
  stepOf,
} from "../trace/versions.ts";
import type { Bound } from "./bound.ts";
import { boundOf } from "./bounds.ts";
import type { Topology } from "./feeders.ts";
import type { LaneWords } from "./lane-words.ts";
import { APP_WORDS, SINK_WORDS } from "./lane-words.ts";
import { sourcesOf } from "./volume-sources.ts";

export interface LanesInput extends Topology {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** All lanes for one version that was set. */
export interface LaneTable {
  /** `kvdemo/secrets/password` */
  readonly object: string;
  readonly ordinal: number;
  /** Empty where no step with an id set it. */
  readonly step: string;
  readonly setAt: string;
  readonly lanes: readonly LaneRow[];
}

export interface LaneRow {
  readonly lane: string;
  readonly title: string;
  readonly hears: string;
  /** Null where it has none. */
  readonly everyMs: DurationMs | null;
  /** When its end held this version or a newer one; null when it did not before the end of the run. */
  readonly delayMs: DurationMs | null;
  readonly bound: Bound;
  /**
   * Reads of the vaults in the whole run, by the hour, refused ones too, but not a client's first request without a token,
   * which nobody bills; null where nobody asked for this lane.
   */
  readonly vaultReadsPerHour: number | null;
  readonly refreshes: string;
  readonly restart: string;
}

/** One table for each version that was set after the start of an object that some lane holds; `step`: that one's alone. */
export function laneTables(
  input: LanesInput,
  step: string | null = null,
): LaneTable[] {
  const { index, lanes = [], start } = input;
  if (lanes.length === 0) return [];
  const sets = (
    step === null ? leadingSets(index) : setsByStep(index, step)
  ).filter((set) => set.t > start && concerns(input, set));
  const reads = readsByCaller(index);
  return sets.map((set) => ({
    object: objectOf(set),
    ordinal: set.data.ordinal,
    step: stepOf(index, set),
    setAt: toRfc3339Ms(set.t),
    lanes: lanes.map((lane) => rowOf(input, lane, set, reads)),
  }));
}

function concerns(input: LanesInput, set: VersionSet): boolean {
  const object = objectOf(set);
  return (input.lanes ?? []).some((lane) =>
    tracksOf(input, sinkOf(lane)).some(({ entries }) =>
      entries.some(({ version }) => version?.object === object),
    ),
  );
}

function rowOf(
  input: LanesInput,
  lane: DeclaredLane,
  set: VersionSet,
  reads: ReadonlyMap<string, number>,
): LaneRow {
  const { index, start, end } = input;
  const sink = sinkOf(lane);
  const tracks = tracksOf(input, sink);
  const seen = firstSeen(tracks, set.t, (held) => isVersion(index, set, held));
  const { hears, refreshes, restart } = wordsOf(input, lane, tracks, set.t);
  const callers = new Set(
    lane.kind === null ? tracks.flatMap(podName) : [laneCaller(lane.name)],
  );
  const asked = [...callers].flatMap((caller) => reads.get(caller) ?? []);
  const hours = (end - start) / HOUR_MS;
  return {
    lane: lane.name,
    title: lane.title,
    hears,
    everyMs: everyOf(input, lane, tracks, set.t),
    delayMs: seen === null || seen.t > end ? null : seen.t - set.t,
    bound: boundOf(input, sink, set),
    vaultReadsPerHour:
      asked.length === 0 || hours === 0
        ? null
        : roundToTenth(asked.reduce((sum, count) => sum + count, 0) / hours),
    refreshes,
    restart,
  };
}

/** A product's own end, unless the scenario looks further down its way. */
function sinkOf({ name, sink }: DeclaredLane): SinkName {
  return sink ?? { kind: "lane", lane: name };
}

function tracksOf({ sinks }: LanesInput, sink: SinkName): readonly SinkTrack[] {
  const resolution = sinks.resolve(sink);
  return resolution.found ? resolution.tracks : [];
}

function podName({ pod }: SinkTrack): string[] {
  return pod === null ? [] : [`${pod.namespace}/${pod.name}`];
}

function wordsOf(
  input: LanesInput,
  { kind, sink }: DeclaredLane,
  tracks: readonly SinkTrack[],
  t: EpochMs,
): LaneWords {
  if (kind !== null) return wordsOfProduct(kind);
  const track = tracks.find(({ pod }) => pod !== null) ?? null;
  switch (sink?.kind) {
    case "app": {
      const app = programOf(input, track, t)?.app ?? "";
      return APP_WORDS.get(app) ?? SINK_WORDS.env;
    }
    case "env":
      return isReloaded(input.index, track)
        ? SINK_WORDS.reloader
        : SINK_WORDS.env;
    case "file":
      return fileWords(input, track, t);
    default:
      return SINK_WORDS.secret;
  }
}

function fileWords(
  { index }: LanesInput,
  track: SinkTrack | null,
  t: EpochMs,
): LaneWords {
  const { pod = null, place = null } = track ?? {};
  if (pod === null || place === null) return SINK_WORDS.volume;
  if (place.pinned) return SINK_WORDS.pinned;
  const volume = pod.volumes.find(({ name }) => name === place.volume);
  if (volume !== undefined && sourcesOf(volume).length > 0)
    return SINK_WORDS.volume;
  return SINK_WORDS[generationAt(index, pod.node ?? "", t)];
}

function isReloaded(index: FactIndex, track: SinkTrack | null): boolean {
  const workload = track?.pod?.workload ?? "";
  return index
    .ofType("reloader.reloaded")
    .some(
      ({ data }) =>
        `${data.namespace}/${data.kind.toLowerCase()}/${data.name}` ===
        workload,
    );
}

/** The interval of what hears of the change. */
function everyOf(
  input: LanesInput,
  { name, kind, sink }: DeclaredLane,
  tracks: readonly SinkTrack[],
  t: EpochMs,
): DurationMs | null {
  const { index } = input;
  if (kind !== null) {
    const starts = index.ofType("lane.started");
    const own = starts.findLast(({ data }) => data.lane === name);
    return own?.data.everyMs ?? null;
  }
  const track = tracks.find(({ pod }) => pod !== null) ?? null;
  const settings = index.settingsAt(t);
  switch (sink?.kind) {
    case "app":
      return programOf(input, track, t)?.everyMs ?? null;
    case "file": {
      const words = fileWords(input, track, t);
      if (words === SINK_WORDS.pinned) return null;
      return words === SINK_WORDS.volume
        ? settings.kubelet.syncFrequency
        : settings.addon.rotationPollInterval;
    }
    default:
      return null;
  }
}

function programOf({ sinks }: LanesInput, track: SinkTrack | null, t: EpochMs) {
  const apps = track?.pod == null ? [] : sinks.appsOf(track.pod.uid);
  return appAt(apps, t) ?? apps[0] ?? null;
}

/** By `namespace/pod` or `lane/NAME`. */
function readsByCaller(index: FactIndex): Map<string, number> {
  const reads = new Map<string, number>();
  for (const fact of index.ofType("vault.request")) {
    const { pod, operation } = fact.data;
    if (pod === null || operation === "Authentication") continue;
    const count = countWithin(fact, -Infinity, Infinity);
    reads.set(pod, (reads.get(pod) ?? 0) + count);
  }
  return reads;
}

function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
