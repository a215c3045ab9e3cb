/** `keyturn metrics FILE`: what the metrics endpoints of the nodes' processes answer at an instant of a scenario. */
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

export interface MetricsOptions extends Choice {
  /** From the scenario's start, or RFC 3339; default: the end. */
  readonly at?: string;
  readonly node?: string;
  readonly of?: MetricsEndpoint;
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
  const until = at === undefined ? start + duration : instantOf(at, scenario);
  const metrics = new Metrics();
  playedUntil(scenario, until, { seed, sinks: [metrics] });
  const endpoints = of === undefined ? METRICS_ENDPOINTS : [of];
  const pages = (node === undefined ? nodes : [node]).flatMap((name) =>
    endpoints.map((endpoint) => ({
      title: `${name}/${endpoint}`,
      text: metrics.text(name, endpoint),
    })),
  );
  // One page goes out as a scrape would get it; several are told apart by comments.
  const [only] = pages;
  io.out(
    pages.length === 1
      ? only!.text
      : pages.map(({ title, text }) => `# ${title}\n${text}`).join("\n"),
  );
  return EXIT.held;
}
