/**
 * What components of the cluster, on nodes and beside them, ask of others: the API server, the vault, Entra ID.
 * Each call's answer is a later event (`kernel/port.ts`). Connected in `emulator/world`.
 */
import type { ContentRef } from "../kernel/content.ts";
import type { SimEvent } from "../kernel/event-queue.ts";
import type { JsonObject, JsonValue } from "../kernel/json.ts";
import type { ReplyTo } from "../kernel/port.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import type { Cause } from "../kernel/trace.ts";

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` of a stored object: name, uid, resourceVersion, generation and creationTimestamp are always there. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** An API object as the server holds it: immutable, shared by everybody who reads it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [member: string]: unknown;
}

/**
 * Which vault version or literal is behind each key of a Secret's data, or of a ConfigMap's data and binaryData: known to
 * the world, invisible through the API.
 */
export type Contents = Readonly<Record<string, ContentRef>>;

/** A stored object with what travels beside it. */
export interface Stored {
  readonly object: ApiObject;
  readonly contents?: Contents;
  /** `seq` of the fact of the write that made this form; a write that leaves no fact has none. */
  readonly fact?: number;
}

export interface ObjectKey {
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

export interface Selection {
  readonly kind: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** `app=web,tier!=cache,has` … */
  readonly labelSelector?: string;
  /** `spec.nodeName=node-0`, `metadata.name=x` … */
  readonly fieldSelector?: string;
}

export type ApiRequest =
  | ({ readonly verb: "get" } & ObjectKey)
  | ({ readonly verb: "list" } & Selection)
  | {
      readonly verb: "create";
      /** A manifest: uid, resourceVersion and the like are the server's to give. */
      readonly object: JsonObject;
      readonly contents?: Contents;
    }
  | {
      readonly verb: "update" | "updateStatus";
      /** With `metadata.resourceVersion`: refused with Conflict when it is not the current one. */
      readonly object: JsonObject;
      readonly contents?: Contents;
    }
  | ({
      /** RFC 7386 merge patch; `null` removes. */
      readonly verb: "patch" | "patchStatus";
      readonly patch: JsonObject;
      readonly contents?: Contents;
    } & ObjectKey)
  | ({
      readonly verb: "delete";
      /** 0 removes at once. Default: 30 s for pods, at once for others. */
      readonly gracePeriodSeconds?: number;
      /** Refused with Conflict when the object has another uid. */
      readonly uid?: string;
    } & ObjectKey);

/**
 * A `metav1.Status` failure: `code` is the HTTP status, `message` upstream's text. Code 0: there was no answer at all, and
 * `message` is Go's error of the connection.
 */
export interface ApiError {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export type ApiReply =
  | { readonly ok: true; readonly stored: Stored }
  | { readonly ok: true; readonly items: readonly Stored[] }
  | { readonly ok: false; readonly error: ApiError };

export type WatchType = "ADDED" | "MODIFIED" | "DELETED" | "SYNCED";

/**
 * One delivery of a watch. SYNCED (no object) follows the initial objects, which come as ADDED. A watch that lost its
 * connection begins anew by itself: what changed meanwhile comes in resourceVersion order, a DELETED in the form that was
 * known last, and one more SYNCED follows.
 */
export interface WatchEvent extends SimEvent {
  readonly type: "watch";
  readonly tag: JsonObject;
  readonly change: WatchType;
  readonly stored: Stored | null;
}

/** A caller's connection to the API server: latency, caller name and faults are its own. */
export interface ApiClient {
  call(request: ApiRequest, replyTo: ReplyTo): void;
  /**
   * Streams changes to `to` as WatchEvents, in resourceVersion order; returns the id for `unwatch`. While the connection
   * is lost nothing arrives, and the watch comes back with client-go's back-off.
   */
  watch(selection: Selection, to: ReplyTo): number;
  unwatch(id: number): void;
}

/** An access token inside the world: its claims, checked by value; no JWT. Times are Unix seconds. */
export interface TokenClaims {
  /** `https://vault.azure.net` for the vault. */
  readonly aud: string;
  /** `https://sts.windows.net/<tenant>/` */
  readonly iss: string;
  readonly tid: string;
  readonly oid: string;
  readonly appid: string;
  /** "0" user app, "1" secret, "2" certificate, federated credential or managed identity. */
  readonly appidacr: string;
  readonly idtyp: "app" | "user";
  readonly exp: number;
  readonly upn?: string;
  readonly xms_mirid?: string;
}

/** How a pod's provider wants to prove who it is (csi-driver.md 4.5). */
export type Identity =
  | { readonly mode: "workloadIdentity"; readonly clientId: string }
  | { readonly mode: "vmUserAssigned"; readonly clientId: string }
  | { readonly mode: "vmSystemAssigned" }
  | { readonly mode: "podIdentity" }
  | { readonly mode: "servicePrincipal"; readonly clientId: string }
  | { readonly mode: "identityBinding"; readonly clientId: string };

export interface TokenRequest {
  readonly identity: Identity;
  readonly tenantId: string;
  /** `https://vault.azure.net` */
  readonly resource: string;
  /** `namespace/name` of the pod and its service account; the node it runs on. */
  readonly pod: string;
  readonly serviceAccount: string;
  readonly node: string;
}

