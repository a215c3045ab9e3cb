/**
 * `kubectl patch`, `scale` and `rollout restart`: what each looks at first, what it then writes, and its own words where it
 * refuses. The server's words are the server's.
 *
 * Source: kubernetes/kubectl v0.36 pkg/cmd/patch/patch.go, pkg/cmd/rollout/rollout_restart.go,
 * pkg/polymorphichelpers/objectrestarter.go, pkg/scale/scale.go; reference sheet kubelet.md 9.1, reloader.md 2.1
 */
import type { ApiServer } from "../../cluster-sim/index.ts";
import { KINDS } from "../../cluster-sim/index.ts";
import type { ApiReply, ApiRequest, Stored } from "../../cluster-sim/ports.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { Command } from "./commands.ts";

type Patch = Extract<Command, { kind: "patch" }>;
type Scale = Extract<Command, { kind: "scale" }>;
type RolloutRestart = Extract<Command, { kind: "rolloutRestart" }>;

export type KubectlOutcome =
  { readonly ok: true } | { readonly ok: false; readonly error: string };

/** Kinds with a `scale` subresource, and those whose template `rollout restart` marks. */
const SCALED = ["Deployment", "ReplicaSet", "StatefulSet"];
const RESTARTED = ["Deployment", "DaemonSet", "StatefulSet"];

/** What `kubectl rollout restart` sets in the template's annotations. */
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

const CALLER = "kubectl";

const refused = (error: string): KubectlOutcome => ({ ok: false, error });

export function patch(apiServer: ApiServer, command: Patch): KubectlOutcome {
  const found = look(apiServer, command);
  if (!("stored" in found)) return found;
  const { patchType, body } = command;
  return ask(apiServer, {
    verb: "patch",
    ...keyOf(command),
    patchType,
    patch: body,
  });
}

export function scale(apiServer: ApiServer, command: Scale): KubectlOutcome {
  const found = look(apiServer, command);
  if (!("stored" in found)) return found;
  if (!SCALED.includes(command.objectKind))
    return refused("the server could not find the requested resource");
  return ask(apiServer, {
    verb: "patch",
    ...keyOf(command),
    patchType: "merge",
    patch: { spec: { replicas: command.replicas } },
  });
}

/** Marks the template with the current second; a second one in the same second changes nothing, which is an error. */
export function rolloutRestart(
  apiServer: ApiServer,
  command: RolloutRestart,
  now: EpochMs,
): KubectlOutcome {
  const found = look(apiServer, command);
  if (!("stored" in found)) return found;
  const { objectKind, name } = command;
  const why = (reason: string) =>
    refused(`error: ${resourceOf(objectKind)} "${name}" ${reason}`);
  if (!RESTARTED.includes(objectKind))
    return why("restarting is not supported");
  const { paused, template } = (found.stored.object["spec"] ?? {}) as {
    readonly paused?: boolean;
    readonly template?: {
      readonly metadata?: { readonly annotations?: Record<string, string> };
    };
  };
  if (objectKind === "Deployment" && paused === true)
    return why("can't restart paused deployment (run rollout resume first)");
  const restartedAt = toRfc3339(now);
  if (template?.metadata?.annotations?.[RESTARTED_AT] === restartedAt)
    return refused(
      `failed to create patch for ${name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
    );
  const annotations = { [RESTARTED_AT]: restartedAt };
  return ask(apiServer, {
    verb: "patch",
    ...keyOf(command),
    patchType: "strategic",
    patch: { spec: { template: { metadata: { annotations } } } },
  });
}

type Named = Pick<Patch, "objectKind" | "namespace" | "name">;

/** Every one of these verbs gets the object before it does anything. */
function look(
  apiServer: ApiServer,
  { objectKind, namespace, name }: Named,
):
  { readonly stored: Stored } | { readonly ok: false; readonly error: string } {
  const answer = apiServer.get(objectKind, namespace, name, CALLER);
  if (!answer.ok) return { ok: false, error: answer.error.message };
  return "stored" in answer
    ? { stored: answer.stored }
    : { ok: false, error: `${resourceOf(objectKind)} "${name}" not found` };
}

function ask(apiServer: ApiServer, request: ApiRequest): KubectlOutcome {
  const reply: ApiReply = apiServer.request(request, CALLER);
  return reply.ok ? { ok: true } : refused(reply.error.message);
}

function keyOf({ objectKind: kind, namespace, name }: Named) {
  return { kind, namespace, name };
}

/** `deployments.apps`. */
function resourceOf(kind: string): string {
  const info = KINDS.find((each) => each.kind === kind);
  if (info === undefined) return kind.toLowerCase();
  return info.group === "" ? info.resource : `${info.resource}.${info.group}`;
}
