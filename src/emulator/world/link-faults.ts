/**
 * The way from a node to Key Vault when it is broken: packets that vanish, connections that are refused, slowness. The
 * vault itself is well, and nothing of a request that is lost reaches it. (The ways to Entra ID and to the API server are
 * broken by those rooms themselves.)
 * Source: golang/go src/net/net.go (OpError.Error); Azure/azure-sdk-for-go sdk/azcore
 * runtime/transport_default_http_client.go (net.Dialer Timeout)
 *
 * Simplification: Each request over a broken link dials anew; connections that were open before are taken to be gone.
 * Simplification: The whole round trip over a slow link is paid on the way back: the vault acts when the request is sent.
 */
import type {
  FaultEffect,
  VaultClient,
  VaultError,
  VaultReply,
  VaultRequest,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { JsonValue } from "../../kernel/json.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  DIAL_TIMEOUT_MS,
  keyVaultErrors,
  REFUSED_MS,
} from "../../keyvault-mock/index.ts";

/** Holds from now up to, but not at, `untilMs`. */
export interface LinkFault {
  /** Null: every node. */
  readonly node: string | null;
  readonly effect: Exclude<FaultEffect, { kind: "respond" }>;
  /** The fact that said so: a cause of what fails. */
  readonly began: number;
  readonly untilMs: EpochMs;
}

interface LinkState {
  /** In order of their beginning; those that are over go when somebody looks. */
  faults: LinkFault[];
}

/**
 * What meets a request: `slowMs` in any case, and no connection where it is broken. Of two breaks the one that began
 * first counts.
 */
interface Weather {
  readonly slowMs: DurationMs;
  readonly broken: "drop" | "refuse" | null;
  /** The facts that said so. */
  readonly causes: readonly number[];
}

const FINE: Weather = { slowMs: 0, broken: null, causes: [] };

export class LinkFaults implements Component {
  readonly name = "links";
  state: LinkState = { faults: [] };
  readonly #sim: Simulation;
  readonly #vaults: VaultClient;

  constructor(parts: {
    readonly sim: Simulation;
    readonly vaults: VaultClient;
  }) {
    this.#sim = parts.sim;
    this.#vaults = parts.vaults;
  }

  begin(fault: LinkFault): void {
    this.state.faults.push(fault);
  }

  /** The vaults as a node reaches them. */
  vaultsFrom(node: string): VaultClient {
    return {
      request: (request, replyTo) => this.#request(node, request, replyTo),
    };
  }

  /** An answer on its slow way back. */
  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent;
    const { to, slowMs } = tag as unknown as {
      readonly to: ReplyTo;
      readonly slowMs: DurationMs;
    };
    sendReply(this.#sim, to, slowMs, reply);
  }

  #request(node: string, request: VaultRequest, replyTo: ReplyTo): void {
    const weather = this.#weather(node);
    const { slowMs, broken, causes } = weather;
    if (broken === null) {
      const tag = { to: replyTo as unknown as JsonValue, slowMs };
      const back = slowMs === 0 ? replyTo : { target: this.name, tag };
      this.#vaults.request(request, back);
      return;
    }
    // What comes of the failure has the fault among its causes.
    const { trace } = this.#sim;
    const before = trace.causes;
    trace.causes = [...new Set([...before, ...causes])];
    const delay = broken === "drop" ? DIAL_TIMEOUT_MS : REFUSED_MS;
    const reply: VaultReply = { ok: false, error: errorOf(broken) };
    sendReply(this.#sim, replyTo, delay + slowMs, reply);
    trace.causes = before;
  }

  #weather(node: string): Weather {
    if (this.state.faults.length === 0) return FINE;
    const { now } = this.#sim;
    this.state.faults = this.state.faults.filter(
      ({ untilMs }) => untilMs > now,
    );
    const felt = this.state.faults.filter(
      (fault) => fault.node === null || fault.node === node,
    );
    let slowMs = 0;
    let broken: Weather["broken"] = null;
    for (const { effect } of felt)
      if (effect.kind === "slow") slowMs += effect.byMs;
      else broken ??= effect.kind;
    return { slowMs, broken, causes: felt.map(({ began }) => began) };
  }
}

function errorOf(broken: "drop" | "refuse"): VaultError {
  return broken === "drop"
    ? keyVaultErrors.connectionTimedOut()
    : keyVaultErrors.connectionRefused();
}
