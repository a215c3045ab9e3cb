/** kubelet.md 4.3, 4.5 and 12: volumes of several sources, of a ConfigMap, and of the downward API. */
import { expect, test } from "vitest";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { bytesToBase64, bytesToUtf8 } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aPod, aSecret, secretVolume } from "../../support/world.ts";
import type { NodeSettings, TestNode } from "./sources-support.ts";
import { aConfigMap, aNode } from "./sources-support.ts";

function withData(settings: NodeSettings = {}): TestNode {
  const node = aNode(settings);
  node.apply(aSecret({ password: "one", user: "me" }));
  node.apply(aConfigMap({ greeting: "hello" }));
  return node.advance("1s");
}

function projecting(
  sources: readonly JsonObject[],
  more: { readonly volume?: JsonObject; readonly spec?: JsonObject } = {},
): JsonObject {
  const { volume = {}, spec = {} } = more;
  const volumes = { all: { projected: { sources, ...volume } } };
  const pod = aPod({ volumes });
  return { ...pod, spec: { ...(pod["spec"] as JsonObject), ...spec } };
}

function paths(node: TestNode, pod: Stored, volume = "all"): string[] {
  const { uid } = pod.object.metadata;
  return node.volumes.imageOf(uid, volume)!.payload.map(({ path }) => path);
}

const SECRET = { secret: { name: "app-secret" } };
const SETTINGS_MAP = { configMap: { name: "settings" } };

test("all sources come together, with one switch, and each file says where it is from", () => {
  const node = withData();
  const pod = node.start(projecting([SECRET, SETTINGS_MAP]));
  expect(paths(node, pod)).toEqual(["greeting", "password", "user"]);
  const [fact] = node.factsOf("volume.switched");
  const files = fact!.data["files"] as JsonObject[];
  expect(fact!.data["kind"]).toBe("projected");
  expect(files.map(({ path, source }) => [path, source])).toEqual([
    ["greeting", "ConfigMap/settings"],
    ["password", "Secret/app-secret"],
    ["user", "Secret/app-secret"],
  ]);
  const { resourceVersion } = node.server.read(
    "ConfigMap",
    "default",
    "settings",
  )!.object.metadata;
  expect(files[0]!["resourceVersion"]).toBe(resourceVersion);
});

test("later sources win where paths meet", () => {
  const node = withData();
  node.apply(aConfigMap({ password: "from the map" }));
  node.advance("1s");
  const first = node.start(projecting([SECRET, SETTINGS_MAP]));
  expect(node.read(first, "all", "password")).toBe("from the map");
  const second = projecting([SETTINGS_MAP, SECRET]);
  const metadata = { name: "second", namespace: "default" };
  const other = node.start({ ...second, metadata });
  expect(node.read(other, "all", "password")).toBe("one");
});

test("a change of one source writes all files anew at the next sync, and not before", () => {
  const node = withData();
  const pod = node.start(projecting([SECRET, SETTINGS_MAP]));
  const { uid } = pod.object.metadata;
  const generation = () => node.volumes.imageOf(uid, "all")!.generation;
  node.apply(aConfigMap({ greeting: "hi", farewell: "bye" }));
  node.advance("30s");
  expect(generation()).toBe(1);
  node.resync(pod);
  expect(generation()).toBe(2);
  expect(paths(node, pod)).toEqual([
    "farewell",
    "greeting",
    "password",
    "user",
  ]);
});

test("every error is told, in the order of the sources; one stands alone", () => {
  const node = aNode();
  node.apply(aSecret({ password: "one" }));
  const items = [{ key: "user", path: "user" }];
  const sources = [
    { secret: { name: "app-secret", items } },
    { configMap: { name: "nowhere" } },
    { configMap: { name: "nowhere" } },
  ];
  node.start(projecting(sources));
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "all" : [references non-existent secret key: user, configmap "nowhere" not found]',
  );
  const other = aNode();
  other.start(projecting([{ configMap: { name: "nowhere" } }]));
  expect(other.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "all" : configmap "nowhere" not found',
  );
});

