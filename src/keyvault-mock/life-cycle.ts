/**
 * What happens to secrets with time, and the facts of their lives. Deleting, recovering and purging each take a while;
 * a deleted secret is purged at its scheduled date. All timers have the rank of vault timers, so that a command of the
 * same millisecond still meets the phase before.
 *
 * Facts    vault.secret.deleted -> vault.secret.delete.finished; .recovered -> .recover.finished; .purged -> .purge.finished
 *          (the end of the retention reports the last two at once, and leaves no audit record)
 * Source: Key Vault reference sheet, sections 2.5 and 9.
 */
import { InvariantViolation } from "../kernel/errors.ts";
import { Rank } from "../kernel/event-queue.ts";
import type { Simulation } from "../kernel/simulation.ts";
import type { DurationMs } from "../kernel/time.ts";
import type { Cause } from "../kernel/trace.ts";
import { placeOf } from "./audit-log.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import type { SecretLifeFact } from "./facts.ts";
import type { Performed } from "./front-desk.ts";
import type { Secret } from "./secret.ts";
import type { LifeTimer } from "./soft-delete.ts";
import { retentionEndsAt } from "./soft-delete.ts";
import type { KeyVaultState } from "./state.ts";
import type { Vault } from "./vault.ts";
import { keyOf, objectName, putSecret, removeSecret } from "./vault.ts";

interface LifeCycleOptions {
  readonly sim: Simulation;
  /** Name of the component that hands timers back to `handle`. */
  readonly target: string;
  readonly config: () => KeyVaultConfig;
}

export class LifeCycle {
  readonly #sim: Simulation;
  readonly #target: string;
  readonly #config: () => KeyVaultConfig;

  constructor({ sim, target, config }: LifeCycleOptions) {
    this.#sim = sim;
    this.#target = target;
    this.#config = config;
  }

  /** Puts a secret that is being deleted. */
  deleted(
    state: KeyVaultState,
    { vault, result, causes }: Performed<{ readonly secret: Secret }>,
  ): void {
    putSecret(vault, result.secret);
    this.#record("vault.secret.deleted", vault, result.secret, causes);
    const { deleteTimeMs } = this.#config();
    this.#finish(state, deleteTimeMs, "deleteFinished", vault, result.secret);
  }

  /** Puts a secret that is being recovered. */
  recovered(
    state: KeyVaultState,
    { vault, result, causes }: Performed<Retained>,
  ): void {
    this.#sim.cancel(result.retentionTimer);
    putSecret(vault, result.secret);
    this.#record("vault.secret.recovered", vault, result.secret, causes);
    const { recoverTimeMs } = this.#config();
    this.#finish(state, recoverTimeMs, "recoverFinished", vault, result.secret);
  }

  /** Puts a secret that is being purged. */
  purged(
    state: KeyVaultState,
    { vault, result, causes }: Performed<Retained>,
  ): void {
    this.#sim.cancel(result.retentionTimer);
    putSecret(vault, result.secret);
    this.#record("vault.secret.purged", vault, result.secret, causes);
    const { purgeTimeMs } = this.#config();
    this.#finish(state, purgeTimeMs, "purgeFinished", vault, result.secret);
  }

  /** What comes due. */
  handle(state: KeyVaultState, timer: LifeTimer): void {
    const vault = state.vaults.get(timer.vault);
    const secret = vault?.secrets.get(timer.name);
    if (vault === undefined || secret === undefined)
      throw new InvariantViolation(
        "NoSuchSecret",
        `Failed to handle ${timer.type}: there is no secret ${timer.name} in vault ${timer.vault}`,
      );
    switch (timer.type) {
      case "deleteFinished":
        this.#record("vault.secret.delete.finished", vault, secret);
        return this.#retain(vault, secret);
      case "recoverFinished":
        putSecret(vault, { ...secret, life: { phase: "active" } });
        return this.#record("vault.secret.recover.finished", vault, secret);
      case "retentionEnded":
        this.#record("vault.secret.purged", vault, secret);
        return this.#free(state, vault, secret);
      case "purgeFinished":
        return this.#free(state, vault, secret);
    }
  }

  #retain(vault: Vault, secret: Secret): void {
    if (secret.life.phase !== "beingDeleted")
      throw new InvariantViolation(
        "NotBeingDeleted",
        `Failed to finish the deletion of ${objectName(vault, "secrets", secret.name)}: it is ${secret.life.phase}`,
      );
    const { deletedAtMs } = secret.life;
    const retentionTimer = this.#sim.schedule({
      at: Math.max(retentionEndsAt(deletedAtMs), this.#sim.now),
      rank: Rank.vaultTimer,
      target: this.#target,
      event: timerOf("retentionEnded", vault, secret),
    });
    const life = { phase: "deleted", deletedAtMs, retentionTimer } as const;
    putSecret(vault, { ...secret, life });
  }

  #free(state: KeyVaultState, vault: Vault, secret: Secret): void {
    const { secrets } = state.origins;
    for (const { version } of secret.versions) secrets.delete(version);
    removeSecret(vault, secret);
    this.#record("vault.secret.purge.finished", vault, secret);
  }

  /** After `delay`; without one, at once. */
  #finish(
    state: KeyVaultState,
    delay: DurationMs,
    type: LifeTimer["type"],
    vault: Vault,
    secret: Secret,
  ): void {
    const event = timerOf(type, vault, secret);
    if (delay === 0) return this.handle(state, event);
    const target = this.#target;
    this.#sim.after(delay, { rank: Rank.vaultTimer, target, event });
  }

  /** Causes left out: ambient. */
  #record(
    type: SecretLifeFact["type"],
    vault: Vault,
    secret: Secret,
    causes?: readonly Cause[],
  ): void {
    const data: SecretLifeFact["data"] = {
      vault: vault.name,
      name: secret.name,
    };
    const about = objectName(vault, "secrets", secret.name);
    const fact = { type, at: placeOf(vault), about, data };
    this.#sim.trace.record(causes === undefined ? fact : { ...fact, causes });
  }
}

interface Retained {
  readonly secret: Secret;
  readonly retentionTimer: number;
}

function timerOf(
  type: LifeTimer["type"],
  vault: Vault,
  secret: Secret,
): LifeTimer {
  return { type, vault: keyOf(vault.name), name: keyOf(secret.name) };
}
