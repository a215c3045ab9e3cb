/**
 * Azure Key Vault with all vaults of a world: one component, called `keyvault`.
 *
 * Simulated clients call `request` and get their answer as a later event; the operator's commands act at once; doors for
 * real clients use `secrets`, `keys` and `certificates`. All go the same way: faults, limits, token, permission,
 * operation, one audit fact.
 * Source: Azure Key Vault REST reference, api-version 7.4; Key Vault reference sheet, sections 1 to 8.
 */
import type { ValueBook } from "../kernel/content.ts";
import type { SimEvent } from "../kernel/event-queue.ts";
import type { ReplyTo } from "../kernel/port.ts";
import type { Component, Simulation } from "../kernel/simulation.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { VaultAccess } from "./access-control.ts";
import { checkedAccess } from "./access-control.ts";
import { placeOf } from "./audit-log.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import { Certificates } from "./certificates.ts";
import { ClientPort } from "./client-port.ts";
import { DEFAULT_KEY_VAULT_CONFIG } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { AccessChangedFact } from "./facts.ts";
import type { VaultFault } from "./faults.ts";
import { checkFault, openFault } from "./faults.ts";
import { FrontDesk, refused } from "./front-desk.ts";
import { Keys } from "./keys.ts";
import type { VaultOperation } from "./operations/catalogue.ts";
import type { SetCertificateRequest } from "./operations/set-certificate.ts";
import type { SetKeyRequest } from "./operations/set-key.ts";
import type { Operator } from "./requester.ts";
import { OPERATOR } from "./requester.ts";
import type {
  CertificateBundle,
  DeletedSecretItem,
  KeyBundle,
  Outcome,
  SecretBundle,
  SecretProperties,
  VaultRequest,
} from "./requests.ts";
import type { SecretAttributes } from "./secret.ts";
import type { SecretSet } from "./secret-observers.ts";
import { Secrets } from "./secrets.ts";
import type { LifeTimer } from "./soft-delete.ts";
import type { KeyVaultState } from "./state.ts";
import { emptyState } from "./state.ts";
import type { Vault } from "./vault.ts";
import { isVaultName, keyOf, newVault } from "./vault.ts";

export interface KeyVaultOptions {
  readonly sim: Simulation;
  readonly values: ValueBook;
  /**
   * Asked at each request, so that settings may change in mid-run; what it leaves out is `DEFAULT_KEY_VAULT_CONFIG`'s.
   * The same object as long as nothing changes is cheapest.
   */
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

/** A new version of a key: its kind (default RSA 2048), and its attributes where they are not the defaults. */
export type NewKey = Omit<SetKeyRequest, "name">;

/** A new version of a certificate: by default self-signed, its secret a PFX. */
export type NewCertificate = Omit<SetCertificateRequest, "name">;

/**
 * A command writes one `vault.request` fact, allowed or refused, before the fact of what it changed, which has the
 * command's causes and the request as its causes. What the vault refuses is a value, with the error that the real one
 * answers.
 */
export class KeyVault implements Component {
  readonly name = "keyvault";
  state: KeyVaultState = emptyState();
  /** Every request about secrets, keys and certificates, for any requester. */
  readonly secrets: Secrets;
  readonly keys: Keys;
  readonly certificates: Certificates;
  readonly #sim: Simulation;
  readonly #config: () => KeyVaultConfig;
  readonly #desk: FrontDesk;
  readonly #port: ClientPort;
  readonly #listeners: ((set: SecretSet) => void)[] = [];

  constructor(options: KeyVaultOptions) {
    const { sim, values } = options;
    const config = withDefaults(options.config);
    this.#sim = sim;
    this.#config = config;
    const desk = new FrontDesk({ sim, config });
    this.#desk = desk;
    const told = (set: SecretSet) => {
      for (const listener of this.#listeners) listener(set);
    };
    const shared = { sim, values, desk, told, state: () => this.state };
    this.secrets = new Secrets({ ...shared, config, target: this.name });
    this.keys = new Keys(shared);
    this.certificates = new Certificates({ ...shared, keys: this.keys });
    const { secrets, keys, certificates } = this;
    const doors = { secrets, keys, certificates };
    this.#port = new ClientPort({ ...shared, ...doors, config });
  }

  handle(event: SimEvent): void {
    this.secrets.handle(event as LifeTimer);
  }

  /** A simulated client's read (the port `VaultClient`); see `ClientPort`. */
  request(request: VaultRequest, replyTo: ReplyTo): void {
    this.#port.request(request, replyTo);
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

  /**
   * Tells of every new version of a secret, that of a certificate too, at once: after it is stored and its fact written,
   * before the setter's reply. Listeners are no state: whoever listens does so again in every world that it is part of.
   */
  onSecretSet(listener: (set: SecretSet) => void): void {
    this.#listeners.push(listener);
  }

  /** Names of vaults compare without case. */
  hasVault(name: string): boolean {
    return this.state.vaults.has(keyOf(name));
  }

  /** Makes a new version of a key; `key.version` is its id. */
  setKey(
    vault: string,
    name: string,
    version: NewKey = {},
    operator: Operator = OPERATOR,
  ): Outcome<{ readonly key: KeyBundle }> {
    return this.keys.set(vault, { ...version, name }, operator);
  }

  /** Makes a new version of a certificate, its key and its secret; all have the id `certificate.version`. Throws a KeyturnError for a key in an HSM. */
  setCertificate(
    vault: string,
    name: string,
    version: NewCertificate = {},
    operator: Operator = OPERATOR,
  ): Outcome<{ readonly certificate: CertificateBundle }> {
    return this.certificates.set(vault, { ...version, name }, operator);
  }

  /**
   * Breaks requests for a vault's objects, from now until just before `untilMs`; no event marks the end. Of several that
   * fit a request, the newest counts. What fails or comes late has the causes of this call among its own. Throws a KeyturnError for an operation that is not known, and for an answer that is no error.
   */
  fault(vault: string, fault: VaultFault, untilMs: EpochMs): Outcome<unknown> {
    checkFault(vault, fault);
    if (!this.hasVault(vault))
      return refused(keyVaultErrors.dnsNotFound(vault));
    const { operation, object, effect } = fault;
    const { causes } = this.#sim.trace;
    const key = keyOf(vault);
    const open = { vault: key, operation, object, effect, untilMs, causes };
    openFault(this.state, open, this.#sim.now);
    return { ok: true };
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

/** What is left out filled in; once for each set of settings, since every request asks. */
function withDefaults(given: KeyVaultOptions["config"]): () => KeyVaultConfig {
  let last: Partial<KeyVaultConfig> | null = null;
  let config = DEFAULT_KEY_VAULT_CONFIG;
  return () => {
    const settings = given();
    if (settings !== last) {
      last = settings;
      config = { ...DEFAULT_KEY_VAULT_CONFIG, ...settings };
    }
    return config;
  };
}
