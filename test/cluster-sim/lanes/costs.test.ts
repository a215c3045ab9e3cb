/** What finding out costs: alternatives.md 7.3, and the figures that the products tell about themselves. */
import { describe, expect, it } from "vitest";
import { AZURE_LANE_PRODUCTS } from "../../../src/azure-mock/index.ts";
import { LANE_PRODUCTS } from "../../../src/cluster-sim/index.ts";
import type { LaneKind } from "../../../src/cluster-sim/index.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import { LaneWorld, aLane } from "./support.ts";

const products = [...LANE_PRODUCTS, ...AZURE_LANE_PRODUCTS];
const productOf = (kind: LaneKind) =>
  products.find((each) => each.kind === kind)!;

/** Reads after the first one, over two hours of quiet. */
function readsOfTwoHours(kind: LaneKind, everyMs: number | null): number {
  const world = new LaneWorld().lane(kind, { everyMs }).until(1);
  const before = world.reads;
  return world.until((2 * HOUR_MS) / SECOND_MS).reads - before;
}

describe("reads of the vault per hour", () => {
  it.each([
    ["external-secrets", null, 1],
    ["external-secrets", 5 * MINUTE_MS, 12],
    ["akv2k8s", null, 240],
    ["sync-controller", null, 1 / 12],
    ["sync-controller", 10 * MINUTE_MS, 6],
    ["secret-store-extension", null, 1],
    ["app-configuration", MINUTE_MS, 60],
    ["app-service", null, 1 / 24],
    ["app-service", HOUR_MS, 1],
    ["container-apps", null, 2],
    ["dapr", MINUTE_MS, 60],
  ] as const)("%s every %s ms: %s", (kind, everyMs, perHour) => {
    const product = productOf(kind);
    const interval = everyMs ?? product.defaultEveryMs;
    expect(product.readsPerHour(interval)).toBeCloseTo(perHour);
    expect(readsOfTwoHours(kind, everyMs)).toBe(Math.floor(2 * perHour));
  });

  it("akv2k8s' env injector reads once for each start, and so has no figure", () => {
    expect(productOf("akv2k8s-env").readsPerHour(null)).toBeNull();
    expect(readsOfTwoHours("akv2k8s-env", null)).toBe(0);
  });

  it("counts the requests without a token, too, where a product makes a client for each pass", () => {
    const calls = (kind: LaneKind, everyMs: number | null) =>
      new LaneWorld()
        .lane(kind, { everyMs })
        .until((2 * HOUR_MS) / SECOND_MS)
        .happened("lane.pass")
        .map(({ data }) => data["calls"]);
    expect(calls("external-secrets", null)).toEqual([1, 1, 1]);
    expect(calls("app-configuration", HOUR_MS)).toEqual([2, 2, 2]);
    expect(calls("container-apps", HOUR_MS)).toEqual([2, 1, 1]);
    expect(calls("akv2k8s", HOUR_MS)).toEqual([4, 4, 4]);
  });

  it("tells a day of quiet passes in a few facts", () => {
    const world = new LaneWorld({ vaultMs: 40, apiMs: 10 });
    world.lane("dapr", { everyMs: MINUTE_MS }).until(86_401);
    expect(world.passes).toHaveLength(1441);
    const told = world.facts.filter(({ type }) => type === "lane.pass");
    // One run for each hour, and another for each hour's pass that signs in anew.
    expect(told.length).toBeLessThanOrEqual(80);
  });

  it("tells akv2k8s' two reads in each resync in runs of their own", () => {
    const world = new LaneWorld({ vaultMs: 40, apiMs: 10 });
    world.lane("akv2k8s").until(86_401);
    expect(world.reads).toBe(2 * 2881);
    const told = world.facts.filter(({ type }) =>
      ["vault.request", "lane.pass"].includes(type),
    );
    // Two reads, each after a request without a token, and the pass: five runs an hour, ten where it signs in anew.
    expect(told.length).toBeLessThanOrEqual(24 * 10 + 10);
    const used = world
      .happened("vault.request")
      .filter(({ data }) => data["operation"] === "SecretGet")
      .flatMap(({ fact }) => (fact.run === undefined ? [] : [fact.run.draw]));
    expect(used.every((draw) => draw?.name === used[0]!.name)).toBe(true);
  });
});

