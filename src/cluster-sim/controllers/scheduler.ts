/**
 * The default scheduler: gives every pod that has no node one. Pods of a workload go to consecutive nodes by their ordinals,
 * from a node that the workload's name picks; those of a DaemonSet to the node that they are made for; others go round.
 * Source: kubernetes/kubernetes v1.32 pkg/scheduler/{schedule_one,eventhandlers}.go (binding, the Scheduled event);
 * pkg/scheduler/backend/queue/scheduling_queue.go (back-off); design 3 (placement).
 *
 * Timers   latencyMs  from a pod's arrival to its binding
 *          POD_BACKOFF_MS  1 s, doubled up to POD_BACKOFF_MAX_MS 10 s: after a binding that failed; the pod is taken up
 *          again by the next pass over the back-off queue (POD_BACKOFF_FLUSH_MS 1 s), whose phase is drawn
 *
 * Simplification: Placement looks at no resource, taint or node selector, and at no affinity but that of a DaemonSet's pods: pods that nobody owns go round the nodes in order of declaration.
 * Simplification: A pod of a workload goes to the node (hash of the workload + the pod's ordinal) mod nodes, so that a run with another seed or a later rollout places alike; upstream scores nodes.
 * Simplification: Whatever made a binding fail, the pod is tried again for the same node.
 * Simplification: A pod whose spec.nodeName names an unknown node stays Pending; upstream's pod garbage collector deletes it after a while.
 * Simplification: The scheduler's Events come from the core recorder; upstream writes them through events.k8s.io.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { listOf } from "../api-server/validation/reading.ts";
import type { EventRecorderState } from "../client/event-recorder.ts";
import {
  EventRecorder,
  eventObject,
  newEventRecorderState,
} from "../client/event-recorder.ts";
import type { Informer } from "../client/informer.ts";
import { applyWatch, keyOf, newInformer } from "../client/informer.ts";
import {
  POD_BACKOFF_FLUSH_MS,
  POD_BACKOFF_MAX_MS,
  POD_BACKOFF_MS,
} from "../defaults.ts";
import type {
  ApiClient,
  ApiError,
  ApiReply,
  Stored,
  WatchEvent,
} from "../ports.ts";
import { targetNode } from "./node-affinity.ts";
import { specOf } from "./pod-state.ts";
import { fnv1a } from "./template-hash.ts";

export interface SchedulerConfig {
  /** From a pod's arrival at the scheduler to its binding. */
  readonly latencyMs: DurationMs;
}

interface SchedulerState {
  /** Pods that have no node. */
  readonly pods: Informer;
  /** How many pods that nobody owns were placed: the next one's turn. */
  nextIndex: number;
  /** How often binding a pod has failed, by uid. */
  readonly failed: Map<string, number>;
  /** When the back-off queue is looked through, within a second. */
  readonly flushPhaseMs: DurationMs;
  readonly recorder: EventRecorderState;
}

interface BindEvent extends SimEvent {
  readonly type: "bind";
  readonly key: string;
  readonly uid: string;
  readonly node: string;
}

const SCHEDULER = "default-scheduler";
const NOT_FOUND = 404;
const CONFLICT = 409;

export class DefaultScheduler implements Component {
  readonly name = SCHEDULER;
  state: SchedulerState;
  readonly #sim: Simulation;
  readonly #nodes: readonly string[];
  readonly #client: ApiClient;
  readonly #config: () => SchedulerConfig;
  readonly #recorder: EventRecorder;

