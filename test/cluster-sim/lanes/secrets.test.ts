/** The Kubernetes Secrets of lanes: their shape, their provenance, who repairs them. */
import { describe, expect, it } from "vitest";
import { utf8ToBytes, bytesToBase64 } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { HOUR_MS } from "../../../src/kernel/time.ts";
import type { LaneKind } from "../../../src/cluster-sim/index.ts";
import { LaneWorld, VAULT } from "./support.ts";

const KEY = { kind: "Secret", namespace: "default", name: "app" } as const;

function patched(world: LaneWorld, patch: JsonObject): void {
  const client = world.server.client("kubectl");
  client.call({ verb: "patch", ...KEY, patch }, { target: "", tag: {} });
}

const tampered = (world: LaneWorld): void =>
  patched(world, { data: { password: bytesToBase64(utf8ToBytes("forged")) } });

const deleted = (world: LaneWorld): void =>
  world.server
    .client("kubectl")
    .call({ verb: "delete", ...KEY }, { target: "", tag: {} });

const metadataOf = (world: LaneWorld) =>
  world.server.read("Secret", "default", "app")!.object.metadata;

describe("the Secret that a lane writes", () => {
  it("has External Secrets' label and the hash of its data as an annotation", () => {
    const world = new LaneWorld().lane("external-secrets").until(1);
    const { labels, annotations } = metadataOf(world);
    expect(labels).toEqual({ "reconcile.external-secrets.io/managed": "true" });
    expect(Object.keys(annotations ?? {})).toEqual([
      "reconcile.external-secrets.io/data-hash",
    ]);
    const { object } = world.server.read("Secret", "default", "app")!;
    expect(object["type"]).toBe("Opaque");
  });

  it("has the sync controller's label, and of others none", () => {
    const labelsOf = (kind: LaneKind) =>
      metadataOf(new LaneWorld().lane(kind, { everyMs: HOUR_MS }).until(1))
        .labels;
    expect(labelsOf("sync-controller")).toEqual({
      "secrets-store.sync.x-k8s.io": "",
    });
    expect(labelsOf("akv2k8s")).toBeUndefined();
    expect(labelsOf("app-configuration")).toBeUndefined();
  });

  it("knows which version its bytes are, and the lane holds it because of that write", () => {
    const world = new LaneWorld().lane("akv2k8s").setAt(10, "v2").until(30);
    const written = world.facts.filter(
      ({ type, data }) =>
        type === "api.object.modified" && data["kind"] === "Secret",
    );
    expect(written).toHaveLength(1);
    const { data, seq } = written[0]!;
    expect(data["by"]).toBe("lane/lane");
    expect(data["contents"]).toMatchObject([
      { key: "password", object: `${VAULT}/secrets/password`, ordinal: 2 },
    ]);
    const holds = world.happened("lane.holds").at(-1)!;
    expect(holds.fact.causes[0]).toBe(seq);
    const pass = world.happened("lane.pass").at(-1)!;
    expect(holds.fact.causes[1]).toEqual([pass.fact.seq, 0]);
    const read = world.happened("vault.request").at(-1)!;
    expect(read.data["pod"]).toBe("lane/lane");
  });

  it("is not written when nothing differs, and holds a newer version with the same bytes all the same", () => {
    const world = new LaneWorld().lane("external-secrets").setAt(100, "v1");
    const before = metadataOf(world).resourceVersion;
    world.until(3600);
    expect(metadataOf(world).resourceVersion).toBe(before);
    expect(world.held).toEqual([
      [0, "v1"],
      [3600, "v2"],
    ]);
  });

  it("keeps the keys of others where the product merges, and loses them where the data is its own", () => {
    const keysAfter = (kind: LaneKind) => {
      const world = new LaneWorld();
      world.at(1, () =>
        world.server.apply(
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "app", namespace: "default" },
            stringData: { other: "x" },
          },
          { by: "kubectl" },
        ),
      );
      world.lane(kind, { everyMs: HOUR_MS }).until(10);
      const { object } = world.server.read("Secret", "default", "app")!;
      return Object.keys(object["data"] as object).sort();
    };
    expect(keysAfter("akv2k8s")).toEqual(["other", "password"]);
    expect(keysAfter("sync-controller")).toEqual(["other", "password"]);
    expect(keysAfter("external-secrets")).toEqual(["password"]);
  });
});

