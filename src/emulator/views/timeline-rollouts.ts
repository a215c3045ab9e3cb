/**
 * The timeline's words for workloads: rollouts with what they took, and who made them. How ReplicaSets are scaled on the
 * way is counted; pods are told by their kubelets.
 *
 * Source: kubelet.md 9.1 to 9.4, reloader.md 1.3 to 1.8 and 2.4 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Rollout } from "../trace/rollout-history.ts";
import { RolloutHistory } from "../trace/rollout-history.ts";
import { spokenResource } from "../trace/rollout-way.ts";
import { spokenDuration } from "./terminal.ts";
import type { EntryLog } from "./timeline-entries.ts";
import type { Actor } from "./timeline-words.ts";
import { counted } from "./timeline-words.ts";

const CONTROLLER: Actor = { role: "controller", node: null };
const RELOADER: Actor = { role: "Reloader", node: null };
const WAVE: Actor = { role: "Wave", node: null };

const SCALED_KIND = "ReplicaSet";

export class RolloutEntries {
  readonly #log: EntryLog;
  readonly #history = new RolloutHistory();
  #start: EpochMs = Number.NaN;
  /** What each ReplicaSet is to have, by uid. */
  readonly #sizes = new Map<string, number>();
  /** What was told of objects that nobody wants and workloads that were left alone. */
  readonly #left = new Set<string>();
  /** Writes after which some workload was left alone. */
  readonly #spared = new Set<string>();

  constructor(log: EntryLog) {
    this.#log = log;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "api.object.created":
      case "api.object.modified":
        return this.#written(fact);
      case "reloader.started":
      case "reloader.stopped":
      case "reloader.leading":
        return this.#process(fact);
      case "reloader.event":
        return this.#event(fact);
      case "reloader.reloaded":
        return this.#reloaded(fact);
      case "reloader.skipped":
        return this.#skipped(fact);
      case "wave.updated": {
        const { kind, name } = fact.data;
        return this.#log.tell(fact, WAVE, {
          kind: "new hashes",
          tone: "found",
          text: "new hash for",
          place: `${kind} ${name}`,
        });
      }
      default:
        return;
    }
  }

  #written(fact: FactNamed<"api.object.created">): void {
    if (fact.data.kind === SCALED_KIND) this.#scaled(fact);
    const step = this.#history.follow(fact);
    if (step === null) return;
    const { rollout } = step;
    if (step.what === "completed") return this.#complete(fact, rollout);
    // The first pods of what the setup applied are told by their kubelets.
    if (rollout.beganAt === this.#start) return;
    this.#log.tell(fact, CONTROLLER, {
      kind: "rollouts that began",
      text: `${rollout.kind} ${rollout.name} rolls out ${revisionText(rollout)}`,
      wraps: true,
    });
  }

  #complete(
    fact: FactNamed<"api.object.created">,
    { kind, name, beganAt }: Rollout,
  ): void {
    const took = spokenDuration(fact.t - beganAt);
    const pods = counted(fact.data.rollout?.available ?? 0, "pod");
    this.#log.tell(fact, CONTROLLER, {
      kind: "rollouts that were complete",
      text: `${kind} ${name} is complete after ${took}: ${pods}`,
      wraps: true,
    });
  }

  #scaled(fact: FactNamed<"api.object.created">): void {
    const { uid, rollout, workload } = fact.data;
    if (rollout === undefined) return;
    const before = this.#sizes.get(uid);
    this.#sizes.set(uid, rollout.wanted);
    if (before === undefined || before === rollout.wanted) return;
    const [, , owner = fact.data.name] = (workload ?? "").split("/");
    const way = before < rollout.wanted ? "up" : "down";
    this.#log.count(`${owner} scaled ${way}`, fact, "other");
  }

  #process(fact: FactNamed<"reloader.started">): void {
    const { pod, version, leading } = fact.data;
    if (fact.t === this.#start) return;
    if (fact.type === "reloader.stopped")
      return this.#log.tell(fact, RELOADER, {
        kind: "ends of Reloader",
        tone: "bad",
        text: "is down in",
        place: pod,
        after: ": changes are lost",
      });
    const what =
      fact.type === "reloader.leading"
        ? leading
          ? "leads:"
          : "no longer leads:"
        : `${version} runs${leading ? "" : ", without the lease"}:`;
    this.#log.tell(fact, RELOADER, {
      kind: "starts of Reloader",
      text: what,
      place: pod,
    });
  }

  /** An event that reloads something is told by what it reloads. */
  #event(fact: FactNamed<"reloader.event">): void {
    const { resource, name, outcome, matched } = fact.data;
    const object = `${spokenResource(resource)} ${name}`;
    if (outcome === "no_data_change")
      return this.#log.count(`Reloader saw no new data`, fact, "other");
    if (outcome !== "handled")
      return this.#log.tell(fact, RELOADER, {
        kind: "events that Reloader lost",
        tone: "bad",
        text: outcome === "dropped" ? "gives up the change of" : "failed on",
        place: object,
      });
    // What it left alone is told by workload.
    if (matched > 0 || this.#spared.has(causeOf(fact))) return;
    if (!this.#isNew(fact.about))
      return this.#log.count(UNWANTED, fact, "other");
    this.#log.tell(fact, RELOADER, {
      kind: "changes without a workload",
      text: "saw",
      place: object,
      after: ": no workload asks for it",
    });
  }

  #reloaded(fact: FactNamed<"reloader.reloaded">): void {
    const { kind, name, resource, object, strategy } = fact.data;
    this.#log.tell(fact, RELOADER, {
      kind: "reloads",
      tone: "found",
      text: `patches ${kind} ${name}: ${spokenResource(resource)} ${object} is new (${strategy})`,
      wraps: true,
    });
  }

  #skipped(fact: FactNamed<"reloader.skipped">): void {
    const { kind, name, resource, object, reason } = fact.data;
    const key = JSON.stringify([fact.about, resource, object, reason]);
    this.#spared.add(causeOf(fact));
    if (!this.#isNew(key)) return this.#log.count(UNWANTED, fact, "other");
    this.#log.tell(fact, RELOADER, {
      kind: "workloads that Reloader left alone",
      text: `leaves ${kind} ${name} alone: ${spokenResource(resource)} ${object} is new (${reason})`,
      wraps: true,
    });
  }

  #isNew(key: string): boolean {
    if (this.#left.has(key)) return false;
    this.#left.add(key);
    return true;
  }
}

/** The write that Reloader saw. */
function causeOf({ causes }: Fact): string {
  return String(causes[0]);
}

const UNWANTED = "Reloader left all alone";

function revisionText({ kind, revision }: Rollout): string {
  return kind === "Deployment" ? `revision ${revision}` : revision;
}
