import { expect, test } from "vitest";
import { Metrics } from "../../../src/emulator/views/metrics.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { SETTINGS, START } from "../../support/facts.ts";

const SECOND = 1000;
const POD = { namespace: "default", name: "web", uid: "uid-1" };
const CLASS = { secretProviderClass: "azure-kv", errorType: "", error: "" };

/** Facts of `node-0`, one after the other, counted from the start of a world. */
function metricsOf(
  lines: readonly (readonly [type: string, data: JsonObject, parts?: Parts])[],
  driver = "1.5.6",
): Metrics {
  const metrics = new Metrics();
  const settings = {
    ...SETTINGS,
    driver: { ...SETTINGS.driver, version: driver },
  } as unknown as JsonObject;
  const facts: readonly (readonly [string, JsonObject, Parts?])[] = [
    ["world.started", { nodes: ["node-0"], settings }],
    ...lines,
  ];
  for (const [i, [type, data, parts = {}]] of facts.entries()) {
    const { at = "node-0/csi-driver", times, t = 0 } = parts;
    const run = { first: START + t, every: SECOND, count: times ?? 1 };
    const fact = { seq: i + 1, t: START + t, type, at, about: "", causes: [] };
    metrics.fact({
      ...fact,
      data,
      ...(times === undefined ? {} : { run }),
    });
  }
  return metrics;
}

interface Parts {
  readonly at?: string;
  /** A run of so many, a second apart. */
  readonly times?: number;
  /** From the start; of a run: of its first instance. */
  readonly t?: number;
}

/** As gRPC words what the provider's own code returned. */
const REFUSED = {
  error:
    "failed to mount secrets store objects for pod default/web, err: rpc error: code = Unknown desc = failed to mount objects, error: 403",
  errorType: "GRPCProviderError",
};

const publish = (data: JsonObject = {}) => ({
  ...POD,
  ...CLASS,
  volume: "store",
  first: false,
  durationMs: 90,
  ...data,
});

const request = (data: JsonObject = {}) => ({
  vault: "kvdemo",
  operation: "SecretGet",
  collection: "secrets",
  name: "secret1",
  status: 200,
  message: null,
  pod: "default/web",
  node: "node-0",
  ...data,
});

test("the driver counts its publishes under upstream's names, with the provider once it was asked", () => {
  const text = metricsOf([
    ["csi.publish.written", publish({ first: true })],
    ["csi.publish.skipped", publish(), { times: 3 }],
    ["volume.unmounted", { ...POD, volume: "store" }],
  ]).text("node-0", "csi-driver");
  expect(text).toContain(
    '# HELP node_publish_total Total number of node publish calls\n# TYPE node_publish_total counter\nnode_publish_total{os_type="linux",provider=""} 3\nnode_publish_total{os_type="linux",provider="azure"} 1\n',
  );
  expect(text).toContain('node_unpublish_total{os_type="linux"} 1\n');
  expect(text).not.toContain("rotation_reconcile_total");
});

test.each<[errorType: string, error: string, provider: string]>([
  ["SecretProviderClassNotFound", "not found", ""],
  ["FailedToMount", "secretProviderClass is not set", ""],
  ["FailedToMount", "Readonly is not true in request", "azure"],
  ["GRPCProviderError", REFUSED.error, "azure"],
  ["", 'error connecting to provider "vault": not found', "vault"],
])(
  "a mount that failed with error type %j (%s) has the provider %j",
  (errorType, error, provider) => {
    const text = metricsOf([
      [
        "csi.publish.failed",
        publish({ first: true, durationMs: 0, errorType, error }),
      ],
    ]).text("node-0", "csi-driver");
    expect(text).toContain(
      `node_publish_error_total{error_type="${errorType}",os_type="linux",provider="${provider}"} 1\n`,
    );
    expect(text).not.toContain("node_publish_total{");
  },
);

test("a rotation of 1.5 is counted by whether versions changed, and timed", () => {
  const rotation = { ...POD, ...CLASS, durationMs: 90 };
  const error = { error: "provider mount err", errorType: "GRPCProviderError" };
  const text = metricsOf([
    ["csi.rotation.unchanged", rotation, { times: 10 }],
    ["csi.rotation.rotated", { ...rotation, durationMs: 1200 }],
    ["csi.rotation.failed", { ...rotation, ...error }],
  ]).text("node-0", "csi-driver");
  expect(text).toContain(
    'rotation_reconcile_total{os_type="linux",provider="azure",rotated="false"} 10\n',
  );
  expect(text).toContain(
    'rotation_reconcile_total{os_type="linux",provider="azure",rotated="true"} 1\n',
  );
  expect(text).toContain(
    'rotation_reconcile_error_total{error_type="GRPCProviderError",os_type="linux",provider="azure",rotated="false"} 1\n',
  );
  expect(text).toContain(
    'rotation_reconcile_duration_sec_bucket{os_type="linux",le="0.1"} 10\n',
  );
  expect(text).toContain(
    'rotation_reconcile_duration_sec_bucket{os_type="linux",le="+Inf"} 11\n',
  );
  expect(text).toContain(
    'rotation_reconcile_duration_sec_sum{os_type="linux"} 2.1\n',
  );
});

