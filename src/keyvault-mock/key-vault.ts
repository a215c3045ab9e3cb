/**
 * Azure Key Vault with all vaults of a world: one component, called `keyvault`.
 *
 * Simulated clients call `request` and get their answer as a later event; the operator's commands act at once; doors for
 * real clients use `secrets`. All go the same way: token, permission, operation, one audit fact.
 * Source: Azure Key Vault REST reference, api-version 7.4; Key Vault reference sheet, sections 1 to 7.
 */
import type { ValueBook } from "../kernel/content.ts";
import { KeyturnError } from "../kernel/errors.ts";
import type { SimEvent } from "../kernel/event-queue.ts";
import type { ReplyTo } from "../kernel/port.ts";
import { sendReply } from "../kernel/port.ts";
import type { Component, Simulation } from "../kernel/simulation.ts";
import type { VaultAccess } from "./access-control.ts";
import { checkedAccess } from "./access-control.ts";
import { placeOf } from "./audit-log.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import { DEFAULT_KEY_VAULT_CONFIG } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { AccessChangedFact } from "./facts.ts";
import { FrontDesk, refused } from "./front-desk.ts";
import type { VaultOperation } from "./operations/catalogue.ts";
import type { Operator } from "./requester.ts";
import { OPERATOR } from "./requester.ts";
import type {
  DeletedSecretItem,
  Outcome,
  SecretBundle,
  SecretProperties,
  VaultReply,
  VaultRequest,
} from "./requests.ts";
import type { SecretAttributes } from "./secret.ts";
import { Secrets } from "./secrets.ts";
import type { LifeTimer } from "./soft-delete.ts";
import type { KeyVaultState } from "./state.ts";
import { emptyState } from "./state.ts";
import type { Vault } from "./vault.ts";
import { isVaultName, keyOf, newVault } from "./vault.ts";

export interface KeyVaultOptions {
  readonly sim: Simulation;
  readonly values: ValueBook;
  /** Asked at each use, so that settings may change in mid-run; what it leaves out is `DEFAULT_KEY_VAULT_CONFIG`'s. */
  readonly config: () => Partial<KeyVaultConfig>;
}

/** A new version: its value, and its attributes where they are not the defaults. */
export interface NewVersion extends SecretAttributes {
  readonly value: string;
}

export interface VersionUpdate extends SecretAttributes {
  /** Default: the newest. */
  readonly version?: string;
}

/**
 * A command writes one `vault.request` fact, allowed or refused, before the fact of what it changed, which has the
 * command's causes and the request as its causes. What the vault refuses is a value, with the error that the real one
 * answers.
 */
export class KeyVault implements Component {
  readonly name = "keyvault";
  state: KeyVaultState = emptyState();
  /** Every request about secrets, for any requester. */
  readonly secrets: Secrets;
  readonly #sim: Simulation;
  /** As given: reading one setting from it costs less than filling in all defaults. */
  readonly #given: KeyVaultOptions["config"];
  readonly #config: () => KeyVaultConfig;
  readonly #desk: FrontDesk;

  constructor(options: KeyVaultOptions) {
    const { sim, values } = options;
    const config = () => ({ ...DEFAULT_KEY_VAULT_CONFIG, ...options.config() });
    this.#given = options.config;
    this.#sim = sim;
    this.#config = config;
    this.#desk = new FrontDesk(sim);
    this.secrets = new Secrets({
      sim,
      values,
      config,
      desk: this.#desk,
      state: () => this.state,
      target: this.name,
    });
  }

  handle(event: SimEvent): void {
    this.secrets.handle(event as LifeTimer);
  }

  /**
   * A simulated client's read (the port `VaultClient`): done at once, answered after `latencyMs`. Throws a KeyturnError
   * for anything but reads of secrets.
   * Simplification: a simulated client gets all versions of a secret in one request and one audit record, where the wire has a page of 25 for each.
   */
  request(request: VaultRequest, replyTo: ReplyTo): void {
    const reply = this.#read(request);
    const { latencyMs = DEFAULT_KEY_VAULT_CONFIG.latencyMs } = this.#given();
    sendReply(this.#sim, replyTo, latencyMs, reply);
  }

  #read(request: VaultRequest): VaultReply {
    const { operation, vault, name } = request;
    switch (operation) {
      case "SecretGet":
        return this.secrets.get(vault, request, request);
      case "SecretListVersions": {
        const listed = this.secrets.listVersions(vault, name, null, request);
        return listed.ok ? { ok: true, versions: listed.page.items } : listed;
      }
      default:
        throw new KeyturnError(
          "NotModelled",
          `Failed to ask vault ${vault} for ${operation} ${name}: only SecretGet and SecretListVersions are modelled`,
        );
    }
  }

