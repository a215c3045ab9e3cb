/**
 * `GET /certificates/{name}[/{version}]`: the public part and the attributes of a certificate. A disabled version is
 * answered, too; what it withholds is the secret behind it.
 * Source: Azure Key Vault REST reference, Get Certificate; Azure/azure-cli issue 26044; Key Vault reference sheet, section 4.
 */
import type { Certificate, CertificateVersion } from "../certificate.ts";
import { keyVaultErrors } from "../errors.ts";
import type { Outcome } from "../requests.ts";
import { findVersion, nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { findCertificate } from "../vault.ts";

export function getCertificate(
  vault: Vault,
  name: string,
  wanted: string | null,
): Outcome<{
  readonly certificate: Certificate;
  readonly version: CertificateVersion;
}> {
  const certificate = findCertificate(vault, name);
  const version = certificate && findVersion(certificate, wanted);
  if (version !== undefined)
    return { ok: true, certificate: certificate!, version };
  const what = wanted === null ? name : `${name}/${wanted}`;
  const error =
    nameError(name, "GET") ?? keyVaultErrors.certificateNotFound(what);
  return { ok: false, error };
}
