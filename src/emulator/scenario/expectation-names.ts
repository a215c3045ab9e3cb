/** The sentence that stands for an expectation line without a `name`. */
import { formatDuration } from "../../kernel/time.ts";
import type { SinkName, Who } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import { isClusterScoped } from "./kubernetes-kinds.ts";
import type { Between, Count, ExecOutcome, Expectation } from "./model.ts";
import type { ObjectName } from "./names.ts";

type Without<T, Keys extends string> = T extends unknown
  ? Omit<T, Keys>
  : never;
export type NamelessExpectation = Without<Expectation, "name" | "position">;

/** Holds no value of a secret. Names in `namespace` go without it. */
export function describeExpectation(
  line: NamelessExpectation,
  namespace: string,
): string {
  switch (line.kind) {
    case "sees": {
      const verb = line.never ? "never sees" : "sees";
      const exactly = line.exactly ? " exactly" : "";
      const within =
        line.within === null ? "" : ` within ${formatDuration(line.within)}`;
      const after =
        line.after === null ? "" : ` after ${sinkText(line.after, namespace)}`;
      return `${sinkText(line.sink, namespace)} ${verb}${exactly} ${line.step}${within}${after}`;
    }
    case "holds":
      return `${sinkText(line.sink, namespace)} holds the expected value at ${formatDuration(line.at)}`;
    case "exec": {
      const { id, namespace: scope, pod } = line.command;
      const step = id === undefined ? "exec" : `exec ${id}`;
      const who = scope === namespace ? pod : `${scope}/${pod}`;
      return `${step} in ${who} at ${formatDuration(line.at)} ${outcomeText(line.outcome)}`;
    }
    case "audit": {
      const pod = line.pod ? ` by ${whoText(line.pod, namespace)}` : "";
      const status = line.status === null ? "" : ` with status ${line.status}`;
      return `audit log of ${line.vault}: ${line.operation}${pod}${status} ${times(line.count)}${span(line.between)}`;
    }
    case "event": {
      const about = line.object
        ? ` on ${objectText(line.object, namespace)}`
        : "";
      const what = line.objects ? "Event objects" : "event";
      const text = line.message === null ? "" : ` saying "${line.message}"`;
      return `${what} ${line.reason}${about}${text} ${times(line.count)}${span(line.between)}`;
    }
    case "rollouts":
      return `rollouts of ${objectText(line.object, namespace)} ${times(line.count)}${span(line.between)}`;
    case "patches": {
      const by = line.by === null ? "" : ` by ${line.by}`;
      return `changes of ${objectText(line.object, namespace)}${by} ${times(line.count)}${span(line.between)}`;
    }
    case "outage":
      return `${line.database} refuses ${whoText(line.who, namespace)} ${lengthText(line)}${span(line.between)}`;
    case "object": {
      const when =
        line.at === null
          ? span(line.between) || " at the end"
          : ` at ${formatDuration(line.at)}`;
      const verb = line.exists ? "exists" : "does not exist";
      return `${objectText(line.object, namespace)} ${verb}${when}`;
    }
  }
}

function lengthText({
  atLeast,
  atMost,
}: Extract<NamelessExpectation, { kind: "outage" }>): string {
  if (atMost === 0) return "never";
  if (atMost === Infinity) return `for at least ${formatDuration(atLeast)}`;
  const least = atLeast === 0 ? "at most " : `${formatDuration(atLeast)} to `;
  return `for ${least}${formatDuration(atMost)}`;
}

function sinkText(sink: SinkName, namespace: string): string {
  return `${sink.kind} ${formatSink(sink, namespace)}`;
}

function whoText(who: Who, namespace: string): string {
  return formatSink({ kind: "app", who }, namespace);
}

function objectText(object: ObjectName, namespace: string): string {
  const { kind, name } = object;
  const scope =
    isClusterScoped(kind) || object.namespace === namespace
      ? ""
      : `${object.namespace}/`;
  return `${scope}${kind.toLowerCase()}/${name}`;
}

function outcomeText({ stdout, exitCode }: ExecOutcome): string {
  const prints = stdout === null ? [] : ["prints the expected text"];
  const exits = exitCode === null ? [] : [`exits with ${exitCode}`];
  return [...prints, ...exits].join(" and ");
}

function times({ min, max }: Count): string {
  if (min === max) return min === 1 ? "once" : `${min} times`;
  if (max === Infinity)
    return min === 1 ? "at least once" : `at least ${min} times`;
  return min === 0 ? `at most ${max} times` : `${min} to ${max} times`;
}

function span(between: Between | null): string {
  return between === null
    ? ""
    : ` between ${formatDuration(between.from)} and ${formatDuration(between.to)}`;
}
