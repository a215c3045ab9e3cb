/** csi-driver.md 1.3 to 1.6 and 12.1: what NodePublishVolume does at pod start, and each way it fails. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import { aClass, aPod, aWorld, csiVolume } from "../../support/world.ts";

const UNKNOWN =
  'MountVolume.SetUp failed for volume "csi" : rpc error: code = Unknown desc = ';
const FILE = "/mnt/csi/secret1";

function mounting(
  secretProviderClass: JsonObject | null,
  {
    volume = csiVolume("kv"),
    ...options
  }: WorldOptions & {
    readonly volume?: JsonObject;
  } = {},
): TestWorld {
  const pod = aPod({ volumes: { csi: volume } });
  const classes = secretProviderClass === null ? [] : [secretProviderClass];
  return aWorld({ manifests: [...classes, pod], ...options });
}

/** The text of the first failure. */
function failure(w: TestWorld): string | undefined {
  w.until("1s");
  return w.messages("FailedMount")[0];
}

function withSpec(spec: JsonObject): JsonObject {
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "kv", namespace: "default" },
    spec,
  };
}

test("the files are there when the vault has answered: challenge, token, value [CSI-12.1-05] [CSI-12.1-01]", () => {
  const w = mounting(aClass());
  const added = w.untilFact("kubelet.pod.added").t;
  const published = w.refreshAfter(added) + 100;
  const mounted = w.around(published + 25 + 40 + 25, () => w.read(FILE));
  expect(mounted).toEqual([null, "v1"]);
});

test("the pod status is recorded before the mount counts as done", () => {
  const w = mounting(aClass());
  w.untilFact("kubelet.pod.running");
  const written = w.first("volume.switched").t;
  const recorded = w.first(
    "api.object.created",
    "default/SecretProviderClassPodStatus/busybox-default-kv",
  );
  expect(recorded.t).toBe(written);
  expect(recorded.data["by"]).toBe("node-0/csi-driver");
});

test("a SecretProviderClassPodStatus says which versions a pod has mounted where", () => {
  const w = mounting(aClass({ objects: ["secret2", "secret1"] }), {
    secrets: { secret1: "v1", secret2: "w1" },
  }).until("10s");
  const uid = w.first("kubelet.pod.added").data["uid"] as string;
  const versionOf = (name: string) =>
    w.first("vault.secret.set", `kvdemo/secrets/${name}`).data["version"];
  expect(
    w.get("SecretProviderClassPodStatus", "busybox-default-kv"),
  ).toMatchObject({
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    metadata: {
      namespace: "default",
      labels: { "internal.secrets-store.csi.k8s.io/node-name": "node-0" },
      ownerReferences: [
        { apiVersion: "v1", kind: "Pod", name: "busybox", uid },
      ],
    },
    status: {
      podName: "busybox",
      secretProviderClassName: "kv",
      mounted: true,
      targetPath: `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/csi/mount`,
      objects: [
        { id: "secret/secret1", version: versionOf("secret1") },
        { id: "secret/secret2", version: versionOf("secret2") },
      ],
    },
  });
});

test("no class: the mount fails and says where it looked [CSI-12.1-03]", () => {
  expect(failure(mounting(null))).toBe(
    `${UNKNOWN}failed to get secretproviderclass default/kv, error: SecretProviderClass.secrets-store.csi.x-k8s.io "kv" not found`,
  );
});

test("a class of another namespace is none", () => {
  const elsewhere = {
    ...aClass(),
    metadata: { name: "kv", namespace: "elsewhere" },
  };
  expect(failure(mounting(elsewhere))).toBe(
    `${UNKNOWN}failed to get secretproviderclass default/kv, error: SecretProviderClass.secrets-store.csi.x-k8s.io "kv" not found`,
  );
});

test("no class named in the volume's attributes", () => {
  const volume = csiVolume("kv", { volumeAttributes: {} });
  expect(failure(mounting(aClass(), { volume }))).toBe(
    `${UNKNOWN}secretProviderClass is not set`,
  );
});

test.each<[string, JsonObject, string]>([
  [
    "no provider",
    { parameters: { keyvaultName: "kvdemo" } },
    "provider not set in default/kv",
  ],
  ["no parameters", { provider: "azure" }, "parameters not set in default/kv"],
  [
    "an empty map of parameters",
    { provider: "azure", parameters: {} },
    "parameters not set in default/kv",
  ],
  [
    "a provider that is not installed",
    { provider: "vault", parameters: { any: "thing" } },
    'failed to mount secrets store objects for pod default/busybox, err: error connecting to provider "vault": provider not found: provider "vault"',
  ],
  [
    "a provider whose name cannot be",
    { provider: "no/good", parameters: { any: "thing" } },
    'failed to mount secrets store objects for pod default/busybox, err: error connecting to provider "no/good": invalid provider: provider "no/good"',
  ],
  [
    "parameters that the provider refuses",
    { provider: "azure", parameters: { tenantID: "t" } },
    "failed to mount secrets store objects for pod default/busybox, err: rpc error: code = Unknown desc = failed to mount objects, error: keyvaultName is not provided",
  ],
])("%s", (_, spec, text) => {
  expect(failure(mounting(withSpec(spec)))).toBe(UNKNOWN + text);
});

test("an empty list of objects", () => {
  expect(failure(mounting(aClass({ objects: [] })))).toBe(
    `${UNKNOWN}failed to mount secrets store objects for pod default/busybox, err: missing object versions`,
  );
});

test("a volume that is not read-only", () => {
  const volume = csiVolume("kv", { readOnly: false });
  expect(failure(mounting(aClass(), { volume }))).toBe(
    'MountVolume.SetUp failed for volume "csi" : rpc error: code = InvalidArgument desc = Readonly is not true in request',
  );
});

