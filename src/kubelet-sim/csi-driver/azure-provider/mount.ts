/**
 * The `Mount` call between the Secrets Store CSI driver and its provider (gRPC service `v1alpha1.CSIDriverProvider`).
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver `provider/v1alpha1/service.proto` v1.6.0 (the same since v0.0.20).
 * Omitted: `current_object_version`, which the Azure provider ignores; `target_path`, since the driver writes the files.
 * Simplification: the gRPC call between the driver and a provider on the same node takes no modelled time.
 */
import type { ContentRef } from "../../../kernel/content.ts";
import type { ReplyTo } from "../../../kernel/port.ts";

export interface MountRequest {
  /**
   * SecretProviderClass parameters plus `csi.storage.k8s.io/pod.name`, `.../pod.namespace`, `.../pod.uid`,
   * `.../serviceAccount.name` and `secretProviderClass`. Not changed by the provider.
   */
  readonly attributes: Readonly<Record<string, string>>;
  /** Data of the nodePublishSecretRef Secret as text; null without a reference, `{}` in a generation A rotation. */
  readonly nodePublishSecrets: Readonly<Record<string, string>> | null;
  /** Audiences of the service account tokens that the driver got; empty when the CSIDriver asks for none. */
  readonly serviceAccountTokens: readonly string[];
  /** Mode of files whose object sets no `filePermission`: 0o644. */
  readonly permission: number;
  /** Owner and ordinal of the pod's volume, for draws. Default: `<namespace>/<pod>/<SecretProviderClass>`. */
  readonly owner?: string;
}

/** One file of a mounted volume; `path` is relative to the volume. */
export interface MountedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Where the bytes came from; `from` is the vault request that fetched them. */
  readonly content: ContentRef;
}

export type MountReply =
  | {
      readonly ok: true;
      /** `secret/<name>` and `secret/<name>/<index>` with history; each id once, in order of first fetch. */
      readonly objectVersions: readonly {
        readonly id: string;
        readonly version: string;
      }[];
      /** Each path once (of two objects with one file name the later wins). */
      readonly files: readonly MountedFile[];
    }
  /** The gRPC error's description, `failed to mount objects, error: …`, without the client's `rpc error:` prefix. */
  | { readonly ok: false; readonly message: string };

/** The provider of a node as its driver sees it. */
export interface ProviderClient {
  /**
   * `replyTo` gets a `ReplyEvent<MountReply>`, always later and at most once. Returns the mount's id. It has no
   * deadline of its own: a vault that never answers keeps it open.
   */
  mount(request: MountRequest, replyTo: ReplyTo): number;
  /** The caller's deadline passed: no further request, no answer. An unknown or finished mount is left alone. */
  cancel(mount: number): void;
}
