/** One run with the views that its report needs: attached before the first fact, read when the run is over. */
import { stringify } from "yaml";
import { Draws } from "../../kernel/draw.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import { correlationId, serviceTimeMs } from "../../keyvault-mock/index.ts";
import type { PlayedScenario, Scenario } from "../index.ts";
import { playScenario } from "../index.ts";
import { recordScenario } from "../journal/record.ts";
import type { RunOutput, WrittenFiles } from "../output/index.ts";
import { classesOf } from "../trace/classes.ts";
import { VaultUsage } from "../trace/vault-usage.ts";
import type { RequestIds } from "../views/audit-record.ts";
import { AuditTable } from "../views/audit-table.ts";
import { junit } from "../views/junit.ts";
import { SequenceDiagram } from "../views/sequence.ts";
import type { Summary } from "../views/summary.ts";
import { summary } from "../views/summary.ts";
import { Timeline } from "../views/timeline.ts";
import { whyText } from "../views/why.ts";
import { VERSION } from "./version.ts";

export interface RunRequest {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Directory for the files of the run; null writes none. */
  readonly out: string | null;
  readonly progress?: (part: number) => void;
}

export interface Run {
  readonly played: PlayedScenario;
  readonly timeline: Timeline;
  readonly audit: AuditTable;
  readonly summary: Summary;
  readonly classes: ReturnType<typeof classesOf>;
  readonly written: WrittenFiles | null;
}

/** Where the audit log says its vaults are; the vault itself does not know. */
const AUDIT_CONFIG = {
  subscriptionId: "0a0b0000-0000-4000-8000-00000000000c",
  resourceGroup: "rg-keyturn",
  dnsSuffix: "vault.azure.net",
};

export async function run(request: RunRequest): Promise<Run> {
  const { scenario, seed, progress = () => {} } = request;
  const timeline = new Timeline();
  const audit = new AuditTable();
  const usage = new VaultUsage();
  const sequence = new SequenceDiagram();
  const views = [timeline, audit, usage, sequence];
  const output = request.out === null ? null : await openOut(request);
  const sinks = output === null ? views : [...views, output];
  const played = playScenario(scenario, { seed, sinks, progress });
  const { index, sinks: history, results, end } = played;
  const commands = [...scenario.setup, ...scenario.steps.map((s) => s.command)];
  const classes = classesOf(
    commands.flatMap((c) => (c.kind === "apply" ? [c.object] : [])),
  );
  const report = summary({
    ...{ index, sinks: history, usage, classes, results, end },
    scenario: { ...scenario, seed },
  });
  const written =
    output === null
      ? null
      : output.finish({
          summary: report,
          sequence: sequence.text(),
          junit: junitOf([{ played, classes }]),
          journal: journalOf(played),
        });
  return { played, timeline, audit, summary: report, classes, written };
}

/** JUnit XML of several runs. */
export function junitOf(
  runs: readonly Pick<Run, "played" | "classes">[],
): string {
  return junit(
    runs.map(({ played, classes }) => {
      const { scenario, results, index, sinks } = played;
      const { namespace, duration } = scenario;
      return {
        ...{ scenario, duration, results },
        explain: (result) =>
          result.chain === null
            ? ""
            : whyText({ index, sinks }, result.chain, { namespace, classes }),
      };
    }),
  );
}

async function openOut({
  scenario,
  seed,
  out,
}: RunRequest): Promise<RunOutput> {
  const { openOutput } = await import("../output/index.ts");
  let ids: RequestIds | null = null;
  return openOutput({
    directory: out!,
    header: {
      keyturn: VERSION,
      scenario: scenario.name,
      seed,
      start: toRfc3339(scenario.start),
      profile: scenario.profile,
    },
    audit: {
      config: AUDIT_CONFIG,
      requestIds: (ref) => (ids ??= requestIds(seed))(ref),
    },
  });
}

/** What varies within a run of alike requests, drawn again from their draws. */
export function requestIds(seed: number): RequestIds {
  const draws = new Draws(seed);
  return (ref) => ({
    correlationId: correlationId(draws, ref),
    durationMs: serviceTimeMs(draws, ref),
  });
}

function journalOf({ scenario, seed, world }: PlayedScenario): string {
  const { name, title, start, duration, profile, nodes } = scenario;
  const { journal } = world;
  const recorded = recordScenario({
    ...{ name, title, seed, start, duration, profile, nodes, journal },
    settings: scenario.settings,
  });
  return `# The values of secrets stand in this file.\n${stringify(recorded, { lineWidth: 0 })}`;
}
