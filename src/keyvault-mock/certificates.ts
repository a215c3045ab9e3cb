/**
 * The requests about certificates, for whoever asks. Each acts at once, writes one `vault.request` fact, allowed or
 * refused; a new version is then three facts: of the certificate, of its key and of its secret.
 *
 * A certificate that is set for the first time is logged as CertificateCreate when it is self-signed, as
 * CertificateImport when it comes with a chain; set again, it is logged as CertificateRenew.
 * Source: Azure Key Vault REST reference, certificates, api-version 7.4; Key Vault reference sheet, sections 4 and 7.5.
 */
import { KeyturnError } from "../kernel/errors.ts";
import { placeOf } from "./audit-log.ts";
import {
  certificateBundleOf,
  certificateBytes,
  secretForms,
} from "./certificate-bundle.ts";
import type { ObjectSetFact, SecretSetFact } from "./facts.ts";
import type { Performed } from "./front-desk.ts";
import type { KeyKind } from "./key-kind.ts";
import { isHsm, keyKindOf } from "./key-kind.ts";
import type { Keys, ObjectsOptions } from "./keys.ts";
import { setData } from "./keys.ts";
import { contentOf, versionItemOf } from "./object-bundle.ts";
import type { CertificateOperation } from "./operations/catalogue.ts";
import { lineOf } from "./operations/catalogue.ts";
import { getCertificate } from "./operations/get-certificate.ts";
import { listVersions } from "./operations/list-versions.ts";
import type { Page, PageRequest } from "./operations/page.ts";
import type {
  NewCertificateVersion,
  SetCertificateRequest,
} from "./operations/set-certificate.ts";
import { setCertificate } from "./operations/set-certificate.ts";
import type { Requester } from "./requester.ts";
import type { CertificateBundle, Outcome, VersionItem } from "./requests.ts";
import type { KeyVaultState } from "./state.ts";
import { secretSetOf } from "./secret-observers.ts";
import type { SecretSet } from "./secret-observers.ts";
import { newestVersion } from "./vault-object.ts";
import {
  findCertificate,
  keyOf,
  objectName,
  putCertificate,
  putSecret,
} from "./vault.ts";

interface CertificatesOptions extends ObjectsOptions {
  readonly keys: Keys;
  readonly told: (set: SecretSet) => void;
}

type Made = Performed<NewCertificateVersion>;

export class Certificates {
  readonly #options: CertificatesOptions;

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  /**
   * Throws a KeyturnError for a key in an HSM.
   * Simplification: certificates with keys in an HSM are refused, since their secret holds no private key.
   */
  set(
    vault: string,
    request: SetCertificateRequest,
    from: Requester,
  ): Outcome<{ readonly certificate: CertificateBundle }> {
    const { desk, sim } = this.#options;
    const { name } = request;
    const kind = keyKindOf(request);
    if (kind !== null && isHsm(kind)) throw notModelled(vault, name, kind);
    const operation = this.#operationOf(vault, request);
    const line = {
      ...lineOf(operation, name),
      ...(kind === null ? {} : { keyKind: kind }),
    };
    const done = desk.perform(this.#state, vault, line, from, (found) =>
      setCertificate(found, request, sim),
    );
    if (!done.ok) return done;
    this.#put(done);
    const { certificate, version } = done.result;
    const bundle = certificateBundleOf(
      done.vault,
      certificate,
      version,
      done.audited,
    );
    return { ok: true, certificate: bundle };
  }

  get(
    vault: string,
    name: string,
    version: string | null,
    from: Requester,
  ): Outcome<{ readonly certificate: CertificateBundle }> {
    const line = lineOf("CertificateGet", name, version);
    const { desk } = this.#options;
    const done = desk.perform(this.#state, vault, line, from, (found) =>
      getCertificate(found, name, version),
    );
    if (!done.ok) return done;
    const certificate = certificateBundleOf(
      done.vault,
      done.result.certificate,
      done.result.version,
      done.audited,
    );
    return { ok: true, certificate };
  }

  /** Request null: all versions on one page. */
  listVersions(
    vault: string,
    name: string,
    request: PageRequest | null,
    from: Requester,
  ): Outcome<{ readonly page: Page<VersionItem> }> {
    const line = lineOf("CertificateListVersions", name);
    const { desk } = this.#options;
    const done = desk.perform(this.#state, vault, line, from, (found) =>
      listVersions(found, "certificates", name, request),
    );
    if (!done.ok) return done;
    const { page } = done.result;
    return {
      ok: true,
      page: { ...page, items: page.items.map(versionItemOf) },
    };
  }

  get #state(): KeyVaultState {
    return this.#options.state();
  }

  #operationOf(
    vaultName: string,
    { name, chain }: SetCertificateRequest,
  ): CertificateOperation {
    const vault = this.#state.vaults.get(keyOf(vaultName));
    if (vault !== undefined && findCertificate(vault, name) !== undefined)
      return "CertificateRenew";
    return chain === true ? "CertificateImport" : "CertificateCreate";
  }

  #put(made: Made): void {
    const { sim, values, keys } = this.#options;
    const { vault, result, causes } = made;
    const { certificate, key, version } = result;
    const { name } = certificate;
    putCertificate(vault, certificate);
    const content = contentOf(vault, "certificates", name, version);
    values.put(content, certificateBytes(version));
    const seq = sim.trace.record({
      type: "vault.certificate.set" satisfies ObjectSetFact["type"],
      at: placeOf(vault),
      about: objectName(vault, "certificates", name),
      data: setData(vault, name, version),
      causes,
    });
    this.#state.origins.certificates.set(version.version, seq);
    keys.put(vault, key, newestVersion(key), [...causes, seq]);
    this.#putSecret(made, seq);
  }

  #putSecret({ vault, result, causes }: Made, certificate: number): void {
    const { sim, values } = this.#options;
    const { secret, version: of } = result;
    const { name } = secret;
    const newest = newestVersion(secret);
    putSecret(vault, secret);
    for (const [form, bytes] of secretForms(of))
      values.put(contentOf(vault, "secrets", name, newest, form), bytes);
    const { version, ordinal, enabled } = newest;
    const data: SecretSetFact["data"] = {
      vault: vault.name,
      name,
      version,
      ordinal,
      enabled,
    };
    const seq = sim.trace.record({
      type: "vault.secret.set" satisfies SecretSetFact["type"],
      at: placeOf(vault),
      about: objectName(vault, "secrets", name),
      data,
      causes: [...causes, certificate],
    });
    this.#state.origins.secrets.set(version, seq);
    this.#options.told(secretSetOf(vault, secret, seq));
  }
}

function notModelled(vault: string, name: string, kind: KeyKind): KeyturnError {
  return new KeyturnError(
    "NotModelled",
    `Failed to set certificate ${name} in vault ${vault}: a key of type ${kind.keyType} cannot leave its HSM, and secrets without a private key are not modelled; take RSA or EC`,
  );
}
