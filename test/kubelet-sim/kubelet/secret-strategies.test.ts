/** kubelet.md 2 and 13.3 to 13.5: where a sync reads a Secret from. */
import { expect, test } from "vitest";
import { nodeConfig } from "../../../src/emulator/world/links.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { tickAfter } from "../../../src/kubelet-sim/phases.ts";
import { secretCacheTtl } from "../../../src/kubelet-sim/index.ts";
import { ObjectManager } from "../../../src/kubelet-sim/kubelet/object-manager.ts";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";
import { SETTINGS, START } from "../../support/facts.ts";

const PASSWORD = "/mnt/secret/password";

function strategy(name: string, more: WorldOptions = {}): TestWorld {
  const { settings, ...rest } = more;
  return aWorld({
    ...rest,
    settings: {
      kubelet: { configMapAndSecretChangeDetectionStrategy: name },
      ...settings,
    },
  });
}

function withSecret(name: string, more: WorldOptions = {}): TestWorld {
  return strategy(name, {
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
    ...more,
  }).until("10s");
}

/** Touches the pod and lets its sync and refresh happen. */
function touch(w: TestWorld, value: string, pod = "busybox"): void {
  const metadata = { annotations: { touched: value } };
  w.patch("patch", `Pod/${pod}`, { metadata });
  w.advance("2s");
}

test.each(["Watch", "Get", "Cache"])(
  "%s shows a new version at the next sync and not before",
  (name) => {
    const w = withSecret(name);
    w.apply(aSecret({ password: "two" }));
    w.advance("3s");
    expect(w.read(PASSWORD)).toBe("one");
    touch(w, "now");
    expect(w.read(PASSWORD)).toBe("two");
  },
);

test.each([
  ["Watch", 'secret "app-secret" not found'],
  ["Get", 'secrets "app-secret" not found'],
  ["Cache", 'secrets "app-secret" not found'],
])("%s words a missing Secret in its own way", (name, text) => {
  const w = strategy(name, {
    manifests: [aPod({ volumes: { secret: secretVolume("app-secret") } })],
  }).until("1s");
  expect(w.messages("FailedMount")[0]).toBe(
    `MountVolume.SetUp failed for volume "secret" : ${text}`,
  );
});

test.each(["Watch", "Get", "Cache"])(
  "%s treats a missing optional Secret as empty, and follows it",
  (name) => {
    const volume = secretVolume("app-secret", { optional: true });
    const pod = aPod({ volumes: { secret: volume } });
    const w = strategy(name, { manifests: [pod] }).until("10s");
    expect(w.all("kubelet.pod.running")).toHaveLength(1);
    w.apply(aSecret({ password: "one" }));
    touch(w, "1");
    expect(w.read(PASSWORD)).toBe("one");
    w.remove("secret/app-secret");
    touch(w, "2");
    expect(w.read(PASSWORD)).toBeNull();
  },
);

test("Get asks the API server at each read and gets its answer one round trip later", () => {
  const w = strategy("Get", {
    settings: {
      kubelet: { configMapAndSecretChangeDetectionStrategy: "Get" },
      latency: { apiServer: "70ms" },
    },
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  const setUp = w.refreshAfter(added) + 100;
  const mounted = w.around(setUp + 70, () => w.read(PASSWORD));
  expect(mounted).toEqual([null, "one"]);
});

test("Watch reads its store without waiting", () => {
  const w = withSecret("Watch", {
    settings: { latency: { apiServer: "70ms" } },
  });
  const added = w.first("kubelet.pod.added").t;
  expect(w.first("volume.switched").t).toBe(w.refreshAfter(added) + 100);
});

test("a first list that takes more than a second fails the read, which is tried again", () => {
  const w = strategy("Watch", {
    settings: { latency: { watch: "2s" } },
    manifests: [
      aSecret({ password: "one" }),
      aPod({ volumes: { secret: secretVolume("app-secret") } }),
    ],
  });
  const added = w.untilFact("kubelet.pod.added").t;
  const setUp = w.refreshAfter(added) + 100;
  expect(w.around(setUp + 1_000, () => w.messages("FailedMount"))).toEqual([
    [],
    [
      'MountVolume.SetUp failed for volume "secret" : failed to sync secret cache: timed out waiting for the condition',
    ],
  ]);
  // The second read, half a second and a reconciler pass later, waits, too: it sees the list at its next 10 ms poll.
  const retry = tickAfter(setUp + 1_500, 100, w.phases.reconciler);
  const polls = Math.ceil((added + 2_000 - retry) / 10);
  const mounted = w.around(retry + polls * 10, () => w.read(PASSWORD));
  expect(mounted).toEqual([null, "one"]);
});

test("a watch that nobody has read for a minute is stopped: the next read waits for a fresh list", () => {
  // Five sync periods are less than the minute that a watch lives at least.
  const w = aWorld({
    settings: { kubelet: { syncFrequency: "5s" } },
    manifests: [aPod({ volumes: { secret: secretVolume("app-secret") } })],
  }).until("150s");
  const failed = w.times("volume.failed").map((t) => t - w.start);
  const late = failed.map((t) => (t - w.phases.reconciler) % 100);
  // The pauses of 0.5 to 32 s end at a reconciler pass; that of 64 s ends with the list, 20 ms after it.
  expect(late).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 20]);
});

