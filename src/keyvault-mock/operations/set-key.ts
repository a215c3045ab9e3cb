/**
 * `POST /keys/{name}/create`: makes a new version, and the key if the name is free.
 * Source: Azure Key Vault REST reference, Create Key; Key Vault reference sheet, section 3.
 */
import { LONGEST_KEY_TAG_PART } from "../defaults.ts";
import { keyVaultErrors } from "../errors.ts";
import type { Key, KeyVersion } from "../key.ts";
import { defaultKeyOps } from "../key.ts";
import type { KeyKind, KeyKindRequest } from "../key-kind.ts";
import { alike, keyKindOf } from "../key-kind.ts";
import type { Outcome } from "../requests.ts";
import { drawTestKey } from "../test-keys/pool.ts";
import type { ObjectAttributes } from "../vault-object.ts";
import {
  nameError,
  newestVersion,
  newVersion,
  tagsError,
} from "../vault-object.ts";
import type { Vault } from "../vault.ts";
import { drawNameOf, findKey } from "../vault.ts";
import type { OperationContext } from "./context.ts";

export interface SetKeyRequest extends ObjectAttributes, KeyKindRequest {
  readonly name: string;
}

/** The key with its new version, to be put. */
export function setKey(
  vault: Vault,
  request: SetKeyRequest,
  context: OperationContext,
): Outcome<{ readonly key: Key; readonly version: KeyVersion }> {
  const { name, tags } = request;
  const found = findKey(vault, name);
  const kind = keyKindOf(request);
  const error =
    nameError(name, "POST") ??
    (kind === null ? keyVaultErrors.invalidProperty() : null) ??
    tagsError(tags, LONGEST_KEY_TAG_PART) ??
    (found?.managed ? keyVaultErrors.objectIsManaged("key", found.name) : null);
  if (error !== null) return { ok: false, error };
  const ordinal = ordinalAfter(found);
  const drawName = drawNameOf(vault, "keys", name);
  const id = context.draws.hex(`${drawName}/version`, ordinal, 4);
  const before = testKeyBefore(found, kind!);
  const version: KeyVersion = {
    ...newVersion({ version: id, ordinal }, request, context.now),
    kind: kind!,
    keyOps: defaultKeyOps(kind!),
    testKey: drawTestKey(context.draws, kind!, drawName, ordinal, before),
  };
  const versions = [...(found?.versions ?? []), version];
  const key = { name: found?.name ?? name, versions, managed: false };
  return { ok: true, key, version };
}

interface WithKeys {
  readonly name: string;
  readonly versions: readonly KeyVersion[];
}

/** The ordinal of the next version. */
export function ordinalAfter(found: WithKeys | undefined): number {
  return found === undefined ? 1 : newestVersion(found).ordinal + 1;
}

/** The test key of the newest version, when the next one comes from the same pool. */
export function testKeyBefore(
  found: WithKeys | undefined,
  kind: KeyKind,
): number | null {
  if (found === undefined) return null;
  const newest = newestVersion(found);
  return alike(newest.kind, kind) ? newest.testKey : null;
}