test("a pod on its way out is counted as a rotation of nobody's, and the provider hears nothing of it", () => {
  const metrics = metricsOf([
    ["csi.rotation.unchanged", { ...POD, ...CLASS, durationMs: 0 }],
  ]);
  expect(metrics.text("node-0", "csi-driver")).toContain(
    'rotation_reconcile_total{os_type="linux",provider="",rotated="false"} 1\n',
  );
  expect(metrics.text("node-0", "provider-azure")).toBe("");
});

test("the buckets of a rotation are Go's eleven exponential ones", () => {
  const rotation = { ...POD, ...CLASS, durationMs: 90 };
  const text = metricsOf([["csi.rotation.rotated", rotation]]).text(
    "node-0",
    "csi-driver",
  );
  const bounds = [...text.matchAll(/le="([\d.]+)"/g)].map(([, le]) =>
    Number(le),
  );
  expect(bounds).toHaveLength(11);
  expect(bounds[0]).toBe(0.1);
  for (const [i, bound] of bounds.entries())
    expect(bound).toBeCloseTo(0.1 * 20 ** (i / 10), 12);
});

test("with 1.6 every refresh that asked is a rotation, and a masked error shows in the metrics alone", () => {
  const metrics = metricsOf(
    [
      ["csi.publish.written", publish({ first: true })],
      ["csi.publish.unchanged", publish(), { times: 5 }],
      ["csi.publish.masked", publish(REFUSED)],
    ],
    "1.6.0",
  );
  const text = metrics.text("node-0", "csi-driver");
  expect(text).toContain(
    'rotation_reconcile_total{os_type="linux",provider="azure",rotated="true"} 5\n',
  );
  expect(text).toContain(
    'rotation_reconcile_error_total{error_type="GRPCProviderError",os_type="linux",provider="azure",rotated="true"} 1\n',
  );
  expect(text).toContain(
    'node_publish_error_total{error_type="GRPCProviderError",os_type="linux",provider="azure"} 1\n',
  );
  const provider = metrics.text("node-0", "provider-azure");
  expect(provider).toContain(
    'grpc_request_count{grpc_code="OK",grpc_message="",grpc_method="/v1alpha1.CSIDriverProvider/Mount",os_type="linux",provider="azure",service_name="csi-secrets-store-provider-azure"} 6\n',
  );
  expect(provider).toContain(
    'grpc_code="Unknown",grpc_message="failed to mount objects, error: 403"',
  );
});

test.each([
  ["a provider that is gone", "rpc error: code = Unavailable desc = gone"],
  ["one that does not answer", "context deadline exceeded"],
  ["one that was never there", 'error connecting to provider "azure": none'],
])("%s counts no call of the driver", (_, error) => {
  const failed = publish({ errorType: "GRPCProviderError", error });
  const metrics = metricsOf([["csi.publish.failed", failed]]);
  expect(metrics.text("node-0", "provider-azure")).toBe("");
});

test("one get of the SDK is one sample, whatever challenge and retries lie inside", () => {
  const at = { at: "vault/kvdemo" };
  const text = metricsOf([
    [
      "vault.request",
      request({ operation: "Authentication", status: 401 }),
      at,
    ],
    ["vault.request", request(), at],
    [
      "vault.request",
      request({ status: 429, message: "Throttled" }),
      { ...at, times: 4 },
    ],
    [
      "vault.request",
      request({ operation: "Authentication", status: 503, message: "busy" }),
      at,
    ],
    ["vault.request", request(), at],
    [
      "vault.request",
      request({ operation: "SecretSet", node: null, pod: null }),
      at,
    ],
  ]).text("node-0", "provider-azure");
  const count = (error: string) =>
    `keyvault_request_count{error="${error}",object_name="secret1",object_type="secret",os_type="linux",provider="azure",service_name="csi-secrets-store-provider-azure"}`;
  expect(text).toContain(`${count("")} 2\n`);
  expect(text).toContain(`${count("Throttled")} 1\n`);
  expect(text).not.toContain("busy");
});

const AT_KUBELET = { at: "node-0/kubelet" };

test("the kubelet counts containers that it made or tried to, and what runs now", () => {
  const container = { ...POD, container: "app", attempt: 0 };
  const first = { ...container, container: "init", init: true };
  const failed = { reason: "Failed", source: "kubelet", type: "Warning" };
  const text = metricsOf([
    ["container.created", first, AT_KUBELET],
    ["container.started", first, AT_KUBELET],
    ["container.exited", first, AT_KUBELET],
    ["k8s.event", failed, AT_KUBELET],
    ["container.created", { ...container, init: false }, AT_KUBELET],
    ["container.started", container, AT_KUBELET],
    ["kubelet.pod.running", POD, AT_KUBELET],
    ["kubelet.pod.running", { ...POD, uid: "uid-2" }, AT_KUBELET],
    ["kubelet.pod.gone", { ...POD, uid: "uid-2" }, AT_KUBELET],
  ]).text("node-0", "kubelet");
  expect(text).toContain(
    'kubelet_started_containers_total{container_type="container"} 2\nkubelet_started_containers_total{container_type="init_container"} 1\n',
  );
  expect(text).toContain(
    'kubelet_started_containers_errors_total{code="CreateContainerConfigError",container_type="container"} 1\n',
  );
  expect(text).toContain(
    'kubelet_running_containers{container_state="running"} 1\n',
  );
  expect(text).toContain("kubelet_running_pods 1\n");
});