  /**
   * Refuses a name that is taken, and an illegal one (then there is no vault, and so no audit record). Throws a
   * KeyturnError for an access policy that says nothing possible.
   */
  createVault(
    { name, access }: { readonly name: string; readonly access: VaultAccess },
    operator: Operator = OPERATOR,
  ): Outcome<unknown> {
    const checked = checkedAccess(name, access);
    if (!isVaultName(name))
      return refused(keyVaultErrors.vaultNameNotValid(name));
    const taken = this.state.vaults.get(keyOf(name));
    if (taken !== undefined) {
      const error = keyVaultErrors.vaultAlreadyExists(name);
      this.#desk.manage(this.state, taken, "VaultPut", operator, error);
      return refused(error);
    }
    const vault = newVault(name, checked, this.#config());
    this.state.vaults.set(keyOf(name), vault);
    return this.#accessChanged(vault, "VaultPut", operator);
  }

  /** Replaces the access mode and all policies, for the next request on. Throws as `createVault` does. */
  setAccess(
    vaultName: string,
    access: VaultAccess,
    operator: Operator = OPERATOR,
  ): Outcome<unknown> {
    const checked = checkedAccess(vaultName, access);
    const vault = this.state.vaults.get(keyOf(vaultName));
    if (vault === undefined)
      return refused(keyVaultErrors.dnsNotFound(vaultName));
    vault.access = checked;
    return this.#accessChanged(vault, "VaultPatch", operator);
  }

  /** Makes a new version; `bundle.version` is its id, `bundle.content.ordinal` its number. */
  setSecret(
    vault: string,
    name: string,
    version: NewVersion,
    operator: Operator = OPERATOR,
  ): Outcome<{ readonly bundle: SecretBundle }> {
    return this.secrets.set(vault, { ...version, name }, operator);
  }

  updateSecret(
    vault: string,
    name: string,
    update: VersionUpdate,
    operator: Operator = OPERATOR,
  ): Outcome<{ readonly properties: SecretProperties }> {
    const request = { ...update, name, version: update.version ?? null };
    return this.secrets.update(vault, request, operator);
  }

  /** Begins the deletion of all versions; it is complete after `deleteTimeMs`. */
  deleteSecret(
    vault: string,
    name: string,
    operator: Operator = OPERATOR,
  ): Outcome<{ readonly deleted: DeletedSecretItem }> {
    return this.secrets.delete(vault, name, operator);
  }

  /** Begins the return of a deleted secret; it can be read after `recoverTimeMs`. */
  recoverSecret(
    vault: string,
    name: string,
    operator: Operator = OPERATOR,
  ): Outcome<{ readonly properties: SecretProperties }> {
    return this.secrets.recover(vault, name, operator);
  }

  /** Begins the end of a deleted secret; its name is free after `purgeTimeMs`. */
  purgeSecret(
    vault: string,
    name: string,
    operator: Operator = OPERATOR,
  ): Outcome<unknown> {
    return this.secrets.purge(vault, name, operator);
  }

  #accessChanged(
    vault: Vault,
    operation: VaultOperation,
    operator: Operator,
  ): Outcome<unknown> {
    const { access, name } = vault;
    const causes = this.#desk.manage(
      this.state,
      vault,
      operation,
      operator,
      null,
    );
    const policies = access.mode === "open" ? 0 : access.policies.length;
    const data: AccessChangedFact["data"] = {
      vault: name,
      mode: access.mode,
      policies,
    };
    this.#sim.trace.record({
      type: "vault.access.changed",
      at: placeOf(vault),
      about: name,
      data,
      causes,
    });
    return { ok: true };
  }
}
