/** kubelet.md 4.4: what a subPath mount holds from the moment its container was made. */
import { expect, test } from "vitest";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { bytesToUtf8 } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { inspectContainer } from "../../../src/kubelet-sim/inspect.ts";
import { fileOfContainer } from "../../../src/kubelet-sim/pod-files.ts";
import type { ContainerConfig } from "../../../src/kubelet-sim/ports.ts";
import { aPod, aSecret, csiVolume, secretVolume } from "../../support/world.ts";
import type { TestNode } from "./sources-support.ts";
import { aNode } from "./sources-support.ts";

function aNodeWith(data: Readonly<Record<string, string>>): TestNode {
  const node = aNode();
  node.apply(aSecret(data));
  return node.advance("1s");
}

function mounting(
  mounts: readonly JsonObject[],
  more: { readonly volume?: JsonObject; readonly env?: JsonObject[] } = {},
): JsonObject {
  const { volume = secretVolume("app-secret"), env = [] } = more;
  const volumeMounts = mounts.map((mount) => ({ name: "data", ...mount }));
  const main = { name: "main", image: "busybox", env, volumeMounts };
  const spec = { containers: [main], volumes: [{ name: "data", ...volume }] };
  return aPod({ spec });
}

function reader(node: TestNode, pod: Stored, config: ContainerConfig) {
  return (path: string) => {
    const file = fileOfContainer(node.volumes, node.running(pod, config), path);
    return file === null ? null : bytesToUtf8(file.bytes);
  };
}

const PINNED = { mountPath: "/etc/app/password", subPath: "password" };

test("a file mounted by subPath stays what it was, the volume beside it moves on [KUBELET-13.6-05] [KUBELET-13.6-06]", () => {
  const node = aNodeWith({ password: "one" });
  const pod = node.start(mounting([PINNED, { mountPath: "/mnt" }]));
  const config = node.configOf(pod);
  const read = reader(node, pod, config);
  expect([read("/etc/app/password"), read("/mnt/password")]).toEqual([
    "one",
    "one",
  ]);
  node.apply(aSecret({ password: "two" }));
  node.advance("1s").resync(pod);
  expect([read("/etc/app/password"), read("/mnt/password")]).toEqual([
    "one",
    "two",
  ]);
  expect(read("/mnt/..data/password")).toBe("two");
});

test("a container made anew binds the file that is there then", () => {
  const node = aNodeWith({ password: "one" });
  const pod = node.start(mounting([PINNED]));
  node.apply(aSecret({ password: "two" }));
  node.advance("1s");
  const pinned = () => {
    const [pin] = node.configOf(pod).pinned;
    return bytesToUtf8(pin!.file!.bytes);
  };
  // The volume is refreshed by a sync, not by the container.
  expect(pinned()).toBe("one");
  node.resync(pod);
  expect(pinned()).toBe("two");
});

test("a subPath that names no key is a directory, and stays one when the key comes", () => {
  const node = aNodeWith({ password: "one" });
  const pod = node.start(
    mounting([{ mountPath: "/etc/user", subPath: "user" }]),
  );
  const config = node.configOf(pod);
  expect(config.pinned).toEqual([
    { mountPath: "/etc/user", volume: "data", subPath: "user", file: null },
  ]);
  node.apply(aSecret({ password: "one", user: "me" }));
  node.advance("1s").resync(pod);
  expect(reader(node, pod, config)("/etc/user")).toBeNull();
});

test("a directory mounted by subPath is empty from the volume's next switch on", () => {
  const node = aNodeWith({ password: "one" });
  const items = [{ key: "password", path: "db/prod/password" }];
  const volume = secretVolume("app-secret", { items });
  const mount = { mountPath: "/etc/db", subPath: "db" };
  const pod = node.start(mounting([mount], { volume }));
  const config = node.configOf(pod);
  const read = reader(node, pod, config);
  const seen = () =>
    inspectContainer(node.volumes, node.running(pod, config)).pinned.map(
      ({ name }) => name,
    );
  expect(read("/etc/db/prod/password")).toBe("one");
  expect(seen()).toEqual(["/etc/db/prod/password"]);
  node.apply(aSecret({ password: "two" }));
  node.advance("1s").resync(pod);
  expect(read("/etc/db/prod/password")).toBeNull();
  expect(seen()).toEqual([]);
});

