/**
 * The driver's CSI Node service: NodePublishVolume at pod start, NodeUnpublishVolume at its end. Generation A: a
 * publish of a mounted volume answers OK without asking the provider.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/secrets-store/nodeserver.go, provider_client.go,
 *         utils.go; kubernetes/kubernetes v1.35 pkg/volume/csi/csi_plugin.go (the kubelet's deadline); csi-driver.md 1.3-1.6, 12.1
 */
import { NO_REPLY } from "../../cluster-sim/client/index.ts";
import type { ApiReply } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import { CSI_CALL_TIMEOUT_MS } from "../defaults.ts";
import type {
  CsiNode,
  NodePublishReply,
  NodePublishRequest,
} from "../ports.ts";
import type { MountReply } from "./azure-provider/mount.ts";
import type { DriverContext } from "./driver-context.ts";
import { classSpec, mountRequest } from "./driver-context.ts";
import type { PodMount } from "./pod-status.ts";
import { podStatusManifest, podStatusName } from "./pod-status.ts";

interface Publishing {
  readonly request: NodePublishRequest;
  readonly secretProviderClass: string;
  readonly replyTo: ReplyTo;
  /** The provider's mount, and the queued end of the kubelet's patience. */
  mount: number;
  deadline: number;
  objectVersions: readonly { readonly id: string; readonly version: string }[];
}

interface NodeServerState {
  /** Whether the process runs and is registered with the kubelet. */
  registered: boolean;
  /** Calls that wait for an answer, by `<uid>/<volume>`. */
  publishing: Map<string, Publishing>;
  /** Counts the starts of the process: answers to an earlier one are nobody's. */
  epoch: number;
}

interface DeadlineEvent extends SimEvent {
  readonly type: "deadline";
  readonly key: string;
}

/** Where a publish goes on when an answer arrives. */
type Step = "mounted" | "created" | "read" | "updated";

const PROVIDER_NAME = /^[a-zA-Z0-9_-]{0,30}$/;

