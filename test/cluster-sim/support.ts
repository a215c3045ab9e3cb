/** A control plane alone: an API server, somebody who listens, and the facts that were written. */
import { ApiServer } from "../../src/cluster-sim/index.ts";
import type { ApiServerConfig } from "../../src/cluster-sim/index.ts";
import type {
  ApiClient,
  ApiReply,
  ApiRequest,
  Stored,
  WatchEvent,
} from "../../src/cluster-sim/ports.ts";
import { ValueBook } from "../../src/kernel/content.ts";
import type { SimEvent } from "../../src/kernel/event-queue.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { ReplyEvent } from "../../src/kernel/port.ts";
import type { Component } from "../../src/kernel/simulation.ts";
import { Simulation } from "../../src/kernel/simulation.ts";
import type { EpochMs } from "../../src/kernel/time.ts";
import type { Cause, Fact } from "../../src/kernel/trace.ts";

export const START = Date.parse("2024-04-29T09:00:00Z");

/** Remembers what arrives, and when. Its memory is no part of a snapshot. */
export class Listener implements Component {
  readonly name: string;
  state = null;
  readonly received: {
    readonly at: EpochMs;
    readonly event: SimEvent;
    readonly causes: readonly Cause[];
  }[] = [];
  readonly #sim: Simulation;

  constructor(sim: Simulation, name = "listener") {
    this.#sim = sim;
    this.name = name;
  }

  handle(event: SimEvent): void {
    const { now, trace } = this.#sim;
    this.received.push({ at: now, event, causes: trace.causes });
  }

  get watched(): WatchEvent[] {
    return this.received
      .map(({ event }) => event)
      .filter((event): event is WatchEvent => event.type === "watch");
  }

  get replies(): ApiReply[] {
    return this.received
      .map(({ event }) => event)
      .filter((event): event is ReplyEvent<ApiReply> => event.type === "reply")
      .map((event) => event.reply);
  }
}

export interface Cluster {
  readonly sim: Simulation;
  readonly values: ValueBook;
  readonly server: ApiServer;
  readonly client: ApiClient;
  readonly listener: Listener;
  readonly facts: Fact[];
  readonly config: {
    -readonly [K in keyof ApiServerConfig]: ApiServerConfig[K];
  };
  /** Sends a request as `tester`, lets its reply arrive, and returns it. */
  readonly ask: (request: ApiRequest) => ApiReply;
  readonly apply: (manifest: JsonObject) => ApiReply;
}

export const LATENCY_MS = 10;
export const WATCH_LATENCY_MS = 25;

export function aCluster(
  options: { readonly seed?: number } & Partial<ApiServerConfig> = {},
): Cluster {
  const { seed = 1, ...given } = options;
  const sim = new Simulation({ seed, start: START });
  const values = sim.add(new ValueBook());
  const config = {
    latencyMs: LATENCY_MS,
    watchLatencyMs: WATCH_LATENCY_MS,
    ...given,
  };
  const server = sim.add(new ApiServer({ sim, values, config: () => config }));
  const listener = sim.add(new Listener(sim));
  const facts: Fact[] = [];
  sim.trace.addSink({ fact: (fact) => facts.push(fact) });
  sim.command(() => server.bootstrap());
  facts.length = 0;
  const client = server.client("tester");
  return {
    sim,
    values,
    server,
    client,
    listener,
    facts,
    config,
    ask: (request) => {
      const asker = { target: listener.name, tag: { asked: true } };
      const before = listener.replies.length;
      sim.command(() => client.call(request, asker));
      sim.runUntil(sim.now + config.latencyMs);
      return listener.replies[before]!;
    },
    apply: (manifest) =>
      sim.command(() => server.apply(manifest, { by: "kubectl" })),
  };
}

/** The stored object of a reply that must be one. */
export function storedOf(reply: ApiReply): Stored {
  if (reply.ok && "stored" in reply) return reply.stored;
  throw new Error(`expected an object, got ${JSON.stringify(reply)}`);
}

/** The refusal's text, or what came instead. */
export function messageOf(reply: ApiReply): string {
  return reply.ok ? "no error" : reply.error.message;
}

export function aPod(
  name = "web",
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...metadata },
    spec: { containers: [{ name: "main", image: "busybox:1.36" }], ...spec },
  };
}

export function aSecret(name = "app", body: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default" },
    ...body,
  };
}

export function aPodStatus(
  name = "web-default-spc",
  metadata: JsonObject = {},
  status: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClassPodStatus",
    metadata: { name, namespace: "default", ...metadata },
    status: { podName: "web", mounted: true, ...status },
  };
}

/** A workload of the group apps with pods `app=web`; `spec` over the least that Kubernetes takes. */
export function aWorkload(
  kind: "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet",
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: aTemplate(),
      ...spec,
    },
  };
}

/** A pod template labelled `app=web`. */
export function aTemplate(
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return {
    metadata: { labels: { app: "web" }, ...metadata },
    spec: { containers: [{ name: "main", image: "busybox:1.36" }], ...spec },
  };
}

export function aJob(
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "report", namespace: "default", ...metadata },
    spec: { template: aJobTemplate(), ...spec },
  };
}

function aJobTemplate(): JsonObject {
  return {
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "main", image: "busybox:1.36" }],
    },
  };
}

export function aCronJob(
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly", namespace: "default", ...metadata },
    spec: {
      schedule: "0 3 * * *",
      jobTemplate: { spec: { template: aJobTemplate() } },
      ...spec,
    },
  };
}
