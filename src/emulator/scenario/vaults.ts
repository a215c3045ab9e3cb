/** Vaults, their secrets and who may read them: the limits of Key Vault, as it would enforce them. */
import { isJsonObject } from "../../kernel/json.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type {
  AccessPolicy,
  Command,
  SecretAttributes,
  VaultAccess,
} from "../world/commands.ts";
import type { Declared } from "./declared.ts";
import {
  countAt,
  flagAt,
  instantAt,
  positionAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";

/** Source: key-vault.md 2.3. */
const LONGEST_VALUE = 25_600;
const LONGEST_CONTENT_TYPE = 255;
const MOST_TAGS = 15;
const LONGEST_TAG = 512;

/** Source: key-vault.md 6.3. */
const PERMISSIONS = {
  secrets: "get list set delete recover backup restore purge",
  keys: "get list update create import delete recover backup restore decrypt encrypt unwrapKey wrapKey verify sign purge release rotate getrotationpolicy setrotationpolicy",
  certificates:
    "get list create import update delete recover backup restore purge managecontacts manageissuers getissuers listissuers setissuers deleteissuers",
} as const;

/** Names of all vaults and secrets, also of those with mistakes elsewhere, so that one slip is reported once. */
export function declareVaults(context: LoadContext, declared: Declared): void {
  const vaults = context.checked.raw(["vaults"]);
  declared.vaultsKnown = vaults === undefined || Array.isArray(vaults);
  for (let i = 0; i < countAt(context, ["vaults"]); i++) {
    const path = ["vaults", i];
    const name = context.checked.raw([...path, "name"]);
    if (typeof name !== "string") {
      declared.vaultsKnown = false;
      continue;
    }
    checkVaultName(context, [...path, "name"], name);
    if (!declared.addVault(name))
      reportAt(context, [...path, "name"], {
        message: `the vault "${name}" stands twice here; names are equal whatever their case`,
        fix: "remove one of them, or give it another name",
      });
    declareSecrets(context, declared, { path, vault: name });
  }
}

function declareSecrets(
  context: LoadContext,
  declared: Declared,
  { path, vault }: { readonly path: Path; readonly vault: string },
): void {
  const seen = new Set<string>();
  for (const name of context.checked.document.keys([...path, "secrets"])) {
    declared.addSecret(vault, name);
    const at = [...path, "secrets", name];
    checkSecretName(context, at, name, "key");
    if (seen.has(name.toLowerCase()))
      context.problems.add(
        context.checked.document.atKey(at),
        `the secret "${name}" stands twice here; names are equal whatever their case`,
        "remove one of them, or set the new value in a step",
      );
    seen.add(name.toLowerCase());
  }
}

/** The commands that make the vaults and set their secrets, in the file's order. */
export function vaultCommands(context: LoadContext): Command[] {
  const commands: Command[] = [];
  for (let i = 0; i < countAt(context, ["vaults"]); i++) {
    const path = ["vaults", i];
    const vault = textAt(context, [...path, "name"]);
    if (vault === null) continue;
    const access = readVaultAccess(context, [...path, "access"]);
    if (access) commands.push({ kind: "createVault", vault, access });
    for (const name of context.checked.document.keys([...path, "secrets"])) {
      const secret = readSecret(context, [...path, "secrets", name]);
      if (secret) commands.push({ kind: "setSecret", vault, name, ...secret });
    }
  }
  return commands;
}

function checkVaultName(context: LoadContext, path: Path, name: string): void {
  if (/^(?!.*--)[A-Za-z][-A-Za-z0-9]{1,22}[A-Za-z0-9]$/.test(name)) return;
  reportAt(context, path, {
    message: `"${name}" is no name of a vault`,
    fix: "use 3 to 24 letters, digits and single dashes, starting with a letter",
  });
}

/** `part`: whether the name is a key of a mapping or a value. */
export function checkSecretName(
  context: LoadContext,
  path: Path,
  name: string,
  part: "key" | "value" = "value",
): void {
  if (/^[0-9a-zA-Z-]{1,127}$/.test(name)) return;
  const { document } = context.checked;
  context.problems.add(
    part === "key" ? document.atKey(path) : document.at(path),
    `"${name}" is no name of a secret`,
    "use 1 to 127 letters, digits and dashes",
  );
}

/** The secret at `path`, short (its value) or long. Null when something is wrong with it. */
export function readSecret(
  context: LoadContext,
  path: Path,
): ({ readonly value: string } & SecretAttributes) | null {
  const short = textAt(context, path);
  const valuePath = short === null ? [...path, "value"] : path;
  const value = short ?? textAt(context, valuePath);
  if (value === null) return null;
  if (value.length > LONGEST_VALUE) {
    reportAt(context, valuePath, {
      message: `Secret is beyond the maximum permitted length of ${LONGEST_VALUE} characters.`,
      fix: `shorten it: it has ${value.length}`,
    });
    return null;
  }
  return short === null
    ? { value, ...readAttributes(context, path) }
    : { value };
}

/** The attributes that stand at `path`; what is not written stays absent. */
export function readAttributes(
  context: LoadContext,
  path: Path,
): SecretAttributes {
  const enabled = flagAt(context, [...path, "enabled"]);
  const notBefore = instantAt(context, [...path, "notBefore"]);
  const expires = instantAt(context, [...path, "expires"]);
  const contentType = textAt(context, [...path, "contentType"]);
  const tags = context.checked.get([...path, "tags"]);
  if (contentType !== null && contentType.length > LONGEST_CONTENT_TYPE)
    reportAt(context, [...path, "contentType"], {
      message: `contentType has ${contentType.length} characters; Key Vault takes ${LONGEST_CONTENT_TYPE}`,
    });
  if (isJsonObject(tags)) checkTags(context, [...path, "tags"], tags);
  return {
    ...(enabled !== null && { enabled }),
    ...(notBefore !== null && { notBefore }),
    ...(expires !== null && { expires }),
    ...(contentType !== null && { contentType }),
    ...(isJsonObject(tags) && { tags: tags as Record<string, string> }),
  };
}

function checkTags(context: LoadContext, path: Path, tags: object): void {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS)
    reportAt(context, path, {
      message: `${entries.length} tags; Key Vault takes ${MOST_TAGS}`,
    });
  for (const [key, value] of entries)
    if (key.length > LONGEST_TAG || String(value).length > LONGEST_TAG)
      reportAt(context, [...path, key], {
        message: `a tag's name and value have at most ${LONGEST_TAG} characters each`,
      });
}

