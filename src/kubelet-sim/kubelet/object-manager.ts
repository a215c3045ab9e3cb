/**
 * One of the kubelet's two managers of objects, for Secrets or for ConfigMaps: from where a pod sync, or the start of a
 * container, reads one. One of three strategies decides, and none of them pushes anything: files change only when the
 * pod is synced.
 *
 * Watch (default): a reflector per object and node; reads come from its store. Cache: reads come from a cache with a
 * time to live. Get: each read asks the API server.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/util/manager/{watch_based,cache_based}_manager.go,
 *         pkg/kubelet/{secret,configmap}; kubelet.md 2, 13.3-13.5
 * Simplification: The API server's watch cache is never behind, so a refresh from it and a quorum read are one GET.
 */
import type { ApiReply, Stored, WatchEvent } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import { CachedObjects } from "./cached-objects.ts";
import type { ObjectKind } from "./object-data.ts";
import type {
  ObjectEntry,
  ObjectManagerOptions,
  ObjectManagerParts,
  ObjectManagerState,
  ObjectRead,
} from "./object-entry.ts";
import { causesOf, failure, newEntry } from "./object-entry.ts";
import { WatchedObjects } from "./watched-objects.ts";

const COMPONENT: Readonly<Record<ObjectKind, string>> = {
  Secret: "secret-manager",
  ConfigMap: "config-map-manager",
};

/** The TTL in seconds of the node annotation that the TTL controller writes. Source: pkg/controller/ttl/ttl_controller.go; kubelet.md 2.4 */
const TTL_STEPS: readonly (readonly [nodes: number, seconds: number])[] = [
  [100, 0],
  [500, 15],
  [1000, 30],
  [2000, 60],
];
const TTL_ABOVE_S = 300;

/**
 * The time to live of cached objects in a cluster of `nodes` nodes that never changed its size.
 * Simplification: the TTL controller's hysteresis is not modelled, since a world's nodes do not come and go.
 */
export function secretCacheTtl(nodes: number): DurationMs {
  const step = TTL_STEPS.find(([limit]) => nodes <= limit);
  return (step?.[1] ?? TTL_ABOVE_S) * SECOND_MS;
}

export class ObjectManager implements Component {
  readonly name: string;
  state: ObjectManagerState;
  /** Gets the reads that could not be answered at once. Set when the node is put together. */
  onRead: (requester: string, read: ObjectRead) => void = () => {};
  readonly #options: ObjectManagerOptions;
  readonly #watched: WatchedObjects;
  readonly #cached: CachedObjects;

  constructor(options: ObjectManagerOptions) {
    this.name = `${options.node}/kubelet/${COMPONENT[options.kind]}`;
    this.#options = options;
    this.state = {
      strategy: options.config().changeDetection,
      entries: new Map(),
      pods: new Map(),
      epoch: 0,
      sweep: null,
      node: null,
      nodeWatch: null,
      lines: 0,
    };
    const parts: ObjectManagerParts = {
      ...options,
      name: this.name,
      state: () => this.state,
      answer: (requester, read) => this.onRead(requester, read),
      ask: (entry, tag) => this.#ask(entry, tag),
    };
    this.#watched = new WatchedObjects(parts);
    this.#cached = new CachedObjects(parts);
  }

  /** The kubelet's process started. */
  start(): void {
    this.state.strategy = this.#options.config().changeDetection;
    if (this.state.strategy === "Cache") this.#cached.watchNode();
  }

  /** The kubelet's process ended: nothing of it stays, and no answer comes any more. */
  stop(): void {
    const { state } = this;
    for (const entry of state.entries.values()) this.#watched.forget(entry);
    state.entries.clear();
    state.pods.clear();
    state.epoch += 1;
    if (state.sweep !== null) this.#options.sim.cancel(state.sweep);
    if (state.nodeWatch !== null) this.#options.api.unwatch(state.nodeWatch);
    state.sweep = null;
    state.node = null;
    state.nodeWatch = null;
  }

