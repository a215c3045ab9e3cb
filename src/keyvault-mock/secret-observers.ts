/**
 * Who is told of new versions of secrets at once, inside the world: what rotates with them (a database), no client.
 */
import type { ContentRef } from "../kernel/content.ts";
import { contentOf } from "./object-bundle.ts";
import type { Secret } from "./secret.ts";
import { newestVersion } from "./vault-object.ts";
import type { Vault } from "./vault.ts";

/** A version that was just set; the value book has its bytes. */
export interface SecretSet {
  readonly vault: string;
  readonly name: string;
  readonly version: string;
  readonly ordinal: number;
  /** `from` is `fact`. */
  readonly content: ContentRef;
  /** `seq` of its `vault.secret.set`. */
  readonly fact: number;
}

/** The newest version of a secret, set by the fact `fact`. */
export function secretSetOf(
  vault: Vault,
  secret: Secret,
  fact: number,
): SecretSet {
  const { name } = secret;
  const newest = newestVersion(secret);
  const { version, ordinal } = newest;
  const content = { ...contentOf(vault, "secrets", name, newest), from: fact };
  return { vault: vault.name, name, version, ordinal, content, fact };
}
