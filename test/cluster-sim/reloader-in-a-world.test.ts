import { describe, expect, it } from "vitest";
import { createWorld } from "../../src/emulator/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../src/kernel/time.ts";
import type { SettingsText, TestWorld } from "../support/world.ts";
import {
  aClass,
  aSecret,
  aSecretObject,
  aWorkload,
  aWorld,
  csiVolume,
} from "../support/world.ts";

const NAMED = { "secret.reloader.stakater.com/reload": "app-secret" };
const PERIOD = "deployment.reloader.stakater.com/pause-period";

/** `web` with the vault's secret as a file and, synced, as a variable; `annotations` of the Deployment. */
function aSyncedDeployment(
  annotations: Readonly<Record<string, string>>,
  names: readonly string[] = ["app-secret"],
): JsonObject {
  const env = names.map((name, i) => ({
    name: `PASSWORD_${i}`,
    valueFrom: { secretKeyRef: { name, key: "password" } },
  }));
  const deployment = aWorkload("Deployment", {
    volumes: { store: csiVolume("kv") },
    spec: {
      containers: [
        {
          name: "main",
          image: "busybox",
          env,
          volumeMounts: [{ name: "store", mountPath: "/mnt/store" }],
        },
      ],
    },
  });
  const metadata = { name: "web", namespace: "default", annotations };
  return { ...deployment, metadata };
}

function aSyncedWorld(
  options: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly names?: readonly string[];
    readonly reloader?: SettingsText["reloader"];
  } = {},
): TestWorld {
  const { annotations = NAMED, names = ["app-secret"], reloader } = options;
  const secretObjects = names.map((secretName) =>
    aSecretObject({ secretName }),
  );
  return aWorld({
    nodes: 2,
    settings: {
      addon: { enableSecretRotation: true, rotationPollInterval: "1m" },
      reloader: { installed: true, ...reloader },
    },
    manifests: [
      aClass({ secretObjects }),
      aSyncedDeployment(annotations, names),
    ],
  }).until("2m");
}

const reloads = (world: TestWorld): number =>
  world.times("reloader.reloaded").length;

const replicaSets = (world: TestWorld): number[] =>
  world
    .all("api.object.created")
    .filter(({ data }) => data["kind"] === "ReplicaSet")
    .filter(({ about }) => about.startsWith("default/ReplicaSet/web-"))
    .map(({ t }) => t);

describe("Reloader on real nodes", () => {
  it("(g) two changes within the pause period give one rollout, at its end, with the second [RELOADER-1.13-07]", () => {
    const secret = (password: string) => aSecret({ password });
    const deployment = aWorkload("Deployment", {
      spec: {
        containers: [
          {
            name: "main",
            image: "busybox",
            env: [
              {
                name: "PASSWORD",
                valueFrom: {
                  secretKeyRef: { name: "app-secret", key: "password" },
                },
              },
            ],
          },
        ],
      },
    });
    const annotations = { ...NAMED, [PERIOD]: "5m" };
    const metadata = { name: "web", namespace: "default", annotations };
    const world = aWorld({
      settings: { reloader: { installed: true } },
      manifests: [secret("one"), { ...deployment, metadata }],
    }).until("2m");
    world.apply(secret("two"));
    world.until("3m");
    world.apply(secret("three"));
    world.until("10m");
    const [, second, third] = replicaSets(world);
    expect(third).toBeUndefined();
    expect(second! - world.at("7m")).toBeGreaterThan(0);
    expect(second! - world.at("7m")).toBeLessThan(SECOND_MS);
    expect(reloads(world)).toBe(2);
    const created = world.last("container.created").data["variables"];
    expect(created).toMatchObject([{ variable: "PASSWORD", ordinal: 3 }]);
  });

  it("two Secrets of one rotation give two rollouts, and one with a pause period", () => {
    const auto = { "reloader.stakater.com/auto": "true" };
    for (const [annotations, rollouts] of [
      [auto, 2],
      [{ ...auto, [PERIOD]: "1m" }, 1],
    ] as const) {
      const names = ["app-secret", "other-secret"];
      const world = aSyncedWorld({ annotations, names });
      world.setSecret("secret1", "v2");
      world.until("10m");
      expect(reloads(world)).toBe(2);
      expect(replicaSets(world)).toHaveLength(1 + rollouts);
    }
  });

  it("(h) a change after the leader's pod has gone, and before another leads, is missed [RELOADER-1.13-08]", () => {
    const reloader = { enableHA: true, replicas: 2 };
    const world = aSyncedWorld({ reloader });
    world.apply(aSecret({ password: "one" }, { name: "plain" }));
    const holder = (): string => {
      const { spec } = world.get("Lease", "stakater-reloader-lock")!;
      return (spec as JsonObject)["holderIdentity"] as string;
    };
    const first = holder();
    world.remove(`Pod/${first}`);
    world.untilFact("reloader.stopped");
    world.advance("5s");
    world.apply(aSecret({ password: "two" }, { name: "plain" }));
    world.advance("1m");
    const events = () => world.times("reloader.event", "default/Secret/plain");
    expect(events()).toEqual([]);
    expect(holder()).not.toBe(first);
    world.apply(aSecret({ password: "three" }, { name: "plain" }));
    world.advance("1m");
    expect(events()).toHaveLength(1);
  });

  it("rolls a fresh Deployment once more with --reload-on-create, and not without", () => {
    for (const [reloadOnCreate, expected] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const world = aSyncedWorld({ reloader: { reloadOnCreate } });
      world.remove("Deployment/web");
      world.advance("1m");
      expect(world.get("Secret", "app-secret")).toBeNull();
      const before = replicaSets(world).length;
      world.setSecret("secret1", "v2");
      world.apply(aSyncedDeployment(NAMED));
      world.advance("5m");
      expect(world.secret("app-secret", "password")).toBe("v2");
      expect(reloads(world)).toBe(expected);
      expect(replicaSets(world)).toHaveLength(before + 1 + expected);
    }
  });
});

