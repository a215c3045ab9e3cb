/**
 * Entra ID's numbers.
 * Source: MicrosoftDocs/entra-docs docs/identity-platform; Key Vault reference sheet, section 10.5.
 */
import { HOUR_MS, SECOND_MS } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";

/** What a profile or a scenario may choose. */
export interface EntraConfig {
  /** Setting: latency.entra, from a token request to its answer, is assumed; no figure is published. */
  readonly latencyMs: DurationMs;
}

/** Life of a token for a service principal or a federated credential; the service draws 60 to 90 minutes, 3599 s is typical. */
export const APP_TOKEN_LIFE_MS: DurationMs = 3599 * SECOND_MS;
/** Life of a managed identity's token. */
export const MANAGED_IDENTITY_TOKEN_LIFE_MS: DurationMs = 24 * HOUR_MS;
