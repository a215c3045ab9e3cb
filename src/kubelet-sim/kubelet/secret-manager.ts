/**
 * The kubelet's secret manager: from where a pod sync reads a Secret. One of three strategies decides, and none of them
 * pushes anything: files change only when the pod is synced.
 *
 * Watch (default): a reflector per Secret and node; reads come from its store. Cache: reads come from a cache with a
 * time to live. Get: each read asks the API server.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/util/manager/{watch_based,cache_based}_manager.go,
 *         pkg/kubelet/secret/secret_manager.go; kubelet.md 2, 13.3-13.5
 * Simplification: a read that waits for a Secret's first list is answered when the list arrives, not at the next 10 ms poll.
 * Simplification: a watch request has no lifetime of its own; the reconnect after 30 to 60 minutes changes nothing that can be seen.
 */
import type {
  ApiClient,
  ApiReply,
  Stored,
  WatchEvent,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { jsonEqual } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import {
  SECRET_IDLE_SYNC_PERIODS,
  SECRET_MIN_IDLE_MS,
  SECRET_SYNC_TIMEOUT_MS,
} from "../defaults.ts";
import type { NodeConfig } from "../ports.ts";

export type SecretRead =
  | {
      readonly ok: true;
      readonly stored: Stored;
      /** The write that made this version, as far as the kubelet knows. */
      readonly causes: readonly Cause[];
    }
  | {
      readonly ok: false;
      readonly notFound: boolean;
      readonly message: string;
    };

interface SecretEntry {
  readonly namespace: string;
  readonly name: string;
  /** Uids of the pods that refer to it. */
  refs: Set<string>;
  watchId: number | null;
  synced: boolean;
  stored: Stored | null;
  /** Resource version of the write that last changed the data; the writes after it touched metadata only. */
  dataVersion: string | null;
  causes: readonly Cause[];
  /** Cache: the last fetch; null when there was none, or it failed. */
  fetchedAt: EpochMs | null;
  lastAccess: EpochMs;
  /** Read once as immutable: the reflector is gone for good. */
  immutable: boolean;
  /** Requesters that wait for the first list, with their timeout's queue handle. */
  waiting: Map<string, number>;
}

interface SecretManagerState {
  secrets: Map<string, SecretEntry>;
}

export interface SecretManagerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly api: ApiClient;
  readonly config: () => NodeConfig;
}

interface TimeoutEvent extends SimEvent {
  readonly type: "timeout";
  readonly key: string;
  readonly requester: string;
}

/** The TTL in seconds of the node annotation that the TTL controller writes. Source: pkg/controller/ttl/ttl_controller.go; kubelet.md 2.4 */
const TTL_STEPS: readonly (readonly [nodes: number, seconds: number])[] = [
  [100, 0],
  [500, 15],
  [1000, 30],
  [2000, 60],
];
const TTL_ABOVE_S = 300;

/**
 * The time to live of cached Secrets in a cluster of `nodes` nodes that never changed its size.
 * Simplification: the TTL controller's hysteresis is not modelled, since a world's nodes do not come and go.
 */
export function secretCacheTtl(nodes: number): DurationMs {
  const step = TTL_STEPS.find(([limit]) => nodes <= limit);
  return (step?.[1] ?? TTL_ABOVE_S) * SECOND_MS;
}

export class SecretManager implements Component {
  readonly name: string;
  state: SecretManagerState = { secrets: new Map() };
  /** Gets the reads that could not be answered at once. Set when the node is put together. */
  onRead: (requester: string, read: SecretRead) => void = () => {};
  readonly #options: SecretManagerOptions;

  constructor(options: SecretManagerOptions) {
    this.name = `${options.node}/kubelet/secret-manager`;
    this.#options = options;
  }

  /** Notes that a pod refers to these Secrets (`RegisterPod`); repeating it changes nothing. */
  register(uid: string, namespace: string, names: readonly string[]): void {
    const { changeDetection, kubernetesMinor } = this.#options.config();
    for (const name of names) {
      const entry = this.#entry(namespace, name);
      const first = !entry.refs.has(uid);
      entry.refs.add(uid);
      if (changeDetection === "Watch" && entry.watchId === null)
        if (!entry.immutable) this.#startWatch(entry);
      // Before 1.29 every registration, that is every pod sync, dropped what was cached.
      if (changeDetection === "Cache" && (first || kubernetesMinor < 29))
        entry.fetchedAt = null;
    }
  }

