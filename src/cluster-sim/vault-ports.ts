/**
 * What components of the cluster, on nodes and beside them, ask of Entra ID and of the vault. Each call's answer is a later
 * event (`kernel/port.ts`).
 */
import type { ContentRef } from "../kernel/content.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { ReplyTo } from "../kernel/port.ts";

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
  /** `namespace/name` of the pod on whose behalf, `lane/NAME` of a lane that is no pod of the run, or null for somebody outside. */
  readonly pod: string | null;
  /** What the request's draws are named by; absent: `pod`. */
  readonly lineage?: string;
  /** Which of several like reads that it always makes one after the other, from 0; absent: 0. Each folds with its own. */
  readonly turn?: number;
  readonly node: string | null;
  readonly ip: string;
  readonly userAgent: string;
}

/** A simulated client's reads, by their audit names. */
export type VaultReadOperation =
  | "SecretGet"
  /** All secrets of the vault, a page at a time; `name` is empty, `version` the `$skiptoken` of a later page. */
  | "SecretList"
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

/** One secret in the vault's list: its attributes, never a value. Times in Unix seconds. */
export interface SecretItem {
  readonly name: string;
  readonly enabled: boolean;
  readonly created: number;
  readonly updated: number;
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
  | {
      readonly ok: true;
      /** One page of at most 25. */
      readonly secrets: readonly SecretItem[];
      /** `$skiptoken` of the next page; null: this was the last. */
      readonly next: string | null;
    }
  | { readonly ok: false; readonly error: VaultError };

export interface VaultClient {
  request(request: VaultRequest, replyTo: ReplyTo): void;
}