test("the path may lead through ..data itself", () => {
  const node = aNodeWith({ password: "one" });
  const mount = { mountPath: "/p", subPath: "..data/password" };
  const pod = node.start(mounting([mount]));
  expect(reader(node, pod, node.configOf(pod))("/p")).toBe("one");
});

test("a file of a CSI volume is pinned like any other", () => {
  const node = aNodeWith({});
  const mount = { mountPath: "/p", subPath: "secret1" };
  const pod = node.start(mounting([mount], { volume: csiVolume("kv") }));
  const { uid } = pod.object.metadata;
  const write = (text: string, ordinal: number) =>
    node.sim.command(() =>
      node.volumes.write(uid, "data", {
        files: [
          {
            path: "secret1",
            bytes: Uint8Array.from(text, (char) => char.charCodeAt(0)),
            mode: 0o644,
            content: {
              object: "kvdemo/secrets/secret1",
              version: String(ordinal),
              ordinal,
              form: "as-is",
              from: 1,
            },
          },
        ],
        writer: "driver",
        kubernetesMinor: 35,
        triggers: [],
        at: "node-0/csi-driver",
      }),
    );
  write("v1", 1);
  const config = node.configOf(pod);
  write("v2", 2);
  expect(reader(node, pod, config)("/p")).toBe("v1");
});

test("subPathExpr is expanded with the container's own environment", () => {
  const node = aNodeWith({ "web-conf": "for web", "db-conf": "for db" });
  const valueFrom = { fieldRef: { fieldPath: "metadata.labels['app']" } };
  const env = [{ name: "APP", valueFrom }];
  const mount = { mountPath: "/conf", subPathExpr: "$(APP)-conf" };
  const manifest = mounting([mount], { env });
  const metadata = { name: "busybox", namespace: "default" };
  const labelled = { ...metadata, labels: { app: "db" } };
  const pod = node.start({ ...manifest, metadata: labelled });
  const config = node.configOf(pod);
  expect(reader(node, pod, config)("/conf")).toBe("for db");
  expect(config.pinned[0]!.subPath).toBe("db-conf");
});

test("an expression without a value fails the container, and so does one that leaves the volume", () => {
  const node = aNodeWith({ password: "one" });
  const start = (name: string, subPathExpr: string, value: string) => {
    const env = [{ name: "DIR", value }];
    const manifest = mounting([{ mountPath: "/p", subPathExpr }], { env });
    const metadata = { name, namespace: "default" };
    return node.outcome(node.start({ ...manifest, metadata }));
  };
  expect(start("a", "$(B)/$(A)/x", "x")).toMatchObject({
    ok: false,
    message: "missing value for A, B",
  });
  expect(start("b", "$(DIR)/x", "..")).toMatchObject({
    message: "unable to provision SubPath `../x`: must not contain '..'",
  });
  expect(start("c", "$(DIR)", "/root")).toMatchObject({
    message: "error SubPath `/root` must not be an absolute path",
  });
});

test("inspect tells of each variable, pinned file and file where it comes from, and no value", () => {
  const node = aNodeWith({ password: "canary-one" });
  const secretKeyRef = { name: "app-secret", key: "password" };
  const env = [
    { name: "PASSWORD", valueFrom: { secretKeyRef } },
    { name: "PLAIN", value: "canary-plain" },
  ];
  const pod = node.start(mounting([PINNED, { mountPath: "/mnt/" }], { env }));
  const config = node.configOf(pod);
  const version = () =>
    node.server.read("Secret", "default", "app-secret")!.object.metadata
      .resourceVersion;
  const first = version();
  node.apply(aSecret({ password: "canary-two" }));
  node.advance("1s").resync(pod);
  const seen = inspectContainer(node.volumes, node.running(pod, config));
  const object = "default/secret/app-secret/password";
  const source = "Secret/app-secret";
  const one = { source, resourceVersion: first, object, ordinal: 1 };
  const two = { source, resourceVersion: version(), object, ordinal: 2 };
  expect(seen).toMatchObject({
    pod: "busybox",
    container: "main",
    pinned: [{ name: "/etc/app/password", volume: "data", ...one }],
    files: [{ name: "/mnt/password", volume: "data", ...two }],
  });
  const variables = seen.variables.filter(({ name }) => name.startsWith("P"));
  expect(variables).toMatchObject([
    { name: "PASSWORD", ...one },
    { name: "PLAIN", source: null, object: null },
  ]);
  expect(seen.files[0]!.generation).toMatch(/^\.\.2024_/);
  expect(JSON.stringify(seen)).not.toContain("canary");
});
