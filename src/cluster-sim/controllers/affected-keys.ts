/** Which objects of a controller's kind a change in a cache concerns. */
import type { InformerChange } from "../client/index.ts";
import { itemKey, keyOf } from "../client/index.ts";
import type { Stored } from "../ports.ts";
import type { Caches } from "./controller.ts";
import { controllerOf } from "./manager/shared-caches.ts";

/** The object itself, or the owner of what changed, if it is still the same one (`resolveControllerRef`). */
export function ownKeys(
  own: string,
  kind: string,
  { before, after }: InformerChange,
  caches: Caches,
): readonly string[] {
  const keys = new Set<string>();
  for (const stored of [before, after]) {
    if (stored === null) continue;
    const key = kind === own ? keyOf(stored) : ownerKey(own, stored, caches);
    if (key !== null) keys.add(key);
  }
  return [...keys];
}

function ownerKey(own: string, stored: Stored, caches: Caches): string | null {
  const owner = controllerOf(stored);
  if (owner?.kind !== own) return null;
  const key = itemKey(stored.object.metadata.namespace, owner.name);
  return caches.get(own, key)?.object.metadata.uid === owner.uid ? key : null;
}
