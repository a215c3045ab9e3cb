/**
 * A `restart` command: a process or a machine goes down and comes up again. DaemonSets roll node after node, as `kubectl
 * rollout restart` does; kubelets and machines go down together.
 */
import type { Lanes, Programs } from "../../cluster-sim/index.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Node } from "../../kubelet-sim/index.ts";
import { roll } from "./change-settings.ts";
import type { SettingsHolder } from "./change-settings.ts";
import type { Command } from "./commands.ts";
import type { Faults } from "./faults.ts";

type Restart = Extract<Command, { kind: "restart" }>;

export interface RestartTarget extends SettingsHolder {
  readonly faults: Faults;
  readonly programs: Programs;
  readonly lanes: Lanes;
}

export type RestartOutcome =
  { readonly ok: true } | { readonly ok: false; readonly error: string };

const DONE: RestartOutcome = { ok: true };

/** Refused where there is no Reloader, or no lane, of that name; nodes have been looked up before. */
export function restart(
  world: RestartTarget,
  command: Restart,
): RestartOutcome {
  const { what, downForMs } = command;
  const { addon, downtime } = world.state.settings;
  const nodes = world.nodes.filter(
    ({ name }) => command.node === null || command.node === name,
  );
  const { now } = world.sim;
  switch (what) {
    case "driver":
      roll(nodes, now, downForMs ?? addon.driverRestart, restartDriver);
      return DONE;
    case "provider":
      roll(nodes, now, downForMs ?? downtime.provider, restartProvider);
      return DONE;
    case "kubelet":
      for (const node of nodes)
        node.restartKubelet(now, downForMs ?? downtime.kubelet);
      return DONE;
    case "node":
      for (const node of nodes)
        node.restartNode(now, downForMs ?? downtime.node);
      return DONE;
    case "apiServer":
      // Connections are refused while it is down, and every watch over them breaks.
      world.faults.begin(
        { target: "apiServer", effect: { kind: "refuse" } },
        downForMs ?? downtime.apiServer,
        "is down for a restart",
      );
      return DONE;
    case "reloader":
      return world.programs.restartReloader(
        command.node,
        downForMs ?? downtime.reloader,
      );
    case "lane":
      return world.lanes.restart(
        command.node ?? "",
        downForMs ?? downtime.lane,
      );
  }
}

function restartDriver(node: Node, at: EpochMs, downFor: number): void {
  node.restartDriver(at, downFor);
}

function restartProvider(node: Node, at: EpochMs, downFor: number): void {
  node.restartProvider(at, downFor);
}
