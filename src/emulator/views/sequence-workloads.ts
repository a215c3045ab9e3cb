/** What workloads, Reloader, lanes, programs and databases add to the sequence diagram: each takes part once it acts. */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { RolloutHistory } from "../trace/rollout-history.ts";
import type { Message, Participant } from "./mermaid.ts";
import { shortName, spokenObject } from "./timeline-words.ts";

/** Adds a message at the time of a fact. */
export type Say = (
  fact: Fact,
  from: Participant,
  to: Participant,
  text: string,
  arrow?: Message["arrow"],
) => void;

const USER: Participant = { role: "user", name: "" };
const API: Participant = { role: "api", name: "" };
const CONTROLLER: Participant = { role: "controller", name: "" };
const RELOADER: Participant = { role: "reloader", name: "" };

/** What people do to workloads and lanes. */
const DONE: ReadonlyMap<string, string> = new Map([
  ["rolloutRestart", "rollout restart"],
  ["scale", "scale"],
  ["patch", "patch"],
]);

export class WorkloadMessages {
  readonly #say: Say;
  readonly #rollouts = new RolloutHistory();
  #start: EpochMs = Number.NaN;
  /** Programs and lanes that hold something. */
  readonly #hold = new Set<string>();
  /** Whether a database took a program's last request. */
  readonly #taken = new Map<string, boolean>();

  constructor(say: Say) {
    this.#say = say;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "command": {
        const done = DONE.get(fact.data.kind);
        if (done === undefined) return;
        const what = spokenObject(fact.data.target || fact.about);
        return this.#say(fact, USER, API, `${done} ${what}`);
      }
      case "api.object.created":
      case "api.object.modified":
        return this.#written(fact);
      case "reloader.reloaded": {
        const { kind, name, object } = fact.data;
        const text = `patch ${kind} ${name}: ${object} is new`;
        return this.#say(fact, RELOADER, API, text);
      }
      case "wave.updated": {
        const { kind, name } = fact.data;
        return this.#say(fact, CONTROLLER, API, `Wave: patch ${kind} ${name}`);
      }
      case "app.started":
        this.#hold.delete(`${fact.data.uid}/${fact.data.container}`);
        return;
      case "app.holds":
        return this.#programHolds(fact);
      case "lane.holds":
        return this.#laneHolds(fact);
      case "app.request":
        return this.#request(fact);
      case "database.switched": {
        const { database, accepts, object } = fact.data;
        const itself = { role: "database", name: database } as const;
        const taken = accepts.map((ordinal) => `v${ordinal}`).join(", ");
        const text = `takes ${shortName(object)} ${taken}`;
        return this.#say(fact, itself, itself, text);
      }
      default:
        return;
    }
  }

  #written(fact: FactNamed<"api.object.created">): void {
    const { kind, name, workload = "" } = fact.data;
    const made = fact.type === "api.object.created" && fact.t > this.#start;
    if (made && kind === "ReplicaSet" && workload !== "")
      this.#say(fact, CONTROLLER, API, `create ReplicaSet ${name}`);
    const step = this.#rollouts.follow(fact);
    if (step?.what !== "completed" || step.rollout.beganAt === this.#start)
      return;
    const { rollout } = step;
    const text = `${rollout.kind} ${rollout.name} is complete`;
    this.#say(fact, CONTROLLER, API, text);
  }

  #programHolds(fact: FactNamed<"app.holds">): void {
    const { uid, container, namespace, name, object, ordinal } = fact.data;
    if (this.#isFirst(`${uid}/${container}`)) return;
    const pod = { role: "pod", name: `${namespace}/${name}` } as const;
    this.#say(fact, pod, pod, `holds ${shortName(object)} v${ordinal}`);
  }

  #laneHolds(fact: FactNamed<"lane.holds">): void {
    const { lane, object, ordinal } = fact.data;
    if (this.#isFirst(`lane/${lane}`)) return;
    const [vault = ""] = object.split("/");
    const from = { role: "vault", name: vault } as const;
    const to = { role: "lane", name: lane } as const;
    this.#say(fact, from, to, `${shortName(object)} v${ordinal}`, "-->>");
  }

  #request(fact: FactNamed<"app.request">): void {
    const { uid, container, namespace, name } = fact.data;
    const { database, accepted, ordinal } = fact.data;
    const key = `${uid}/${container}/${database}`;
    const before = this.#taken.get(key) ?? true;
    this.#taken.set(key, accepted);
    if (before === accepted) return;
    const from = { role: "database", name: database } as const;
    const pod = { role: "pod", name: `${namespace}/${name}` } as const;
    if (!accepted)
      return this.#say(fact, from, pod, `refuses v${ordinal}`, "-->>");
    // However often it takes it from here on.
    const { run, ...once } = fact;
    const first = { ...once, t: run?.first ?? fact.t };
    this.#say(first, from, pod, `takes again v${ordinal}`, "-->>");
  }

  #isFirst(holder: string): boolean {
    if (this.#hold.has(holder)) return false;
    this.#hold.add(holder);
    return true;
  }
}
