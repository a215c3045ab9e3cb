/**
 * The kubelet's status manager: it remembers the status of each pod, sends it to the API server when it changed, and
 * deletes the objects of pods that are over. What the API server did not take is sent again with the next status of any pod,
 * or at the full pass every 10 s.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/status/status_manager.go; kubelet.md 1.1, 8.7
 * Simplification: The GET before each write of a pod's status is left out; the pod's uid travels with the write instead.
 */
import type { ApiClient, ApiReply, Stored } from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import { jsonEqual } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import { STATUS_PASS_PERIOD_MS } from "../defaults.ts";
import { tickAfter } from "../phases.ts";
import { isTerminating } from "../pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";
import { statusOfApi, statusPatch } from "./pod-status.ts";

interface StatusRecord {
  stored: Stored;
  /** Null until the kubelet has generated one. */
  status: PodStatus | null;
  version: number;
  /** The newest version that the API server has. */
  acknowledged: number;
  /** The pod is over: its object may be deleted once that is asked for. */
  finished: boolean;
  /** What is on its way. */
  calling: "patch" | "delete" | null;
}

interface StatusManagerState {
  /** By uid. */
  pods: Map<string, StatusRecord>;
  /** Queue handle of the next full pass, which is only waited for while something is unsent. */
  pass: number | null;
  epoch: number;
}

export interface StatusManagerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly api: ApiClient;
  /** Offset of the full pass within its period, in ms. */
  readonly phase: () => number;
}

export class StatusManager implements Component {
  readonly name: string;
  state: StatusManagerState = { pods: new Map(), pass: null, epoch: 0 };
  readonly #options: StatusManagerOptions;

  constructor(options: StatusManagerOptions) {
    this.name = `${options.node}/kubelet/status-manager`;
    this.#options = options;
  }

  /** The last status of a pod: this kubelet's, else what the API server says; null when nobody wrote one. */
  last(stored: Stored): Partial<PodStatus> | null {
    const { uid } = stored.object.metadata;
    return this.state.pods.get(uid)?.status ?? statusOfApi(stored);
  }

  /** Takes a generated status and sends it if it says something new; says whether it does. */
  set(stored: Stored, status: PodStatus): boolean {
    const record = this.#record(stored);
    record.stored = stored;
    const before = record.status ?? statusOfApi(stored);
    record.status = status;
    if (before !== null && saysTheSame(before, status)) return false;
    record.version += 1;
    // What failed before goes along with it.
    if (this.state.pass === null) this.#send(record);
    else this.#flush();
    return true;
  }

  /** The object changed in the API; the deletion of a pod that is over is noticed here. */
  podChanged(stored: Stored): void {
    const record = this.state.pods.get(stored.object.metadata.uid);
    if (record === undefined) return;
    record.stored = stored;
    if (record.finished) this.#send(record);
  }

  /** The pod is over: its last status goes out, and the object is deleted if it waits for that. */
  finish(stored: Stored, status: PodStatus): void {
    const record = this.#record(stored);
    record.finished = true;
    if (!this.set(stored, status)) this.#send(record);
  }

  /** The object is gone. */
  forget(uid: string): void {
    this.state.pods.delete(uid);
  }

  /** The process ends: what was not sent is lost. */
  stop(): void {
    const { pass } = this.state;
    if (pass !== null) this.#options.sim.cancel(pass);
    this.state = {
      pods: new Map(),
      pass: null,
      epoch: this.state.epoch + 1,
    };
  }

  handle(event: SimEvent): void {
    if (event.type === "pass") {
      this.state.pass = null;
      return this.#flush();
    }
    const { tag, reply } = event as ReplyEvent<ApiReply>;
    const record = this.state.pods.get(tag["uid"] as string);
    if (record === undefined || tag["epoch"] !== this.state.epoch) return;
    const { calling } = record;
    record.calling = null;
    const gone = !reply.ok && isGone(reply.error.code);
    if (calling === "delete" ? reply.ok || gone : gone)
      return this.forget(tag["uid"] as string);
    if (!reply.ok) return this.#awaitPass();
    record.acknowledged = tag["version"] as number;
    this.#send(record);
  }

  #record(stored: Stored): StatusRecord {
    const { uid } = stored.object.metadata;
    let record = this.state.pods.get(uid);
    if (record === undefined) {
      record = {
        stored,
        status: null,
        version: 0,
        acknowledged: 0,
        finished: false,
        calling: null,
      };
      this.state.pods.set(uid, record);
    }
    return record;
  }

  /** Every status that the API server does not have yet. */
  #flush(): void {
    for (const record of this.state.pods.values()) this.#send(record);
  }

  #send(record: StatusRecord): void {
    if (record.calling !== null) return;
    const { stored, status, version } = record;
    const { uid, name, namespace = "" } = stored.object.metadata;
    const pod = { kind: "Pod", namespace, name } as const;
    const to = {
      target: this.name,
      tag: { uid, version, epoch: this.state.epoch },
    };
    if (version > record.acknowledged) {
      const patch = statusPatch(stored, status!);
      record.calling = "patch";
      this.#options.api.call({ verb: "patchStatus", ...pod, patch }, to);
    } else if (record.finished && isTerminating(stored)) {
      record.calling = "delete";
      const rest = { uid, gracePeriodSeconds: 0 };
      this.#options.api.call({ verb: "delete", ...pod, ...rest }, to);
    }
  }

  #awaitPass(): void {
    if (this.state.pass !== null) return;
    const { sim, phase } = this.#options;
    this.state.pass = sim.schedule({
      at: tickAfter(sim.now, STATUS_PASS_PERIOD_MS, phase()),
      rank: Rank.podWorker,
      target: this.name,
      event: { type: "pass" },
    });
  }
}

/** The object is no longer there, or another one has its name. */
function isGone(code: number): boolean {
  return code === 404 || code === 409;
}

/** Members that the kubelet does not write (`qosClass`) do not count. */
function saysTheSame(before: Partial<PodStatus>, status: PodStatus): boolean {
  return Object.entries(status).every(([key, value]) =>
    jsonEqual(before[key as keyof PodStatus], value),
  );
}
