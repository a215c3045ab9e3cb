/**
 * A Secret that a driver up to 1.5 leaves as it is although a new pod has mounted a newer version, since rotation is off.
 * Counted once for each mount and Secret.
 */
import type { ContentFact } from "../../cluster-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { driverNode } from "../invariants/driver-files.ts";
import type { Mounts } from "../invariants/mounts.ts";
import { followMounts, mountOf, newMounts } from "../invariants/mounts.ts";
import type { VaultVersions } from "../invariants/vault-versions.ts";
import {
  isVersionSet,
  madeVersion,
  rememberVersion,
} from "../invariants/vault-versions.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences } from "./finding.ts";

type SyncedSecret = {
  readonly about: string;
  readonly namespace: string;
  readonly contents: readonly ContentFact[];
  /** SecretProviderClass whose files it was made from; null where the trace does not tell. */
  readonly secretProviderClass: string | null;
};

export class SecretGoesStale implements FindingRule {
  readonly description: Description = {
    name: "secret-goes-stale",
    title:
      "With rotation off a synced Secret keeps its old value although new pods mount a newer one.",
    reference: "Azure/secrets-store-csi-driver-provider-azure#740",
  };
  readonly occurrences = new Occurrences();
  readonly #versions: VaultVersions = new Map();
  readonly #mounts: Mounts = newMounts();
  /** Class of each write of a CSI volume, by the fact's seq. */
  readonly #classes = new Map<number, string>();
  /** By uid, as long as drivers alone write them. */
  readonly #secrets = new Map<string, SyncedSecret>();

  fact(fact: AnyFact): void {
    if (isVersionSet(fact)) return rememberVersion(this.#versions, fact);
    followMounts(this.#mounts, fact);
    switch (fact.type) {
      case "volume.switched":
        if (fact.data.kind === "csi") this.#mounted(fact);
        return;
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        if (fact.data.kind === "Secret") this.#secret(fact);
        return;
      default:
        return;
    }
  }

  #secret(fact: FactNamed<"api.object.modified">): void {
    const { uid, by, namespace, contents = [] } = fact.data;
    const deleted = fact.type === "api.object.deleted";
    if (deleted || driverNode(by) === null) {
      this.#secrets.delete(uid);
      return;
    }
    const [cause] = fact.causes;
    const from = typeof cause === "number" ? this.#classes.get(cause) : null;
    const before = this.#secrets.get(uid)?.secretProviderClass ?? null;
    const secretProviderClass = from ?? before;
    const { about } = fact;
    const secret = { about, namespace, contents, secretProviderClass };
    this.#secrets.set(uid, secret);
  }

  #mounted(fact: FactNamed<"volume.switched">): void {
    const { uid, volume, namespace, files } = fact.data;
    const mount = mountOf(this.#mounts, `${uid}/${volume}`);
    if (mount === null) return;
    const own = mount.pod.classes.find(([name]) => name === volume)?.[1] ?? "";
    this.#classes.set(fact.seq, own);
    const { driver } = mount;
    if (driver?.generation !== "reconciler" || driver.rotation) return;
    for (const secret of this.#secrets.values()) {
      const of = secret.secretProviderClass;
      if (secret.namespace !== namespace || (of !== null && of !== own))
        continue;
      const stale = files.some((file) =>
        secret.contents.some((content) => this.#isOlder(content, file)),
      );
      if (stale) this.occurrences.add(secret.about, fact.t);
    }
  }

  #isOlder(
    a: { readonly object: string; readonly version: string },
    b: { readonly object: string; readonly version: string },
  ): boolean {
    if (a.object !== b.object) return false;
    const order = ({ object, version }: typeof a) =>
      madeVersion(this.#versions, object, version)?.seq ?? Infinity;
    return order(a) < order(b);
  }
}
