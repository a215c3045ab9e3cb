/**
 * A `secret` volume's files from a Secret: which keys become which files with which mode.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/secret/secret.go (MakePayload); kubelet.md 4.3
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import { base64ToBytes } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { Cause } from "../../kernel/trace.ts";
import { SECRET_VOLUME_DEFAULT_MODE } from "../defaults.ts";
import type { PodFile } from "../node-volumes.ts";

/** `volumes[].secret` of a pod. */
export interface SecretVolumeSource {
  readonly secretName: string;
  readonly optional?: boolean;
  readonly defaultMode?: number;
  readonly items?: readonly {
    readonly key: string;
    readonly path: string;
    readonly mode?: number;
  }[];
}

export type SecretPayload =
  | { readonly ok: true; readonly files: readonly PodFile[] }
  | { readonly ok: false; readonly error: string };

/** `from`: the write that made this version of the Secret, where the kubelet learnt of it. */
export function secretPayload(
  source: SecretVolumeSource,
  stored: Stored,
  from: Cause,
): SecretPayload {
  const data = (stored.object["data"] ?? {}) as Record<string, string>;
  const mode = source.defaultMode ?? SECRET_VOLUME_DEFAULT_MODE;
  const wanted =
    source.items ??
    Object.keys(data)
      .sort(byCodeUnit)
      .map((key) => ({ key, path: key }));
  const files: PodFile[] = [];
  for (const item of wanted) {
    const { key, path } = item;
    const text = data[key];
    if (text === undefined) {
      if (source.optional === true) continue;
      return {
        ok: false,
        error: `references non-existent secret key: ${key}`,
      };
    }
    const itemMode = "mode" in item ? item.mode : undefined;
    files.push({
      path,
      bytes: base64ToBytes(text),
      mode: itemMode ?? mode,
      content: { ...contentOf(stored, key), from },
    });
  }
  return { ok: true, files };
}

/** Every key of a stored Secret has its provenance; a key without is a literal that nobody watches. */
function contentOf(stored: Stored, key: string): ContentRef {
  const known = stored.contents?.[key];
  if (known !== undefined) return known;
  const { namespace, name, resourceVersion } = stored.object.metadata;
  return {
    object: `${namespace}/secret/${name}/${key}`,
    version: resourceVersion,
    ordinal: 0,
    form: "as-is",
    from: 0,
  };
}
