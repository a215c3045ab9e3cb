/**
 * Which Secrets and ConfigMaps stand behind a volume that the kubelet fills, and which key behind one of its files.
 *
 * Source: kubelet.md 4.3 and 4.5 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { VolumeFact } from "../../kubelet-sim/facts.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import type { Evidence } from "../trace/why-chain.ts";
import type { SecretKey } from "./feeders.ts";

/** `Secret/app-secret`, `ConfigMap/settings` … in the order of the pod; empty for other volumes. */
export function sourcesOf({ kind, source, projects }: VolumeFact): string[] {
  switch (kind) {
    case "secret":
      return [`Secret/${source}`];
    case "configMap":
      return [`ConfigMap/${source}`];
    case "projected":
      return [...(projects ?? [])];
    default:
      return [];
  }
}

/**
 * The Secret's key whose content a file of the volume holds or is to hold: `items` may give it another name. Of several
 * Secrets the last one that has the object, since later sources overwrite earlier ones.
 */
export function secretBehind(
  { sinks }: Pick<Evidence, "sinks">,
  { object, t }: { readonly object: string; readonly t: EpochMs },
  { namespace }: PodInstance,
  volume: VolumeFact,
  path: string,
): SecretKey | null {
  const secrets = sourcesOf(volume)
    .filter((source) => source.startsWith("Secret/"))
    .map((source) => source.slice("Secret/".length));
  for (const secret of secrets.toReversed()) {
    const writes = sinks.secretWrites(namespace, secret);
    const contents = writes.findLast((write) => write.t <= t)?.contents ?? [];
    const same = contents.filter((content) => content.object === object);
    const found = same.find((content) => content.key === path) ?? same[0];
    if (found !== undefined) return { namespace, secret, key: found.key };
  }
  const [only] = secrets;
  return secrets.length === 1 && only !== undefined
    ? { namespace, secret: only, key: path }
    : null;
}