describe("two Reloaders without an election", () => {
  const named = (): JsonObject => {
    const metadata = { name: "web", namespace: "default", annotations: NAMED };
    return { ...aWorkload("Deployment"), metadata };
  };

  it("both patch for a change that comes while one replaces the other, with one rollout", () => {
    const world = createWorld({
      settings: { reloader: { installed: true } },
      manifests: [aSecret({ password: "one" }), named()],
    });
    world.advance("2m");
    world.rolloutRestart("deployment/reloader-reloader");
    // The new one runs after a second and is ready, by its probe, ten seconds later.
    world.advance("5s");
    world.apply(aSecret({ password: "two" }));
    world.advance("5m");
    const told = world
      .trace()
      .filter(({ type }) => type === "reloader.reloaded");
    expect(told).toHaveLength(2);
    const { generation } = world.get("deployment", "web")![
      "metadata"
    ] as JsonObject;
    expect(generation).toBe(2);
  });

  it("come back from an outage of the API server each at its time", () => {
    const world = createWorld({
      settings: { reloader: { installed: true } },
      manifests: [aSecret({ password: "one" }), named()],
    });
    world.scale("deployment/reloader-reloader", 3);
    world.advance("2m");
    world.restart({ apiServer: null, downFor: "7s" });
    world.advance("2m");
    const back = new Set(
      world
        .trace()
        .filter(({ type }) => type === "api.watch.resumed")
        .filter(({ about }) => about === "programs")
        .map(({ t }) => t),
    );
    expect(back.size).toBeGreaterThan(1);
    const reloads = (): number =>
      world.trace().filter(({ type }) => type === "reloader.reloaded").length;
    world.apply(aSecret({ password: "two" }));
    world.advance("1m");
    expect(reloads()).toBe(3);
  });

  it("one that starts anew takes what is there for new with --sync-after-restart", () => {
    const world = createWorld({
      settings: {
        reloader: {
          installed: true,
          reloadOnCreate: true,
          syncAfterRestart: true,
          reloadStrategy: "annotations",
        },
      },
      manifests: [aSecret({ password: "one" }), named()],
    });
    world.advance("2m");
    const count = (): number =>
      world.trace().filter(({ type }) => type === "reloader.reloaded").length;
    const before = count();
    world.restart({ reloader: null });
    world.advance("1m");
    expect(count()).toBe(before + 1);
  });
});

describe("kubectl delete of a Deployment", () => {
  it("leaves no ReplicaSet, pod or synced Secret after the grace period", () => {
    const world = aSyncedWorld();
    world.setSecret("secret1", "v2");
    world.advance("3m");
    const sets = world
      .all("api.object.created")
      .filter(({ data }) => data["kind"] === "ReplicaSet")
      .map(({ data }) => data["name"] as string)
      .filter((name) => name.startsWith("web-"));
    expect(sets).toHaveLength(2);
    const begin = world.now;
    world.remove("Deployment/web");
    world.advance("40s");
    for (const name of sets) expect(world.get("ReplicaSet", name)).toBeNull();
    expect(world.get("Secret", "app-secret")).toBeNull();
    const created = world
      .all("api.object.created")
      .filter(({ about }) => about.startsWith("default/Pod/web-"));
    for (const { data } of created)
      expect(world.get("Pod", data["name"] as string)).toBeNull();
    world.advance(5 * MINUTE_MS);
    const again = world
      .all("api.object.created")
      .filter(({ t, about }) => t >= begin && /\/(Pod|Secret)\//.test(about));
    expect(again).toEqual([]);
  });
});