/** What a token endpoint answered instead of a token. */
export interface TokenError {
  /** HTTP status; 0: no answer came. */
  readonly status: number;
  /** The answer's body, or Go's error of a connection without its URL: `dial tcp 169.254.169.254:80: connect: …`. */
  readonly body: string;
  readonly retryAfterSeconds?: number;
  /** Whether every endpoint of the service answers so, not the token's alone. */
  readonly everywhere: boolean;
}

export type TokenReply =
  | { readonly ok: true; readonly token: TokenClaims }
  | {
      readonly ok: false;
      /** What went wrong, for those who do not word it as their own SDK does. */
      readonly message: string;
      readonly error?: TokenError;
    };

export interface TokenSource {
  /** Answered at most once: an endpoint that drops requests never answers. */
  getToken(request: TokenRequest, replyTo: ReplyTo): void;
  /** Whether the cluster has identity binding's token proxy. */
  readonly tokenProxy: boolean;
}

/** Who sends a request to the vault, as its audit log will see it. */
export interface VaultCaller {
  /** `namespace/name` of the pod on whose behalf, or null for somebody outside. */
  readonly pod: string | null;
  readonly node: string | null;
  readonly ip: string;
  readonly userAgent: string;
}

/** A simulated client's reads, by their audit names. */
export type VaultReadOperation =
  | "SecretGet"
  | "SecretListVersions"
  | "KeyGet"
  | "KeyListVersions"
  | "CertificateGet"
  | "CertificateListVersions";

export interface VaultRequest {
  /** The vault's name: the first label of its host. */
  readonly vault: string;
  readonly operation: VaultReadOperation;
  readonly name: string;
  /** Null: the newest. */
  readonly version: string | null;
  readonly apiVersion: string;
  /** Null on a client's first request: answered with the 401 challenge. */
  readonly token: TokenClaims | null;
  readonly caller: VaultCaller;
}

export interface SecretBundle {
  readonly value: string;
  /** `https://<vault>.vault.azure.net/secrets/<name>/<version>` */
  readonly id: string;
  readonly version: string;
  readonly contentType?: string;
  readonly attributes: JsonObject;
  readonly tags?: Readonly<Record<string, string>>;
  /** Set on the secret behind a certificate: the id of its key. */
  readonly kid?: string;
  /**
   * Provenance, invisible to the client's logic: `from` is the request that fetched it. For the secret behind a
   * certificate the value book holds the material in further forms beside the value's own `as-is` (`CertificateForm`).
   */
  readonly content: ContentRef;
}

/**
 * Forms under which the value book holds what is inside the PFX of a certificate-backed secret, so that nobody in the
 * core has to decode PKCS#12: `key-pem` the PKCS#8 private key, `certs-pem` all certificates in the PFX's order, one PEM
 * block each, and `pfx-der` the decoded PFX.
 */
export type CertificateForm = "key-pem" | "certs-pem" | "pfx-der";

export interface KeyBundle {
  /** Byte fields base64url without padding. */
  readonly key: {
    /** `https://<vault>.vault.azure.net/keys/<name>/<version>` */
    readonly kid: string;
    readonly kty: string;
    readonly key_ops: readonly string[];
    readonly n?: string;
    readonly e?: string;
    readonly crv?: string;
    readonly x?: string;
    readonly y?: string;
  };
  readonly version: string;
  readonly attributes: JsonObject;
  readonly tags?: Readonly<Record<string, string>>;
  /** `as-is` is the JWK as JSON text. */
  readonly content: ContentRef;
}

export interface CertificateBundle {
  /** `https://<vault>.vault.azure.net/certificates/<name>/<version>` */
  readonly id: string;
  readonly kid: string;
  readonly sid: string;
  /** SHA-1 thumbprint, base64url. */
  readonly x5t: string;
  /** DER of the leaf, base64. */
  readonly cer: string;
  readonly version: string;
  readonly contentType: string;
  readonly attributes: JsonObject;
  readonly tags?: Readonly<Record<string, string>>;
  /** `as-is` is the DER of the leaf. */
  readonly content: ContentRef;
}

/** One version of a secret, key or certificate; `created` in Unix seconds. */
export interface VersionItem {
  readonly version: string;
  readonly enabled: boolean;
  readonly created: number;
}

export interface VaultError {
  /** 0: no answer at all; `message` is then Go's error of the connection. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly innerCode?: string;
  /** Set on 401. */
  readonly challenge?: {
    readonly authorization: string;
    readonly resource: string;
  };
  readonly retryAfterSeconds?: number;
}

export type VaultReply =
  | { readonly ok: true; readonly bundle: SecretBundle }
  | { readonly ok: true; readonly key: KeyBundle }
  | { readonly ok: true; readonly certificate: CertificateBundle }
  | { readonly ok: true; readonly versions: readonly VersionItem[] }
  | { readonly ok: false; readonly error: VaultError };

export interface VaultClient {
  request(request: VaultRequest, replyTo: ReplyTo): void;
}

/**
 * What goes wrong on the way to a peer, or at the peer. `drop`: nothing answers until the caller's own patience ends;
 * `refuse`: the connection is refused at once; `slow`: so much longer; `respond`: that answer instead of the real one.
 */
export type FaultEffect =
  | { readonly kind: "drop" | "refuse" }
  | { readonly kind: "slow"; readonly byMs: DurationMs }
  | {
      readonly kind: "respond";
      /** HTTP status. */
      readonly status: number;
      /** Default: what the real service sends with that status. */
      readonly code?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    };

/** For the docs of those who answer: a cause may travel in a reply as plain data. */
export type { Cause, EpochMs, JsonValue };
