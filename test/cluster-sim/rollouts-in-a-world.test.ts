import { describe, expect, it } from "vitest";
import { createWorld } from "../../src/emulator/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { SECOND_MS } from "../../src/kernel/time.ts";
import type { TestWorld } from "../support/world.ts";
import { aSecret, aWorkload, aWorld } from "../support/world.ts";

const RESTART = {
  kind: "rolloutRestart",
  namespace: "default",
  name: "web",
} as const;

const aVariable = (secret: string): JsonObject => ({
  name: "PASSWORD",
  valueFrom: { secretKeyRef: { name: secret, key: "password" } },
});

const aTemplate = (container: JsonObject): JsonObject => ({
  spec: {
    containers: [{ name: "main", image: "busybox", ...container }],
  },
});

/** A workload `web` whose container has a variable from a Secret that is there. */
const aReader = (
  kind: "Deployment" | "StatefulSet" | "DaemonSet",
  replicas = 1,
): JsonObject =>
  aWorkload(kind, { replicas, ...aTemplate({ env: [aVariable("app")] }) });

const aPassword = (text = "one"): JsonObject =>
  aSecret({ password: text }, { name: "app" });

/** The same template with a Secret that is not there. */
const BROKEN = {
  kind: "patch",
  namespace: "default",
  name: "web",
  patchType: "strategic",
  body: { spec: { template: aTemplate({ env: [aVariable("nowhere")] }) } },
} as const;

/** Events of a workload since an instant, the random parts of names replaced: ReplicaSets are numbered as they come. */
function told(world: TestWorld, reason: string, since = 0): string[] {
  const names: string[] = [];
  const numbered = (name: string): string => {
    if (!names.includes(name)) names.push(name);
    return `#${names.indexOf(name) + 1}`;
  };
  return world
    .events(reason, "web")
    .map(({ t, data }) => {
      const text = (data["message"] as string).replace(
        /web-[a-z0-9]{6,10}\b/,
        numbered,
      );
      return { t, text };
    })
    .filter(({ t }) => t >= since)
    .map(({ text }) => text);
}

interface Rollout {
  readonly updated: number;
  readonly available: number;
  readonly pods: number;
}

/** Every form of the Deployment's status since an instant. */
function statuses(world: TestWorld, since: number): Rollout[] {
  return world
    .all("api.object.modified", "default/Deployment/web")
    .filter(({ t }) => t >= since)
    .map(({ data }) => data["rollout"] as unknown as Rollout);
}

function condition(world: TestWorld, type: string): JsonObject {
  const { conditions } = world.get("Deployment", "web")!["status"] as {
    readonly conditions: readonly JsonObject[];
  };
  return conditions.find((each) => each["type"] === type)!;
}

