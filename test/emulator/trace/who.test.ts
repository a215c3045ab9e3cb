import { describe, expect, test } from "vitest";
import type { Who } from "../../../src/emulator/trace/names.ts";
import {
  formatWho,
  whoIs,
  whoMatches,
} from "../../../src/emulator/trace/who.ts";
import { Workloads } from "../../../src/emulator/trace/workloads.ts";
import { aPod, aRun } from "../../support/facts.ts";
import {
  WEB,
  aWebPod,
  createPodObject,
} from "../../support/facts-workloads.ts";

const who = (kind: Who["kind"], name: string): Who => ({
  kind,
  name,
  namespace: "default",
});
const pod = (name: string, workload = "", namespace = "default") => ({
  namespace,
  name,
  workload,
});

describe("whoMatches", () => {
  test.each<[Who["kind"], string, string, string, boolean]>([
    ["pod", "web", "web", "", true],
    ["pod", "web", "web-0", "", false],
    ["pod", "web-7d9f8b6c5-x2k4z", "web-7d9f8b6c5-x2k4z", WEB, true],
    ["deployment", "web", "web-7d9f8b6c5-x2k4z", WEB, true],
    ["deployment", "web", "web-api-7d9f8b6c5-x2k4z", WEB, true],
    ["deployment", "web", "web-7d9f8b6c5-x2k4z", "", false],
    ["deployment", "web-api", "web-7d9f8b6c5-x2k4z", WEB, false],
    ["daemonset", "web", "web-x2k4z", "default/daemonset/web", true],
    ["daemonset", "web", "web-x2k4z", WEB, false],
    ["statefulset", "web", "web-12", "default/statefulset/web", true],
  ])("%s %s has the pod %s of %s: %s", (kind, name, named, of, expected) => {
    expect(whoMatches(who(kind, name), pod(named, of))).toBe(expected);
  });

  test("keeps namespaces apart", () => {
    expect(whoMatches(who("pod", "web"), pod("web", "", "other"))).toBe(false);
    const there = pod("web-x", "other/deployment/web", "other");
    expect(whoMatches(who("deployment", "web"), there)).toBe(false);
  });

  test("is spelt with its namespace in messages", () => {
    expect(formatWho(who("pod", "web"))).toBe("default/web");
    expect(formatWho(who("deployment", "web"))).toBe("default/deployment/web");
  });
});

describe("whoIs", () => {
  test.each([
    ["", who("pod", "web-1")],
    [WEB, who("deployment", "web")],
    ["default/statefulset/db", who("statefulset", "db")],
    ["default/job/report", who("pod", "web-1")],
  ])("names a pod of %j as %j", (workload, expected) => {
    expect(whoIs(pod("web-1", workload))).toEqual(expected);
  });
});

describe("Workloads", () => {
  test("knows the workload of a pod from its object, and from its kubelet", () => {
    const run = aRun();
    const workloads = new Workloads();
    createPodObject(run, aWebPod("a"), []);
    run.addPod(aWebPod("b"));
    run.addPod(aPod());
    for (const fact of run.facts) workloads.fact(fact);
    expect(workloads.of("default", "web-a")).toBe(WEB);
    expect(workloads.of("default", "web-b")).toBe(WEB);
    expect(workloads.of("default", "busybox")).toBe("");
    expect(workloads.of("other", "web-a")).toBe("");
  });

  test("forgets it for a bare pod that takes the name", () => {
    const run = aRun();
    const workloads = new Workloads();
    run.addPod(aWebPod("a"));
    run.addPod(aPod({ name: "web-a", uid: "uid-2" }));
    for (const fact of run.facts) workloads.fact(fact);
    expect(workloads.of("default", "web-a")).toBe("");
  });
});
