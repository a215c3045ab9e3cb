/**
 * Entra ID's numbers, and what it and the nodes' endpoints know of the identities that pods use.
 * Source: MicrosoftDocs/entra-docs docs/identity-platform; Azure/aad-pod-identity pkg/nmi; Key Vault reference sheet,
 * sections 10.3 to 10.5.
 */
import { HOUR_MS, SECOND_MS } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";

/** What a profile or a scenario may choose; the setting group `identity` names the same words. */
export interface EntraConfig {
  /** Setting: latency.entra, from a token request to its answer, is assumed; no figure is published. */
  readonly latencyMs: DurationMs;
  readonly federatedCredential: "present" | "missing" | "wrongSubject";
  readonly vmIdentity: "assigned" | "notAssigned";
  readonly podIdentityBinding: "present" | "missing";
  readonly clientSecret: "valid" | "invalid" | "expired";
  readonly tokenProxy: "running" | "absent";
}

/** Life of a token for a service principal or a federated credential; the service draws 60 to 90 minutes, 3599 s is typical. */
export const APP_TOKEN_LIFE_MS: DurationMs = 3599 * SECOND_MS;
/** Life of a managed identity's token. */
export const MANAGED_IDENTITY_TOKEN_LIFE_MS: DurationMs = 24 * HOUR_MS;

/** Looks that pod identity's node component takes at its cache for a pod without an identity. Source: Azure/aad-pod-identity issue 1366 */
export const NMI_ATTEMPTS = 16;
/** Between two of them. Source: Azure/aad-pod-identity issue 1366 */
export const NMI_RETRY_SECONDS = 5;
