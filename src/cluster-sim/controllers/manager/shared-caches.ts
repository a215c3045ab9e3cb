/**
 * The caches that the controllers share: one informer a kind, and which objects a controlling owner has.
 * Source: kubernetes/client-go v0.35 tools/cache/{shared_informer,index}.go; kubernetes v1.35 pkg/controller/controller_utils.go
 *         (PodControllerUIDIndex)
 */
import { byCodeUnit } from "../../../kernel/json.ts";
import type { Informer, InformerChange } from "../../client/index.ts";
import { applyWatch, keyOf, newInformer } from "../../client/index.ts";
import type { OwnerReference, Stored, WatchEvent } from "../../ports.ts";
import type { Caches } from "../controller.ts";

interface CachedKind {
  readonly informer: Informer;
  /** Keys by the uid of the controlling owner; empty: those without one. */
  readonly owned: Map<string, Set<string>>;
}

/** By kind. */
export type CacheState = Map<string, CachedKind>;

export function newCachedKind(): CachedKind {
  return { informer: newInformer(), owned: new Map() };
}

/** `metav1.GetControllerOf`: the owner reference with `controller: true`. */
export function controllerOf({ object }: Stored): OwnerReference | null {
  const { ownerReferences } = object.metadata;
  if (ownerReferences === undefined) return null;
  for (const owner of ownerReferences)
    if (owner.controller === true) return owner;
  return null;
}

/** Brings one kind's cache up to date and says what changed; null when nothing did. */
export function observeWatch(
  kind: CachedKind,
  event: WatchEvent,
): InformerChange | null {
  const change = applyWatch(kind.informer, event);
  if (change === null) return null;
  const { before, after } = change;
  const [was, is] = [ownerUid(before), ownerUid(after)];
  if (was === is) return change;
  if (before !== null) unlink(kind, was!, keyOf(before));
  if (after !== null) link(kind, is!, keyOf(after));
  return change;
}

function ownerUid(stored: Stored | null): string | null {
  return stored === null ? null : (controllerOf(stored)?.uid ?? "");
}

function link({ owned }: CachedKind, uid: string, key: string): void {
  const keys = owned.get(uid);
  if (keys === undefined) owned.set(uid, new Set([key]));
  else keys.add(key);
}

function unlink({ owned }: CachedKind, uid: string, key: string): void {
  const keys = owned.get(uid);
  keys?.delete(key);
  if (keys?.size === 0) owned.delete(uid);
}

/** What controllers read. `state` is asked for each time: a restore replaces it. */
export class SharedCaches implements Caches {
  readonly #state: () => CacheState;

  constructor(state: () => CacheState) {
    this.#state = state;
  }

  get(kind: string, key: string): Stored | null {
    return this.#state().get(kind)?.informer.items.get(key) ?? null;
  }

  list(kind: string, namespace: string): readonly Stored[] {
    const items = this.#state().get(kind)?.informer.items;
    if (items === undefined || items.size === 0) return [];
    const found: string[] = [];
    for (const [key, { object }] of items)
      if ((object.metadata.namespace ?? "") === namespace) found.push(key);
    return found.sort(byCodeUnit).map((key) => items.get(key)!);
  }

  ownedBy(kind: string, uid: string): readonly Stored[] {
    const cached = this.#state().get(kind);
    const keys = cached?.owned.get(uid);
    if (keys === undefined) return [];
    const { items } = cached!.informer;
    return [...keys].sort(byCodeUnit).map((key) => items.get(key)!);
  }
}
