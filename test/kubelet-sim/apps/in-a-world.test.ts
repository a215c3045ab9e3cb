/** Applications in whole worlds: in real containers, over real volumes, through restarts of everything around them. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import {
  ROTATION,
  VAULT,
  aClass,
  aPod,
  aWorld,
  csiVolume,
} from "../../support/world.ts";
import type { TestWorld } from "../../support/world.ts";

const FILE = "/mnt/kv/secret1";

function anApp(app: JsonObject, more: JsonObject = {}): JsonObject {
  return aPod({
    name: "app",
    volumes: { kv: csiVolume("kv") },
    metadata: { annotations: { "keyturn.dev/app": JSON.stringify(app) } },
    ...more,
  });
}

function started(app: JsonObject): TestWorld {
  const manifests = [aClass({ name: "kv", objects: ["secret1"] }), anApp(app)];
  const w = aWorld({ settings: ROTATION, manifests });
  w.untilFact("app.started");
  return w;
}

const held = (w: TestWorld) =>
  w.all("app.holds").map(({ data }) => data["ordinal"]);

test("an application that watches the mount has the new value 10 ms after the driver's switch", () => {
  const w = started({ how: "watches-directory", file: FILE });
  expect(held(w)).toEqual([1]);
  w.setSecret("secret1", "v2");
  const switched = w.untilFact("volume.switched").t;
  const [before, at] = w.around(switched + 10, () => held(w));
  expect(before).toEqual([1]);
  expect(at).toEqual([1, 2]);
});

test("an application that reads once keeps its value until its container starts anew", () => {
  const w = started({ how: "reads-once", file: FILE });
  w.setSecret("secret1", "v2");
  w.untilFact("volume.switched");
  w.advance("10m");
  expect(held(w)).toEqual([1]);
  w.kill("app", 1);
  w.untilFact("app.started");
  expect(held(w)).toEqual([1, 2]);
});

test("an application that asks the vault is audited as its pod, by its own SDK", () => {
  const app = { how: "polls-vault", vault: VAULT, secret: "secret1" };
  const w = started(app);
  w.advance("6m");
  const own = w
    .all("vault.request")
    .filter(({ data }) => (data["userAgent"] as string).includes("azsdk-js"));
  expect(own.map(({ data }) => [data["pod"], data["operation"]])).toEqual([
    ["default/app", "Authentication"],
    ["default/app", "SecretGet"],
    ["default/app", "SecretGet"],
  ]);
});

test.each([
  ["with the label and the annotation", {}, true],
  ["without the label", { labels: {} }, false],
  ["whose ServiceAccount has no annotation", { account: "default" }, false],
  [
    "that the webhook is told to skip",
    { annotations: { "azure.workload.identity/skip-containers": "a;main" } },
    false,
  ],
] as const)(
  "an application %s signs in as its pod's workload identity: %o",
  (_, given, isWorkload) => {
    const clientId = "5c3f0000-0000-4000-8000-000000000002";
    const { account = "reader", annotations = {} } = given as {
      readonly account?: string;
      readonly annotations?: JsonObject;
    };
    const { labels = { "azure.workload.identity/use": "true" } } = given as {
      readonly labels?: JsonObject;
    };
    const app = { how: "polls-vault", vault: VAULT, secret: "secret1" };
    const pod = aPod({
      name: "app",
      metadata: {
        labels,
        annotations: { "keyturn.dev/app": JSON.stringify(app), ...annotations },
      },
      spec: { serviceAccountName: account },
    });
    const reader = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        name: "reader",
        annotations: { "azure.workload.identity/client-id": clientId },
      },
    };
    const w = aWorld({ settings: ROTATION, manifests: [reader, pod] });
    w.untilFact("app.holds");
    const read = w
      .all("vault.request")
      .find(
        ({ data }) => data["pod"] === "default/app" && data["status"] === 200,
      )!;
    expect(read.data["appid"] === clientId).toBe(isWorkload);
  },
);

test("a rebooted node's application begins anew with what is mounted then", () => {
  const w = started({ how: "watches-file", file: FILE });
  w.setSecret("secret1", "v2");
  w.restart("node", "node-0");
  w.untilFact("app.ended");
  w.untilFact("app.started");
  expect(held(w)).toEqual([1, 2]);
});

test("an application lives on through restarts of the kubelet and of the driver", () => {
  const w = started({ how: "watches-directory", file: FILE });
  w.restart("kubelet", "node-0");
  w.restart("driver", "node-0");
  w.advance("1m");
  w.setSecret("secret1", "v2");
  w.advance("10m");
  expect(w.all("app.ended")).toEqual([]);
  expect(held(w)).toEqual([1, 2]);
});

test("a pod is added as whose it is: a bare pod is nobody's", () => {
  const w = started({ how: "reads-once", file: FILE });
  expect(w.first("kubelet.pod.added").data["workload"]).toBe("");
});

test("what a pod's application holds can be asked of its node", () => {
  const w = started({ how: "reads-once", file: FILE });
  const uid = w.first("kubelet.pod.added").data["uid"] as string;
  const [node] = w.world.nodes;
  expect(node!.runningApp(uid)).toMatchObject({
    content: { object: `${VAULT}/secrets/secret1`, ordinal: 1 },
  });
  expect(node!.runningApp("nobody")).toBeNull();
});
