/**
 * Who may do what: vaults that are open to every valid token, and the access policy model.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/{assign-access-policy,rest-error-codes}.md; Key Vault
 * reference sheet, sections 6.1 and 6.3. That `all` leaves out `purge`: the warning of Azure PowerShell's
 * Set-AzKeyVaultAccessPolicy.
 */
import { KeyturnError } from "../kernel/errors.ts";
import { MOST_ACCESS_POLICIES } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { TokenClaims } from "./requests.ts";
import type { Collection } from "./vault-object.ts";
import type { Vault } from "./vault.ts";

/** Rights of one identity on the whole vault. `spn` is a client id, an alternative to `objectId`; ids compare without case. */
export interface AccessPolicy {
  readonly objectId?: string;
  readonly spn?: string;
  /** Names compare without case; `all` grants every one but `purge`. */
  readonly permissions: {
    readonly secrets?: readonly string[];
    readonly keys?: readonly string[];
    readonly certificates?: readonly string[];
  };
}

export type VaultAccess =
  | { readonly mode: "open" }
  | {
      readonly mode: "accessPolicy";
      readonly policies: readonly AccessPolicy[];
    };

/** What a request needs: a name of the collection's permissions. */
export interface Permission {
  readonly collection: Collection;
  readonly permission: string;
}

const NAMES = {
  secrets: "all get list set delete recover backup restore purge",
  keys: "all get list update create import delete recover backup restore decrypt encrypt unwrapKey wrapKey verify sign purge release rotate getrotationpolicy setrotationpolicy",
  certificates:
    "all get list create import update delete recover backup restore purge managecontacts manageissuers getissuers listissuers setissuers deleteissuers",
} as const;

const PERMISSIONS = {
  secrets: new Set(NAMES.secrets.toLowerCase().split(" ")),
  keys: new Set(NAMES.keys.toLowerCase().split(" ")),
  certificates: new Set(NAMES.certificates.toLowerCase().split(" ")),
} as const;

/**
 * The access settings in the form that `authorize` reads: ids and permission names in lower case.
 * Throws a KeyturnError for an unknown permission, a policy for nobody, and more policies than a vault takes.
 */
export function checkedAccess(vault: string, access: VaultAccess): VaultAccess {
  if (access.mode === "open") return { mode: "open" };
  const { policies } = access;
  if (policies.length > MOST_ACCESS_POLICIES)
    throw invalidPolicy(
      vault,
      `a vault takes at most ${MOST_ACCESS_POLICIES} access policies, these are ${policies.length}`,
    );
  return {
    mode: "accessPolicy",
    policies: policies.map((policy) => checkedPolicy(vault, policy)),
  };
}

function checkedPolicy(vault: string, policy: AccessPolicy): AccessPolicy {
  const { objectId, spn, permissions } = policy;
  if (objectId === undefined && spn === undefined)
    throw invalidPolicy(
      vault,
      "an access policy needs an objectId or an spn to say for whom it is",
    );
  const checked: Record<string, readonly string[]> = {};
  for (const type of ["secrets", "keys", "certificates"] as const)
    checked[type] = (permissions[type] ?? []).map((name) => {
      const known = name.toLowerCase();
      if (!PERMISSIONS[type].has(known))
        throw invalidPolicy(
          vault,
          `${JSON.stringify(name)} is no permission on ${type}; there are ${NAMES[type].replaceAll(" ", ", ")}`,
        );
      return known;
    });
  return {
    ...(objectId === undefined ? {} : { objectId: objectId.toLowerCase() }),
    ...(spn === undefined ? {} : { spn: spn.toLowerCase() }),
    permissions: checked,
  };
}

function invalidPolicy(vault: string, reason: string): KeyturnError {
  return new KeyturnError(
    "InvalidAccessPolicy",
    `Failed to set the access of vault ${vault}: ${reason}`,
  );
}

/** Null when the token's owner has the permission, else the 403. The vault's access is as `checkedAccess` left it. */
export function authorize(
  vault: Vault,
  { collection, permission }: Permission,
  token: TokenClaims,
): KeyVaultError | null {
  const { access } = vault;
  if (access.mode === "open") return null;
  const oid = token.oid.toLowerCase();
  const appid = token.appid.toLowerCase();
  for (const policy of access.policies)
    if (
      (policy.objectId === oid || policy.spn === appid) &&
      grants(policy.permissions[collection]!, permission)
    )
      return null;
  const denial = {
    caller: callerString(token),
    collection,
    permission,
    vault: vault.name,
    region: vault.region,
  };
  return permission === "purge"
    ? keyVaultErrors.purgeDenied(denial)
    : keyVaultErrors.accessDenied(denial);
}

function grants(names: readonly string[], permission: string): boolean {
  return (
    names.includes(permission) ||
    (permission !== "purge" && names.includes("all"))
  );
}

/** How error texts name a caller: `appid=…;oid=…;iss=…`, with `numgroups` where the token tells groups. */
export function callerString(token: TokenClaims): string {
  const { appid, oid, iss, groups } = token;
  const numgroups = groups === undefined ? "" : `numgroups=${groups.length};`;
  return `appid=${appid};oid=${oid};${numgroups}iss=${iss}`;
}
