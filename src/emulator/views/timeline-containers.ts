/**
 * The timeline's words for the lives of containers: ends, restarts with what the new one holds, and what it waits for.
 * The first containers of a pod are told by the line of the running pod, and ends of pods by theirs.
 *
 * Source: kubelet.md 5, 8.3 and 8.4 of the reference
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { SinkVersion } from "../trace/versions.ts";
import type { EntryLog } from "./timeline-entries.ts";
import type { Given, PodStories, PodStory } from "./timeline-pods.ts";
import { givenOf } from "./timeline-pods.ts";
import { counted, node, nodeOf, sharedOrdinal } from "./timeline-words.ts";

/** More changed variables and files than this are counted. */
const NAMES_TOLD = 3;

export class ContainerEntries {
  readonly #log: EntryLog;
  readonly #pods: PodStories;
  readonly #down = new Set<string>();

  constructor(log: EntryLog, pods: PodStories) {
    this.#log = log;
    this.#pods = pods;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "node.stopped":
        this.#down.add(fact.data.node);
        return;
      case "node.started":
        this.#down.delete(fact.data.node);
        return;
      case "container.created":
        return this.#created(fact);
      case "container.exited":
        return this.#exited(fact);
      case "container.waiting":
        return this.#waiting(fact);
      default:
        return;
    }
  }

  #created(fact: FactNamed<"container.created">): void {
    const { uid, container, init } = fact.data;
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    const before = pod.containers.get(container);
    const given = givenOf(fact);
    const loops = before?.loops ?? false;
    pod.containers.set(container, { init, given, loops });
    if (!pod.running) return;
    const changed = changesOf(before?.given ?? new Map(), given);
    if (loops && changed.length === 0)
      return this.#log.count(`${fact.data.name} restarted`, fact, "other");
    const names = changed.map(([name]) => name);
    const what =
      names.length > NAMES_TOLD
        ? counted(names.length, "value")
        : names.join(", ");
    this.#log.tell(fact, node("kubelet", nodeOf(fact)), {
      kind: "restarts of containers",
      tone: changed.length === 0 ? "plain" : "changed",
      ordinal: sharedOrdinal(changed.map(([, held]) => held)),
      text: before === undefined ? "started" : "restarted",
      place: placeOf(pod, fact.data),
      after: changed.length === 0 ? "" : `: new ${what}`,
    });
  }

  #exited(fact: FactNamed<"container.exited">): void {
    const { uid, container, exitCode, reason } = fact.data;
    const pod = this.#pods.get(uid);
    const known = pod?.containers.get(container);
    if (pod === undefined || pod.ending || this.#down.has(nodeOf(fact))) return;
    if (known?.loops === true || (known?.init === true && exitCode === 0))
      return;
    this.#log.tell(fact, node("kubelet", nodeOf(fact)), {
      kind: "ends of containers",
      tone: exitCode === 0 ? "plain" : "bad",
      text: "container of",
      place: placeOf(pod, fact.data),
      after: ` ended: ${exitCode} (${reason})`,
    });
  }

  #waiting(fact: FactNamed<"container.waiting">): void {
    const { uid, name, container, reason, message } = fact.data;
    const pod = this.#pods.get(uid);
    const loops = reason === "CrashLoopBackOff";
    const known = pod?.containers.get(container);
    if (loops && known?.loops === true) return;
    if (loops && known !== undefined) known.loops = true;
    const line = {
      kind: "containers that wait",
      tone: "bad",
      place: pod === undefined ? name : placeOf(pod, fact.data),
    } as const;
    const why = loops
      ? { text: `${reason} of`, after: backoffText(message) }
      : {
          text: "container of",
          after: " waits",
          detail: `${reason}: ${message}`,
        };
    const actor = node("kubelet", nodeOf(fact));
    this.#log.tell(fact, actor, { ...line, ...why });
  }
}

/** `busybox`, or `busybox/app` in a pod of several containers. */
function placeOf(
  pod: PodStory,
  { name, container }: { readonly name: string; readonly container: string },
): string {
  const several =
    pod.containers.size > 1 ||
    pod.mounts.some((mount) => mount.container !== container);
  return several ? `${name}/${container}` : name;
}

/** `, 10s at first` of `back-off 10s restarting failed container=…`. */
function backoffText(message: string): string {
  const wait = /^back-off (\S+) /.exec(message)?.[1];
  return wait === undefined ? "" : `, ${wait} at first`;
}

function changesOf(before: Given, after: Given): [string, SinkVersion][] {
  return [...after].filter(([name, held]) => {
    const old = before.get(name);
    return old?.object !== held.object || old.version !== held.version;
  });
}
