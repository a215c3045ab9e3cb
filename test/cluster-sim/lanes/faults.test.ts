/** Lanes when the vault, Entra ID, the API server or their own process is not there: alternatives.md 7.4 and each product's retries. */
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import { LaneWorld, START, VAULT } from "./support.ts";

/** The vault answers every read with this status, between two instants. */
function brokenFrom(world: LaneWorld, from: number, to: number, status = 500) {
  world.at(from, () =>
    world.vaults.fault(
      VAULT,
      {
        operation: "SecretGet",
        object: null,
        effect: { kind: "respond", status },
      },
      START + to * SECOND_MS,
    ),
  );
}

const errors = (world: LaneWorld): unknown[] =>
  world
    .happened("lane.pass")
    .map(({ data }) => data["error"])
    .filter((error) => error !== "");

describe("a vault that fails for a while", () => {
  it("External Secrets keeps the old value and catches up with its back-off of 1 s, 2 s, 4 s", () => {
    const world = new LaneWorld().lane("external-secrets").setAt(100, "v2");
    brokenFrom(world, 200, 3604, 403);
    world.until(3606.999);
    expect(world.published).toBe("v1");
    world.until(3607);
    expect(world.published).toBe("v2");
    expect(world.passes.slice(1)).toEqual([
      [3600, "interval", "failed"],
      [3601, "retry", "failed"],
      [3603, "retry", "failed"],
      [3607, "retry", "changed"],
    ]);
    world.until(7206.999);
    expect(world.passes).toHaveLength(5);
    world.until(7207);
    expect(world.passes).toHaveLength(6);
  });

  it("External Secrets never waits longer than 7 min between two tries", () => {
    const world = new LaneWorld().lane("external-secrets");
    brokenFrom(world, 1, 20_000, 403);
    world.until(9000);
    const at = world.passes.slice(1).map(([seconds]) => seconds);
    const gaps = at.slice(1).map((seconds, i) => seconds - at[i]!);
    expect(gaps.slice(0, 12)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 420, 420, 420,
    ]);
  });

  it("the SDK of External Secrets waits 30 s, 60 s and 120 s before a 500 is a failed reconcile", () => {
    const world = new LaneWorld().lane("external-secrets");
    brokenFrom(world, 1, 3700);
    world.until(3810);
    expect(world.passes).toEqual([
      [0, "start", "changed"],
      [3810, "interval", "unchanged"],
    ]);
    const { data } = world.happened("lane.pass")[1]!;
    expect(data["calls"]).toBe(4);
  });

  it("the sync controller comes back within milliseconds, doubling", () => {
    const world = new LaneWorld().lane("sync-controller", { everyMs: HOUR_MS });
    world.setAt(100, "v2");
    brokenFrom(world, 200, 3600.1, 403);
    world.until(3600.2);
    expect(world.passes.slice(1, 6)).toEqual([
      [3600, "interval", "failed"],
      [3600.005, "retry", "failed"],
      [3600.015, "retry", "failed"],
      [3600.035, "retry", "failed"],
      [3600.075, "retry", "failed"],
    ]);
    expect(world.passes[6]).toEqual([3600.155, "retry", "changed"]);
    expect(world.published).toBe("v2");
  });

  it("akv2k8s gives up after five retries and tries again with the next resync", () => {
    const world = new LaneWorld().lane("akv2k8s").setAt(10, "v2");
    brokenFrom(world, 20, 50, 403);
    world.until(59.999);
    expect(world.passes.slice(1).map(([, trigger]) => trigger)).toEqual([
      "interval",
      ...Array<string>(5).fill("retry"),
    ]);
    expect(world.published).toBe("v1");
    world.until(60);
    expect(world.published).toBe("v2");
  });

  it("the App Configuration provider tries again after 30 s, and its due time moves only on success", () => {
    const everyMs = 5 * MINUTE_MS;
    const world = new LaneWorld().lane("app-configuration", { everyMs });
    world.setAt(100, "v2");
    brokenFrom(world, 200, 310, 403);
    world.until(630);
    expect(world.passes.slice(1)).toEqual([
      [300, "interval", "failed"],
      [330, "retry", "changed"],
      [630, "interval", "unchanged"],
    ]);
  });

  it("the App Configuration provider does not see how long a throttled vault asks it to wait", () => {
    const everyMs = 5 * MINUTE_MS;
    const world = new LaneWorld().lane("app-configuration", { everyMs });
    world.at(200, () =>
      world.vaults.fault(
        VAULT,
        {
          operation: "SecretGet",
          object: null,
          effect: { kind: "respond", status: 429, retryAfterSeconds: 90 },
        },
        START + 310 * SECOND_MS,
      ),
    );
    // A wait of more than a minute ends the SDK's own tries.
    expect(world.until(330).passes.slice(1)).toEqual([
      [300, "interval", "failed"],
      [330, "retry", "unchanged"],
    ]);
  });

  it("the App Configuration provider that is late waits a second before it is on time again", () => {
    const world = new LaneWorld().lane("app-configuration", {
      everyMs: MINUTE_MS,
    });
    world.at(59, () =>
      world.vaults.fault(
        VAULT,
        {
          operation: null,
          object: null,
          effect: { kind: "slow", byMs: 70_000 },
        },
        START + 61 * SECOND_MS,
      ),
    );
    expect(world.until(130.999).passes).toEqual([
      [0, "start", "changed"],
      [130, "interval", "unchanged"],
    ]);
    expect(world.until(131).passes.at(-1)).toEqual([
      131,
      "interval",
      "unchanged",
    ]);
  });

  it("App Service waits for its next interval", () => {
    const world = new LaneWorld().lane("app-service", { everyMs: HOUR_MS });
    world.setAt(100, "v2");
    brokenFrom(world, 200, 3700, 403);
    world.until(7199.999);
    expect(world.held).toEqual([[0, "v1"]]);
    world.until(7200);
    expect(world.held[1]).toEqual([7200, "v2"]);
  });

  it("a container of akv2k8s' env injector ends after three retries, and the kubelet starts it again", () => {
    const world = new LaneWorld();
    brokenFrom(world, 1, 40, 403);
    world
      .at(2, () => undefined)
      .lane("akv2k8s-env")
      .until(60);
    // A start: 2, then after 3, 6 and 12 s. The next start comes 10 s later.
    expect(world.passes.map(([at]) => at)).toEqual([2, 5, 11, 23, 33, 36, 42]);
    expect(world.held).toEqual([[42, "v1"]]);
  });

  it("tells what the vault said, and no lane tells a value", () => {
    const world = new LaneWorld();
    world.at(1, () =>
      world.vaults.setSecret(VAULT, "password", { value: "canary-123" }),
    );
    world
      .lane("external-secrets", { secret: "missing" })
      .lane("dapr", { name: "other" });
    world.until(2);
    expect(errors(world)[0]).toBe(
      "404 SecretNotFound: A secret with (name/id) missing was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
    );
    expect(JSON.stringify(world.facts)).not.toContain("canary-123");
  });
});

