/**
 * Where simulated workloads get their tokens: Entra ID's token endpoint, and the managed identity endpoint of a node.
 * Inside the world a token is its claims; those of a v1.0 access token for Key Vault. A request is one round trip; what a
 * client does about its failure is the client's.
 * Source: Key Vault reference sheet, sections 10.3 to 10.5; Secrets Store CSI driver reference sheet, section 4.5.
 * Simplification: applications, tenants and roles are not modelled: every identity is known, and settings say which kind of sign-in fails.
 * Simplification: a node's metadata service gives a fresh token for each request; the cache of the real one is not modelled.
 */
import type {
  FaultEffect,
  Identity,
  TokenClaims,
  TokenError,
  TokenReply,
  TokenRequest,
  TokenSource,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS, toUnixSeconds } from "../../kernel/time.ts";
import { issuerOf } from "../../keyvault-mock/index.ts";
import type { EntraConfig } from "./defaults.ts";
import {
  APP_TOKEN_LIFE_MS,
  MANAGED_IDENTITY_TOKEN_LIFE_MS,
  NMI_ATTEMPTS,
  NMI_RETRY_SECONDS,
} from "./defaults.ts";
import type { EntraFault } from "./faults.ts";
import { faultAnswer, faultOf } from "./faults.ts";
import { refusalOf } from "./refusals.ts";

export interface EntraTokensOptions {
  readonly sim: Simulation;
  /** Asked at each use, so that settings may change in mid-run. */
  readonly config: () => EntraConfig;
}

interface EntraState {
  /** Faults by node; empty: Entra ID itself. */
  readonly faults: Map<string, EntraFault>;
  /** Refusals drawn so far, by service account. */
  readonly drawn: Map<string, number>;
}

/**
 * The component `entra`. An identity's object id is the draw `entra/<client id>/oid`, so that it is the same wherever and
 * whenever the identity signs in.
 */
export class EntraTokens implements Component, TokenSource {
  readonly name = "entra";
  state: EntraState = { faults: new Map(), drawn: new Map() };
  readonly #sim: Simulation;
  readonly #config: () => EntraConfig;

  constructor({ sim, config }: EntraTokensOptions) {
    this.#sim = sim;
    this.#config = config;
  }

  get tokenProxy(): boolean {
    return this.#config().tokenProxy !== "absent";
  }

  /**
   * Breaks Entra ID and every token endpoint before `until`, or with `node` the way of that node to Entra ID alone. A
   * later fault of the same place replaces an earlier one.
   */
  fault(effect: FaultEffect, until: EpochMs, node = ""): void {
    this.state.faults.set(node, { effect, until });
  }

  /** Grants or refuses a token; its life counts from the request. */
  getToken(request: TokenRequest, replyTo: ReplyTo): void {
    const effect = faultOf(this.state.faults, request, this.#sim.now);
    if (effect?.kind === "drop") return;
    const { latencyMs } = this.#config();
    if (effect !== null) {
      const error = faultAnswer(effect, request);
      const wait = effect.kind === "refuse" ? 0 : latencyMs;
      if (error !== null) return this.#refuse(replyTo, wait, error);
    }
    const wait = latencyMs + (effect?.kind === "slow" ? effect.byMs : 0);
    const error = this.#refusal(request);
    if (error !== null)
      this.#refuse(replyTo, wait + searchTime(request.identity), error);
    else this.#reply(replyTo, wait, { ok: true, token: this.#grant(request) });
  }

  handle(_event: SimEvent): void {
    // Answers go straight to who asked; nothing is ever scheduled for Entra ID itself.
  }

  #refuse(replyTo: ReplyTo, wait: DurationMs, error: TokenError): void {
    this.#reply(replyTo, wait, { ok: false, message: error.body, error });
  }

  #reply(replyTo: ReplyTo, wait: DurationMs, reply: TokenReply): void {
    sendReply(this.#sim, replyTo, wait, reply);
  }

  #refusal(request: TokenRequest): TokenError | null {
    const { serviceAccount } = request;
    const { draws, now } = this.#sim;
    return refusalOf(request, this.#config(), () => {
      const name = `entra/${serviceAccount}`;
      const index = this.state.drawn.get(serviceAccount) ?? 0;
      this.state.drawn.set(serviceAccount, index + 1);
      const cluster = draws.uuid("entra/cluster-issuer", 0);
      return {
        now,
        issuer: `https://westeurope.oic.prod-aks.azure.com/${request.tenantId.toLowerCase()}/${cluster}/`,
        traceId: draws.uuid(`${name}/trace`, index),
        correlationId: draws.uuid(`${name}/correlation`, index),
      };
    });
  }

  #grant(request: TokenRequest): TokenClaims {
    const { identity, resource } = request;
    const tid = request.tenantId.toLowerCase();
    const appid = this.#appidOf(request);
    return {
      aud: resource,
      iss: issuerOf(tid),
      tid,
      oid: this.#sim.draws.uuid(`entra/${appid}/oid`, 0),
      appid,
      appidacr: identity.mode === "servicePrincipal" ? "1" : "2",
      idtyp: "app",
      exp: toUnixSeconds(this.#sim.now + tokenLifeOf(identity)),
    };
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

/** Pod identity's component looks for an identity for a while before it says no. */
function searchTime({ mode }: Identity): DurationMs {
  return mode === "podIdentity"
    ? NMI_ATTEMPTS * NMI_RETRY_SECONDS * SECOND_MS
    : 0;
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
