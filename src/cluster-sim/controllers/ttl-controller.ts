/**
 * The TTL controller: writes on each Node how long its kubelet may cache Secrets and ConfigMaps, by the size of the cluster.
 * Nodes that are there get another value when they are next updated, new ones at once.
 * Source: kubernetes/kubernetes v1.32 pkg/controller/ttl/ttl_controller.go; kubelet.md 2.4.
 *
 * Timers   WORK_QUEUE_BACKOFF_MS  5 ms, doubled up to WORK_QUEUE_BACKOFF_MAX_MS 1,000 s: to the next try of a patch that failed
 * Input    a watch on Nodes
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { Informer } from "../client/informer.ts";
import { applyWatch, itemKey, newInformer } from "../client/informer.ts";
import {
  TTL_STEPS,
  WORK_QUEUE_BACKOFF_MAX_MS,
  WORK_QUEUE_BACKOFF_MS,
} from "../defaults.ts";
import type { ApiClient, ApiReply, WatchEvent } from "../ports.ts";

/** Seconds as text; only the Cache strategy of kubelets reads it. */
export const TTL_ANNOTATION = "node.alpha.kubernetes.io/ttl";

interface TtlState {
  readonly nodes: Informer;
  count: number;
  /** Index into `TTL_STEPS`; moves by one for each node that comes or goes. */
  step: number;
  /** Nodes with a patch under way or waiting for its next try. */
  readonly busy: Set<string>;
  /** Patches in a row that failed, by node. */
  readonly failed: Map<string, number>;
}

interface SyncEvent extends SimEvent {
  readonly type: "sync";
  readonly node: string;
}

const NOT_FOUND = 404;

export class TtlController implements Component {
  readonly name = "ttl-controller";
  state: TtlState = {
    nodes: newInformer(),
    count: 0,
    step: 0,
    busy: new Set(),
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
    this.#client.watch({ kind: "Node" }, { target: this.name, tag: {} });
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "watch":
        return this.#observe(event as WatchEvent);
      case "sync":
        this.state.busy.delete((event as SyncEvent).node);
        return this.#sync((event as SyncEvent).node);
      case "reply":
        return this.#answered(event as ReplyEvent<ApiReply>);
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: the TTL controller does not know it`,
        );
    }
  }

  #observe(event: WatchEvent): void {
    const { nodes } = this.state;
    const wasSynced = nodes.synced;
    const change = applyWatch(nodes, event);
    if (change === null) return;
    if (change.type === "ADDED") this.#resized(1);
    if (change.type === "DELETED") return this.#resized(-1);
    // The workers begin when the first list is in.
    if (!nodes.synced) return;
    if (change.after !== null)
      return this.#sync(change.after.object.metadata.name);
    if (wasSynced) return;
    for (const { object } of nodes.items.values())
      this.#sync(object.metadata.name);
  }

  #resized(by: 1 | -1): void {
    const { state } = this;
    state.count += by;
    const { sizeMin, sizeMax } = TTL_STEPS[state.step]!;
    if (by === 1 && state.count > sizeMax) state.step += 1;
    if (by === -1 && state.count < sizeMin) state.step -= 1;
  }

  #sync(node: string): void {
    const { nodes, busy, step } = this.state;
    const stored = nodes.items.get(itemKey("", node));
    if (stored === undefined || busy.has(node)) return;
    const ttl = String(TTL_STEPS[step]!.ttlSeconds);
    if (stored.object.metadata.annotations?.[TTL_ANNOTATION] === ttl) return;
    busy.add(node);
    const patch = { metadata: { annotations: { [TTL_ANNOTATION]: ttl } } };
    const key = { kind: "Node", namespace: "", name: node };
    const to = { target: this.name, tag: { node } };
    this.#client.call({ verb: "patch", ...key, patch }, to);
  }

  #answered({ tag, reply }: ReplyEvent<ApiReply>): void {
    const node = tag["node"] as string;
    const { busy, failed } = this.state;
    if (reply.ok || reply.error.code === NOT_FOUND) {
      busy.delete(node);
      failed.delete(node);
      return;
    }
    const times = failed.get(node) ?? 0;
    failed.set(node, times + 1);
    const delayMs = WORK_QUEUE_BACKOFF_MS * 2 ** times;
    const event: SyncEvent = { type: "sync", node };
    const { controller: rank } = Rank;
    this.#sim.after(Math.min(delayMs, WORK_QUEUE_BACKOFF_MAX_MS), {
      rank,
      target: this.name,
      event,
    });
  }
}