describe("a sign-in that fails", () => {
  it("ends a pass after 30 s where the endpoint does not answer, and the next one goes on", () => {
    const world = new LaneWorld();
    world.at(1, () =>
      world.entra.fault({ kind: "drop" }, START + 31 * SECOND_MS),
    );
    world.at(2, () => undefined).lane("container-apps");
    world.until(31.999);
    expect(world.passes).toEqual([]);
    world.until(32);
    expect(world.passes).toEqual([[32, "start", "failed"]]);
    expect(errors(world)).toEqual(["context deadline exceeded"]);
    world.until(1802);
    expect(world.held).toEqual([[1802, "v1"]]);
  });
});

describe("a process that is down", () => {
  it.each(["akv2k8s", "sync-controller", "app-configuration"] as const)(
    "%s fetches when it starts again: it compares states",
    (kind) => {
      const everyMs = kind === "akv2k8s" ? null : HOUR_MS;
      const world = new LaneWorld().lane(kind, { everyMs });
      world.at(90, () => world.lanes.restart("lane", 60 * SECOND_MS));
      world.setAt(100, "v2").until(149.999);
      expect(world.published).toBe("v1");
      world.until(150);
      expect(world.published).toBe("v2");
      expect(world.passes.at(-1)).toEqual([150, "start", "changed"]);
    },
  );

  it("a ticker counts from the new start, External Secrets from its last refresh", () => {
    const tickers = new LaneWorld().lane("sync-controller", {
      everyMs: HOUR_MS,
    });
    tickers.at(90, () => tickers.lanes.restart("lane", 10 * SECOND_MS));
    expect(tickers.until(3700).passes.map(([at]) => at)).toEqual([
      0, 100, 3700,
    ]);
    const eso = new LaneWorld().lane("external-secrets");
    eso.at(90, () => eso.lanes.restart("lane", 10 * SECOND_MS));
    expect(eso.until(3700).passes.map(([at]) => at)).toEqual([0, 3600]);
  });

  it("External Secrets fetches at its start what became due meanwhile, or what was asked for", () => {
    const overdue = new LaneWorld().lane("external-secrets");
    overdue.at(3500, () => overdue.lanes.restart("lane", 300 * SECOND_MS));
    expect(overdue.until(3800).passes[1]).toEqual([3800, "start", "unchanged"]);
    const asked = new LaneWorld().lane("external-secrets");
    asked.at(90, () => asked.lanes.restart("lane", 60 * SECOND_MS));
    asked.at(100, () => asked.lanes.refresh("lane")).until(150);
    expect(asked.passes[1]).toEqual([150, "start", "unchanged"]);
  });

  it("drops the answer to a pass of the process before", () => {
    const world = new LaneWorld({ vaultMs: 1000 }).lane("sync-controller");
    world.at(1.5, () => world.lanes.restart("lane", 10 * SECOND_MS)).until(20);
    expect(world.held).toEqual([[13.5, "v1"]]);
    expect(world.passes).toHaveLength(1);
  });

  it("a use of Dapr fails while the sidecar is down, without a call", () => {
    const world = new LaneWorld().lane("dapr", { everyMs: MINUTE_MS });
    world.at(50, () => world.lanes.restart("lane", 20 * SECOND_MS)).until(120);
    expect(world.passes.slice(1)).toEqual([
      [60, "use", "failed"],
      [120, "use", "unchanged"],
    ]);
    expect(errors(world)).toEqual([
      "dial tcp 127.0.0.1:3500: connect: connection refused",
    ]);
    const calls = world.happened("lane.pass").map(({ data }) => data["calls"]);
    expect(calls).toEqual([2, 0, 2]);
  });

  it("a plain restart of an App Service app fetches nothing", () => {
    const world = new LaneWorld().lane("app-service").setAt(100, "v2");
    world.at(200, () => world.lanes.restart("lane", 5 * SECOND_MS)).until(300);
    expect(world.passes[1]).toEqual([205, "start", "skipped"]);
    expect(world.held).toEqual([[0, "v1"]]);
  });
});

