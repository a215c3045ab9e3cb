/**
 * Soft delete: the phases of a name between its deletion and its return or purge, as pure steps.
 *
 * Phases   active -> beingDeleted -> deleted -> beingRecovered -> active
 *          deleted -> beingPurged -> (name free); deleted -> (name free) at the end of the retention
 * Timers   DELETE_TIME_MS, RECOVER_TIME_MS, PURGE_TIME_MS, RETENTION_MS (90 days from the second of the deletion)
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/soft-delete-overview.md; Key Vault reference sheet, section 2.5.
 */
import type { SimEvent } from "../kernel/event-queue.ts";
import type { EpochMs } from "../kernel/time.ts";
import { SECOND_MS, toUnixSeconds } from "../kernel/time.ts";
import { RETENTION_MS } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { Outcome } from "./requests.ts";
import type { Secret } from "./secret.ts";

/** What comes due in the life of a secret: keys of vault and name. */
export interface LifeTimer extends SimEvent {
  readonly type:
    "deleteFinished" | "recoverFinished" | "purgeFinished" | "retentionEnded";
  readonly vault: string;
  readonly name: string;
}

/** Unix seconds, as a deleted secret tells them. */
export function deletionDates(deletedAtMs: EpochMs): {
  readonly deletedDate: number;
  readonly scheduledPurgeDate: number;
} {
  const deletedDate = toUnixSeconds(deletedAtMs);
  return {
    deletedDate,
    scheduledPurgeDate: deletedDate + RETENTION_MS / SECOND_MS,
  };
}

/** The instant of the scheduled purge date. */
export function retentionEndsAt(deletedAtMs: EpochMs): EpochMs {
  return toUnixSeconds(deletedAtMs) * SECOND_MS + RETENTION_MS;
}

/** Why a name cannot get a new version now, or null for an active one. */
export function writeConflict(secret: Secret): KeyVaultError | null {
  switch (secret.life.phase) {
    case "active":
      return null;
    case "beingDeleted":
      return keyVaultErrors.objectIsBeingDeleted();
    case "deleted":
      return keyVaultErrors.objectIsDeletedButRecoverable(secret.name);
    case "beingRecovered":
      return keyVaultErrors.objectIsBeingRecovered();
    case "beingPurged":
      return keyVaultErrors.objectIsBeingPurged();
  }
}

/**
 * The queue handle of the retention of a secret that can be recovered or purged now, else the error of its phase.
 * Simplification: recovering or purging a secret that is being recovered is refused with 409; the service's answer is inferred.
 */
export function retained(
  secret: Secret | undefined,
  name: string,
): Outcome<{ readonly secret: Secret; readonly retentionTimer: number }> {
  if (secret?.life.phase === "deleted") {
    const { retentionTimer } = secret.life;
    return { ok: true, secret, retentionTimer };
  }
  return { ok: false, error: notRetained(secret, name) };
}

function notRetained(secret: Secret | undefined, name: string): KeyVaultError {
  switch (secret?.life.phase) {
    case "beingDeleted":
      return keyVaultErrors.objectIsBeingDeleted();
    case "beingRecovered":
      return keyVaultErrors.objectIsBeingRecovered();
    default:
      return keyVaultErrors.deletedSecretNotFound(name);
  }
}
