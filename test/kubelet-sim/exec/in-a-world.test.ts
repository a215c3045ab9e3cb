/** Commands in pods of a whole world: real kubelet, driver, Secrets. */
import { expect, test } from "vitest";
import { execOutput } from "../../../src/kubelet-sim/exec/index.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecretObject,
  aWorld,
  csiVolume,
  ROTATION,
  secretVolume,
} from "../../support/world.ts";

function start(world: TestWorld, exec: string, command: readonly string[]) {
  const where = { namespace: "default", pod: "busybox", container: null };
  world.do({ kind: "exec", exec, ...where, command });
}

function printed(world: TestWorld, exec: string): string {
  const facts = world
    .all("container.exec.output")
    .filter(({ data }) => data["exec"] === exec)
    .map(({ fact }) => fact);
  return execOutput(world.world.values, facts, "stdout");
}

/** The articles' pod: the CSI volume, the Secret synced from it as a volume and in a variable. */
function articleWorld(): TestWorld {
  const container = {
    name: "busybox",
    image: "busybox",
    env: [
      {
        name: "SYNCED_SECRET",
        valueFrom: { secretKeyRef: { name: "app-secret", key: "password" } },
      },
    ],
    volumeMounts: [
      { name: "store", mountPath: "/mnt/secrets-store" },
      { name: "synced", mountPath: "/mnt/secrets-volume" },
    ],
  };
  return aWorld({
    settings: ROTATION,
    manifests: [
      aClass({ secretObjects: [aSecretObject()] }),
      aPod({
        volumes: {
          store: csiVolume("kv"),
          synced: secretVolume("app-secret"),
        },
        spec: { containers: [container] },
      }),
    ],
  });
}

test("cat and a variable see the rotation as the articles tell it: files follow, the environment does not", () => {
  const world = articleWorld().until("5m");
  const both = [
    "sh",
    "-c",
    "cat /mnt/secrets-store/secret1 /mnt/secrets-volume/password; echo $SYNCED_SECRET",
  ];
  start(world, "before", both);
  world.setSecret("secret1", "v2");
  world.until("15m");
  start(world, "after", both);
  world.until("16m");
  expect(printed(world, "before")).toBe("v1v1v1\n");
  expect(printed(world, "after")).toBe("v2v2v1\n");
});

test("watch sees the CSI file change first, and at the instant of the first period after its switch", () => {
  const world = articleWorld().until("5m");
  world.setSecret("secret1", "v2");
  const file = "/mnt/secrets-store/secret1";
  start(world, "watch", ["watch", "-n", "1", "-t", "cat", file]);
  world.until("10m");
  const switched = world
    .all("volume.switched")
    .find(({ t }) => t > world.at("5m"))!;
  const pieces = world.all("container.exec.output").map(({ t, fact }) => ({
    t,
    text: execOutput(world.world.values, [fact]),
  }));
  const first = pieces.find(({ text }) => text === "v2")!;
  expect(first.t).toBeGreaterThanOrEqual(switched.t);
  expect(first.t - switched.t).toBeLessThanOrEqual(1000);
  expect(
    pieces.filter(({ t }) => t < first.t).every(({ text }) => text === "v1"),
  ).toBe(true);
});

test("the command ends with its container", () => {
  const world = articleWorld().until("5m");
  start(world, "long", ["sleep", "3600"]);
  world.remove("pod/busybox");
  world.until("7m");
  expect(world.last("container.exec.finished").data).toMatchObject({
    exec: "long",
    exitCode: 137,
  });
});
