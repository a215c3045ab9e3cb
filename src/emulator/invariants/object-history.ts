/**
 * What each Secret and ConfigMap held when. A write that leaves the contents as they are adds nothing, so that this grows
 * with changes, not with time. Models no real component: it reads facts.
 */
import type { ContentFact } from "../../cluster-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";

type ObjectFact = FactNamed<
  "api.object.created" | "api.object.modified" | "api.object.deleted"
>;

type ObjectState = {
  readonly resourceVersion: number;
  /** Null: there is no such object from here on. */
  readonly contents: readonly ContentFact[] | null;
};

/** By `<namespace>/<Kind>/<name>`, in order. */
export type ObjectHistory = Map<string, ObjectState[]>;

/** `default/Secret/app-secret`; `source` is `Secret/app-secret`. */
export function sourceKey(namespace: string, source: string): string {
  return `${namespace}/${source}`;
}

export function rememberContents(
  objects: ObjectHistory,
  fact: ObjectFact,
): void {
  const { kind, namespace, name, resourceVersion } = fact.data;
  if (kind !== "Secret" && kind !== "ConfigMap") return;
  const key = sourceKey(namespace, `${kind}/${name}`);
  const deleted = fact.type === "api.object.deleted";
  const contents = deleted ? null : (fact.data.contents ?? []);
  let states = objects.get(key);
  if (states === undefined) objects.set(key, (states = []));
  const last = states.at(-1);
  if (last !== undefined && sameContents(last.contents, contents)) return;
  states.push({ resourceVersion, contents });
}

/** Null where there was no such object. */
export function heldAt(
  objects: ObjectHistory,
  key: string,
  resourceVersion: number,
): readonly ContentFact[] | null {
  const states = objects.get(key);
  const state = states?.findLast(
    (one) => one.resourceVersion <= resourceVersion,
  );
  return state?.contents ?? null;
}

export function sameContents(
  a: readonly ContentFact[] | null,
  b: readonly ContentFact[] | null,
): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i]!;
      return (
        one.key === other.key &&
        one.object === other.object &&
        one.version === other.version &&
        one.form === other.form
      );
    })
  );
}
