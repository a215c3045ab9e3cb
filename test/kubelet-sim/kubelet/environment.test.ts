/** kubelet.md 5 and 12: a container's environment, worked out when it is created. */
import { expect, test } from "vitest";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { bytesToBase64 } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { specOf } from "../../../src/kubelet-sim/pod-spec.ts";
import type { ContainerConfig } from "../../../src/kubelet-sim/ports.ts";
import { aPod, aSecret } from "../../support/world.ts";
import type { NodeSettings, TestNode } from "./sources-support.ts";
import { aConfigMap, aNode } from "./sources-support.ts";

function withData(settings: NodeSettings = {}): TestNode {
  const node = aNode(settings);
  node.apply(aSecret({ password: "one", "not.a-name": "odd", "1st": "digit" }));
  node.apply(aConfigMap({ greeting: "hello", password: "from the map" }));
  return node.advance("1s");
}

function podOf(container: JsonObject, spec: JsonObject = {}): JsonObject {
  const main = { name: "main", image: "busybox", ...container };
  return aPod({ spec: { containers: [main], ...spec } });
}

function startWith(node: TestNode, ...env: JsonObject[]): Stored {
  return node.start(podOf({ env }));
}

const secretKey = (key: string, more: JsonObject = {}): JsonObject => ({
  valueFrom: { secretKeyRef: { name: "app-secret", key, ...more } },
});
const configKey = (key: string, more: JsonObject = {}): JsonObject => ({
  valueFrom: { configMapKeyRef: { name: "settings", key, ...more } },
});

test("variables come from keys of Secrets and ConfigMaps, each with its origin [KUBELET-13.6-05]", () => {
  const node = withData();
  const pod = startWith(
    node,
    { name: "PASSWORD", ...secretKey("password") },
    { name: "GREETING", ...configKey("greeting") },
    { name: "PLAIN", value: "text" },
  );
  expect(node.env(pod)).toEqual({
    PASSWORD: "one",
    GREETING: "hello",
    PLAIN: "text",
  });
  const [password, greeting, plain] = node.configOf(pod).env;
  const version = (kind: string, name: string) =>
    node.server.read(kind, "default", name)!.object.metadata.resourceVersion;
  expect(password!.origin).toMatchObject({
    source: "Secret/app-secret",
    key: "password",
    resourceVersion: version("Secret", "app-secret"),
    content: { object: "default/secret/app-secret/password", ordinal: 1 },
  });
  expect(greeting!.origin).toMatchObject({
    source: "ConfigMap/settings",
    resourceVersion: version("ConfigMap", "settings"),
    content: { object: "default/configmap/settings/greeting", ordinal: 1 },
  });
  expect(plain!.origin).toBeNull();
});

test("each creation reads anew; what was made before stays as it is", () => {
  const node = withData();
  const pod = startWith(node, { name: "P", ...secretKey("password") });
  const first = node.configOf(pod);
  node.apply(aSecret({ password: "two" }));
  node.advance("1s");
  expect(node.env(pod)).toEqual({ P: "two" });
  expect(first.env.find(({ name }) => name === "P")?.value).toBe("one");
});

test("envFrom takes every key, prefixed; later sources and env win over earlier ones", () => {
  const node = withData();
  const pod = node.start(
    podOf({
      envFrom: [
        { secretRef: { name: "app-secret" } },
        { configMapRef: { name: "settings" } },
        { prefix: "S_", secretRef: { name: "app-secret" } },
      ],
      env: [{ name: "greeting", value: "hi" }],
    }),
  );
  expect(node.env(pod)).toMatchObject({
    password: "from the map",
    greeting: "hi",
    S_password: "one",
  });
});

test("a ConfigMap's binaryData is no part of an environment", () => {
  const node = withData();
  const binaryData = { blob: bytesToBase64(Uint8Array.of(1, 2)) };
  node.apply(aConfigMap({ greeting: "hello" }, { binaryData }));
  const envFrom = [{ configMapRef: { name: "settings" } }];
  const pod = node.start(podOf({ envFrom }));
  expect(node.env(pod)).toEqual({ greeting: "hello" });
});

test("up to Kubernetes 1.29 keys that are no variable names are skipped with an event", () => {
  const node = withData({ kubernetesMinor: 29 });
  const envFrom = [{ secretRef: { name: "app-secret" } }];
  const pod = node.start(podOf({ envFrom }));
  const outcome = node.outcome(pod);
  expect(outcome.events).toEqual([
    {
      type: "Warning",
      reason: "InvalidEnvironmentVariableNames",
      message:
        "Keys [1st] from the EnvFrom secret default/app-secret were skipped since they are considered invalid environment variable names.",
    },
  ]);
  expect(Object.keys(node.env(pod))).toEqual(["not.a-name", "password"]);
});

