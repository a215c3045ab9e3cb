/**
 * What a rotation does with one synced Secret: compare what the files say with what the driver's cache holds. Pure.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go (step 14 of csi-driver.md 2.2), patchSecret
 */
import type { ApiRequest, Stored } from "../../cluster-sim/ports.ts";
import type { PodFile } from "../node-volumes.ts";
import type { SecretData, SecretObject } from "./secret-objects.ts";
import { sameData, secretData, secretObjectError } from "./secret-objects.ts";

export interface SecretRotationInput {
  readonly object: SecretObject;
  readonly files: readonly PodFile[];
  /** Where the files are mounted, for error texts. */
  readonly path: string;
  readonly namespace: string;
  readonly className: string;
  /** The Secret as the cache of managed Secrets has it. */
  readonly known: Stored | null;
  /** Whether the driver may write Secrets. */
  readonly allowed: boolean;
}

type Derived = Extract<SecretData, { ok: true }>["derived"];

export type SecretRotation =
  /** A mistake in the class or a missing file: told, and the whole key is tried again later. */
  | { readonly kind: "mistake"; readonly message: string }
  /** Told, and left as it is until somebody makes the Secret. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "same"; readonly message: string }
  | {
      readonly kind: "patch";
      readonly request: ApiRequest;
      readonly derived: Derived;
    };

export function rotateSecret(input: SecretRotationInput): SecretRotation {
  const { object, files, namespace, className, known, allowed } = input;
  const name = secretNameOf(object);
  const where = `${namespace}/${className}`;
  const invalid = secretObjectError(object);
  if (invalid !== null)
    return {
      kind: "mistake",
      message: `failed validation for secret object in spc ${where}, err: ${invalid}`,
    };
  const wanted = secretData(object, files, input.path);
  if (!wanted.ok)
    return {
      kind: "mistake",
      message: `failed to get data in spc ${where} for secret ${name}, err: ${wanted.error}`,
    };
  if (known === null || !allowed)
    return { kind: "failed", message: patchFailure(name) };
  const data = (known.object["data"] ?? {}) as Record<string, string>;
  if (sameData(data, wanted.data))
    return { kind: "same", message: rotated(name) };
  const removed = Object.keys(data).filter((key) => !(key in wanted.data));
  const gone = Object.fromEntries(removed.map((key) => [key, null]));
  return {
    kind: "patch",
    request: {
      verb: "patch",
      kind: "Secret",
      namespace,
      name,
      patch: {
        data: {
          ...wanted.data,
          ...gone,
        },
      },
      contents: wanted.contents,
    },
    derived: wanted.derived,
  };
}

export function secretNameOf({ secretName = "" }: SecretObject): string {
  return secretName.trim();
}

/** What the pod is told when a Secret holds what its files say. */
export function rotated(name: string): string {
  return `successfully rotated K8s secret ${name}`;
}

export function patchFailure(name: string): string {
  return `failed to patch secret ${name} with new data, err: timed out waiting for the condition`;
}
