/**
 * What the timeline says of everything it does not tell line by line: quiet polls between two lines, and lines that
 * are alike where there are too many. Models no real component.
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS, formatDuration } from "../../kernel/time.ts";
import { countWithin } from "../trace/fact-index.ts";
import { sinceStart } from "./terminal.ts";
import type { Entry, Tally, TallyKind } from "./timeline-entries.ts";
import {
  FAILED_POLL,
  QUIET_POLL,
  SKIPPED_PUBLISH,
} from "./timeline-entries.ts";
import { counted } from "./timeline-words.ts";

/** A line of the timeline: an entry, or a note on what was folded there. */
export interface Row {
  readonly t: EpochMs;
  readonly entry: Entry | null;
  /** Empty where there is an entry. */
  readonly note: string;
}

export interface FoldOptions {
  readonly start: EpochMs;
  /** Most rows that are wanted. */
  readonly limit: number;
}

/** Quieter times than this are not worth a line; their counts go into the next one. */
export const SHORT_GAP_MS: DurationMs = 10 * SECOND_MS;
/** So many of a kind are told before the rest is folded. */
const TOLD_OF_A_KIND = 2;

/** Entries in order of (t, seq), with a note wherever something was only counted. */
export function rowsOf(
  entries: readonly Entry[],
  tallies: readonly Tally[],
  { start, limit }: FoldOptions,
): Row[] {
  const sorted = [...entries].sort((a, b) => a.t - b.t || a.seq - b.seq);
  const rows =
    sorted.length > limit
      ? wavesOf(sorted).flatMap((wave) => foldAlike(wave, start))
      : sorted.map(told);
  return cutMiddle(withTallies(rows, tallies, start), limit);
}

function told(entry: Entry): Row {
  return { t: entry.t, entry, note: "" };
}

/** Cuts at each instant at which somebody changed something. */
function wavesOf(entries: readonly Entry[]): Entry[][] {
  const waves: Entry[][] = [[]];
  let changedAt = Number.NaN;
  for (const entry of entries) {
    if (entry.tone === "set" && entry.t !== changedAt) {
      changedAt = entry.t;
      waves.push([]);
    }
    waves.at(-1)!.push(entry);
  }
  return waves;
}

/** Tells the first two entries of each kind and counts the others behind them. */
function foldAlike(wave: readonly Entry[], start: EpochMs): Row[] {
  const kinds = new Map<string, { count: number; lastAt: EpochMs }>();
  for (const { kind, t } of wave) {
    const count = (kinds.get(kind)?.count ?? 0) + 1;
    kinds.set(kind, { count, lastAt: t });
  }
  const rows: Row[] = [];
  const toldOf = new Map<string, number>();
  for (const entry of wave) {
    const { kind, t } = entry;
    const so = (toldOf.get(kind) ?? 0) + 1;
    toldOf.set(kind, so);
    if (so > TOLD_OF_A_KIND) continue;
    rows.push(told(entry));
    const { count, lastAt } = kinds.get(kind)!;
    const more = count - TOLD_OF_A_KIND;
    if (so < TOLD_OF_A_KIND || more <= 0) continue;
    const note = `${more} more ${kind}, the last at ${sinceStart(lastAt, start)}`;
    rows.push({ t, entry: null, note });
  }
  return rows;
}

function withTallies(
  rows: readonly Row[],
  tallies: readonly Tally[],
  start: EpochMs,
): Row[] {
  const filled: Row[] = [];
  let from = -Infinity;
  for (const row of [...rows, null]) {
    const to = row?.t ?? Infinity;
    const previous = filled.at(-1)?.t ?? -Infinity;
    if (to - previous >= SHORT_GAP_MS) {
      const note = tallyNote(tallies, from, to);
      if (note !== "")
        filled.push({ t: Math.max(previous, start), entry: null, note });
      from = to;
    }
    if (row !== null) filled.push(row);
  }
  return filled;
}

/** `5 quiet polls, every 2m · kvdemo answers 429 ×3 · events: …`; empty when nothing happened within [from, to). */
function tallyNote(
  tallies: readonly Tally[],
  from: EpochMs,
  to: EpochMs,
): string {
  const sums = sumsOf(tallies, from, to);
  const polls = pollNotes(sums.poll);
  const events = timesOf(sums.event);
  const parts = [...polls, ...timesOf(sums.other)];
  if (events.length > 0) parts.push(`events: ${events.join(", ")}`);
  return parts.join(" · ");
}

/** `3 quiet and 5 skipped polls`, `5 quiet polls, every 2m`, `2 failed polls`. */
function pollNotes(sums: ReadonlyMap<string, Sum>): string[] {
  const quiet = sums.get(QUIET_POLL);
  const skipped = sums.get(SKIPPED_PUBLISH);
  const failed = sums.get(FAILED_POLL);
  const count = skipped?.count ?? 0;
  const both = `quiet and ${counted(count, SKIPPED_PUBLISH)}`;
  const notes: string[] = [];
  if (quiet !== undefined && skipped !== undefined)
    notes.push(`${quiet.count} ${both}${podsText(quiet)}`);
  else if (quiet !== undefined) notes.push(pollNote(QUIET_POLL, quiet));
  else if (skipped !== undefined)
    notes.push(pollNote(SKIPPED_PUBLISH, skipped));
  if (failed !== undefined) notes.push(pollNote(FAILED_POLL, failed));
  return notes;
}

type Sums = Record<TallyKind, Map<string, Sum>>;

function sumsOf(tallies: readonly Tally[], from: EpochMs, to: EpochMs): Sums {
  const sums: Sums = { poll: new Map(), other: new Map(), event: new Map() };
  for (const { kind, label, fact } of tallies) {
    const count = countWithin(fact, from, to);
    if (count === 0) continue;
    let sum = sums[kind].get(label);
    if (sum === undefined) {
      sum = { count: 0, every: new Set(), abouts: new Set() };
      sums[kind].set(label, sum);
    }
    sum.count += count;
    sum.abouts.add(fact.about);
    // Only a ticker has a rhythm.
    if (count > 1 && fact.type.startsWith("csi.rotation."))
      sum.every.add(fact.run!.every);
  }
  return sums;
}

/** `SecretRotationComplete ×5`, sorted. */
function timesOf(sums: ReadonlyMap<string, Sum>): string[] {
  return [...sums]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([label, { count }]) => (count === 1 ? label : `${label} ×${count}`));
}

interface Sum {
  count: number;
  readonly every: Set<DurationMs>;
  readonly abouts: Set<string>;
}

function pollNote(label: string, sum: Sum): string {
  const [interval] = sum.every;
  const rhythm =
    sum.every.size === 1 ? `, every ${formatDuration(interval!)}` : "";
  return counted(sum.count, label) + podsText(sum) + rhythm;
}

function podsText({ abouts }: Sum): string {
  return abouts.size > 1 ? ` for ${abouts.size} pods` : "";
}

/** Where even the folded rows are too many: the first and the last ones, and how many were left out. */
function cutMiddle(rows: readonly Row[], limit: number): Row[] {
  if (rows.length <= limit) return [...rows];
  const head = Math.ceil((limit - 1) / 2);
  const tail = Math.max(limit - 1 - head, 0);
  const left = rows.length - head - tail;
  const t = rows[head]!.t;
  const note = `${left} more lines; all facts are in trace.ndjson (--out)`;
  const end = tail === 0 ? [] : rows.slice(-tail);
  return [...rows.slice(0, head), { t, entry: null, note }, ...end];
}
