/**
 * What NodePublishVolume does from the provider on: mount the content, write the files, record the pod status. A first
 * mount and, from 1.6 on, a remount take the same way and differ in how they fail.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0 pkg/secrets-store/nodeserver.go, provider_client.go,
 *         utils.go; kubernetes/kubernetes v1.35 pkg/volume/csi/csi_plugin.go (the kubelet's deadline); csi-driver.md 1.3, 2.3
 * Emits    csi.publish.unchanged | .written | .masked
 * Simplification: the driver's own end of a call's two minutes and the kubelet's are one instant, at which a remount answers OK.
 * Simplification: a driver process that ends in the middle of a first mount leaves no empty tmpfs behind.
 * From code alone: from driver 1.6 on a remount that fails at the provider, at the write or at the pod status answers OK, and only logs and metrics tell of it.
 */
import type { ApiReply } from "../../cluster-sim/ports.ts";
import { NO_REPLY } from "../../cluster-sim/client/index.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import { CSI_CALL_TIMEOUT_MS } from "../defaults.ts";
import type { NodePublishReply } from "../ports.ts";
import type { MountReply, MountRequest } from "./azure-provider/mount.ts";
import type { DriverContext } from "./driver-context.ts";
import type { ObjectVersion, PodMount } from "./pod-status.ts";
import { noSuchDirectory, podStatusName } from "./pod-status.ts";
import { PodStatusWrites } from "./pod-status-writes.ts";
import type { PublishCall } from "./publish-call.ts";
import { reportPublish } from "./publish-call.ts";
import type { PublishFailure } from "./publish-checks.ts";

interface Publishing extends PublishCall {
  readonly ask: MountRequest;
  /** The queued end of the kubelet's patience; null once it has come. */
  deadline: number | null;
  /** The provider's mount, and how many it took. */
  mount: number;
  attempts: number;
  /** Whether the files changed. */
  changed: boolean;
  objectVersions: readonly ObjectVersion[];
}

interface PublishPipelineState {
  /** By number of the call. */
  calls: Map<number, Publishing>;
  nextCall: number;
  /** Counts the starts of the process: answers to an earlier one are nobody's. */
  epoch: number;
}

interface CallEvent extends SimEvent {
  readonly type: "deadline" | "retry";
  readonly call: number;
}

/** Where a call goes on when an answer arrives. */
type Step = "mounted" | "created" | "read" | "updated";

/** The node server, told how a call ends other than well. */
interface PipelineListener {
  switched(call: PublishCall): void;
  failed(call: PublishCall, failure: PublishFailure): void;
}

export class PublishPipeline implements Component {
  readonly name: string;
  state: PublishPipelineState = { calls: new Map(), nextCall: 1, epoch: 0 };
  readonly #context: DriverContext;
  readonly #writes: PodStatusWrites;
  readonly #listener: PipelineListener;
  /** Where facts of the driver happen. */
  readonly #at: string;

  constructor(context: DriverContext, listener: PipelineListener) {
    this.name = `${context.node}/csi-driver/publish-pipeline`;
    this.#at = `${context.node}/csi-driver`;
    this.#context = context;
    this.#writes = new PodStatusWrites(context.node);
    this.#listener = listener;
  }

  /** The volume is mounted, empty or with its files; asks the provider. */
  begin(call: PublishCall, ask: MountRequest, provider: string): void {
    const { clients, sim } = this.#context;
    const id = this.state.nextCall++;
    const event: CallEvent = { type: "deadline", call: id };
    const deadline = sim.after(CSI_CALL_TIMEOUT_MS, {
      rank: Rank.completion,
      target: this.name,
      event,
    });
    // Not spread: that many fields by a spread make an object many times slower.
    this.state.calls.set(id, {
      request: call.request,
      key: call.key,
      className: call.className,
      replyTo: call.replyTo,
      remount: call.remount,
      askedAt: call.askedAt,
      ask,
      deadline,
      mount: 0,
      attempts: 0,
      changed: false,
      objectVersions: [],
    });
    const missing = clients.find(provider);
    if (missing === null) return this.#askProvider(id);
    const desc = `error connecting to provider ${JSON.stringify(provider)}: ${missing}`;
    this.#failMount(id, { errorType: "", code: "Unknown", desc });
  }

  /** The process ends: calls in flight break off. */
  stop(): void {
    this.state.epoch += 1;
    const desc = "error reading from server: EOF";
    for (const id of this.state.calls.keys()) {
      const call = this.#end(id);
      this.#context.provider.cancel(call.mount);
      if (!call.remount) this.#discard(call);
      this.reply(call.replyTo, { ok: false, code: "Unavailable", desc });
    }
  }

  /** The volume is unmounted. */
  forget(key: string): void {
    this.#writes.forget(key);
  }

  /** The kubelet is gone: gRPC cancels the context of each of its calls with the connection. */
  hangUp(): void {
    for (const id of this.state.calls.keys())
      this.#breakOff(id, "Canceled", "context canceled");
  }

