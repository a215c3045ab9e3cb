/** kubelet.md 1.1, 8.7 and 10: what becomes of statuses and deletions while the API server does not answer. */
import { expect, test } from "vitest";
import { tickAfter } from "../../../src/kubelet-sim/phases.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aWorld } from "../../support/world.ts";
import { aPodOf, containerOf, kill, statusOf, theNode } from "./support.ts";

function breakApi(w: TestWorld, ms: number): number {
  const end = w.now + ms;
  const fault = { callers: null, effect: { kind: "refuse" as const } };
  w.world.sim.command(() => w.world.apiServer.fault(fault, end));
  return end;
}

test("a status that the API server did not take is sent again at the full pass, every 10 s", () => {
  const w = aWorld({ manifests: [aPod()] }).until("1m");
  const end = breakApi(w, 25_000);
  kill(w, 1);
  w.until(end);
  expect(containerOf(w)["restartCount"]).toBe(0);
  expect(w.all("container.created")).toHaveLength(2);
  const pass = tickAfter(end, 10_000, w.phases.statusPass);
  const count = () => containerOf(w)["restartCount"];
  expect(w.around(pass, count)).toEqual([0, 1]);
  expect(statusOf(w)["phase"]).toBe("Running");
});

test("the next status of any pod takes along what failed before", () => {
  const w = aWorld({
    manifests: [aPodOf([{ name: "main" }]), aPod({ name: "other" })],
  }).until("1m");
  const end = breakApi(w, 12_000);
  kill(w, 1);
  const first = tickAfter(end, 10_000, w.phases.statusPass);
  w.until(end + 100);
  kill(w, 1, null, "other");
  const seen = w.relistAfter(w.now);
  expect(seen).toBeLessThan(first);
  const count = () => containerOf(w)["restartCount"];
  expect(w.around(seen, count)).toEqual([0, 1]);
});

test("pods run on and are resynced without the API server", () => {
  const w = aWorld({ manifests: [aPod()] }).until("1m");
  breakApi(w, 600_000);
  kill(w, 1);
  w.advance("5m");
  expect(w.all("container.created")).toHaveLength(2);
  expect(w.all("container.exited")).toHaveLength(1);
});

test("a pod that ended meanwhile keeps its object until the deletion gets through", () => {
  const w = aWorld({ manifests: [aPod()] }).until("1m");
  w.remove("pod/busybox");
  w.advance("100ms");
  const end = breakApi(w, 60_000);
  w.until(end);
  expect(w.all("kubelet.pod.gone")).toHaveLength(1);
  expect(w.get("Pod", "busybox")).not.toBeNull();
  w.advance("11s");
  expect(w.get("Pod", "busybox")).toBeNull();
});

test("a kubelet that starts without the API server knows no pods, and finds them when it answers", () => {
  const w = aWorld({ manifests: [aPod()] }).until("1m");
  const end = breakApi(w, 120_000);
  w.world.sim.command(() => theNode(w).restartKubelet(w.now, 5_000));
  w.advance("10s");
  kill(w, 1);
  w.until(end);
  expect(w.all("container.created")).toHaveLength(1);
  w.advance("65s");
  expect(w.all("container.created")).toHaveLength(2);
  expect(containerOf(w)).toMatchObject({ restartCount: 1, ready: true });
});

test("answers to a kubelet that is gone are nobody's", () => {
  const w = aWorld({
    settings: { latency: { apiServer: "2s" } },
    manifests: [aPod()],
  }).until("10s");
  kill(w, 1);
  w.until(w.relistAfter(w.now));
  w.world.sim.command(() => theNode(w).restartKubelet(w.now, 500));
  w.advance("30s");
  expect(containerOf(w)).toMatchObject({ restartCount: 1, ready: true });
});
