/** How the delays of one scenario are distributed over many seeds: quantiles of each sink, as data and as a table. */
import type { DurationMs } from "../../kernel/time.ts";
import { HOUR_MS, MINUTE_MS } from "../../kernel/time.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  TERMINAL_WIDTH,
  pad,
  padStart,
  palette,
  printable,
  truncateStart,
  wrap,
} from "./terminal.ts";

/** The delays of one rotation and sink, one for each seed that saw it. */
export interface DelaySample {
  readonly rotation: string;
  readonly kind: string;
  readonly sink: string;
  readonly delays: DurationMs[];
  /** Seeds under which the sink never saw the rotation. */
  readonly unseen: number;
}

export interface DelayDistribution {
  readonly rotation: string;
  readonly kind: string;
  readonly sink: string;
  readonly seen: number;
  readonly unseen: number;
  /** Null when no seed saw it. Milliseconds; the mean is rounded. */
  readonly delayMs: {
    readonly min: number;
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  } | null;
}

export interface DistributionReport {
  readonly scenario: string;
  readonly from: number;
  readonly to: number;
  readonly delays: readonly DelayDistribution[];
  readonly failures: readonly {
    readonly seed: number;
    readonly names: readonly string[];
  }[];
}

export function distribution(input: {
  readonly scenario: string;
  readonly from: number;
  readonly to: number;
  readonly samples: readonly DelaySample[];
  readonly failures: DistributionReport["failures"];
}): DistributionReport {
  const { samples, ...rest } = input;
  return { ...rest, delays: samples.map(distributionOf) };
}

function distributionOf(sample: DelaySample): DelayDistribution {
  const { rotation, kind, sink, unseen } = sample;
  const sorted = [...sample.delays].sort((a, b) => a - b);
  const seen = sorted.length;
  const head = { rotation, kind, sink, seen, unseen };
  if (seen === 0) return { ...head, delayMs: null };
  const quantile = (percent: number) =>
    sorted[Math.min(seen - 1, Math.floor((percent * seen) / 100))]!;
  const sum = sorted.reduce((total, ms) => total + ms, 0);
  return {
    ...head,
    delayMs: {
      min: sorted[0]!,
      mean: Math.round(sum / seen),
      p50: quantile(50),
      p90: quantile(90),
      p99: quantile(99),
      max: sorted[seen - 1]!,
    },
  };
}

const COLUMNS = ["min", "mean", "p50", "p90", "p99", "max"] as const;
const COLUMN_WIDTH = 9;
const MOST_FAILURES = 10;

/** Lines within `width`, with a final newline. */
export function distributionText(
  report: DistributionReport,
  options: PrintOptions = {},
): string {
  const width = options.width ?? TERMINAL_WIDTH;
  const { bold, dim, red } = palette(options.color ?? false);
  const { scenario, from, to, delays, failures } = report;
  const count = to - from + 1;
  const lines = [
    bold(printable(`${scenario}: ${count} seeds, ${from} to ${to}`)),
  ];
  const room = width - COLUMNS.length * COLUMN_WIDTH - 2;
  for (const rotation of new Set(delays.map((delay) => delay.rotation))) {
    lines.push("", printable(`delays from ${rotation} to`));
    lines.push(
      dim(
        `  ${pad("", room)}${COLUMNS.map((c) => padStart(c, COLUMN_WIDTH)).join("")}`,
      ),
    );
    for (const delay of delays.filter((d) => d.rotation === rotation)) {
      const name = pad(truncateStart(printable(delay.sink), room), room);
      const { delayMs, unseen } = delay;
      lines.push(
        delayMs === null
          ? `  ${name}${padStart("never", COLUMN_WIDTH)}`
          : `  ${name}${COLUMNS.map((c) => padStart(tenths(delayMs[c]), COLUMN_WIDTH)).join("")}`,
      );
      if (delayMs !== null && unseen > 0)
        lines.push(dim(`  ${pad("", room)}  not seen under ${unseen} seeds`));
    }
  }
  lines.push("");
  if (failures.length === 0)
    lines.push(`every expectation held under all ${count} seeds`);
  else {
    lines.push(red(`expectations failed under ${failures.length} seeds`));
    for (const { seed, names } of failures.slice(0, MOST_FAILURES))
      lines.push(
        ...wrap(printable(`seed ${seed}: ${names.join("; ")}`), width - 2).map(
          (line) => `  ${line}`,
        ),
      );
    if (failures.length > MOST_FAILURES)
      lines.push(`  … and ${failures.length - MOST_FAILURES} more`);
  }
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const TENTH_MS = 100;
const TENTHS_PER_SECOND = 10;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/** To a tenth of a second, `1m49.3s`, and from an hour on to a minute, `6h31m`: a table of many seeds pretends no more. */
function tenths(ms: DurationMs): string {
  if (ms >= HOUR_MS) {
    const all = Math.round(ms / MINUTE_MS);
    const hours = Math.floor(all / MINUTES_PER_HOUR);
    return `${hours}h${String(all % MINUTES_PER_HOUR).padStart(2, "0")}m`;
  }
  const all = Math.round(ms / TENTH_MS);
  const tenth = all % TENTHS_PER_SECOND;
  const seconds = Math.floor(all / TENTHS_PER_SECOND);
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  const rest = `${seconds % SECONDS_PER_MINUTE}.${tenth}s`;
  return minutes === 0 ? rest : `${minutes}m${rest.padStart(5, "0")}`;
}
