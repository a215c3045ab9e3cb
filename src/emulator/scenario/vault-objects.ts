/** Secrets, keys and certificates as scenarios write them: the limits of Key Vault, as it would enforce them. */
import { isJsonObject } from "../../kernel/json.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type {
  CommandBody,
  KeyKind,
  SecretAttributes,
} from "../world/commands.ts";
import type { Collection } from "./declared.ts";
import { CURVES, KEY_SIZES, KEY_TYPES } from "./key-kinds.ts";
import {
  flagAt,
  instantAt,
  numberAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";

/** Source: key-vault.md 2.3. */
const LONGEST_VALUE = 25_600;
const LONGEST_CONTENT_TYPE = 255;
const MOST_TAGS = 15;
const LONGEST_TAG = 512;

/** What one object of a collection is called. */
export const ONE_OF: Readonly<Record<Collection, string>> = {
  secrets: "secret",
  keys: "key",
  certificates: "certificate",
};

/** `part`: whether the name is a key of a mapping or a value. */
export function checkObjectName(
  context: LoadContext,
  path: Path,
  of: {
    readonly name: string;
    readonly one: string;
    readonly part: "key" | "value";
  },
): void {
  if (/^[0-9a-zA-Z-]{1,127}$/.test(of.name)) return;
  const { document } = context.checked;
  context.problems.add(
    of.part === "key" ? document.atKey(path) : document.at(path),
    `"${of.name}" is no name of a ${of.one}`,
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

type Made<Kind extends CommandBody["kind"]> = Omit<
  Extract<CommandBody, { kind: Kind }>,
  "kind" | "vault" | "name"
>;

/** The key at `path`. Null when something is wrong with it. */
export function readKey(
  context: LoadContext,
  path: Path,
): Made<"setKey"> | null {
  const kind = readKeyKind(context, path);
  if (kind === null || context.checked.isBad(path)) return null;
  const { contentType: _, ...attributes } = readAttributes(context, path);
  return { ...kind, ...attributes };
}

/** The certificate at `path`. Null when something is wrong with it. */
export function readCertificate(
  context: LoadContext,
  path: Path,
): Made<"setCertificate"> | null {
  const key = readKey(context, path);
  if (key === null) return null;
  const contentType = textAt(context, [...path, "contentType"]);
  const chain = flagAt(context, [...path, "chain"]);
  return {
    ...key,
    ...(contentType !== null && {
      contentType: contentType as NonNullable<
        Made<"setCertificate">["contentType"]
      >,
    }),
    ...(chain !== null && { chain }),
  };
}

/** A size goes with RSA, a curve with EC. */
function readKeyKind(context: LoadContext, path: Path): KeyKind | null {
  const written = {
    keyType: textAt(context, [...path, "keyType"]),
    keySize: numberAt(context, [...path, "keySize"]),
    curve: textAt(context, [...path, "curve"]),
  };
  const keyType = KEY_TYPES.find((type) => type === written.keyType);
  const keySize = KEY_SIZES.find((size) => size === written.keySize);
  const curve = CURVES.find((name) => name === written.curve);
  const elliptic = keyType === "EC" || keyType === "EC-HSM";
  const wrong = elliptic ? "keySize" : "curve";
  if (written[wrong] !== null) {
    reportAt(context, [...path, wrong], {
      message: `an ${elliptic ? "EC" : "RSA"} key has no ${wrong}`,
      fix: elliptic
        ? `give "curve": ${CURVES.join(", ")}`
        : `give "keySize": ${KEY_SIZES.join(", ")}; or "keyType: EC"`,
    });
    return null;
  }
  return {
    ...(keyType !== undefined && { keyType }),
    ...(keySize !== undefined && { keySize }),
    ...(curve !== undefined && { curve }),
  };
}
