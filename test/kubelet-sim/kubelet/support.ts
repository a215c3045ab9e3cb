/** What tests of a node do that no operator's command does, and what they read of a pod. */
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Node } from "../../../src/kubelet-sim/index.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod } from "../../support/world.ts";

/** `node-0`. */
export function theNode(w: TestWorld): Node {
  return w.world.nodes[0]!;
}

export function uidOf(w: TestWorld, pod = "busybox"): string {
  const { uid } = w.get("Pod", pod)!["metadata"] as { readonly uid: string };
  return uid;
}

/** Ends a container's program from inside. */
export function kill(
  w: TestWorld,
  exitCode: number,
  container: string | null = null,
  pod = "busybox",
): void {
  const uid = uidOf(w, pod);
  const outcome = w.world.sim.command(() =>
    theNode(w).kill(uid, container, exitCode),
  );
  if (!outcome.ok) throw new Error(outcome.error);
}

/** `kubectl delete --grace-period=…` */
export function removeWithin(
  w: TestWorld,
  pod: string,
  gracePeriodSeconds: number,
): void {
  const { sim, apiServer } = w.world;
  sim.command(() =>
    apiServer.client("kubectl").call(
      {
        verb: "delete",
        kind: "Pod",
        namespace: "default",
        name: pod,
        gracePeriodSeconds,
      },
      { target: "", tag: {} },
    ),
  );
}

/** The pod's status as the API server has it. */
export function statusOf(w: TestWorld, pod = "busybox"): JsonObject {
  return (w.get("Pod", pod)?.["status"] ?? {}) as JsonObject;
}

/** One container's status, regular or init. */
export function containerOf(
  w: TestWorld,
  container = "main",
  pod = "busybox",
): JsonObject {
  const { containerStatuses = [], initContainerStatuses = [] } = statusOf(
    w,
    pod,
  ) as unknown as Record<string, JsonObject[]>;
  const all = [...initContainerStatuses, ...containerStatuses];
  return all.find(({ name }) => name === container) ?? {};
}

export function conditionOf(
  w: TestWorld,
  type: string,
  pod = "busybox",
): JsonObject {
  const { conditions = [] } = statusOf(w, pod) as unknown as Record<
    string,
    JsonObject[]
  >;
  return conditions.find((condition) => condition["type"] === type) ?? {};
}

/** A pod with several regular containers, which mount nothing. */
export function aPodOf(
  containers: readonly JsonObject[],
  more: { readonly metadata?: JsonObject; readonly spec?: JsonObject } = {},
): JsonObject {
  const { metadata, spec = {} } = more;
  const full = containers.map((container) => ({
    image: "busybox",
    ...container,
  }));
  return aPod({
    ...(metadata === undefined ? {} : { metadata }),
    spec: { ...spec, containers: full },
  });
}

/** The Event objects of a reason, as the API server has them. */
export function eventsOf(w: TestWorld, reason: string): JsonObject[] {
  return w
    .all("api.object.created")
    .filter(({ data }) => data["kind"] === "Event")
    .map(({ data }) => w.get("Event", data["name"] as string) ?? {})
    .filter((event) => event["reason"] === reason);
}
