/**
 * What the vault reports to the trace. `about` is `<vault>/secrets/<name>`, or the vault for its access policies; that of
 * a request also names who asks for what (see `audit-log.ts`).
 */
import type { FactOf } from "../kernel/trace.ts";

/** A new version, by SecretSet. `ordinal` counts the versions of the name from 1. */
export type SecretSetFact = FactOf<
  "vault.secret.set",
  {
    readonly vault: string;
    readonly name: string;
    readonly version: string;
    readonly ordinal: number;
    readonly enabled: boolean;
  }
>;

/** A new version of a key or a certificate. `ordinal` counts the versions of the name from 1. */
export type ObjectSetFact = FactOf<
  "vault.key.set" | "vault.certificate.set",
  {
    readonly vault: string;
    readonly name: string;
    readonly version: string;
    readonly ordinal: number;
    readonly enabled: boolean;
    /** RSA, EC … and its size or curve: `RSA 2048`, `EC P-256`. */
    readonly keyKind: string;
  }
>;

export type SecretUpdatedFact = FactOf<
  "vault.secret.updated",
  {
    readonly vault: string;
    readonly name: string;
    readonly version: string;
    readonly ordinal: number;
    readonly enabled: boolean;
  }
>;

export type SecretLifeFact = FactOf<
  | "vault.secret.deleted"
  | "vault.secret.delete.finished"
  | "vault.secret.recovered"
  | "vault.secret.recover.finished"
  | "vault.secret.purged"
  | "vault.secret.purge.finished",
  { readonly vault: string; readonly name: string }
>;

export type AccessChangedFact = FactOf<
  "vault.access.changed",
  { readonly vault: string; readonly mode: string; readonly policies: number }
>;

/**
 * One request as the audit log will tell it, allowed or refused; repeated ones are folded. Flat. The draw of the
 * fact gives the correlation id (`Draws.uuid`) and the service time (`serviceTimeMs` in audit.ts).
 * Causes: [the fact that set the version read, or the trigger], then what made the caller ask.
 */
export type VaultRequestFact = FactOf<
  "vault.request",
  {
    readonly vault: string;
    /** Audit operationName: SecretGet, SecretSet, Authentication … */
    readonly operation: string;
    /** HTTP status. */
    readonly status: number;
    /** Error code (`Forbidden`, `SecretNotFound` …) and inner code; null on success. */
    readonly code: string | null;
    readonly innerCode: string | null;
    /** Error text; null on success. */
    readonly message: string | null;
    readonly method: string;
    /** `/secrets/secret1/?api-version=7.4` */
    readonly uri: string;
    /** `secrets`, `keys`, `certificates`, or null where the request names no object. */
    readonly collection: string | null;
    readonly name: string | null;
    /** The version read or written, with its ordinal; null when refused or listing. */
    readonly version: string | null;
    readonly ordinal: number | null;
    readonly apiVersion: string;
    /** `namespace/pod` on whose behalf, or null. */
    readonly pod: string | null;
    readonly node: string | null;
    readonly ip: string;
    readonly userAgent: string;
    /** Claims of the caller; null on Authentication. */
    readonly oid: string | null;
    readonly appid: string | null;
    readonly appidacr: string | null;
    readonly idtyp: string | null;
    readonly upn: string | null;
    readonly tid: string | null;
  }
>;

export type KeyVaultFact =
  | SecretSetFact
  | ObjectSetFact
  | SecretUpdatedFact
  | SecretLifeFact
  | AccessChangedFact
  | VaultRequestFact;
