/**
 * `PUT /secrets/{name}`: makes a new version, of an equal value too, and the secret if the name is free.
 * Source: Azure Key Vault REST reference, Set Secret; Key Vault reference sheet, sections 2.1 to 2.5.
 */
import type { Outcome } from "../requests.ts";
import type { Secret, SecretAttributes, SecretVersion } from "../secret.ts";
import { attributesError, nameError, valueError } from "../secret.ts";
import { writeConflict } from "../soft-delete.ts";
import type { Vault } from "../vault.ts";
import { findSecret, keyOf } from "../vault.ts";
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
  context: OperationContext,
): Outcome<{ readonly secret: Secret; readonly version: SecretVersion }> {
  const { name, value } = request;
  const found = findSecret(vault, name);
  const error =
    nameError(name, "PUT") ??
    valueError(value) ??
    attributesError(request) ??
    (found === undefined ? null : writeConflict(found));
  if (error !== null) return { ok: false, error };
  const version = newVersion(vault, request, context);
  const secret: Secret = {
    name: found?.name ?? name,
    versions: [...(found?.versions ?? []), version],
    life: { phase: "active" },
  };
  return { ok: true, secret, version };
}

function newVersion(
  vault: Vault,
  request: SetSecretRequest,
  { now, draws }: OperationContext,
): SecretVersion {
  const key = keyOf(request.name);
  const ordinal = (vault.ordinals.get(key) ?? 0) + 1;
  const drawName = `keyvault/${keyOf(vault.name)}/secrets/${key}/version`;
  return {
    version: draws.hex(drawName, ordinal, 4),
    ordinal,
    enabled: request.enabled ?? true,
    notBefore: request.notBefore ?? null,
    expires: request.expires ?? null,
    contentType: request.contentType ?? null,
    tags: request.tags === undefined ? null : { ...request.tags },
    createdMs: now,
    updatedMs: now,
  };
}
