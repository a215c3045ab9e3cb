/**
 * Why a workload got new pods: the rows about Reloader, workloads, their ReplicaSets and pods.
 *
 * Source: reloader.md 1.5 to 1.8, 1.11, 2.1, 2.4 and kubelet.md 9.1 to 9.4 of the reference
 */
import type { FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import type { HopRule } from "./hop-rule.ts";
import { is } from "./hop-rule.ts";
import { spokenResource } from "./rollout-way.ts";
import type { HopContext } from "./rule-texts.ts";
import { spoken } from "./spoken.ts";

type ObjectFact = FactNamed<"api.object.created">;

const written =
  (type: AnyFact["type"] | null, ...kinds: readonly string[]) =>
  (fact: AnyFact) =>
    (fact.type === "api.object.created" ||
      fact.type === "api.object.modified") &&
    (type === null || fact.type === type) &&
    kinds.includes(fact.data.kind);

/** A Deployment, StatefulSet, DaemonSet, CronJob or Job. */
const workload = written(
  null,
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "CronJob",
  "Job",
);

/** Rows about what makes new pods. */
export const ROLLOUT_RULES: readonly HopRule[] = [
  {
    label: "Reloader",
    fact: is("reloader.event"),
    trigger: null,
    rule: (context) => {
      const { resource, name, change } = (
        context.fact as FactNamed<"reloader.event">
      ).data;
      return `Reloader's informer tells of the ${change} of ${spokenResource(resource)} ${name}, and the hash of its data is another one${waitText(context)}`;
    },
  },
  {
    label: "reload",
    fact: is("reloader.reloaded"),
    trigger: null,
    rule: (context) => {
      const { kind, name, strategy, resource, object } = (
        context.fact as FactNamed<"reloader.reloaded">
      ).data;
      return `Reloader patches the template of ${kind} ${name} (${strategy}) since ${spokenResource(resource)} ${object} changed${waitText(context)}`;
    },
  },
  {
    label: "Wave",
    fact: is("wave.updated"),
    trigger: null,
    rule: ({ fact }) => {
      const { kind, name } = (fact as FactNamed<"wave.updated">).data;
      return `Wave writes the new hash of what ${kind} ${name} refers to into its template`;
    },
  },
  {
    label: "workload",
    fact: workload,
    trigger: null,
    rule: ({ fact }) => {
      const { kind, name, by, generation } = (fact as ObjectFact).data;
      return `${kind} ${name} is of generation ${generation} from here on, written by ${by}`;
    },
  },
  {
    label: "ReplicaSet",
    fact: written("api.object.created", "ReplicaSet"),
    trigger: null,
    rule: ({ fact }) => {
      const { name, rollout } = (fact as ObjectFact).data;
      const revision =
        rollout === undefined || rollout.revision === ""
          ? ""
          : `, revision ${rollout.revision}`;
      return `the Deployment controller makes ReplicaSet ${name} for the new template${revision}`;
    },
  },
  {
    label: "scaling",
    fact: written("api.object.modified", "ReplicaSet"),
    trigger: null,
    rule: scalingRule,
  },
  {
    label: "pod",
    fact: written("api.object.created", "Pod"),
    trigger: null,
    rule: ({ fact }) => {
      const { name, workload: owner = "" } = (fact as ObjectFact).data;
      return owner === ""
        ? `pod ${name} is created`
        : `the controller creates pod ${name} of the new template`;
    },
  },
];

function waitText({ settings }: HopContext): string {
  if (settings === null) return "";
  const { watch, reloader } = settings.latency;
  return ` (latency.watch ${spoken(watch)}, latency.reloader ${spoken(reloader)})`;
}

function scalingRule({ fact }: HopContext): string {
  const { name, rollout } = (fact as ObjectFact).data;
  const to = rollout === undefined ? "" : ` to ${rollout.wanted}`;
  return `ReplicaSet ${name} is scaled${to}: a rolling update goes on as pods of the new template become available`;
}
