/**
 * `POST /certificates/{name}/create` and `…/import`: makes a new version together with its key and secret, which have the
 * same name and version id.
 * Source: Azure Key Vault REST reference, Create Certificate and Import Certificate; Key Vault reference sheet, section 4.
 * Simplification: the dates that a caller gives a certificate are attributes alone; the X.509 certificate keeps its own, which are the attributes' default.
 */
import type {
  Certificate,
  CertificateContentType,
  CertificateVersion,
} from "../certificate.ts";
import { CERTIFICATE_CONTENT_TYPES } from "../certificate.ts";
import { LONGEST_KEY_TAG_PART } from "../defaults.ts";
import { keyVaultErrors } from "../errors.ts";
import type { KeyVaultError } from "../errors.ts";
import type { Key } from "../key.ts";
import { defaultKeyOps } from "../key.ts";
import type { KeyKind, KeyKindRequest } from "../key-kind.ts";
import { keyKindOf } from "../key-kind.ts";
import type { Outcome } from "../requests.ts";
import type { Secret, SecretVersion } from "../secret.ts";
import { writeConflict } from "../soft-delete.ts";
import { drawTestKey } from "../test-keys/pool.ts";
import {
  TEST_CERTIFICATES_FROM,
  TEST_CERTIFICATES_UNTIL,
} from "../test-keys/test-key.ts";
import type { ObjectAttributes } from "../vault-object.ts";
import { nameError, newVersion, tagsError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import {
  drawNameOf,
  findCertificate,
  findKey,
  findSecret,
  nextOrdinal,
} from "../vault.ts";
import type { OperationContext } from "./context.ts";
import { ordinalAfter, testKeyBefore } from "./set-key.ts";

export interface SetCertificateRequest
  extends ObjectAttributes, KeyKindRequest {
  readonly name: string;
  /** Of the secret. Default: PKCS#12. */
  readonly contentType?: CertificateContentType;
  /** Default false: self-signed. */
  readonly chain?: boolean;
}

export interface NewCertificateVersion {
  readonly certificate: Certificate;
  readonly key: Key;
  readonly secret: Secret;
  readonly version: CertificateVersion;
}

/** The certificate, its key and its secret with their new versions, to be put. */
export function setCertificate(
  vault: Vault,
  request: SetCertificateRequest,
  context: OperationContext,
): Outcome<NewCertificateVersion> {
  const kind = keyKindOf(request);
  const error = refusalOf(vault, request, kind);
  if (error !== null) return { ok: false, error };
  const found = findCertificate(vault, request.name);
  const name = found?.name ?? request.name;
  const version = newCertificateVersion(vault, request, kind!, context);
  const versions = [...(found?.versions ?? []), version];
  return {
    ok: true,
    certificate: { name, versions },
    key: linkedKey(vault, name, version),
    secret: linkedSecret(vault, name, version),
    version,
  };
}

function refusalOf(
  vault: Vault,
  request: SetCertificateRequest,
  kind: KeyKind | null,
): KeyVaultError | null {
  const { name, tags, contentType = CERTIFICATE_CONTENT_TYPES[0] } = request;
  const known = CERTIFICATE_CONTENT_TYPES.includes(contentType);
  return (
    nameError(name, "POST") ??
    (kind === null || !known ? keyVaultErrors.invalidProperty() : null) ??
    tagsError(tags, LONGEST_KEY_TAG_PART) ??
    collisionOf(vault, name)
  );
}

/** A plain secret or key has the name, or had it and can come back. */
function collisionOf(vault: Vault, name: string): KeyVaultError | null {
  const secret = findSecret(vault, name);
  if (secret !== undefined && !secret.managed)
    return (
      writeConflict(secret) ?? keyVaultErrors.nameIsTaken("secret", secret.name)
    );
  const key = findKey(vault, name);
  return key === undefined || key.managed
    ? null
    : keyVaultErrors.nameIsTaken("key", key.name);
}

function newCertificateVersion(
  vault: Vault,
  request: SetCertificateRequest,
  kind: KeyKind,
  { now, draws }: OperationContext,
): CertificateVersion {
  const { name, contentType = CERTIFICATE_CONTENT_TYPES[0] } = request;
  const found = findCertificate(vault, name);
  const ordinal = ordinalAfter(found);
  const drawName = drawNameOf(vault, "certificates", name);
  const version = draws.hex(`${drawName}/version`, ordinal, 4);
  const dates = {
    notBefore: request.notBefore ?? TEST_CERTIFICATES_FROM,
    expires: request.expires ?? TEST_CERTIFICATES_UNTIL,
  };
  const before = testKeyBefore(found, kind);
  return {
    ...newVersion({ version, ordinal }, { ...request, ...dates }, now),
    kind,
    keyOps: defaultKeyOps(kind),
    testKey: drawTestKey(draws, kind, drawName, ordinal, before),
    contentType,
    chain: request.chain ?? false,
  };
}

function linkedKey(
  vault: Vault,
  name: string,
  { contentType, chain, ...version }: CertificateVersion,
): Key {
  const versions = [...(findKey(vault, name)?.versions ?? []), version];
  return { name, versions, managed: true };
}

/** Its ordinals go on from those of plain secrets that once had the name. */
function linkedSecret(
  vault: Vault,
  name: string,
  certificate: CertificateVersion,
): Secret {
  const { kind, keyOps, testKey, chain, ...attributes } = certificate;
  const ordinal = nextOrdinal(vault, name);
  const version: SecretVersion = { ...attributes, ordinal };
  const found = findSecret(vault, name);
  const versions = [...(found?.versions ?? []), version];
  return { name, versions, life: { phase: "active" }, managed: true };
}
