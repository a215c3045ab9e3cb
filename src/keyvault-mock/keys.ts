/**
 * The requests about keys, for whoever asks. Each acts at once, writes one `vault.request` fact, allowed or refused, and
 * then the fact of what it changed. A refusal is a value.
 * Source: Azure Key Vault REST reference, keys, api-version 7.4; Key Vault reference sheet, section 3.
 */
import { utf8ToBytes } from "../kernel/bytes.ts";
import type { ValueBook } from "../kernel/content.ts";
import type { Simulation } from "../kernel/simulation.ts";
import type { Cause } from "../kernel/trace.ts";
import { placeOf } from "./audit-log.ts";
import type { ObjectSetFact } from "./facts.ts";
import type { FrontDesk } from "./front-desk.ts";
import { jwkOf, keyBundleOf } from "./key-bundle.ts";
import { keyKindOf, keyKindText } from "./key-kind.ts";
import type { Key, KeyVersion } from "./key.ts";
import { contentOf, versionItemOf } from "./object-bundle.ts";
import { lineOf } from "./operations/catalogue.ts";
import { getKey } from "./operations/get-key.ts";
import { listVersions } from "./operations/list-versions.ts";
import type { Page, PageRequest } from "./operations/page.ts";
import type { SetKeyRequest } from "./operations/set-key.ts";
import { setKey } from "./operations/set-key.ts";
import type { Requester } from "./requester.ts";
import type { KeyBundle, Outcome, VersionItem } from "./requests.ts";
import type { KeyVaultState } from "./state.ts";
import type { Vault } from "./vault.ts";
import { objectName, putKey } from "./vault.ts";

export interface ObjectsOptions {
  readonly sim: Simulation;
  readonly values: ValueBook;
  readonly desk: FrontDesk;
  readonly state: () => KeyVaultState;
}

export class Keys {
  readonly #options: ObjectsOptions;

  constructor(options: ObjectsOptions) {
    this.#options = options;
  }

  set(
    vault: string,
    request: SetKeyRequest,
    from: Requester,
  ): Outcome<{ readonly key: KeyBundle }> {
    const { desk, sim } = this.#options;
    const kind = keyKindOf(request);
    const line = {
      ...lineOf("KeyCreate", request.name),
      ...(kind === null ? {} : { keyKind: kind }),
    };
    const done = desk.perform(this.#state, vault, line, from, (found) =>
      setKey(found, request, sim),
    );
    if (!done.ok) return done;
    const { key, version } = done.result;
    this.put(done.vault, key, version, done.causes);
    const bundle = keyBundleOf(done.vault, key, version, done.audited);
    return { ok: true, key: bundle };
  }

  get(
    vault: string,
    name: string,
    version: string | null,
    from: Requester,
  ): Outcome<{ readonly key: KeyBundle }> {
    const line = lineOf("KeyGet", name, version);
    const { desk } = this.#options;
    const done = desk.perform(this.#state, vault, line, from, (found) =>
      getKey(found, name, version),
    );
    if (!done.ok) return done;
    const { result, audited } = done;
    const key = keyBundleOf(done.vault, result.key, result.version, audited);
    return { ok: true, key };
  }

  /** Request null: all versions on one page. */
  listVersions(
    vault: string,
    name: string,
    request: PageRequest | null,
    from: Requester,
  ): Outcome<{ readonly page: Page<VersionItem> }> {
    const line = lineOf("KeyListVersions", name);
    const { desk } = this.#options;
    const done = desk.perform(this.#state, vault, line, from, (found) =>
      listVersions(found, "keys", name, request),
    );
    if (!done.ok) return done;
    const { page } = done.result;
    return {
      ok: true,
      page: { ...page, items: page.items.map(versionItemOf) },
    };
  }

  /** Puts a key with its newest version, for itself or behind a certificate. */
  put(
    vault: Vault,
    key: Key,
    version: KeyVersion,
    causes: readonly Cause[],
  ): void {
    const { sim, values } = this.#options;
    putKey(vault, key);
    const jwk = JSON.stringify(jwkOf(vault, key, version));
    values.put(contentOf(vault, "keys", key.name, version), utf8ToBytes(jwk));
    const seq = sim.trace.record({
      type: "vault.key.set" satisfies ObjectSetFact["type"],
      at: placeOf(vault),
      about: objectName(vault, "keys", key.name),
      data: setData(vault, key.name, version),
      causes,
    });
    this.#state.origins.keys.set(version.version, seq);
  }

  get #state(): KeyVaultState {
    return this.#options.state();
  }
}

/** What the fact of a new version of a key or certificate tells. */
export function setData(
  vault: Vault,
  name: string,
  { version, ordinal, enabled, kind }: KeyVersion,
): ObjectSetFact["data"] {
  const keyKind = keyKindText(kind);
  return { vault: vault.name, name, version, ordinal, enabled, keyKind };
}
