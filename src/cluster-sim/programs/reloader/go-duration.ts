/**
 * Durations as Go's time.ParseDuration reads them: `5m`, `1.5h`, `1h30m`, `-2s`.
 * Source: golang/go src/time/format.go (ParseDuration); error texts are Go's
 */
import type { DurationMs } from "../../../kernel/time.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../kernel/time.ts";

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
};

const PART = /^(\d*\.?\d*)([^\d.]*)/;

/** Whole milliseconds, rounded down; negative for text with a minus sign. `error` is Go's. */
export function goDuration(
  text: string,
):
  | { readonly ok: true; readonly ms: DurationMs }
  | { readonly ok: false; readonly error: string } {
  const quoted = JSON.stringify(text);
  const invalid = (what: string) => ({
    ok: false as const,
    error: `time: ${what}duration ${quoted}`,
  });
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return { ok: true, ms: 0 };
  if (rest === "") return invalid("invalid ");
  let total = 0;
  while (rest !== "") {
    const [part = "", number = "", unit = ""] = PART.exec(rest)!;
    if (!/\d/.test(number)) return invalid("invalid ");
    if (unit === "") return invalid("missing unit in ");
    const factor = UNITS[unit];
    if (factor === undefined)
      return invalid(`unknown unit ${JSON.stringify(unit)} in `);
    total += Number(number) * factor;
    rest = rest.slice(part.length);
  }
  return { ok: true, ms: sign * Math.floor(total) };
}