  /** Notes that a pod refers to these objects (`RegisterPod`): it does the same names each time. */
  register(uid: string, namespace: string, names: readonly string[]): void {
    const { state } = this;
    const first = !state.pods.has(uid);
    if (first)
      state.pods.set(
        uid,
        names.map((name) => `${namespace}/${name}`),
      );
    else if (!this.#cached.dropsAtEachSync) return;
    for (const name of names) {
      const entry = this.#entry(namespace, name);
      entry.refs.add(uid);
      if (state.strategy === "Watch") this.#watched.referenced(entry);
      else if (state.strategy === "Cache") this.#cached.referenced(entry);
    }
  }

  unregister(uid: string): void {
    const { pods, entries } = this.state;
    for (const key of pods.get(uid) ?? []) {
      const entry = entries.get(key)!;
      entry.refs.delete(uid);
      if (entry.refs.size > 0) continue;
      this.#watched.forget(entry);
      entries.delete(key);
    }
    pods.delete(uid);
  }

  /** Reads an object. Null: `onRead` gets the answer later, under `requester`. */
  read(namespace: string, name: string, requester: string): ObjectRead | null {
    const entry = this.state.entries.get(`${namespace}/${name}`);
    if (entry === undefined)
      return failure(`object "${namespace}"/"${name}" not registered`);
    switch (this.state.strategy) {
      case "Watch":
        return this.#watched.read(entry, requester);
      case "Cache":
        return this.#cached.read(entry, requester);
      case "Get":
        this.#ask(entry, { requester, keep: true });
        return null;
    }
  }

  /** Asks the API server, past every cache, as the CSI plugin reads its credentials; `onRead` gets the answer. */
  get(namespace: string, name: string, requester: string): void {
    this.#ask({ namespace, name }, { requester, keep: false });
  }

  /** Names the data that was read or seen last; null for no object. */
  knownVersion(namespace: string, name: string): string | null {
    const entry = this.state.entries.get(`${namespace}/${name}`);
    return entry?.dataVersion ?? null;
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "watch": {
        const watch = event as WatchEvent;
        if (watch.tag["epoch"] !== this.state.epoch) return;
        if (watch.tag["node"] === true) this.#cached.nodeChanged(watch);
        else this.#watched.delivered(watch);
        return;
      }
      case "reply":
        return this.#replied(event as ReplyEvent<ApiReply>);
      default:
        return this.#watched.timer(event);
    }
  }

  #entry(namespace: string, name: string): ObjectEntry {
    const key = `${namespace}/${name}`;
    let entry = this.state.entries.get(key);
    if (entry === undefined) {
      entry = newEntry(namespace, name, this.#options.sim.now);
      this.state.entries.set(key, entry);
    }
    return entry;
  }

  #ask(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    tag: JsonObject,
  ): void {
    const { api, kind } = this.#options;
    const { epoch } = this.state;
    api.call(
      { verb: "get", kind, namespace, name },
      {
        target: this.name,
        tag: { ...tag, epoch, key: `${namespace}/${name}` },
      },
    );
  }

  #replied({ tag, reply }: ReplyEvent<ApiReply>): void {
    if (tag["epoch"] !== this.state.epoch) return;
    const entry = this.state.entries.get(tag["key"] as string);
    const requester = tag["requester"] as string;
    if (typeof tag["line"] === "number") {
      if (entry !== undefined)
        this.#cached.replied(entry, tag["line"], requester, reply);
    } else if (tag["keep"] === true && entry !== undefined)
      this.onRead(requester, this.#cached.readOf(entry, reply));
    else this.onRead(requester, plainRead(reply));
  }
}

function plainRead(reply: ApiReply): ObjectRead {
  if (!reply.ok)
    return {
      ok: false,
      notFound: reply.error.code === 404,
      message: reply.error.message,
    };
  const { stored } = reply as { readonly stored: Stored };
  return { ok: true, stored, causes: causesOf(stored) };
}
