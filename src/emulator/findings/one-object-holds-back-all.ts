/**
 * An object that cannot be read, and others of the same mount that could be and stay old because of it: the first error
 * fails the whole mount. Counted is each failed attempt that held back a version that the vault would have given.
 *
 * Failures stand in runs, written up to an hour later: what files held and what the vault had is kept for as long.
 */
import type { EpochMs } from "../../kernel/time.ts";
import { HOUR_MS } from "../../kernel/time.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { NewestVersions } from "../invariants/newest-versions.ts";
import { follow } from "../invariants/newest-versions.ts";
import { isVersionSet } from "../invariants/vault-versions.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject, spanOf } from "./finding.ts";

/** What held from some instant on, oldest first. */
type History<Value> = { readonly t: EpochMs; readonly value: Value }[];

const KEPT_MS = 2 * HOUR_MS;
const FAILED_OBJECT = /failed to get objectType:(\w+), objectName:([^,]+),/;
const COLLECTIONS: ReadonlyMap<string, string> = new Map([
  ["secret", "secrets"],
  ["key", "keys"],
  ["cert", "certificates"],
]);

export class OneObjectHoldsBackAll implements FindingRule {
  readonly description: Description = {
    name: "one-object-holds-back-all",
    title:
      "One object that cannot be read keeps every other object of the same SecretProviderClass at its old version.",
    reference:
      "code: Azure/secrets-store-csi-driver-provider-azure v1.8.2 pkg/provider/provider.go",
  };
  readonly occurrences = new Occurrences();
  readonly #newest: NewestVersions = new Map();
  /** The version that a read would have given, by object; null while it would have been refused. */
  readonly #readable = new Map<string, History<string | null>>();
  /** Files of CSI volumes by `<namespace>/<pod>`, then by volume. */
  readonly #files = new Map<
    string,
    Map<string, History<readonly FileFact[]>>
  >();

  fact(fact: AnyFact): void {
    if (isVersionSet(fact) || fact.type.startsWith("vault.secret."))
      return this.#vault(fact);
    switch (fact.type) {
      case "volume.switched":
      case "volume.verified":
        if (fact.data.kind === "csi") this.#written(fact, fact.data.files);
        return;
      case "volume.unmounted":
        return this.#written(fact, []);
      case "csi.rotation.failed":
      case "csi.publish.masked":
        return this.#failed(fact);
      default:
        return;
    }
  }

  #vault(fact: AnyFact): void {
    follow(this.#newest, fact);
    for (const [object, { version, since }] of this.#newest) {
      const value = since === null ? null : version;
      const history = this.#readable.get(object) ?? [];
      this.#readable.set(object, history);
      if (history.at(-1)?.value !== value) history.push({ t: fact.t, value });
    }
  }

  #written(
    { t, data }: FactNamed<"volume.switched" | "volume.unmounted">,
    files: readonly FileFact[],
  ): void {
    const { namespace, name, volume } = data;
    const pod = `${namespace}/${name}`;
    const volumes = this.#files.get(pod) ?? new Map();
    this.#files.set(pod, volumes);
    const history: History<readonly FileFact[]> = volumes.get(volume) ?? [];
    const kept = history.filter(
      (_, i) => (history[i + 1]?.t ?? t) > t - KEPT_MS,
    );
    volumes.set(volume, [...kept, { t, value: files }]);
  }

  #failed(
    fact: FactNamed<"csi.rotation.failed"> | FactNamed<"csi.publish.masked">,
  ): void {
    const { namespace, name, error } = fact.data;
    const [, type = "", failing = ""] = FAILED_OBJECT.exec(error) ?? [];
    const collection = COLLECTIONS.get(type);
    if (collection === undefined) return;
    const { first, last, count } = spanOf(fact);
    const failed = `/${collection}/${failing}`;
    const volumes = this.#files.get(`${namespace}/${name}`) ?? new Map();
    for (const history of volumes.values()) {
      const files = at(history as History<readonly FileFact[]>, last) ?? [];
      if (!files.some(({ object }) => object.endsWith(failed))) continue;
      const heldBack = files.some(({ object, version }) => {
        const newest = at(this.#readable.get(object) ?? [], last);
        if (newest === null || newest === version) return false;
        return !object.endsWith(failed);
      });
      if (heldBack) this.occurrences.add(podObject(fact.data), first, count);
    }
  }
}

/** Null before the first. */
function at<Value>(history: History<Value>, t: EpochMs): Value | null {
  return history.findLast((entry) => entry.t <= t)?.value ?? null;
}