  unregister(uid: string): void {
    for (const [key, entry] of this.state.secrets) {
      if (!entry.refs.delete(uid) || entry.refs.size > 0) continue;
      if (entry.watchId !== null) this.#options.api.unwatch(entry.watchId);
      for (const handle of entry.waiting.values())
        this.#options.sim.cancel(handle);
      this.state.secrets.delete(key);
    }
  }

  /** Reads a Secret. Null: `onRead` gets the answer later, under `requester`. */
  read(namespace: string, name: string, requester: string): SecretRead | null {
    const entry = this.state.secrets.get(`${namespace}/${name}`);
    if (entry === undefined)
      return failure(`object "${namespace}"/"${name}" not registered`);
    switch (this.#options.config().changeDetection) {
      case "Watch":
        return this.#readWatched(entry, requester);
      case "Cache":
        return this.#readCached(entry, requester);
      case "Get":
        return this.#fetch(entry, requester);
    }
  }

  /** Asks the API server, past every cache, as the CSI plugin reads its credentials; `onRead` gets the answer. */
  get(namespace: string, name: string, requester: string): void {
    this.#ask({ namespace, name }, { live: true, requester });
  }

  /** Names the data that a read would answer from memory now; null for no Secret, or when it would have to ask. */
  knownVersion(namespace: string, name: string): string | null {
    const entry = this.state.secrets.get(`${namespace}/${name}`);
    return entry?.dataVersion ?? null;
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "watch":
        return this.#watched(event as WatchEvent);
      case "timeout":
        return this.#timedOut(event as TimeoutEvent);
      case "reply":
        return this.#fetched(event as ReplyEvent<ApiReply>);
    }
  }

  #entry(namespace: string, name: string): SecretEntry {
    const key = `${namespace}/${name}`;
    let entry = this.state.secrets.get(key);
    if (entry === undefined) {
      entry = {
        namespace,
        name,
        refs: new Set(),
        watchId: null,
        synced: false,
        stored: null,
        dataVersion: null,
        causes: [],
        fetchedAt: null,
        lastAccess: this.#options.sim.now,
        immutable: false,
        waiting: new Map(),
      };
      this.state.secrets.set(key, entry);
    }
    return entry;
  }

  #startWatch(entry: SecretEntry): void {
    const { namespace, name } = entry;
    entry.synced = false;
    entry.lastAccess = this.#options.sim.now;
    entry.watchId = this.#options.api.watch(
      { kind: "Secret", namespace, fieldSelector: `metadata.name=${name}` },
      { target: this.name, tag: { key: `${namespace}/${name}` } },
    );
  }

  #readWatched(entry: SecretEntry, requester: string): SecretRead | null {
    const { sim, config } = this.#options;
    const maxIdle = Math.max(
      SECRET_IDLE_SYNC_PERIODS * config().syncFrequencyMs,
      SECRET_MIN_IDLE_MS,
    );
    const idle = sim.now > entry.lastAccess + maxIdle;
    if (idle && entry.watchId !== null && entry.synced) {
      // The sweep stopped this reflector meanwhile: the read starts it again and waits for a fresh list.
      this.#options.api.unwatch(entry.watchId);
      this.#startWatch(entry);
    }
    entry.lastAccess = sim.now;
    if (entry.synced) return this.#answer(entry);
    const event: TimeoutEvent = {
      type: "timeout",
      key: `${entry.namespace}/${entry.name}`,
      requester,
    };
    const handle = sim.after(SECRET_SYNC_TIMEOUT_MS, {
      rank: Rank.completion,
      target: this.name,
      event,
    });
    entry.waiting.set(requester, handle);
    return null;
  }

  #answer(entry: SecretEntry): SecretRead {
    const { stored, name, causes } = entry;
    if (stored === null) return notFound(`secret "${name}" not found`);
    if (stored.object["immutable"] === true && entry.watchId !== null) {
      this.#options.api.unwatch(entry.watchId);
      entry.watchId = null;
      entry.immutable = true;
    }
    return { ok: true, stored, causes };
  }

  #watched({ tag, change, stored }: WatchEvent): void {
    const entry = this.state.secrets.get(tag["key"] as string);
    if (entry === undefined || entry.immutable) return;
    if (change === "SYNCED") {
      entry.synced = true;
      this.#answerWaiting(entry);
      return;
    }
    const { causes } = this.#options.sim.trace;
    learn(entry, change === "DELETED" ? null : stored, causes);
  }

  #answerWaiting(entry: SecretEntry): void {
    const waiting = [...entry.waiting];
    entry.waiting.clear();
    for (const [requester, handle] of waiting) {
      this.#options.sim.cancel(handle);
      this.onRead(requester, this.#answer(entry));
    }
  }

  #timedOut({ key, requester }: TimeoutEvent): void {
    this.state.secrets.get(key)?.waiting.delete(requester);
    this.onRead(
      requester,
      failure(
        "failed to sync secret cache: timed out waiting for the condition",
      ),
    );
  }

  #readCached(entry: SecretEntry, requester: string): SecretRead | null {
    const { sim, config } = this.#options;
    const { secretCacheTtlMs } = config();
    const { fetchedAt, stored, causes } = entry;
    const fresh = fetchedAt !== null && sim.now < fetchedAt + secretCacheTtlMs;
    if (fresh && stored !== null) return { ok: true, stored, causes };
    return this.#fetch(entry, requester);
  }

  #fetch({ namespace, name }: SecretEntry, requester: string): null {
    const key = `${namespace}/${name}`;
    this.#ask({ namespace, name }, { key, requester });
    return null;
  }

  #ask(
    secret: { readonly namespace: string; readonly name: string },
    tag: JsonObject,
  ): void {
    const request = { verb: "get", kind: "Secret", ...secret } as const;
    this.#options.api.call(request, { target: this.name, tag });
  }

  #fetched({ tag, reply }: ReplyEvent<ApiReply>): void {
    const requester = tag["requester"] as string;
    if (tag["live"] === true) return this.onRead(requester, readOf(reply));
    const entry = this.state.secrets.get(tag["key"] as string);
    if (entry === undefined) return;
    if (reply.ok && "stored" in reply) {
      const seen = entry.stored?.object.metadata.resourceVersion;
      const { resourceVersion } = reply.stored.object.metadata;
      // What a version came with stays its cause, however often it is read again.
      if (seen !== resourceVersion)
        learn(entry, reply.stored, causesOf(reply.stored));
      entry.fetchedAt = this.#options.sim.now;
      const { stored } = reply;
      this.onRead(requester, { ok: true, stored, causes: entry.causes });
    } else if (!reply.ok && reply.error.code === 404) {
      learn(entry, null, []);
      entry.fetchedAt = null;
      this.onRead(requester, notFound(reply.error.message));
    } else if (!reply.ok) {
      const { stored, causes } = entry;
      const cached = this.#options.config().changeDetection === "Cache";
      this.onRead(
        requester,
        cached && stored !== null
          ? { ok: true, stored, causes }
          : failure(reply.error.message),
      );
    }
  }
}

