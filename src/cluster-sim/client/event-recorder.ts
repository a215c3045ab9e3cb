/**
 * How a component tells Kubernetes Events: client-go's recorder with its correlator. An emission is first counted to
 * the Event of the same text, or to one combined Event when many texts of one reason come; then the spam filter may
 * drop it, though it has been counted; only then the API server hears of it.
 * Source: kubernetes/client-go v0.32 tools/record/{event,events_cache}.go, util/flowcontrol/throttle.go; kubelet.md 6.6.
 *
 * Emits    k8s.event, one for every emission, before anything is merged or dropped (folded)
 *
 * Simplification: The recorder's caches forget the objects that were first seen longest ago, 4,096 of them at a time, where upstream has three caches that forget the least recently used.
 * Simplification: When ten different texts of one reason are remembered, the oldest makes room; upstream drops an arbitrary one.
 * Simplification: An Event is counted when it is emitted, where upstream counts it when those before it are written; this differs only while the API server cannot be reached.
 * Simplification: The kubelet's own limit of Events (eventRecordQPS) is off, as AKS sets it.
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import {
  EVENT_AGGREGATE_INTERVAL_MS,
  EVENT_AGGREGATE_MAX,
  EVENT_CACHE_OBJECTS,
  EVENT_SPAM_BURST,
  EVENT_SPAM_BY_TYPE_MINOR,
  EVENT_SPAM_REFILL_MS,
} from "../defaults.ts";
import type { EventEmittedFact } from "../facts.ts";
import type { ApiClient } from "../ports.ts";
import { EventSink } from "./event-sink.ts";

/** The object an Event is about. */
export interface EventObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects; their Events live in `default`. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `spec.containers{busybox}` for what concerns one container. */
  readonly fieldPath?: string;
}

export interface EventInput {
  readonly object: EventObject;
  readonly reason: string;
  readonly type: "Normal" | "Warning";
  readonly message: string;
}

/** One Event object as the recorder remembers it. */
interface Seen {
  readonly name: string;
  readonly firstAt: EpochMs;
  count: number;
}

/** The emissions of one reason and type about one object. */
interface Series {
  /** By field path and text. */
  readonly messages: Map<string, Seen>;
  combined: Seen | null;
  /** The different texts since the last pause of ten minutes, the oldest first; at most ten. */
  readonly recent: Set<string>;
  lastAt: EpochMs;
}

/** A token bucket in milliseconds: one event costs `EVENT_SPAM_REFILL_MS`. */
interface Bucket {
  credit: number;
  at: EpochMs;
}

interface ObjectEvents {
  readonly series: Map<string, Series>;
  /** By type, or one for all before 1.32. */
  readonly buckets: Map<string, Bucket>;
  /** How many Event names were drawn. */
  names: number;
}

/** Plain data; the owner keeps it in its own state. By uid of the object. */
export interface EventRecorderState {
  readonly objects: Map<string, ObjectEvents>;
}

export function newEventRecorderState(): EventRecorderState {
  return { objects: new Map() };
}

const BURST_CREDIT_MS = EVENT_SPAM_BURST * EVENT_SPAM_REFILL_MS;
const COMBINED = "(combined from similar events): ";
const NAME_WORDS = 2;

export class EventRecorder {
  readonly #sim: Simulation;
  readonly #sink: EventSink;
  readonly #at: string;
  readonly #component: string;
  readonly #host: string;
  readonly #minor: () => number;

