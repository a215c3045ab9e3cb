/** What a fixture's kubectl verbs come to as commands; a mistake that kubectl itself would find throws. */
import { KeyturnError } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { readObject } from "./fixture-checks.ts";
import type { CommandBody } from "./world/commands.ts";

export function deleteCommand(object: string, namespace: string): CommandBody {
  const parts = object.split("/");
  const [scope, objectKind, name] =
    parts.length === 2 ? [namespace, ...parts] : parts;
  if (name === undefined || parts.length > 3)
    throw new KeyturnError(
      "BadObjectName",
      `Failed to delete ${JSON.stringify(object)}: an object is [NAMESPACE/]KIND/NAME, like pod/busybox`,
    );
  return {
    kind: "delete",
    namespace: scope!,
    objectKind: objectKind!,
    name,
  };
}

export function scaleCommand(
  object: string,
  replicas: number,
  namespace: string,
): CommandBody {
  const named = readObject("scale", object, namespace);
  if (!Number.isSafeInteger(replicas) || replicas < 0)
    throw new KeyturnError(
      "BadReplicas",
      `Failed to scale ${object} to ${String(replicas)}: give a whole number from 0 on`,
    );
  return { kind: "scale", ...named, replicas };
}

export function rolloutRestartCommand(
  object: string,
  namespace: string,
): CommandBody {
  const named = readObject("restart", object, namespace);
  return { kind: "rolloutRestart", ...named };
}

/** The body is a copy: the caller's own stays his. */
export function patchCommand(
  object: string,
  patch: {
    readonly type: "strategic" | "merge" | "json";
    readonly body: JsonObject | readonly JsonObject[];
  },
  namespace: string,
): CommandBody {
  const named = readObject("patch", object, namespace);
  const body = JSON.parse(JSON.stringify(patch.body)) as typeof patch.body;
  return { kind: "patch", ...named, patchType: patch.type, body };
}