test("optional sources may lack the object or the key, and are followed", () => {
  const node = withData();
  const optional = true;
  const items = [
    { key: "later", path: "later" },
    { key: "password", path: "p" },
  ];
  const sources = [
    { secret: { name: "app-secret", items, optional } },
    { configMap: { name: "nowhere", optional } },
  ];
  const pod = node.start(projecting(sources));
  expect(paths(node, pod)).toEqual(["p"]);
  node.apply(aSecret({ password: "one", later: "here" }));
  node.apply(aConfigMap({ found: "yes" }, { name: "nowhere" }));
  node.advance("1s").resync(pod);
  expect(paths(node, pod)).toEqual(["found", "later", "p"]);
  expect(node.failures()).toEqual([]);
});

test("a projected volume that loses a source fails its refresh and keeps its files", () => {
  const node = withData();
  const pod = node.start(projecting([SECRET, SETTINGS_MAP]));
  node.remove("ConfigMap", "settings");
  node.advance("1s").resync(pod);
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "all" : configmap "settings" not found',
  );
  expect(node.read(pod, "all", "greeting")).toBe("hello");
});

test("modes: the volume's default, the item's own, 0644 without any", () => {
  const node = withData();
  const items = [
    { key: "password", path: "p", mode: 0o400 },
    { key: "user", path: "u" },
  ];
  const sources = [{ secret: { name: "app-secret", items } }, SETTINGS_MAP];
  const plain = node.start(projecting(sources));
  const modes = (pod: Stored) =>
    ["greeting", "p", "u"].map((path) => node.file(pod, "all", path)!.mode);
  expect(modes(plain)).toEqual([0o644, 0o400, 0o644]);
  const volume = { defaultMode: 0o600 };
  const metadata = { name: "second", namespace: "default" };
  const own = node.start({ ...projecting(sources, { volume }), metadata });
  expect(modes(own)).toEqual([0o600, 0o400, 0o600]);
});

test("fsGroup adds 0440 to files and its bits to directories", () => {
  const node = withData();
  const spec = { securityContext: { fsGroup: 2000 } };
  const volume = { defaultMode: 0o400 };
  const pod = node.start(projecting([SECRET], { volume, spec }));
  expect(node.file(pod, "all", "password")!.mode).toBe(0o440);
  const { uid } = pod.object.metadata;
  expect(node.volumes.imageOf(uid, "all")!.fsGroup).toBe(2000);
});

test("a ConfigMap volume has data and binaryData, and names a missing key as upstream does", () => {
  const node = aNode();
  const blob = Uint8Array.of(0, 255, 1);
  node.apply(
    aConfigMap(
      { greeting: "hello" },
      { binaryData: { blob: bytesToBase64(blob) } },
    ),
  );
  const volume = { configMap: { name: "settings" } };
  const pod = node.start(aPod({ volumes: { data: volume } }));
  expect(paths(node, pod, "data")).toEqual(["blob", "greeting"]);
  expect([...node.file(pod, "data", "blob")!.bytes]).toEqual([0, 255, 1]);
  const items = [{ key: "nothing", path: "n" }];
  const missing = { configMap: { name: "settings", items } };
  node.start(aPod({ name: "b", volumes: { data: missing } }));
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "data" : references non-existent config key: nothing',
  );
});

test("a ConfigMap volume follows its ConfigMap, and an immutable one stays as it was read", () => {
  const node = aNode();
  node.apply(aConfigMap({ greeting: "hello" }));
  node.apply(aConfigMap({ fixed: "a" }, { name: "fixed", immutable: true }));
  const volumes = {
    data: { configMap: { name: "settings" } },
    fixed: { configMap: { name: "fixed" } },
  };
  const pod = node.start(aPod({ volumes }));
  node.apply(aConfigMap({ greeting: "hi" }));
  node.remove("ConfigMap", "fixed");
  node.apply(aConfigMap({ fixed: "b" }, { name: "fixed", immutable: true }));
  node.advance("1s").resync(pod);
  expect(node.read(pod, "data", "greeting")).toBe("hi");
  expect(node.read(pod, "fixed", "fixed")).toBe("a");
});