describe("what the products say of themselves", () => {
  it.each([
    ["external-secrets", HOUR_MS, HOUR_MS],
    ["akv2k8s", 30 * SECOND_MS, 30 * SECOND_MS],
    ["akv2k8s-env", null, null],
    ["sync-controller", 12 * HOUR_MS, 12 * HOUR_MS],
    ["secret-store-extension", HOUR_MS, HOUR_MS],
    ["app-configuration", null, null],
    ["app-service", 24 * HOUR_MS, 24 * HOUR_MS],
    ["container-apps", 30 * MINUTE_MS, 30 * MINUTE_MS],
    ["dapr", null, null],
  ] as const)("%s: interval %s, worst delay %s", (kind, every, worst) => {
    const product = productOf(kind);
    expect(product.defaultEveryMs).toBe(every);
    expect(product.worstDelay(every)).toBe(worst);
  });

  it("has one product for each kind, each with its texts", () => {
    expect(new Set(products.map(({ kind }) => kind)).size).toBe(9);
    for (const { title, hears, refreshes, podRestart } of products)
      expect([title, hears, refreshes, podRestart]).not.toContain("");
  });
});

describe("lanes that cannot be", () => {
  it.each([
    [
      aLane("app-configuration"),
      "Failed to create lane lane: App Configuration provider refreshes secrets only at an interval that is given: every, at least 1m",
    ],
    [
      aLane("app-configuration", { everyMs: 59_999 }),
      "Failed to create lane lane: every 59s999ms is too short for App Configuration provider: at least 1m",
    ],
    [
      aLane("akv2k8s-env", { everyMs: 1000 }),
      "Failed to create lane lane: akv2k8s env injector has no interval: nothing but a start fetches",
    ],
    [
      aLane("external-secrets", { target: null }),
      "Failed to create lane lane: External Secrets Operator writes a Kubernetes Secret: target is missing",
    ],
    [
      aLane("dapr", {
        target: { namespace: "default", secret: "app", key: "password" },
      }),
      "Failed to create lane lane: Dapr secret store writes no Kubernetes Secret: it can have no target",
    ],
    [
      aLane("akv2k8s", { jitterMs: 1000 }),
      "Failed to create lane lane: akv2k8s controller has no jitter",
    ],
    [
      aLane("akv2k8s", { refreshPolicy: "OnChange" }),
      "Failed to create lane lane: akv2k8s controller has no refreshPolicy",
    ],
    [
      aLane("akv2k8s", { phaseMs: 30 * SECOND_MS }),
      "Failed to create lane lane: phase 30s is not within 30s",
    ],
  ])("refuses %o", (spec, error) => {
    const { lanes, sim } = new LaneWorld();
    const outcome = sim.command(() => lanes.create(spec));
    expect(outcome).toEqual({ ok: false, error });
    expect(lanes.state.lanes.size).toBe(0);
  });

  it("refuses a name that is taken, and names that are not known", () => {
    const { lanes, sim } = new LaneWorld().lane("container-apps", {
      name: "apps",
    });
    const errorOf = (act: () => unknown) =>
      (sim.command(act) as { readonly error?: string }).error;
    expect(
      errorOf(() => lanes.create(aLane("akv2k8s", { name: "apps" }))),
    ).toBe("Failed to create lane apps: there is one already");
    expect(errorOf(() => lanes.refresh("eso"))).toBe(
      "Failed to refresh lane eso: no such lane; there are apps",
    );
    expect(errorOf(() => lanes.restart("eso", 0))).toBe(
      "Failed to restart lane eso: no such lane; there are apps",
    );
    expect(errorOf(() => lanes.refresh("apps"))).toBe(
      "Failed to refresh lane apps: nothing makes Container Apps Key Vault reference fetch before its interval is over",
    );
  });
});
