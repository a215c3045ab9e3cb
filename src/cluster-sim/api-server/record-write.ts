/**
 * The fact of one write, and what is stored beside the object because of it.
 *
 * Simplification: A write that only changes an Event object (its count and time) leaves no api.object.modified fact, since each emission has its own k8s.event fact; nor does the renewal of a Lease by who holds it.
 */
import type { ValueBook } from "../../kernel/content.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { ApiObjectFact } from "../facts.ts";
import type { ApiObject, Contents, Lineage, Stored } from "../ports.ts";
import type { Change } from "./changes.ts";
import type { ContentPlan } from "./contents.ts";
import {
  contentFacts,
  hasContents,
  planContents,
  provenance,
  storedContents,
} from "./contents.ts";
import { rolloutFact } from "./rollout-fact.ts";
import type { StoreState } from "./store.ts";
import { listOf, objectOf, stringOf } from "./validation/reading.ts";

const AT = "api-server";

/**
 * Records `api.object.*` and returns the object with its contents. Causes: where changed bytes of a Secret or ConfigMap came from,
 * then what triggered the write. New literals go into the value book.
 */
export function recordWrite(
  ctx: {
    readonly sim: Simulation;
    readonly values: ValueBook;
    readonly state: StoreState;
  },
  write: Omit<Change, "info"> & {
    readonly by: string;
    readonly given: Contents | undefined;
  },
): Stored {
  const { type, object, before, by, given } = write;
  if (type === "modified" && leavesNoFact(before, object)) return { object };
  const lineage = write.lineage ?? before?.lineage;
  const kept = lineage === undefined ? {} : { lineage };
  const { trace, draws } = ctx.sim;
  const plan =
    hasContents(object) && type !== "deleted"
      ? planContents(ctx.state, draws, { before, after: object, given })
      : null;
  const seq = trace.record({
    type: `api.object.${type}` satisfies ApiObjectFact["type"],
    at: AT,
    about: aboutOf(object),
    causes: causesOf(plan, trace.causes),
    data: {
      ...factData(object, by, plan),
      ...workloadData(object, lineage, ctx.state),
    },
  });
  for (const { origin, bytes } of plan?.literals ?? [])
    ctx.values.put(origin, bytes);
  if (plan === null || plan.entries.size === 0)
    return { object, fact: seq, ...kept };
  return { object, contents: storedContents(plan, seq), fact: seq, ...kept };
}

function leavesNoFact(
  before: Stored | null,
  { kind, spec }: ApiObject,
): boolean {
  if (kind === "Event") return true;
  if (kind !== "Lease") return false;
  const holder = (of: unknown) => objectOf(of as JsonValue)["holderIdentity"];
  return holder(before?.object["spec"]) === holder(spec);
}

/** `[namespace/]Kind/name`. */
export function aboutOf(object: ApiObject): string {
  const { namespace, name } = object.metadata;
  const local = `${object.kind}/${name}`;
  return namespace === undefined ? local : `${namespace}/${local}`;
}

function causesOf(
  plan: ContentPlan | null,
  ambient: readonly Cause[],
): readonly Cause[] {
  const from = plan === null ? null : provenance(plan);
  if (from === null) return ambient;
  return [from, ...ambient.filter((cause) => !sameCause(cause, from))];
}

function sameCause(a: Cause, b: Cause): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b;
  return a[0] === b[0] && a[1] === b[1];
}

function factData(
  object: ApiObject,
  by: string,
  plan: ContentPlan | null,
): JsonObject {
  const { metadata, kind } = object;
  const data: ApiObjectFact["data"] = {
    kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: Number(metadata.resourceVersion),
    generation: metadata.generation,
    by,
    ...(plan === null ? {} : { contents: contentFacts(plan) }),
    ...(plan !== null && object["immutable"] === true
      ? { immutable: true }
      : {}),
    ...(kind === "Pod" ? podData(object) : {}),
    ...(metadata.deletionTimestamp === undefined ? {} : { terminating: true }),
  };
  return data;
}

/** What facts about a workload, and what its controllers made, have beside. */
function workloadData(
  object: ApiObject,
  lineage: Lineage | undefined,
  state: StoreState,
): Pick<ApiObjectFact["data"], "workload" | "rollout"> {
  const rollout = rolloutFact(object, state);
  return {
    ...(lineage === undefined ? {} : { workload: lineage.workload }),
    ...(rollout === null ? {} : { rollout }),
  };
}

function podData(pod: ApiObject): { phase: string; ready: boolean } {
  const status = objectOf(pod["status"] as JsonValue | undefined);
  const ready = listOf(status["conditions"]).some(
    (condition) =>
      condition["type"] === "Ready" && condition["status"] === "True",
  );
  return { phase: stringOf(status["phase"]), ready };
}
