/**
 * What the kubelet reads for a pod's containers: it registers the objects that the pod refers to, and works out a
 * container's configuration each time the container is created.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet.go (SyncPod: RegisterPod), pkg/kubelet/kubelet_pods.go
 *         (GenerateRunContainerOptions, getPullSecretsForPod); kubelet.md 2, 5
 * Simplification: Pull secrets are looked for when a container is created, not at each sync of the pod.
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import type { ObjectName } from "../pod-spec.ts";
import { referencedObjects, specOf } from "../pod-spec.ts";
import type {
  ContainerEvent,
  NodeOptions,
  PodSources,
  PrepareContainer,
  PreparedContainer,
} from "../ports.ts";
import { resolveEnvironment } from "./environment.ts";
import type { ObjectRead } from "./object-entry.ts";
import type {
  SourceManagers,
  SourceReader,
  WantRead,
} from "./source-reader.ts";
import { pinFiles } from "./sub-path.ts";

interface Preparing extends PrepareContainer {
  /** The read that it waits for: its number and its object. */
  id: number;
  object: string;
  /** By `Secret/app-secret`. */
  readonly reads: Map<string, ObjectRead>;
}

interface PodSourcesState {
  /** By the key of the request. */
  preparing: Map<string, Preparing>;
  /** Keys of `preparing` by the read that they wait for. */
  readers: Map<number, string>;
  reads: number;
  /** Names of each registered pod's objects: a pod's spec never changes. */
  registered: Map<string, Registered>;
}

interface Registered {
  readonly namespace: string;
  readonly secrets: readonly string[];
  readonly configMaps: readonly string[];
}

export interface PodSourcesOptions extends NodeOptions, SourceManagers {
  readonly reader: SourceReader;
  readonly volumes: NodeVolumes;
}

export class KubeletPodSources implements Component, PodSources {
  readonly name: string;
  state: PodSourcesState = {
    preparing: new Map(),
    readers: new Map(),
    reads: 0,
    registered: new Map(),
  };
  onPrepared: (key: string, outcome: PreparedContainer) => void = () => {};
  readonly #options: PodSourcesOptions;

  constructor(options: PodSourcesOptions) {
    this.name = `${options.node}/kubelet/pod-sources`;
    this.#options = options;
    options.reader.answerTo("container", (id, read) =>
      this.#answered(id, read),
    );
  }

  start(): void {
    this.#options.secrets.start();
    this.#options.configMaps.start();
  }

  stop(): void {
    const { secrets, configMaps, tokens } = this.#options;
    this.state.preparing.clear();
    this.state.readers.clear();
    this.state.registered.clear();
    secrets.stop();
    configMaps.stop();
    tokens.stop();
  }

  register({ object }: Stored): void {
    const { uid, namespace = "" } = object.metadata;
    const { registered } = this.state;
    let names = registered.get(uid);
    if (names === undefined) {
      const objects = referencedObjects(specOf(object));
      names = {
        namespace,
        secrets: namesOf(objects, "Secret"),
        configMaps: namesOf(objects, "ConfigMap"),
      };
      registered.set(uid, names);
    }
    const { secrets, configMaps } = this.#options;
    secrets.register(uid, namespace, names.secrets);
    configMaps.register(uid, namespace, names.configMaps);
  }

  unregister(uid: string): void {
    const { preparing, registered } = this.state;
    for (const [key, { pod }] of preparing)
      if (pod.object.metadata.uid === uid) this.#drop(key);
    registered.delete(uid);
    const { secrets, configMaps, tokens } = this.#options;
    secrets.unregister(uid);
    configMaps.unregister(uid);
    tokens.forget(uid);
  }

  prepareContainer(request: PrepareContainer): void {
    const { key } = request;
    this.#drop(key);
    const reads = new Map<string, ObjectRead>();
    this.#goOn({ ...request, id: 0, object: "", reads });
  }

