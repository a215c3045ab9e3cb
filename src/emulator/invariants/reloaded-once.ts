/**
 * Each patch of Reloader has exactly one change behind it: a write of the object that it names, once for each workload and
 * each process that handles changes. Several do without an election (a rollout of Reloader itself, more than one replica),
 * and one that starts later may take what is there for new (--sync-after-restart). Only a change whose handling failed may
 * be handled again, and then a workload may be patched again for it.
 *
 * Source: reloader.md 1.5 and 1.6 of the reference (no coalescing, retries)
 */
import type { Cause, Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** A write that Reloader may have seen. */
interface Write {
  /** `SECRET default/app-secret` */
  readonly object: string;
  /** Processes that handled changes then, and how many had begun to by then. */
  readonly handlers: number;
  readonly begun: number;
}

interface ReloadedOnceState {
  /** By `seq`. */
  writes: Map<number, Write>;
  /** Events by `seq`: the write behind each. */
  events: Map<number, number>;
  /** How many patches there were, by the write and the workload. */
  reloaded: Map<string, number>;
  /** Writes whose handling failed. */
  failed: Set<number>;
  /** Up to this fact writes are not remembered: nobody watched yet, or nobody handles them any more. */
  forgotten: number;
  /** Of the latest fact. */
  seq: number;
  /** The latest fact of an hour ago. */
  hourAgo: number;
  running: boolean;
  /** Beginnings of processes, by `seq`: what their first lists bring has no other cause. */
  starts: Set<number>;
  /** Pods whose process handles changes, and how many have begun to. */
  handlers: Set<string>;
  begun: number;
}

const RESOURCES: ReadonlyMap<string, string> = new Map([
  ["Secret", "SECRET"],
  ["ConfigMap", "CONFIGMAP"],
  ["SecretProviderClassPodStatus", "SECRETPROVIDERCLASS"],
]);

export class ReloadedOnce implements Invariant {
  readonly name = "reloaded-once";
  state: ReloadedOnceState = {
    writes: new Map(),
    events: new Map(),
    reloaded: new Map(),
    failed: new Set(),
    forgotten: 0,
    seq: 0,
    hourAgo: 0,
    running: false,
    starts: new Set(),
    handlers: new Set(),
    begun: 0,
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { state } = this;
    state.seq = fact.seq;
    switch (any.type) {
      case "reloader.started":
        if (!state.running) state.forgotten = fact.seq;
        state.running = true;
        return this.#handles(any);
      case "reloader.leading":
        return this.#handles(any);
      case "reloader.stopped":
        return void state.handlers.delete(fact.about);
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        return this.#written(any);
      case "reloader.event":
        return this.#event(any);
      case "reloader.reloaded":
        return this.#patched(any);
      default:
        return;
    }
  }

  /** An event is handled within seconds: what is older than an hour stays known to nobody. */
  hourEnded(): void {
    const { state } = this;
    for (const seq of state.writes.keys())
      if (seq <= state.hourAgo) state.writes.delete(seq);
    for (const seq of state.events.keys())
      if (seq <= state.hourAgo) state.events.delete(seq);
    for (const seq of state.starts)
      if (seq <= state.hourAgo) state.starts.delete(seq);
    state.forgotten = Math.max(state.forgotten, state.hourAgo);
    state.hourAgo = state.seq;
  }

  #handles({ seq, about, data }: FactNamed<"reloader.leading">): void {
    const { state } = this;
    if (!data.leading) return void state.handlers.delete(about);
    state.starts.add(seq);
    state.handlers.add(about);
    state.begun += 1;
  }

  #written({ seq, data }: FactNamed<"api.object.modified">): void {
    const resource = RESOURCES.get(data.kind);
    if (resource === undefined || !this.state.running) return;
    const { namespace, name } = data;
    // A status stands for its class, whose name it ends with.
    const object = `${resource} ${namespace}/${name}`;
    const { handlers, begun } = this.state;
    this.state.writes.set(seq, { object, handlers: handlers.size, begun });
  }

  #event(fact: FactNamed<"reloader.event">): void {
    const write = this.#writeBehind(fact.causes);
    if (write === null && this.#isForgotten(fact.causes)) return;
    if (write === null)
      throw violation(
        "ReloadedOnce",
        `Reloader handled a change of ${fact.data.resource} ${fact.data.name} that nobody made`,
        placeOfFact(fact),
      );
    this.state.events.set(fact.seq, write);
    const { outcome } = fact.data;
    if (outcome === "failed" || outcome === "dropped")
      this.state.failed.add(write);
  }

  #patched(fact: FactNamed<"reloader.reloaded">): void {
    const { resource, namespace, object } = fact.data;
    const what = `Reloader patched ${fact.about} for ${resource} ${object}`;
    const write = this.#writeBehind(fact.causes);
    const place = placeOfFact(fact);
    if (write === null && this.#isForgotten(fact.causes)) return;
    if (write === null)
      throw violation(
        "ReloadedOnce",
        `${what}, which nobody had changed`,
        place,
      );
    const wrote = this.state.writes.get(write)!;
    const named =
      resource === "SECRETPROVIDERCLASS"
        ? wrote.object.startsWith(`${resource} ${namespace}/`)
        : wrote.object === `${resource} ${namespace}/${object}`;
    if (!named)
      throw violation(
        "ReloadedOnce",
        `${what}, but saw ${wrote.object}`,
        place,
      );
    const key = `${write} ${fact.about}`;
    const times = (this.state.reloaded.get(key) ?? 0) + 1;
    const most = wrote.handlers + this.state.begun - wrote.begun;
    if (times > Math.max(most, 1) && !this.state.failed.has(write))
      throw violation("ReloadedOnce", `${what} twice for one change`, place);
    this.state.reloaded.set(key, times);
  }

  #isForgotten(causes: readonly Cause[]): boolean {
    const { forgotten, starts } = this.state;
    return causes.some(
      (cause) =>
        typeof cause === "number" && (cause <= forgotten || starts.has(cause)),
    );
  }

  /** The write that is the first of these causes, or behind the event that is; null where there is none. */
  #writeBehind(causes: readonly Cause[]): number | null {
    const { writes, events } = this.state;
    for (const cause of causes) {
      if (typeof cause !== "number") continue;
      if (writes.has(cause)) return cause;
      const write = events.get(cause);
      if (write !== undefined) return write;
    }
    return null;
  }
}
