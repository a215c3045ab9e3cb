/**
 * `PUT /secrets/{name}`: makes a new version, of an equal value too, and the secret if the name is free.
 * Source: Azure Key Vault REST reference, Set Secret; Key Vault reference sheet, sections 2.1 to 2.5.
 */
import { keyVaultErrors } from "../errors.ts";
import type { Outcome } from "../requests.ts";
import type { Secret, SecretAttributes, SecretVersion } from "../secret.ts";
import { attributesError, valueError } from "../secret.ts";
import { writeConflict } from "../soft-delete.ts";
import { nameError, newVersion } from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { drawNameOf, findSecret, nextOrdinal } from "../vault.ts";
import type { OperationContext } from "./context.ts";

export interface SetSecretRequest extends SecretAttributes {
  readonly name: string;
  /** Null: the body has none. */
  readonly value: string | null;
}

/** The secret with its new version, to be put; the version's id is the draw `…/version` of its ordinal. */
export function setSecret(
  vault: Vault,
  request: SetSecretRequest,
  { now, draws }: OperationContext,
): Outcome<{ readonly secret: Secret; readonly version: SecretVersion }> {
  const { name, value, contentType = null } = request;
  const found = findSecret(vault, name);
  const error =
    nameError(name, "PUT") ??
    valueError(value) ??
    attributesError(request) ??
    (found === undefined ? null : conflictOf(found));
  if (error !== null) return { ok: false, error };
  const ordinal = nextOrdinal(vault, name);
  const drawName = `${drawNameOf(vault, "secrets", name)}/version`;
  const id = { version: draws.hex(drawName, ordinal, 4), ordinal };
  const version = { ...newVersion(id, request, now), contentType };
  const secret: Secret = {
    name: found?.name ?? name,
    versions: [...(found?.versions ?? []), version],
    life: { phase: "active" },
    managed: false,
  };
  return { ok: true, secret, version };
}

function conflictOf(secret: Secret) {
  return secret.managed
    ? keyVaultErrors.objectIsManaged("secret", secret.name)
    : writeConflict(secret);
}
