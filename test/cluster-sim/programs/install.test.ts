import { describe, expect, it } from "vitest";
import type { ReloaderInstall } from "../../../src/cluster-sim/index.ts";
import { reloaderManifests } from "../../../src/cluster-sim/index.ts";
import { readOptions } from "../../../src/cluster-sim/programs/reloader/options.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aCluster, messageOf } from "../support.ts";

const PLAIN: ReloaderInstall = {
  version: "1.4.14",
  replicas: 1,
  reloadStrategy: "env-vars",
  autoReloadAll: false,
  reloadOnCreate: false,
  reloadOnDelete: false,
  syncAfterRestart: false,
  enableHA: false,
  enableCSIIntegration: false,
};
const WHOLE: ReloaderInstall = {
  version: "1.4.21",
  replicas: 2,
  reloadStrategy: "annotations",
  autoReloadAll: true,
  reloadOnCreate: true,
  reloadOnDelete: true,
  syncAfterRestart: true,
  enableHA: true,
  enableCSIIntegration: true,
};

interface DeploymentSpec {
  readonly replicas: number;
  readonly template: {
    readonly spec: {
      readonly containers: readonly {
        readonly image: string;
        readonly args?: readonly string[];
        readonly env: readonly { readonly name: string }[];
      }[];
    };
  };
}

const specOf = (install: ReloaderInstall): DeploymentSpec =>
  reloaderManifests(install).at(-1)!["spec"] as unknown as DeploymentSpec;

const rulesOf = (install: ReloaderInstall): string =>
  JSON.stringify(reloaderManifests(install)[2]!["rules"]);

describe("Reloader's objects", () => {
  it("are the six of the plain manifest", () => {
    expect(
      reloaderManifests(PLAIN).map(({ kind, metadata }) => [
        kind,
        (metadata as JsonObject)["name"],
      ]),
    ).toEqual([
      ["ServiceAccount", "reloader-reloader"],
      ["Role", "reloader-reloader-metadata-role"],
      ["ClusterRole", "reloader-reloader-role"],
      ["RoleBinding", "reloader-reloader-metadata-rolebinding"],
      ["ClusterRoleBinding", "reloader-reloader-role-binding"],
      ["Deployment", "reloader-reloader"],
    ]);
    const { replicas, template } = specOf(PLAIN);
    const [container] = template.spec.containers;
    expect(replicas).toBe(1);
    expect(container).toMatchObject({
      image: "ghcr.io/stakater/reloader:v1.4.14",
      ports: [{ containerPort: 9090, name: "http" }],
      livenessProbe: { httpGet: { path: "/live", port: "http" } },
    });
    expect(container).not.toHaveProperty("args");
    expect(rulesOf(PLAIN)).not.toMatch(/leases|secretproviderclasses/);
  });

  it.each([
    ["plain", PLAIN],
    ["with everything", WHOLE],
  ])("are accepted by the API server: %s", (_, install) => {
    const { apply } = aCluster();
    expect(reloaderManifests(install).map(apply).map(messageOf)).toEqual(
      Array.from({ length: 6 }, () => "no error"),
    );
  });

  it("have an argument for each flag that is not as by default", () => {
    const [container] = specOf(WHOLE).template.spec.containers;
    const env = { POD_NAME: "x", POD_NAMESPACE: "default" };
    const { version } = WHOLE;
    const args = container!.args!;
    expect(readOptions({ args, env, version })).toMatchObject({
      ok: true,
      options: {
        reloadStrategy: "annotations",
        autoReloadAll: true,
        reloadOnCreate: true,
        reloadOnDelete: true,
        syncAfterRestart: true,
        enableHA: true,
        enableCSIIntegration: true,
      },
    });
  });

  it("have what high availability and CSI integration need", () => {
    const names = specOf(WHOLE).template.spec.containers[0]!.env.map(
      ({ name }) => name,
    );
    expect(names).toEqual(
      expect.arrayContaining(["POD_NAME", "POD_NAMESPACE"]),
    );
    expect(rulesOf(WHOLE)).toMatch(/leases.*secretproviderclasspodstatuses/);
  });

  it("have one replica at most without high availability", () => {
    expect(specOf({ ...WHOLE, enableHA: false }).replicas).toBe(1);
    expect(specOf(WHOLE).replicas).toBe(2);
    expect(specOf({ ...PLAIN, replicas: 0 }).replicas).toBe(0);
  });
});