test("a driver that is not there [CSI-12.1-02]", () => {
  const volume = csiVolume("kv", { driver: "other.csi.k8s.io" });
  expect(failure(mounting(aClass(), { volume }))).toBe(
    'MountVolume.SetUp failed for volume "csi" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name other.csi.k8s.io not found in the list of registered CSI drivers',
  );
});

test("a secret that the vault does not have: Azure's answer is in the text [CSI-12.1-06]", () => {
  const line = "-".repeat(80);
  const text = failure(mounting(aClass({ objects: ["nothing"] })));
  expect(text).toContain(
    `${UNKNOWN}failed to mount secrets store objects for pod default/busybox, err: rpc error: code = Unknown desc = failed to mount objects, error: failed to get objectType:secret, objectName:nothing, objectVersion:: GET https://kvdemo.vault.azure.net/secrets/nothing/\n${line}\nRESPONSE 404: 404 Not Found\nERROR CODE: SecretNotFound\n${line}\n`,
  );
});

test("a pod status that cannot be written", () => {
  const name = "n".repeat(200);
  const pod = aPod({ volumes: { csi: csiVolume(name) } });
  const w = aWorld({
    manifests: [
      aClass({ name }),
      { ...pod, metadata: { name: "p".repeat(60), namespace: "default" } },
    ],
  }).until("1s");
  const [text] = w.messages("FailedMount", "p".repeat(60));
  expect(text).toContain(
    `${UNKNOWN}failed to create secret provider class pod status for pod default/${"p".repeat(60)}, err: `,
  );
  expect(w.read(FILE, "p".repeat(60))).toBeNull();
});

test("a first mount that fails leaves nothing mounted and no status, and the next attempt starts over [CSI-12.1-06]", () => {
  const w = mounting(aClass({ objects: ["secret1", "secret2"] }));
  const first = w.untilFact("volume.failed").t;
  const uid = w.first("kubelet.pod.added").data["uid"] as string;
  expect(w.world.nodes[0]!.volumes.isMounted(uid, "csi")).toBe(false);
  expect(w.read(FILE)).toBeNull();
  expect(
    w.get("SecretProviderClassPodStatus", "busybox-default-kv"),
  ).toBeNull();
  w.setSecret("secret2", "w1");
  w.untilFact("kubelet.pod.running");
  expect(w.read(FILE)).toBe("v1");
  expect(w.read("/mnt/csi/secret2")).toBe("w1");
  // The provider's own time comes on top of the kubelet's 0.5 s and its pass.
  const written = w.first("volume.switched").t;
  expect(written - first).toBeGreaterThan(500);
  expect(written - first).toBeLessThanOrEqual(600 + 25 + 40 + 25 + 25);
});

test("an object's alias and permission name and protect the file", () => {
  const objects = [
    { objectName: "secret1", objectAlias: "db/pass", filePermission: "0400" },
  ];
  const w = mounting(aClass({ objects })).until("10s");
  expect(w.read("/mnt/csi/db/pass")).toBe("v1");
  expect(w.read(FILE)).toBeNull();
  const uid = w.first("kubelet.pod.added").data["uid"] as string;
  const image = w.world.nodes[0]!.volumes.imageOf(uid, "csi")!;
  expect(image.payload.map(({ mode }) => mode)).toEqual([0o400]);
});

test("a mounted volume is not published again by the pod's syncs", () => {
  const w = mounting(aClass()).until("10s");
  const asked = w.all("vault.request").length;
  w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } });
  w.advance("10m");
  expect(w.all("vault.request")).toHaveLength(asked);
});

test("the pod's end unmounts, and the status goes with the pod [CSI-12.1-14] [CSI-12.1-15]", () => {
  const w = mounting(aClass()).until("10s");
  w.remove("pod/busybox");
  w.untilFact("kubelet.pod.gone");
  expect(w.last("volume.unmounted").data["volume"]).toBe("csi");
  w.advance("1s");
  expect(
    w.get("SecretProviderClassPodStatus", "busybox-default-kv"),
  ).toBeNull();
});

const WITHOUT_CLIENT = { clientID: "" };
const CREDENTIALS = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "creds", namespace: "default" },
  data: { clientid: btoa("a-client"), clientsecret: btoa("a-secret") },
};

test("a class without any identity fails the mount", () => {
  const text = String(
    failure(mounting(aClass({ parameters: WITHOUT_CLIENT }))),
  );
  expect(text).toContain(
    "failed to get credentials, nodePublishSecretRef secret is not set",
  );
});

test("a nodePublishSecretRef brings the service principal", () => {
  const volume = csiVolume("kv", { nodePublishSecretRef: { name: "creds" } });
  const w = aWorld({
    manifests: [
      CREDENTIALS,
      aClass({ parameters: WITHOUT_CLIENT }),
      aPod({ volumes: { csi: volume } }),
    ],
  });
  w.untilFact("kubelet.pod.running");
  expect(w.read(FILE)).toBe("v1");
  expect(w.last("vault.request").data["appid"]).toBe("a-client");
});

test("a nodePublishSecretRef to no Secret fails in the kubelet", () => {
  const volume = csiVolume("kv", { nodePublishSecretRef: { name: "creds" } });
  const text = failure(
    mounting(aClass({ parameters: WITHOUT_CLIENT }), { volume }),
  );
  expect(text).toBe(
    'MountVolume.SetUp failed for volume "csi" : fetching NodePublishSecretRef default/creds failed: kubernetes.io/csi: failed to find the secret creds in the namespace default with error: secrets "creds" not found',
  );
});
