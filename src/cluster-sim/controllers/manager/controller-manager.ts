/**
 * kube-controller-manager: shared caches, and for each controller a queue of keys, a connection, a recorder and the passes
 * under way. A controller plans a pass from the caches alone; what its requests bring is an event.
 * Source: kubernetes/kubernetes v1.35 cmd/kube-controller-manager/app, pkg/controller/controller_utils.go; kubernetes/client-go
 *         v0.35 tools/cache, util/workqueue; reference sheet kubelet.md 9.
 *
 * Timers   EXPECTATIONS_TIMEOUT_MS  5 min: pods that the cache never shows are waited for no longer
 *          AddAfter and the machines that follow objects (`Follower`): as their controller says
 * Order    passes begin at the instant of the change, after all watch deliveries of that instant
 *
 * Simplification: Informers are not resynced every 12 h or more; a controller looks again when something changes or is due.
 * Simplification: kube-controller-manager never stops and runs once: its leader election is not modelled.
 */
import { InvariantViolation } from "../../../kernel/errors.ts";
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { JsonObject } from "../../../kernel/json.ts";
import type {
  MachineBackend,
  MachineSet,
} from "../../../kernel/machine-runner.ts";
import { machineSet } from "../../../kernel/machine-runner.ts";
import type { MachineEvent } from "../../../kernel/machine-table.ts";
import type { ReplyEvent } from "../../../kernel/port.ts";
import type { Component, Simulation } from "../../../kernel/simulation.ts";
import type { Cause } from "../../../kernel/trace.ts";
import type { InformerChange } from "../../client/index.ts";
import { EventRecorder, itemKey, keyOf } from "../../client/index.ts";
import type { ApiClient, ApiReply, Stored, WatchEvent } from "../../ports.ts";
import type { Controller, PassContext } from "../controller.ts";
import type { DueEvent, WorkEvent } from "./controller-queues.ts";
import { ControllerQueues } from "./controller-queues.ts";
import {
  creationsObserved,
  deletionObserved,
  expectPods,
  isSatisfied,
} from "./expectations.ts";
import type { ManagerState } from "./manager-state.ts";
import { freeOrdinals, newManagerState, takeOrdinal } from "./manager-state.ts";
import type { AnswerTag, PassPost } from "./pass-runner.ts";
import { PassRunner } from "./pass-runner.ts";
import type { RunningPass } from "./running-pass.ts";
import { podsOf } from "./running-pass.ts";
import { SharedCaches, controllerOf, observeWatch } from "./shared-caches.ts";
import { forgetKey } from "./work-queue.ts";
import { workloadControllers } from "../workload-controllers.ts";

const NAME = "kube-controller-manager";

/** What belongs to one controller and is no state. */
interface Post extends PassPost {
  readonly followers: MachineSet | null;
}

export class ControllerManager implements Component {
  readonly name = NAME;
  state: ManagerState;
  readonly #sim: Simulation;
  readonly #api: (caller: string) => ApiClient;
  readonly #nodes: readonly string[];
  readonly #minor: () => number;
  readonly #posts: ReadonlyMap<string, Post>;
  readonly #caches: SharedCaches;
  readonly #queues: ControllerQueues;
  readonly #runner: PassRunner<Post>;