describe("a rolling update with real nodes", () => {
  it.each([
    [31, "up replica set #2 to 1", "down replica set #1 to 2 from 3"],
    [32, "up replica set #2 from 0 to 1", "down replica set #1 from 3 to 2"],
  ])("is told in the words of 1.%d", (minor, first, second) => {
    const world = aWorld({
      settings: { kubernetes: { minor } },
      nodes: 2,
      manifests: [aPassword(), aReader("Deployment", 3)],
    }).until("2m");
    world.do({ ...RESTART, objectKind: "Deployment" });
    world.advance("2m");
    const scaled = told(world, "ScalingReplicaSet").slice(1);
    expect(scaled.slice(0, 2)).toEqual([`Scaled ${first}`, `Scaled ${second}`]);
    expect(
      scaled.map((text) => /(up|down) replica set (#\d)/.exec(text)![0]),
    ).toEqual([
      "up replica set #2",
      "down replica set #1",
      "up replica set #2",
      "down replica set #1",
      "up replica set #2",
      "down replica set #1",
    ]);
  });

  it.each([
    [1, 1, 0],
    [3, 1, 0],
    [4, 1, 1],
    [5, 2, 1],
    [10, 3, 2],
  ])(
    "of %d replicas has %d more at the most and %d less available",
    (replicas, surge, unavailable) => {
      const world = aWorld({
        nodes: 2,
        manifests: [aPassword(), aReader("Deployment", replicas)],
      }).until("2m");
      const begin = world.now;
      world.do({ ...RESTART, objectKind: "Deployment" });
      world.advance("3m");
      const seen = statuses(world, begin);
      const available = seen.map((status) => status.available);
      expect(Math.min(...available)).toBe(replicas - unavailable);
      expect(seen.at(-1)).toMatchObject({
        updated: replicas,
        available: replicas,
      });
      const [up, down] = told(world, "ScalingReplicaSet").slice(1);
      expect(up).toBe(`Scaled up replica set #2 from 0 to ${surge}`);
      const rest = unavailable === 0 ? replicas - 1 : replicas - unavailable;
      expect(down).toBe(
        `Scaled down replica set #1 from ${replicas} to ${rest}`,
      );
      expect(condition(world, "Progressing")).toMatchObject({
        reason: "NewReplicaSetAvailable",
      });
    },
  );

  it("stops at a pod whose variable's Secret is not there, without an outage, and says so 601 s later", () => {
    const world = aWorld({
      manifests: [aPassword(), aReader("Deployment", 3)],
    }).until("2m");
    world.do({ ...BROKEN, objectKind: "Deployment" });
    const due = world.now + 601 * SECOND_MS;
    world.until(due - 1);
    const reason = () => condition(world, "Progressing")["reason"];
    expect(reason()).toBe("ReplicaSetUpdated");
    // The pass at the deadline, and its write a request later.
    world.until(due + 4);
    expect(condition(world, "Progressing")).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
    });
    world.advance("10m");
    expect(told(world, "ScalingReplicaSet")).toHaveLength(2);
    const status = world.get("Deployment", "web")!["status"];
    expect(status).toMatchObject({
      replicas: 4,
      updatedReplicas: 1,
      availableReplicas: 3,
      unavailableReplicas: 1,
    });
    const least = statuses(world, world.at("2m")).map((one) => one.available);
    expect(Math.min(...least)).toBe(3);
    const failed = world
      .all("k8s.event")
      .filter(({ data }) => data["reason"] === "Failed");
    expect(failed[0]!.data["message"]).toBe(
      'Error: secret "nowhere" not found',
    );
  });

  it("with Recreate waits out the 30 s of a shell that ignores SIGTERM, and never runs both", () => {
    const sleep = aTemplate({ command: ["sleep", "3600"] });
    const workload = { strategy: { type: "Recreate" } };
    const world = aWorld({
      manifests: [aWorkload("Deployment", { replicas: 2, ...sleep, workload })],
    }).until("2m");
    const begin = world.now;
    world.do({ ...RESTART, objectKind: "Deployment" });
    world.advance("2m");
    const ends = world.times("container.exited").filter((t) => t >= begin);
    const starts = world.times("container.started").filter((t) => t >= begin);
    expect(ends).toHaveLength(2);
    expect(starts).toHaveLength(2);
    expect(Math.min(...ends) - begin).toBeGreaterThanOrEqual(30 * SECOND_MS);
    expect(Math.max(...ends)).toBeLessThan(Math.min(...starts));
    expect(told(world, "ScalingReplicaSet", begin)).toEqual([
      "Scaled down replica set #1 from 2 to 0",
      "Scaled up replica set #2 from 0 to 2",
    ]);
  });
});

