/**
 * Which program an image holds, and in which release: known by the repository's last two parts and the tag.
 *
 * Source: stakater/Reloader deployments/kubernetes/reloader.yaml (ghcr.io/stakater/reloader:v1.4.14); wave-k8s/wave
 *         charts/wave/values.yaml (quay.io/wave-k8s/wave:v0.11.0)
 * Simplification: An image of Reloader or Wave whose tag names no release (latest, a digest, a commit) runs as the newest release that Keyturn knows, Reloader 1.4.21 and Wave 0.11.0.
 */

export interface ProgramImage {
  readonly program: "reloader" | "wave";
  /** `1.4.14` */
  readonly version: string;
}

const PROGRAMS: readonly (ProgramImage & { readonly repository: string })[] = [
  { program: "reloader", repository: "stakater/reloader", version: "1.4.21" },
  { program: "wave", repository: "wave-k8s/wave", version: "0.11.0" },
];

/** Null: not one that Keyturn knows. Any registry will do: images are mirrored. */
export function programOf(image: string): ProgramImage | null {
  const [named = ""] = image.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const repository = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? "" : named.slice(colon + 1);
  const known = PROGRAMS.find(
    (each) =>
      repository === each.repository ||
      repository.endsWith(`/${each.repository}`),
  );
  if (known === undefined) return null;
  const version = /^v?(\d+\.\d+\.\d+)(?![\d.])/.exec(tag)?.[1];
  return { program: known.program, version: version ?? known.version };
}
