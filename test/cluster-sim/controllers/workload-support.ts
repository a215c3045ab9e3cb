/** A control plane with its controllers, and a node that is one component: it starts pods and removes those that must go. */
import {
  ControllerManager,
  DefaultScheduler,
  GarbageCollector,
} from "../../../src/cluster-sim/index.ts";
import type { Controller } from "../../../src/cluster-sim/controllers/controller.ts";
import type {
  ApiClient,
  Stored,
  WatchEvent,
} from "../../../src/cluster-sim/ports.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import { Rank } from "../../../src/kernel/event-queue.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import type { Component, Simulation } from "../../../src/kernel/simulation.ts";
import { SECOND_MS, toRfc3339 } from "../../../src/kernel/time.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import type { Cluster } from "../support.ts";
import { Listener, aCluster, storedOf } from "../support.ts";

export const NODES = ["node-0", "node-1", "node-2"];
const SCHEDULING_MS = 40;
const NO_REPLY = { target: "", tag: {} };

interface NodeState {
  /** Uids of pods that were told to start or to end. */
  readonly started: Set<string>;
  readonly ending: Set<string>;
}

interface PodEvent extends SimEvent {
  readonly type: "ready" | "gone";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Every pod with a node becomes Running and Ready after `startMs`, and is gone `endMs` after its deletion. */
export class FakeNode implements Component {
  readonly name = "fake-node";
  state: NodeState = { started: new Set(), ending: new Set() };
  startMs = 2 * SECOND_MS;
  endMs = 3 * SECOND_MS;
  /** Pods with this image never become ready. */
  broken = "broken";
  readonly #sim: Simulation;
  readonly #client: ApiClient;

  constructor(sim: Simulation, client: ApiClient) {
    this.#sim = sim;
    this.#client = client;
  }

  start(): void {
    this.#client.watch({ kind: "Pod" }, { target: this.name, tag: {} });
  }

  handle(event: SimEvent): void {
    if (event.type === "watch") return this.#observe(event as WatchEvent);
    const { type, namespace, name, uid } = event as PodEvent;
    if (type === "gone") {
      const key = { kind: "Pod", namespace, name };
      return this.#client.call(
        { verb: "delete", ...key, uid, gracePeriodSeconds: 0 },
        NO_REPLY,
      );
    }
    if (type === "ready") this.#write({ namespace, name, uid }, "True");
  }

  /** A ready pod is ready no more, or again. */
  setReady(pod: Stored, ready: boolean): void {
    const { namespace = "", name, uid } = pod.object.metadata;
    this.#write({ namespace, name, uid }, ready ? "True" : "False");
  }

  #observe({ change, stored }: WatchEvent): void {
    if (stored === null || change === "DELETED") return;
    const { metadata } = stored.object;
    const { nodeName, containers } = stored.object["spec"] as {
      readonly nodeName?: string;
      readonly containers: readonly { readonly image: string }[];
    };
    if (nodeName === undefined) return;
    const { started, ending } = this.state;
    const { uid } = metadata;
    if (!started.has(uid)) {
      started.add(uid);
      if (containers[0]!.image !== this.broken)
        this.#later(stored, "ready", this.startMs);
    }
    if (metadata.deletionTimestamp === undefined || ending.has(uid)) return;
    ending.add(uid);
    this.#later(stored, "gone", this.endMs);
  }

  #later({ object }: Stored, type: PodEvent["type"], afterMs: number): void {
    const { namespace = "", name, uid } = object.metadata;
    const event: PodEvent = { type, namespace, name, uid };
    const { podWorker: rank } = Rank;
    this.#sim.after(afterMs, { rank, target: this.name, event });
  }

  #write(
    pod: {
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    },
    status: string,
  ): void {
    const { namespace, name, uid } = pod;
    const at = toRfc3339(this.#sim.now);
    const ready = { type: "Ready", status, lastTransitionTime: at };
    const patch = {
      metadata: { uid },
      status: { phase: "Running", conditions: [ready] },
    };
    const key = { kind: "Pod", namespace, name };
    this.#client.call({ verb: "patchStatus", ...key, patch }, NO_REPLY);
  }
}

export interface Workloads extends Cluster {
  readonly manager: ControllerManager;
  readonly node: FakeNode;
  readonly version: { minor: number };
}

