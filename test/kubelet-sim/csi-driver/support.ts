/**
 * Driver processes in a room of their own: an API server, nodes with volumes and a driver each, a provider that answers
 * as the test says, and a kubelet that publishes when the test says.
 */
import { ApiServer } from "../../../src/cluster-sim/index.ts";
import type {
  ApiClient,
  ApiError,
  ApiRequest,
} from "../../../src/cluster-sim/ports.ts";
import { ValueBook } from "../../../src/kernel/content.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";
import { sendReply } from "../../../src/kernel/port.ts";
import type { Component } from "../../../src/kernel/simulation.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../../src/kernel/time.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import { instances } from "../../../src/kernel/trace.ts";
import { CsiDriver } from "../../../src/kubelet-sim/csi-driver/driver.ts";
import { NodeVolumes } from "../../../src/kubelet-sim/node-volumes.ts";
import type {
  NodeConfig,
  NodePublishReply,
  NodePublishRequest,
} from "../../../src/kubelet-sim/ports.ts";
import { aClass, aPod, aSecretObject, csiVolume } from "../../support/world.ts";
import { CONFIG } from "../node-config.ts";
import { ScriptedProvider, fetched } from "./scripted-provider.ts";

export { MOUNT_MS, refusedMount } from "./scripted-provider.ts";

export const START = Date.parse("2024-04-29T09:00:00Z");
export const INTERVAL_MS = 120_000;
/** Round trip of the API server, and from a write to its watchers. */
export const API_MS = 4;
export const WATCH_MS = 20;
export const STATUS = "SecretProviderClassPodStatus";

export interface RoomNode {
  readonly name: string;
  readonly driver: CsiDriver;
  readonly volumes: NodeVolumes;
  readonly provider: ScriptedProvider;
  /** What the driver's requests are answered instead; null: what the API server says. */
  refusal: (request: ApiRequest) => ApiError | null;
  /** How long a refusal takes. */
  refusalMs: DurationMs;
  readonly requests: { readonly t: EpochMs; readonly request: ApiRequest }[];
}

export interface RoomOptions {
  readonly config?: Partial<NodeConfig>;
  readonly nodes?: number;
  readonly backend?: MachineBackend;
  readonly manifests?: readonly JsonObject[];
  readonly seed?: number;
}

/** Answers to the kubelet's calls. */
export interface Answered {
  readonly t: EpochMs;
  readonly call: string;
  readonly reply: NodePublishReply;
}

class Kubelet implements Component {
  readonly name = "kubelet";
  state = null;
  readonly answers: Answered[] = [];
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent<NodePublishReply>;
    const call = tag["call"] as string;
    this.answers.push({ t: this.#sim.now, call, reply });
  }
}

export const SYNCED = aClass({ secretObjects: [aSecretObject()] });

/** A driver of 1.6.0 with rotation unless told otherwise; nothing has run yet. */
export class DriverRoom {
  readonly sim: Simulation;
  readonly apiServer: ApiServer;
  readonly nodes: readonly RoomNode[];
  readonly config: NodeConfig;
  readonly #kubelet: Kubelet;
  readonly #facts: Fact[] = [];
  /** Version 1 is what every provider begins with. */
  #ordinal = 1;

