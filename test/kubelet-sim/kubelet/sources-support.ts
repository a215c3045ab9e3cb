/**
 * The part of a kubelet that gets things for pods, alone with an API server: the test is the pod worker. `sync` is the
 * volume step of a SyncPod, `prepare` what comes before a container is made.
 */
import { ApiServer } from "../../../src/cluster-sim/index.ts";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { nodeConfig } from "../../../src/emulator/world/links.ts";
import { bytesToUtf8 } from "../../../src/kernel/bytes.ts";
import { ValueBook } from "../../../src/kernel/content.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import type { ReplyTo } from "../../../src/kernel/port.ts";
import { sendReply } from "../../../src/kernel/port.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { DurationMs, EpochMs } from "../../../src/kernel/time.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import { ObjectManager } from "../../../src/kubelet-sim/kubelet/object-manager.ts";
import { KubeletPodSources } from "../../../src/kubelet-sim/kubelet/pod-sources.ts";
import { TokenManager } from "../../../src/kubelet-sim/kubelet/service-account-token.ts";
import { SourceReader } from "../../../src/kubelet-sim/kubelet/source-reader.ts";
import { VolumeManager } from "../../../src/kubelet-sim/kubelet/volume-manager.ts";
import { NodeVolumes } from "../../../src/kubelet-sim/node-volumes.ts";
import type { PodFile } from "../../../src/kubelet-sim/node-volumes.ts";
import { drawPhases, tickFrom } from "../../../src/kubelet-sim/phases.ts";
import type { NodePhases } from "../../../src/kubelet-sim/phases.ts";
import { fileInVolume } from "../../../src/kubelet-sim/pod-files.ts";
import { specOf } from "../../../src/kubelet-sim/pod-spec.ts";
import type {
  ContainerConfig,
  CsiNode,
  NodeConfig,
  NodePublishReply,
  NodePublishRequest,
  PreparedContainer,
  RunningContainer,
} from "../../../src/kubelet-sim/ports.ts";
import { SETTINGS, START } from "../../support/facts.ts";

export interface NodeSettings extends Partial<NodeConfig> {
  readonly seed?: number;
  readonly latencyMs?: DurationMs;
  readonly watchLatencyMs?: DurationMs;
  readonly backend?: MachineBackend;
}

const NODE = "node-0";

export function aNode(settings: NodeSettings = {}): TestNode {
  return new TestNode(settings);
}

/** A driver that answers as the test says. */
class ScriptedCsi implements CsiNode {
  registered = true;
  reply: NodePublishReply | null = { ok: true };
  afterMs: DurationMs = 0;
  readonly published: { at: EpochMs; request: NodePublishRequest }[] = [];
  readonly unpublished: string[] = [];
  readonly #sim: Simulation;
  readonly #volumes: NodeVolumes;

  constructor(sim: Simulation, volumes: NodeVolumes) {
    this.#sim = sim;
    this.#volumes = volumes;
  }

