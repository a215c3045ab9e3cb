/**
 * Nobody reads a version before the vault had it: whatever a request returned, a file or a Secret holds was made by an
 * earlier `vault.secret.set` of the same object. Literals have no vault and are exempt.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { VaultVersions } from "./vault-versions.ts";
import { isFromVault, rememberVersion } from "./vault-versions.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** Operations that answer with a version that they make. */
const MAKERS = new Set(["SecretSet"]);

interface Read {
  readonly object: string;
  readonly version: string;
}

export class NobodyReadsAhead implements Invariant {
  readonly name = "nobody-reads-ahead";
  state: { versions: VaultVersions } = { versions: new Map() };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    switch (any.type) {
      case "vault.secret.set":
        return rememberVersion(this.state.versions, any);
      case "vault.request": {
        const { vault, collection, name, operation, version } = any.data;
        if (version === null || MAKERS.has(operation)) return;
        const object = `${vault}/${collection}/${name}`;
        return this.#check(fact, `${operation} read`, { object, version });
      }
      case "volume.switched":
      case "volume.verified":
        for (const file of any.data.files)
          this.#check(fact, `${any.data.volume}/${file.path} holds`, file);
        return;
      case "api.object.created":
      case "api.object.modified":
        for (const content of any.data.contents ?? [])
          this.#check(fact, `its key ${content.key} holds`, content);
        return;
      default:
        return;
    }
  }

  #check(fact: Fact, who: string, { object, version }: Read): void {
    if (!isFromVault(object)) return;
    const made = this.state.versions.get(version);
    const place = placeOfFact(fact);
    if (made === undefined || made.seq > place.seq || made.t > place.t)
      throw violation(
        "ReadAhead",
        `${who} version ${version} of ${object} before the vault had it`,
        place,
      );
    if (made.object !== object)
      throw violation(
        "ReadAhead",
        `${who} version ${version} of ${object}, which is a version of ${made.object}`,
        place,
      );
  }
}