  constructor(options: RoomOptions = {}) {
    const { nodes = 1, backend = "table", seed = 1 } = options;
    const sim = new Simulation({ seed, start: START });
    this.sim = sim;
    sim.trace.addSink({ fact: (fact) => void this.#facts.push(fact) });
    const values = sim.add(new ValueBook());
    this.apiServer = sim.add(
      new ApiServer({
        sim,
        values,
        config: () => ({ latencyMs: API_MS, watchLatencyMs: WATCH_MS }),
      }),
    );
    this.config = { ...CONFIG, ...options.config };
    this.#kubelet = sim.add(new Kubelet(sim));
    sim.command(() => this.apiServer.bootstrap());
    this.nodes = Array.from({ length: nodes }, (_, index) =>
      this.#node(`node-${index}`, values, backend),
    );
    for (const object of options.manifests ?? [SYNCED]) this.apply(object);
    sim.command(() => this.nodes.forEach(({ driver }) => driver.startWarm()));
  }

  get node(): RoomNode {
    return this.nodes[0]!;
  }

  get now(): EpochMs {
    return this.sim.now;
  }

  get answers(): readonly Answered[] {
    return this.#kubelet.answers;
  }

  apply(object: JsonObject): void {
    const reply = this.sim.command(() =>
      this.apiServer.apply(object, { by: "kubectl" }),
    );
    if (!reply.ok) throw new Error(reply.error.message);
  }

  remove(kind: string, name: string): void {
    this.sim.command(() =>
      this.apiServer.remove(kind, "default", name, "kubectl"),
    );
  }

  /** A pod bound to a node, as the API server has it; its volume `csi` is not published yet. */
  pod(name = "web", node = "node-0", secretProviderClass = "kv"): string {
    this.apply(
      aPod({
        name,
        volumes: { csi: csiVolume(secretProviderClass) },
        spec: { nodeName: node },
      }),
    );
    this.advance(WATCH_MS);
    return this.apiServer.read("Pod", "default", name)!.object.metadata.uid;
  }

  /** NodePublishVolume of the volume `csi`; returns the instant of the call. */
  publish(
    pod = "web",
    node = this.node,
    more: Partial<NodePublishRequest> = {},
  ): EpochMs {
    const stored = this.apiServer.read("Pod", "default", pod)!;
    const { uid } = stored.object.metadata;
    const request: NodePublishRequest = {
      namespace: "default",
      pod,
      uid,
      serviceAccount: "default",
      volume: "csi",
      readOnly: true,
      attributes: { secretProviderClass: "kv" },
      secrets: null,
      ...more,
    };
    const replyTo = { target: "kubelet", tag: { call: pod } };
    this.sim.command(() =>
      node.driver.service.nodePublishVolume(request, replyTo),
    );
    return this.now;
  }

  /** A pod with its volume published, one second later. */
  mounted(name = "web", node = this.node): string {
    const uid = this.pod(name, node.name);
    this.publish(name, node);
    this.advance(1_000);
    return uid;
  }

  unpublish(uid: string, node = this.node): void {
    const replyTo = { target: "kubelet", tag: { call: "unpublish" } };
    this.sim.command(() =>
      node.driver.service.nodeUnpublishVolume(uid, "csi", replyTo),
    );
  }

  until(at: EpochMs): this {
    this.sim.runUntil(at);
    return this;
  }

  advance(duration: DurationMs): this {
    return this.until(this.now + duration);
  }

  /** What `look` says one millisecond before an instant, and what it says when everything due then has happened. */
  around<T>(due: EpochMs, look: () => T): [before: T, at: T] {
    this.until(due - 1);
    const before = look();
    this.until(due);
    return [before, look()];
  }

  /** The vault has another version of `secret1`; every provider that answers well fetches it from now on. */
  setSecret(value: string, nodes: readonly RoomNode[] = this.nodes): void {
    const ordinal = ++this.#ordinal;
    const from = this.sim.command(() =>
      this.sim.trace.record({
        type: "vault.secret.set",
        at: "vault",
        about: "kvdemo/secrets/secret1",
        causes: [],
        data: { ordinal },
      }),
    );
    for (const { provider } of nodes)
      provider.answer = () => fetched(value, ordinal, from);
  }

  mtime(uid: string, node = this.node): EpochMs {
    return node.volumes.imageOf(uid, "csi")!.mtimeMs;
  }

  file(uid: string, node = this.node): string | null {
    const file = node.volumes.imageOf(uid, "csi")?.payload[0];
    return file === undefined ? null : String.fromCharCode(...file.bytes);
  }

  get(kind: string, name: string): JsonObject | null {
    const stored = this.apiServer.read(kind, "default", name);
    return stored === null ? null : (stored.object as unknown as JsonObject);
  }

  secret(name = "app-secret"): string | null {
    const data = this.get("Secret", name)?.["data"] as JsonObject | undefined;
    const text = data?.["password"];
    return typeof text === "string" ? atob(text) : null;
  }

  owners(name = "app-secret"): string[] {
    const metadata = this.get("Secret", name)?.["metadata"] as JsonObject;
    const owners = metadata["ownerReferences"] as
      { name: string }[] | undefined;
    return (owners ?? []).map((owner) => owner.name);
  }

  /** Facts of a type in order of time, runs taken apart. */
  all(type: string): { t: EpochMs; data: JsonObject; fact: Fact }[] {
    return [...this.#facts, ...this.sim.trace.openRuns()]
      .filter((fact) => fact.type === type)
      .flatMap((fact) =>
        [...instances(fact)].map(({ t }) => ({ t, data: fact.data, fact })),
      )
      .sort((a, b) => a.t - b.t);
  }

  times(type: string): EpochMs[] {
    return this.all(type).map(({ t }) => t);
  }

  /** Writes of the Secret, in order. */
  secretWrites(name = "app-secret") {
    return [
      ...this.all("api.object.created"),
      ...this.all("api.object.modified"),
    ]
      .filter(({ data }) => data["kind"] === "Secret" && data["name"] === name)
      .sort((a, b) => a.t - b.t);
  }

  /** Messages of the Events with a reason. */
  messages(reason: string): string[] {
    return this.events(reason).map(({ data }) => data["message"] as string);
  }

  events(reason: string) {
    return this.all("k8s.event").filter(
      ({ data }) => data["reason"] === reason,
    );
  }

  #node(name: string, values: ValueBook, backend: MachineBackend): RoomNode {
    const { sim } = this;
    const volumes = sim.add(new NodeVolumes(sim, name));
    const provider = sim.add(
      new ScriptedProvider(sim, name, () => fetched("v1", 1, 1)),
    );
    const through = this.apiServer.client(`${name}/csi-driver`);
    const api: ApiClient = {
      call: (request, replyTo) => {
        node.requests.push({ t: sim.now, request });
        const error = node.refusal(request);
        if (error === null) through.call(request, replyTo);
        else if (replyTo.target !== "")
          sendReply(sim, replyTo, node.refusalMs, { ok: false, error });
      },
      watch: (selection, to) => through.watch(selection, to),
      unwatch: (id) => through.unwatch(id),
    };
    const driver = sim.add(
      new CsiDriver({
        sim,
        node: name,
        ip: "10.224.0.4",
        backend,
        api,
        values,
        volumes,
        provider,
        config: () => this.config,
      }),
    );
    const node: RoomNode = {
      name,
      driver,
      volumes,
      provider,
      refusal: () => null,
      refusalMs: API_MS,
      requests: [],
    };
    return node;
  }
}

export function aRoom(options: RoomOptions = {}): DriverRoom {
  return new DriverRoom(options);
}

/** Settings of the node that a test may change in mid-run, as a `settings` command does. */
export function change(room: DriverRoom, config: Partial<NodeConfig>): void {
  Object.assign(room.config, config);
}

export const UNREACHABLE: ApiError = {
  code: 0,
  reason: "",
  message:
    'Post "https://10.0.0.1:443/api": dial tcp 10.0.0.1:443: connect: connection refused',
};
