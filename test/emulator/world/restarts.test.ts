/** `restart` and `kill` commands, and `settings` that restart processes: what goes down when, and comes back. */
import { describe, expect, test } from "vitest";

import type { CommandBody } from "../../../src/emulator/world/commands.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  ROTATION,
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";

type What = Extract<CommandBody, { kind: "restart" }>["what"];
const MINUTE = 60_000;

function restart(
  world: TestWorld,
  what: What,
  node: string | null = null,
  downForMs: number | null = null,
): number {
  world.do({ kind: "restart", what, node, downForMs });
  return world.now;
}

/** `node +ms` of each fact of a type since an instant. */
function since(world: TestWorld, t: number, type: string): string[] {
  return world
    .all(type)
    .filter((fact) => fact.t >= t)
    .map((fact) => `${fact.about} +${fact.t - t}`);
}

describe("a restart", () => {
  test.each<[What, number, string, string]>([
    ["driver", 3000, "csi.driver.stopped", "csi.driver.started"],
    ["provider", 3000, "csi.provider.stopped", "csi.provider.started"],
  ])("of every %s takes node after node", (what, down, stopped, started) => {
    const world = aWorld({ nodes: 3, settings: ROTATION }).until("5m");
    const t = restart(world, what);
    world.advance("1m");
    expect(since(world, t, stopped)).toEqual([
      "node-0 +0",
      `node-1 +${down}`,
      `node-2 +${2 * down}`,
    ]);
    expect(since(world, t, started)).toEqual([
      `node-0 +${down}`,
      `node-1 +${2 * down}`,
      `node-2 +${3 * down}`,
    ]);
  });

  test.each<[What, number, string, string]>([
    ["kubelet", 5000, "kubelet.stopped", "kubelet.started"],
    ["node", 60_000, "node.stopped", "node.started"],
  ])("of every %s takes all at once", (what, down, stopped, started) => {
    const world = aWorld({ nodes: 2 }).until("5m");
    const t = restart(world, what);
    world.advance("2m");
    expect(since(world, t, stopped)).toEqual(["node-0 +0", "node-1 +0"]);
    expect(since(world, t, started)).toEqual([
      `node-0 +${down}`,
      `node-1 +${down}`,
    ]);
  });

  test("of one goes for that one, as long as it says", () => {
    const world = aWorld({ nodes: 2 }).until("5m");
    const t = restart(world, "driver", "node-1", 7000);
    world.advance("1m");
    expect(since(world, t, "csi.driver.stopped")).toEqual(["node-1 +0"]);
    expect(since(world, t, "csi.driver.started")).toEqual(["node-1 +7000"]);
  });

  test("of the API server refuses everybody for as long as the profile says", () => {
    const world = aWorld().until("5m");
    const t = restart(world, "apiServer");
    expect(world.first("fault.began")).toMatchObject({
      about: "apiServer",
      data: { effect: "is down for a restart" },
    });
    const outcome = world.world.execute({
      kind: "apply",
      object: aPod({ name: "late" }),
    });
    expect(outcome).toEqual({
      ok: false,
      error:
        "The connection to the server 10.0.0.1:443 was refused - did you specify the right host or port?",
    });
    world.until(t + 30_000);
    expect(since(world, t, "fault.ended")).toEqual(["apiServer +30000"]);
    world.apply(aPod({ name: "late" }));
    expect(world.get("Pod", "late")).not.toBeNull();
  });

  test("of a node that is not there is refused", () => {
    const world = aWorld();
    const command = {
      kind: "restart",
      what: "kubelet",
      downForMs: null,
    } as const;
    expect(world.world.execute({ ...command, node: "node-7" })).toEqual({
      ok: false,
      error: 'nodes "node-7" not found',
    });
  });
});

describe("kill", () => {
  const kill = (container: string | null, pod = "busybox", exitCode = 1) =>
    ({ kind: "kill", namespace: "default", pod, container, exitCode }) as const;

  test("ends the container with the code, and the pod goes on with a new one", () => {
    const world = aWorld({ manifests: [aPod()] }).until("1m");
    world.do(kill(null));
    const t = world.now;
    expect(world.first("container.exited")).toMatchObject({
      t,
      data: { name: "busybox", container: "main", exitCode: 1 },
    });
    world.advance("1m");
    expect(world.last("container.started").data["attempt"]).toBe(1);
  });

  test.each<[string, ReturnType<typeof kill>]>([
    ['pods "nobody" not found', kill(null, "nobody")],
    ["container side is not valid for pod busybox", kill("side")],
  ])("%s", (error, command) => {
    const world = aWorld({ manifests: [aPod()] }).until("1m");
    expect(world.world.execute(command)).toEqual({ ok: false, error });
  });
});

describe("settings", () => {
  test("another driver version comes with its rollout, node after node", () => {
    const volumes = { store: csiVolume("kv"), own: secretVolume("app-secret") };
    const manifests = [aClass(), aSecret({ a: "b" }), aPod({ volumes })];
    const world = aWorld({ nodes: 2, settings: ROTATION, manifests });
    world.until("5m").changeSettings({ driver: { version: "1.6.0" } });
    const t = world.now;
    world.until(t + 40_000);
    expect(since(world, t, "csi.driver.started")).toEqual([
      "node-0 +33000",
      "node-1 +36000",
    ]);
    expect(world.last("csi.driver.started").data["version"]).toBe("1.6.0");
    const ticks = since(world, t + 36_000, "csi.rotation.tick");
    world.setSecret("secret1", "v2");
    world.until(t + 10 * MINUTE);
    expect(since(world, t + 36_000, "csi.rotation.tick")).toEqual(ticks);
    expect(world.all("csi.publish.written").length).toBeGreaterThan(0);
    expect(world.read("/mnt/store/secret1")).toBe("v2");
  });

  test("a flag of the provider restarts the providers, not the drivers", () => {
    const world = aWorld({ nodes: 2 }).until("5m");
    world.changeSettings({ provider: { constructPemChain: false } });
    const t = world.now;
    world.advance("1m");
    expect(since(world, t, "csi.provider.started")).toEqual([
      "node-0 +33000",
      "node-1 +36000",
    ]);
    expect(since(world, t, "csi.driver.stopped")).toEqual([]);
  });

  test("what no process reads when it starts restarts nothing", () => {
    const world = aWorld().until("5m");
    world.changeSettings({
      identity: { federatedCredential: "missing" },
      vault: { transactionsPer10s: 10 },
      downtime: { node: "5m" },
    });
    const t = world.now;
    world.advance("5m");
    for (const type of ["csi.driver.stopped", "csi.provider.stopped"])
      expect(since(world, t, type)).toEqual([]);
  });
});
