/**
 * The timeline's words for lanes: what they publish, and passes that fail. What a lane publishes first is left out, and
 * passes that find nothing new are counted.
 *
 * Source: alternatives.md 2 to 5 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { EntryLog } from "./timeline-entries.ts";
import type { Actor } from "./timeline-words.ts";
import { alike, essence, shortName } from "./timeline-words.ts";

export class LaneEntries {
  readonly #log: EntryLog;
  #start: EpochMs = Number.NaN;
  /** Where each lane publishes; empty where that is no Secret. */
  readonly #targets = new Map<string, string>();
  readonly #hold = new Set<string>();

  constructor(log: EntryLog) {
    this.#log = log;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "lane.started":
        return this.#started(fact);
      case "lane.pass":
        return this.#pass(fact);
      case "lane.holds":
        return this.#holds(fact);
      default:
        return;
    }
  }

  #started(fact: FactNamed<"lane.started">): void {
    const { lane, target } = fact.data;
    const again = this.#targets.has(lane);
    this.#targets.set(lane, target);
    if (fact.t === this.#start) return;
    this.#log.tell(fact, laneActor(lane), {
      kind: "starts of lanes",
      text: again ? "runs again" : "begins",
    });
  }

  #pass(fact: FactNamed<"lane.pass">): void {
    const { lane, outcome, error } = fact.data;
    if (outcome === "unchanged")
      return this.#log.count("quiet pass of a lane", fact, "other");
    if (outcome !== "failed") return;
    const why = JSON.stringify(["lane.pass", alike(essence(error))]);
    const key = JSON.stringify([lane, why]);
    const actor = laneActor(lane);
    this.#log.tellOnce(
      fact,
      { key, why, label: "failed pass of a lane", actor, kind: "other" },
      { kind: "passes that failed", text: "pass failed", detail: error },
    );
  }

  #holds(fact: FactNamed<"lane.holds">): void {
    const { lane, object, version, ordinal, form } = fact.data;
    const first = !this.#hold.has(lane);
    this.#hold.add(lane);
    if (first) return;
    const target = this.#targets.get(lane) ?? "";
    const where =
      target === "" ? "holds" : `publishes in Secret ${target.split("/")[1]}:`;
    this.#log.tell(fact, laneActor(lane), {
      kind: "lanes with a new value",
      tone: "changed",
      ordinal,
      text: `${where} ${shortName(object)}`,
      version: { object, version, ordinal, form },
    });
  }
}

function laneActor(lane: string): Actor {
  return { role: "lane", node: lane };
}
