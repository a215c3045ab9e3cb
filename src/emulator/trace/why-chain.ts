/**
 * What one sink holds at an instant, and the causes behind it: the answer of `why` before it becomes text, and the
 * explanation of a failed expectation.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Hop } from "./causality.ts";
import { chainOf } from "./causality.ts";
import type { FactIndex } from "./fact-index.ts";
import type { SinkName } from "./names.ts";
import { activeAt, entryAt, existsAt } from "./observation.ts";
import type { PodInstance } from "./pod-history.ts";
import type { SinkHistory, SinkTrack } from "./sink-history.ts";
import type { VersionSet, SinkVersion } from "./versions.ts";
import { newestAt, versionsOf } from "./versions.ts";

/** What explanations are made from. */
export interface Evidence {
  readonly index: FactIndex;
  readonly sinks: SinkHistory;
}

export interface WhyChain {
  readonly sink: SinkName;
  readonly at: EpochMs;
  /** The instance that is explained: of several, the one that is furthest behind. Null for a Secret. */
  readonly track: SinkTrack | null;
  /** Others that the name stands for at that instant. */
  readonly others: readonly PodInstance[];
  /** Null when there is no value. */
  readonly holds: SinkVersion | null;
  readonly since: EpochMs | null;
  /** From the origin to the sink; empty when it holds nothing. */
  readonly hops: readonly Hop[];
  /** The vault's newest version at `at`, when the sink holds an older one of its object. */
  readonly newer: VersionSet | null;
  /** Why the name stands for nothing; null when it stands for something. */
  readonly missing: string | null;
}

/** Explains a sink as it is after everything that happened at `at`. */
export function whyChain(
  { index, sinks }: Evidence,
  sink: SinkName,
  at: EpochMs,
): WhyChain {
  const resolution = sinks.resolve(sink);
  const tracks = resolution.found ? candidates(resolution.tracks, at) : [];
  const track = furthestBehind(index, tracks, at);
  const none = { track, others: [], holds: null, since: null, hops: [] };
  if (track === null) {
    const missing = resolution.found
      ? "it does not exist at that time"
      : resolution.message;
    return { sink, at, ...none, newer: null, missing };
  }
  const others = tracks.flatMap(({ pod }) =>
    pod !== null && pod !== track.pod ? [pod] : [],
  );
  const entry = entryAt(track, at);
  const holds = entry?.version ?? null;
  const since = entry?.t ?? null;
  const hops =
    entry === null || holds === null ? [] : chainOf(index, entry.cause, holds);
  const newer = newerThan(index, holds, at);
  return { sink, at, track, others, holds, since, hops, newer, missing: null };
}

/** Those that count at the instant, else those that exist. */
function candidates(
  tracks: readonly SinkTrack[],
  at: EpochMs,
): readonly SinkTrack[] {
  const active = activeAt(tracks, at);
  return active.length > 0
    ? active
    : tracks.filter((track) => existsAt(track, at));
}

/** The one with the oldest version, of several such the one that came to it last. */
function furthestBehind(
  index: FactIndex,
  tracks: readonly SinkTrack[],
  at: EpochMs,
): SinkTrack | null {
  let last: SinkTrack | null = null;
  let lastRank: readonly [number, number] = [0, 0];
  for (const track of tracks) {
    const entry = entryAt(track, at);
    const rank = [ageRank(index, entry?.version ?? null), -(entry?.t ?? 0)];
    const [age, t] = rank as [number, number];
    if (
      last === null ||
      age < lastRank[0] ||
      (age === lastRank[0] && t < lastRank[1])
    ) {
      last = track;
      lastRank = [age, t];
    }
  }
  return last;
}

/** Rises with newer versions; nothing at all is oldest. */
function ageRank(index: FactIndex, version: SinkVersion | null): number {
  if (version === null) return -1;
  const order = versionsOf(index, version.object);
  const at = order.findIndex((set) => set.data.version === version.version);
  return at < 0 ? version.ordinal - 1 : at;
}

function newerThan(
  index: FactIndex,
  holds: SinkVersion | null,
  at: EpochMs,
): VersionSet | null {
  if (holds === null) return null;
  const newest = newestAt(index, holds.object, at);
  return newest === null || newest.data.version === holds.version
    ? null
    : newest;
}
