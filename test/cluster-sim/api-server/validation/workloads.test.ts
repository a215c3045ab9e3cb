import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { validateManifest } from "../../../../src/cluster-sim/index.ts";
import { aTemplate, aWorkload } from "../../support.ts";

type Kind = Parameters<typeof aWorkload>[0];

const messages = (object: JsonObject): string[] =>
  validateManifest(object).map(({ message }) => message);

const KINDS: Kind[] = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"];

describe("the rules of workloads", () => {
  it.each(KINDS)("take the least %s", (kind) => {
    expect(messages(aWorkload(kind))).toEqual([]);
  });

  it.each(KINDS)("ask a %s that its selector matches its pods", (kind) => {
    const selector = { matchLabels: { app: "api" } };
    expect(messages(aWorkload(kind, { selector }))).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });

  it.each(KINDS)("let the pods of a %s run for ever", (kind) => {
    const template = aTemplate({
      restartPolicy: "Never",
      activeDeadlineSeconds: 5,
    });
    const named = kind === "Deployment" ? "ReplicaSet" : kind;
    expect(messages(aWorkload(kind, { template }))).toEqual([
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      `spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ${named} is not Supported`,
    ]);
  });

  it.each<[Kind, JsonObject, string[]]>([
    [
      "Deployment",
      { selector: null },
      [
        "spec.selector: Required value",
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      "Deployment",
      { selector: {} },
      [
        "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
      ],
    ],
    [
      "DaemonSet",
      { selector: null },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      "Deployment",
      { replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1 },
      [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      "Deployment",
      { minReadySeconds: 600 },
      [
        "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
      ],
    ],
    ["Deployment", { minReadySeconds: 599 }, []],
    [
      "Deployment",
      {
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" },
        },
      },
      [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
      ],
    ],
    [
      "Deployment",
      {
        strategy: { rollingUpdate: { maxSurge: "x", maxUnavailable: "101%" } },
      },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      ],
    ],
    [
      "Deployment",
      { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } },
      [
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ],
    ],
    [
      "Deployment",
      { strategy: { type: "Canary" } },
      [
        'spec.strategy: Unsupported value: {"Type":"Canary","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      "Deployment",
      { selector: { matchExpressions: [{ key: "app", operator: "Is" }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}: invalid label selector',
      ],
    ],
    [
      "Deployment",
      {
        selector: {
          matchExpressions: [
            { key: "app", operator: "In", values: ["web", "x"] },
          ],
        },
      },
      [],
    ],
    [
      "DaemonSet",
      { updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
      [
        "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
      ],
    ],
    [
      "DaemonSet",
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      [
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
      ],
    ],
    ["DaemonSet", { updateStrategy: { type: "OnDelete" } }, []],
    [
      "StatefulSet",
      { podManagementPolicy: "Any" },
      [
        "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
      ],
    ],
    [
      "StatefulSet",
      { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
      [
        "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'",
      ],
    ],
    [
      "StatefulSet",
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
      [
        "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
  ])("judge a %s with %j", (kind, spec, problems) => {
    expect(messages(aWorkload(kind, spec))).toEqual(problems);
  });

  it("judge a template as they judge a pod", () => {
    const template = aTemplate(
      {
        containers: [
          { name: "main", volumeMounts: [{ name: "v", mountPath: "/v" }] },
        ],
      },
      { labels: { app: "web", "a b": "x" } },
    );
    const problems = messages(aWorkload("Deployment", { template }));
    expect(problems).toEqual([
      expect.stringMatching(/^spec\.template\.labels: Invalid value: "a b": /),
      "spec.template.spec.containers[0].image: Required value",
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ]);
    expect(messages(aWorkload("Deployment", { template: null }))).toContain(
      "spec.template.spec.containers: Required value",
    );
  });

  it("name an unknown field and the one that was meant", () => {
    const [problem] = validateManifest(aWorkload("Deployment", { replica: 2 }));
    expect(problem).toMatchObject({
      path: ["spec", "replica"],
      message: 'unknown field "spec.replica"',
      suggestion: "replicas",
    });
    const template = aTemplate({ volume: [] });
    expect(messages(aWorkload("DaemonSet", { template }))).toEqual([
      'unknown field "spec.template.spec.volume"',
    ]);
  });

  it("word a wrong type as Go does", () => {
    expect(messages(aWorkload("Deployment", { replicas: "2" }))).toEqual([
      "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ]);
  });

  it("refuse by name what is not played", () => {
    const claims = [{ metadata: { name: "data" } }];
    expect(
      messages(aWorkload("StatefulSet", { volumeClaimTemplates: claims })),
    ).toEqual([
      "volumeClaimTemplates is not modelled in this version of Keyturn",
    ]);
    const updateStrategy = { rollingUpdate: { maxUnavailable: 2 } };
    expect(messages(aWorkload("StatefulSet", { updateStrategy }))).toEqual([
      "maxUnavailable of a StatefulSet is not modelled in this version of Keyturn",
    ]);
    const template = aTemplate({
      initContainers: [{ name: "s", image: "s", restartPolicy: "Always" }],
    });
    const [problem] = validateManifest(aWorkload("Deployment", { template }));
    expect(problem?.path.slice(0, 3)).toEqual(["spec", "template", "spec"]);
    expect(problem?.message).toContain("a sidecar");
  });

  it("take no dots in the name of a StatefulSet, whose pods have it as host name", () => {
    const metadata = { name: "a.b" };
    expect(messages(aWorkload("Deployment", {}, metadata))).toEqual([]);
    expect(messages(aWorkload("StatefulSet", {}, metadata))).toEqual([
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
  });

  it("ask a Lease for a duration and a ControllerRevision for its data", () => {
    const lease = (spec: JsonObject): JsonObject => ({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l" },
      spec,
    });
    expect(
      messages(
        lease({
          holderIdentity: "a",
          leaseDurationSeconds: 15,
          renewTime: "2024-04-29T09:00:00.000000Z",
        }),
      ),
    ).toEqual([]);
    expect(
      messages(lease({ leaseDurationSeconds: 0, leaseTransitions: -1 })),
    ).toEqual([
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ]);
    expect(
      messages({
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: { name: "r" },
        revision: -1,
      }),
    ).toEqual([
      "data: Required value: data is mandatory",
      "revision: Invalid value: -1: must be greater than or equal to 0",
    ]);
  });
});
