/** A pod more, or one with a nodeName, changes no other pod's timings, except where they share a worker or ticker. */
import { expect, test } from "vitest";
import type { Fact } from "../src/emulator/index.ts";
import { createWorld } from "../src/emulator/index.ts";

/** A class and a Secret for one pod alone: what is shared in the API is shared in time. */
const classFor = (name: string) => ({
  apiVersion: "secrets-store.csi.x-k8s.io/v1",
  kind: "SecretProviderClass",
  metadata: { name: `kv-${name}` },
  spec: {
    provider: "azure",
    parameters: {
      keyvaultName: "kvdemo",
      tenantID: "8d1f0000-0000-4000-8000-000000000001",
      clientID: "5c3f0000-0000-4000-8000-000000000002",
      objects:
        "array:\n  - |\n    objectName: secret1\n    objectType: secret\n",
    },
    secretObjects: [
      {
        secretName: `${name}-secret`,
        type: "Opaque",
        data: [{ objectName: "secret1", key: "password" }],
      },
    ],
  },
});

function pod(name: string, nodeName?: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: [
        {
          name: "app",
          image: "busybox",
          volumeMounts: [
            { name: "csi", mountPath: "/csi" },
            { name: "secret", mountPath: "/secret" },
          ],
        },
      ],
      volumes: [
        {
          name: "csi",
          csi: {
            driver: "secrets-store.csi.k8s.io",
            readOnly: true,
            volumeAttributes: { secretProviderClass: `kv-${name}` },
          },
        },
        { name: "secret", secret: { secretName: `${name}-secret` } },
      ],
    },
  };
}

/** When anything happened to the pod's files, and when its syncs ran. */
function timesOf(name: string, pods: readonly ReturnType<typeof pod>[]) {
  const world = createWorld({
    seed: 11,
    nodes: 3,
    settings: { addon: { enableSecretRotation: true } },
    vaults: { kvdemo: { secret1: "the first value" } },
    manifests: [...pods.map((p) => classFor(p.metadata.name)), ...pods],
  });
  world.advance("10m");
  world.vault("kvdemo").setSecret("secret1", "the second value");
  world.advance("10m");
  const wanted = ["volume.switched", "kubelet.pod.sync", "kubelet.pod.running"];
  return world
    .trace()
    .filter((fact: Fact) => fact.about === `default/${name}`)
    .filter(({ type }) => wanted.includes(type))
    .map(({ type, t, at }) => `${t} ${type} ${at}`);
}

const first = [pod("a"), pod("b")];

test("a pod appended on another node changes nothing for the others", () => {
  const alone = timesOf("a", first);
  expect(alone.length).toBeGreaterThan(4);
  expect(timesOf("a", [...first, pod("c")])).toEqual(alone);
});

test("a pod with a nodeName is not counted in the placement of the others", () => {
  const alone = timesOf("b", first);
  const pinned = pod("pinned", "node-2");
  expect(timesOf("b", [pinned, ...first])).toEqual(alone);
});

test("a pod on the same node shares the ticker, not the kubelet's resync", () => {
  const world = (pods: readonly ReturnType<typeof pod>[]) =>
    timesOf("a", pods).filter((line) => line.includes("kubelet.pod.running"));
  expect(world([...first, pod("z", "node-0")])).toEqual(world(first));
});