describe("a run that is put back", () => {
  it("goes on to the same facts from the middle of passes and waits", () => {
    const build = () => {
      const world = new LaneWorld({
        vaultMs: 40,
        entraMs: 80,
        apiMs: 10,
        watchMs: 5,
      });
      world.lane("external-secrets", { name: "eso", phaseMs: null });
      world.lane("secret-store-extension", {
        name: "sse",
        jitterMs: MINUTE_MS,
        everyMs: 5 * MINUTE_MS,
        phaseMs: null,
        target: { namespace: "default", secret: "sse", key: "password" },
      });
      world.lane("dapr", { name: "dapr", everyMs: MINUTE_MS });
      return world;
    };
    const straight = build();
    straight.until(60.05);
    const snapshot = straight.sim.snapshot();
    straight.setAt(400, "v2").until(7200);
    const put = build();
    put.sim.restore(snapshot);
    put.setAt(400, "v2").until(7200);
    expect(put.sim.trace.hash).toBe(straight.sim.trace.hash);
    expect(straight.held.length).toBeGreaterThan(3);
  });

  it("has the same facts with XState's own interpreter", () => {
    const run = (backend: "table" | "actor") => {
      const world = new LaneWorld({
        backend,
        vaultMs: 40,
        entraMs: 80,
        apiMs: 10,
      });
      world.lane("external-secrets", { everyMs: MINUTE_MS });
      world.lane("secret-store-extension", {
        name: "sse",
        jitterMs: MINUTE_MS,
        everyMs: 5 * MINUTE_MS,
        target: { namespace: "default", secret: "sse", key: "password" },
      });
      brokenFrom(world, 30, 100);
      world.setAt(120, "v2").until(3600);
      world.sim.trace.close();
      return world.sim.trace.hash;
    };
    expect(run("actor")).toBe(run("table"));
  });
});