  constructor(options: {
    readonly sim: Simulation;
    /** In the order in which pods go round them. */
    readonly nodes: readonly string[];
    readonly client: ApiClient;
    readonly config: () => SchedulerConfig;
    /** Kubernetes minor version. */
    readonly minor: () => number;
  }) {
    const { sim, client, minor } = options;
    this.#sim = sim;
    this.#nodes = options.nodes;
    this.#client = client;
    this.#config = options.config;
    this.state = {
      pods: newInformer(),
      nextIndex: 0,
      failed: new Map(),
      flushPhaseMs: sim.draws.between(
        0,
        POD_BACKOFF_FLUSH_MS,
        `${SCHEDULER}/back-off-queue`,
        0,
      ),
      recorder: newEventRecorderState(),
    };
    this.#recorder = new EventRecorder({
      sim,
      client,
      at: this.name,
      component: SCHEDULER,
      host: "",
      minor,
    });
  }

  /** Begins to watch. Call once, when the world begins. */
  start(): void {
    this.#client.watch(
      { kind: "Pod", fieldSelector: "spec.nodeName=" },
      { target: this.name, tag: {} },
    );
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "watch":
        return this.#observe(event as WatchEvent);
      case "bind":
        return this.#bind(event as BindEvent);
      case "reply":
        return this.#answered(event as ReplyEvent<ApiReply>);
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: the scheduler does not know it`,
        );
    }
  }

  #observe(event: WatchEvent): void {
    const change = applyWatch(this.state.pods, event);
    if (change?.type === "DELETED")
      this.state.failed.delete(change.before!.object.metadata.uid);
    if (change?.type !== "ADDED" || !isMine(change.after!)) return;
    const pod = change.after!;
    const { uid } = pod.object.metadata;
    const node = this.#place(pod);
    if (node === null)
      return this.#tell(pod, {
        reason: "FailedScheduling",
        type: "Warning",
        message: noNode(this.#nodes.length),
      });
    this.#bindAt(this.#sim.now + this.#config().latencyMs, {
      type: "bind",
      key: keyOf(pod),
      uid,
      node,
    });
  }

  /** Null: there is no node for it. */
  #place({ object, lineage }: Stored): string | null {
    const nodes = this.#nodes;
    if (nodes.length === 0) return null;
    const target = targetNode(specOf(object));
    if (target !== null) return nodes.includes(target) ? target : null;
    if (lineage === undefined || lineage.ordinal === null)
      return nodes[this.state.nextIndex++ % nodes.length]!;
    const first = fnv1a(lineage.workload) % nodes.length;
    return nodes[(first + lineage.ordinal) % nodes.length]!;
  }

  #bindAt(at: EpochMs, event: BindEvent): void {
    const { controller: rank } = Rank;
    this.#sim.schedule({ at, rank, target: this.name, event });
  }

  #bind({ key, uid, node }: BindEvent): void {
    const pod = this.#waiting(key, uid);
    if (pod === null) return;
    const { namespace = "", name } = pod.object.metadata;
    this.#client.call(
      {
        verb: "patch",
        kind: "Pod",
        namespace,
        name,
        patch: { metadata: { uid }, spec: { nodeName: node } },
      },
      { target: this.name, tag: { key, uid, node } },
    );
  }

  /** The pod as the cache has it, while it has no node. */
  #waiting(key: string, uid: string): Stored | null {
    const pod = this.state.pods.items.get(key);
    return pod?.object.metadata.uid === uid ? pod : null;
  }

  #answered({ tag, reply }: ReplyEvent<ApiReply>): void {
    const { key, uid, node } = tag as {
      readonly key: string;
      readonly uid: string;
      readonly node: string;
    };
    if (!reply.ok)
      return this.#failed({ type: "bind", key, uid, node }, reply.error);
    if (!("stored" in reply)) return;
    this.state.failed.delete(uid);
    const { namespace = "", name } = reply.stored.object.metadata;
    this.#tell(reply.stored, {
      reason: "Scheduled",
      type: "Normal",
      message: `Successfully assigned ${namespace}/${name} to ${node}`,
    });
  }

  /** A pod that is still there waits its turn; one that is gone, or another of its name, is no failure. */
  #failed(bind: BindEvent, { code, message }: ApiError): void {
    const { key, uid } = bind;
    const pod = this.#waiting(key, uid);
    if (code === NOT_FOUND || code === CONFLICT || pod === null) return;
    this.#tell(pod, {
      reason: "FailedScheduling",
      type: "Warning",
      message: `running Bind plugin "DefaultBinder": ${message}`,
    });
    const times = this.state.failed.get(uid) ?? 0;
    this.state.failed.set(uid, times + 1);
    const readyAt =
      this.#sim.now + Math.min(POD_BACKOFF_MS * 2 ** times, POD_BACKOFF_MAX_MS);
    this.#bindAt(this.#flushFrom(readyAt), bind);
  }

  /** The first pass over the back-off queue at or after an instant. */
  #flushFrom(at: EpochMs): EpochMs {
    const since = (at - this.state.flushPhaseMs) % POD_BACKOFF_FLUSH_MS;
    return since === 0 ? at : at + POD_BACKOFF_FLUSH_MS - since;
  }

  #tell(
    pod: Stored,
    event: {
      readonly reason: string;
      readonly type: "Normal" | "Warning";
      readonly message: string;
    },
  ): void {
    const object = eventObject(pod.object);
    this.#recorder.emit(this.state.recorder, { object, ...event });
  }
}

function noNode(count: number): string {
  if (count === 0) return "no nodes available to schedule pods";
  const available = `0/${count} nodes are available: ${count}`;
  return `${available} node(s) didn't match Pod's node affinity/selector. preemption: ${available} Preemption is not helpful for scheduling.`;
}

/** Pods of other schedulers, gated pods and pods on their way out are not placed. */
function isMine({ object }: Stored): boolean {
  const spec = specOf(object);
  return (
    spec["schedulerName"] === SCHEDULER &&
    listOf(spec["schedulingGates"]).length === 0 &&
    object.metadata.deletionTimestamp === undefined
  );
}