test.each([
  [1, 0],
  [100, 0],
  [101, 15_000],
  [500, 15_000],
  [501, 30_000],
  [1000, 30_000],
  [1001, 60_000],
  [2000, 60_000],
  [2001, 300_000],
])("a cluster of %i nodes caches Secrets for %i ms", (nodes, ttl) => {
  expect(secretCacheTtl(nodes)).toBe(ttl);
  expect(nodeConfig(SETTINGS, nodes).secretCacheTtlMs).toBe(ttl);
});

test("Cache answers from memory until the time to live is over", () => {
  const w = withSecret("Cache", { nodes: 101 });
  const fetched = w.first("volume.switched").t;
  w.apply(aSecret({ password: "two" }));
  w.until(fetched + 12_000);
  touch(w, "young");
  expect(w.read(PASSWORD)).toBe("one");
  w.until(fetched + 15_000);
  touch(w, "old");
  expect(w.read(PASSWORD)).toBe("two");
});

test("Cache is one for the node: a fetch for one pod counts for the others", () => {
  const secret = { secret: secretVolume("app-secret") };
  const w = strategy("Cache", {
    nodes: 101,
    manifests: [
      aSecret({ password: "one" }),
      aPod({ name: "a", volumes: secret, spec: { nodeName: "node-0" } }),
      aPod({ name: "b", volumes: secret, spec: { nodeName: "node-0" } }),
    ],
  }).until("30s");
  touch(w, "1", "a");
  w.apply(aSecret({ password: "two" }));
  touch(w, "1", "b");
  expect(w.read(PASSWORD, "b")).toBe("one");
  w.until("50s");
  touch(w, "2", "b");
  expect(w.read(PASSWORD, "b")).toBe("two");
});

test("up to Kubernetes 1.28 every sync drops what was cached", () => {
  const w = withSecret("Cache", {
    nodes: 101,
    settings: {
      kubernetes: { minor: 28 },
      kubelet: { configMapAndSecretChangeDetectionStrategy: "Cache" },
    },
  });
  w.apply(aSecret({ password: "two" }));
  touch(w, "young");
  expect(w.read(PASSWORD)).toBe("two");
});

test("Cache does not remember that a Secret was missing", () => {
  const w = strategy("Cache", {
    nodes: 101,
    manifests: [aPod({ volumes: { secret: secretVolume("app-secret") } })],
  });
  const failed = w.untilFact("volume.failed").t;
  w.apply(aSecret({ password: "one" }));
  const mounted = w.around(failed + 600, () => w.read(PASSWORD));
  expect(mounted).toEqual([null, "one"]);
});

test("a read of a Secret that no pod has registered is refused", () => {
  const sim = new Simulation({ seed: 1, start: START });
  const api = { call: () => {}, watch: () => 1, unwatch: () => {} };
  const config = () => nodeConfig(SETTINGS, 1);
  const kind = "Secret";
  const manager = new ObjectManager({ sim, node: "node-0", api, config, kind });
  expect(manager.read("default", "app-secret", "reader")).toEqual({
    ok: false,
    notFound: false,
    message: 'object "default"/"app-secret" not registered',
  });
});