test("a Secret that grows and shrinks under three optional volumes: deleted, changed, created", () => {
  const node = aNode();
  const optional = { optional: true };
  node.apply(aSecret({ a: "1" }, { name: "gone" }));
  node.apply(aSecret({ a: "1" }, { name: "changed" }));
  const volumes = {
    gone: secretVolume("gone", optional),
    changed: secretVolume("changed", optional),
    made: secretVolume("made", optional),
  };
  const pod = node.start(aPod({ volumes }));
  node.remove("Secret", "gone");
  node.apply(aSecret({ b: "2" }, { name: "changed" }));
  node.apply(aSecret({ c: "3" }, { name: "made" }));
  const files = () =>
    ["gone", "changed", "made"].map((volume) => paths(node, pod, volume));
  expect(files()).toEqual([["a"], ["a"], []]);
  node.advance("1s").resync(pod);
  expect(files()).toEqual([[], ["b"], ["c"]]);
});

const DOWNWARD = {
  items: [
    { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
    { path: "notes", fieldRef: { fieldPath: "metadata.annotations['note']" } },
    { path: "meta/name", fieldRef: { fieldPath: "metadata.name" } },
    {
      path: "cpu",
      mode: 0o400,
      resourceFieldRef: { containerName: "main", resource: "limits.cpu" },
    },
  ],
};

function labelled(labels: JsonObject): JsonObject {
  const metadata = { labels, annotations: { note: 'two\nlines "quoted"' } };
  return aPod({ metadata, volumes: { info: { downwardAPI: DOWNWARD } } });
}

test("downward API files show labels, names and resources, and follow the pod", () => {
  const node = aNode();
  const pod = node.start(labelled({ b: "2", a: "1" }));
  const read = (path: string) => node.read(pod, "info", path);
  expect(read("labels")).toBe('a="1"\nb="2"');
  expect(read("notes")).toBe('lines "quoted"\ntwo');
  expect(read("meta/name")).toBe("busybox");
  expect(read("cpu")).toBe("4");
  expect(node.file(pod, "info", "cpu")!.mode).toBe(0o400);
  const [fact] = node.factsOf("volume.switched");
  expect((fact!.data["files"] as JsonObject[])[1]).toMatchObject({
    path: "labels",
    object: "default/pod/busybox/metadata.labels",
    ordinal: 1,
  });
  const after = node.apply(labelled({ a: "2" }));
  expect(node.manager.isStale(pod.object.metadata.uid, after)).toBe(true);
  node.resync(after);
  expect(read("labels")).toBe('a="2"');
  expect(node.file(pod, "info", "labels")!.content.ordinal).toBe(2);
  expect(node.manager.isStale(pod.object.metadata.uid, after)).toBe(false);
});

test("texts of the downward API are in the value book, for whoever shows them", () => {
  const node = aNode();
  const pod = node.start(labelled({ a: "1" }));
  const { content } = node.file(pod, "info", "labels")!;
  expect(bytesToUtf8(node.values.get(content)!)).toBe('a="1"');
});

test("a downward API file of a container that is not there fails the volume", () => {
  const node = aNode();
  const items = [
    {
      path: "cpu",
      resourceFieldRef: { containerName: "ghost", resource: "limits.cpu" },
    },
  ];
  node.start(aPod({ volumes: { info: { downwardAPI: { items } } } }));
  expect(node.failures()[0]).toBe(
    'MountVolume.SetUp failed for volume "info" : container ghost not found',
  );
});