  nodePublishVolume(request: NodePublishRequest, replyTo: ReplyTo): void {
    this.published.push({ at: this.#sim.now, request });
    if (this.reply === null) return;
    const { namespace, pod, uid, volume } = request;
    if (this.reply.ok)
      this.#volumes.mount({ namespace, pod, uid, volume, kind: "csi" });
    sendReply(this.#sim, replyTo, this.afterMs, this.reply);
  }

  hangUp(): void {
    // What it answers comes to nobody.
  }

  nodeUnpublishVolume(uid: string, volume: string, replyTo: ReplyTo): void {
    this.unpublished.push(volume);
    this.#volumes.unmount(uid, volume, `${NODE}/csi-driver`);
    sendReply(this.#sim, replyTo, 0, { ok: true });
  }
}

export class TestNode {
  readonly sim: Simulation;
  readonly server: ApiServer;
  readonly values: ValueBook;
  readonly sources: KubeletPodSources;
  readonly manager: VolumeManager;
  readonly volumes: NodeVolumes;
  readonly csi: ScriptedCsi;
  readonly phases: NodePhases;
  readonly config: { -readonly [K in keyof NodeConfig]: NodeConfig[K] };
  readonly facts: Fact[] = [];
  /** What a pod worker was told, in order: `mounted`, `gone`, or the text of a FailedMount. */
  readonly told: { readonly at: EpochMs; readonly what: string }[] = [];
  readonly prepared = new Map<string, PreparedContainer & { at: EpochMs }>();

  constructor(settings: NodeSettings) {
    const { seed = 1, latencyMs = 10, watchLatencyMs = 20 } = settings;
    const { backend = "table", ...rest } = settings;
    const sim = new Simulation({ seed, start: START });
    this.sim = sim;
    sim.trace.addSink({ fact: (fact) => void this.facts.push(fact) });
    this.config = { ...nodeConfig(SETTINGS, 1), ...rest };
    this.values = sim.add(new ValueBook());
    const { values } = this;
    const api = { latencyMs, watchLatencyMs };
    this.server = sim.add(new ApiServer({ sim, values, config: () => api }));
    sim.command(() => {
      this.server.bootstrap();
      const metadata = { name: NODE };
      const manifest = { apiVersion: "v1", kind: "Node", metadata };
      this.server.apply(manifest, { by: "aks" });
    });
    this.volumes = sim.add(new NodeVolumes(sim, NODE));
    this.csi = new ScriptedCsi(sim, this.volumes);
    this.phases = drawPhases(sim.draws, NODE, 0);
    const parts = {
      sim,
      node: NODE,
      ip: "10.224.0.4",
      backend,
      values,
      api: this.server.client(`${NODE}/kubelet`),
      config: () => this.config,
      phases: () => this.phases,
      csi: this.csi,
      volumes: this.volumes,
    };
    const manager = (kind: "Secret" | "ConfigMap") =>
      sim.add(new ObjectManager({ ...parts, kind }));
    const tokens = sim.add(new TokenManager(parts));
    const [secrets, configMaps] = [manager("Secret"), manager("ConfigMap")];
    const managers = { secrets, configMaps, tokens };
    const reader = new SourceReader(managers);
    const sources = sim.add(
      new KubeletPodSources({ ...parts, ...managers, reader }),
    );
    const volumes = sim.add(new VolumeManager({ ...parts, reader }));
    this.sources = sources;
    this.manager = volumes;
    volumes.listener = {
      volumeMounted: () => this.#tell("mounted"),
      volumesGone: () => this.#tell("gone"),
      mountFailed: (_, message) => this.#tell(message),
    };
    sources.onPrepared = (key, outcome) =>
      void this.prepared.set(key, { ...outcome, at: sim.now });
    sim.command(() => sources.start());
    sim.runUntil(START + 100);
  }

  #tell(what: string): void {
    this.told.push({ at: this.sim.now, what });
  }

  get now(): EpochMs {
    return this.sim.now;
  }

  advance(duration: string | DurationMs): this {
    const ms = typeof duration === "number" ? duration : durationMs(duration);
    this.sim.runUntil(this.now + ms);
    return this;
  }

  /** What `look` says one millisecond before an instant, and when everything due then has happened. */
  around<T>(due: EpochMs, look: () => T): [before: T, at: T] {
    this.sim.runUntil(due - 1);
    const before = look();
    this.sim.runUntil(due);
    return [before, look()];
  }

  apply(manifest: JsonObject): Stored {
    const { sim, server } = this;
    const reply = sim.command(() => server.apply(manifest, { by: "kubectl" }));
    if (reply.ok && "stored" in reply) return reply.stored;
    throw new Error(reply.ok ? "no object" : reply.error.message);
  }

  remove(kind: string, name: string): void {
    const request = {
      verb: "delete",
      kind,
      namespace: "default",
      name,
    } as const;
    const to = { target: "", tag: {} };
    this.sim.command(() => this.server.client("kubectl").call(request, to));
  }

  /** The volume step of a pod sync. */
  sync(pod: Stored): this {
    this.sim.command(() => {
      this.sources.register(pod);
      this.manager.reprocessPod(pod);
    });
    return this;
  }

  /** Applies a pod, syncs it, and lets its volumes be set up. */
  start(manifest: JsonObject): Stored {
    const pod = this.apply(manifest);
    this.sync(pod).advance("1s");
    return pod;
  }

  /** One more sync, and its refreshes. */
  resync(pod: Stored): this {
    return this.sync(pod).advance("1s");
  }

  prepare(pod: Stored, container = "main"): void {
    const spec = specOf(pod.object).containers.find(
      ({ name }) => name === container,
    )!;
    const key = `${pod.object.metadata.uid}/${container}`;
    this.prepared.delete(key);
    this.sim.command(() =>
      this.sources.prepareContainer({ key, pod, container: spec }),
    );
  }

  /** What came of preparing a container, once it has come. */
  outcome(pod: Stored, container = "main"): PreparedContainer {
    this.prepare(pod, container);
    this.advance("2s");
    const { at: _, ...outcome } = this.prepared.get(
      `${pod.object.metadata.uid}/${container}`,
    )!;
    return outcome;
  }

  configOf(pod: Stored, container = "main"): ContainerConfig {
    const outcome = this.outcome(pod, container);
    if (outcome.ok) return outcome.config;
    throw new Error(outcome.message);
  }

  /** Values by name, without those of the service `kubernetes`. */
  env(pod: Stored, container = "main"): Record<string, string> {
    const { env } = this.configOf(pod, container);
    return Object.fromEntries(
      env
        .filter(({ name }) => !name.startsWith("KUBERNETES_"))
        .map(({ name, value }) => [name, value]),
    );
  }

  running(pod: Stored, config: ContainerConfig): RunningContainer {
    const spec = specOf(pod.object).containers[0]!;
    return { pod, spec, attempt: 0, startedAt: this.now, config };
  }

  file(pod: Stored, volume: string, path: string): PodFile | null {
    const { uid } = pod.object.metadata;
    return fileInVolume(this.volumes, uid, { container: "main", volume, path });
  }

  read(pod: Stored, volume: string, path: string): string | null {
    const file = this.file(pod, volume, path);
    return file === null ? null : bytesToUtf8(file.bytes);
  }

  failures(): string[] {
    return this.told
      .map(({ what }) => what)
      .filter((what) => what !== "mounted" && what !== "gone");
  }

  factsOf(type: string): Fact[] {
    return this.facts.filter((fact) => fact.type === type);
  }

  /** The reconciler pass that sees what the populator marks for a sync of `at`. */
  refreshAfter(at: EpochMs): EpochMs {
    const marked = tickFrom(at, 100, this.phases.populator);
    return tickFrom(marked, 100, this.phases.reconciler);
  }

  /** The API server refuses every connection for so long. */
  outage(forMs: DurationMs): void {
    const effect = { kind: "refuse" } as const;
    const until = this.now + forMs;
    this.sim.command(() =>
      this.server.fault({ callers: `${NODE}/`, effect }, until),
    );
  }
}

export function aConfigMap(
  data: Readonly<Record<string, string>>,
  more: {
    readonly name?: string;
    readonly binaryData?: Readonly<Record<string, string>>;
    readonly immutable?: boolean;
  } = {},
): JsonObject {
  const { name = "settings", binaryData, immutable } = more;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data,
    ...(binaryData === undefined ? {} : { binaryData }),
    ...(immutable === undefined ? {} : { immutable }),
  };
}
