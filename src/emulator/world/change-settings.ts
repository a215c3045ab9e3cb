/**
 * A `settings` command: what `az aks addon update` and `helm upgrade` do to a running cluster. Whatever a process reads
 * when it starts takes effect with its restart, node after node as the DaemonSet rolls; the rest at once.
 * Source: kubernetes/kubernetes pkg/controller/daemon/update.go (maxUnavailable 1); csi-driver.md 2.6 and 8.4 to 8.7 of
 * the reference.
 *
 * Simplification: what the CSIDriver object says (requiresRepublish, tokenRequests) changes at once, also where the add-on takes its rolloutDelay to get there.
 */
import { KeyturnError } from "../../kernel/errors.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { ApiServer } from "../../cluster-sim/index.ts";
import type { Node } from "../../kubelet-sim/index.ts";
import { requiresRepublish } from "./links.ts";
import { changeReloader } from "./reloader.ts";
import type { Settings, SettingsOverride } from "./settings.ts";
import { FIXED_SETTINGS, overrideSettings } from "./settings.ts";
import { refuseUnmodelled } from "./unmodelled.ts";

export interface SettingsHolder {
  readonly sim: Simulation;
  readonly nodes: readonly Node[];
  readonly apiServer: ApiServer;
  readonly state: { settings: Settings };
}

/** Throws a `KeyturnError` (NotModelled) for what cannot change while a world runs. */
export function changeSettings(
  world: SettingsHolder,
  override: SettingsOverride,
): void {
  for (const group of Object.keys(override))
    if (FIXED_SETTINGS.includes(group))
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
  if (requiresRepublish(before) !== requiresRepublish(settings))
    for (const node of world.nodes) node.csiDriverChanged();
  changeReloader(world.apiServer, before.reloader, settings.reloader);
  const { addon, downtime } = settings;
  const begin = world.sim.now + addon.rolloutDelay;
  if (differs(driverSettings, before, settings))
    roll(world.nodes, begin, addon.driverRestart, (node, at, downFor) =>
      node.restartDriver(at, downFor),
    );
  if (differs(providerSettings, before, settings))
    roll(world.nodes, begin, downtime.provider, (node, at, downFor) =>
      node.restartProvider(at, downFor),
    );
}

/** What the driver reads when its process starts. */
function driverSettings({ addon, driver }: Settings): JsonValue[] {
  const { enableSecretRotation, rotationPollInterval } = addon;
  const { version, emptyVolumeHazard } = driver;
  return [
    enableSecretRotation,
    rotationPollInterval,
    version,
    emptyVolumeHazard,
  ];
}

/** What the provider reads when its process starts. */
function providerSettings({ provider }: Settings): JsonValue[] {
  const { version, constructPemChain, writeCertAndKeyInSeparateFiles } =
    provider;
  return [version, constructPemChain, writeCertAndKeyInSeparateFiles];
}

function differs(
  part: (settings: Settings) => JsonValue[],
  before: Settings,
  after: Settings,
): boolean {
  return JSON.stringify(part(before)) !== JSON.stringify(part(after));
}

/** As a DaemonSet rolls with maxUnavailable 1: a node's turn comes when the one before it is up again. */
export function roll(
  nodes: readonly Node[],
  begin: number,
  downFor: number,
  restart: (node: Node, at: number, downFor: number) => void,
): void {
  for (const [index, node] of nodes.entries())
    restart(node, begin + index * downFor, downFor);
}