/** Takes in another state of the Secret; causes stay those of the data. */
function learn(
  entry: SecretEntry,
  stored: Stored | null,
  causes: readonly Cause[],
): void {
  const before = entry.stored?.object["data"];
  const same =
    stored !== null &&
    entry.stored !== null &&
    jsonEqual(before, stored.object["data"]);
  entry.stored = stored;
  if (same) return;
  entry.dataVersion = stored?.object.metadata.resourceVersion ?? null;
  entry.causes = causes;
}

/** A plain read does not say which write made the object; the newest provenance of its keys does. */
function causesOf({ contents = {} }: Stored): readonly Cause[] {
  const froms = Object.values(contents).map(({ from }) => from);
  const seq = (cause: Cause) => (typeof cause === "number" ? cause : cause[0]);
  froms.sort((a, b) => seq(b) - seq(a));
  return froms.slice(0, 1);
}

function readOf(reply: ApiReply): SecretRead {
  if (!reply.ok) return failure(reply.error.message);
  const { stored } = reply as { readonly stored: Stored };
  return { ok: true, stored, causes: causesOf(stored) };
}

function failure(message: string): SecretRead {
  return { ok: false, notFound: false, message };
}

function notFound(message: string): SecretRead {
  return { ok: false, notFound: true, message };
}
