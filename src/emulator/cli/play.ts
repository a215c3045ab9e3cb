/** One run with the views that its report needs: attached before the first fact, read when the run is over. */
import { toRfc3339Ms } from "../../kernel/time.ts";
import { AUDIT_CONFIG, requestIds } from "../audit.ts";
import type { ExpectationResult, PlayedScenario, Scenario } from "../index.ts";
import { playScenario } from "../index.ts";
import { Findings } from "../findings/index.ts";
import { journalText } from "../journal/record.ts";
import type { RunOutput, WrittenFiles } from "../output/index.ts";
import type { SecretProviderClasses } from "../trace/classes.ts";
import { classesOf } from "../trace/classes.ts";
import { VaultUsage } from "../trace/vault-usage.ts";
import { AuditTable } from "../views/audit-table.ts";
import { junit } from "../views/junit.ts";
import { lanesMarkdown } from "../views/lanes-text.ts";
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
  readonly classes: SecretProviderClasses;
  readonly written: {
    readonly directory: string;
    readonly files: WrittenFiles;
  } | null;
}

/** Where the run or its files fail, nothing half-written stays behind. */
export async function run(request: RunRequest): Promise<Run> {
  if (request.out === null) return play(request, null);
  const output = await openOut(request, request.out);
  try {
    return play(request, { directory: request.out, output });
  } catch (error) {
    output.abandon();
    throw error;
  }
}

function play(
  { scenario, seed, progress = () => {} }: RunRequest,
  out: { readonly directory: string; readonly output: RunOutput } | null,
): Run {
  const timeline = new Timeline();
  const audit = new AuditTable();
  const usage = new VaultUsage();
  const sequence = new SequenceDiagram();
  const findings = new Findings();
  const views = [timeline, audit, usage, sequence, findings];
  const sinks = out === null ? views : [...views, out.output];
  const played = playScenario(scenario, { seed, sinks, progress });
  const { index, sinks: history, end } = played;
  const classes = declaredClasses(scenario);
  const report = summary({
    index,
    sinks: history,
    usage,
    findings: findings.list(),
    classes,
    lanes: scenario.lanes,
    results: verdicts(played),
    end,
    scenario: { ...scenario, seed },
  });
  const files = out?.output.finish({
    summary: report,
    sequence: sequence.text(),
    junit: junitOf([{ played, classes }]),
    journal: journalOf(played),
    lanes: lanesMarkdown(report.lanes, {
      start: toRfc3339Ms(scenario.start),
    }),
  });
  const written = out && files ? { directory: out.directory, files } : null;
  return { played, timeline, audit, summary: report, classes, written };
}

/** The SecretProviderClasses that a scenario applies, in its setup or later. */
export function declaredClasses(scenario: Scenario): SecretProviderClasses {
  const { setup, steps } = scenario;
  const commands = [...setup, ...steps.map(({ command }) => command)];
  return classesOf(
    commands.flatMap((c) => (c.kind === "apply" ? [c.object] : [])),
  );
}

/** The expectations' verdicts, after a failed one for each step that the world refused. */
function verdicts({
  scenario,
  refusals,
  results,
}: PlayedScenario): ExpectationResult[] {
  const file = scenario.file;
  const refused = refusals.map(({ command, position, error }) => ({
    name: `step ${command.id ?? command.kind} is accepted`,
    position: position ?? { file, line: 1, column: 1 },
    passed: false,
    expected: "the real system would accept it",
    actual: error,
    chain: null,
    problem: null,
  }));
  return [...refused, ...results];
}

/** JUnit XML of several runs. */
export function junitOf(
  runs: readonly Pick<Run, "played" | "classes">[],
): string {
  return junit(
    runs.map(({ played, classes }) => {
      const { scenario, index, sinks } = played;
      const { namespace, duration } = scenario;
      return {
        scenario,
        duration,
        results: verdicts(played),
        explain: (result) =>
          result.chain === null
            ? ""
            : whyText(
                {
                  index,
                  sinks,
                },
                result.chain,
                {
                  namespace,
                  classes,
                },
              ),
      };
    }),
  );
}

async function openOut(
  { scenario, seed }: RunRequest,
  directory: string,
): Promise<RunOutput> {
  const { openOutput } = await import("../output/index.ts");
  return openOutput({
    directory,
    header: {
      keyturn: VERSION,
      scenario: scenario.name,
      seed,
      start: toRfc3339Ms(scenario.start),
      profile: scenario.profile,
    },
    audit: {
      config: AUDIT_CONFIG,
      requestIds: requestIds(seed),
    },
  });
}

function journalOf({ scenario, seed, world }: PlayedScenario): string {
  const { name, title, start, duration, profile, nodes } = scenario;
  const { journal } = world;
  return journalText({
    name,
    title,
    seed,
    start,
    duration,
    profile,
    nodes,
    journal,
    settings: scenario.settings,
  });
}
