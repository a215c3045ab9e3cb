import { describe, expect, it } from "vitest";
import { validateManifest } from "../../../../src/cluster-sim/index.ts";
import type { JsonObject, JsonValue } from "../../../../src/kernel/json.ts";
import { aPod } from "../../support.ts";

/** A pod with one mount of each volume, changed at one path. */
function podWith(spec: JsonObject): JsonObject {
  return aPod("web", spec);
}

function container(body: JsonObject): JsonObject {
  return podWith({ containers: [{ name: "main", image: "busybox", ...body }] });
}

function volume(source: JsonObject): JsonObject {
  return podWith({ volumes: [{ name: "v", ...source }] });
}

const messages = (object: JsonObject): string[] =>
  validateManifest(object).map((problem) => problem.message);

const FULL_POD: JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "busybox",
    namespace: "apps",
    creationTimestamp: null,
    labels: { app: "busybox", "app.kubernetes.io/name": "busybox" },
    annotations: { "example.com/note": "free text: anything at all" },
  },
  spec: {
    serviceAccountName: "workload-identity-sa",
    automountServiceAccountToken: false,
    nodeSelector: { "kubernetes.io/os": "linux" },
    terminationGracePeriodSeconds: 5,
    imagePullSecrets: [{ name: "registry" }],
    tolerations: [
      { key: "CriticalAddonsOnly", operator: "Exists" },
      { effect: "NoExecute", operator: "Exists", tolerationSeconds: 300 },
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
          ],
        },
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchLabels: { app: "busybox" } },
            },
          },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "zone",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: "busybox" } },
      },
    ],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 2000,
      supplementalGroups: [1, 2],
      seccompProfile: { type: "RuntimeDefault" },
    },
    dnsConfig: { options: [{ name: "ndots", value: "2" }] },
    hostAliases: [{ ip: "127.0.0.1", hostnames: ["foo.local"] }],
    initContainers: [{ name: "init", image: "busybox", command: ["true"] }],
    containers: [
      {
        name: "main",
        image: "registry.k8s.io/e2e-test-images/busybox:1.29-4",
        command: ["/bin/sleep", "10000"],
        workingDir: "/",
        imagePullPolicy: "IfNotPresent",
        ports: [{ containerPort: 8080, name: "http", protocol: "TCP" }],
        resources: {
          requests: { cpu: "100m", memory: "64Mi" },
          limits: { cpu: 1, memory: "1.5Gi" },
        },
        env: [
          { name: "PLAIN", value: "" },
          {
            name: "SECRET",
            valueFrom: { secretKeyRef: { name: "app", key: "password" } },
          },
          {
            name: "NODE",
            valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } },
          },
          {
            name: "CPU",
            valueFrom: { resourceFieldRef: { resource: "limits.cpu" } },
          },
        ],
        envFrom: [{ prefix: "X_", secretRef: { name: "app", optional: true } }],
        livenessProbe: { exec: { command: ["true"] }, periodSeconds: 5 },
        readinessProbe: { httpGet: { path: "/ready", port: "http" } },
        startupProbe: { tcpSocket: { port: 8080 }, failureThreshold: 30 },
        lifecycle: { preStop: { exec: { command: ["sleep", "1"] } } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          {
            name: "secrets-store",
            mountPath: "/mnt/secrets-store",
            readOnly: true,
          },
          { name: "secret", mountPath: "/s", subPath: "a/b" },
          { name: "all", mountPath: "/all" },
        ],
      },
    ],
    volumes: [
      {
        name: "secrets-store",
        csi: {
          driver: "secrets-store.csi.k8s.io",
          readOnly: true,
          volumeAttributes: { secretProviderClass: "azure-kvname" },
          nodePublishSecretRef: { name: "secrets-store-creds" },
        },
      },
      {
        name: "secret",
        secret: {
          secretName: "app",
          defaultMode: 256,
          optional: true,
          items: [{ key: "a", path: "b/c", mode: 511 }],
        },
      },
      {
        name: "all",
        projected: {
          sources: [
            { secret: { name: "app" } },
            { configMap: { name: "cm", items: [{ key: "k", path: "k" }] } },
            { serviceAccountToken: { path: "token", audience: "vault" } },
            {
              downwardAPI: {
                items: [
                  { path: "l", fieldRef: { fieldPath: "metadata.labels" } },
                ],
              },
            },
          ],
        },
      },
      { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
      { name: "host", hostPath: { path: "/var/log", type: "Directory" } },
      { name: "cm", configMap: { name: "cm", defaultMode: 420 } },
      { name: "share", nfs: { server: "10.0.0.1", path: "/" } },
      { name: "claim", persistentVolumeClaim: { claimName: "data" } },
      { name: "nothing" },
    ],
  },
};

