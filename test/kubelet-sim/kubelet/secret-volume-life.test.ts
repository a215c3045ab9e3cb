/** kubelet.md 4.3, 6.5 and 12: what a Secret volume shows while its Secret comes, changes and goes. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";

/** Long enough for the next sync and its refresh. */
const A_SYNC = "92s";

function mounting(
  volume: JsonObject,
  secrets: readonly JsonObject[] = [aSecret({ password: "one" })],
): TestWorld {
  const pod = aPod({ volumes: { secret: volume } });
  return aWorld({ manifests: [...secrets, pod] }).until("10s");
}

function modeOf(w: TestWorld, path: string): number | undefined {
  const image = w.world.nodes[0]!.volumes.imageOf(
    w.first("kubelet.pod.added").data["uid"] as string,
    "secret",
  );
  return image?.payload.find((file) => file.path === path)?.mode;
}

test("every key becomes a file of mode 0644", () => {
  const w = mounting(secretVolume("app-secret"), [
    aSecret({ password: "one", user: "me" }),
  ]);
  expect(w.read("/mnt/secret/password")).toBe("one");
  expect(w.read("/mnt/secret/user")).toBe("me");
  expect(modeOf(w, "user")).toBe(0o644);
});

test("items choose keys, paths and modes, and defaultMode is for the rest", () => {
  const items = [
    { key: "password", path: "db/pass" },
    { key: "user", path: "name", mode: 0o400 },
  ];
  const w = mounting(
    secretVolume("app-secret", { items, defaultMode: 0o600 }),
    [aSecret({ password: "one", user: "me", other: "not here" })],
  );
  expect(w.read("/mnt/secret/db/pass")).toBe("one");
  expect(w.read("/mnt/secret/name")).toBe("me");
  expect(w.read("/mnt/secret/password")).toBeNull();
  expect(w.read("/mnt/secret/other")).toBeNull();
  expect([modeOf(w, "db/pass"), modeOf(w, "name")]).toEqual([0o600, 0o400]);
});

test("keys that come and go change the files together", () => {
  const w = mounting(secretVolume("app-secret"), [
    aSecret({ a: "a1", b: "b1" }),
  ]);
  w.apply(aSecret({ b: "b2", c: "c2" }));
  w.advance(A_SYNC);
  const files = ["a", "b", "c"].map((file) => w.read(`/mnt/secret/${file}`));
  expect(files).toEqual([null, "b2", "c2"]);
  expect(w.all("volume.switched")).toHaveLength(2);
});

test("an item whose key is missing fails the mount and says which", () => {
  const items = [{ key: "user", path: "user" }];
  const w = mounting(secretVolume("app-secret", { items }));
  expect(w.messages("FailedMount")[0]).toBe(
    'MountVolume.SetUp failed for volume "secret" : references non-existent secret key: user',
  );
  expect(w.all("kubelet.pod.running")).toEqual([]);
});

test("an item whose key is missing is left out of an optional volume", () => {
  const items = [
    { key: "user", path: "user" },
    { key: "password", path: "password" },
  ];
  const w = mounting(secretVolume("app-secret", { items, optional: true }));
  expect(w.messages("FailedMount")).toEqual([]);
  expect(w.read("/mnt/secret/password")).toBe("one");
  expect(w.read("/mnt/secret/user")).toBeNull();
});

test("an item whose key vanishes keeps the old file and fails each refresh", () => {
  const items = [{ key: "user", path: "user" }];
  const w = mounting(secretVolume("app-secret", { items }), [
    aSecret({ user: "me" }),
  ]);
  w.apply(aSecret({ password: "one" }));
  w.advance(A_SYNC);
  expect(w.read("/mnt/secret/user")).toBe("me");
  expect(w.last("volume.failed").data["error"]).toBe(
    "references non-existent secret key: user",
  );
});

test("a missing optional Secret mounts empty and the pod runs", () => {
  const w = mounting(secretVolume("app-secret", { optional: true }), []);
  expect(w.all("kubelet.pod.running")).toHaveLength(1);
  expect(w.messages("FailedMount")).toEqual([]);
  expect(w.read("/mnt/secret/password")).toBeNull();
  expect(w.first("volume.switched").data["files"]).toEqual([]);
});

test("an optional Secret that is made later appears at the next sync", () => {
  const w = mounting(secretVolume("app-secret", { optional: true }), []);
  w.apply(aSecret({ password: "one" }));
  const sync = w.untilFact("kubelet.pod.sync").t;
  const changed = w.around(w.refreshAfter(sync), () =>
    w.read("/mnt/secret/password"),
  );
  expect(changed).toEqual([null, "one"]);
});

test("the files of an optional Secret vanish with it", () => {
  const w = mounting(secretVolume("app-secret", { optional: true }));
  w.remove("secret/app-secret");
  const sync = w.untilFact("kubelet.pod.sync").t;
  const changed = w.around(w.refreshAfter(sync), () =>
    w.read("/mnt/secret/password"),
  );
  expect(changed).toEqual(["one", null]);
  expect(w.messages("FailedMount")).toEqual([]);
});

