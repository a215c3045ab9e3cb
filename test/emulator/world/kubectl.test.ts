import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../../src/emulator/world/commands.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aWorkload, aWorld } from "../../support/world.ts";

const NAMED = { namespace: "default", name: "web" };

/** What the world answers to a command; null: it did it. */
function answer(world: TestWorld, command: CommandBody): string | null {
  const outcome = world.world.execute(command);
  return outcome.ok ? null : outcome.error;
}

function restart(world: TestWorld, objectKind = "Deployment", name = "web") {
  const { namespace } = NAMED;
  return answer(world, { kind: "rolloutRestart", objectKind, namespace, name });
}

function specOf(world: TestWorld, kind = "Deployment"): JsonObject {
  return world.get(kind, "web")!["spec"] as JsonObject;
}

describe("kubectl rollout restart", () => {
  it.each(["Deployment", "StatefulSet", "DaemonSet"] as const)(
    "marks the template of a %s with the second",
    (kind) => {
      const world = aWorld({ manifests: [aWorkload(kind)] }).until("1m");
      expect(restart(world, kind)).toBeNull();
      const template = specOf(world, kind)["template"];
      expect(template).toHaveProperty(
        ["metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        "2024-04-29T09:01:00Z",
      );
    },
  );

  it("refuses a second one within the same second, and takes it in the next", () => {
    const world = aWorld({ manifests: [aWorkload("Deployment")] }).until("1m");
    expect(restart(world)).toBeNull();
    world.advance(999);
    expect(restart(world)).toBe(
      "failed to create patch for web: if restart has already been triggered within the past second, please wait before attempting to trigger another",
    );
    world.advance(1);
    expect(restart(world)).toBeNull();
  });

  it("refuses what is paused, what has no template, and what is not there", () => {
    const paused = aWorkload("Deployment", { workload: { paused: true } });
    const world = aWorld({ manifests: [paused, aPod({ name: "web" })] });
    expect(restart(world)).toBe(
      `error: deployments.apps "web" can't restart paused deployment (run rollout resume first)`,
    );
    expect(restart(world, "Pod")).toBe(
      'error: pods "web" restarting is not supported',
    );
    expect(restart(world, "Deployment", "wbe")).toBe(
      'deployments.apps "wbe" not found',
    );
  });

  it("replaces every pod of a Deployment", () => {
    const world = aWorld({
      manifests: [aWorkload("Deployment", { replicas: 2 })],
    }).until("1m");
    const running = () =>
      world.all("kubelet.pod.running").map(({ about }) => about);
    const before = running();
    restart(world);
    world.advance("2m");
    expect(before).toHaveLength(2);
    expect(new Set(running()).size).toBe(4);
  });
});

describe("kubectl scale", () => {
  const scale = (world: TestWorld, objectKind: string, replicas: number) =>
    answer(world, { kind: "scale", objectKind, ...NAMED, replicas });

  it("sets the replicas, and the pods follow", () => {
    const world = aWorld({ manifests: [aWorkload("Deployment")] }).until("1m");
    expect(scale(world, "Deployment", 3)).toBeNull();
    world.advance("1m");
    expect(specOf(world)["replicas"]).toBe(3);
    expect(world.all("kubelet.pod.running")).toHaveLength(3);
  });

  it("refuses a kind without the subresource, and what is not there", () => {
    const world = aWorld({ manifests: [aWorkload("DaemonSet")] });
    expect(scale(world, "DaemonSet", 3)).toBe(
      "the server could not find the requested resource",
    );
    expect(scale(world, "StatefulSet", 3)).toBe(
      'statefulsets.apps "web" not found',
    );
  });
});

describe("kubectl patch", () => {
  const patch = (
    world: TestWorld,
    patchType: "strategic" | "merge" | "json",
    body: JsonObject | JsonObject[],
  ) =>
    answer(world, {
      kind: "patch",
      objectKind: "Deployment",
      ...NAMED,
      patchType,
      body,
    });

  it.each([
    ["strategic", { spec: { replicas: 2 } }],
    ["merge", { spec: { replicas: 2 } }],
    ["json", [{ op: "replace", path: "/spec/replicas", value: 2 }]],
  ] as const)("changes what a %s patch says", (type, body) => {
    const world = aWorld({ manifests: [aWorkload("Deployment")] });
    expect(patch(world, type, body as unknown as JsonObject)).toBeNull();
    expect(specOf(world)["replicas"]).toBe(2);
  });

  it("merges lists by their key where a strategic patch does", () => {
    const world = aWorld({ manifests: [aWorkload("Deployment")] });
    const container = { name: "main", image: "busybox:2" };
    const template = { spec: { containers: [container] } };
    expect(patch(world, "strategic", { spec: { template } })).toBeNull();
    const { containers } = (
      specOf(world)["template"] as { spec: { containers: JsonObject[] } }
    ).spec;
    expect(containers).toEqual([expect.objectContaining(container)]);
    expect(containers[0]).toHaveProperty("imagePullPolicy");
  });

  it("refuses an object that is not there", () => {
    expect(patch(aWorld(), "merge", {})).toBe(
      'deployments.apps "web" not found',
    );
  });
});