describe("a Secret that somebody else changed", () => {
  it.each([
    ["changed", tampered],
    ["deleted", deleted],
  ] as const)(
    "External Secrets and the App Configuration provider repair what was %s at once, with another read",
    (_, act) => {
      for (const kind of ["external-secrets", "app-configuration"] as const) {
        const world = new LaneWorld().lane(kind, { everyMs: HOUR_MS });
        world.until(50);
        const before = world.reads;
        world.at(100, () => act(world)).until(100);
        expect(world.published).toBe("v1");
        expect(world.reads).toBe(before + 1);
        expect(world.passes).toEqual([
          [0, "start", "changed"],
          [100, "repair", "changed"],
        ]);
        // A repair moves the next pass of the one, and not that of the other.
        const due = kind === "external-secrets" ? 3700 : 3600;
        expect(world.until(due - 0.001).passes).toHaveLength(2);
        expect(world.until(due).passes).toHaveLength(3);
      }
    },
  );

  it("External Secrets does not mind an annotation of others, the App Configuration provider looks again", () => {
    const annotate = (kind: LaneKind) => {
      const world = new LaneWorld().lane(kind, { everyMs: HOUR_MS });
      world.at(100, () =>
        patched(world, { metadata: { annotations: { note: "mine" } } }),
      );
      return world.until(200).passes.length;
    };
    expect(annotate("external-secrets")).toBe(1);
    expect(annotate("app-configuration")).toBe(2);
  });

  it("akv2k8s repairs it with its next resync", () => {
    for (const act of [tampered, deleted]) {
      const world = new LaneWorld().lane("akv2k8s");
      world.at(40, () => act(world)).until(59.999);
      expect(world.published).not.toBe("v1");
      world.until(60);
      expect(world.published).toBe("v1");
    }
  });

  it("the sync controller leaves it so until it is forced or the vault's value changes", () => {
    const everyMs = 60_000;
    const forced = new LaneWorld().lane("sync-controller", { everyMs });
    forced.at(100, () => tampered(forced)).until(500);
    expect(forced.published).toBe("forged");
    forced.at(510, () => forced.lanes.refresh("lane")).until(510);
    expect(forced.published).toBe("v1");
    const rotated = new LaneWorld().lane("sync-controller", { everyMs });
    rotated.at(100, () => deleted(rotated)).until(500);
    expect(rotated.published).toBeNull();
    rotated.setAt(510, "v2").until(540);
    expect(rotated.published).toBe("v2");
  });
});

describe("policies and pinned versions", () => {
  it("External Secrets with CreatedOnce never fetches again, with OnChange only when it is asked", () => {
    const run = (refreshPolicy: "CreatedOnce" | "OnChange") => {
      const world = new LaneWorld().lane("external-secrets", { refreshPolicy });
      world.setAt(100, "v2").until(4000);
      world.at(5000, () => world.lanes.refresh("lane")).until(6000);
      return world.passes.slice(1);
    };
    expect(run("CreatedOnce")).toEqual([[5000, "forced", "skipped"]]);
    expect(run("OnChange")).toEqual([[5000, "forced", "changed"]]);
  });

  it("External Secrets with an interval of 0 fetches once", () => {
    const world = new LaneWorld().lane("external-secrets", { everyMs: 0 });
    expect(world.until(90_000).passes).toHaveLength(1);
  });

  it("a pinned version stays: some ask for it again and again, platforms once", () => {
    const pinned = (kind: LaneKind) => {
      const world = new LaneWorld();
      const first = world.vaults.state.vaults.get(VAULT)!.secrets;
      const version = first.get("password")!.versions[0]!.version;
      world.lane(kind, { everyMs: HOUR_MS, version }).rotated().until(7200);
      return [world.held, world.passes.length] as const;
    };
    expect(pinned("external-secrets")).toEqual([[[0, "v1"]], 3]);
    expect(pinned("app-configuration")).toEqual([[[0, "v1"]], 1]);
    expect(pinned("app-service")).toEqual([[[0, "v1"]], 1]);
  });
});

describe("a warm start", () => {
  it("fetches at once, and next within its interval by a phase that is drawn", () => {
    const second = (seed: number): number => {
      const world = new LaneWorld({ seed });
      world.lane("external-secrets", { phaseMs: null }).until(7200);
      const [first, next, third] = world.passes.map(([at]) => at);
      expect(first).toBe(0);
      expect(third).toBeCloseTo(next! + 3600);
      return next!;
    };
    const drawn = [1, 2, 3].map(second);
    expect(new Set(drawn).size).toBe(3);
    expect(drawn.every((at) => at > 0 && at <= 3600)).toBe(true);
    expect(second(1)).toBe(drawn[0]);
  });

  it("takes a given phase as the age of the process", () => {
    const world = new LaneWorld().lane("sync-controller", {
      everyMs: HOUR_MS,
      phaseMs: 600_000,
    });
    expect(world.until(7000).passes.map(([at]) => at)).toEqual([0, 3000, 6600]);
  });
});
