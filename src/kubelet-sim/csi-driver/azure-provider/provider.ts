/**
 * The process of the Azure Key Vault provider on one node, and the driver's way to it: a gRPC channel over a unix socket.
 *
 * A mount of a process that is down waits until the channel is connected again, which the channel tries after 1 s, then
 * ever more rarely (csi-driver.md 1.2). A mount under way when the process ends is told `Unavailable`.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `cmd/main.go` v1.8.2; kubernetes-sigs/secrets-store-csi-driver
 * v1.5.6 `pkg/secrets-store/provider_client.go` (ServiceConfig: waitForReady); grpc/grpc-go v1.56.3 `backoff/backoff.go`,
 * `internal/transport/http_util.go` HTTPStatusConvTab.
 * Simplification: a provider that stops breaks its mounts off at once; the real one may finish them within its grace period of 30 s.
 * Simplification: the provider's health check, off by default and only logged, is not modelled: an idle provider is asked nothing.
 */
import type {
  FaultEffect,
  TokenSource,
  VaultClient,
} from "../../../cluster-sim/ports.ts";
import type { ValueBook } from "../../../kernel/content.ts";
import { invariant } from "../../../kernel/errors.ts";
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { ReplyTo } from "../../../kernel/port.ts";
import { sendReply } from "../../../kernel/port.ts";
import type { Component, Simulation } from "../../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../../kernel/time.ts";
import {
  RECONNECT_DELAY_MS,
  RECONNECT_GROWTH_PERCENT,
  RECONNECT_JITTER_PERCENT,
  RECONNECT_MAX_DELAY_MS,
} from "./defaults.ts";
import { statusLine } from "./http-status.ts";
import type {
  MountOptions,
  MountReply,
  MountRequest,
  ProviderClient,
} from "./mount.ts";
import type { ProviderConfig } from "./mount-server-state.ts";
import { MountServer } from "./mount-server.ts";

export interface AzureProviderOptions {
  readonly sim: Simulation;
  readonly node: string;
  /** The provider runs in the node's network: its address is the caller of every request. */
  readonly nodeIp: string;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  /** Read at each mount: an add-on update may have changed it. */
  readonly config: () => ProviderConfig;
}

interface WaitingMount {
  readonly request: MountRequest;
  readonly replyTo: ReplyTo;
  readonly hasDeadline: boolean;
  /** Whether the process has it, and hangs. */
  readonly received: boolean;
}

interface ProviderState {
  running: boolean;
  nextMount: number;
  /** Mounts that wait for the process, in their order. */
  readonly waiting: Map<number, WaitingMount>;
  /** Failed connections in a row; with the next one queued, or 0. */
  reconnect: { failures: number; handle: number };
  /** Waits between connections drawn so far. */
  drawn: number;
  /** In force until its end, which is queued. */
  fault: { readonly effect: FaultEffect; readonly end: number } | null;
}

type OwnEventType = "stop" | "start" | "connect" | "faultEnd";

const BROKEN_OFF: MountReply = {
  ok: false,
  code: "Unavailable",
  message: "error reading from server: EOF",
};

export class AzureProvider implements Component, ProviderClient {
  readonly name: string;
  state: ProviderState = {
    running: true,
    nextMount: 1,
    waiting: new Map(),
    reconnect: { failures: 0, handle: 0 },
    drawn: 0,
    fault: null,
  };
  readonly #options: AzureProviderOptions;
  readonly #server: MountServer;

