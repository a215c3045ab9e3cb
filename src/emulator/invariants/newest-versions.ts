/** The newest version of each vault object, and since when it can be read. Models no real component: it reads facts. */
import type { EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";

type Newest = {
  readonly version: string;
  readonly ordinal: number;
  /** Since when it can be read; null while it cannot: disabled, or its object is deleted. */
  since: EpochMs | null;
};

/** By object. */
export type NewestVersions = Map<string, Newest>;

/** Takes in a fact of a secret's life; others change nothing. */
export function follow(newest: NewestVersions, fact: AnyFact): void {
  switch (fact.type) {
    case "vault.secret.set": {
      const { version, ordinal, enabled } = fact.data;
      const since = enabled ? fact.t : null;
      newest.set(objectOf(fact.data), { version, ordinal, since });
      return;
    }
    case "vault.secret.updated": {
      const known = newest.get(objectOf(fact.data));
      if (known?.version === fact.data.version)
        known.since = fact.data.enabled ? fact.t : null;
      return;
    }
    case "vault.secret.deleted":
    case "vault.secret.recover.finished": {
      const known = newest.get(objectOf(fact.data));
      const back = fact.type === "vault.secret.recover.finished";
      if (known !== undefined) known.since = back ? fact.t : null;
      return;
    }
    case "vault.secret.purge.finished":
      newest.delete(objectOf(fact.data));
      return;
    default:
      return;
  }
}

function objectOf({
  vault,
  name,
}: {
  readonly vault: string;
  readonly name: string;
}): string {
  return `${vault}/secrets/${name}`;
}
