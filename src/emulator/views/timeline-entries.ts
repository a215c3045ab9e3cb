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
}

/** What an entry must say; the rest has defaults. */
export type EntryText = Pick<Entry, "kind" | "text"> & Partial<Entry>;

/** What is counted instead of told: `fact` counts once for each of its instances. */
export interface Tally {
  /** `quiet poll`, `failed poll`, or an event's reason. */
  readonly label: string;
  readonly fact: Fact;
}

export const QUIET_POLL = "quiet poll";
export const FAILED_POLL = "failed poll";

/** Gathers entries and tallies as facts come, in any order of time. */
export class EntryLog {
  readonly entries: Entry[] = [];
  readonly tallies: Tally[] = [];
  readonly #failures = new Set<string>();

  /** An entry at the time of the fact, or of its first instance. */
  tell(fact: Fact, actor: Actor, line: EntryText): void {
    const t = fact.run?.first ?? fact.t;
    const { seq } = fact;
    this.entries.push({ t, seq, actor, tone: "plain", ordinal: null, ...line });
  }

  count(label: string, fact: Fact): void {
    this.tallies.push({ label, fact });
  }

  /** The first of several failures with the same `key` is told, the others are counted under `label`. */
  tellOnce(
    fact: Fact,
    { key, label, actor }: { key: string; label: string; actor: Actor },
    line: EntryText,
  ): void {
    if (this.#failures.has(key)) return this.count(label, fact);
    this.#failures.add(key);
    this.tell(fact, actor, { tone: "bad", ...line });
    const rest = withoutFirst(fact);
    if (rest !== null) this.count(label, rest);
  }
}
