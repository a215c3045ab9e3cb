/**
 * What Secrets and ConfigMaps hold now, and since when: what the files of a pod must follow. Models no real component: it
 * reads facts.
 */
import type { ContentFact } from "../../cluster-sim/facts.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import { sameContents, sourceKey } from "./object-history.ts";

type SourceObject = {
  /** Null while there is no such object. */
  readonly contents: readonly ContentFact[] | null;
  /** The write that gave it these contents. */
  readonly resourceVersion: number;
  readonly changedAt: EpochMs;
  /** Up to which resourceVersion it was immutable: who read such a form looks no further. 0 for never. */
  readonly immutableUpTo: number;
  readonly immutable: boolean;
};

/** By `<namespace>/<Kind>/<name>`. */
export type SourceObjects = Map<string, SourceObject>;

/** Takes in a fact; most change nothing. */
export function followSources(objects: SourceObjects, fact: AnyFact): void {
  if (
    fact.type !== "api.object.created" &&
    fact.type !== "api.object.modified" &&
    fact.type !== "api.object.deleted"
  )
    return;
  const { kind, namespace, name, resourceVersion, immutable } = fact.data;
  if (kind !== "Secret" && kind !== "ConfigMap") return;
  const key = sourceKey(namespace, `${kind}/${name}`);
  const known = objects.get(key);
  const deleted = fact.type === "api.object.deleted";
  const contents = deleted ? null : (fact.data.contents ?? []);
  const was = known?.immutable === true;
  const next = {
    immutable: !deleted && immutable === true,
    immutableUpTo: was ? resourceVersion - 1 : (known?.immutableUpTo ?? 0),
  };
  if (known !== undefined && sameContents(known.contents, contents))
    objects.set(key, { ...known, ...next });
  else
    objects.set(key, { contents, resourceVersion, changedAt: fact.t, ...next });
}
