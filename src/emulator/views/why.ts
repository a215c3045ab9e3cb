/**
 * The text of `why`: the causal chain of one observation, hop by hop, each with its delay and its rule, and what a sink
 * that is behind waits for. A pure function of the trace; it shows versions, never values.
 */
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import type { Hop } from "../trace/causality.ts";
import type { SecretProviderClasses } from "../trace/classes.ts";
import type { SinkName } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import { clock, spoken } from "../trace/spoken.ts";
import { formatVersion } from "../trace/versions.ts";
import type { Evidence, WhyChain } from "../trace/why-chain.ts";
import { whyChain } from "../trace/why-chain.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  TERMINAL_WIDTH,
  pad,
  padStart,
  palette,
  printable,
  wrap,
} from "./terminal.ts";
import { waitingFor } from "./waiting.ts";

export interface WhyOptions extends PrintOptions {
  /** Names without one are in this namespace. */
  readonly namespace: string;
  readonly classes: SecretProviderClasses;
}

/** Text with a final newline, no line wider than `width`. `at`: after everything that happened then. */
export function why(
  evidence: Evidence,
  sink: SinkName,
  at: EpochMs,
  options: WhyOptions,
): string {
  return whyText(evidence, whyChain(evidence, sink, at), options);
}

/** The same for a chain that is there already, as a failed expectation has one. */
export function whyText(
  { index, sinks }: Evidence,
  chain: WhyChain,
  options: WhyOptions,
): string {
  const width = Math.max(options.width ?? TERMINAL_WIDTH, NARROWEST);
  const { classes } = options;
  const waits = waitingFor({ index, sinks, classes }, chain);
  const paragraphs = [
    headLines(chain, options, width),
    hopLines(chain, options, width),
    waits.flatMap((sentence) => wrap(printable(sentence), width)),
    otherLines(chain, width),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** Below this the columns of the hops would be cut. */
const NARROWEST = 60;
const CLOCK_WIDTH = "09:02:37.015".length;

function headLines(
  chain: WhyChain,
  { namespace, color = false }: WhyOptions,
  width: number,
): string[] {
  const { sink, at, track, holds, since, missing } = chain;
  const paint = palette(color);
  const name = printable(`${sink.kind} ${formatSink(sink, namespace)}`);
  const day = toRfc3339Ms(at).slice(0, 10);
  const pod = track?.pod ?? null;
  const where =
    pod === null || pod.node === null
      ? ""
      : ` (pod ${pod.name} on ${pod.node})`;
  const state =
    missing !== null
      ? `has no value: ${missing}`
      : holds === null
        ? "has no value"
        : `holds ${formatVersion(holds)} since ${clock(since!)}${ageText(chain)}`;
  return [
    ...wrap(name, width).map((line) => paint.bold(line)),
    ...wrap(printable(`at ${day} ${clock(at)} UTC ${state}${where}`), width),
  ];
}

/** How long after it was set the version arrived. */
function ageText({ hops, since }: WhyChain): string {
  const origin = hops[0];
  if (origin === undefined) return "";
  return `, ${spoken(since! - origin.t)} after it was set`;
}

/** One row a hop: instant, delay, label, and the rule wrapped in its own column. */
function hopLines(
  { hops, at }: WhyChain,
  { color = false }: WhyOptions,
  width: number,
): string[] {
  const paint = palette(color);
  const delays = hops.map((hop, i) =>
    i === 0 ? "" : `+${spoken(hop.delayMs)}`,
  );
  const delayWidth = Math.max(0, ...delays.map((text) => text.length));
  const labelWidth = Math.max(0, ...hops.map((hop) => hop.label.length));
  const indent = 2 + CLOCK_WIDTH + 2 + delayWidth + 2 + labelWidth + 2;
  return hops.flatMap((hop, i) => {
    const [first = "", ...rest] = wrap(printable(hop.rule), width - indent);
    const label = paint.cyan(pad(hop.label, labelWidth));
    const delay = padStart(delays[i]!, delayWidth);
    const lines = [
      `  ${clock(hop.t)}  ${delay}  ${label}  ${first}`,
      ...rest.map((line) => " ".repeat(indent) + line),
    ];
    const day = newDay(hop, hops[i - 1] ?? null, at);
    return day === null ? lines : [`  ${day}`, ...lines];
  });
}

/** The date of a hop where it is not clear: another one than that of the hop before, or of the observation. */
function newDay(hop: Hop, before: Hop | null, at: EpochMs): string | null {
  const day = toRfc3339Ms(hop.t).slice(0, 10);
  return day === toRfc3339Ms(before?.t ?? at).slice(0, 10) ? null : day;
}

function otherLines({ others, track }: WhyChain, width: number): string[] {
  if (others.length === 0 || track?.pod == null) return [];
  const pods =
    others.length === 1 ? "one more pod" : `${others.length} more pods`;
  return wrap(
    `The name stands for ${pods}; ${track.pod.name} is the one that is furthest behind.`,
    width,
  );
}