test("from Kubernetes 1.30 on every key is passed through", () => {
  const node = withData({ kubernetesMinor: 30 });
  const envFrom = [{ prefix: "", secretRef: { name: "app-secret" } }];
  const pod = node.start(podOf({ envFrom }));
  expect(node.outcome(pod).events).toEqual([]);
  expect(node.env(pod)).toEqual({
    "1st": "digit",
    "not.a-name": "odd",
    password: "one",
  });
});

test("$(NAME) stands for a variable from before, $$ for a dollar, and the rest for itself", () => {
  const node = withData();
  const pod = startWith(
    node,
    { name: "USER", value: "me" },
    { name: "PASSWORD", ...secretKey("password") },
    { name: "URL", value: "db://$(USER):$(PASSWORD)@host$(LATER)" },
    { name: "LATER", value: "x" },
    { name: "DOLLAR", value: "$$(USER) $USER $(USER $" },
    { name: "HOST", value: "$(KUBERNETES_SERVICE_HOST)" },
    { name: "ALIAS", value: "$(PASSWORD)" },
  );
  expect(node.env(pod)).toMatchObject({
    URL: "db://me:one@host$(LATER)",
    DOLLAR: "$(USER) $USER $(USER $",
    HOST: "10.0.0.1",
    ALIAS: "one",
  });
  const origins = new Map(
    node.configOf(pod).env.map(({ name, origin }) => [name, origin]),
  );
  expect(origins.get("URL")?.content).toMatchObject({
    object: "default/secret/app-secret/password",
    form: "expanded",
  });
  expect(origins.get("ALIAS")?.content.form).toBe("as-is");
  expect(origins.get("DOLLAR")).toBeNull();
});

test("the service kubernetes has variables in every container, unless the pod says otherwise itself", () => {
  const node = withData();
  const name = "KUBERNETES_PORT";
  const pod = startWith(node, { name, value: "mine" });
  const { env } = node.configOf(pod);
  const found = new Map(env.map((variable) => [variable.name, variable.value]));
  expect(found.get("KUBERNETES_SERVICE_PORT_HTTPS")).toBe("443");
  expect(found.get("KUBERNETES_PORT_443_TCP")).toBe("tcp://10.0.0.1:443");
  expect(found.get(name)).toBe("mine");
});

test("fields of the pod and resources of its containers are known without a read", () => {
  const node = withData();
  const field = (name: string, fieldPath: string): JsonObject => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const resource = (name: string, ref: JsonObject): JsonObject => ({
    name,
    valueFrom: { resourceFieldRef: ref },
  });
  const env = [
    field("POD", "metadata.name"),
    field("NAMESPACE", "metadata.namespace"),
    field("NODE", "spec.nodeName"),
    field("ACCOUNT", "spec.serviceAccountName"),
    field("HOST", "status.hostIP"),
    field("APP", "metadata.labels['app']"),
    field("NONE", "metadata.annotations['none']"),
    resource("CPU", { resource: "limits.cpu" }),
    resource("MILLI", { resource: "limits.cpu", divisor: "1m" }),
    resource("MEMORY", { resource: "requests.memory", divisor: "1Mi" }),
    resource("BYTES", { resource: "limits.memory" }),
  ];
  const resources = {
    limits: { cpu: "1500m" },
    requests: { memory: "64Mi", cpu: "250m" },
  };
  const pod = node.start({
    ...podOf({ env, resources }, { nodeName: "node-0" }),
    metadata: { name: "busybox", namespace: "default", labels: { app: "web" } },
  });
  expect(node.env(pod)).toEqual({
    POD: "busybox",
    NAMESPACE: "default",
    NODE: "node-0",
    ACCOUNT: "default",
    HOST: "10.224.0.4",
    APP: "web",
    NONE: "",
    CPU: "2",
    MILLI: "1500",
    MEMORY: "64",
    BYTES: String(12 * 1024 ** 3),
  });
});

test("the address of a pod is its sandbox's, before any status has it", () => {
  const node = withData();
  const valueFrom = { fieldRef: { fieldPath: "status.podIP" } };
  const pod = startWith(node, { name: "IP", valueFrom });
  const container = specOf(pod.object).containers[0]!;
  const asked = { key: "k", pod, container };
  const ip = () => {
    const { config } = node.prepared.get("k") as unknown as {
      readonly config: ContainerConfig;
    };
    return config.env.find(({ name }) => name === "IP")?.value;
  };
  node.sources.prepareContainer({ ...asked, podIp: "10.244.0.7" });
  expect(ip()).toBe("10.244.0.7");
  node.sources.prepareContainer(asked);
  expect(ip()).toBe("");
});

