/** What a pod may read from, as whom, and what of it Keyturn has not built. */
import { describe, expect, it } from "vitest";
import { validateManifest } from "../../../../src/cluster-sim/index.ts";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { aCluster, aPod, messageOf } from "../../support.ts";

const messages = (object: JsonObject): string[] =>
  validateManifest(object).map((problem) => problem.message);

function container(body: JsonObject): JsonObject {
  return aPod("web", {
    containers: [{ name: "main", image: "busybox", ...body }],
  });
}

const volume = (source: JsonObject): JsonObject =>
  aPod("web", { volumes: [{ name: "v", ...source }] });

const resource = (ref: JsonObject): JsonObject =>
  container({ env: [{ name: "A", valueFrom: { resourceFieldRef: ref } }] });

const file = (ref: JsonObject): JsonObject =>
  volume({ downwardAPI: { items: [{ path: "p", resourceFieldRef: ref }] } });

const RESOURCES =
  '"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"';
const ENV = "spec.containers[0].env[0].valueFrom.resourceFieldRef";
const FILE = "spec.volumes[0].downwardAPI.resourceFieldRef";
const BYTES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

describe("references to a container's resources", () => {
  it.each<[JsonObject]>([
    [resource({ resource: "limits.cpu" })],
    [resource({ resource: "limits.cpu", divisor: "1m" })],
    [resource({ resource: "requests.memory", divisor: "1Mi" })],
    [resource({ resource: "limits.hugepages-2Mi", divisor: 0 })],
    [file({ containerName: "main", resource: "limits.ephemeral-storage" })],
  ])("are taken: %j", (pod) => {
    expect(messages(pod)).toEqual([]);
  });

  it.each<[JsonObject, string]>([
    [resource({}), `${ENV}.resource: Required value`],
    [
      resource({ resource: "limits.gpu", divisor: "1x1" }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      resource({ resource: "limits.gpu", divisor: "7" }),
      `${ENV}.resource: Unsupported value: "limits.gpu": supported values: ${RESOURCES}`,
    ],
    [
      resource({ resource: "limits.cpu", divisor: "1k" }),
      `${ENV}.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
    [
      resource({ resource: "limits.memory", divisor: "1m" }),
      `${ENV}.divisor: Invalid value: "limits.memory": only divisor's values ${BYTES} are supported with the memory resource`,
    ],
    [
      resource({ resource: "requests.ephemeral-storage", divisor: "2" }),
      `${ENV}.divisor: Invalid value: "requests.ephemeral-storage": only divisor's values ${BYTES} are supported with the local ephemeral storage resource`,
    ],
    [file({ resource: "limits.cpu" }), `${FILE}.containerName: Required value`],
  ])("are refused: %j", (pod, message) => {
    expect(messages(pod)).toEqual([message]);
  });
});

describe("users and groups of a pod", () => {
  const pod = (securityContext: JsonObject): JsonObject =>
    aPod("web", { securityContext });
  const RANGE = "must be between 0 and 2147483647, inclusive";

  it.each<[JsonObject, string[]]>([
    [pod({ fsGroup: 2000, fsGroupChangePolicy: "OnRootMismatch" }), []],
    [pod({ fsGroup: 0, supplementalGroups: [1, 2 ** 31 - 1] }), []],
    [
      pod({ fsGroup: 2 ** 31 }),
      [`spec.securityContext.fsGroup: Invalid value: 2147483648: ${RANGE}`],
    ],
    [
      pod({ supplementalGroups: [-1] }),
      [`spec.securityContext.supplementalGroups: Invalid value: -1: ${RANGE}`],
    ],
    [
      pod({ fsGroupChangePolicy: "Never" }),
      [
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
      ],
    ],
    [
      container({ securityContext: { runAsUser: -1, runAsGroup: -2 } }),
      [
        `spec.containers[0].securityContext.runAsUser: Invalid value: -1: ${RANGE}`,
        `spec.containers[0].securityContext.runAsGroup: Invalid value: -2: ${RANGE}`,
      ],
    ],
  ])("%j", (object, problems) => {
    expect(messages(object)).toEqual(problems);
  });
});

describe("what Keyturn has not built", () => {
  const cases: [JsonObject, string][] = [
    [
      aPod("web", {
        initContainers: [{ name: "s", image: "x", restartPolicy: "Always" }],
      }),
      "a sidecar (an init container with restartPolicy Always)",
    ],
    [
      aPod("web", { ephemeralContainers: [{ name: "e", image: "x" }] }),
      "ephemeralContainers",
    ],
    [
      container({
        env: [{ name: "A", valueFrom: { fileKeyRef: { path: "p" } } }],
      }),
      "fileKeyRef",
    ],
    [
      volume({
        projected: {
          sources: [{ clusterTrustBundle: { name: "b", path: "p" } }],
        },
      }),
      "a clusterTrustBundle source",
    ],
    [
      volume({ projected: { sources: [{ podCertificate: {} }] } }),
      "a podCertificate source",
    ],
  ];

  it.each(cases)("is refused by name: %j", (object, what) => {
    const text = `${what} is not modelled in this version of Keyturn`;
    expect(messages(object)).toEqual([text]);
    const { ask } = aCluster();
    const reply = ask({ verb: "create", object });
    expect(reply).toMatchObject({
      error: { code: 501, reason: "NotModelled" },
    });
    expect(messageOf(reply)).toBe(text);
  });

  it("comes after what Kubernetes itself would refuse", () => {
    const object = aPod("web", {
      containers: [],
      initContainers: [{ name: "s", image: "x", restartPolicy: "Always" }],
    });
    expect(messages(object)).toEqual(["spec.containers: Required value"]);
  });

  it("does not touch the other sources", () => {
    const sources: JsonObject[] = [
      { secret: { name: "s", optional: true } },
      { configMap: { name: "c", items: [{ key: "k", path: "k", mode: 256 }] } },
      { serviceAccountToken: { path: "t", expirationSeconds: 600 } },
      {
        downwardAPI: {
          items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }],
        },
      },
    ];
    expect(messages(volume({ projected: { sources } }))).toEqual([]);
  });
});

describe("the status of a pod", () => {
  it("keeps what a kubelet says of its containers", () => {
    const { ask, apply, server } = aCluster();
    apply(aPod("web"));
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
    const status = {
      phase: "Running",
      podIP: "10.244.0.5",
      podIPs: [{ ip: "10.244.0.5" }],
      containerStatuses: [
        {
          name: "main",
          ready: false,
          restartCount: 2,
          state: { waiting },
          lastState: { terminated: { exitCode: 1, reason: "Error" } },
        },
      ],
      initContainerStatuses: [],
    };
    const key = { kind: "Pod", namespace: "default", name: "web" };
    ask({ verb: "patchStatus", ...key, patch: { status } });
    const stored = server.read("Pod", "default", "web")!.object;
    expect(stored["status"]).toMatchObject(status);
  });
});
