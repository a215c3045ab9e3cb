/**
 * A certificate: its versions. Each has a key and a secret of the same name and version id, which only the certificate
 * writes; the secret holds private key and certificates together.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/certificates/about-certificates.md; Key Vault reference sheet, section 4.
 */
import type { KeyVersion } from "./key.ts";
import type { VaultObject } from "./vault-object.ts";

/** Of the linked secret: a base64 PFX with an empty password, or PEM text. */
export const CERTIFICATE_CONTENT_TYPES = [
  "application/x-pkcs12",
  "application/x-pem-file",
] as const;

export type CertificateContentType = (typeof CERTIFICATE_CONTENT_TYPES)[number];

/** With the kind and the test key of its key. */
export interface CertificateVersion extends KeyVersion {
  readonly contentType: CertificateContentType;
  /** Signed by the test intermediate, whose chain is in the secret; else self-signed. */
  readonly chain: boolean;
}

export type Certificate = VaultObject<CertificateVersion>;
