/** What the real system did wrong in a run, on a terminal: each upstream finding with how often and since when. */
import { parseInstant } from "../../kernel/time.ts";
import type { FindingSummary, Summary } from "./summary.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  leastWidth,
  palette,
  printable,
  sinceStart,
  wrap,
} from "./terminal.ts";

const INDENT = 2;
/** Objects that are named; of the others the number. */
const MOST_OBJECTS = 4;

/** Lines within `width`, with a final newline; empty where upstream did nothing wrong. */
export function findingsText(
  { findings, scenario }: Summary,
  options: PrintOptions = {},
): string {
  if (findings.length === 0) return "";
  const width = leastWidth(options.width);
  const { bold, yellow } = palette(options.color ?? false);
  const start = parseInstant(scenario.start)!;
  const lines = findings.flatMap((finding) => {
    const first = sinceStart(parseInstant(finding.firstAt)!, start);
    const often = finding.count === 1 ? "once" : `${finding.count} times`;
    const head = `${finding.name}: ${often}, first at ${first}${objectsText(finding)}`;
    return [
      ...indented(head, INDENT, width).map(yellow),
      ...[finding.title, finding.reference].flatMap((text) =>
        indented(text, 2 * INDENT, width),
      ),
    ];
  });
  return `${[bold("what upstream does here"), ...lines].join("\n")}\n`;
}

function indented(text: string, by: number, width: number): string[] {
  return text === ""
    ? []
    : wrap(printable(text), width - by).map((line) => " ".repeat(by) + line);
}

function objectsText({ objects }: FindingSummary): string {
  if (objects.length === 0) return "";
  const named = objects.slice(0, MOST_OBJECTS).join(", ");
  const rest = objects.length - MOST_OBJECTS;
  return ` (${named}${rest > 0 ? ` and ${rest} more` : ""})`;
}
