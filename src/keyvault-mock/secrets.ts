/**
 * The ten requests about secrets, for whoever asks: the operator, a simulated client, a REST door. Each acts at once,
 * writes one `vault.request` fact, allowed or refused, and then the fact of what it changed. A refusal is a value.
 * Source: Azure Key Vault REST reference, secrets, api-version 7.4; Key Vault reference sheet, section 2.1.
 */
import { utf8ToBytes } from "../kernel/bytes.ts";
import type { ValueBook } from "../kernel/content.ts";
import type { Simulation } from "../kernel/simulation.ts";
import { placeOf } from "./audit-log.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import type { SecretSetFact, SecretUpdatedFact } from "./facts.ts";
import type { FrontDesk, Performed } from "./front-desk.ts";
import { LifeCycle } from "./life-cycle.ts";
import { lineOf } from "./operations/catalogue.ts";
import type { OperationContext } from "./operations/context.ts";
import { deleteSecret } from "./operations/delete-secret.ts";
import { getDeletedSecret } from "./operations/get-deleted-secret.ts";
import type { GetSecretRequest } from "./operations/get-secret.ts";
import { getSecret } from "./operations/get-secret.ts";
import { listDeletedSecrets } from "./operations/list-deleted-secrets.ts";
import { listSecretVersions } from "./operations/list-secret-versions.ts";
import { listSecrets } from "./operations/list-secrets.ts";
import type { Page, PageRequest } from "./operations/page.ts";
import { purgeDeletedSecret } from "./operations/purge-deleted-secret.ts";
import { recoverDeletedSecret } from "./operations/recover-deleted-secret.ts";
import type { SetSecretRequest } from "./operations/set-secret.ts";
import { setSecret } from "./operations/set-secret.ts";
import type { UpdateSecretRequest } from "./operations/update-secret.ts";
import { updateSecret } from "./operations/update-secret.ts";
import type { Requester } from "./requester.ts";
import type {
  DeletedSecretItem,
  Outcome,
  SecretBundle,
  SecretItem,
  SecretProperties,
  VersionItem,
} from "./requests.ts";
import type { Secret, SecretVersion } from "./secret.ts";
import { secretSetOf } from "./secret-observers.ts";
import type { SecretSet } from "./secret-observers.ts";
import { contentOf, versionItemOf } from "./object-bundle.ts";
import {
  Bundles,
  deletedItemOf,
  itemOf,
  propertiesOf,
} from "./secret-bundle.ts";
import { newestVersion } from "./vault-object.ts";
import type { LifeTimer } from "./soft-delete.ts";
import type { KeyVaultState } from "./state.ts";
import { objectName, putSecret } from "./vault.ts";

export interface SecretsOptions {
  readonly sim: Simulation;
  readonly values: ValueBook;
  readonly desk: FrontDesk;
  readonly config: () => KeyVaultConfig;
  readonly state: () => KeyVaultState;
  /** Name of the component that hands timers back to `handle`. */
  readonly target: string;
  readonly told: (set: SecretSet) => void;
}

type Written = Performed<{
  readonly secret: Secret;
  readonly version: SecretVersion;
}>;

export class Secrets {
  readonly #options: SecretsOptions;
  readonly #desk: FrontDesk;
  readonly #lives: LifeCycle;
  readonly #bundles: Bundles;

  constructor(options: SecretsOptions) {
    this.#options = options;
    this.#desk = options.desk;
    this.#lives = new LifeCycle(options);
    this.#bundles = new Bundles(options.values);
  }

  set(
    vault: string,
    request: SetSecretRequest,
    from: Requester,
  ): Outcome<{ readonly bundle: SecretBundle }> {
    const line = lineOf("SecretSet", request.name);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      setSecret(found, request, this.#context),
    );
    if (!done.ok) return done;
    const { secret, version } = done.result;
    const content = contentOf(done.vault, "secrets", secret.name, version);
    putSecret(done.vault, secret);
    this.#options.values.put(content, utf8ToBytes(request.value!));
    const seq = this.#recordVersion("vault.secret.set", done);
    this.#state.origins.secrets.set(version.version, seq);
    this.#options.told(secretSetOf(done.vault, secret, seq));
    return { ok: true, bundle: this.#bundle(done) };
  }

  get(
    vault: string,
    request: GetSecretRequest,
    from: Requester,
  ): Outcome<{ readonly bundle: SecretBundle }> {
    const { name, version } = request;
    const line = lineOf("SecretGet", name, version);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      getSecret(found, request),
    );
    return done.ok ? { ok: true, bundle: this.#bundle(done) } : done;
  }

  update(
    vault: string,
    request: UpdateSecretRequest,
    from: Requester,
  ): Outcome<{ readonly properties: SecretProperties }> {
    const { name, version } = request;
    const line = lineOf("SecretUpdate", name, version);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      updateSecret(found, request, this.#context),
    );
    if (!done.ok) return done;
    putSecret(done.vault, done.result.secret);
    this.#recordVersion("vault.secret.updated", done);
    return { ok: true, properties: writtenOf(done) };
  }

  list(
    vault: string,
    request: PageRequest,
    from: Requester,
  ): Outcome<{ readonly page: Page<SecretItem> }> {
    const line = lineOf("SecretList", null);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      listSecrets(found, request),
    );
    if (!done.ok) return done;
    const { page } = done.result;
    const items = page.items.map((secret) => itemOf(done.vault, secret));
    return { ok: true, page: { ...page, items } };
  }

