/**
 * What the timeline is made of: entries (told one by one) and tallies (counted). Models no real component.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { SinkVersion } from "../trace/versions.ts";
import type { Actor } from "./timeline-words.ts";
import { withoutFirst } from "./timeline-words.ts";

export type Tone = "set" | "found" | "changed" | "plain" | "bad";

/** One line of the timeline, before it is laid out. */
export interface Entry {
  readonly t: EpochMs;
  readonly seq: number;
  readonly actor: Actor;
  readonly tone: Tone;
  /** What entries of this kind are called when many of them are folded into one line. */
  readonly kind: string;
  /** Shown as v1, v2; null where the line is about no single version. */
  readonly ordinal: number | null;
  readonly text: string;
  /** Stands after `text`; loses its start when room is short, since the end of a name tells more. */
  readonly place?: string;
  /** Stands right behind `place`. */
  readonly after?: string;
  /** Whose value may be shown after the text. */
  readonly version?: SinkVersion;
  /** A long explanation, laid out over lines of its own. */
  readonly detail?: string;
  /** Whether `text` goes on below where it is too long, instead of being cut. */
  readonly wraps?: boolean;
  /** Lines that stand below as they are, each cut to the width. */
  readonly lines?: readonly string[];
}

/** What an entry must say; the rest has defaults. */
export type EntryText = Pick<Entry, "kind" | "text"> & Partial<Entry>;

/** What is counted instead of told: `fact` counts once for each of its instances. */
export interface Tally {
  readonly kind: TallyKind;
  /** `quiet poll`, `kvdemo answers 429`, or an event's reason. */
  readonly label: string;
  readonly fact: Fact;
}

/** In the order in which a note names them. Polls have a rhythm, events stand together. */
export type TallyKind = "poll" | "other" | "event";

export const QUIET_POLL = "quiet poll";
export const FAILED_POLL = "failed poll";
/** A driver from 1.6 on that is called while the mount is young. */
export const SKIPPED_PUBLISH = "skipped poll";

/** Failures of one kind at more places than this are counted. */
const PLACES_TOLD = 2;

/** What of a failure tells it from others, and how it is counted. */
export interface Failure {
  /** Where and why. */
  readonly key: string;
  /** Why alone. */
  readonly why: string;
  readonly label: string;
  readonly actor: Actor;
  readonly kind?: TallyKind;
}

/** Gathers entries and tallies as facts come, in any order of time. */
export class EntryLog {
  readonly entries: Entry[] = [];
  readonly tallies: Tally[] = [];
  readonly #failures = new Set<string>();
  /** How many places of each kind of failure were told. */
  readonly #places = new Map<string, number>();

  /** An entry at the time of the fact, or of its first instance. */
  tell(fact: Fact, actor: Actor, line: EntryText): void {
    this.open(fact, actor, line);
  }

  /** An entry of which more is known later; returns its position. */
  open(fact: Fact, actor: Actor, line: EntryText): number {
    const t = fact.run?.first ?? fact.t;
    const { seq } = fact;
    const base = { t, seq, actor, tone: "plain", ordinal: null } as const;
    return this.entries.push({ ...base, ...line }) - 1;
  }

  /** Adds to an entry, or replaces parts of it. */
  amend(position: number, parts: Partial<Entry>): void {
    this.entries[position] = { ...this.entries[position]!, ...parts };
  }

  count(label: string, fact: Fact, kind: TallyKind = "event"): void {
    this.tallies.push({ kind, label, fact });
  }

  /**
   * The first of several failures with the same `key` is told, the others are counted under `label`. Failures of the same
   * kind at other places (another pod, the same `why`) are told with their explanation, then without, then counted, too.
   */
  tellOnce(fact: Fact, failure: Failure, line: EntryText): void {
    const { key, why, label, actor, kind = "event" } = failure;
    const places = this.#places.get(why) ?? 0;
    if (this.#failures.has(key) || places >= PLACES_TOLD)
      return this.count(label, fact, kind);
    this.#failures.add(key);
    this.#places.set(why, places + 1);
    const { detail, ...short } = line;
    const told = places > 0 || detail === undefined ? short : line;
    this.tell(fact, actor, { tone: "bad", ...told });
    const rest = withoutFirst(fact);
    if (rest !== null) this.count(label, rest, kind);
  }
}
