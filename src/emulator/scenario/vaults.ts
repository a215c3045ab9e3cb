/** Vaults of the head and who may read them: the limits of Key Vault, as it would enforce them. */
import { isJsonObject } from "../../kernel/json.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { AccessPolicy, Command, VaultAccess } from "../world/commands.ts";
import type { Collection, Declared } from "./declared.ts";
import { countAt, positionAt, reportAt, textAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import {
  checkObjectName,
  ONE_OF,
  readCertificate,
  readKey,
  readSecret,
} from "./vault-objects.ts";

const COLLECTIONS: readonly Collection[] = ["secrets", "keys", "certificates"];

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
    for (const collection of COLLECTIONS)
      declareObjects(context, declared, { path, vault: name, collection });
  }
}

function declareObjects(
  context: LoadContext,
  declared: Declared,
  of: {
    readonly path: Path;
    readonly vault: string;
    readonly collection: Collection;
  },
): void {
  const { path, vault, collection } = of;
  const one = ONE_OF[collection];
  const seen = new Set<string>();
  for (const name of context.checked.document.keys([...path, collection])) {
    declared.addVaultObject(vault, collection, name);
    const at = [...path, collection, name];
    checkObjectName(context, at, { name, one, part: "key" });
    if (seen.has(name.toLowerCase()))
      context.problems.add(
        context.checked.document.atKey(at),
        `the ${one} "${name}" stands twice here; names are equal whatever their case`,
        `remove one of them, or set the new ${collection === "secrets" ? "value" : "version"} in a step`,
      );
    seen.add(name.toLowerCase());
  }
}

/** The commands that make the vaults and what is in them: secrets, keys, certificates, each in the file's order. */
export function vaultCommands(context: LoadContext): Command[] {
  const commands: Command[] = [];
  for (let i = 0; i < countAt(context, ["vaults"]); i++) {
    const path = ["vaults", i];
    const vault = textAt(context, [...path, "name"]);
    if (vault === null) continue;
    const access = readVaultAccess(context, [...path, "access"]);
    if (access) commands.push({ kind: "createVault", vault, access });
    const namesIn = (collection: Collection) =>
      context.checked.document.keys([...path, collection]);
    for (const name of namesIn("secrets")) {
      const secret = readSecret(context, [...path, "secrets", name]);
      if (secret) commands.push({ kind: "setSecret", vault, name, ...secret });
    }
    for (const name of namesIn("keys")) {
      const key = readKey(context, [...path, "keys", name]);
      if (key) commands.push({ kind: "setKey", vault, name, ...key });
    }
    for (const name of namesIn("certificates")) {
      const made = readCertificate(context, [...path, "certificates", name]);
      if (made) commands.push({ kind: "setCertificate", vault, name, ...made });
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
