import { describe, expect, it } from "vitest";
import type { PlayedScenario } from "../../../src/emulator/index.ts";
import { playScenario } from "../../../src/emulator/scenario/run.ts";
import { HEAD, loadText } from "./support.ts";

const WEB = `${HEAD}vaults: [{name: kvdemo, secrets: {password: v1}}]
databases: [{name: orders, vault: kvdemo, secret: password, credentials: single, switchAfter: 5s}]
manifests:
  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: busybox}]}}}}
`;
const APP =
  "applications: {deployment/web: {how: polls-vault, vault: kvdemo, secret: password, every: 1m, database: orders}}\n";

function play(text: string): PlayedScenario {
  return playScenario(loadText(text));
}

/** What was judged of one line: whether it held, and what happened. */
function judged(steps: string, line: string, head = WEB) {
  const { results } = play(`${head}steps: [${steps}]\nexpect: [${line}]\n`);
  const { passed, actual, problem } = results[0]!;
  return { passed, actual, problem };
}

describe("rollouts", () => {
  const restarts =
    "{at: 5m, rolloutRestart: deployment/web}, {at: 10m, rolloutRestart: deployment/web}";

  it.each([
    [
      "counts those that came to their end, but not the first",
      restarts,
      "count: 2",
      "counted 2",
    ],
    [
      "counts none for a scale",
      "{at: 5m, scale: {deployment/web: 4}}",
      "count: 0",
      "counted 0",
    ],
    [
      "counts within its window",
      restarts,
      "between: [5m, 10m], count: 1",
      "counted 1",
    ],
    [
      "leaves out one that another one overtakes",
      "{at: 5m, rolloutRestart: deployment/web}, {at: 5m1s, rolloutRestart: deployment/web}",
      "count: 1",
      "counted 1",
    ],
  ])("%s", (_, steps, count, actual) => {
    const line = `{rollouts: deployment/web, ${count}}`;
    expect(judged(steps, line)).toEqual({
      passed: true,
      actual,
      problem: null,
    });
  });
});

describe("patches", () => {
  const steps =
    "{at: 5m, rolloutRestart: deployment/web}, {at: 6m, scale: {deployment/web: 3}}, {at: 7m, scale: {deployment/web: 3}}";

  it("counts writes that changed the spec, and no status", () => {
    const line = "{patches: deployment/web, by: kubectl, count: 2}";
    expect(judged(steps, line).actual).toBe("counted 2");
    const none = "{patches: deployment/web, by: reloader, count: 0}";
    expect(judged(steps, none).passed).toBe(true);
  });
});

describe("a name that only a controller can give", () => {
  it("is bad input where the run has none", () => {
    const line = "{object: replicaset/web-nosuch, exists: false}";
    expect(judged("", line).problem).toBe(
      'there is no ReplicaSet "web-nosuch" in namespace default: no manifest declares it, and no controller made one',
    );
  });

  it("is judged where the run has it", () => {
    const { index } = play(WEB);
    const made = index
      .ofType("api.object.created")
      .find(({ data }) => data.kind === "ReplicaSet")!.data.name;
    const line = `{object: replicaset/${made}, exists: true}`;
    expect(judged("", line).passed).toBe(true);
  });
});

describe("outage", () => {
  const rotate =
    "{at: 5m, id: rotate, setSecret: {vault: kvdemo, name: password, value: v2}}";
  const outage = (limit: string) =>
    `{outage: {app: deployment/web, database: orders}, ${limit}}`;

  it("is what a pod was refused for, the longest of all pods", () => {
    const held = judged(rotate, outage("atMost: 1m1s"), WEB + APP);
    expect(held.passed).toBe(true);
    expect(held.actual).toMatch(/^pod default\/web-.* was refused for /);
    expect(judged(rotate, outage("atMost: 1s"), WEB + APP).passed).toBe(false);
    expect(judged("", outage("atMost: 0s"), WEB + APP).passed).toBe(true);
  });

  it("counts only what lies within its window", () => {
    const before = outage("between: [0s, 5m], atMost: 0s");
    expect(judged(rotate, before, WEB + APP).passed).toBe(true);
  });
});
