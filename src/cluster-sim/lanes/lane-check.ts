/** What a lane may say: the error of one that cannot be, in the words of who declared it. Pure. */
import { formatDuration } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { LaneSpec } from "./lane-spec.ts";
import type { LaneProduct } from "./lane.ts";

/** What cannot be, and in which member of a lane as users write it. */
export interface LaneMistake {
  readonly member: "every" | "target" | "phase" | "jitter" | "refreshPolicy";
  /** A sentence without a full stop. */
  readonly reason: string;
}

/** Null when the product can be declared so. */
export function laneError(spec: LaneSpec, product: LaneProduct): string | null {
  const mistake = laneMistake(spec, product);
  return mistake === null
    ? null
    : `Failed to create lane ${spec.name}: ${mistake.reason}`;
}

/** As above, for whoever knows where the lane is written. */
export function laneMistake(
  spec: LaneSpec,
  product: LaneProduct,
): LaneMistake | null {
  const checks = {
    every: intervalError,
    target: targetError,
    phase: phaseError,
    jitter: jitterError,
    refreshPolicy: policyError,
  };
  for (const [member, check] of Object.entries(checks)) {
    const reason = check(spec, product);
    if (reason !== null)
      return { member: member as LaneMistake["member"], reason };
  }
  return null;
}

/** The interval that counts: null for none, and for 0 where that means never. */
export function intervalOf(
  { everyMs, version, refreshPolicy }: LaneSpec,
  { defaultEveryMs, pinnedOnce, rhythm }: LaneProduct,
): DurationMs | null {
  const interval = everyMs ?? defaultEveryMs;
  const never =
    rhythm === "none" ||
    interval === 0 ||
    (pinnedOnce && version !== null) ||
    (refreshPolicy !== null && refreshPolicy !== "Periodic");
  return never ? null : interval;
}

function intervalError(
  { everyMs }: LaneSpec,
  { title, rhythm, zeroIsNever, minEveryMs, tick, defaultEveryMs }: LaneProduct,
): string | null {
  if (rhythm === "none")
    return everyMs === null
      ? null
      : `${title} has no interval: nothing but a start fetches`;
  if (everyMs === null)
    return defaultEveryMs === null && tick === "interval"
      ? `${title} refreshes secrets only at an interval that is given: every, at least ${formatDuration(minEveryMs)}`
      : null;
  if (everyMs === 0 && zeroIsNever) return null;
  return everyMs < minEveryMs
    ? `every ${formatDuration(everyMs)} is too short for ${title}: at least ${formatDuration(minEveryMs)}`
    : null;
}

function targetError(
  { target }: LaneSpec,
  { title, publishes }: LaneProduct,
): string | null {
  if (publishes === "secret")
    return target === null
      ? `${title} writes a Kubernetes Secret: target is missing`
      : null;
  return target === null
    ? null
    : `${title} writes no Kubernetes Secret: it can have no target`;
}

function phaseError(spec: LaneSpec, product: LaneProduct): string | null {
  const { phaseMs } = spec;
  if (phaseMs === null || phaseMs === 0) return null;
  const interval = intervalOf(spec, product);
  return interval !== null && phaseMs < interval
    ? null
    : `phase ${formatDuration(phaseMs)} is not within ${interval === null ? "an interval: there is none" : formatDuration(interval)}`;
}

function jitterError(
  { jitterMs }: LaneSpec,
  { title, jitters }: LaneProduct,
): string | null {
  return jitterMs > 0 && !jitters ? `${title} has no jitter` : null;
}

function policyError(
  { refreshPolicy }: LaneSpec,
  { title, kind }: LaneProduct,
): string | null {
  return refreshPolicy !== null && kind !== "external-secrets"
    ? `${title} has no refreshPolicy`
    : null;
}
