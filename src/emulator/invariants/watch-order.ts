/**
 * Watch events arrive once, in resourceVersion order, at the level of facts: the resourceVersion of `api.object.*` rises
 * strictly over the whole store, and an object is created, modified, deleted, with one uid in between.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

type ApiObjectFact = Extract<
  AnyFact,
  {
    type: "api.object.created" | "api.object.modified" | "api.object.deleted";
  }
>;

interface WatchOrderState {
  resourceVersion: number;
  /** Uid of each object there is, by `about`. */
  living: Map<string, string>;
}

export class WatchOrder implements Invariant {
  readonly name = "watch-order";
  state: WatchOrderState = { resourceVersion: 0, living: new Map() };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    switch (any.type) {
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        return this.#write(any);
      default:
        return;
    }
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