export class NodeServer implements Component, CsiNode {
  readonly name: string;
  state: NodeServerState = {
    registered: true,
    publishing: new Map(),
    epoch: 0,
  };
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.name = `${context.node}/csi-driver`;
    this.#context = context;
  }

  get registered(): boolean {
    return this.state.registered;
  }

  /** The process ends: calls in flight break off, mounted volumes stay. */
  stop(): void {
    this.state.registered = false;
    this.state.epoch += 1;
    const desc = "error reading from server: EOF";
    for (const [key, { deadline }] of this.state.publishing) {
      this.#context.sim.cancel(deadline);
      this.#breakOff(key, { ok: false, code: "Unavailable", desc });
    }
  }

  start(): void {
    this.state.registered = true;
  }

  nodePublishVolume(request: NodePublishRequest, replyTo: ReplyTo): void {
    const { uid, volume, namespace } = request;
    const { caches, volumes, config, provider } = this.#context;
    if (volumes.isMounted(uid, volume))
      return this.#reply(replyTo, { ok: true });
    const name = request.attributes["secretProviderClass"] ?? "";
    if (name === "")
      return this.#refuse(replyTo, "secretProviderClass is not set");
    const stored = caches.get("classes", namespace, name);
    if (stored === null)
      return this.#refuse(
        replyTo,
        `failed to get secretproviderclass ${namespace}/${name}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${name}" not found`,
      );
    const spec = classSpec(stored);
    const refusal = this.#check(request, spec.provider, spec.parameters, name);
    if (refusal !== null) return this.#reply(replyTo, refusal);
    volumes.mount({ ...podVolume(request), kind: "csi" });
    const key = `${uid}/${volume}`;
    const target = { ...request, secretProviderClass: name };
    const mount = provider.mount(
      mountRequest(target, spec.parameters!, request.attributes, {
        secrets: request.secrets,
        tokenAudiences: config().tokenAudiences,
      }),
      this.#next("mounted", key),
    );
    this.state.publishing.set(key, {
      request,
      replyTo,
      secretProviderClass: name,
      mount,
      deadline: this.#startDeadline(key),
      objectVersions: [],
    });
  }

  nodeUnpublishVolume(uid: string, volume: string, replyTo: ReplyTo): void {
    this.#context.volumes.unmount(uid, volume, this.name);
    this.#reply(replyTo, { ok: true });
  }

  handle(event: SimEvent): void {
    if (event.type === "deadline") {
      const { key } = event as DeadlineEvent;
      const desc = "context deadline exceeded";
      return this.#breakOff(key, { ok: false, code: "DeadlineExceeded", desc });
    }
    const { tag, reply } = event as ReplyEvent;
    const key = tag["key"] as string;
    const publishing = this.state.publishing.get(key);
    if (publishing === undefined || tag["epoch"] !== this.state.epoch) return;
    switch (tag["step"] as Step) {
      case "mounted":
        return this.#mounted(key, publishing, reply as MountReply);
      case "created":
        return this.#created(key, publishing, reply as ApiReply);
      case "read":
        return this.#read(key, publishing, reply as ApiReply);
      case "updated":
        return this.#recorded(key, publishing, reply as ApiReply);
    }
  }

  /** The checks between finding the class and mounting; null when all hold. */
  #check(
    request: NodePublishRequest,
    provider: string | undefined,
    parameters: Readonly<Record<string, string>> | undefined,
    name: string,
  ): NodePublishReply | null {
    const { namespace, pod } = request;
    const where = `${namespace}/${name}`;
    const failed = `failed to mount secrets store objects for pod ${namespace}/${pod}, err: error connecting to provider "${provider}"`;
    if (provider === undefined || provider === "")
      return unknown(`provider not set in ${where}`);
    if (parameters === undefined)
      return unknown(`parameters not set in ${where}`);
    if (!request.readOnly)
      return {
        ok: false,
        code: "InvalidArgument",
        desc: "Readonly is not true in request",
      };
    if (!PROVIDER_NAME.test(provider))
      return unknown(`${failed}: invalid provider: provider "${provider}"`);
    if (provider !== "azure")
      return unknown(`${failed}: provider not found: provider "${provider}"`);
    return null;
  }

  #mounted(key: string, publishing: Publishing, reply: MountReply): void {
    const { request } = publishing;
    const prefix = `failed to mount secrets store objects for pod ${request.namespace}/${request.pod}, err: `;
    if (!reply.ok)
      return this.#fail(
        key,
        `${prefix}rpc error: code = Unknown desc = ${reply.message}`,
      );
    if (reply.objectVersions.length === 0)
      return this.#fail(key, `${prefix}missing object versions`);
    const { volumes, config, sim } = this.#context;
    const outcome = volumes.write(request.uid, request.volume, {
      files: reply.files,
      writer: "driver",
      kubernetesMinor: config().kubernetesMinor,
      triggers: sim.trace.causes,
      at: this.name,
    });
    if (!outcome.ok) return this.#fail(key, prefix + outcome.error);
    publishing.objectVersions = reply.objectVersions;
    this.#context.api.call(
      { verb: "create", object: this.#manifest(publishing) },
      this.#next("created", key),
    );
  }

  /** A status of that name is left over from an earlier pod of the same name: it becomes this pod's. */
  #created(key: string, publishing: Publishing, reply: ApiReply): void {
    if (reply.ok || reply.error.reason !== "AlreadyExists")
      return this.#recorded(key, publishing, reply);
    const mount = podMount(publishing);
    this.#context.api.call(
      {
        verb: "get",
        kind: "SecretProviderClassPodStatus",
        namespace: mount.namespace,
        name: podStatusName(mount),
      },
      this.#next("read", key),
    );
  }

  #read(key: string, publishing: Publishing, reply: ApiReply): void {
    if (!reply.ok || !("stored" in reply))
      return this.#recorded(key, publishing, reply);
    const manifest = this.#manifest(publishing);
    const { resourceVersion } = reply.stored.object.metadata;
    const metadata = {
      ...(manifest["metadata"] as JsonObject),
      resourceVersion,
    };
    this.#context.api.call(
      { verb: "update", object: { ...manifest, metadata } },
      this.#next("updated", key),
    );
  }

  #recorded(key: string, publishing: Publishing, reply: ApiReply): void {
    const { namespace, pod } = publishing.request;
    if (!reply.ok)
      return this.#fail(
        key,
        `failed to create secret provider class pod status for pod ${namespace}/${pod}, err: ${reply.error.message}`,
      );
    this.#end(key);
    this.#reply(publishing.replyTo, { ok: true });
  }

  #manifest(publishing: Publishing): JsonObject {
    const { node } = this.#context;
    const { objectVersions } = publishing;
    return podStatusManifest(node, podMount(publishing), objectVersions);
  }

  #next(step: Step, key: string): ReplyTo {
    return { target: this.name, tag: { step, key, epoch: this.state.epoch } };
  }

  /** A first mount that fails leaves no mount behind: the next attempt starts over. */
  #fail(key: string, desc: string): void {
    const { request, replyTo } = this.#end(key);
    this.#unmount(request);
    this.#refuse(replyTo, desc);
  }

  /** A call ends without its answer: the provider is told to leave off, and nothing stays mounted. */
  #breakOff(key: string, reply: NodePublishReply): void {
    const { request, replyTo, mount } = this.state.publishing.get(key)!;
    this.state.publishing.delete(key);
    this.#context.provider.cancel(mount);
    this.#unmount(request);
    this.#reply(replyTo, reply);
  }

  #startDeadline(key: string): number {
    const event: DeadlineEvent = { type: "deadline", key };
    const rank = Rank.completion;
    const target = this.name;
    const { sim } = this.#context;
    return sim.after(CSI_CALL_TIMEOUT_MS, { rank, target, event });
  }

  #end(key: string): Publishing {
    const publishing = this.state.publishing.get(key)!;
    this.state.publishing.delete(key);
    this.#context.sim.cancel(publishing.deadline);
    return publishing;
  }

  #unmount({ uid, volume }: NodePublishRequest): void {
    this.#context.volumes.discard(uid, volume);
  }

  #refuse(replyTo: ReplyTo, desc: string): void {
    this.#reply(replyTo, unknown(desc));
  }

  #reply(replyTo: ReplyTo, reply: NodePublishReply): void {
    if (replyTo !== NO_REPLY) sendReply(this.#context.sim, replyTo, 0, reply);
  }
}

function unknown(desc: string): NodePublishReply {
  return { ok: false, code: "Unknown", desc };
}

function podVolume({ namespace, pod, uid, volume }: NodePublishRequest) {
  return { namespace, pod, uid, volume };
}

function podMount({ request, secretProviderClass }: Publishing): PodMount {
  return { ...podVolume(request), secretProviderClass };
}
