/** What each command does: one branch a kind, each a call of the room that owns it. */
import type { DatabaseSpec, Databases } from "../../azure-mock/index.ts";
import type { ApiServer, LaneSpec } from "../../cluster-sim/index.ts";
import type { KeyVault, Outcome } from "../../keyvault-mock/index.ts";
import { changeSettings } from "./change-settings.ts";
import type { Command } from "./commands.ts";
import { patch, rolloutRestart, scale } from "./kubectl.ts";
import { execInPod, killContainer } from "./pod-access.ts";
import type { RestartTarget } from "./restarts.ts";
import { restart } from "./restarts.ts";

export type CommandOutcome =
  /** `version`: of a setSecret, setKey or setCertificate, 32 hex digits. */
  | { readonly ok: true; readonly version?: string }
  /** The real system's error, its text intact. */
  | { readonly ok: false; readonly error: string };

/** What commands act on: the parts of a world. */
export interface CommandTarget extends RestartTarget {
  readonly vaults: KeyVault;
  readonly databases: Databases;
}

type VaultCommand = Extract<Command, { readonly vault: string }>;

/** Runs inside the command's instant; every fact it leads to has the command as its cause. */
export function perform(
  world: CommandTarget,
  command: Command,
): CommandOutcome {
  switch (command.kind) {
    case "apply":
      return apiOutcome(
        world.apiServer.apply(command.object, { by: "kubectl" }),
      );
    case "delete": {
      const { objectKind, namespace, name } = command;
      return apiOutcome(
        world.apiServer.remove(objectKind, namespace, name, "kubectl"),
      );
    }
    case "patch":
      return patch(world.apiServer, command);
    case "scale":
      return scale(world.apiServer, command);
    case "rolloutRestart":
      return rolloutRestart(world.apiServer, command, world.sim.now);
    case "exec":
      return execInPod(world, command);
    case "kill":
      return killContainer(world, command);
    case "settings":
      changeSettings(world, command.settings);
      return { ok: true };
    case "restart":
    case "fault":
      return breakOrRestart(world, command);
    case "createLane":
      return createLane(world, command.lane);
    case "refreshLane":
      return world.lanes.refresh(command.lane);
    case "createDatabase":
      return createDatabase(world, command.database);
    default:
      return performAtVault(world.vaults, command);
  }
}

function performAtVault(
  vaults: KeyVault,
  command: VaultCommand,
): CommandOutcome {
  const { vault } = command;
  switch (command.kind) {
    case "createVault":
      return vaultOutcome(
        vaults.createVault({ name: vault, access: command.access }),
      );
    case "access":
      return vaultOutcome(vaults.setAccess(vault, command.access));
    case "setSecret":
      return vaultOutcome(
        vaults.setSecret(vault, command.name, command),
        (set) => set.bundle.version,
      );
    case "setKey":
      return vaultOutcome(
        vaults.setKey(vault, command.name, command),
        (set) => set.key.version,
      );
    case "setCertificate":
      return vaultOutcome(
        vaults.setCertificate(vault, command.name, command),
        (set) => set.certificate.version,
      );
    case "updateSecret":
      return vaultOutcome(vaults.updateSecret(vault, command.name, command));
    case "deleteSecret":
      return vaultOutcome(vaults.deleteSecret(vault, command.name));
    case "recoverSecret":
      return vaultOutcome(vaults.recoverSecret(vault, command.name));
    case "purgeSecret":
      return vaultOutcome(vaults.purgeSecret(vault, command.name));
  }
}

/** Things that no real system would refuse; a name that is not there is the caller's mistake. */
function breakOrRestart(
  world: CommandTarget,
  command: Extract<Command, { kind: "restart" | "fault" }>,
): CommandOutcome {
  const missing = missingName(world, command);
  if (missing !== null) return { ok: false, error: missing };
  if (command.kind === "restart") return restart(world, command);
  world.faults.begin(command.fault, command.forMs);
  return { ok: true };
}

function createDatabase(
  { databases, vaults }: CommandTarget,
  database: DatabaseSpec,
): CommandOutcome {
  return vaults.hasVault(database.vault)
    ? databases.create(database)
    : { ok: false, error: `there is no vault ${database.vault}` };
}

function createLane(
  { lanes, vaults }: CommandTarget,
  lane: LaneSpec,
): CommandOutcome {
  return vaults.hasVault(lane.vault)
    ? lanes.create(lane)
    : { ok: false, error: `there is no vault ${lane.vault}` };
}

const NAMED_BY_ITSELF = ["reloader", "lane"];

function missingName(
  { nodes, vaults }: CommandTarget,
  command: Extract<Command, { kind: "restart" | "fault" }>,
): string | null {
  const named = command.kind === "restart" ? command : command.fault;
  if ("vault" in named)
    return vaults.hasVault(named.vault)
      ? null
      : `there is no vault ${named.vault}`;
  if (!("node" in named) || named.node === null) return null;
  // Reloader and lanes know their own names.
  if ("what" in named && NAMED_BY_ITSELF.includes(named.what)) return null;
  const known = nodes.some(({ name }) => name === named.node);
  return known ? null : `nodes "${named.node}" not found`;
}

function apiOutcome(reply: ReturnType<ApiServer["apply"]>): CommandOutcome {
  return reply.ok ? { ok: true } : { ok: false, error: reply.error.message };
}

/** `version` reads the new version out of a success. */
function vaultOutcome<Result>(
  outcome: Outcome<Result>,
  version?: (result: Result) => string,
): CommandOutcome {
  if (!outcome.ok) {
    const { code, message } = outcome.error;
    return { ok: false, error: `(${code}) ${message}` };
  }
  return version === undefined
    ? { ok: true }
    : { ok: true, version: version(outcome) };
}