  /** Adds the server of its mounts to the simulation. */
  constructor(options: AzureProviderOptions) {
    this.#options = options;
    this.name = `${options.node}/provider-azure`;
    this.#server = options.sim.add(
      new MountServer({
        ...options,
        answered: (replyTo, reply) => this.#answer(replyTo, reply),
      }),
    );
  }

  /** A process that ends removes its socket. */
  get socketPresent(): boolean {
    return this.state.running;
  }

  mount(
    request: MountRequest,
    replyTo: ReplyTo,
    { deadline }: MountOptions = {},
  ): number {
    const id = this.state.nextMount++;
    const hasDeadline = deadline !== undefined;
    const waiting = { request, replyTo, hasDeadline, received: false };
    const { running, reconnect } = this.state;
    const connecting = reconnect.handle !== 0;
    if (running && !connecting) this.#receive(id, waiting);
    else {
      this.state.waiting.set(id, waiting);
      if (!connecting) this.#failToConnect();
    }
    return id;
  }

  cancel(mount: number): void {
    this.state.waiting.delete(mount);
    this.#server.cancel(mount);
  }

  /** The process ends; stopping one that is down changes nothing. */
  stop(): void {
    if (!this.state.running) return;
    this.state.running = false;
    this.#record("csi.provider.stopped");
    for (const replyTo of this.#server.stop()) this.#reply(replyTo, BROKEN_OFF);
    for (const [id, { received, replyTo }] of this.state.waiting) {
      if (!received) continue;
      this.state.waiting.delete(id);
      this.#reply(replyTo, BROKEN_OFF);
    }
  }

  /** A new process: its tokens are gone, its flags are today's. Mounts reach it when the channel connects. */
  start(): void {
    if (this.state.running) return;
    this.state.running = true;
    this.#record("csi.provider.started");
    this.#server.start();
  }

  /** Replaces the process: down at `at`, up again `downFor` later. */
  restart(at: EpochMs, downFor: DurationMs): void {
    this.#schedule(at, "stop");
    this.#schedule(at + downFor, "start");
  }

  /**
   * Breaks the process until `until`; a later fault replaces an earlier one. `drop`: it hangs, and goes on with
   * everything when the fault ends. `refuse`: it breaks each new mount off. `slow`: it answers so much later. `respond`: it answers each
   * new mount with a gRPC error of the HTTP status, or with `message` as its description.
   */
  fault(effect: FaultEffect, until: EpochMs): void {
    if (this.state.fault !== null) {
      this.#options.sim.cancel(this.state.fault.end);
      this.#endFault();
    }
    const end = this.#schedule(until, "faultEnd");
    this.state.fault = { effect, end };
    if (effect.kind === "drop") this.#server.freeze();
  }

  handle(event: SimEvent): void {
    switch (event.type as OwnEventType) {
      case "stop":
        return this.stop();
      case "start":
        return this.start();
      case "connect":
        return this.#connect();
      case "faultEnd":
        return this.#endFault();
    }
    invariant(
      false,
      "UnknownEvent",
      `Failed to handle ${event.type}: ${this.name} does not know it`,
    );
  }

  /** A mount has reached the process. */
  #receive(id: number, mount: WaitingMount): void {
    const { request, replyTo, hasDeadline } = mount;
    const effect = this.state.fault?.effect;
    switch (effect?.kind) {
      case "drop":
        this.state.waiting.set(id, { ...mount, received: true });
        return;
      case "refuse":
        return this.#reply(replyTo, BROKEN_OFF);
      case "respond":
        return this.#reply(replyTo, faultReply(effect));
      default: {
        const config = this.#options.config();
        this.#server.begin(id, request, { replyTo, hasDeadline, config });
      }
    }
  }

  #answer(replyTo: ReplyTo, reply: MountReply): void {
    const effect = this.state.fault?.effect;
    this.#reply(replyTo, reply, effect?.kind === "slow" ? effect.byMs : 0);
  }

  #reply(replyTo: ReplyTo, reply: MountReply, wait: DurationMs = 0): void {
    sendReply(this.#options.sim, replyTo, wait, reply);
  }

  #failToConnect(): void {
    const { sim } = this.#options;
    const { reconnect } = this.state;
    let wait = RECONNECT_DELAY_MS;
    for (let i = 0; i < reconnect.failures; i++)
      wait = Math.min(
        Math.floor((wait * RECONNECT_GROWTH_PERCENT) / 100),
        RECONNECT_MAX_DELAY_MS,
      );
    const jitter = Math.floor((wait * RECONNECT_JITTER_PERCENT) / 100);
    const drawn = sim.draws.between(
      wait - jitter,
      wait + jitter + 1,
      `${this.name}/reconnect`,
      this.state.drawn++,
    );
    reconnect.failures += 1;
    reconnect.handle = this.#schedule(sim.now + drawn, "connect");
  }

  #connect(): void {
    this.state.reconnect.handle = 0;
    if (!this.state.running) return this.#failToConnect();
    this.state.reconnect.failures = 0;
    this.#serveWaiting();
  }

  #endFault(): void {
    const hung = this.state.fault?.effect.kind === "drop";
    this.state.fault = null;
    if (!hung) return;
    this.#server.thaw();
    if (this.state.running) this.#serveWaiting();
  }

  #serveWaiting(): void {
    const waiting = [...this.state.waiting];
    this.state.waiting.clear();
    for (const [id, mount] of waiting) this.#receive(id, mount);
  }

  #schedule(at: EpochMs, type: OwnEventType): number {
    const rank = Rank.containerEvent;
    const target = this.name;
    return this.#options.sim.schedule({ at, rank, target, event: { type } });
  }

  #record(type: "csi.provider.stopped" | "csi.provider.started"): void {
    const { sim, node } = this.#options;
    sim.trace.record({ type, at: this.name, about: node, data: { node } });
  }
}

/** What a gRPC client makes of an HTTP answer; with a message of its own it is the provider's plain error. */
function faultReply(
  effect: Extract<FaultEffect, { readonly kind: "respond" }>,
): MountReply {
  const { status, message } = effect;
  if (message !== undefined) return { ok: false, message };
  const text = `unexpected HTTP status code received from server: ${describe(status)}`;
  if ([429, 502, 503, 504].includes(status))
    return { ok: false, code: "Unavailable", message: text };
  return { ok: false, message: text };
}

/** `503 (Service Unavailable)` */
function describe(status: number): string {
  const [code = "", ...reason] = statusLine(status).split(" ");
  return `${code} (${reason.join(" ")})`;
}
