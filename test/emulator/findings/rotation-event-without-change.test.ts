import { expect, test } from "vitest";
import { Trace, V1, V2, aRun, instant } from "../invariants/support.ts";
import { findingIn } from "./support.ts";

const NAME = "rotation-event-without-change";
const by = "node-0/csi-driver";

/** `count` emissions, 2 m apart, from an instant on. */
const told = (trace: Trace, first: string, count: number, more = {}) =>
  trace.line(
    "k8s.event",
    {
      reason: "SecretRotationComplete",
      type: "Normal",
      message: "successfully rotated K8s secret app-secret",
      kind: "Pod",
      namespace: "default",
      name: "busybox",
      uid: "uid-1",
      source: "csi-secrets-store-rotation",
      host: "node-0",
      ...more,
    },
    { at: "50m", run: aRun(first, { every: 120_000, count }) },
  );
const rotated = () =>
  new Trace()
    .secret("created", V1, { by })
    .line("command", {}, { at: "10m" })
    .secret("modified", V2, { by });

test("counts emissions that follow no write of the Secret by that node", () => {
  const trace = told(told(rotated(), "2m", 4), "10m0.004s", 5);
  expect(findingIn(trace, NAME)).toMatchObject({
    reference:
      "code: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go",
    firstAt: instant("2m"),
    count: 4 + 4,
    objects: ["default/Pod/busybox"],
  });
});

test("is not what tells of a real rotation", () => {
  expect(findingIn(told(rotated(), "10m0.004s", 1), NAME)).toBeUndefined();
  const late = told(rotated(), "10m10.001s", 1);
  expect(findingIn(late, NAME)?.count).toBe(1);
  const elsewhere = told(rotated(), "10m0.004s", 1, { host: "node-1" });
  expect(findingIn(elsewhere, NAME)?.count).toBe(1);
});

test("is not another event", () => {
  const other = { reason: "MountRotationComplete" };
  expect(findingIn(told(rotated(), "2m", 4, other), NAME)).toBeUndefined();
});
