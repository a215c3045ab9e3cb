/**
 * `secretObjects` of a SecretProviderClass: which mounted files become which keys of which Kubernetes Secret.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/util/secretutil/secret.go (ValidateSecretObject, GetSecretData,
 *         GetSecretType), controllers/secretproviderclasspodstatus_controller.go (Reconcile, createK8sSecret),
 *         pkg/util/fileutil/filesystem.go (GetMountedFiles); csi-driver.md 5.2, 5.3
 */
import type { Contents } from "../../cluster-sim/ports.ts";
import { bytesToBase64 } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { byCodeUnit, jsonEqual } from "../../kernel/json.ts";
import type { PodFile } from "../node-volumes.ts";
import { MANAGED_LABEL } from "./pod-status.ts";
import { certPart } from "./tls-pem.ts";

/** One entry of `spec.secretObjects`, as somebody wrote it. */
export interface SecretObject {
  readonly secretName?: string;
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data?: readonly SecretObjectData[];
}

interface SecretObjectData {
  /** A file's path below the mount: the alias when the object has one. */
  readonly objectName?: string;
  /** The Secret's key. */
  readonly key?: string;
}

/** `data` of a Secret: base64 by key. */
type Base64Data = Readonly<Record<string, string>>;

export type SecretData =
  | {
      readonly ok: true;
      /** Written in the order of the keys. */
      readonly data: Base64Data;
      /** The same keys. */
      readonly contents: Contents;
      /** Contents that the driver made out of a file's (forms `tls.crt`, `tls.key`), for the value book. */
      readonly derived: readonly DerivedContent[];
    }
  | { readonly ok: false; readonly error: string };

interface DerivedContent {
  readonly ref: ContentRef;
  readonly bytes: Uint8Array;
}

interface Value extends DerivedContent {
  readonly isDerived: boolean;
}

const TLS = "kubernetes.io/tls";

/** Null when the driver accepts it, else the driver's text. Blanks count as content here. */
export function secretObjectError(object: SecretObject): string | null {
  if (!object.secretName) return "secret name is empty";
  if (!object.type) return "secret type is empty";
  if (!object.data?.length) return "data is empty";
  return null;
}

/** The Secret's name, without the blanks around it. */
function secretNameOf({ secretName }: SecretObject): string {
  return (secretName ?? "").trim();
}

/** Blanks alone mean Opaque. */
function secretTypeOf({ type }: SecretObject): string {
  return (type ?? "").trim() || "Opaque";
}

/**
 * The Secret's data from the files on the mount, or the driver's text for the first entry that cannot be served (it
 * names paths and keys, no content). Of two entries with one key the later one wins.
 *
 * `targetPath` is the volume's directory on the node, as the SecretProviderClassPodStatus has it: a text about a
 * certificate names the file by its full path, or relative to the mount when `targetPath` is left out.
 */
export function secretData(
  object: SecretObject,
  files: readonly PodFile[],
  targetPath?: string,
): SecretData {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const isTls = secretTypeOf(object) === TLS;
  const values = new Map<string, Value>();
  for (const entry of object.data ?? []) {
    const name = (entry.objectName ?? "").trim();
    const key = (entry.key ?? "").trim();
    if (name === "") return refused("object name in secretObjects.data");
    if (key === "") return refused("key in secretObjects.data is empty");
    const file = byPath.get(name);
    if (file === undefined)
      return refused(`file matching objectName ${name} not found in the pod`);
    const { bytes, content } = file;
    if (!isTls) {
      values.set(key, { ref: content, bytes, isDerived: false });
      continue;
    }
    const part = certPart(bytes, key);
    if (!part.ok) {
      const place = targetPath === undefined ? "" : `${targetPath}/..data/`;
      return refused(
        `failed to get cert data from file ${place}${name}, err: ${part.error}`,
      );
    }
    const ref = { ...content, form: key };
    values.set(key, { ref, bytes: part.bytes, isDerived: true });
  }
  return dataOf(values);
}

function dataOf(values: ReadonlyMap<string, Value>): SecretData {
  const sorted = [...values].sort(([a], [b]) => byCodeUnit(a, b));
  return {
    ok: true,
    data: Object.fromEntries(
      sorted.map(([key, { bytes }]) => [key, bytesToBase64(bytes)]),
    ),
    contents: Object.fromEntries(sorted.map(([key, { ref }]) => [key, ref])),
    derived: sorted
      .filter(([, { isDerived }]) => isDerived)
      .map(([, { ref, bytes }]) => ({ ref, bytes })),
  };
}

function refused(error: string): SecretData {
  return { ok: false, error };
}

/**
 * The Secret as the controller creates it: the class's labels and annotations, and the label by which the driver finds
 * its Secrets again. No owner references: those come from the patcher.
 */
export function secretManifest(
  object: SecretObject,
  namespace: string,
  data: Base64Data,
): JsonObject {
  const { labels, annotations } = object;
  const hasAnnotations = Object.keys(annotations ?? {}).length > 0;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: secretNameOf(object),
      namespace,
      labels: { ...labels, [MANAGED_LABEL]: "true" },
      ...(hasAnnotations ? { annotations: { ...annotations } } : {}),
    },
    type: secretTypeOf(object),
    data,
  };
}

/** Equal keys with equal values in any order; both sides are base64 in its usual form. */
export function sameData(a: Base64Data, b: Base64Data): boolean {
  return jsonEqual(a, b);
}
