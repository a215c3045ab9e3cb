/** Commands about workloads, lanes and databases, as steps of a scenario. */
import type { JsonObject } from "../../kernel/json.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Command, DatabaseSpec, LaneSpec } from "../world/commands.ts";

type Workload = Extract<
  Command,
  {
    kind:
      | "patch"
      | "scale"
      | "rolloutRestart"
      | "createLane"
      | "refreshLane"
      | "createDatabase";
  }
>;

export function workloadStep(command: Workload): JsonObject {
  switch (command.kind) {
    case "patch": {
      const { patchType: type, body } = command;
      return { patch: { object: nameOf(command), type, body } };
    }
    case "scale":
      return { scale: { [nameOf(command)]: command.replicas } };
    case "rolloutRestart":
      return { rolloutRestart: nameOf(command) };
    case "createLane":
      return { lane: laneText(command.lane) };
    case "refreshLane":
      return { refresh: { lane: command.lane } };
    case "createDatabase":
      return { database: databaseText(command.database) };
  }
}

/** With its namespace, where it is in one: a journal has none of its own. */
function nameOf({
  namespace,
  objectKind,
  name,
}: Extract<Workload, { objectKind: string }>): string {
  const object = `${objectKind}/${name}`;
  return namespace === "" ? object : `${namespace}/${object}`;
}

function laneText(lane: LaneSpec): JsonObject {
  const { name, kind, vault, secret, version, target, refreshPolicy } = lane;
  const { everyMs, jitterMs, phaseMs } = lane;
  return {
    name,
    kind,
    vault,
    secret,
    ...(version !== null && { version }),
    ...(everyMs !== null && { every: formatDuration(everyMs) }),
    ...(jitterMs > 0 && { jitter: formatDuration(jitterMs) }),
    ...(phaseMs !== null && { phase: formatDuration(phaseMs) }),
    ...(target !== null && {
      target: `${target.namespace}/${target.secret}/${target.key}`,
    }),
    ...(refreshPolicy !== null && { refreshPolicy }),
  };
}

function databaseText(database: DatabaseSpec): JsonObject {
  const { name, vault, secret, credentials, switchAfterMs } = database;
  const switchAfter = formatDuration(switchAfterMs);
  return { name, vault, secret, credentials, switchAfter };
}