describe("validation of pods", () => {
  it("takes a pod that uses a bit of everything", () => {
    expect(messages(FULL_POD)).toEqual([]);
  });

  it("takes the smallest pod", () => {
    expect(messages(aPod())).toEqual([]);
  });

  it.each<[JsonObject, string]>([
    [podWith({ containers: [] }), "spec.containers: Required value"],
    [
      { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
      "spec.containers: Required value",
    ],
    [container({ name: "" }), "spec.containers[0].name: Required value"],
    [container({ image: "" }), "spec.containers[0].image: Required value"],
    [
      container({ name: "Main" }),
      "spec.containers[0].name: Invalid value: \"Main\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      container({ name: "a.b" }),
      'spec.containers[0].name: Invalid value: "a.b": must not contain dots',
    ],
    [
      podWith({
        containers: [
          { name: "a", image: "x" },
          { name: "a", image: "y" },
        ],
      }),
      'spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      podWith({ initContainers: [{ name: "main", image: "x" }] }),
      'spec.initContainers[0].name: Duplicate value: "main"',
    ],
    [
      podWith({
        initContainers: [{ name: "i", image: "x", restartPolicy: "Never" }],
      }),
      'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      container({ restartPolicy: "Always" }),
      "spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers",
    ],
    [
      podWith({ restartPolicy: "Sometimes" }),
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      container({ imagePullPolicy: "Maybe" }),
      'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      podWith({ terminationGracePeriodSeconds: -1 }),
      "spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0",
    ],
    [
      podWith({ activeDeadlineSeconds: 0 }),
      "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
    ],
    [
      container({ volumeMounts: [{ name: "x", mountPath: "/x" }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "x"',
    ],
    [
      podWith({
        containers: [
          {
            name: "main",
            image: "x",
            volumeMounts: [
              { name: "v", mountPath: "/x" },
              { name: "v", mountPath: "/x" },
            ],
          },
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      }),
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique',
    ],
    [
      podWith({
        containers: [
          {
            name: "main",
            image: "x",
            volumeMounts: [{ name: "v", mountPath: "/x", subPath: "../y" }],
          },
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      }),
      "spec.containers[0].volumeMounts.subPath: Invalid value: \"../y\": must not contain '..'",
    ],
    [
      podWith({ volumes: [{ emptyDir: {} }] }),
      "spec.volumes[0].name: Required value",
    ],
    [
      podWith({
        volumes: [
          { name: "v", emptyDir: {} },
          { name: "v", emptyDir: {} },
        ],
      }),
      'spec.volumes[1].name: Duplicate value: "v"',
    ],
    [
      volume({ emptyDir: {}, secret: { secretName: "s" } }),
      "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type",
    ],
    [
      volume({ secret: {} }),
      "spec.volumes[0].secret.secretName: Required value",
    ],
    [
      volume({ nfs: { path: "/" } }),
      "spec.volumes[0].nfs.server: Required value",
    ],
    [
      volume({ persistentVolumeClaim: {} }),
      "spec.volumes[0].persistentVolumeClaim.claimName: Required value",
    ],
    [
      volume({ secret: { secretName: "s", defaultMode: 512 } }),
      "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
    ],
    [
      volume({
        secret: { secretName: "s", items: [{ key: "k", path: "p", mode: -1 }] },
      }),
      "spec.volumes[0].secret.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive",
    ],
    [
      volume({ secret: { secretName: "s", items: [{ key: "k" }] } }),
      "spec.volumes[0].secret.items[0].path: Required value",
    ],
    [
      volume({ configMap: { name: "c", items: [{ key: "k", path: "/p" }] } }),
      'spec.volumes[0].configMap.items[0].path: Invalid value: "/p": must be a relative path',
    ],
    [
      volume({ configMap: { name: "c", items: [{ key: "k", path: "..p" }] } }),
      "spec.volumes[0].configMap.items[0].path: Invalid value: \"..p\": must not start with '..'",
    ],
    [volume({ csi: {} }), "spec.volumes[0].csi.driver: Required value"],
    [
      volume({ csi: { driver: "d.io", nodePublishSecretRef: {} } }),
      "spec.volumes[0].csi.nodePublishSecretRef.name: Required value",
    ],
    [
      volume({
        projected: {
          sources: [
            {
              serviceAccountToken: { path: "t", expirationSeconds: 599 },
            },
          ],
        },
      }),
      "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
    ],
    [
      volume({
        projected: {
          sources: [
            { secret: { name: "a", items: [{ key: "k", path: "p" }] } },
            { secret: { name: "b", items: [{ key: "k", path: "p" }] } },
          ],
        },
      }),
      'spec.volumes[0].projected: Invalid value: "p": conflicting duplicate paths',
    ],
    [
      volume({
        downwardAPI: {
          items: [{ path: "n", fieldRef: { fieldPath: "spec.nodeName" } }],
        },
      }),
      'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
    ],
    [
      container({ env: [{ name: "A=B", value: "x" }] }),
      "spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='",
    ],
    [
      container({ env: [{ value: "x" }] }),
      "spec.containers[0].env[0].name: Required value",
    ],
    [
      container({ env: [{ name: "A", valueFrom: {} }] }),
      'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    ],
    [
      container({
        env: [
          {
            name: "A",
            value: "x",
            valueFrom: { secretKeyRef: { name: "s", key: "k" } },
          },
        ],
      }),
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      container({
        env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s" } } }],
      }),
      "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value",
    ],
    [
      container({
        env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.x" } } }],
      }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x',
    ],
    [
      container({ envFrom: [{ prefix: "A" }] }),
      'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
    ],
    [
      container({ ports: [{ containerPort: 70000 }] }),
      "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ],
    [
      container({ ports: [{ containerPort: 1, protocol: "ICMP" }] }),
      'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      container({ livenessProbe: {} }),
      "spec.containers[0].livenessProbe: Required value: must specify a handler type",
    ],
    [
      container({
        livenessProbe: { exec: { command: ["a"] }, successThreshold: 2 },
      }),
      "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
    ],
    [
      container({
        resources: { requests: { cpu: "2" }, limits: { cpu: "1500m" } },
      }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1500m',
    ],
    [
      podWith({ imagePullSecrets: [{}] }),
      "spec.imagePullSecrets[0].name: Required value",
    ],
  ])("refuses %#: %s", (object, message) => {
    expect(messages(object)).toEqual([message]);
  });

  it("points at the place of a problem by members and indices", () => {
    const [problem] = validateManifest(
      container({ volumeMounts: [{ name: "x", mountPath: "/x" }] }),
    );
    expect(problem?.path).toEqual([
      "spec",
      "containers",
      0,
      "volumeMounts",
      0,
      "name",
    ]);
  });

  it("reports every problem of a manifest", () => {
    const found = messages(
      podWith({
        restartPolicy: "x",
        containers: [{ name: "", image: "" }],
      }),
    );
    expect(found).toHaveLength(3);
  });

  it("reads a null list element as an empty struct", () => {
    const object = podWith({ containers: [null as JsonValue] });
    expect(messages(object)).toEqual([
      "spec.containers[0].name: Required value",
      "spec.containers[0].image: Required value",
    ]);
  });
});