  /** Adds components of its own: a recorder for each controller, and the machines that follow its objects. */
  constructor(options: {
    readonly sim: Simulation;
    /** A connection by its caller: `kube-controller-manager` watches, each controller writes by its own name. */
    readonly api: (caller: string) => ApiClient;
    /** Names of the nodes, in order. */
    readonly nodes: readonly string[];
    /** Kubernetes minor version. */
    readonly minor: () => number;
    /** Default: all workload controllers. */
    readonly controllers?: readonly Controller[];
    /** Default `table`. */
    readonly backend?: MachineBackend;
  }) {
    this.#sim = options.sim;
    this.#api = options.api;
    this.#nodes = options.nodes;
    this.#minor = options.minor;
    const { controllers = workloadControllers(), backend = "table" } = options;
    this.state = newManagerState(controllers);
    this.#caches = new SharedCaches(() => this.state.caches);
    const shared = {
      sim: options.sim,
      owner: this.name,
      state: () => this.state,
    };
    this.#queues = new ControllerQueues(shared);
    this.#runner = new PassRunner({
      ...shared,
      ended: (post, key, running) => this.#ended(post, key, running),
    });
    this.#posts = new Map(
      controllers.map((controller) => [
        controller.name,
        this.#newPost(controller, backend),
      ]),
    );
  }

  #newPost(controller: Controller, backend: MachineBackend): Post {
    const { name, follow } = controller;
    const client = this.#api(name);
    const recorder = new EventRecorder({
      sim: this.#sim,
      client,
      at: this.name,
      component: name,
      host: "",
      minor: this.#minor,
    });
    const followers =
      follow === undefined
        ? null
        : machineSet<JsonObject, MachineEvent>({
            sim: this.#sim,
            name: `${NAME}/${follow.name}`,
            machine: follow.machine,
            rank: Rank.controller,
            backend,
            effects: {
              requeue: ({ key }) => this.#queues.add(controller, key),
            },
          });
    return { controller, client, recorder, followers };
  }

  /** Begins to watch. Call once, when the world begins. */
  start(): void {
    const client = this.#api(NAME);
    for (const kind of this.state.caches.keys())
      client.watch({ kind }, { target: this.name, tag: { kind } });
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "watch":
        return this.#observe(event as WatchEvent);
      case "work":
        return this.#work(event as WorkEvent);
      case "due":
        return this.#due(event as DueEvent);
      case "reply":
        return this.#answered(event as ReplyEvent<ApiReply>);
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: ${NAME} does not know it`,
        );
    }
  }

  #observe(event: WatchEvent): void {
    const kind = event.tag["kind"] as string;
    const change = observeWatch(this.state.caches.get(kind)!, event);
    if (change === null) return;
    if (change.type === "SYNCED") return this.#synced(kind);
    if (kind === "Pod") this.#observeExpected(change);
    for (const post of this.#posts.values()) {
      const { controller } = post;
      if (!controller.watches.includes(kind)) continue;
      if (kind === controller.kind) this.#follow(post, change);
      const delayMs = controller.delays?.[kind] ?? 0;
      for (const key of controller.affected(kind, change, this.#caches))
        if (delayMs > 0) this.#queues.addAfter(controller, key, delayMs);
        else this.#queues.add(controller, key);
    }
  }

  /** The list of a kind is in: workers may begin. After an outage all of a controller's objects are looked at anew, as after a list. */
  #synced(kind: string): void {
    for (const { controller } of this.#posts.values()) {
      if (kind === controller.kind)
        for (const key of this.state.caches.get(kind)!.informer.items.keys())
          this.#queues.add(controller, key);
      if (controller.watches.includes(kind)) this.#queues.call(controller);
    }
  }

  /** A pod that its controller waits for has come, or is going. */
  #observeExpected({ before, after }: InformerChange): void {
    const pod = after ?? before!;
    const going = isGoing(after) && !(before !== null && isGoing(before));
    if (before !== null && !going) return;
    const owner = controllerOf(pod);
    if (owner === null) return;
    const { namespace } = pod.object.metadata;
    const key = itemKey(namespace, owner.name);
    if (this.#caches.get(owner.kind, key)?.object.metadata.uid !== owner.uid)
      return;
    for (const { controller } of this.#posts.values()) {
      if (!controller.expectsPods || controller.kind !== owner.kind) continue;
      const { expectations } = this.#queues.of(controller);
      if (going) deletionObserved(expectations, key, keyOf(pod));
      else creationsObserved(expectations, key);
    }
  }

  #follow({ controller, followers }: Post, change: InformerChange): void {
    if (followers === null) return;
    const { before, after } = change;
    const key = keyOf(after ?? before!);
    const isAnother =
      before?.object.metadata.uid !== after?.object.metadata.uid;
    if (isAnother && followers.has(key)) followers.stop(key);
    if (after === null) return;
    if (!followers.has(key)) followers.start(key, {});
    followers.send(key, controller.follow!.observed(after, this.#sim.now));
  }

  #work({ controller: name }: WorkEvent): void {
    const post = this.#posts.get(name)!;
    this.#queues.of(post.controller).called = false;
    for (;;) {
      const next = this.#queues.take(post.controller);
      if (next === null) return;
      this.#begin(post, next.key, next.causes);
    }
  }

  #begin(post: Post, key: string, causes: readonly Cause[]): void {
    const { controller } = post;
    const own = this.#queues.of(controller);
    const stored = this.#caches.get(controller.kind, key);
    if (stored === null) {
      own.expectations.delete(key);
      own.lastErrors.delete(key);
      forgetKey(own.queue, key);
      return this.#queues.done(controller, key);
    }
    const expecting =
      controller.expectsPods &&
      !isSatisfied(own.expectations, key, this.#sim.now);
    if (expecting && controller.passesWhileExpecting !== true)
      return this.#queues.done(controller, key);
    this.#sim.trace.causes = causes;
    const running = this.#plan(controller, key, { stored, causes, expecting });
    this.#runner.begin(post, key, running);
  }

  #plan(
    controller: Controller,
    key: string,
    of: {
      readonly stored: Stored;
      readonly causes: readonly Cause[];
      readonly expecting: boolean;
    },
  ): RunningPass {
    const { stored, causes, expecting } = of;
    const own = this.#queues.of(controller);
    const { now, draws } = this.#sim;
    const ordinals = new Map<string, number[]>();
    const context: PassContext = {
      now,
      caches: this.#caches,
      draws,
      minor: this.#minor(),
      nodes: this.#nodes,
      lastError: own.lastErrors.get(key) ?? null,
      expecting,
      nextOrdinal: (workload) => takeOrdinal(this.state, workload, ordinals),
    };
    const pass = controller.sync(stored, context);
    const pods = podsOf(pass);
    if (controller.expectsPods && pods.creations + pods.deletions.length > 0)
      expectPods(own.expectations, key, { ...pods, at: now });
    return {
      id: own.passes++,
      stored,
      pass,
      causes,
      ordinals,
      batch: -1,
      unanswered: 0,
      error: null,
      isSilent: false,
      created: 0,
    };
  }

  #due(event: DueEvent): void {
    const { controller } = this.#posts.get(event.controller)!;
    this.#queues.due(controller, event);
  }

  #answered({ tag, reply }: ReplyEvent<ApiReply>): void {
    const answer = tag as AnswerTag;
    this.#runner.answered(this.#posts.get(answer.controller)!, answer, reply);
  }

  #ended({ controller }: Post, key: string, running: RunningPass): void {
    const { queue, lastErrors } = this.#queues.of(controller);
    freeOrdinals(this.state, running.ordinals);
    const { error, pass } = running;
    if (error !== null) {
      lastErrors.set(key, error);
      this.#queues.retry(controller, key);
    } else {
      lastErrors.delete(key);
      forgetKey(queue, key);
      if (pass.againAfterMs !== undefined)
        this.#queues.addAfter(controller, key, pass.againAfterMs);
    }
    this.#queues.done(controller, key);
  }
}

/** Deleted, or waiting for its deletion. */
function isGoing(pod: Stored | null): boolean {
  return pod?.object.metadata.deletionTimestamp !== undefined || pod === null;
}
