/** What the audit log needs and the trace does not carry: where the vaults are, and the ids that each record draws again. */
import { Draws } from "../kernel/draw.ts";
import {
  DEFAULT_KEY_VAULT_CONFIG,
  correlationId,
  serviceTimeMs,
} from "../keyvault-mock/index.ts";
import type { AuditConfig, RequestIds } from "./views/audit-record.ts";

/** Where the vaults of every world are. */
export const AUDIT_CONFIG: AuditConfig = {
  subscriptionId: DEFAULT_KEY_VAULT_CONFIG.subscriptionId,
  resourceGroup: DEFAULT_KEY_VAULT_CONFIG.resourceGroup,
  dnsSuffix: "vault.azure.net",
};

/** Correlation id and service time of a request, from its draw in a world of this seed. */
export function requestIds(seed: number): RequestIds {
  const draws = new Draws(seed);
  return (ref) => ({
    correlationId: correlationId(draws, ref),
    durationMs: serviceTimeMs(draws, ref),
  });
}
