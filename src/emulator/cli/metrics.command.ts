/** `keyturn metrics FILE`: what the metrics endpoints of the cluster's processes answer at an instant of a scenario. */
import { KeyturnError } from "../../kernel/errors.ts";
import { didYouMean, listNames } from "../profiles/input/nearest-name.ts";
import type { MetricsEndpoint } from "../views/metrics.ts";
import { METRICS_ENDPOINTS, Metrics } from "../views/metrics.ts";
import type { Choice } from "./chosen-scenario.ts";
import { loadOne } from "./chosen-scenario.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import { instantOf, playedUntil } from "./instant.ts";
import type { TerminalIo } from "./terminal-io.ts";

/** Its endpoint is its pods', not a node's. */
export const RELOADER = "reloader";

export interface MetricsOptions extends Choice {
  /** From the scenario's start, or RFC 3339; default: the end. */
  readonly at?: string;
  readonly node?: string;
  readonly of?: MetricsEndpoint | typeof RELOADER;
  readonly seed?: number;
}

export function metricsCommand(
  file: string,
  options: MetricsOptions,
  io: TerminalIo,
): ExitCode {
  const scenario = loadOne(file, options);
  const { start, duration, nodes } = scenario;
  const { at, node, of, seed } = options;
  if (node !== undefined && !nodes.includes(node))
    throw new KeyturnError(
      "NoSuchNode",
      `Failed to read the metrics of ${node}: there is no node of that name${didYouMean(node, nodes)}\n  nodes: ${listNames(nodes, "none")}`,
    );
  if (node !== undefined && of === RELOADER)
    throw new KeyturnError(
      "NoSuchEndpoint",
      `Failed to read the metrics of ${node}/${RELOADER}: Reloader's endpoint is its own pods', not a node's; leave out --node`,
    );
  const until = at === undefined ? start + duration : instantOf(at, scenario);
  const metrics = new Metrics();
  playedUntil(scenario, until, { seed, sinks: [metrics] });
  const pages = [
    ...nodePages(metrics, node === undefined ? nodes : [node], of),
    ...reloaderPages(metrics, options),
  ];
  // One page goes out as a scrape would get it; several are told apart by comments.
  const [only] = pages;
  io.out(
    pages.length === 1
      ? only!.text
      : pages.map(({ title, text }) => `# ${title}\n${text}`).join("\n"),
  );
  return EXIT.held;
}

interface Page {
  readonly title: string;
  readonly text: string;
}

function nodePages(
  metrics: Metrics,
  nodes: readonly string[],
  of: MetricsOptions["of"],
): Page[] {
  if (of === RELOADER) return [];
  const endpoints = of === undefined ? METRICS_ENDPOINTS : [of];
  return nodes.flatMap((name) =>
    endpoints.map((endpoint) => ({
      title: `${name}/${endpoint}`,
      text: metrics.text(name, endpoint),
    })),
  );
}

/** A node's pages are without Reloader's. */
function reloaderPages(
  metrics: Metrics,
  { node, of }: Pick<MetricsOptions, "node" | "of">,
): Page[] {
  if (node !== undefined || (of !== undefined && of !== RELOADER)) return [];
  const { reloaders } = metrics;
  if (of === RELOADER && reloaders.length === 0)
    throw new KeyturnError(
      "NoReloader",
      "Failed to read the metrics of Reloader: none has run until then (settings.reloader.installed)",
    );
  return reloaders.map((pod) => ({
    title: `${pod}/${RELOADER}`,
    text: metrics.reloaderText(pod),
  }));
}
