/** Steps of `kubectl`'s workload verbs: `patch`, `scale`, `rolloutRestart`. */
import { isJsonObject } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command } from "../world/commands.ts";
import type { Declared } from "./declared.ts";
import { numberAt, positionAt, reportAt, textAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import { manifestRules } from "./kubernetes-yaml.ts";
import { parseObjectName } from "./names.ts";
import type { ObjectName } from "./names.ts";

/** The object is one that the scenario knows. Null when something is wrong, which is reported then. */
export function readPatch(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const object = readObject(context, declared, [...path, "object"], "value");
  const patchType = readPatchType(context, path);
  const body = readBody(context, [...path, "body"]);
  if (object === null || patchType === null || body === null) return null;
  if (Array.isArray(body) !== (patchType === "json")) {
    reportAt(context, [...path, "body"], {
      message: Array.isArray(body)
        ? "a list of operations is a JSON patch"
        : "a JSON patch is a list of operations",
      fix: Array.isArray(body)
        ? 'add "type: json"'
        : "write it like [{op: replace, path: /spec/replicas, value: 3}]",
    });
    return null;
  }
  return { kind: "patch", ...named(object), patchType, body };
}

function readPatchType(context: LoadContext, path: Path) {
  const at = [...path, "type"];
  if (context.checked.raw(at) === undefined) return "strategic";
  const text = textAt(context, at);
  return text === "strategic" || text === "merge" || text === "json"
    ? text
    : null;
}

/** Read as a manifest is, by Kubernetes' rules; nothing is replaced in steps. */
function readBody(
  context: LoadContext,
  path: Path,
): JsonObject | readonly JsonObject[] | null {
  if (context.checked.isBad(path)) return null;
  const { document } = context.checked;
  const value = document.part(path, (root) =>
    manifestRules({
      source: document.source,
      root,
      variables: null,
      problems: context.problems,
    }),
  )?.value;
  if (Array.isArray(value)) return value.filter(isJsonObject);
  return isJsonObject(value) ? value : null;
}

/** `{deployment/web: 3}`. */
export function readScale(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const [word] = context.checked.document.keys(path);
  if (word === undefined) return null;
  const at = [...path, word];
  const replicas = numberAt(context, at);
  const object = readObject(context, declared, at, "key");
  if (replicas === null || object === null) return null;
  return { kind: "scale", ...named(object), replicas };
}

export function readRolloutRestart(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const object = readObject(context, declared, path, "value");
  return object && { kind: "rolloutRestart", ...named(object) };
}

/** The object that the text at `path`, or the key that ends it, names; null when it is wrong or unknown. */
function readObject(
  context: LoadContext,
  declared: Declared,
  path: Path,
  part: "key" | "value",
): ObjectName | null {
  const { document } = context.checked;
  const text = part === "key" ? String(path.at(-1)) : textAt(context, path);
  if (text === null) return null;
  const at = part === "key" ? document.atKey(path) : positionAt(context, path);
  const parsed = parseObjectName(text, context.namespace, declared.kinds);
  if (!parsed.ok) {
    context.problems.add(at, parsed.message, parsed.fix);
    return null;
  }
  return declared.object(parsed.value, at) ? parsed.value : null;
}

function named({ kind, namespace, name }: ObjectName) {
  return { objectKind: kind, namespace, name };
}