  reply(replyTo: ReplyTo, reply: NodePublishReply): void {
    if (replyTo !== NO_REPLY) sendReply(this.#context.sim, replyTo, 0, reply);
  }

  handle(event: SimEvent): void {
    if (event.type === "deadline") return this.#expire(event as CallEvent);
    if (event.type === "retry") {
      const { call } = event as CallEvent;
      if (this.state.calls.has(call)) this.#askProvider(call);
      return;
    }
    const { tag, reply } = event as ReplyEvent;
    const id = tag["call"] as number;
    const call = this.state.calls.get(id);
    if (call === undefined || tag["epoch"] !== this.state.epoch) return;
    switch (tag["step"] as Step) {
      case "mounted":
        return this.#mounted(id, call, reply as MountReply);
      case "created":
        return this.#created(id, call, reply as ApiReply);
      case "read":
        return this.#read(id, call, reply as ApiReply);
      case "updated":
        return this.#recorded(id, call, reply as ApiReply);
    }
  }

  #askProvider(id: number): void {
    const call = this.state.calls.get(id)!;
    call.attempts += 1;
    call.mount = this.#context.provider.mount(
      call.ask,
      this.#next("mounted", id),
      { deadline: call.askedAt + CSI_CALL_TIMEOUT_MS },
    );
  }

  #mounted(id: number, call: Publishing, reply: MountReply): void {
    const { clients, sim, flags } = this.#context;
    const { generation } = flags();
    const retry = clients.retryDelay(reply, call.attempts, generation);
    if (retry !== null) {
      const event: CallEvent = { type: "retry", call: id };
      sim.after(retry, { rank: Rank.completion, target: this.name, event });
      return;
    }
    const failure = this.#write(call, reply);
    if (failure !== null) return this.#failMount(id, failure);
    const { key, objectVersions } = call;
    const object = this.#writes.manifest(key, podMount(call), objectVersions);
    this.#context.api.call(
      { verb: "create", object },
      this.#next("created", id),
    );
  }

  /** Null when the files are there. */
  #write(call: Publishing, reply: MountReply): PublishFailure | null {
    const { volumes, config, sim } = this.#context;
    const errorType = "GRPCProviderError";
    if (!reply.ok) {
      const code = reply.code ?? "Unknown";
      const desc = `rpc error: code = ${code} desc = ${reply.message}`;
      return { errorType, code, desc };
    }
    if (reply.objectVersions.length === 0)
      return { errorType, code: "Unknown", desc: "missing object versions" };
    const { uid, volume } = call.request;
    const outcome = volumes.isMounted(uid, volume)
      ? volumes.write(uid, volume, {
          files: reply.files,
          writer: "driver",
          kubernetesMinor: config().kubernetesMinor,
          triggers: sim.trace.causes,
          at: this.#at,
        })
      : { ok: false as const, error: noSuchDirectory("stat", uid, volume) };
    if (!outcome.ok) {
      const { error: desc } = outcome;
      return { errorType: "FileWriteError", code: "Unknown", desc };
    }
    call.objectVersions = reply.objectVersions;
    call.changed = outcome.changed;
    if (outcome.changed) this.#listener.switched(call);
    return null;
  }

  /** A status of that name is there: this pod's, or one left over from an earlier pod of the same name. */
  #created(id: number, call: Publishing, reply: ApiReply): void {
    if (reply.ok || reply.error.reason !== "AlreadyExists")
      return this.#recorded(id, call, reply);
    const mount = podMount(call);
    this.#context.api.call(
      {
        verb: "get",
        kind: "SecretProviderClassPodStatus",
        namespace: mount.namespace,
        name: podStatusName(mount),
      },
      this.#next("read", id),
    );
  }

  #read(id: number, call: Publishing, reply: ApiReply): void {
    if (!reply.ok || !("stored" in reply))
      return this.#recorded(id, call, reply);
    const { key, objectVersions } = call;
    const object = this.#writes.update(
      key,
      podMount(call),
      objectVersions,
      reply.stored,
    );
    this.#context.api.call(
      { verb: "update", object },
      this.#next("updated", id),
    );
  }

  #recorded(id: number, call: Publishing, reply: ApiReply): void {
    const { namespace, pod } = call.request;
    if (!reply.ok)
      return this.#fail(id, {
        errorType: "",
        code: "Unknown",
        desc: `failed to create secret provider class pod status for pod ${namespace}/${pod}, err: ${reply.error.message}`,
      });
    this.#end(id);
    const type = call.changed ? "csi.publish.written" : "csi.publish.unchanged";
    reportPublish(this.#context, type, call, null);
    this.reply(call.replyTo, { ok: true });
  }

  #next(step: Step, call: number): ReplyTo {
    const { epoch } = this.state;
    return { target: this.name, tag: { step, call, epoch } };
  }

  #expire({ call: id }: CallEvent): void {
    this.state.calls.get(id)!.deadline = null;
    this.#breakOff(id, "DeadlineExceeded", "context deadline exceeded");
  }

  /** The context of a call has ended, and with it what the provider does for it. */
  #breakOff(id: number, code: string, desc: string): void {
    this.#context.provider.cancel(this.state.calls.get(id)!.mount);
    this.#fail(id, { errorType: "GRPCProviderError", code, desc });
  }

  #failMount(id: number, failure: PublishFailure): void {
    const { namespace, pod } = this.state.calls.get(id)!.request;
    const desc = `failed to mount secrets store objects for pod ${namespace}/${pod}, err: ${failure.desc}`;
    this.#fail(id, { ...failure, desc });
  }

  /** A first mount that fails leaves no mount behind, so that the next attempt starts over; a remount is masked. */
  #fail(id: number, failure: PublishFailure): void {
    const call = this.#end(id);
    if (!call.remount) {
      this.#discard(call);
      return this.#listener.failed(call, failure);
    }
    reportPublish(this.#context, "csi.publish.masked", call, failure);
    this.reply(call.replyTo, { ok: true });
  }

  #end(id: number): Publishing {
    const call = this.state.calls.get(id)!;
    this.state.calls.delete(id);
    if (call.deadline !== null) this.#context.sim.cancel(call.deadline);
    return call;
  }

  #discard({ request: { uid, volume } }: PublishCall): void {
    this.#context.volumes.discard(uid, volume);
  }
}

function podMount({ request, className }: PublishCall): PodMount {
  const { namespace, pod, uid, volume } = request;
  return { namespace, pod, uid, volume, secretProviderClass: className };
}
