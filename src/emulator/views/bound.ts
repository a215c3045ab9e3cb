/** A bound as a value: a sum of parts, or no bound with its reason. Models no real component. */
import type { DurationMs } from "../../kernel/time.ts";
import { spoken } from "../trace/spoken.ts";

/** One share of a bound: at most `ms`, because of `what`. */
export interface BoundPart {
  readonly ms: DurationMs;
  readonly what: string;
}

/**
 * `within`: the parts add up to `ms`. `atStart`: the sink was not there yet; it begins with the newest version.
 * `unbounded`: it follows, but nothing limits when.
 */
export type Bound =
  | {
      readonly kind: "within";
      readonly ms: DurationMs;
      readonly parts: readonly BoundPart[];
    }
  | {
      readonly kind: "never" | "atStart" | "unbounded";
      readonly reason: string;
    };

/** One line: `at most 3m31.3s: 2m rotationPollInterval + …`, or why not. */
export function boundSentence(bound: Bound): string {
  if (bound.kind === "within") {
    const parts = bound.parts.map(({ ms, what }) => `${spoken(ms)} ${what}`);
    return `at most ${spoken(bound.ms)}: ${parts.join(" + ")}`;
  }
  return bound.kind === "never" ? `never: ${bound.reason}` : bound.reason;
}

export function within(parts: readonly BoundPart[]): Bound {
  const ms = parts.reduce((sum, part) => sum + part.ms, 0);
  return { kind: "within", ms, parts };
}

export function never(reason: string): Bound {
  return { kind: "never", reason };
}

export function atStart(reason: string): Bound {
  return { kind: "atStart", reason };
}

export function unbounded(reason: string): Bound {
  return { kind: "unbounded", reason };
}

/** More parts after a bound; what has no bound gets none by them. */
export function followedBy(bound: Bound, parts: readonly BoundPart[]): Bound {
  return bound.kind === "within" ? within([...bound.parts, ...parts]) : bound;
}

const SLOWNESS = { atStart: 0, within: 1, unbounded: 2, never: 3 } as const;

/** The one that ends later; the first of two alike. */
export function slower(a: Bound, b: Bound): Bound {
  if (a.kind === "within" && b.kind === "within") return b.ms > a.ms ? b : a;
  return SLOWNESS[b.kind] > SLOWNESS[a.kind] ? b : a;
}
