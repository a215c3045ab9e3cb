/**
 * Judges the expectations of a scenario on what its run left behind: a pure function of the trace, the scenario and the
 * value book. Nothing it says contains a secret value.
 *
 * Source: the scenario format, 'What expectations mean'
 */
import { spoken } from "../trace/spoken.ts";
import type { ExpectationResult } from "../trace/verdict.ts";
import { formatWho } from "../trace/who.ts";
import type { AuditLine, EventLine, ObjectLine } from "./expectation-counts.ts";
import { judgeExec } from "./judge-exec.ts";
import { judgeHolds } from "./judge-holds.ts";
import { judgeSees } from "./judge-sees.ts";
import { Judge } from "./judgement.ts";
import type { Judgement, Observed } from "./judgement.ts";
import type { Between, Count, Expectation, Scenario } from "./model.ts";

export type { Observed } from "./judgement.ts";

/** One result for each expectation, in the order of the file. */
export function evaluate(
  scenario: Scenario,
  observed: Observed,
): ExpectationResult[] {
  return scenario.expectations.map((line) => ({
    name: line.name,
    position: line.position,
    ...judge(line, scenario, observed),
  }));
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
  line: AuditLine | EventLine,
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
