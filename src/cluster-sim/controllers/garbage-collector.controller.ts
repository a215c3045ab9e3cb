/**
 * The garbage collector: deletes an object once none of its owners exists any more, and takes vanished owners off an
 * object that has others. It knows the cluster by watches; before it acts it asks the API server for an owner it has
 * not seen.
 * Source: kubernetes/kubernetes v1.32 pkg/controller/garbagecollector/{garbagecollector,graph_builder}.go
 * (attemptToDeleteItem); reference sheet csi-driver.md 5.5.
 *
 * Timers   GARBAGE_COLLECTION_DELAY_MS  from the event that makes an object suspect to the check of its owners
 *          WORK_QUEUE_BACKOFF_MS  5 ms, doubled up to WORK_QUEUE_BACKOFF_MAX_MS 1,000 s: to the next check of an object
 *          whose check or deletion failed
 * Input    watches on every served kind but Event
 *
 * Simplification: Of the garbage collector's rate limits only that of each object is modelled, not the one of the whole queue (10 a second, 100 at once).
 * Simplification: Deletion is always in the background; foreground deletion, orphaning and blockOwnerDeletion are not modelled.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import { KINDS, servedKind } from "../api-server/kinds.ts";
import {
  GARBAGE_COLLECTION_DELAY_MS,
  WORK_QUEUE_BACKOFF_MAX_MS,
  WORK_QUEUE_BACKOFF_MS,
} from "../defaults.ts";
import type {
  ApiClient,
  ApiReply,
  OwnerReference,
  Stored,
  WatchEvent,
} from "../ports.ts";

/** What the collector remembers of one object. */
interface Item {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly owners: readonly OwnerReference[];
  /** Waits for its deletion already: nothing more is to be done about it. */
  readonly terminating: boolean;
}

/** A check under way: what the API server said about owners that no watch has shown. */
interface Check {
  readonly present: Set<string>;
  readonly absent: Set<string>;
}

interface CollectorState {
  /** Every object by uid. */
  readonly items: Map<string, Item>;
  /** Uids of the objects that name an owner, by the owner's uid. */
  readonly dependents: Map<string, Set<string>>;
  /** By uid of the suspect. */
  readonly checks: Map<string, Check>;
  /** How often in a row the check or deletion of an object failed, by uid. */
  readonly failed: Map<string, number>;
}

/** What an answer belongs to. `owner`: the owner that was asked for; none: the deletion or change of the suspect. */
interface Question {
  readonly uid: string;
  readonly owner?: string;
}

interface CheckEvent extends SimEvent {
  readonly type: "check";
  readonly uid: string;
}

export class GarbageCollector implements Component {
  readonly name = "garbage-collector";
  state: CollectorState = {
    items: new Map(),
    dependents: new Map(),
    checks: new Map(),
    failed: new Map(),
  };
  readonly #sim: Simulation;
  readonly #client: ApiClient;

  constructor(options: {
    readonly sim: Simulation;
    readonly client: ApiClient;
  }) {
    this.#sim = options.sim;
    this.#client = options.client;
  }

