/**
 * Where simulated workloads get their tokens: Entra ID's token endpoint, and the managed identity endpoint of a node.
 * Inside the world a token is its claims; those of a v1.0 access token for Key Vault.
 * Source: Key Vault reference sheet, sections 10.3 to 10.5; Secrets Store CSI driver reference sheet, section 4.5.
 * Simplification: every identity is known and accepted; applications, federated credentials and their errors are not modelled yet.
 * Simplification: a node's endpoint gives a fresh token for each request; the cache of the real one is not modelled.
 */
import type {
  Identity,
  TokenReply,
  TokenRequest,
  TokenSource,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { toUnixSeconds } from "../../kernel/time.ts";
import { issuerOf } from "../../keyvault-mock/index.ts";
import type { EntraConfig } from "./defaults.ts";
import {
  APP_TOKEN_LIFE_MS,
  MANAGED_IDENTITY_TOKEN_LIFE_MS,
} from "./defaults.ts";

export interface EntraTokensOptions {
  readonly sim: Simulation;
  /** Asked at each use, so that settings may change in mid-run. */
  readonly config: () => EntraConfig;
}

/**
 * The component `entra`. An identity's object id is the draw `entra/<client id>/oid`, so that it is the same wherever and
 * whenever the identity signs in.
 */
export class EntraTokens implements Component, TokenSource {
  readonly name = "entra";
  /** Tokens are functions of the request and the time: nothing to remember. */
  state: unknown = null;
  readonly #sim: Simulation;
  readonly #config: () => EntraConfig;

  constructor({ sim, config }: EntraTokensOptions) {
    this.#sim = sim;
    this.#config = config;
  }

  /** Grants a token, answered after `latencyMs`; its life counts from the request. */
  getToken(request: TokenRequest, replyTo: ReplyTo): void {
    const { identity, resource } = request;
    const tid = request.tenantId.toLowerCase();
    const appid = this.#appidOf(request);
    const exp = toUnixSeconds(this.#sim.now + tokenLifeOf(identity));
    const reply: TokenReply = {
      ok: true,
      token: {
        aud: resource,
        iss: issuerOf(tid),
        tid,
        oid: this.#sim.draws.uuid(`entra/${appid}/oid`, 0),
        appid,
        appidacr: identity.mode === "servicePrincipal" ? "1" : "2",
        idtyp: "app",
        exp,
      },
    };
    sendReply(this.#sim, replyTo, this.#config().latencyMs, reply);
  }

  handle(_event: SimEvent): void {
    // Answers go straight to who asked; nothing is ever scheduled for Entra ID itself.
  }

  /**
   * Client ids compare without case, as GUIDs do.
   * Simplification: under pod identity the pods of one service account share an identity; the real binding goes by pod labels.
   */
  #appidOf({ identity, node, serviceAccount }: TokenRequest): string {
    switch (identity.mode) {
      case "vmSystemAssigned":
        return this.#sim.draws.uuid(`entra/node/${node}/appid`, 0);
      case "podIdentity":
        return this.#sim.draws.uuid(
          `entra/pod-identity/${serviceAccount}/appid`,
          0,
        );
      default:
        return identity.clientId.toLowerCase();
    }
  }
}

function tokenLifeOf({ mode }: Identity): DurationMs {
  switch (mode) {
    case "vmUserAssigned":
    case "vmSystemAssigned":
    case "podIdentity":
      return MANAGED_IDENTITY_TOKEN_LIFE_MS;
    case "workloadIdentity":
    case "servicePrincipal":
    case "identityBinding":
      return APP_TOKEN_LIFE_MS;
  }
}