export function aWorkloadCluster(
  given: {
    readonly seed?: number;
    readonly minor?: number;
    readonly controllers?: readonly Controller[];
    readonly backend?: MachineBackend;
    /** The manager's own connection, by which it watches. */
    readonly watching?: (client: ApiClient) => ApiClient;
  } = {},
): Workloads {
  const { seed = 1, minor = 33, controllers, backend } = given;
  const { watching = (client: ApiClient) => client } = given;
  const cluster = aCluster({ seed });
  const { sim, server } = cluster;
  const version = { minor };
  const manager = sim.add(
    new ControllerManager({
      sim,
      api: (caller) =>
        caller === "kube-controller-manager"
          ? watching(server.client(caller))
          : server.client(caller),
      nodes: NODES,
      minor: () => version.minor,
      ...(controllers === undefined ? {} : { controllers }),
      ...(backend === undefined ? {} : { backend }),
    }),
  );
  const scheduler = sim.add(
    new DefaultScheduler({
      sim,
      nodes: NODES,
      client: server.client("default-scheduler"),
      config: () => ({ latencyMs: SCHEDULING_MS }),
      minor: () => version.minor,
    }),
  );
  const collector = sim.add(
    new GarbageCollector({ sim, client: server.client("garbage-collector") }),
  );
  const node = sim.add(new FakeNode(sim, server.client("node-0/kubelet")));
  sim.command(() => {
    manager.start();
    scheduler.start();
    collector.start();
    node.start();
  });
  sim.runUntil(sim.now + SECOND_MS);
  cluster.facts.length = 0;
  return { ...cluster, manager, node, version };
}

export function wait({ sim }: Cluster, ms: number): void {
  sim.runUntil(sim.now + ms);
}

/** Applies, and fails the test when that is refused. */
export function applied({ apply }: Cluster, manifest: JsonObject): Stored {
  return storedOf(apply(manifest));
}

export function aTemplate(image = "app:1"): JsonObject {
  return {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "main", image }] },
  };
}

export function aDeployment(
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: aTemplate(),
      ...spec,
    },
  };
}

export function aReplicaSet(
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return { ...aDeployment(spec, metadata), kind: "ReplicaSet" };
}

/** What is stored of a kind in `default`, in the order of names. */
export function allOf({ ask }: Cluster, kind: string): readonly Stored[] {
  const reply = ask({ verb: "list", kind, namespace: "default" });
  if (reply.ok && "items" in reply) return reply.items;
  throw new Error(`no list of ${kind}: ${JSON.stringify(reply)}`);
}

/** Ends the open runs of repeated facts, so that all Events are among the facts. */
export function closeTrace({ sim }: Cluster): void {
  sim.command(() => sim.trace.close());
}

export function statusOfWeb(
  { server }: Cluster,
  kind = "Deployment",
  name = "web",
): JsonObject {
  const stored = server.read(kind, "default", name);
  return (stored!.object["status"] ?? {}) as JsonObject;
}

/** `Type=Status Reason` of each condition, in their order. */
export function conditionTexts(status: JsonObject): string[] {
  return ((status["conditions"] ?? []) as readonly JsonObject[]).map(
    ({ type, status: is, reason }) =>
      `${type as string}=${is as string} ${reason as string}`,
  );
}

/** Watches Deployments: each different list of conditions that was seen, in order. */
export function watchConditions({ sim, server }: Cluster): () => string[][] {
  const listener = sim.add(new Listener(sim, "conditions"));
  sim.command(() =>
    server
      .client("conditions")
      .watch({ kind: "Deployment" }, { target: listener.name, tag: {} }),
  );
  return () => {
    const seen: string[][] = [];
    for (const { stored } of listener.watched) {
      if (stored === null) continue;
      const now = conditionTexts((stored.object["status"] ?? {}) as JsonObject);
      if (now.join() !== seen.at(-1)?.join()) seen.push(now);
    }
    return seen;
  };
}

/** The names of a Deployment's ReplicaSets, by the image of their template. */
export function replicaSetNames(cluster: Cluster): Map<string, string> {
  return new Map(
    allOf(cluster, "ReplicaSet").map(({ object }) => {
      const spec = object["spec"] as {
        readonly template: {
          readonly spec: {
            readonly containers: readonly { readonly image: string }[];
          };
        };
      };
      return [object.metadata.name, spec.template.spec.containers[0]!.image];
    }),
  );
}

/** `ScalingReplicaSet` as `app:1 3>2`, in order. */
export function scalings(cluster: Cluster): string[] {
  closeTrace(cluster);
  const images = replicaSetNames(cluster);
  const texts = eventsInOrder(cluster, "ScalingReplicaSet");
  return texts.map((text) => {
    const [, name, from, to] =
      /replica set (\S+) from (\d+) to (\d+)$/.exec(text) ?? [];
    return `${images.get(name!) ?? name!} ${from!}>${to!}`;
  });
}

/** Events of one reason in the order of their emission: `seq` is given when a fact happens. */
export function eventsInOrder(
  { facts }: { readonly facts: readonly Fact[] },
  reason: string,
): string[] {
  return facts
    .filter(
      ({ type, data }) => type === "k8s.event" && data["reason"] === reason,
    )
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ data }) => data["message"] as string);
}
