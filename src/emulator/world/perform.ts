/** What each command does: one branch a kind, each a call of the room that owns it. */
import type { ApiServer } from "../../cluster-sim/index.ts";
import { KeyturnError } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { KeyVault, Outcome } from "../../keyvault-mock/index.ts";
import type { Node } from "../../kubelet-sim/index.ts";
import type { Command } from "./commands.ts";
import type { Settings, SettingsOverride } from "./settings.ts";
import { overrideSettings } from "./settings.ts";
import { refuseUnmodelled } from "./unmodelled.ts";

export type CommandOutcome =
  /** `version`: of a setSecret, 32 hex digits. */
  | { readonly ok: true; readonly version?: string }
  /** The real system's error, its text intact. */
  | { readonly ok: false; readonly error: string };

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
    case "apply": {
      const { kind } = command.object;
      const metadata = (command.object["metadata"] ?? {}) as JsonObject;
      const { namespace, name } = metadata;
      return [namespace, kind, name]
        .filter((part) => typeof part === "string")
        .join("/");
    }
    case "delete":
      return `${command.namespace}/${command.objectKind}/${command.name}`;
    case "settings":
      return "settings";
  }
}

/** What commands act on: the parts of a world. */
export interface CommandTarget {
  readonly sim: Simulation;
  readonly vaults: KeyVault;
  readonly apiServer: ApiServer;
  readonly nodes: readonly Node[];
  readonly state: { settings: Settings };
}

/** Runs inside the command's instant; every fact it leads to has the command as its cause. */
export function perform(
  world: CommandTarget,
  command: Command,
): CommandOutcome {
  const { vaults, apiServer } = world;
  switch (command.kind) {
    case "createVault":
      return vaultOutcome(
        vaults.createVault({ name: command.vault, access: command.access }),
      );
    case "setSecret":
      return vaultOutcome(
        vaults.setSecret(command.vault, command.name, command),
        (set) => set.bundle.version,
      );
    case "updateSecret":
      return vaultOutcome(
        vaults.updateSecret(command.vault, command.name, command),
      );
    case "deleteSecret":
      return vaultOutcome(vaults.deleteSecret(command.vault, command.name));
    case "recoverSecret":
      return vaultOutcome(vaults.recoverSecret(command.vault, command.name));
    case "purgeSecret":
      return vaultOutcome(vaults.purgeSecret(command.vault, command.name));
    case "access":
      return vaultOutcome(vaults.setAccess(command.vault, command.access));
    case "apply": {
      const reply = apiServer.apply(command.object, { by: "kubectl" });
      return reply.ok
        ? { ok: true }
        : { ok: false, error: reply.error.message };
    }
    case "delete": {
      const { objectKind, namespace, name } = command;
      const reply = apiServer.remove(objectKind, namespace, name, "kubectl");
      return reply.ok
        ? { ok: true }
        : { ok: false, error: reply.error.message };
    }
    case "settings":
      changeSettings(world, command.settings);
      return { ok: true };
  }
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

/** Groups that `az aks addon update` and `helm upgrade` change while a cluster runs. */
const CHANGEABLE = new Set(["addon", "provider", "driver", "latency", "vault"]);

/** Settings that the driver reads when its process starts. */
function processSettings({ addon, driver }: Settings): string {
  const { enableSecretRotation, rotationPollInterval } = addon;
  const { version } = driver;
  return JSON.stringify([enableSecretRotation, rotationPollInterval, version]);
}

function changeSettings(
  world: CommandTarget,
  override: SettingsOverride,
): void {
  for (const group of Object.keys(override))
    if (!CHANGEABLE.has(group))
      throw new KeyturnError(
        "NotModelled",
        `Failed to change the settings: ${group} cannot change while the world runs in this version; set it at the top of the scenario`,
      );
  const before = world.state.settings;
  const settings = overrideSettings(before, override);
  refuseUnmodelled(settings);
  world.state.settings = settings;
  world.sim.trace.record({
    type: "settings.changed",
    at: "world",
    about: "settings",
    data: { settings: settings as unknown as JsonObject },
  });
  if (processSettings(before) === processSettings(settings)) return;
  // The DaemonSet is rolled: maxUnavailable 1, node after node.
  const { rolloutDelay, driverRestart } = settings.addon;
  for (const [index, node] of world.nodes.entries())
    node.restartDriver(
      world.sim.now + rolloutDelay + index * driverRestart,
      driverRestart,
    );
}
