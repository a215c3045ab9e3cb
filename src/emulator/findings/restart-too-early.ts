/**
 * A restart between the vault's new version and the Secret's: the new pod mounts the new file, and its environment gets the
 * old value, which it keeps. Counted once for each container that was created so.
 *
 * Source: reloader.md 1.12 of the reference
 */
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { VaultVersions } from "../invariants/vault-versions.ts";
import {
  isVersionSet,
  madeVersion,
  rememberVersion,
} from "../invariants/vault-versions.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject } from "./finding.ts";

type Content = { readonly object: string; readonly version: string };

export class RestartTooEarly implements FindingRule {
  readonly description: Description = {
    name: "restart-too-early",
    title:
      "A pod that starts before the synced Secret has followed gets the new file beside the old environment, and keeps both.",
    reference:
      "code: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/secrets-store/nodeserver.go (a mount leaves an existing Secret as it is), v1.6.0 controllers/secretproviderclasspodstatus_controller.go (asynchronous)",
  };
  readonly occurrences = new Occurrences();
  readonly #versions: VaultVersions = new Map();
  /** CSI files by pod uid, then by volume. */
  readonly #files = new Map<string, Map<string, readonly Content[]>>();

  fact(fact: AnyFact): void {
    if (isVersionSet(fact)) return rememberVersion(this.#versions, fact);
    switch (fact.type) {
      case "volume.switched":
      case "volume.verified": {
        const { uid, volume, kind, files } = fact.data;
        if (kind !== "csi") return;
        const volumes = this.#files.get(uid) ?? new Map();
        this.#files.set(uid, volumes.set(volume, files));
        return;
      }
      case "kubelet.pod.gone":
        this.#files.delete(fact.data.uid);
        return;
      case "container.created":
        return this.#created(fact);
      default:
        return;
    }
  }

  #created(fact: FactNamed<"container.created">): void {
    const { uid, variables } = fact.data;
    const files = [...(this.#files.get(uid)?.values() ?? [])].flat();
    const early = variables.some((given) =>
      files.some((file) => this.#isOlder(given, file)),
    );
    if (early) this.occurrences.add(podObject(fact.data), fact.t);
  }

  #isOlder(a: Content, b: Content): boolean {
    if (a.object !== b.object) return false;
    const order = ({ object, version }: Content) =>
      madeVersion(this.#versions, object, version)?.seq ?? Infinity;
    return order(a) < order(b);
  }
}
