/**
 * The service account tokens that a driver from 1.1 to 1.5 asks for itself when it rotates: kept by pod, renewed when
 * 80 % of their life or 24 h have passed.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/k8s/token/token_manager.go, pkg/k8s/token.go; csi-driver.md 2.2 step 7
 * Simplification: the driver's TokenRequest is no call of the API server here, so that it takes no time and never fails.
 */
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import {
  DRIVER_TOKEN_JITTER_MS,
  DRIVER_TOKEN_MAX_AGE_MS,
  DRIVER_TOKEN_RENEWAL_PERCENT,
  DRIVER_TOKEN_TTL_MS,
} from "../defaults.ts";

interface DriverToken {
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

interface ServiceAccountTokensState {
  /** By pod uid. */
  tokens: Map<string, DriverToken>;
  /** Jitters drawn so far. */
  drawn: number;
}

export class ServiceAccountTokens implements Component {
  readonly name: string;
  state: ServiceAccountTokensState = { tokens: new Map(), drawn: 0 };
  readonly #sim: Simulation;

  constructor(sim: Simulation, node: string) {
    this.name = `${node}/csi-driver/tokens`;
    this.#sim = sim;
  }

  handle(): void {
    // Nothing is ever scheduled for the tokens: they are looked at when one is used.
  }

  /** The pod's token, renewed if it is time. `ttlMs`: what a new one is asked for. */
  use(uid: string, ttlMs = DRIVER_TOKEN_TTL_MS): DriverToken {
    const { now } = this.#sim;
    const { tokens } = this.state;
    const known = tokens.get(uid);
    if (known !== undefined && !this.#isDue(known)) return known;
    const token = { issuedAt: now, expiresAt: now + ttlMs };
    tokens.set(uid, token);
    return token;
  }

  /** The pod's volume is unpublished. */
  forget(uid: string): void {
    this.state.tokens.delete(uid);
  }

  /** A new process has none. */
  clear(): void {
    this.state.tokens.clear();
  }

  /** Within the last seconds before its time the jitter decides, drawn anew at each look. */
  #isDue(token: DriverToken): boolean {
    const { now } = this.#sim;
    const at = renewalOf(token);
    if (now > at) return true;
    if (now <= at - DRIVER_TOKEN_JITTER_MS) return false;
    const seconds = this.#sim.draws.between(
      0,
      DRIVER_TOKEN_JITTER_MS / SECOND_MS,
      `${this.name}/jitter`,
      this.state.drawn++,
    );
    return now > at - seconds * SECOND_MS;
  }
}

/** A look after this instant renews the token, whatever the jitter. */
export function renewalOf({ issuedAt, expiresAt }: DriverToken): EpochMs {
  const ttl = expiresAt - issuedAt;
  const rest = Math.floor((ttl * DRIVER_TOKEN_RENEWAL_PERCENT) / 100);
  return Math.min(issuedAt + DRIVER_TOKEN_MAX_AGE_MS, expiresAt - rest);
}
