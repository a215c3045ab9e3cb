/**
 * How a pod of a workload came to be: what changed the workload, its ReplicaSet, the pod. A chain of hops tells it where
 * content waited for a new pod.
 *
 * Source: kubelet.md 9.1 to 9.4 and reloader.md 1.11 of the reference
 */
import type { Cause, Instance } from "../../kernel/trace.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";

export type ObjectFact = FactNamed<
  "api.object.created" | "api.object.modified" | "api.object.deleted"
>;

/** Kinds whose controllers make pods. */
const MAKERS = ["ReplicaSet", "StatefulSet", "DaemonSet", "Job"];
/** Kinds that somebody changes from outside. */
const TOPS = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"];
/** Facts between two of these at most: Events, status writes, pods that were made or became ready. */
const DEEPEST = 12;

/** From what began it to the creation of the Pod object; empty for a bare pod. */
export function wayOfPod(index: FactIndex, uid: string): Instance[] {
  const made = index
    .ofType("api.object.created")
    .find(({ data }) => data.kind === "Pod" && data.uid === uid);
  if (made === undefined || (made.data.workload ?? "") === "") return [];
  const way: AnyFact[] = [];
  let at: AnyFact | null = made;
  while (at !== null && !way.includes(at)) {
    way.push(at);
    at = before(index, at);
  }
  return way
    .reverse()
    .flatMap((fact) => index.resolve(fact.seq) ?? [])
    .sort((a, b) => a.t - b.t || a.fact.seq - b.fact.seq);
}

/**
 * Why a workload got its specification, in words: `Reloader: Secret app-secret`, `step restart: rolloutRestart`; who wrote
 * it where the trace tells no more.
 */
export function causeOfTemplate(index: FactIndex, write: ObjectFact): string {
  const cause = before(index, write);
  switch (cause?.type) {
    case "reloader.reloaded":
      return `Reloader: ${spokenResource(cause.data.resource)} ${cause.data.object}`;
    case "reloader.event":
      return `Reloader: ${spokenResource(cause.data.resource)} ${cause.data.name}`;
    case "wave.updated":
      return "Wave";
    case "command": {
      const { id, kind } = cause.data;
      return id === "" ? kind : `step ${id}: ${kind}`;
    }
    default:
      return write.data.by;
  }
}

/** A kind as people write it, of Reloader's name for it. */
export function spokenResource(resource: string): string {
  switch (resource) {
    case "SECRET":
      return "Secret";
    case "CONFIGMAP":
      return "ConfigMap";
    case "SECRETPROVIDERCLASS":
      return "SecretProviderClass";
    default:
      return resource;
  }
}

/** One step back; null at the beginning. */
function before(index: FactIndex, fact: AnyFact): AnyFact | null {
  switch (fact.type) {
    case "api.object.created":
    case "api.object.modified":
      return beforeWrite(index, fact);
    case "reloader.reloaded":
      return nearest(index, fact, (each) => each.type === "reloader.event");
    default:
      return null;
  }
}

function beforeWrite(index: FactIndex, fact: ObjectFact): AnyFact | null {
  const { kind } = fact.data;
  if (kind === "Pod") return nearest(index, fact, writeOf(fact, MAKERS));
  if (kind === "ReplicaSet") {
    const first = firstOf(index, fact);
    return first ?? nearest(index, fact, writeOf(fact, TOPS));
  }
  if (!TOPS.includes(kind)) return null;
  // A status is written in passing: what counts is the write that brought this specification.
  const brought = broughtGeneration(index, fact);
  if (brought.seq !== fact.seq) return brought;
  return nearest(
    index,
    fact,
    (each) =>
      each.type === "reloader.reloaded" ||
      each.type === "reloader.event" ||
      each.type === "wave.updated" ||
      each.type === "command" ||
      (kind === "Job" && isWrite(each) && each.data.kind === "CronJob"),
  );
}

/** The creation of a ReplicaSet that was scaled since, where that belongs to the same rollout; else null. */
function firstOf(index: FactIndex, fact: ObjectFact): AnyFact | null {
  if (fact.type === "api.object.created") return null;
  const made = index
    .ofType("api.object.created")
    .find(({ data }) => data.uid === fact.data.uid);
  if (made === undefined) return null;
  const top = nearest(index, fact, writeOf(fact, TOPS));
  // An old ReplicaSet that a rollback scales up again was made for another template.
  const again = top !== null && isWrite(top) && opensRollout(index, top, made);
  return again ? null : made;
}

/** Whether a write brought a specification after a ReplicaSet had been made. */
function opensRollout(
  index: FactIndex,
  top: ObjectFact,
  made: ObjectFact,
): boolean {
  return broughtGeneration(index, top).seq > made.seq;
}

/** The first write of an object with the generation that it has in this one. */
export function broughtGeneration(
  index: FactIndex,
  fact: ObjectFact,
): ObjectFact {
  const { uid, generation } = fact.data;
  const same = ({ data }: ObjectFact) =>
    data.uid === uid && data.generation === generation;
  return (
    index.ofType("api.object.created").find(same) ??
    index.ofType("api.object.modified").find(same) ??
    fact
  );
}

function writeOf({ data }: ObjectFact, kinds: readonly string[]) {
  return (fact: AnyFact): boolean =>
    isWrite(fact) &&
    kinds.includes(fact.data.kind) &&
    fact.data.namespace === data.namespace &&
    data.name.startsWith(fact.data.name);
}

function isWrite(fact: AnyFact): fact is ObjectFact {
  return (
    fact.type === "api.object.created" || fact.type === "api.object.modified"
  );
}

/** The nearest fact behind a fact that is wanted: of several as near, the one that is named first. */
function nearest(
  index: FactIndex,
  fact: AnyFact,
  wanted: (fact: AnyFact) => boolean,
): AnyFact | null {
  const seen = new Set<number>();
  let level: readonly Cause[] = fact.causes;
  for (let depth = 0; depth < DEEPEST && level.length > 0; depth++) {
    const next: Cause[] = [];
    for (const cause of level) {
      const found = index.resolve(cause);
      if (found === null || seen.has(found.fact.seq)) continue;
      seen.add(found.fact.seq);
      const behind = found.fact as AnyFact;
      if (wanted(behind)) return behind;
      next.push(...found.causes);
    }
    level = next;
  }
  return null;
}