test("the files of a Secret that is not optional outlive it, and each refresh fails", () => {
  const w = mounting(secretVolume("app-secret"));
  w.remove("secret/app-secret");
  const sync = w.untilFact("kubelet.pod.sync").t;
  const failed = () => w.messages("FailedMount");
  expect(w.around(w.refreshAfter(sync), failed)).toEqual([
    [],
    [
      'MountVolume.SetUp failed for volume "secret" : secret "app-secret" not found',
    ],
  ]);
  w.advance("10m");
  expect(w.read("/mnt/secret/password")).toBe("one");
  expect(w.get("Pod", "busybox")).toMatchObject({
    status: { phase: "Running" },
  });
});

test("the reconciler retries a failed refresh on its own clock: 0.6, 1.7, 3.8 s", () => {
  const w = mounting(secretVolume("app-secret"));
  w.remove("secret/app-secret");
  const first = w.untilFact("volume.failed").t;
  w.until(first + 8_000);
  expect(w.times("volume.failed").map((t) => t - first)).toEqual([
    0, 600, 1_700, 3_800, 7_900,
  ]);
  expect(w.times("kubelet.pod.sync").filter((t) => t > first)).toEqual([]);
});

test("a Secret made anew is in the files at the next retry, without another sync", () => {
  const w = mounting(secretVolume("app-secret"));
  w.remove("secret/app-secret");
  const first = w.untilFact("volume.failed").t;
  w.until(first + 5_000);
  w.apply(aSecret({ password: "two" }));
  const changed = w.around(first + 7_900, () => w.read("/mnt/secret/password"));
  expect(changed).toEqual(["one", "two"]);
});

test("a sync does not shorten the back-off of a refresh", () => {
  const w = mounting(secretVolume("app-secret"));
  w.remove("secret/app-secret");
  const first = w.untilFact("volume.failed").t;
  w.until(first + 17_000);
  w.apply(aSecret({ password: "two" }));
  w.patch("patch", "Pod/busybox", { metadata: { annotations: { a: "b" } } });
  const changed = w.around(first + 32_100, () =>
    w.read("/mnt/secret/password"),
  );
  expect(changed).toEqual(["one", "two"]);
});

test("one Secret in two volumes of a pod shows in both", () => {
  const w = aWorld({
    manifests: [
      aSecret({ password: "one" }),
      aPod({
        volumes: {
          a: secretVolume("app-secret"),
          b: secretVolume("app-secret"),
        },
      }),
    ],
  }).until("10s");
  w.apply(aSecret({ password: "two" }));
  w.advance(A_SYNC);
  expect(w.read("/mnt/a/password")).toBe("two");
  expect(w.read("/mnt/b/password")).toBe("two");
});

test("an immutable Secret made anew under its name stays unseen by the node's pods", () => {
  const secret = (password: string) =>
    aSecret({ password }, { immutable: true });
  const w = mounting(secretVolume("app-secret"), [secret("one")]);
  w.remove("secret/app-secret");
  w.apply(secret("two"));
  w.advance("10m");
  expect(w.read("/mnt/secret/password")).toBe("one");
  expect(w.messages("FailedMount")).toEqual([]);
  // A second pod of the node reads what the first one keeps; a node without such a pod reads the new one.
  const second = aPod({
    name: "second",
    volumes: { secret: secretVolume("app-secret") },
  });
  w.apply(second);
  w.advance("10s");
  expect(w.read("/mnt/secret/password", "second")).toBe("one");
});

test("an immutable Secret is read afresh when no pod of the node refers to it any more", () => {
  const secret = (password: string) =>
    aSecret({ password }, { immutable: true });
  const w = mounting(secretVolume("app-secret"), [secret("one")]);
  w.remove("secret/app-secret");
  w.apply(secret("two"));
  w.remove("pod/busybox");
  w.untilFact("kubelet.pod.gone");
  w.advance("1s");
  w.apply(aPod({ volumes: { secret: secretVolume("app-secret") } }));
  w.advance("10s");
  expect(w.read("/mnt/secret/password")).toBe("two");
});

test("a change of the Secret's labels alone leaves files and facts as they are", () => {
  const w = mounting(secretVolume("app-secret"));
  w.apply(aSecret({ password: "one" }, { metadata: { labels: { a: "b" } } }));
  w.advance("5m");
  expect(w.all("volume.switched")).toHaveLength(1);
  expect(w.all("volume.verified")).toEqual([]);
});

test("files from the same name in another namespace do not interfere", () => {
  const other = aSecret(
    { password: "theirs" },
    { metadata: { namespace: "other", name: "app-secret" } },
  );
  const w = mounting(secretVolume("app-secret"), [
    aSecret({ password: "ours" }),
    other,
  ]);
  expect(w.read("/mnt/secret/password")).toBe("ours");
});
