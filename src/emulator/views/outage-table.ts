/** What a rotated credential cost, on a terminal: for each database its switches, its pods and their workloads. */
import { parseInstant } from "../../kernel/time.ts";
import type {
  DatabaseOutages,
  PodOutage,
  WorkloadOutage,
} from "../trace/database-outages.ts";
import { spoken } from "../trace/spoken.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  leastWidth,
  palette,
  printable,
  sinceStart,
  wrap,
} from "./terminal.ts";
import { textTable } from "./text-table.ts";

export interface OutageTextOptions extends PrintOptions {
  /** RFC 3339: instants are told as time since then. */
  readonly start: string;
}

const NOTHING = "–";
const TITLES = ["pod", "requests", "refused", "first", "last", "outage"];
/** More pods than this are told by their workloads alone. */
const PODS_TOLD = 12;

/** Lines within `width`, with a final newline; empty where nobody used a database. */
export function outageText(
  outages: readonly DatabaseOutages[],
  options: OutageTextOptions,
): string {
  const width = leastWidth(options.width);
  const { bold, dim } = palette(options.color ?? false);
  const start = parseInstant(options.start)!;
  const since = (at: string | null) =>
    at === null ? NOTHING : sinceStart(parseInstant(at)!, start);
  return outages
    .map(({ database, switches, pods, workloads }) => {
      const rows = pods
        .slice(0, PODS_TOLD)
        .map((pod) => [
          pod.pod,
          String(pod.requests),
          String(pod.refused),
          since(pod.firstRefusedAt),
          since(pod.lastRefusedAt),
          outageCell(pod),
        ]);
      const told = switches.map(
        ({ at, accepts }) =>
          `takes ${accepts.map((v) => `v${v}`).join(" and ")} since ${since(at)}`,
      );
      const [head = "", ...body] = textTable([TITLES, ...rows], width);
      const more = pods.length - PODS_TOLD;
      // A bare pod is its own workload, and has its line above.
      const totals = workloads.filter(({ workload }) =>
        pods.every(({ pod }) => pod !== workload),
      );
      return [
        ...wrap(
          printable([`database ${database}`, ...told].join(", ")),
          width,
        ).map(bold),
        ...(pods.length === 0 ? [] : [dim(head), ...body]),
        ...(more > 0 ? [`${more} more pods`] : []),
        ...totals.flatMap((each) => wrap(totalText(each), width)),
      ];
    })
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function outageCell({ outageMs, open, refused }: PodOutage): string {
  if (refused === 0) return NOTHING;
  return `${spoken(outageMs)}${open ? ", not over" : ""}`;
}

function totalText({ workload, pods, refused, outageMs }: WorkloadOutage) {
  const whose = pods === 1 ? "its pod" : `its ${pods} pods`;
  return refused === 0
    ? `${workload}: no request of ${whose} was refused`
    : `${workload}: ${refused} requests of ${whose} were refused, at most ${spoken(outageMs)} long`;
}
