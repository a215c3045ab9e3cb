/**
 * The driver's clients of its providers: found by their socket at the first use in a process, then kept for its life,
 * whatever becomes of the socket. A call to a provider that is not there waits; one that breaks off is made again.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/secrets-store/provider_client.go (PluginClientBuilder.Get,
 *         ServiceConfig); grpc/grpc-go stream.go shouldRetry (v1.56 with driver 1.5.6, v1.79 with 1.6.0); csi-driver.md 1.1, 1.2
 */
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import {
  PROVIDER_CALL_ATTEMPTS,
  PROVIDER_RETRY_GROWTH_PERCENT,
  PROVIDER_RETRY_INITIAL_MS,
  PROVIDER_RETRY_MAX_MS,
} from "../defaults.ts";
import type { MountReply, ProviderClient } from "./azure-provider/mount.ts";
import type { DriverGeneration } from "./generation.ts";

const PROVIDER_NAME = /^[a-zA-Z0-9_-]{0,30}$/;

interface ProviderClientsState {
  /** Providers that this process has a client of. */
  found: Set<string>;
  /** Retries drawn so far. */
  drawn: number;
}

export class ProviderClients implements Component {
  readonly name: string;
  state: ProviderClientsState = { found: new Set(), drawn: 0 };
  readonly #sim: Simulation;
  readonly #azure: ProviderClient;

  constructor(options: {
    readonly sim: Simulation;
    readonly node: string;
    readonly azure: ProviderClient;
  }) {
    this.name = `${options.node}/csi-driver/provider-clients`;
    this.#sim = options.sim;
    this.#azure = options.azure;
  }

  handle(): void {
    // Nothing is ever scheduled for the clients.
  }

  /** Null when there is a client of the provider, else the driver's text. */
  find(provider: string): string | null {
    const { found } = this.state;
    if (found.has(provider)) return null;
    if (!PROVIDER_NAME.test(provider))
      return `invalid provider: provider ${JSON.stringify(provider)}`;
    if (provider !== "azure" || !this.#azure.socketPresent)
      return `provider not found: provider ${JSON.stringify(provider)}`;
    found.add(provider);
    return null;
  }

  /** A new process has no client yet. */
  forget(): void {
    this.state.found.clear();
  }

  /** Wait before the call that had `attempts` attempts is made again; null when its answer stands. */
  retryDelay(
    reply: MountReply,
    attempts: number,
    generation: DriverGeneration,
  ): DurationMs | null {
    if (reply.ok || reply.code !== "Unavailable") return null;
    if (attempts >= PROVIDER_CALL_ATTEMPTS) return null;
    let backoff = PROVIDER_RETRY_INITIAL_MS;
    for (let i = 1; i < attempts; i++)
      backoff = Math.floor((backoff * PROVIDER_RETRY_GROWTH_PERCENT) / 100);
    backoff = Math.min(backoff, PROVIDER_RETRY_MAX_MS);
    // grpc-go drew from the whole of it until 1.65, from 80 to 120 % of it since.
    const [low, high] =
      generation === "reconciler"
        ? [0, backoff]
        : [Math.floor((backoff * 80) / 100), Math.floor((backoff * 120) / 100)];
    const index = this.state.drawn++;
    return this.#sim.draws.between(low, high, `${this.name}/retry`, index);
  }
}
