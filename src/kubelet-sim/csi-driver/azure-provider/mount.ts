/**
 * The `Mount` call between the Secrets Store CSI driver and its provider (gRPC service `v1alpha1.CSIDriverProvider`).
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver `provider/v1alpha1/service.proto` v1.6.0 (the same since v0.0.20).
 * Omitted: `current_object_version`, which the Azure provider ignores; `target_path`, since the driver writes the files.
 * Simplification: the gRPC call between the driver and a provider on the same node takes no modelled time.
 */
import type { ContentRef } from "../../../kernel/content.ts";
import type { ReplyTo } from "../../../kernel/port.ts";
import type { EpochMs } from "../../../kernel/time.ts";

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
  /** What the pod's draws are named by, which no real provider is told; absent: `namespace/pod`. */
  readonly lineage?: string;
}

/** One file of a mounted volume; `path` is relative to the volume. */
export interface MountedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Where the bytes came from; `from` is the vault request that fetched them. */
  readonly content: ContentRef;
}

export interface ObjectVersion {
  /** `secret/<name>`, `secret/<name>/<index>` with history. */
  readonly id: string;
  readonly version: string;
}

export type MountReply =
  | {
      readonly ok: true;
      /** Each id once, in order of first fetch. */
      readonly objectVersions: readonly ObjectVersion[];
      /** Each path once (of two objects with one file name the later wins). */
      readonly files: readonly MountedFile[];
    }
  | {
      readonly ok: false;
      /** The gRPC status. Default `Unknown`: the provider answered with a plain error. */
      readonly code?: "Unavailable" | "ResourceExhausted";
      /** The error's description, `failed to mount objects, error: …`, without the client's `rpc error:` prefix. */
      readonly message: string;
    };

export interface MountOptions {
  /** When the caller gives up, which it then tells by `cancel`; default: never. */
  readonly deadline?: EpochMs;
}

/** The provider of a node as its driver sees it. */
export interface ProviderClient {
  /** Whether the provider's socket is there for a driver that has not met the provider yet. */
  readonly socketPresent: boolean;
  /**
   * `replyTo` gets a `ReplyEvent<MountReply>`, always later and at most once. Returns the mount's id. A mount of a
   * provider that is down waits until it is back; one that is under way when it goes down ends with `Unavailable`.
   */
  mount(
    request: MountRequest,
    replyTo: ReplyTo,
    options?: MountOptions,
  ): number;
  /** The caller gave up: no further request, no answer. An unknown or finished mount is left alone. */
  cancel(mount: number): void;
}
