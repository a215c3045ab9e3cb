import { describe, expect, it } from "vitest";
import { HEAD, linesOf, loadText } from "./support.ts";

const WITH_WEB = `${HEAD}manifests:
  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: busybox}, {name: side, image: busybox}]}}}}
`;
const LINE = WITH_WEB.split("\n").length;

const withStep = (body: string) => `${WITH_WEB}steps: [{at: 1m, ${body}}]\n`;
const commandOf = (body: string) => loadText(withStep(body)).steps[0]!.command;
const NAMED = { objectKind: "Deployment", namespace: "default", name: "web" };

describe("steps of kubectl's workload verbs", () => {
  it.each([
    ["rolloutRestart: deploy/web", { kind: "rolloutRestart", ...NAMED }],
    ["scale: {Deployment/web: 3}", { kind: "scale", ...NAMED, replicas: 3 }],
    [
      "patch: {object: deployment/web, body: {spec: {paused: yes}}}",
      {
        kind: "patch",
        ...NAMED,
        patchType: "strategic",
        body: { spec: { paused: true } },
      },
    ],
    [
      "patch: {object: default/deployments/web, type: json, body: [{op: remove, path: /spec/paused}]}",
      {
        kind: "patch",
        ...NAMED,
        patchType: "json",
        body: [{ op: "remove", path: "/spec/paused" }],
      },
    ],
    [
      "patch: {object: deployment/web, body: {metadata: {annotations: {a: '${b} $$'}}}}",
      {
        kind: "patch",
        ...NAMED,
        patchType: "strategic",
        body: { metadata: { annotations: { a: "${b} $$" } } },
      },
    ],
    [
      "restart: {reloader: , downFor: 1m}",
      { kind: "restart", what: "reloader", node: null, downForMs: 60_000 },
    ],
  ])("read {%s}", (body, command) => {
    expect(commandOf(body)).toEqual(command);
  });

  it.each([
    [
      "rolloutRestart: deployment/wbe",
      'there is no Deployment "wbe" in namespace default; did you mean "web"?',
    ],
    ["rolloutRestart: web", '"web" names no object'],
    ["scale: {deployment/web: -1}", "must be a whole number from 0 to"],
    [
      "scale: {deployment/web: 1, deployment/other: 2}",
      "scale: takes one workload, like {deployment/web: 3}",
    ],
    [
      "scale: {deploymnt/web: 1}",
      'there is no kind "deploymnt"; did you mean "deployment"?',
    ],
    [
      "patch: {object: deployment/web, type: yaml, body: {}}",
      'type: must be "strategic" or "merge" or "json"',
    ],
    [
      "patch: {object: deployment/web, type: json, body: {a: b}}",
      "a JSON patch is a list of operations",
    ],
    [
      "patch: {object: deployment/web, body: [{op: remove}]}",
      "a list of operations is a JSON patch",
    ],
  ])("refuse {%s}", (body, says) => {
    const [found, ...more] = linesOf(withStep(body));
    expect(more).toEqual([]);
    expect(found).toContain(says);
    expect(found).toMatch(new RegExp(`^s\\.yaml:${LINE}:`));
  });
});

describe("a pod of an exec or kill step", () => {
  it.each([
    ["deployment/web", "deployment/web", "default"],
    ["other/{.items[0].metadata.name}", "{.items[0].metadata.name}", "other"],
    ["{.items[12].metadata.name}", "{.items[12].metadata.name}", "default"],
    ["web-5d4f-abcde", "web-5d4f-abcde", "default"],
  ])("may be %s", (written, pod, namespace) => {
    expect(
      commandOf(`exec: {pod: "${written}", container: main, command: ls}`),
    ).toMatchObject({ pod, namespace, container: "main" });
  });

  it("may be one of a selection", () => {
    expect(
      commandOf('kill: {pod: "{.items[0].metadata.name}", selector: app=web}'),
    ).toMatchObject({ selector: "app=web", exitCode: 137 });
  });

  it.each([
    [
      "exec: {pod: deployment/web, container: sid, command: ls}",
      'deployment/web has no container "sid"; did you mean "side"?',
    ],
    [
      "kill: {pod: deployment/web}",
      "deployment/web has 2 containers: main and side",
    ],
    [
      "exec: {pod: deployment/web, selector: app=web, command: ls}",
      '"selector" goes with a place in the list of pods',
    ],
    [
      "exec: {pod: statefulset/web, command: ls}",
      'there is no StatefulSet "web" in namespace default',
    ],
  ])("is refused in {%s}", (body, says) => {
    const [found, ...more] = linesOf(withStep(body));
    expect(more).toEqual([]);
    expect(found).toContain(says);
  });
});

describe("lines about workloads", () => {
  const withLine = (line: string) => `${WITH_WEB}expect: [${line}]\n`;

  it("read counts of rollouts and patches", () => {
    const object = { kind: "Deployment", namespace: "default", name: "web" };
    expect(
      loadText(
        withLine(
          "{rollouts: deployment/web, count: 2}, {patches: deployment/web, by: reloader, between: [0s, 1m]}",
        ),
      ).expectations,
    ).toMatchObject([
      {
        kind: "rollouts",
        name: "rollouts of deployment/web 2 times",
        object,
        count: { min: 2, max: 2 },
      },
      {
        kind: "patches",
        name: "changes of deployment/web by reloader at least once between 0s and 1m",
        object,
        by: "reloader",
        between: { from: 0, to: 60_000 },
      },
    ]);
  });

  it("take names that only a controller can give, and remember them", () => {
    const { generated } = loadText(
      withLine("{object: replicaset/web-5d4f, exists: true}"),
    );
    expect(generated).toEqual([
      { kind: "ReplicaSet", namespace: "default", name: "web-5d4f" },
    ]);
  });

  it.each([
    ["{rollouts: pod/web-x}", "a Pod has no rollouts"],
    [
      "{patches: deployment/web, by: kubctl}",
      'by: must be "kubectl" or "reloader" or "wave"',
    ],
    ["{rollout: deployment/web}", 'did you mean "rollouts"?'],
    [
      "{object: replicaset/wbe-5d4f, exists: true}",
      'there is no ReplicaSet "wbe-5d4f"',
    ],
    [
      "{outage: {app: deployment/web, database: orders}, atMost: 1s}",
      "deployment/web has no application",
    ],
  ])("refuse %s", (line, says) => {
    expect(linesOf(withLine(line)).join("\n")).toContain(says);
  });
});

describe("what the settings install", () => {
  const scale = "steps: [{at: 1m, scale: {deployment/reloader-reloader: 0}}]\n";
  const installed = "{reloader: {installed: true}}";

  it.each([
    ["settings", `settings: ${installed}\n`],
    ["a variant", `variants: {with: ${installed}}\n`],
  ])("can be named like a manifest's: %s", (_, head) => {
    expect(loadText(`${HEAD}${head}${scale}`).steps).toHaveLength(1);
  });

  it("is not there otherwise", () => {
    expect(linesOf(`${HEAD}${scale}`).join("\n")).toContain(
      'there is no Deployment "reloader-reloader"',
    );
  });
});