describe("what breaks in the middle of a rollout", () => {
  const world = () =>
    createWorld({
      nodes: 2,
      manifests: [
        aPassword(),
        aReader("Deployment", 4),
        aReader("StatefulSet", 3),
        aReader("DaemonSet"),
      ],
    });
  const begun = (): ReturnType<typeof world> => {
    const one = world();
    one.advance("2m");
    for (const kind of ["deployment", "statefulset", "daemonset"])
      one.rolloutRestart(`${kind}/web`);
    one.advance(1500);
    return one;
  };
  const expectRolledOut = (one: ReturnType<typeof world>): void => {
    const status = (kind: string) => one.get(kind, "web")!["status"];
    expect(status("deployment")).toMatchObject({
      replicas: 4,
      updatedReplicas: 4,
      availableReplicas: 4,
    });
    expect(status("statefulset")).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
    });
    expect(status("daemonset")).toMatchObject({
      updatedNumberScheduled: 2,
      numberReady: 2,
    });
  };

  it("an API server that is down for 20 s stops it for that long", () => {
    const one = begun();
    one.restart({ apiServer: null, downFor: "20s" });
    one.advance("10m");
    expectRolledOut(one);
  });

  it("a node that is down for a minute stops it for that long", () => {
    const one = begun();
    one.restart({ node: "node-1", downFor: "1m" });
    one.advance("10m");
    expectRolledOut(one);
  });

  it("a restored snapshot goes on as the world would have", () => {
    const one = begun();
    const other = world();
    other.restore(structuredClone(one.snapshot()));
    for (const each of [one, other]) each.advance("5m");
    expect(other.traceHash).toBe(one.traceHash);
    expectRolledOut(other);
  });
});

describe("other workloads with real nodes", () => {
  it("a StatefulSet stops at its highest pod, and a repaired template does not free it", () => {
    const world = aWorld({
      manifests: [aPassword(), aReader("StatefulSet", 3)],
    }).until("2m");
    const begin = world.now;
    world.do({ ...BROKEN, objectKind: "StatefulSet" });
    world.advance("10m");
    const body = { spec: { template: aTemplate({ env: [aVariable("app")] }) } };
    world.do({ ...BROKEN, objectKind: "StatefulSet", body });
    world.advance("10m");
    expect(told(world, "SuccessfulDelete", begin)).toEqual([
      "delete Pod web-2 in StatefulSet web successful",
    ]);
    expect(world.get("StatefulSet", "web")!["status"]).toMatchObject({
      readyReplicas: 2,
    });
    world.remove("Pod/web-2");
    world.advance("2m");
    expect(world.get("StatefulSet", "web")!["status"]).toMatchObject({
      readyReplicas: 3,
      updatedReplicas: 3,
    });
  });

  it("a DaemonSet is replaced node by node", () => {
    const world = aWorld({
      nodes: 3,
      manifests: [aPassword(), aReader("DaemonSet")],
    }).until("2m");
    const begin = world.now;
    world.do({ ...RESTART, objectKind: "DaemonSet" });
    world.advance("2m");
    const steps = world
      .all("k8s.event")
      .filter(({ t, data }) => t >= begin && data["name"] === "web")
      .map(({ data }) => data["reason"]);
    const one = ["SuccessfulDelete", "SuccessfulCreate"];
    expect(steps).toEqual([...one, ...one, ...one]);
  });

  it("each run of a CronJob has the Secret as of its start", () => {
    const { spec } = aTemplate({ env: [aVariable("app")] });
    const pod = {
      metadata: { annotations: { "keyturn.dev/exit-after": "5s" } },
      spec: { ...(spec as JsonObject), restartPolicy: "Never" },
    };
    const jobTemplate = { spec: { template: pod } };
    const tick = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "tick", namespace: "default" },
      spec: { schedule: "*/2 * * * *", jobTemplate },
    };
    const world = createWorld({ manifests: [aPassword("one"), tick] });
    // The Job comes 100 ms after the minute; its container runs from one second later to six seconds later.
    world.advance("3s");
    const seen = ["two", "three"].map((next) => {
      world.advance("2m");
      const started = world
        .trace()
        .findLast(({ type }) => type === "container.started")!;
      world.apply(aPassword(next));
      return world.readVariable(started.about, "PASSWORD");
    });
    expect(seen).toEqual(["one", "two"]);
  });
});
