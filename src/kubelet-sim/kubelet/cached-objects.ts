/**
 * The Cache strategy: what was fetched is good for a time to live, which the node's annotation
 * `node.alpha.kubernetes.io/ttl` gives. Reads of one object take turns, so a GET is shared by those that wait for it.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/util/manager/cache_based_manager.go (objectStore.Get, GetObjectTTLFromNodeFunc);
 *         kubelet.md 2.2, 13.4
 */
import type { ApiReply, WatchEvent } from "../../cluster-sim/ports.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type {
  CacheLine,
  ObjectEntry,
  ObjectManagerParts,
  ObjectRead,
} from "./object-entry.ts";
import {
  causesOf,
  failure,
  isOlder,
  learn,
  newLine,
  notFound,
} from "./object-entry.ts";

const TTL_ANNOTATION = "node.alpha.kubernetes.io/ttl";

/** Up to this minor version every registration, that is every pod sync, dropped what was cached. */
const LAST_MINOR_THAT_DROPS = 28;

export class CachedObjects {
  readonly #parts: ObjectManagerParts;

  constructor(parts: ObjectManagerParts) {
    this.#parts = parts;
  }

  get dropsAtEachSync(): boolean {
    const { state, config } = this.#parts;
    return (
      state().strategy === "Cache" &&
      config().kubernetesMinor <= LAST_MINOR_THAT_DROPS
    );
  }

  watchNode(): void {
    const { api, node, name: target, state: stateOf } = this.#parts;
    const state = stateOf();
    state.nodeWatch = api.watch(
      { kind: "Node", fieldSelector: `metadata.name=${node}` },
      { target, tag: { node: true, epoch: state.epoch } },
    );
  }

  nodeChanged({ change, stored }: WatchEvent): void {
    if (change !== "SYNCED")
      this.#parts.state().node = change === "DELETED" ? null : stored;
  }

  /** A registration: the next read fetches. A GET that is on its way still answers those who wait for it. */
  referenced(entry: ObjectEntry): void {
    if (entry.line?.fetching === true) entry.orphans.push(entry.line);
    entry.line = null;
  }

  read(entry: ObjectEntry, requester: string): ObjectRead | null {
    const line = (entry.line ??= newLine(++this.#parts.state().lines));
    if (line.fetching) {
      line.waiting.push(requester);
      return null;
    }
    if (this.#isFresh(line)) return this.#answer(entry, line);
    this.#fetch(entry, line, requester);
    return null;
  }

  /** The answer to the GET of a line: the reader gets it, then those who wait read in turn. */
  replied(
    entry: ObjectEntry,
    lineId: number,
    requester: string,
    reply: ApiReply,
  ): void {
    const orphan = entry.orphans.find(({ id }) => id === lineId);
    const line = orphan ?? entry.line!;
    line.fetching = false;
    const { answer } = this.#parts;
    answer(requester, this.#take(entry, line, reply));
    while (!line.fetching && line.waiting.length > 0) {
      const next = line.waiting.shift()!;
      if (this.#isFresh(line)) answer(next, this.#answer(entry, line));
      else this.#fetch(entry, line, next);
    }
    if (orphan !== undefined && !line.fetching)
      entry.orphans = entry.orphans.filter((other) => other !== orphan);
  }

  /** What a GET of its own says, where nothing is cached. */
  readOf(entry: ObjectEntry, reply: ApiReply): ObjectRead {
    if (reply.ok && "stored" in reply) {
      const { stored } = reply;
      // What a version came with stays its cause, however often it is read again.
      const known = entry.stored?.object.metadata.resourceVersion;
      if (known !== stored.object.metadata.resourceVersion)
        learn(entry, stored, causesOf(stored));
      return { ok: true, stored, causes: entry.causes };
    }
    if (reply.ok) return failure("the API server answered with a list");
    const { code, message } = reply.error;
    if (code !== 404) return failure(message);
    learn(entry, null, []);
    return notFound(message);
  }

  #fetch(entry: ObjectEntry, line: CacheLine, requester: string): void {
    line.fetching = true;
    this.#parts.ask(entry, { requester, line: line.id });
  }

  #take(entry: ObjectEntry, line: CacheLine, reply: ApiReply): ObjectRead {
    const { now } = this.#parts.sim;
    if (reply.ok && "stored" in reply && isOlder(reply.stored, line.stored))
      return this.#answer(entry, line);
    const read = this.readOf(entry, reply);
    if (!read.ok && !read.notFound)
      return line.stored === null && line.missing === null
        ? read
        : this.#answer(entry, line);
    line.stored = read.ok ? read.stored : null;
    line.missing = read.ok ? null : read.message;
    line.fetchedAt = now;
    return read;
  }

  #answer({ causes }: ObjectEntry, line: CacheLine): ObjectRead {
    if (line.stored === null) return notFound(line.missing!);
    return { ok: true, stored: line.stored, causes };
  }

  /** A NotFound is kept, but being an error it is fetched again each time. */
  #isFresh({ stored, fetchedAt }: CacheLine): boolean {
    if (stored === null || fetchedAt === null) return false;
    return this.#parts.sim.now < fetchedAt + this.#ttlMs();
  }

  #ttlMs(): DurationMs {
    const { state, config } = this.#parts;
    const text = state().node?.object.metadata.annotations?.[TTL_ANNOTATION];
    return text !== undefined && /^[+-]?\d+$/.test(text)
      ? Number(text) * SECOND_MS
      : config().secretCacheTtlMs;
  }
}