  handle(event: SimEvent): void {
    throw new InvariantViolation(
      "UnexpectedEvent",
      `Failed to handle ${event.type}: nothing is ever scheduled for ${this.name}`,
    );
  }

  #drop(key: string): void {
    const preparing = this.state.preparing.get(key);
    if (preparing === undefined) return;
    this.state.readers.delete(preparing.id);
    this.state.preparing.delete(key);
  }

  #answered(id: number, read: WantRead): void {
    const key = this.state.readers.get(id);
    if (key === undefined) return;
    const preparing = this.state.preparing.get(key)!;
    this.#drop(key);
    preparing.reads.set(preparing.object, read as ObjectRead);
    this.#goOn(preparing);
  }

  /** Works out the environment until a read has to be waited for. */
  #goOn(preparing: Preparing): void {
    const { key, pod, container, reads, podIp } = preparing;
    const { node, ip, config } = this.#options;
    const where = podIp === undefined ? { node, ip } : { node, ip, podIp };
    for (const object of pullSecrets(pod))
      if (!this.#isRead(preparing, object)) return;
    for (;;) {
      const environment = resolveEnvironment({
        pod: pod.object,
        container,
        node: where,
        kubernetesMinor: config().kubernetesMinor,
        reads,
      });
      if (environment.outcome === "needs") {
        if (!this.#isRead(preparing, environment.object)) return;
        continue;
      }
      const events = [...pullSecretEvents(preparing), ...environment.events];
      if (environment.outcome === "failed")
        return this.onPrepared(key, {
          ok: false,
          message: environment.message,
          events,
        });
      return this.#pin(preparing, environment.env, events);
    }
  }

  #pin(
    { key, pod, container }: Preparing,
    env: Parameters<typeof pinFiles>[3],
    events: readonly ContainerEvent[],
  ): void {
    const { uid } = pod.object.metadata;
    const pins = pinFiles(this.#options.volumes, uid, container, env);
    this.onPrepared(
      key,
      pins.ok
        ? { ok: true, config: { env, pinned: pins.pinned }, events }
        : { ok: false, message: pins.message, events },
    );
  }

  /** Reads an object that is not read yet; false when its answer has to be waited for. */
  #isRead(preparing: Preparing, object: ObjectName): boolean {
    const { state } = this;
    const name = nameOf(object);
    if (preparing.reads.has(name)) return true;
    const { metadata } = preparing.pod.object;
    const { serviceAccountName = "default" } = specOf(preparing.pod.object);
    const pod = {
      namespace: metadata.namespace ?? "",
      pod: metadata.name,
      uid: metadata.uid,
      serviceAccount: serviceAccountName,
    };
    const id = ++state.reads;
    const read = this.#options.reader.read("container", id, pod, object);
    if (read !== null) {
      preparing.reads.set(name, read as ObjectRead);
      return true;
    }
    preparing.id = id;
    preparing.object = name;
    state.preparing.set(preparing.key, preparing);
    state.readers.set(id, preparing.key);
    return false;
  }
}

function pullSecrets({ object }: Stored): ObjectName[] {
  return (specOf(object).imagePullSecrets ?? []).flatMap(({ name = "" }) =>
    name === "" ? [] : [{ kind: "Secret" as const, name }],
  );
}

function pullSecretEvents({ pod, reads }: Preparing): ContainerEvent[] {
  const missing = pullSecrets(pod)
    .filter((object) => reads.get(nameOf(object))?.ok !== true)
    .map(({ name }) => name)
    .join(", ");
  if (missing === "") return [];
  const message = `Unable to retrieve some image pull secrets (${missing}); attempting to pull the image may not succeed.`;
  const reason = "FailedToRetrieveImagePullSecret";
  return [{ type: "Warning", reason, message }];
}

function nameOf({ kind, name }: ObjectName): string {
  return `${kind}/${name}`;
}

function namesOf(
  objects: readonly ObjectName[],
  kind: ObjectName["kind"],
): readonly string[] {
  return objects
    .filter((object) => object.kind === kind)
    .map(({ name }) => name);
}
