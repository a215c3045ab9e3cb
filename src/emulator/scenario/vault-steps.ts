/** Steps that act on a vault: versions, attributes, soft delete, access. */
import { isJsonObject } from "../../kernel/json.ts";
import type { JsonValue } from "../../kernel/json.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command } from "../world/commands.ts";
import type { Collection, Declared } from "./declared.ts";
import { positionAt, textAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import {
  checkObjectName,
  ONE_OF,
  readAttributes,
  readCertificate,
  readKey,
  readSecret,
} from "./vault-objects.ts";
import { readAccess } from "./vaults.ts";

/** Steps that make an object known by its name, and where it then is. */
const MADE_BY: Readonly<Record<string, Collection>> = {
  setSecret: "secrets",
  setKey: "keys",
  setCertificate: "certificates",
};

/** Declares what a step brings into a vault; nothing for other steps. */
export function declareVaultStep(
  declared: Declared,
  kind: string,
  detail: JsonValue | undefined,
): void {
  const collection = MADE_BY[kind];
  if (collection === undefined || !isJsonObject(detail)) return;
  const { vault, name } = detail;
  if (typeof vault === "string" && typeof name === "string")
    declared.addVaultObject(vault, collection, name);
}

/** Null when something is wrong with the step, which is reported then. */
export function readVaultStep(
  context: LoadContext,
  declared: Declared,
  { kind, detail }: { readonly kind: string; readonly detail: Path },
): Command | null {
  const vaultPath = [...detail, "vault"];
  const named = textAt(context, vaultPath);
  const vault =
    named === null
      ? null
      : declared.vault(named, positionAt(context, vaultPath));
  if (kind === "access") {
    const access = readAccess(context, detail);
    return vault !== null && access ? { kind, vault, access } : null;
  }
  const namePath = [...detail, "name"];
  const name = textAt(context, namePath);
  if (vault === null || name === null) return null;
  const collection = MADE_BY[kind];
  if (collection !== undefined) {
    const one = ONE_OF[collection];
    checkObjectName(context, namePath, { name, one, part: "value" });
    return readMade(context, detail, { kind, vault, name });
  }
  if (!declared.secret(vault, name, positionAt(context, namePath))) return null;
  if (context.checked.isBad(detail)) return null;
  if (kind === "updateSecret") {
    const version = textAt(context, [...detail, "version"]);
    return {
      kind,
      vault,
      name,
      ...(version !== null && { version }),
      ...readAttributes(context, detail),
    };
  }
  return kind === "deleteSecret" ||
    kind === "recoverSecret" ||
    kind === "purgeSecret"
    ? { kind, vault, name }
    : null;
}

function readMade(
  context: LoadContext,
  detail: Path,
  of: { readonly kind: string; readonly vault: string; readonly name: string },
): Command | null {
  const { vault, name } = of;
  switch (of.kind) {
    case "setSecret": {
      const secret = readSecret(context, detail);
      return secret && { kind: "setSecret", vault, name, ...secret };
    }
    case "setKey": {
      const key = readKey(context, detail);
      return key && { kind: "setKey", vault, name, ...key };
    }
    default: {
      const made = readCertificate(context, detail);
      return made && { kind: "setCertificate", vault, name, ...made };
    }
  }
}
