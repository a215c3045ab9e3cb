/** A token bucket, as golang.org/x/time/rate keeps it: updates take their token first and wait until it is there. */
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS } from "../../../kernel/time.ts";
import type { WaveController, WaveOptions } from "./memory.ts";

/** Takes one token; returns how long until it is there, in whole milliseconds. */
export function takeToken(
  bucket: Pick<WaveController, "tokens" | "tokensAt">,
  { updateRate, updateBurst }: Pick<WaveOptions, "updateRate" | "updateBurst">,
  now: EpochMs,
): DurationMs {
  const gained = ((now - bucket.tokensAt) / SECOND_MS) * updateRate;
  bucket.tokens = Math.min(updateBurst, bucket.tokens + gained) - 1;
  bucket.tokensAt = now;
  if (bucket.tokens >= 0) return 0;
  return Math.ceil((-bucket.tokens / updateRate) * SECOND_MS);
}
