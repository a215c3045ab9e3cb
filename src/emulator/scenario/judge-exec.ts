/**
 * What an `exec` step expects: judged when its command has finished, at the end of the run at the latest. What was
 * printed comes from the value book; known values of secrets in it are named by their versions, never spelt out.
 *
 * Source: the scenario format, 'Steps' and 'What expectations mean'
 */
import { bytesToUtf8 } from "../../kernel/bytes.ts";
import { printedBytes } from "../trace/exec-output.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { SinkName } from "../trace/names.ts";
import { spoken } from "../trace/spoken.ts";
import type { WhyChain } from "../trace/why-chain.ts";
import { whyChain } from "../trace/why-chain.ts";
import { execName } from "../world/commands.ts";
import { Judge } from "./judgement.ts";
import type { Judgement, Observed } from "./judgement.ts";
import type { ExecOutcome, Expectation, Scenario } from "./model.ts";
import { SecretMask } from "./secret-mask.ts";

type ExecLine = Extract<Expectation, { kind: "exec" }>;
type Finished = FactNamed<"container.exec.finished">;

/** Longer texts are cut in messages. */
const LONGEST_SHOWN = 300;

export function judgeExec(
  line: ExecLine,
  scenario: Scenario,
  observed: Observed,
): Judgement {
  const { index } = observed;
  const { command, outcome } = line;
  const mask = new SecretMask(observed);
  const judge = new Judge(expectedText(line, scenario, mask));
  const of = (fact: { readonly data: { readonly exec: string } }) =>
    fact.data.exec === command.exec;
  const started = index.ofType("container.exec.started").find(of);
  if (started === undefined) return judge.failed(whyNotStarted(line, observed));
  const finished = index.ofType("container.exec.finished").find(of);
  if (finished === undefined) {
    const end = spoken(observed.end - scenario.start);
    return judge.failed(`it still ran at the end (${end})`);
  }
  const stdout = printed(finished, "stdout", observed);
  const actual = actualText(finished, stdout, observed, mask);
  return isAsExpected(outcome, stdout, finished)
    ? judge.held(actual)
    : judge.failed(actual, chainBehind(line, stdout, finished, observed));
}

function isAsExpected(
  { stdout, exitCode }: ExecOutcome,
  got: string,
  { data }: Finished,
): boolean {
  const sameText = stdout === null || chomped(stdout) === chomped(got);
  return sameText && (exitCode === null || exitCode === data.exitCode);
}

/** Without one newline at its end. */
function chomped(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function printed(
  { data }: Finished,
  stream: "stdout" | "stderr",
  { reveal }: Observed,
): string {
  return bytesToUtf8(printedBytes(data.exec, stream, data[stream], reveal));
}

/** The n-th execution of the run was the n-th command of its kind. */
function whyNotStarted({ command }: ExecLine, { index }: Observed): string {
  const asked = index
    .ofType("command")
    .filter(({ data }) => data.kind === "exec")
    .find((_, i) => execName(i + 1) === command.exec);
  const refused = index
    .ofType("command.refused")
    .find(({ causes }) => asked !== undefined && causes.includes(asked.seq));
  return refused === undefined
    ? "it never started"
    : `it was refused: ${refused.data.error}`;
}

function expectedText(
  { command, outcome, at }: ExecLine,
  { namespace }: Scenario,
  mask: SecretMask,
): string {
  const { pod, namespace: scope, id } = command;
  const who = scope === namespace ? pod : `${scope}/${pod}`;
  const step = id === undefined ? "" : ` (step ${id})`;
  const { stdout, exitCode } = outcome;
  const parts = [
    ...(stdout === null ? [] : [`prints ${shown(chomped(stdout), mask)}`]),
    ...(exitCode === null ? [] : [`exits with ${exitCode}`]),
  ];
  return `exec in ${who} at ${spoken(at)}${step} ${parts.join(" and ")}`;
}

function actualText(
  finished: Finished,
  stdout: string,
  observed: Observed,
  mask: SecretMask,
): string {
  const { exitCode } = finished.data;
  const stderr = printed(finished, "stderr", observed);
  const complaint =
    stderr === "" ? "" : `; on stderr ${shown(chomped(stderr), mask)}`;
  return `it printed ${shown(chomped(stdout), mask)} and exited with ${exitCode}${complaint}`;
}

function shown(text: string, mask: SecretMask): string {
  const masked = mask.apply(text);
  if (masked === "") return "nothing";
  const cut = masked.length - LONGEST_SHOWN;
  return cut <= 0
    ? JSON.stringify(masked)
    : `${JSON.stringify(masked.slice(0, LONGEST_SHOWN))} and ${cut} more characters`;
}

/**
 * Why the container had what was printed, or what should have been: the chain of the first of its files and variables
 * that the command names, else of the first that has to do with those values. Null when there is none.
 */
function chainBehind(
  { command, outcome }: ExecLine,
  stdout: string,
  finished: Finished,
  observed: Observed,
): WhyChain | null {
  const mask = new SecretMask(observed);
  const objects = mask.objectsIn(`${stdout}\n${outcome.stdout ?? ""}`);
  const sinks = objects
    .flatMap((object) => observed.sinks.sinksHolding(object))
    .filter((sink) => isOf(sink, finished, observed));
  const words = command.command.join(" ");
  const named = sinks.find((sink) => words.includes(placeOf(sink)));
  const sink = named ?? sinks[0];
  return sink === undefined ? null : whyChain(observed, sink, finished.t);
}

/** Whether the sink is one of the container in which the command ran. */
function isOf(
  sink: SinkName,
  { data }: Finished,
  { sinks }: Observed,
): boolean {
  if (sink.kind !== "file" && sink.kind !== "env") return false;
  const { who, container } = sink;
  return (
    (container === null || container === data.container) &&
    sinks.podsOf(who).some(({ uid }) => uid === data.uid)
  );
}

function placeOf(sink: SinkName): string {
  if (sink.kind === "file") return sink.path;
  return sink.kind === "env" ? sink.variable : "";
}
