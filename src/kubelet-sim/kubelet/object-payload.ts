/**
 * The files that a Secret or ConfigMap becomes in a volume: which keys, at which paths, with which modes. Both plugins
 * do the same but for one word of an error.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/secret/secret.go, pkg/volume/configmap/configmap.go (MakePayload); kubelet.md 4.3
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { PodFile } from "../node-volumes.ts";
import { contentOf, dataOf, sourceName } from "./object-data.ts";
import type { KeyToPath } from "./volume-sources.ts";

export interface PayloadRequest {
  /** Absent or empty: every key, at its own name. */
  readonly items: readonly KeyToPath[] | undefined;
  /** Whether a missing key is left out instead of being an error. */
  readonly optional: boolean;
  readonly defaultMode: number;
  /** The write that made this version of the object, where the kubelet learnt of it. */
  readonly from: Cause;
}

export type FilesOrError =
  | { readonly ok: true; readonly files: readonly PodFile[] }
  | { readonly ok: false; readonly error: string };

/** In order of the keys, or of `items`: of two files at one path the later wins. */
export function objectPayload(
  stored: Stored,
  request: PayloadRequest,
): FilesOrError {
  const { items = [], optional, defaultMode, from } = request;
  const data = dataOf(stored);
  const wanted: readonly KeyToPath[] =
    items.length > 0
      ? items
      : [...data.keys()].map((key) => ({ key, path: key }));
  const source = sourceName(stored);
  const { resourceVersion } = stored.object.metadata;
  const files: PodFile[] = [];
  for (const { key, path, mode = defaultMode } of wanted) {
    const bytes = data.get(key);
    if (bytes === undefined) {
      if (optional) continue;
      const error = `references non-existent ${what(stored)} key: ${key}`;
      return { ok: false, error };
    }
    const content = contentOf(stored, key, from);
    files.push({ path, bytes, mode, content, source, resourceVersion });
  }
  return { ok: true, files };
}

function what({ object }: Stored): string {
  return object.kind === "Secret" ? "secret" : "config";
}