  /** Begins to watch. Call once, when the world begins. */
  start(): void {
    for (const { kind } of KINDS)
      if (kind !== "Event")
        this.#client.watch({ kind }, { target: this.name, tag: {} });
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "watch":
        return this.#observe(event as WatchEvent);
      case "check":
        return this.#check((event as CheckEvent).uid);
      case "reply":
        return this.#answered(event as ReplyEvent<ApiReply>);
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: the garbage collector does not know it`,
        );
    }
  }

  #observe({ change, stored }: WatchEvent): void {
    if (stored === null) return;
    const { uid } = stored.object.metadata;
    if (change === "DELETED") return this.#forget(uid);
    const item = itemOf(stored);
    this.#unlink(uid);
    this.state.items.set(uid, item);
    for (const owner of item.owners) {
      const group = this.state.dependents.get(owner.uid) ?? new Set<string>();
      this.state.dependents.set(owner.uid, group.add(uid));
    }
    if (item.terminating) return;
    if (item.owners.some((owner) => !this.state.items.has(owner.uid)))
      this.#suspect(uid);
  }

  #forget(uid: string): void {
    this.#unlink(uid);
    this.state.items.delete(uid);
    this.state.checks.delete(uid);
    this.state.failed.delete(uid);
    for (const dependent of this.state.dependents.get(uid) ?? [])
      this.#suspect(dependent);
  }

  #unlink(uid: string): void {
    for (const owner of this.state.items.get(uid)?.owners ?? []) {
      const group = this.state.dependents.get(owner.uid);
      group?.delete(uid);
      if (group?.size === 0) this.state.dependents.delete(owner.uid);
    }
  }

  #suspect(uid: string, delayMs = GARBAGE_COLLECTION_DELAY_MS): void {
    if (this.state.checks.has(uid)) return;
    this.state.checks.set(uid, { present: new Set(), absent: new Set() });
    const event: CheckEvent = { type: "check", uid };
    const { controller: rank } = Rank;
    const target = this.name;
    this.#sim.after(delayMs, { rank, target, event });
  }

  /** Something could not be asked or done: the object is checked again from the beginning, later each time. */
  #retry(uid: string): void {
    this.state.checks.delete(uid);
    if (!this.state.items.has(uid)) return;
    const times = this.state.failed.get(uid) ?? 0;
    this.state.failed.set(uid, times + 1);
    const delayMs = WORK_QUEUE_BACKOFF_MS * 2 ** times;
    this.#suspect(uid, Math.min(delayMs, WORK_QUEUE_BACKOFF_MAX_MS));
  }

  /** Asks for the next owner nobody has seen; when there is none left, acts. */
  #check(uid: string): void {
    const item = this.state.items.get(uid);
    const check = this.state.checks.get(uid);
    if (item === undefined || check === undefined) return;
    const unknown = item.owners.find(
      (owner) =>
        !this.state.items.has(owner.uid) &&
        !check.present.has(owner.uid) &&
        !check.absent.has(owner.uid),
    );
    if (unknown === undefined) return this.#act(uid, item, check);
    const { kind, name } = unknown;
    const info = servedKind(unknown.apiVersion, kind);
    if (info === null) {
      check.present.add(unknown.uid); // An owner that nobody can look up keeps its dependents.
      return this.#check(uid);
    }
    const namespace = info.namespaced ? item.namespace : "";
    this.#client.call(
      { verb: "get", kind, namespace, name },
      { target: this.name, tag: { uid, owner: unknown.uid } },
    );
  }

  #answered({ tag, reply }: ReplyEvent<ApiReply>): void {
    const { uid, owner } = tag as unknown as Question;
    const gone = !reply.ok && reply.error.code === NOT_FOUND;
    if (!reply.ok && !gone && owner !== undefined) return this.#retry(uid);
    if (owner === undefined) return this.#acted(uid, reply);
    const check = this.state.checks.get(uid);
    if (check === undefined) return;
    const found =
      reply.ok &&
      "stored" in reply &&
      reply.stored.object.metadata.uid === owner;
    (found ? check.present : check.absent).add(owner);
    this.#check(uid);
  }

  /** An object that is gone is done with; where somebody wrote first, too, it is checked again. */
  #acted(uid: string, reply: ApiReply): void {
    if (!reply.ok && reply.error.code !== NOT_FOUND) return this.#retry(uid);
    this.state.failed.delete(uid);
  }

  #act(uid: string, item: Item, check: Check): void {
    this.state.checks.delete(uid);
    const solid = item.owners.filter(
      (owner) =>
        this.state.items.has(owner.uid) || check.present.has(owner.uid),
    );
    if (item.terminating || solid.length === item.owners.length) {
      this.state.failed.delete(uid);
      return;
    }
    const { kind, namespace, name, resourceVersion } = item;
    const key = { kind, namespace, name };
    const to = { target: this.name, tag: { uid } };
    if (solid.length === 0) {
      this.#client.call({ verb: "delete", ...key, uid }, to);
      return;
    }
    const ownerReferences = solid as unknown as readonly JsonObject[];
    const patch = { metadata: { uid, resourceVersion, ownerReferences } };
    this.#client.call({ verb: "patch", ...key, patch }, to);
  }
}

const NOT_FOUND = 404;

function itemOf(stored: Stored): Item {
  const { kind, metadata } = stored.object;
  const { namespace = "", name, resourceVersion, ownerReferences } = metadata;
  const { deletionTimestamp } = metadata;
  return {
    kind,
    namespace,
    name,
    resourceVersion,
    owners: ownerReferences ?? [],
    terminating: deletionTimestamp !== undefined,
  };
}