test.each([
  ["Watch", 'secret "app-secret" not found'],
  ["Cache", 'secrets "app-secret" not found'],
  ["Get", 'secrets "app-secret" not found'],
] as const)(
  "%s words a missing Secret in its own way",
  (changeDetection, text) => {
    const node = aNode({ changeDetection });
    const pod = startWith(node, { name: "P", ...secretKey("password") });
    expect(node.outcome(pod)).toMatchObject({ ok: false, message: text });
  },
);

test.each([
  ["Watch", 'configmap "settings" not found'],
  ["Get", 'configmaps "settings" not found'],
] as const)(
  "%s words a missing ConfigMap in its own way",
  (changeDetection, text) => {
    const node = aNode({ changeDetection });
    const pod = startWith(node, { name: "G", ...configKey("greeting") });
    expect(node.outcome(pod)).toMatchObject({ ok: false, message: text });
  },
);

test("a missing key is named, with its object", () => {
  const node = withData();
  const secret = startWith(node, { name: "P", ...secretKey("nothing") });
  expect(node.outcome(secret)).toMatchObject({
    message: "couldn't find key nothing in Secret default/app-secret",
  });
  const map = node.start({
    ...podOf({ env: [{ name: "P", ...configKey("nothing") }] }),
    metadata: { name: "other", namespace: "default" },
  });
  expect(node.outcome(map)).toMatchObject({
    message: "couldn't find key nothing in ConfigMap default/settings",
  });
});

test("what is optional is left out when it is missing, object and key alike", () => {
  const node = withData();
  const optional = true;
  const other = { name: "nowhere", key: "k", optional };
  const env = [
    { name: "KEY", ...secretKey("nothing", { optional }) },
    { name: "OBJECT", valueFrom: { secretKeyRef: other } },
    { name: "MAP", valueFrom: { configMapKeyRef: other } },
    { name: "THERE", ...secretKey("password", { optional }) },
  ];
  const envFrom = [
    { secretRef: { name: "nowhere", optional } },
    { configMapRef: { name: "nowhere", optional } },
  ];
  const pod = node.start(podOf({ env, envFrom }));
  expect(node.env(pod)).toEqual({ THERE: "one" });
});

test("other errors than a missing object fail what is optional, too", () => {
  const node = aNode({ watchLatencyMs: 60_000 });
  const optional = true;
  const pod = startWith(node, { name: "P", ...secretKey("k", { optional }) });
  expect(node.outcome(pod)).toMatchObject({
    message: "failed to sync secret cache: timed out waiting for the condition",
  });
});

test("an error ends it at once: what comes after it is not read", () => {
  const node = withData({ changeDetection: "Get", latencyMs: 100 });
  const pod = startWith(
    node,
    { name: "A", ...secretKey("nothing") },
    { name: "B", ...configKey("greeting") },
  );
  const before = node.now;
  node.outcome(pod);
  const { at } = [...node.prepared.values()][0]!;
  expect(at - before).toBe(100);
});

test("one object is read once for all its variables", () => {
  const node = withData({ changeDetection: "Get", latencyMs: 100 });
  const pod = startWith(
    node,
    { name: "A", ...secretKey("password") },
    { name: "B", ...secretKey("1st") },
    { name: "C", ...configKey("greeting") },
  );
  const before = node.now;
  node.env(pod);
  const { at } = [...node.prepared.values()][0]!;
  expect(at - before).toBe(200);
});

test("missing pull secrets are an event, and the start goes on", () => {
  const node = withData();
  const imagePullSecrets = ["nowhere", "app-secret", "either"].map((name) => ({
    name,
  }));
  const pod = node.start(podOf({}, { imagePullSecrets }));
  expect(node.outcome(pod)).toMatchObject({
    ok: true,
    events: [
      {
        type: "Warning",
        reason: "FailedToRetrieveImagePullSecret",
        message:
          "Unable to retrieve some image pull secrets (nowhere, either); attempting to pull the image may not succeed.",
      },
    ],
  });
});

test("a later request of a container replaces an earlier one, and an unregistered pod gets no answer", () => {
  const node = withData({ changeDetection: "Get", latencyMs: 100 });
  const pod = startWith(node, { name: "P", ...secretKey("password") });
  const answers: number[] = [];
  node.sources.onPrepared = () => void answers.push(node.now);
  const before = node.now;
  node.prepare(pod);
  node.advance(50).prepare(pod);
  node.advance("1s");
  expect(answers.map((at) => at - before)).toEqual([150]);
  node.prepare(pod);
  node.sources.unregister(pod.object.metadata.uid);
  node.advance("1s");
  expect(answers).toHaveLength(1);
});
