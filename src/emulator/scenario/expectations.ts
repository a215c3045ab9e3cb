/**
 * Judges the expectations of a scenario on what its run left behind: a pure function of the trace, the scenario and the
 * value book. Nothing it says contains a secret value.
 *
 * Source: the scenario format, 'What expectations mean'
 */
import type { SinkName, Who } from "../trace/names.ts";
import { spoken } from "../trace/spoken.ts";
import type { ExpectationResult } from "../trace/verdict.ts";
import { formatWho } from "../trace/who.ts";
import type { AuditLine, EventLine, ObjectLine } from "./expectation-counts.ts";
import { judgeExec } from "./judge-exec.ts";
import { judgeHolds } from "./judge-holds.ts";
import { judgeOutage } from "./judge-outage.ts";
import { judgeSees } from "./judge-sees.ts";
import type { ObjectName } from "./names.ts";
import { Judge } from "./judgement.ts";
import type { Judgement, Observed } from "./judgement.ts";
import type { Between, Count, Expectation, Scenario } from "./model.ts";
import type { PatchesLine, RolloutsLine } from "./workload-counts.ts";

export type { Observed } from "./judgement.ts";

/** One result for each expectation, in the order of the file. */
export function evaluate(
  scenario: Scenario,
  observed: Observed,
): ExpectationResult[] {
  return scenario.expectations.map((line) => ({
    name: line.name,
    position: line.position,
    ...(unheardOf(line, scenario, observed) ?? judge(line, scenario, observed)),
  }));
}

/** A name that no manifest declares and that the run never mentioned: bad input. Null for every other line. */
function unheardOf(
  line: Expectation,
  { generated }: Scenario,
  { counts }: Observed,
): Judgement | null {
  const name = objectsIn(line).find(
    (object) =>
      generated.some((each) => isSame(each, object)) && !counts.met(object),
  );
  if (name === undefined) return null;
  const { kind, namespace } = name;
  const problem = `there is no ${kind} "${name.name}" in namespace ${namespace}: no manifest declares it, and no controller made one`;
  return new Judge(`${formatObject(name)} is known`).badInput(problem);
}

/** What a line names, beside what has a name of another sort. */
function objectsIn(line: Expectation): ObjectName[] {
  switch (line.kind) {
    case "sees":
      return [line.sink, ...(line.after === null ? [] : [line.after])].flatMap(
        podsIn,
      );
    case "holds":
      return podsIn(line.sink);
    case "audit":
      return line.pod === null ? [] : podIn(line.pod);
    case "outage":
      return podIn(line.who);
    case "event":
      return line.object === null ? [] : [line.object];
    case "object":
    case "rollouts":
    case "patches":
      return [line.object];
    case "exec":
      return [];
  }
}

function podsIn(sink: SinkName): ObjectName[] {
  return "who" in sink ? podIn(sink.who) : [];
}

function podIn({ kind, namespace, name }: Who): ObjectName[] {
  return kind === "pod" ? [{ kind: "Pod", namespace, name }] : [];
}

function isSame(a: ObjectName, b: ObjectName): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

function judge(
  line: Expectation,
  scenario: Scenario,
  observed: Observed,
): Judgement {
  switch (line.kind) {
    case "sees":
      return judgeSees(line, scenario, observed);
    case "holds":
      return judgeHolds(line, scenario, observed);
    case "exec":
      return judgeExec(line, scenario, observed);
    case "audit":
      return judgeAudit(line, observed);
    case "event":
      return judgeEvent(line, observed);
    case "rollouts":
      return judgeCount(
        line,
        `rollouts of ${formatObject(line.object)} that came to their end`,
        observed.workloads.countRollouts(line),
      );
    case "patches":
      return judgeCount(
        line,
        `changes of ${formatObject(line.object)}${line.by === null ? "" : ` by ${line.by}`}`,
        observed.workloads.countPatches(line),
      );
    case "outage":
      return judgeOutage(line, scenario, observed);
    case "object":
      return line.between === null
        ? judgePresence(line, scenario, observed)
        : judgeStay(line, line.between, scenario, observed);
  }
}

function judgeAudit(line: AuditLine, { counts }: Observed): Judgement {
  const by = line.pod === null ? "" : ` for ${formatWho(line.pod)}`;
  const status = line.status === null ? "" : ` with status ${line.status}`;
  return judgeCount(
    line,
    `${line.operation} records of ${line.vault}${by}${status}`,
    counts.count(line),
  );
}

function judgeEvent(line: EventLine, { counts, index }: Observed): Judgement {
  const { object, message } = line;
  const about = object === null ? "" : ` about ${formatObject(object)}`;
  const saying = message === null ? "" : ` with ${JSON.stringify(message)}`;
  return judgeCount(
    line,
    `${line.reason} ${line.objects ? "Event objects" : "events"}${about}${saying}`,
    line.objects ? counts.countObjects(line, index) : counts.count(line),
  );
}

function judgeCount(
  line: AuditLine | EventLine | RolloutsLine | PatchesLine,
  what: string,
  count: number,
): Judgement {
  const { min, max } = line.count;
  const judge = new Judge(
    `${formatCount(line.count)} ${what}${formatWindow(line.between)}`,
  );
  const actual = `counted ${count}`;
  return count >= min && count <= max
    ? judge.held(actual)
    : judge.failed(actual);
}

function judgePresence(
  line: ObjectLine,
  { start }: Scenario,
  { counts, end }: Observed,
): Judgement {
  const at = line.at === null ? end : start + line.at;
  const when = ` at ${spoken(at - start)}`;
  const exists = counts.existsAt(line, at);
  const judge = new Judge(presence(line, line.exists) + when);
  const actual = presence(line, exists) + when;
  return exists === line.exists ? judge.held(actual) : judge.failed(actual);
}

function judgeStay(
  line: ObjectLine,
  between: Between,
  { start }: Scenario,
  { counts }: Observed,
): Judgement {
  const wanted = presence(line, line.exists);
  const judge = new Judge(`${wanted} throughout${formatWindow(between)}`);
  const breach = counts.firstBreach(
    line,
    start + between.from,
    start + between.to,
  );
  if (breach === null) return judge.held(wanted);
  const when = ` at ${spoken(breach - start)}`;
  return judge.failed(presence(line, !line.exists) + when);
}

function presence(line: ObjectLine, exists: boolean): string {
  const name = formatObject(line.object);
  return exists ? `${name} exists` : `${name} does not exist`;
}

function formatObject(object: ObjectLine["object"]): string {
  const { namespace, kind, name } = object;
  return namespace === "" ? `${kind}/${name}` : `${namespace}/${kind}/${name}`;
}

function formatCount({ min, max }: Count): string {
  if (min === max) return `exactly ${min}`;
  if (max === Infinity) return `at least ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

function formatWindow(between: Between | null): string {
  if (between === null) return "";
  return ` in [${spoken(between.from)}, ${spoken(between.to)})`;
}
