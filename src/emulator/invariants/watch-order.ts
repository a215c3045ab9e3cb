/**
 * Watch events arrive once, in resourceVersion order, at the level of facts: the resourceVersion of `api.object.*` rises
 * strictly over the whole store, and an object is created, modified, deleted, with one uid in between.
 *
 * A watch that comes back was lost to a fault on its way to the API server, was not lost twice at a time, and does not come
 * back while its node's watches are broken.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

type ApiObjectFact = Extract<
  AnyFact,
  {
    type: "api.object.created" | "api.object.modified" | "api.object.deleted";
  }
>;

/** A fault that breaks watches or may do so. */
type Fault = {
  readonly about: string;
  readonly breaksWatches: boolean;
  /** The node whose callers it hits, `every` for all nodes; null: everybody. */
  readonly node: string | null;
  readonly from: EpochMs;
  /** Null while it lasts. */
  until: EpochMs | null;
};

interface WatchOrderState {
  resourceVersion: number;
  /** Uid of each object there is, by `about`. */
  living: Map<string, string>;
  /** One entry a fault: it grows with commands, not with time. */
  faults: Fault[];
  /** When a watch came back last, by watcher, caller and selection. */
  resumed: Map<string, EpochMs>;
  /** Names of the nodes. */
  nodes: readonly string[];
}

export class WatchOrder implements Invariant {
  readonly name = "watch-order";
  state: WatchOrderState = {
    resourceVersion: 0,
    living: new Map(),
    faults: [],
    resumed: new Map(),
    nodes: [],
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    switch (any.type) {
      case "world.started":
        this.state.nodes = any.data.nodes;
        return;
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        return this.#write(any);
      case "fault.began":
        return this.#began(any);
      case "fault.ended": {
        const open = this.state.faults.find(
          ({ about, until }) => about === any.about && until === null,
        );
        if (open !== undefined) open.until = any.t;
        return;
      }
      case "api.watch.resumed":
        return this.#resumed(any);
      default:
        return;
    }
  }

  #began({ t, about, data }: FactNamed<"fault.began">): void {
    const { target, name } = data;
    const breaksWatches = target === "watch";
    const toApi = target === "link" && about.endsWith("-> apiServer");
    if (!breaksWatches && !toApi && target !== "apiServer") return;
    const node = name === "" ? "every" : name;
    this.state.faults.push({
      about,
      breaksWatches,
      node: target === "apiServer" ? null : node,
      from: t,
      until: null,
    });
  }

  #resumed(fact: FactNamed<"api.watch.resumed">): void {
    const { faults, resumed, nodes } = this.state;
    const { by, selection, afterMs } = fact.data;
    const lostAt = fact.t - afterMs;
    // A lane's connection is `lane/NAME`.
    const [node = ""] = by.split("/");
    const onNode = nodes.includes(node);
    const own = faults.filter(
      (one) =>
        one.node === null ||
        (onNode && (one.node === "every" || one.node === node)),
    );
    const fail = (why: string) => {
      throw violation(
        "WatchResumed",
        `the watch of ${selection} by ${by} came back ${why}`,
        placeOfFact(fact),
      );
    };
    // Programs are one component, and each of their processes is a caller of its own.
    const key = `${fact.about} ${by} ${selection}`;
    const broke = own.some(
      ({ from, until }) => from <= lostAt && lostAt <= (until ?? Infinity),
    );
    if (!broke) fail("although nothing had broken it");
    if (own.some((one) => one.breaksWatches && one.until === null))
      fail("while the watches of its node are broken");
    if (lostAt < (resumed.get(key) ?? 0))
      fail("from a loss that it had come back from before");
    resumed.set(key, fact.t);
  }

  #write(fact: ApiObjectFact): void {
    const { state } = this;
    const { uid, resourceVersion } = fact.data;
    const { about } = fact;
    if (!(resourceVersion > state.resourceVersion))
      throw violation(
        "ResourceVersionOrder",
        `${about} was written with resourceVersion ${resourceVersion} after ${state.resourceVersion}`,
        placeOfFact(fact),
      );
    state.resourceVersion = resourceVersion;
    const living = state.living.get(about);
    const created = fact.type === "api.object.created";
    if (created ? living !== undefined : living !== uid)
      throw violation("ObjectLife", lifeText(fact, living), placeOfFact(fact));
    if (created) state.living.set(about, uid);
    else if (fact.type === "api.object.deleted") state.living.delete(about);
  }
}

function lifeText(fact: ApiObjectFact, living: string | undefined): string {
  const verb = fact.type.slice("api.object.".length);
  const who = `${fact.about} with uid ${fact.data.uid} was ${verb}`;
  return living === undefined
    ? `${who} although there is no such object`
    : `${who} although the object has uid ${living}`;
}
