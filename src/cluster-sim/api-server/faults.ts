/**
 * What is wrong with the API server or with the way to it, and for whom: outages, refusals, slowness, watches that break.
 * Functions over plain state. A fault holds from its command up to, but not at, its end.
 *
 * When several faults meet, slowness adds up, a broken connection hides what the server would answer, and of two of a kind
 * the one that began first counts.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { FaultEffect } from "../ports.ts";

export interface ApiFault {
  /** Prefix of the names of those who feel it: `node-0/`, `node-0/kubelet`. Null: everybody, `kubectl` included. */
  readonly callers: string | null;
  readonly effect: FaultEffect;
}

interface ActiveFault extends ApiFault {
  readonly untilMs: EpochMs;
}

interface WatchFault {
  readonly callers: string | null;
  readonly untilMs: EpochMs;
}

export interface FaultState {
  /** In order of their beginning; those that are over go when somebody looks. */
  readonly active: ActiveFault[];
  readonly watches: WatchFault[];
}

export function newFaultState(): FaultState {
  return { active: [], watches: [] };
}

/** Connections are gone: nothing of a request reaches the server. */
export type Unreachable = Extract<FaultEffect, { kind: "drop" | "refuse" }>;
export type Answered = Extract<FaultEffect, { kind: "respond" }>;

/** What a caller's request meets. */
export interface Weather {
  /** Added to every round trip and to every watch event. */
  readonly slowMs: DurationMs;
  /** Null: the server gets the request and answers it. */
  readonly effect: Unreachable | Answered | null;
}

const FINE: Weather = { slowMs: 0, effect: null };

export function addFault(
  state: FaultState,
  fault: ApiFault,
  untilMs: EpochMs,
): void {
  state.active.push({ ...fault, untilMs });
}

export function addWatchFault(
  state: FaultState,
  callers: string | null,
  untilMs: EpochMs,
): void {
  state.watches.push({ callers, untilMs });
}

/** Whether a caller is one of those who feel a fault. */
export function concerns(callers: string | null, caller: string): boolean {
  return callers === null || caller.startsWith(callers);
}

export function weatherFor(
  state: FaultState,
  caller: string,
  now: EpochMs,
): Weather {
  if (state.active.length === 0) return FINE;
  forget(state.active, now);
  let slowMs = 0;
  let unreachable: Unreachable | null = null;
  let answered: Answered | null = null;
  for (const { callers, effect } of state.active) {
    if (!concerns(callers, caller)) continue;
    if (effect.kind === "slow") slowMs += effect.byMs;
    else if (effect.kind === "respond") answered ??= effect;
    else unreachable ??= effect;
  }
  return { slowMs, effect: unreachable ?? answered };
}

/** Whether a caller's watches are held down, though its requests may be answered. */
export function watchesFail(
  state: FaultState,
  caller: string,
  now: EpochMs,
): boolean {
  if (state.watches.length === 0) return false;
  forget(state.watches, now);
  return state.watches.some(({ callers }) => concerns(callers, caller));
}

function forget(faults: { readonly untilMs: EpochMs }[], now: EpochMs): void {
  for (let i = faults.length - 1; i >= 0; i--)
    if (faults[i]!.untilMs <= now) faults.splice(i, 1);
}