  /** Adds a component of its own to the simulation, `<at>/events/<component>`: a recorder cannot be made twice. */
  constructor(options: {
    readonly sim: Simulation;
    readonly client: ApiClient;
    /** `at` of the facts: the owner's component name. */
    readonly at: string;
    /** `source.component` of the Events: `kubelet`, `csi-secrets-store-rotation` … */
    readonly component: string;
    /** `source.host`: the node's name, or empty. */
    readonly host: string;
    /** Kubernetes minor version. */
    readonly minor: () => number;
  }) {
    this.#sim = options.sim;
    this.#at = options.at;
    this.#component = options.component;
    const name = `${options.at}/events/${options.component}`;
    this.#sink = options.sim.add(
      new EventSink(name, options.sim, options.client),
    );
    this.#host = options.host;
    this.#minor = options.minor;
  }

  /**
   * Records the `k8s.event` fact (folded), then writes the Event object unless the correlator drops it; it waits its
   * turn, and is lost when the API server stays away too long. The ambient causes are left as they were: an Event is the
   * cause of nothing. Nobody gets a reply.
   */
  emit(state: EventRecorderState, input: EventInput): void {
    const { trace } = this.#sim;
    const { causes } = trace;
    this.#report(input);
    const events = eventsOf(state, input.object);
    const combined = this.#correlate(events, input);
    if (this.#passes(events, input.type)) this.#write(input, combined);
    trace.causes = causes;
  }

  /** The process has ended: Events that are not written yet are lost. Its owner also begins with a new state. */
  reset(): void {
    this.#sink.reset();
  }

  #report({ object, reason, type, message }: EventInput): void {
    const { kind, namespace, name, uid } = object;
    const data: EventEmittedFact["data"] = {
      reason,
      type,
      message,
      kind,
      namespace,
      name,
      uid,
      source: this.#component,
      host: this.#host,
    };
    const place = namespace === "" ? kind : `${namespace}/${kind}`;
    this.#sim.trace.repeat({
      type: "k8s.event" satisfies EventEmittedFact["type"],
      at: this.#at,
      about: `${place}/${name}|${reason}`,
      data,
    });
  }

  /** Counts the emission; says which Event it belongs to and with what text. */
  #correlate(
    events: ObjectEvents,
    input: EventInput,
  ): { readonly seen: Seen; readonly message: string } {
    const { now } = this.#sim;
    const { object, reason, type, message } = input;
    const series = seriesOf(events, `${type} ${reason}`);
    if (now - series.lastAt > EVENT_AGGREGATE_INTERVAL_MS)
      series.recent.clear();
    series.recent.add(message);
    series.lastAt = now;
    if (series.recent.size >= EVENT_AGGREGATE_MAX) {
      for (const oldest of series.recent) {
        series.recent.delete(oldest);
        break;
      }
      series.combined ??= this.#newSeen(events, object);
      series.combined.count += 1;
      return { seen: series.combined, message: COMBINED + message };
    }
    const key =
      object.fieldPath === undefined
        ? message
        : `${object.fieldPath} ${message}`;
    let seen = series.messages.get(key);
    if (seen === undefined) {
      seen = this.#newSeen(events, object);
      series.messages.set(key, seen);
    }
    seen.count += 1;
    return { seen, message };
  }

  #newSeen(events: ObjectEvents, object: EventObject): Seen {
    const draw = `${this.#at}/event/${this.#component}/${object.uid}`;
    const hex = this.#sim.draws.hex(draw, events.names++, NAME_WORDS);
    const name = `${object.name}.${hex}`;
    return { name, firstAt: this.#sim.now, count: 0 };
  }

  #passes(events: ObjectEvents, type: string): boolean {
    const key = this.#minor() >= EVENT_SPAM_BY_TYPE_MINOR ? type : "";
    const { now } = this.#sim;
    let bucket = events.buckets.get(key);
    if (bucket === undefined) {
      bucket = { credit: BURST_CREDIT_MS, at: now };
      events.buckets.set(key, bucket);
    }
    bucket.credit = Math.min(BURST_CREDIT_MS, bucket.credit + now - bucket.at);
    bucket.at = now;
    if (bucket.credit < EVENT_SPAM_REFILL_MS) return false;
    bucket.credit -= EVENT_SPAM_REFILL_MS;
    return true;
  }

  #write(
    input: EventInput,
    { seen, message }: { readonly seen: Seen; readonly message: string },
  ): void {
    const { count } = seen;
    const lastTimestamp = toRfc3339(this.#sim.now);
    this.#sink.write({
      object: this.#newEvent(input, seen, message),
      patch: count > 1 ? { count, lastTimestamp, message } : null,
      causes: this.#sim.trace.causes,
    });
  }

  #newEvent(input: EventInput, seen: Seen, message: string): JsonObject {
    const { object, reason, type } = input;
    const { namespace, ...rest } = object;
    const source = { component: this.#component };
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: seen.name, namespace: namespace || "default" },
      involvedObject: namespace === "" ? rest : { ...rest, namespace },
      reason,
      message,
      type,
      source: this.#host === "" ? source : { ...source, host: this.#host },
      count: seen.count,
      firstTimestamp: toRfc3339(seen.firstAt),
      lastTimestamp: toRfc3339(this.#sim.now),
      reportingComponent: this.#component,
      reportingInstance: this.#host,
    };
  }
}

function eventsOf(
  state: EventRecorderState,
  object: EventObject,
): ObjectEvents {
  let events = state.objects.get(object.uid);
  if (events === undefined) {
    events = { series: new Map(), buckets: new Map(), names: 0 };
    state.objects.set(object.uid, events);
    if (state.objects.size > EVENT_CACHE_OBJECTS)
      for (const oldest of state.objects.keys()) {
        state.objects.delete(oldest);
        break;
      }
  }
  return events;
}

function seriesOf(events: ObjectEvents, key: string): Series {
  let series = events.series.get(key);
  if (series === undefined) {
    series = {
      messages: new Map(),
      combined: null,
      recent: new Set(),
      lastAt: 0,
    };
    events.series.set(key, series);
  }
  return series;
}

/** An `EventObject` for a stored object. */
export function eventObject(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
  };
}): EventObject {
  const { apiVersion, kind, metadata } = object;
  const { namespace = "", name, uid } = metadata;
  return { apiVersion, kind, namespace, name, uid };
}
