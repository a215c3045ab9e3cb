/**
 * How a client meets the vault: request, token, answer. The same shapes as the port `VaultClient` that the cluster's
 * rooms declare; they meet by structure, since neither room knows the other (a test holds them together).
 * Source: Azure Key Vault REST reference, secrets, keys and certificates, api-version 7.4; Key Vault reference sheet, sections 1.5, 2.2, 3, 4, 5.1, 10.5.
 */
import type { ContentRef } from "../kernel/content.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { KeyVaultError } from "./errors.ts";

/** The claims of an access token; the signature was checked before, at the door. Times are Unix seconds. */
export interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly tid: string;
  readonly oid: string;
  readonly appid: string;
  readonly appidacr: string;
  readonly idtyp: "app" | "user";
  readonly exp: number;
  readonly upn?: string;
  readonly xms_mirid?: string;
  /** Object ids of the groups that the token tells about; only their number shows in error texts. */
  readonly groups?: readonly string[];
}

/** Who sends a request, as the audit log sees it. */
export interface VaultCaller {
  readonly pod: string | null;
  /** What the request's draws are named by; absent: `pod`. */
  readonly lineage?: string;
  /** Which of several like reads that it always makes one after the other, from 0; absent: 0. Each folds with its own. */
  readonly turn?: number;
  readonly node: string | null;
  readonly ip: string;
  readonly userAgent: string;
}

/** A read by a simulated client; `operation` by its audit name. */
export interface VaultRequest {
  readonly vault: string;
  readonly operation: string;
  readonly name: string;
  /** Null: the newest. */
  readonly version: string | null;
  readonly apiVersion: string;
  readonly token: TokenClaims | null;
  readonly caller: VaultCaller;
}

/** A secret without its value, as PATCH and recover answer. Omitted: `previousVersion` (behind certificates only). */
export interface SecretProperties {
  /** `https://<vault>.vault.azure.net/secrets/<name>/<version>` */
  readonly id: string;
  readonly version: string;
  readonly contentType?: string;
  readonly attributes: JsonObject;
  readonly tags?: Readonly<Record<string, string>>;
  /** Both set on the secret behind a certificate: the id of its key. */
  readonly kid?: string;
  readonly managed?: true;
}

export interface SecretBundle extends SecretProperties {
  readonly value: string;
  /** Provenance, no part of the wire shape: `from` is the audit fact of the request that answered it. */
  readonly content: ContentRef;
}

/** `id` has no version; the attributes are those of the newest version. */
export type SecretItem = Omit<SecretProperties, "version" | "kid">;

/** A secret in the list as a simulated client reads it. Times are Unix seconds. */
export interface ListedSecret {
  readonly name: string;
  readonly enabled: boolean;
  readonly created: number;
  readonly updated: number;
}

/** Dates are Unix seconds. */
export interface DeletedSecretItem extends SecretItem {
  readonly recoveryId: string;
  readonly deletedDate: number;
  readonly scheduledPurgeDate: number;
}

export interface VersionItem {
  readonly version: string;
  readonly enabled: boolean;
  /** Unix seconds. */
  readonly created: number;
}

/** Byte fields base64url without padding. Omitted: `release_policy`. */
export interface KeyBundle {
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
  /** Set on the key behind a certificate. */
  readonly managed?: true;
  /** As of a secret; `as-is` is the JWK as JSON text. */
  readonly content: ContentRef;
}

/** Omitted: `policy`, `pending`. */
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
  /** As of a secret; `as-is` is the DER of the leaf. */
  readonly content: ContentRef;
}

export interface Refusal {
  readonly ok: false;
  readonly error: KeyVaultError;
}

/** What an operation comes to: a result, or the error that a client gets. Errors of the model are values. */
export type Outcome<Result> = ({ readonly ok: true } & Result) | Refusal;

export type VaultReply =
  | { readonly ok: true; readonly bundle: SecretBundle }
  | { readonly ok: true; readonly key: KeyBundle }
  | { readonly ok: true; readonly certificate: CertificateBundle }
  | { readonly ok: true; readonly versions: readonly VersionItem[] }
  | {
      readonly ok: true;
      readonly secrets: readonly ListedSecret[];
      /** `$skiptoken` of the next page; null on the last. */
      readonly next: string | null;
    }
  | Refusal;
