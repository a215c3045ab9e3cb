/** What the world remembers of one lane: plain data, for snapshots. */
import type { ContentRef } from "../../kernel/content.ts";
import { invariant } from "../../kernel/errors.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { Stored, TokenClaims } from "../ports.ts";
import type { LaneSpec } from "./lane-spec.ts";

/** The pass under way. */
export interface LanePass {
  readonly trigger: string;
  readonly startedAt: EpochMs;
  /** What made it begin. */
  readonly causes: readonly Cause[];
  /** Which of the product's GETs it is at, from 0. */
  get: number;
  /** Tries of that GET or of the sign-in before it. */
  tries: number;
  calls: number;
  /** What the latest GET brought. */
  content: ContentRef | null;
  /** Where the bytes stand now: the write of the Secret, or the request. */
  from: Cause | null;
  wrote: boolean;
  /** The Secret's version when its write was sent. */
  wroteOver: number;
}

/** A client of the vault: what it knows. */
export interface LaneClient {
  tenantId: string;
  /** Whether it has seen the challenge. */
  challenged: boolean;
  token: TokenClaims | null;
}

export interface LaneRecord {
  readonly spec: LaneSpec;
  /** Null: no passes by itself. */
  readonly everyMs: DurationMs | null;
  /** `seq` of its `lane.started`. */
  readonly started: number;
  /** From when its process's ticker counts. */
  tickerFrom: EpochMs;
  /** So much earlier the first pass is taken to have begun. */
  warmMs: DurationMs;
  running: boolean;
  /** It was asked to fetch while its process was down. */
  missed: boolean;
  /** Tells lives of its process apart. */
  epoch: number;
  /** Tells requests apart: an answer of another turn is nobody's. */
  turn: number;
  /** Queue handle of its next pass by itself; 0: none. */
  due: number;
  /** When a pass that succeeded began; null: none has. */
  refreshedAt: EpochMs | null;
  failures: number;
  /** Why the pass that was asked for last was asked for. */
  asked: readonly Cause[];
  readonly client: LaneClient;
  pass: LanePass | null;
  /** What its end holds. */
  holds: ContentRef | null;
  /** The content that it wrote into its Secret last. */
  written: ContentRef | null;
  /** Its Secret as its watch or its own last request shows it, and the version of that knowledge. */
  target: Stored | null;
  targetVersion: number;
  /** The resourceVersion that it wrote or found in order. */
  knownVersion: number;
  /** Id of its watch; null: none. */
  watch: number | null;
  watchSynced: boolean;
  /** Draws used so far. */
  jitters: number;
  pauses: number;
}

export function newLane(
  spec: LaneSpec,
  of: Pick<LaneRecord, "everyMs" | "started" | "warmMs"> & {
    readonly now: EpochMs;
    readonly tenantId: string;
  },
): LaneRecord {
  const { everyMs, started, warmMs, now, tenantId } = of;
  return {
    spec,
    everyMs,
    started,
    tickerFrom: now - warmMs,
    warmMs,
    running: true,
    missed: false,
    epoch: 0,
    turn: 0,
    due: 0,
    refreshedAt: null,
    failures: 0,
    asked: [],
    client: { tenantId, challenged: false, token: null },
    pass: null,
    holds: null,
    written: null,
    target: null,
    targetVersion: 0,
    knownVersion: 0,
    watch: null,
    watchSynced: false,
    jitters: 0,
    pauses: 0,
  };
}

export function newPass(
  trigger: string,
  startedAt: EpochMs,
  causes: readonly Cause[],
): LanePass {
  return {
    trigger,
    startedAt,
    causes,
    get: 0,
    tries: 0,
    calls: 0,
    content: null,
    from: null,
    wrote: false,
    wroteOver: 0,
  };
}

/** The pass under way, which there must be. */
export function passOf({ pass, spec }: LaneRecord): LanePass {
  invariant(
    pass !== null,
    "NoPass",
    `Failed to go on with lane ${spec.name}: it has no pass under way`,
  );
  return pass;
}

/** What a lane knows of its Secret now; an older form than it knows already changes nothing. `at`: version of a deletion. */
export function noteTarget(
  lane: LaneRecord,
  stored: Stored | null,
  at: number,
): void {
  const version = stored === null ? at : versionOf(stored);
  if (version < lane.targetVersion) return;
  lane.target = stored;
  lane.targetVersion = version;
}

export function versionOf({ object }: Stored): number {
  return Number(object.metadata.resourceVersion);
}
