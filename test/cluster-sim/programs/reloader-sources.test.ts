import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import { aPodStatus } from "../support.ts";
import type { ProgramCluster } from "./support.ts";
import {
  NAMED,
  aDeployment,
  aProgramCluster,
  aRunningReloader,
  aSecretOf,
  outcomes,
  variablesOf,
} from "./support.ts";

const AUTO = { "reloader.stakater.com/auto": "true" };
const VARIABLE = "STAKATER_APP_SECRET";

describe("Reloader's events of creation and deletion", () => {
  const created = (args: readonly string[]): number => {
    const cluster = aProgramCluster();
    cluster.apply(aDeployment({ annotations: NAMED }));
    cluster.start({ args });
    cluster.runTo(MINUTE_MS);
    cluster.apply(aSecretOf({ password: "one" }));
    cluster.wait();
    return cluster.writes("Deployment", "web").length;
  };

  it.each<[string, readonly string[], number]>([
    ["by default", [], 0],
    ["with --reload-on-create=true", ["--reload-on-create=true"], 1],
    ["with any other spelling of it", ["--reload-on-create=True"], 0],
    [
      "when one of the two workers never starts",
      ["--reload-on-create=true", "--resources-to-ignore=configmaps"],
      0,
    ],
    [
      "unless it does not wait for them",
      [
        "--reload-on-create=true",
        "--resources-to-ignore=configmaps",
        "--sync-after-restart",
      ],
      1,
    ],
  ])("a creation counts %s (%j): %i", (_, args, writes) => {
    expect(created(args)).toBe(writes);
  });

  it.each<[readonly string[], number]>([
    [["--reload-on-create=true"], 0],
    [["--reload-on-create=true", "--sync-after-restart"], 1],
    [["--sync-after-restart"], 0],
  ])("what is there at the start counts with %j: %i", (args, writes) => {
    const cluster = aRunningReloader({ args });
    expect(cluster.writes("Deployment", "web")).toHaveLength(writes);
  });

  it("a deletion removes the variable with --reload-on-delete=true", () => {
    const cluster = aRunningReloader({ args: ["--reload-on-delete=true"] });
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    expect(variablesOf(cluster.read("Deployment", "web"))).toHaveProperty(
      VARIABLE,
    );
    cluster.ask({
      verb: "delete",
      kind: "Secret",
      namespace: "default",
      name: "app",
    });
    cluster.wait();
    expect(variablesOf(cluster.read("Deployment", "web"))).not.toHaveProperty(
      VARIABLE,
    );
    expect(cluster.told("reloader.event").at(-1)?.data).toMatchObject({
      change: "delete",
      outcome: "handled",
      matched: 1,
    });
  });

  it("a deletion is nothing by default", () => {
    const cluster = aRunningReloader();
    cluster.ask({
      verb: "delete",
      kind: "Secret",
      namespace: "default",
      name: "app",
    });
    cluster.wait();
    expect(outcomes(cluster)).toEqual([]);
  });
});

describe("Reloader's CSI integration", () => {
  const MOUNTS: JsonObject = {
    containers: [
      {
        name: "main",
        image: "busybox:1.36",
        volumeMounts: [{ name: "store", mountPath: "/mnt", readOnly: true }],
      },
    ],
    volumes: [
      {
        name: "store",
        csi: {
          driver: "secrets-store.csi.k8s.io",
          readOnly: true,
          volumeAttributes: { secretProviderClass: "kv" },
        },
      },
    ],
  };
  const CLASS: JsonObject = {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "kv", namespace: "default" },
    spec: { provider: "azure" },
  };

  function aStatus(version: string, name = "web-default-kv"): JsonObject {
    const objects = [{ id: "secret/Secret", version }];
    return aPodStatus(name, {}, { secretProviderClassName: "kv", objects });
  }

  function rotate(cluster: ProgramCluster, version: string, name?: string) {
    const manifest = aStatus(version, name);
    const { name: known } = manifest["metadata"] as { name: string };
    const { resourceVersion } = cluster.read(
      "SecretProviderClassPodStatus",
      known,
    ).metadata;
    const metadata = {
      ...(manifest["metadata"] as JsonObject),
      resourceVersion,
    };
    cluster.ask({ verb: "update", object: { ...manifest, metadata } });
  }

  const before = [
    CLASS,
    aDeployment({ annotations: AUTO, podSpec: MOUNTS }),
    aStatus("1"),
    aStatus("1", "other-default-kv"),
  ];
  const args = ["--enable-csi-integration=true"];

  it("(f) without it auto does nothing for a pod that mounts files alone [RELOADER-1.13-06]", () => {
    const cluster = aRunningReloader({ before });
    cluster.apply(aSecretOf({ password: "two" }));
    rotate(cluster, "2");
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    expect(cluster.told("reloader.skipped")).toMatchObject([
      { data: { reason: "strategy_not_updated", container: "" } },
    ]);
  });

  it("(f) with it a new version in a pod's status patches the Deployment [RELOADER-1.13-06]", () => {
    const cluster = aRunningReloader({ args, before });
    rotate(cluster, "2");
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
    expect(variablesOf(cluster.read("Deployment", "web"))).toHaveProperty(
      "STAKATER_KV_SECRETPROVIDERCLASS",
    );
    expect(cluster.told("reloader.event")).toMatchObject([
      {
        about: "default/SecretProviderClassPodStatus/web-default-kv",
        data: { resource: "SECRETPROVIDERCLASS", name: "kv", matched: 1 },
      },
    ]);
  });

  it("one version in the statuses of many pods gives one patch", () => {
    const cluster = aRunningReloader({ args, before });
    rotate(cluster, "2");
    rotate(cluster, "2", "other-default-kv");
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
    expect(outcomes(cluster)).toEqual(["handled", "handled"]);
  });

  it("annotations of the class count, not those of the status", () => {
    const annotations = { "reloader.stakater.com/ignore": "true" };
    const metadata = { ...(CLASS["metadata"] as JsonObject), annotations };
    const cluster = aRunningReloader({
      args,
      before: [{ ...CLASS, metadata }, ...before.slice(1)],
    });
    rotate(cluster, "2");
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toEqual([]);
  });
});
