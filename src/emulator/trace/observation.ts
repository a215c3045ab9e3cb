/**
 * Reading sink histories: what was held at an instant, and when a version was seen first. An instant is looked at after
 * everything that happened in it.
 *
 * Source: the scenario format, 'What expectations mean'
 * Simplification: A workload whose pods are all terminating sees nothing, as if it had no pod.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { SinkEntry } from "./pod-history.ts";
import type { SinkTrack } from "./sink-history.ts";
import type { SinkVersion } from "./versions.ts";

/** The change in force at `t`; null before the first one. */
export function entryAt(track: SinkTrack, t: EpochMs): SinkEntry | null {
  return track.entries.findLast((entry) => entry.t <= t) ?? null;
}

/** What one sink holds at `t`; null when its file or key is not there, or its pod is not. */
export function heldAt(track: SinkTrack, t: EpochMs): SinkVersion | null {
  return existsAt(track, t) ? (entryAt(track, t)?.version ?? null) : null;
}

/** Whether the pod of a sink exists at `t`. A Secret's history has no end. */
export function existsAt(track: SinkTrack, t: EpochMs): boolean {
  const { pod } = track;
  if (pod === null) return true;
  return pod.since <= t && (pod.goneAt === null || pod.goneAt > t);
}

/** The sinks that count at `t`: those of pods that exist and are not terminating. */
export function activeAt(
  tracks: readonly SinkTrack[],
  t: EpochMs,
): SinkTrack[] {
  return tracks.filter(
    (track) =>
      existsAt(track, t) &&
      (track.pod === null ||
        track.pod.terminatingAt === null ||
        track.pod.terminatingAt > t),
  );
}

/** When a version was seen, and by the last sink that came to hold it. */
export interface Seen {
  readonly t: EpochMs;
  readonly track: SinkTrack;
  readonly entry: SinkEntry;
}

/**
 * The first instant from `since` on at which there is at least one sink that counts, and all that count hold a version
 * that is `wanted`. Null when that never happens.
 */
export function firstSeen(
  tracks: readonly SinkTrack[],
  since: EpochMs,
  wanted: (version: SinkVersion) => boolean,
): Seen | null {
  const states = tracks.map((): TrackState => ({
    counts: false,
    holds: false,
  }));
  let counting = 0;
  let holding = 0;
  for (const [t, changed] of instantsOf(tracks, since)) {
    for (const i of changed) {
      const before = states[i]!;
      const now = stateAt(tracks[i]!, t, wanted);
      counting += Number(now.counts) - Number(before.counts);
      holding += Number(now.holds) - Number(before.holds);
      states[i] = now;
    }
    if (counting === 0 || counting !== holding) continue;
    const last = lastToHold(activeAt(tracks, t), t, wanted);
    if (last !== null) return { t, ...last };
  }
  return null;
}

/** Whether a sink counts at an instant, and if so whether it holds what is wanted. */
interface TrackState {
  readonly counts: boolean;
  readonly holds: boolean;
}

function stateAt(
  track: SinkTrack,
  t: EpochMs,
  wanted: (version: SinkVersion) => boolean,
): TrackState {
  const counts = activeAt([track], t).length > 0;
  const version = counts ? (entryAt(track, t)?.version ?? null) : null;
  return { counts, holds: version !== null && wanted(version) };
}

/** Null unless all hold what is wanted; else the one that came to it last. */
function lastToHold(
  active: readonly SinkTrack[],
  t: EpochMs,
  wanted: (version: SinkVersion) => boolean,
): { track: SinkTrack; entry: SinkEntry } | null {
  let last: { track: SinkTrack; entry: SinkEntry } | null = null;
  for (const track of active) {
    const entry = entryAt(track, t);
    if (entry === null || entry.version === null || !wanted(entry.version))
      return null;
    if (last === null || entry.t > last.entry.t) last = { track, entry };
  }
  return last;
}

/** `since` with every sink, then each later instant with the sinks about which anything changes, rising. */
function instantsOf(
  tracks: readonly SinkTrack[],
  since: EpochMs,
): (readonly [EpochMs, Iterable<number>])[] {
  const instants = new Map<EpochMs, Set<number>>();
  const add = (t: EpochMs | null | undefined, i: number) => {
    if (t == null || t <= since) return;
    const there = instants.get(t);
    if (there === undefined) instants.set(t, new Set([i]));
    else there.add(i);
  };
  for (const [i, { pod, entries }] of tracks.entries()) {
    add(pod?.since, i);
    add(pod?.terminatingAt, i);
    add(pod?.goneAt, i);
    for (const entry of entries) add(entry.t, i);
  }
  const later = [...instants].sort(([a], [b]) => a - b);
  return [[since, tracks.keys()], ...later];
}
