/**
 * What one product is as a lane, in the shape that fits all of them: trigger -> fetch -> publish -> consume. Pure data and
 * functions; `lanes.ts` runs them, one file a product says what its own are.
 *
 * Source: alternatives.md 7.1
 * Simplification: The versions of Go and of the SDK in the user agents of lanes, and their api-versions, are those of about 2026 and of no certain build.
 */
import type { DurationMs } from "../../kernel/time.ts";
import type { LaneKind } from "./lane-spec.ts";

/** What people are told about a product. */
export interface LaneProductInfo {
  readonly kind: LaneKind;
  readonly title: string;
  /** How it hears of a change, in a few words. */
  readonly hears: string;
  /** Null: it has no interval, or none by default. */
  readonly defaultEveryMs: DurationMs | null;
  readonly publishes: "secret" | "environment" | "memory";
  /** What becomes new. */
  readonly refreshes: string;
  /** Whether a pod that consumes it has to start anew. */
  readonly podRestart: string;
  /** From a write into the vault to that place, without the time of a pass; null: no bound. */
  worstDelay(everyMs: DurationMs | null): DurationMs | null;
  /** Reads of one secret while nothing changes, without unauthenticated first requests; null: as often as it is used or started. */
  readsPerHour(everyMs: DurationMs | null): number | null;
}

export interface LaneProduct extends LaneProductInfo {
  /**
   * `ticker`: at fixed instants from the start of its process on, whatever a pass does. `since-start`: so long after the
   * start of the last pass that succeeded. `none`: never by itself.
   */
  readonly rhythm: "ticker" | "since-start" | "none";
  /** Of `since-start`: whether a pass that something else asked for moves the next one, too. */
  readonly anyPassShifts: boolean;
  /** Of `since-start`: least time from the end of a pass to the next that is due. */
  readonly leastWaitMs: DurationMs;
  /** Whether `every` may be 0, and then means never again. */
  readonly zeroIsNever: boolean;
  /** Least `every`. */
  readonly minEveryMs: DurationMs;
  /** What a pass of its rhythm is called in facts. */
  readonly tick: "interval" | "use";
  /** What `refresh` is called in facts; null: nothing makes it fetch sooner. */
  readonly refresh: "forced" | "use" | null;
  /** Whether it takes a random time before each pass but the first. */
  readonly jitters: boolean;
  /**
   * Its GETs, one after the other, each with what follows it. `hold`: memory or environment take it. `if-hash-differs`: the
   * Secret is written when the value is not the one that it wrote last, without a look at the Secret. `if-target-differs`:
   * when the Secret is not as it should be.
   */
  readonly gets: readonly ("hold" | "if-hash-differs" | "if-target-differs")[];
  /** Whether a version that is pinned is fetched only once. */
  readonly pinnedOnce: boolean;
  /** Whether a change or deletion of its Secret by somebody else makes it fetch and write at once. */
  readonly watches: "no" | "validity" | "resourceVersion";
  /** Whether every key of its Secret is its own: others are removed. */
  readonly ownsData: boolean;
  /** A start of its process: fetches, fetches only what is overdue, or leaves everything as it is. */
  readonly restart: "fetches" | "if-due" | "nothing";
  /** Whether uses fail while its process is down. */
  readonly neededForUse: boolean;
  readonly sdk: "azsecrets" | "autorest";
  /** How long a client of the vault lives: its first request has no token (azsecrets). */
  readonly client: "get" | "pass" | "process";
  /** How long a token is kept. */
  readonly token: "pass" | "process";
  readonly identity: "workload" | "managed";
  /** `namespace/name` */
  readonly serviceAccount: string;
  readonly apiVersion: string;
  readonly userAgent: string;
  /** Of its Secret; `dataHash` is the hash of its data. */
  labels(): Readonly<Record<string, string>>;
  annotations(dataHash: string): Readonly<Record<string, string>>;
  /**
   * Until it tries again by itself; null: not before its next interval. `failures`: passes in a row that failed, this one
   * among them, 1 and more.
   */
  retry(failures: number): DurationMs | null;
}

/** Nothing beside the data. */
export const none = (): Readonly<Record<string, string>> => ({});

/** `first`, doubled with each failure, up to `longest`. */
export function doubling(
  first: DurationMs,
  longest: DurationMs,
  failures: number,
): DurationMs {
  return Math.min(first * 2 ** (failures - 1), longest);
}

/** GETs per hour of one each so long. */
export function perHour(
  everyMs: DurationMs | null,
  hourMs: DurationMs,
  gets = 1,
): number | null {
  if (everyMs === null) return null;
  return everyMs === 0 ? 0 : (gets * hourMs) / everyMs;
}
