/** Steps that break something for a while: `restart` and `fault`. */
import type { FaultEffect } from "../../cluster-sim/ports.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command, Fault } from "../world/commands.ts";
import { VAULT_OPERATIONS } from "../world/kinds.ts";
import type { Declared } from "./declared.ts";
import {
  durationAt,
  numberAt,
  positionAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";

const RESTARTED = [
  "node",
  "kubelet",
  "driver",
  "provider",
  "apiServer",
  "reloader",
  "lane",
] as const;

/** Null when something is wrong with the step, which is reported then. */
export function readRestart(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const value = context.checked.get(path);
  const what = RESTARTED.find((name) => isJsonObject(value) && name in value);
  if (what === undefined) return null;
  const node = readRestarted(context, declared, [...path, what]);
  if (node === undefined) return null;
  const downForMs = durationAt(context, [...path, "downFor"]);
  return { kind: "restart", what, node, downForMs };
}

/** What is restarted, by name: null for all of them, undefined for one that is not there. */
function readRestarted(
  context: LoadContext,
  declared: Declared,
  path: Path,
): string | null | undefined {
  const name = textAt(context, path);
  switch (path.at(-1)) {
    case "lane":
      return name === null
        ? undefined
        : (declared.lane(name, positionAt(context, path)) ?? undefined);
    case "reloader":
      // Its pods get their names while the run goes on.
      return name;
    default:
      return readNode(context, declared, path);
  }
}

/** Null when something is wrong with the step, which is reported then. */
export function readRefresh(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const at = [...path, "lane"];
  const name = textAt(context, at);
  const lane =
    name === null ? null : declared.lane(name, positionAt(context, at));
  return lane === null ? null : { kind: "refreshLane", lane };
}

/** Null for every node, undefined for one that is not there. */
function readNode(
  context: LoadContext,
  declared: Declared,
  path: Path,
): string | null | undefined {
  const name = textAt(context, path);
  if (name === null) return null;
  return declared.node(name, positionAt(context, path)) ? name : undefined;
}

/** Null when something is wrong with the step, which is reported then. */
export function readFault(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const forMs = durationAt(context, [...path, "for"]);
  const effect = readEffect(context, path);
  const written = context.checked.get(path);
  if (!isJsonObject(written) || forMs === null || effect === null) return null;
  const fault = readTarget(context, declared, { path, written, effect });
  return fault && { kind: "fault", fault, forMs };
}

function readTarget(
  context: LoadContext,
  declared: Declared,
  of: {
    readonly path: Path;
    readonly written: object;
    readonly effect: FaultEffect;
  },
): Fault | null {
  const { path, written, effect } = of;
  if ("vault" in written)
    return readVaultFault(context, declared, path, effect);
  if ("entra" in written) return { target: "entra", effect };
  if ("apiServer" in written) return { target: "apiServer", effect };
  const nodeAt = (key: string) => readNode(context, declared, [...path, key]);
  if ("provider" in written) {
    const node = nodeAt("provider");
    return node === undefined ? null : { target: "provider", node, effect };
  }
  if ("watches" in written) {
    const node = nodeAt("watches");
    return node === undefined ? null : { target: "watch", node };
  }
  const node = nodeAt("link");
  const to = textAt(context, [...path, "to"]);
  const peer = (["vault", "entra", "apiServer"] as const).find(
    (name) => name === to,
  );
  return node === undefined || peer === undefined
    ? null
    : { target: "link", node, to: peer, effect };
}

function readVaultFault(
  context: LoadContext,
  declared: Declared,
  path: Path,
  effect: FaultEffect,
): Fault | null {
  const named = textAt(context, [...path, "vault"]) ?? "";
  const vault = declared.vault(named, positionAt(context, [...path, "vault"]));
  const operation = textAt(context, [...path, "operation"]);
  if (operation !== null && !VAULT_OPERATIONS.includes(operation))
    reportAt(context, [...path, "operation"], {
      message: `there is no operation "${operation}"${didYouMean(operation, VAULT_OPERATIONS)}`,
      fix: "operations are those of the audit log: SecretGet, KeyGet, CertificateGet …",
    });
  if (vault === null) return null;
  const objectPath = [...path, "object"];
  const name = textAt(context, objectPath);
  const object =
    name === null
      ? null
      : declared.vaultObject(vault, name, positionAt(context, objectPath));
  if (name !== null && object === null) return null;
  return { target: "vault", vault, operation, object, effect };
}

/** The one effect of a fault. Null when it is wrong. */
function readEffect(context: LoadContext, path: Path): FaultEffect | null {
  const byMs = durationAt(context, [...path, "latency"]);
  if (byMs !== null) return { kind: "slow", byMs };
  for (const kind of ["drop", "refuse"] as const)
    if (context.checked.get([...path, kind]) === true) return { kind };
  const respond = [...path, "respond"];
  const short = numberAt(context, respond);
  if (short !== null) return { kind: "respond", status: short };
  const status = numberAt(context, [...respond, "status"]);
  if (status === null || context.checked.isBad(respond)) return null;
  const code = textAt(context, [...respond, "code"]);
  const message = textAt(context, [...respond, "message"]);
  const retryAfter = durationAt(context, [...respond, "retryAfter"]);
  if (retryAfter !== null && retryAfter % SECOND_MS !== 0)
    reportAt(context, [...respond, "retryAfter"], {
      message: "Retry-After is a whole number of seconds",
      fix: "write it like 30s",
    });
  return {
    kind: "respond",
    status,
    ...(code !== null && { code }),
    ...(message !== null && { message }),
    ...(retryAfter !== null && {
      retryAfterSeconds: retryAfter / SECOND_MS,
    }),
  };
}
