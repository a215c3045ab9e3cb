/**
 * Ten updates of a Secret, six seconds apart, with Reloader: how many patches, ReplicaSets and completed rollouts.
 *
 * By hand, from reloader.md 1.5 (no coalescing: each update is an item of its own), 1.6 (env-vars: another hash is another
 * value, so each update patches), 1.11 and kubelet.md 9.1:
 *
 * - Patches: ten updates with ten different values give ten hashes, and none equals the one before: 10.
 * - ReplicaSets: each patch changes the pod template, so each makes one: 10 beside the first. With ten old ones
 *   revisionHistoryLimit 10 removes none.
 * - Completed rollouts: replicas 1, so maxSurge 1 and maxUnavailable 0: one pod more at first, and the old one is scaled
 *   down once the new one is available. A pod that was told to end counts no more, so how long it takes to end (up to 30 s)
 *   delays nothing. What counts is how long a new pod takes to be ready:
 *
 *   - Without a probe: ReplicaSet, pod and binding some 0.1 s (four requests of 4 ms, watches of 20 ms, the scheduler's
 *     30 ms), volumes 0.2 to 0.3 s, sandbox 0.5 s, start 0.2 s, and up to 1 s until the PLEG's next relist sees it run:
 *     1 to 2.2 s. With Reloader's 0.15 s before it and the scaling down after it that is less than 6 s: each rollout
 *     completes before the next update: 10.
 *   - With a readiness probe that first succeeds after 10 s: the pod of update n is not ready when update n + 1 comes. Its
 *     ReplicaSet is an old one then, and its unhealthy pod is the first to go; the pod of before the updates stays, since
 *     nothing new is available. Only the last one is left alone for long enough: 1.
 */
import { expect, test } from "vitest";
import { createWorld } from "../src/emulator/index.ts";
import type { FixtureWorld } from "../src/emulator/index.ts";
import type { JsonObject } from "../src/kernel/json.ts";

const UPDATES = 10;
const GAP_MS = 6_000;

function aSecret(value: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "app-secret" },
    stringData: { password: value },
  };
}

function aDeployment(container: JsonObject): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      annotations: { "secret.reloader.stakater.com/reload": "app-secret" },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "web",
              image: "registry.k8s.io/e2e-test-images/busybox:1.29-4",
              command: ["/bin/sleep", "10000"],
              env: [
                {
                  name: "PASSWORD",
                  valueFrom: {
                    secretKeyRef: { name: "app-secret", key: "password" },
                  },
                },
              ],
              ...container,
            },
          ],
        },
      },
    },
  };
}

/** The updates played, and everything after them. */
function played(container: JsonObject): FixtureWorld {
  const world = createWorld({
    settings: { reloader: { installed: true } },
    manifests: [aSecret("value 0"), aDeployment(container)],
  });
  world.advance("2m");
  for (let n = 1; n <= UPDATES; n++) {
    world.apply(aSecret(`value ${n}`));
    world.advance(GAP_MS);
  }
  world.advance("5m");
  return world;
}

interface Write {
  readonly t: number;
  readonly kind: string;
  readonly by: string;
  readonly name: string;
  readonly rollout?: { readonly complete: boolean; readonly revision: string };
}

function writes(world: FixtureWorld, type: "created" | "modified"): Write[] {
  return world
    .trace()
    .filter((fact) => fact.type === `api.object.${type}`)
    .map(({ t, data }) => ({ t, ...(data as unknown as Omit<Write, "t">) }));
}

function patches(world: FixtureWorld): number {
  return world.trace().filter(({ type }) => type === "reloader.reloaded")
    .length;
}

function replicaSets(world: FixtureWorld): number {
  return writes(world, "created").filter(
    ({ kind, name }) => kind === "ReplicaSet" && name.startsWith("web-"),
  ).length;
}

/** Instants at which the Deployment became complete, but for the first time. */
function completed(world: FixtureWorld): number[] {
  const times: number[] = [];
  let complete = false;
  for (const { t, kind, name, rollout } of writes(world, "modified")) {
    if (kind !== "Deployment" || name !== "web" || rollout === undefined)
      continue;
    if (rollout.complete && !complete) times.push(t);
    complete = rollout.complete;
  }
  return times.slice(1);
}

/** From the creation of each pod to its readiness, ms; pods that never were ready are left out. */
function startTimes(world: FixtureWorld): number[] {
  const created = new Map<string, number>();
  const ready: number[] = [];
  for (const { t, type, data } of world.trace()) {
    const { kind, name, uid } = data as Record<string, string>;
    if (
      kind === "Pod" &&
      type === "api.object.created" &&
      name!.startsWith("web-")
    )
      created.set(uid!, t);
    if (type !== "api.object.modified" || data["ready"] !== true) continue;
    const since = created.get(uid!);
    if (since === undefined) continue;
    created.delete(uid!);
    ready.push(t - since);
  }
  return ready;
}

/** From the word to end to the end of each pod, ms. */
function terminationTimes(world: FixtureWorld): number[] {
  const told = new Map<string, number>();
  const times: number[] = [];
  for (const { t, type, data } of world.trace()) {
    const { uid } = data as Record<string, string>;
    if (type === "kubelet.pod.terminating") told.set(uid!, t);
    if (type === "kubelet.pod.gone") times.push(t - told.get(uid!)!);
  }
  return times;
}

test("pods that start within six seconds: ten patches, ten ReplicaSets, ten completed rollouts", () => {
  const world = played({});
  expect(patches(world)).toBe(10);
  expect(replicaSets(world)).toBe(1 + 10);
  expect(completed(world)).toHaveLength(10);
  const starts = startTimes(world);
  expect(starts).toHaveLength(1 + 10);
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(750);
  expect(Math.max(...starts)).toBeLessThanOrEqual(2_500);
  // Up to six pods linger at a time, since sleep ignores SIGTERM; no rollout waits for them.
  const ends = terminationTimes(world);
  expect(ends).toHaveLength(10);
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(30_000);
  expect(Math.max(...ends)).toBeLessThanOrEqual(33_000);
  expect(world.exec("deployment/web", "echo $PASSWORD").stdout).toBe(
    "value 10\n",
  );
});

test("pods that need longer than six seconds: ten patches, ten ReplicaSets, one completed rollout", () => {
  const world = played({
    readinessProbe: { exec: { command: ["true"] }, initialDelaySeconds: 10 },
  });
  expect(patches(world)).toBe(10);
  expect(replicaSets(world)).toBe(1 + 10);
  const rollouts = completed(world);
  expect(rollouts).toHaveLength(1);
  // The first pod, which served all the time, and the last one; those between never got ready.
  const starts = startTimes(world);
  expect(starts).toHaveLength(2);
  expect(Math.min(...starts)).toBeGreaterThan(10_000);
  expect(world.exec("deployment/web", "echo $PASSWORD").stdout).toBe(
    "value 10\n",
  );
});

test("equal values in a row: as many patches as changes", () => {
  const world = createWorld({
    settings: { reloader: { installed: true } },
    manifests: [aSecret("a"), aDeployment({})],
  });
  world.advance("2m");
  for (const value of ["b", "b", "b", "a", "a"]) {
    world.apply(aSecret(value));
    world.advance(GAP_MS);
  }
  world.advance("1m");
  expect(patches(world)).toBe(2);
  expect(replicaSets(world)).toBe(3);
  expect(completed(world)).toHaveLength(2);
});
