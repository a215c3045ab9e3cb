/** What commands act on, in words. */
import type { JsonObject } from "../../kernel/json.ts";
import type { Command } from "./commands.ts";
import { aboutFault } from "./fault-texts.ts";

/** What a command acts on, for facts and messages. */
export function targetOf(command: Command): string {
  switch (command.kind) {
    case "createVault":
    case "access":
      return command.vault;
    case "setSecret":
    case "updateSecret":
    case "deleteSecret":
    case "recoverSecret":
    case "purgeSecret":
      return `${command.vault}/secrets/${command.name}`;
    case "setKey":
      return `${command.vault}/keys/${command.name}`;
    case "setCertificate":
      return `${command.vault}/certificates/${command.name}`;
    case "apply": {
      const { kind } = command.object;
      const metadata = (command.object["metadata"] ?? {}) as JsonObject;
      const { namespace, name } = metadata;
      return [namespace, kind, name]
        .filter((part) => typeof part === "string")
        .join("/");
    }
    case "delete":
    case "patch":
    case "scale":
    case "rolloutRestart":
      return `${command.namespace}/${command.objectKind}/${command.name}`;
    case "exec":
    case "kill":
      // A workload's name has its kind already.
      return command.pod.includes("/")
        ? `${command.namespace}/${command.pod}`
        : `${command.namespace}/Pod/${command.pod}`;
    case "createLane":
      return `lane ${command.lane.name}`;
    case "refreshLane":
      return `lane ${command.lane}`;
    case "createDatabase":
      return `database ${command.database.name}`;
    case "settings":
      return "settings";
    case "restart": {
      const { what, node } = command;
      if (what === "apiServer") return what;
      if (what === "reloader") return node === null ? what : `${what} ${node}`;
      return `${what} ${node ?? "every node"}`;
    }
    case "fault":
      return aboutFault(command.fault);
  }
}
