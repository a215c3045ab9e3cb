/**
 * `PATCH /secrets/{name}[/{version}]`: changes attributes of one version, also of a disabled one. Never the value, and
 * never a new version; what the request leaves out stays, tags are replaced as a whole. Refused for the secret behind a
 * certificate.
 * Source: Azure Key Vault REST reference, Update Secret; Key Vault reference sheet, sections 2.1 and 2.2.
 */
import { keyVaultErrors } from "../errors.ts";
import type { Outcome } from "../requests.ts";
import type { Secret, SecretAttributes, SecretVersion } from "../secret.ts";
import { attributesError } from "../secret.ts";
import { findVersion, nameError } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { activeSecret } from "../vault.ts";
import type { OperationContext } from "./context.ts";

export interface UpdateSecretRequest extends SecretAttributes {
  readonly name: string;
  /** Null: the newest. */
  readonly version: string | null;
}

/** The secret with the changed version, to be put. */
export function updateSecret(
  vault: Vault,
  request: UpdateSecretRequest,
  context: OperationContext,
): Outcome<{ readonly secret: Secret; readonly version: SecretVersion }> {
  const { name, version: wanted } = request;
  const error = nameError(name, "PATCH") ?? attributesError(request);
  if (error !== null) return { ok: false, error };
  const found = activeSecret(vault, name);
  const old = found && findVersion(found, wanted);
  if (old === undefined) {
    const what = wanted === null ? name : `${name}/${wanted}`;
    return { ok: false, error: keyVaultErrors.secretNotFound(what) };
  }
  if (found!.managed) {
    const error = keyVaultErrors.objectIsManaged("secret", found!.name);
    return { ok: false, error };
  }
  const version = changed(old, request, context);
  const versions = found!.versions.map((one) => (one === old ? version : one));
  return { ok: true, secret: { ...found!, versions }, version };
}

function changed(
  old: SecretVersion,
  request: SecretAttributes,
  { now }: OperationContext,
): SecretVersion {
  return {
    ...old,
    enabled: request.enabled ?? old.enabled,
    notBefore: request.notBefore ?? old.notBefore,
    expires: request.expires ?? old.expires,
    contentType: request.contentType ?? old.contentType,
    tags: request.tags === undefined ? old.tags : { ...request.tags },
    updatedMs: now,
  };
}
