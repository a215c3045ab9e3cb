/** The newest version of each vault object, and since when it can be read. Models no real component: it reads facts. */
import type { EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import { objectOf } from "../trace/versions.ts";
import { isVersionSet } from "./vault-versions.ts";

type Newest = {
  readonly version: string;
  readonly ordinal: number;
  /** Since when it can be read; null while it cannot: a secret that is disabled or deleted. */
  since: EpochMs | null;
};

/** By object. */
export type NewestVersions = Map<string, Newest>;

/** Takes in a fact of an object's life; others change nothing. */
export function follow(newest: NewestVersions, fact: AnyFact): void {
  if (isVersionSet(fact)) {
    const { version, ordinal, enabled } = fact.data;
    // Keys and certificates are answered whether they are enabled or not.
    const readable = enabled || fact.type !== "vault.secret.set";
    const since = readable ? fact.t : null;
    newest.set(objectOf(fact), { version, ordinal, since });
    return;
  }
  switch (fact.type) {
    case "vault.secret.updated": {
      const known = newest.get(secretOf(fact.data));
      if (known?.version === fact.data.version)
        known.since = fact.data.enabled ? fact.t : null;
      return;
    }
    case "vault.secret.deleted":
    case "vault.secret.recover.finished": {
      const known = newest.get(secretOf(fact.data));
      const back = fact.type === "vault.secret.recover.finished";
      if (known !== undefined) known.since = back ? fact.t : null;
      return;
    }
    case "vault.secret.purge.finished":
      newest.delete(secretOf(fact.data));
      return;
    default:
      return;
  }
}

function secretOf({
  vault,
  name,
}: {
  readonly vault: string;
  readonly name: string;
}): string {
  return `${vault}/secrets/${name}`;
}