  /** Request null: all versions on one page. */
  listVersions(
    vault: string,
    name: string,
    request: PageRequest | null,
    from: Requester,
  ): Outcome<{ readonly page: Page<VersionItem> }> {
    const line = lineOf("SecretListVersions", name);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      listSecretVersions(found, name, request),
    );
    if (!done.ok) return done;
    const { page } = done.result;
    const items = page.items.map(versionItemOf);
    return { ok: true, page: { ...page, items } };
  }

  delete(
    vault: string,
    name: string,
    from: Requester,
  ): Outcome<{ readonly deleted: DeletedSecretItem }> {
    const line = lineOf("SecretDelete", name);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      deleteSecret(found, name, this.#context),
    );
    if (!done.ok) return done;
    this.#lives.deleted(this.#state, done);
    return { ok: true, deleted: deletedOf(done) };
  }

  getDeleted(
    vault: string,
    name: string,
    from: Requester,
  ): Outcome<{ readonly deleted: DeletedSecretItem }> {
    const line = lineOf("SecretGetDeleted", name);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      getDeletedSecret(found, name),
    );
    return done.ok ? { ok: true, deleted: deletedOf(done) } : done;
  }

  listDeleted(
    vault: string,
    request: PageRequest,
    from: Requester,
  ): Outcome<{ readonly page: Page<DeletedSecretItem> }> {
    const line = lineOf("SecretListDeleted", null);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      listDeletedSecrets(found, request),
    );
    if (!done.ok) return done;
    const { page } = done.result;
    const items = page.items.map(({ secret, deletedAtMs }) =>
      deletedItemOf(done.vault, secret, deletedAtMs),
    );
    return { ok: true, page: { ...page, items } };
  }

  recover(
    vault: string,
    name: string,
    from: Requester,
  ): Outcome<{ readonly properties: SecretProperties }> {
    const line = lineOf("SecretRecover", name);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      recoverDeletedSecret(found, name),
    );
    if (!done.ok) return done;
    this.#lives.recovered(this.#state, done);
    const { secret } = done.result;
    const newest = newestVersion(secret);
    return { ok: true, properties: propertiesOf(done.vault, secret, newest) };
  }

  purge(vault: string, name: string, from: Requester): Outcome<unknown> {
    const line = lineOf("SecretPurge", name);
    const done = this.#desk.perform(this.#state, vault, line, from, (found) =>
      purgeDeletedSecret(found, name),
    );
    if (!done.ok) return done;
    this.#lives.purged(this.#state, done);
    return { ok: true };
  }

  /** What comes due in the lives of secrets. */
  handle(timer: LifeTimer): void {
    this.#lives.handle(this.#state, timer);
  }

  get #state(): KeyVaultState {
    return this.#options.state();
  }

  get #context(): OperationContext {
    const { now, draws } = this.#options.sim;
    return { now, draws };
  }

  #bundle({ vault, result, audited }: Written): SecretBundle {
    return this.#bundles.of(vault, result.secret, result.version, audited);
  }

  /** Returns the fact's seq. */
  #recordVersion(
    type: (SecretSetFact | SecretUpdatedFact)["type"],
    { vault, result, causes }: Written,
  ): number {
    const { version, ordinal, enabled } = result.version;
    const { name } = result.secret;
    const data: (SecretSetFact | SecretUpdatedFact)["data"] = {
      vault: vault.name,
      name,
      version,
      ordinal,
      enabled,
    };
    const about = objectName(vault, "secrets", name);
    const { trace } = this.#options.sim;
    return trace.record({ type, at: placeOf(vault), about, data, causes });
  }
}

function writtenOf({ vault, result }: Written): SecretProperties {
  return propertiesOf(vault, result.secret, result.version);
}

function deletedOf({
  vault,
  result,
}: Performed<{
  readonly secret: Secret;
  readonly deletedAtMs: number;
}>): DeletedSecretItem {
  return deletedItemOf(vault, result.secret, result.deletedAtMs);
}
