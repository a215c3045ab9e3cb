/**
 * How certificates look in answers, and what their secret holds.
 * Source: Azure Key Vault REST reference, CertificateBundle; MicrosoftDocs/azure-security-docs
 * articles/key-vault/certificates/about-certificates.md; Key Vault reference sheet, section 4.
 */
import { base64ToBytes, utf8ToBytes } from "../kernel/bytes.ts";
import type { ContentRef } from "../kernel/content.ts";
import type { Cause } from "../kernel/trace.ts";
import type { Certificate, CertificateVersion } from "./certificate.ts";
import { attributesOf, contentOf, idOf, tagsOf } from "./object-bundle.ts";
import type { CertificateBundle } from "./requests.ts";
import { TEST_AUTHORITIES } from "./test-keys/authorities.ts";
import { testKeysOf } from "./test-keys/pool.ts";
import type { TestCertificate, TestKey } from "./test-keys/test-key.ts";
import type { Vault } from "./vault.ts";

type CertificateParts = Omit<CertificateBundle, "content"> & {
  readonly content: Omit<ContentRef, "from">;
};

/** Bundles without their provenance, made once for each version; versions are immutable, so the cache holds no state. */
const partsOfVersions = new WeakMap<CertificateVersion, CertificateParts>();

/** `from` is the audit fact of the request that this bundle answers. */
export function certificateBundleOf(
  vault: Vault,
  certificate: Certificate,
  version: CertificateVersion,
  from: Cause,
): CertificateBundle {
  let parts = partsOfVersions.get(version);
  if (parts === undefined) {
    parts = certificatePartsOf(vault, certificate, version);
    partsOfVersions.set(version, parts);
  }
  return { ...parts, content: { ...parts.content, from } };
}

function certificatePartsOf(
  vault: Vault,
  { name }: Certificate,
  version: CertificateVersion,
): CertificateParts {
  const { cer, x5t } = leafOf(version);
  return {
    id: idOf(vault, "certificates", name, version),
    kid: idOf(vault, "keys", name, version),
    sid: idOf(vault, "secrets", name, version),
    x5t,
    cer,
    version: version.version,
    contentType: version.contentType,
    attributes: attributesOf(version),
    ...tagsOf(version),
    content: contentOf(vault, "certificates", name, version),
  };
}

/** The DER of the leaf. */
export function certificateBytes(version: CertificateVersion): Uint8Array {
  return base64ToBytes(leafOf(version).cer);
}

/** The linked secret in each form that the value book holds: its value, and what is inside. */
export function secretForms(
  version: CertificateVersion,
): ReadonlyMap<string, Uint8Array> {
  const { pkcs8 } = testKeyOf(version);
  const { cer, pfx } = leafOf(version);
  const certificates = version.chain ? [cer, ...TEST_AUTHORITIES] : [cer];
  const keyPem = pemOf("PRIVATE KEY", pkcs8);
  const certsPem = certificates
    .map((der) => pemOf("CERTIFICATE", der))
    .join("");
  const value =
    version.contentType === "application/x-pkcs12" ? pfx : keyPem + certsPem;
  return new Map([
    ["as-is", utf8ToBytes(value)],
    ["key-pem", utf8ToBytes(keyPem)],
    ["certs-pem", utf8ToBytes(certsPem)],
    ["pfx-der", base64ToBytes(pfx)],
  ]);
}

function testKeyOf({ kind, testKey }: CertificateVersion): TestKey {
  return testKeysOf(kind)[testKey]!;
}

function leafOf(version: CertificateVersion): TestCertificate {
  const { selfSigned, chained } = testKeyOf(version);
  return version.chain ? chained : selfSigned;
}

/** One PEM block of a DER in base64, lines of 64, newline-terminated (RFC 7468). */
function pemOf(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
