/** Looking into containers: what is pinned stays, whatever the volume does, and each thing is named by its versions. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";

const MAIN: JsonObject = {
  name: "main",
  image: "busybox",
  env: [
    {
      name: "PASSWORD",
      valueFrom: { secretKeyRef: { name: "app-secret", key: "password" } },
    },
  ],
  volumeMounts: [
    { name: "all", mountPath: "/mnt/all" },
    { name: "all", mountPath: "/etc/password", subPath: "password" },
  ],
};

/** A pod that has a Secret's key as a variable, a pinned file and a file; the Secret has changed and been refreshed. */
function aStalePod(): TestWorld {
  const pod = aPod({
    unused: { all: secretVolume("app-secret") },
    spec: {
      containers: [MAIN],
      volumes: [{ name: "all", ...secretVolume("app-secret") }],
    },
  });
  const world = aWorld({ manifests: [aSecret({ password: "old" }), pod] });
  world.until("5m").apply(aSecret({ password: "new" }));
  return world.advance("5m");
}

const versions = (world: TestWorld) => {
  const seen = world.world.inspect("default", "busybox")!;
  const behind = (items: typeof seen.variables) =>
    items
      .filter(({ object }) => object !== null)
      .map(({ name, source, ordinal }) => [name, source, ordinal]);
  return [
    ...behind(seen.variables),
    ...behind(seen.pinned),
    ...behind(seen.files),
  ];
};

const read = (world: TestWorld) => [
  world.world.readVariable("default", "busybox", "PASSWORD"),
  world.read("/etc/password"),
  world.read("/mnt/all/password"),
];

test("variables and pinned files are those of the container, volumes those of now", () => {
  const world = aStalePod();
  expect(read(world)).toEqual(["old", "old", "new"]);
  const source = "Secret/app-secret";
  expect(versions(world)).toEqual([
    ["PASSWORD", source, 1],
    ["/etc/password", source, 1],
    ["/mnt/all/password", source, 2],
  ]);
});

test("a command reads the same", () => {
  const world = aStalePod();
  const command = 'echo "$PASSWORD"; cat /etc/password /mnt/all/password';
  const [printed, exitCode] = world.exec(["sh", "-c", command]);
  expect([printed, exitCode]).toEqual(["old\noldnew", 0]);
});

test("a new container has what is there when it is created", () => {
  const world = aStalePod();
  world.kill();
  expect(world.world.inspect("default", "busybox")).toBeNull();
  world.advance("1m");
  expect(read(world)).toEqual(["new", "new", "new"]);
});

test("a pod that is not there cannot be looked into", () => {
  const { world } = aWorld();
  const message = 'pods "busybox" not found in namespace default';
  expect(() => world.inspect("default", "busybox")).toThrow(message);
  expect(() => world.readFile("default", "busybox", "/x")).toThrow(message);
});
