/** Reloader's counters, from facts as its worker writes them. */
import { expect, test } from "vitest";
import { Metrics } from "../../../src/emulator/views/metrics.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { START } from "../../support/facts.ts";

const POD = "default/reloader-1";
const WEB = "default/Deployment/web";
const SECRET = { namespace: "default", resource: "SECRET" };

type Line = readonly [type: string, about: string, data: JsonObject];

function metricsOf(lines: readonly Line[], version = "1.4.21"): Metrics {
  const metrics = new Metrics();
  const process = { namespace: "default", version, leading: true };
  const started: Line = ["reloader.started", POD, process];
  for (const [i, [type, about, data]] of [started, ...lines].entries())
    metrics.fact({
      seq: i + 1,
      t: START + i,
      type,
      at: "programs",
      about,
      causes: [],
      data,
    });
  return metrics;
}

const sent = (about: string): Line => [
  "reloader.reloaded",
  about,
  { ...SECRET, kind: about.split("/")[1]!, name: "web", reason: "" },
];

const event = (outcome: string, matched: number): Line => [
  "reloader.event",
  "default/Secret/app-secret",
  { ...SECRET, change: "update", outcome, scanned: 2, matched },
];

const lines = (...all: string[]) => `${all.join("\n")}\n`;

test("of several tries to write a workload the last one is the reload, and the others are errors", () => {
  const page = metricsOf([
    sent(WEB),
    sent(WEB),
    sent("default/StatefulSet/db"),
    event("handled", 2),
  ]).reloaderText(POD);
  expect(page).toContain(
    lines(
      'reloader_action_total{result="error",workload_kind="Deployment"} 1',
      'reloader_action_total{result="success",workload_kind="Deployment"} 1',
      'reloader_action_total{result="success",workload_kind="StatefulSet"} 1',
    ),
  );
  expect(page).toContain(
    lines(
      'reloader_reload_executed_total{success="false"} 1',
      'reloader_reload_executed_total{success="true"} 2',
    ),
  );
});

test("a change that is put back is an error and a retry, and received and processed once it is over", () => {
  const failed = [sent(WEB), event("failed", 0)];
  const page = metricsOf([...failed, ...failed]).reloaderText(POD);
  expect(page).toContain('reloader_errors_total{type="handler_error"} 2\n');
  expect(page).toContain("reloader_retries_total 2\n");
  expect(page).toContain('reloader_reconcile_total{result="error"} 4\n');
  expect(page).not.toContain("reloader_events_");
  const over = metricsOf([...failed, event("dropped", 0)]).reloaderText(POD);
  expect(over).toContain(
    'reloader_events_processed_total{event_type="unknown",resource_type="secrets",result="dropped"} 1\n',
  );
  expect(over).toContain(
    'reloader_events_received_total{event_type="update",resource_type="secrets"} 1\n',
  );
});

test("a workload that was not chosen is not counted, one whose strategy changed nothing is", () => {
  const skipped = (reason: string): Line => [
    "reloader.skipped",
    WEB,
    { ...SECRET, kind: "Deployment", name: "web", reason },
  ];
  const page = metricsOf([
    skipped("ignored_or_not_selected"),
    skipped("strategy_not_updated"),
  ]).reloaderText(POD);
  expect(page).toContain(
    'reloader_skipped_total{reason="strategy_not_updated"} 1\n',
  );
  expect(page).not.toContain("ignored_or_not_selected");
});

test("before 1.4.13 there is the count of reloads alone", () => {
  const all = [sent(WEB), event("handled", 1), event("no_data_change", 0)];
  const families = (version: string) =>
    metricsOf(all, version)
      .reloaderText(POD)
      .match(/(?<=# TYPE )\S+/g);
  expect(families("1.4.12")).toEqual(["reloader_reload_executed_total"]);
  expect(families("1.4.13")).toHaveLength(7);
});

test("what the leader does is on the leader's page", () => {
  const other = "default/reloader-2";
  const process = { namespace: "default", version: "1.4.21", leading: false };
  const metrics = metricsOf([
    ["reloader.started", other, process],
    ["reloader.leading", POD, process],
    ["reloader.leading", other, { ...process, leading: true }],
    sent(WEB),
    event("handled", 1),
  ]);
  const executed = 'reloader_reload_executed_total{success="true"}';
  expect(metrics.reloaders).toEqual([POD, other]);
  expect(metrics.reloaderText(POD)).toContain(`${executed} 0\n`);
  expect(metrics.reloaderText(other)).toContain(`${executed} 1\n`);
});
