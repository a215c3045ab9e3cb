/** Reads the durations of a `defaults.ts`: name, length, what it is, and where upstream has it. */
import { formatDuration } from "../../src/kernel/time.ts";
import * as time from "../../src/kernel/time.ts";

export interface Timer {
  readonly name: string;
  readonly length: string;
  /** First sentence of the docstring, without its tags. */
  readonly what: string;
  readonly source: string;
}

const CONSTANT =
  /(?:\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*)\*\/\s*)?(?:export )?const (?<name>[A-Z][A-Z0-9_]*)(?:: \w+)? =\s*(?<value>[^;]+);/g;
const UNITS: Readonly<Record<string, unknown>> = { ...time };

export function timersOf(source: string): Timer[] {
  const known = new Map<string, number>();
  const timers: Timer[] = [];
  for (const { groups } of source.matchAll(CONSTANT)) {
    const name = groups!["name"]!;
    const ms = evaluate(groups!["value"]!, known);
    if (ms === null) continue;
    known.set(name, ms);
    if (!name.endsWith("_MS")) continue;
    const doc = (groups!["doc"] ?? "").replace(/^\s*\*\s?/gm, "");
    const [text = "", ...tags] = doc.split(
      /\b(?=(?:Source|Setting|Simplification|Differs|From code alone): )/,
    );
    const tagged = (tag: string) =>
      tags.find((part) => part.startsWith(tag))?.slice(tag.length) ?? "";
    const what = firstSentence(text) || firstSentence(tagged("Setting: "));
    timers.push({
      name,
      length: formatDuration(ms),
      what,
      source: oneLine(tagged("Source: ")),
    });
  }
  return timers;
}

/** Sums and products of numbers and constants; null for anything else. */
function evaluate(
  expression: string,
  known: ReadonlyMap<string, number>,
): number | null {
  const factor = (text: string): number => {
    const word = text.trim();
    if (/^[\d_]+$/.test(word)) return Number(word.replaceAll("_", ""));
    const value = known.get(word) ?? UNITS[word];
    return typeof value === "number" ? value : NaN;
  };
  const sum = expression
    .split("+")
    .map((term) =>
      term
        .split("*")
        .map(factor)
        .reduce((a, b) => a * b, 1),
    )
    .reduce((a, b) => a + b, 0);
  return Number.isInteger(sum) ? sum : null;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

function firstSentence(text: string): string {
  return oneLine(text).replace(/(?<=[^.]\.)\s+[A-Z(][\s\S]*$/, "");
}
