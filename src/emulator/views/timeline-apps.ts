/**
 * The timeline's words for what programs do with their values, and for the databases that take or refuse them. What a
 * program reads first is told by the line of its running pod; what it reads in vain is left out.
 *
 * Source: reloader.md 3, alternatives.md 2 and 6 of the reference
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { EntryLog } from "./timeline-entries.ts";
import {
  alike,
  counted,
  essence,
  node,
  nodeOf,
  shortName,
} from "./timeline-words.ts";

type Id = { readonly uid: string; readonly container: string };

export class AppEntries {
  readonly #log: EntryLog;
  /** Programs that hold something. */
  readonly #hold = new Set<string>();
  /** Whether a database took a program's last request that was told of. */
  readonly #taken = new Map<string, boolean>();

  constructor(log: EntryLog) {
    this.#log = log;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "app.started":
      case "app.ended":
        this.#hold.delete(keyOf(fact.data));
        return;
      case "app.holds":
        return this.#holds(fact);
      case "app.deaf":
        return this.#log.tell(fact, node("app", nodeOf(fact)), {
          kind: "watches that died",
          tone: "bad",
          text: "hears no more changes:",
          place: fact.data.name,
          detail: fact.data.detail,
        });
      case "app.signalled":
        return this.#signalled(fact);
      case "app.notified":
        return this.#notified(fact);
      case "app.looked":
        return this.#looked(fact);
      case "app.request":
        return this.#request(fact);
      case "database.switched":
        return this.#switched(fact);
      default:
        return;
    }
  }

  #holds(fact: FactNamed<"app.holds">): void {
    const { name, object, version, ordinal, form } = fact.data;
    const key = keyOf(fact.data);
    const first = !this.#hold.has(key);
    this.#hold.add(key);
    if (first) return;
    this.#log.tell(fact, node("app", nodeOf(fact)), {
      kind: "programs with a new value",
      tone: "changed",
      ordinal,
      text: `holds ${shortName(object)} in`,
      place: name,
      version: { object, version, ordinal, form },
    });
  }

  #signalled(fact: FactNamed<"app.signalled">): void {
    const { name, delivered, detail } = fact.data;
    this.#log.tell(fact, node("app", nodeOf(fact)), {
      kind: "signals",
      tone: delivered ? "plain" : "bad",
      text: delivered ? "SIGHUP to" : "SIGHUP does not reach",
      place: name,
      ...(delivered ? {} : { detail }),
    });
  }

  #notified(fact: FactNamed<"app.notified">): void {
    const { name, delivered, detail } = fact.data;
    if (delivered) return;
    this.#log.tell(fact, node("app", nodeOf(fact)), {
      kind: "callbacks that did not run",
      tone: "bad",
      text: "change callback does not run in",
      place: name,
      detail,
    });
  }

  #looked(fact: FactNamed<"app.looked">): void {
    const { name, outcome, error } = fact.data;
    if (outcome !== "failed") return;
    const why = JSON.stringify(["app.looked", alike(essence(error))]);
    const key = JSON.stringify([fact.about, why]);
    const actor = node("app", nodeOf(fact));
    this.#log.tellOnce(
      fact,
      { key, why, label: "failed look", actor, kind: "other" },
      {
        kind: "looks that failed",
        text: "cannot read its value:",
        place: name,
        detail: error,
      },
    );
  }

  #request(fact: FactNamed<"app.request">): void {
    const { database, name, accepted, ordinal } = fact.data;
    const key = `${keyOf(fact.data)}/${database}`;
    const before = this.#taken.get(key) ?? true;
    this.#taken.set(key, accepted);
    if (!accepted) this.#log.count(`${database} refuses`, fact, "other");
    if (before === accepted) return;
    this.#log.tell(
      fact,
      { role: "database", node: database },
      {
        kind: accepted ? "requests taken again" : "first refused requests",
        tone: accepted ? "changed" : "bad",
        ordinal,
        text: accepted ? "takes again what comes from" : "refuses",
        place: name,
      },
    );
  }

  #switched(fact: FactNamed<"database.switched">): void {
    const { database, object, accepts, refuses } = fact.data;
    const list = (ordinals: readonly number[]) =>
      ordinals.length > VERSIONS_TOLD
        ? counted(ordinals.length, "version")
        : ordinals.map((ordinal) => `v${ordinal}`).join(" and ");
    const no = refuses.length === 0 ? "" : `, no longer ${list(refuses)}`;
    this.#log.tell(
      fact,
      { role: "database", node: database },
      {
        kind: "switched credentials",
        tone: "set",
        ordinal: accepts.at(-1) ?? null,
        text: `takes ${list(accepts)} of ${shortName(object)}${no}`,
        wraps: true,
      },
    );
  }
}

const VERSIONS_TOLD = 3;

function keyOf({ uid, container }: Id): string {
  return `${uid}/${container}`;
}
