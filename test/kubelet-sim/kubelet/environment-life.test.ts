/** kubelet.md 4.4, 5 and 13.6 in whole worlds: what a container keeps from its creation, and what goes on living. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";

/** Long enough for the next sync and its refresh. */
const A_SYNC = "92s";

const SECRET_ENV = {
  name: "PASSWORD",
  valueFrom: { secretKeyRef: { name: "app-secret", key: "password" } },
};

function aReader(): JsonObject {
  const main = {
    name: "main",
    image: "busybox",
    env: [SECRET_ENV],
    volumeMounts: [
      { name: "data", mountPath: "/mnt" },
      { name: "data", mountPath: "/etc/password", subPath: "password" },
    ],
  };
  const volumes = [{ name: "data", ...secretVolume("app-secret") }];
  return aPod({ spec: { containers: [main], volumes } });
}

function started(options: WorldOptions = {}): TestWorld {
  const manifests = [aSecret({ password: "one" }), aReader()];
  return aWorld({ manifests, ...options }).until("10s");
}

function made(w: TestWorld): JsonObject[] {
  return w.all("container.created").map(({ data }) => data);
}

test("variables and subPath files are fixed when the container is made, with the version they came from [KUBELET-13.6-05]", () => {
  const w = started();
  const [first] = made(w);
  const { resourceVersion } = w.get("Secret", "app-secret")!["metadata"] as {
    readonly resourceVersion: string;
  };
  const object = "default/secret/app-secret/password";
  const content = { object, ordinal: 1 };
  const origin = { source: "Secret/app-secret", resourceVersion, ...content };
  expect(first).toMatchObject({
    attempt: 0,
    variables: [{ variable: "PASSWORD", key: "password", ...origin }],
    pinned: [{ path: "/etc/password", volume: "data", ...content }],
  });
  w.apply(aSecret({ password: "two" }));
  w.advance("10m");
  expect(made(w)).toHaveLength(1);
  expect(w.read("/mnt/password")).toBe("two");
});

test("the links of the volume's directory live on: the files beside a subPath mount change [KUBELET-13.6-06]", () => {
  const w = started();
  w.apply(aSecret({ password: "two" }));
  const sync = w.untilFact("kubelet.pod.sync").t;
  const read = () => w.read("/mnt/password");
  expect(w.around(w.refreshAfter(sync), read)).toEqual(["one", "two"]);
});

test("a container made anew before the files are refreshed has new variables and old files", () => {
  const w = started();
  w.apply(aSecret({ password: "two" }));
  w.advance("100ms");
  w.do({
    kind: "kill",
    namespace: "default",
    pod: "busybox",
    container: null,
    exitCode: 1,
  });
  w.untilFact("container.created");
  const [, second] = made(w);
  expect(second).toMatchObject({
    attempt: 1,
    variables: [{ variable: "PASSWORD", ordinal: 2 }],
  });
  w.advance(A_SYNC);
  expect(w.read("/mnt/password")).toBe("two");
});

test("a missing Secret is a CreateContainerConfigError, and the container starts once it is there [KUBELET-13.6-04]", () => {
  const spec = {
    containers: [{ name: "main", image: "busybox", env: [SECRET_ENV] }],
  };
  const w = aWorld({ manifests: [aPod({ spec })] }).until("20s");
  expect(w.first("container.waiting").data).toMatchObject({
    reason: "CreateContainerConfigError",
    message: 'secret "app-secret" not found',
  });
  expect(w.messages("Failed")[0]).toBe('Error: secret "app-secret" not found');
  w.apply(aSecret({ password: "one" }));
  w.advance("16s");
  expect(made(w)).toMatchObject([
    { variables: [{ variable: "PASSWORD", ordinal: 1 }] },
  ]);
});