test("a pod whose containers have ended for good runs no more", () => {
  const succeeded = { kind: "Pod", ...POD, phase: "Succeeded" };
  const text = metricsOf([
    ["kubelet.pod.running", POD, AT_KUBELET],
    ["api.object.modified", succeeded, { at: "api-server" }],
  ]).text("node-0", "kubelet");
  expect(text).toContain("kubelet_running_pods 0\n");
});

test("the kubelet counts each set-up of a volume by its plugin, refreshes that found nothing new included", () => {
  const plugin = "kubernetes.io/secret";
  const csi = "kubernetes.io/csi:secrets-store.csi.k8s.io";
  const text = metricsOf(
    [
      ["volume.switched", { ...POD, kind: "secret", files: [] }, AT_KUBELET],
      [
        "kubelet.volume.refreshed",
        { node: "node-0", plugin, count: 41 },
        { ...AT_KUBELET, times: 1 },
      ],
      ["csi.publish.written", publish({ first: true })],
      ["csi.publish.skipped", publish({ durationMs: 0 }), { times: 3 }],
      ["csi.publish.masked", publish(REFUSED)],
      ["csi.publish.failed", publish(REFUSED)],
      ["volume.failed", { ...POD, kind: "csi" }, AT_KUBELET],
      ["volume.failed", { ...POD, kind: "configMap" }, AT_KUBELET],
    ],
    "1.6.0",
  ).text("node-0", "kubelet");
  const setUps = (status: string, of: string) =>
    `storage_operation_duration_seconds_count{migrated="false",operation_name="volume_mount",status="${status}",volume_plugin="${of}"}`;
  expect(text).toContain(`${setUps("success", plugin)} 41\n`);
  // What the driver masks is a success for the kubelet.
  expect(text).toContain(`${setUps("success", csi)} 5\n`);
  expect(text).toContain(`${setUps("fail-unknown", csi)} 1\n`);
  expect(text).toContain(
    `${setUps("fail-unknown", "kubernetes.io/configmap")} 1\n`,
  );
  const calls = (code: string) =>
    `csi_operations_seconds_count{driver_name="secrets-store.csi.k8s.io",grpc_status_code="${code}",method_name="/csi.v1.Node/NodePublishVolume",migrated="false"}`;
  expect(text).toContain(`${calls("OK")} 5\n`);
  expect(text).toContain(`${calls("Unknown")} 1\n`);
});

const DOWN = { node: "node-0" };

test("a process that is down answers nothing, and begins anew", () => {
  const before: Parameters<typeof metricsOf>[0] = [
    ["csi.publish.written", publish({ first: true })],
    ["csi.driver.stopped", DOWN, { t: 5 * SECOND }],
  ];
  expect(metricsOf(before).text("node-0", "csi-driver")).toBe("");
  const metrics = metricsOf([
    ...before,
    ["csi.driver.started", DOWN, { t: 8 * SECOND }],
    ["csi.publish.skipped", publish(), { t: 9 * SECOND }],
  ]);
  const text = metrics.text("node-0", "csi-driver");
  expect(text).toContain('node_publish_total{os_type="linux",provider=""} 1\n');
  expect(text).not.toContain('provider="azure"');
  expect(metrics.text("node-0", "provider-azure")).toContain("grpc_request");
  expect(metrics.text("node-1", "kubelet")).toBe("");
});

test("of a run that is written late only what happened since the restart counts", () => {
  const text = metricsOf([
    ["csi.driver.stopped", DOWN, { t: 5 * SECOND }],
    ["csi.driver.started", DOWN, { t: 5 * SECOND + 1 }],
    ["csi.publish.skipped", publish(), { times: 12, t: 0 }],
  ]).text("node-0", "csi-driver");
  // At 0 s, 1 s … 11 s: those from 5 s on.
  expect(text).toContain('node_publish_total{os_type="linux",provider=""} 7\n');
});

test("what runs on a node survives its kubelet, and not the node", () => {
  const running: Parameters<typeof metricsOf>[0] = [
    ["kubelet.pod.running", POD, AT_KUBELET],
    ["kubelet.stopped", DOWN, { t: SECOND }],
    ["kubelet.started", DOWN, { t: 2 * SECOND }],
  ];
  expect(metricsOf(running).text("node-0", "kubelet")).toContain(
    "kubelet_running_pods 1\n",
  );
  const rebooted = metricsOf([
    ...running,
    ["node.stopped", DOWN, { at: "node-0", t: 3 * SECOND }],
  ]);
  expect(rebooted.text("node-0", "kubelet")).not.toContain("running_pods 1");
});
