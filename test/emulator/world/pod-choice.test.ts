import { describe, expect, it } from "vitest";
import { choosePod } from "../../../src/emulator/world/pod-choice.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aWorkload, aWorld } from "../../support/world.ts";

const DEPLOYMENT = aWorkload("Deployment", { replicas: 2 });

function choice(world: TestWorld, pod: string, selector?: string) {
  const named = { namespace: "default", pod };
  return choosePod(
    world.world.apiServer,
    selector === undefined ? named : { ...named, selector },
  );
}

/** Names of the pods that run, in order. */
function podNames(world: TestWorld): string[] {
  return world
    .all("kubelet.pod.running")
    .map(({ data }) => data["name"] as string)
    .sort();
}

describe("a place in the list", () => {
  const at = (n: number) => `{.items[${n}].metadata.name}`;

  it("goes by the names of all pods of the namespace", () => {
    const pods = ["b", "a"].map((name) => aPod({ name }));
    const world = aWorld({ manifests: pods });
    expect(choice(world, at(0))).toEqual({ ok: true, name: "a" });
    expect(choice(world, at(1))).toEqual({ ok: true, name: "b" });
  });

  it("counts a pod on its way out, and one that a selector takes", () => {
    const world = aWorld({
      manifests: [aPod({ name: "a" }), DEPLOYMENT],
    }).until("1m");
    world.remove("pod/a");
    expect(choice(world, at(0))).toEqual({ ok: true, name: "a" });
    const name = podNames(world).find((each) => each.startsWith("web-"));
    expect(choice(world, at(0), "app=web")).toEqual({ ok: true, name });
  });

  it("fails as kubectl's jsonpath does where the list is too short", () => {
    expect(choice(aWorld(), at(0))).toEqual({
      ok: false,
      error: `error executing jsonpath "${at(0)}": Error executing template: array index out of bounds: index 0, length 0`,
    });
  });
});

describe("a workload", () => {
  it("is the pod that has been ready longest, the oldest of them", () => {
    const world = aWorld({ manifests: [aWorkload("Deployment")] }).until("1m");
    const [first] = podNames(world);
    const namespace = "default";
    const named = { objectKind: "Deployment", namespace, name: "web" };
    world.do({ kind: "scale", ...named, replicas: 2 });
    world.advance("1m");
    expect(choice(world, "deployment/web")).toEqual({ ok: true, name: first });
  });

  it("is a new pod that is ready rather than an old one on its way out", () => {
    const world = aWorld({ manifests: [aWorkload("Deployment")] }).until("1m");
    const [old] = podNames(world);
    const namespace = "default";
    const named = { objectKind: "Deployment", namespace, name: "web" };
    world.do({ kind: "rolloutRestart", ...named });
    world.advance("5s");
    const chosen = choice(world, "deployment/web");
    expect(chosen.ok && chosen.name !== old).toBe(true);
  });

  it("without pods is what kubectl says when it has waited", () => {
    const none = aWorkload("Deployment", { replicas: 0 });
    expect(choice(aWorld({ manifests: [none] }), "deployment/web")).toEqual({
      ok: false,
      error: "timed out waiting for the condition",
    });
    expect(choice(aWorld(), "daemonset/web")).toEqual({
      ok: false,
      error: 'daemonsets.apps "web" not found',
    });
  });
});
