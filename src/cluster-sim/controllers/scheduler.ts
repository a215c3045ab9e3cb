/**
 * The default scheduler: gives every pod that has no node one, round-robin in the order in which the pods were declared.
 * Source: kubernetes/kubernetes v1.32 pkg/scheduler/{schedule_one,eventhandlers}.go (binding, the Scheduled event);
 * design 3 (placement).
 *
 * Timers   latencyMs  from a pod's arrival to its binding
 *
 * Simplification: Placement looks at no resource, taint, affinity or node selector: pods without nodeName go round the nodes in order of declaration.
 * Simplification: A pod whose spec.nodeName names an unknown node stays Pending; upstream's pod garbage collector deletes it after a while.
 * Simplification: The scheduler's Events come from the core recorder; upstream writes them through events.k8s.io.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonValue } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { listOf, objectOf } from "../api-server/validation/reading.ts";
import type { EventRecorderState } from "../client/event-recorder.ts";
import {
  EventRecorder,
  eventObject,
  newEventRecorderState,
} from "../client/event-recorder.ts";
import type { Informer } from "../client/informer.ts";
import { applyWatch, keyOf, newInformer } from "../client/informer.ts";
import type { ApiClient, ApiReply, Stored, WatchEvent } from "../ports.ts";

export interface SchedulerConfig {
  /** From a pod's arrival at the scheduler to its binding. */
  readonly latencyMs: DurationMs;
}

interface SchedulerState {
  /** Pods that have no node. */
  readonly pods: Informer;
  /** How many pods were placed: the next one's turn. */
  nextIndex: number;
  readonly recorder: EventRecorderState;
}

interface BindEvent extends SimEvent {
  readonly type: "bind";
  readonly key: string;
  readonly uid: string;
  readonly node: string;
}

const SCHEDULER = "default-scheduler";

export class DefaultScheduler implements Component {
  readonly name = SCHEDULER;
  state: SchedulerState = {
    pods: newInformer(),
    nextIndex: 0,
    recorder: newEventRecorderState(),
  };
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
    if (change?.type !== "ADDED" || !isMine(change.after!)) return;
    const pod = change.after!;
    const { uid } = pod.object.metadata;
    const node = this.#nodes[this.state.nextIndex % this.#nodes.length];
    if (node === undefined)
      return this.#tell(pod, {
        reason: "FailedScheduling",
        type: "Warning",
        message: "no nodes available to schedule pods",
      });
    this.state.nextIndex += 1;
    const bind: BindEvent = { type: "bind", key: keyOf(pod), uid, node };
    this.#sim.after(this.#config().latencyMs, {
      rank: Rank.controller,
      target: this.name,
      event: bind,
    });
  }

  #bind({ key, uid, node }: BindEvent): void {
    const pod = this.state.pods.items.get(key);
    if (pod === undefined || pod.object.metadata.uid !== uid) return;
    const { namespace = "", name } = pod.object.metadata;
    this.#client.call(
      {
        verb: "patch",
        kind: "Pod",
        namespace,
        name,
        patch: { metadata: { uid }, spec: { nodeName: node } },
      },
      { target: this.name, tag: { node } },
    );
  }

  #answered({ tag, reply }: ReplyEvent<ApiReply>): void {
    if (!reply.ok || !("stored" in reply)) return; // The pod is gone.
    const { namespace = "", name } = reply.stored.object.metadata;
    const { node } = tag as { readonly node: string };
    this.#tell(reply.stored, {
      reason: "Scheduled",
      type: "Normal",
      message: `Successfully assigned ${namespace}/${name} to ${node}`,
    });
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

/** Pods of other schedulers, gated pods and pods on their way out are not placed. */
function isMine({ object }: Stored): boolean {
  const spec = objectOf(object["spec"] as JsonValue | undefined);
  return (
    spec["schedulerName"] === SCHEDULER &&
    listOf(spec["schedulingGates"]).length === 0 &&
    object.metadata.deletionTimestamp === undefined
  );
}