/** `open` when nothing is written. */
function readVaultAccess(context: LoadContext, path: Path): VaultAccess | null {
  const written = context.checked.raw(path);
  return written === undefined || written === "open"
    ? { mode: "open" }
    : readAccess(context, path);
}

/** Access by `mode` at `path`, of a vault or of a step. Null when something is wrong, or not built. */
export function readAccess(
  context: LoadContext,
  path: Path,
): VaultAccess | null {
  const written = context.checked.raw(path);
  const mode = isJsonObject(written) ? written["mode"] : undefined;
  if (mode === "rbac")
    reportAt(context, [...path, "mode"], {
      message: 'the access mode "rbac" is not built yet in this version',
      fix: "use open or accessPolicy",
    });
  if (context.checked.isBad(path)) return null;
  if (mode === "open") return { mode };
  if (mode !== "accessPolicy") return null;
  const policies: AccessPolicy[] = [];
  for (let i = 0; i < countAt(context, [...path, "policies"]); i++)
    policies.push(readPolicy(context, [...path, "policies", i]));
  return { mode, policies };
}

function readPolicy(context: LoadContext, path: Path): AccessPolicy {
  const objectId = textAt(context, [...path, "objectId"]);
  const spn = textAt(context, [...path, "spn"]);
  if ((objectId === null) === (spn === null))
    reportAt(context, path, {
      message: "a policy is for one identity",
      fix: 'give "objectId", or "spn" with a client id',
    });
  const permissions: Record<string, string[]> = {};
  for (const [collection, known] of Object.entries(PERMISSIONS)) {
    const at = [...path, "permissions", collection];
    if (context.checked.get(at) === undefined) continue;
    permissions[collection] = readPermissions(context, at, known.split(" "));
  }
  return {
    ...(objectId !== null && { objectId }),
    ...(spn !== null && { spn }),
    permissions,
  };
}

/** In Key Vault's spelling, each once; `all` stands for all of them. */
function readPermissions(
  context: LoadContext,
  path: Path,
  known: readonly string[],
): string[] {
  const granted = new Set<string>();
  for (let i = 0; i < countAt(context, path); i++) {
    const word = textAt(context, [...path, i]) ?? "";
    const spelled = known.find(
      (name) => name.toLowerCase() === word.toLowerCase(),
    );
    if (word.toLowerCase() === "all")
      for (const name of known) granted.add(name);
    else if (spelled !== undefined) granted.add(spelled);
    else
      context.problems.add(
        positionAt(context, [...path, i]),
        `there is no permission "${word}"${didYouMean(word, known)}`,
        `known: all, ${known.join(", ")}`,
      );
  }
  return [...granted];
}
