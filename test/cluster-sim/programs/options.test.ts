import { describe, expect, it } from "vitest";
import type { ReloaderOptions } from "../../../src/cluster-sim/programs/reloader/options.ts";
import { readOptions } from "../../../src/cluster-sim/programs/reloader/options.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import type { ProgramProcess } from "../../../src/cluster-sim/ports.ts";
import { aDeployment, aProgramCluster, aSecretOf } from "./support.ts";

function read(
  args: readonly string[],
  version = "1.4.21",
  env: Record<string, string> = {},
): ReloaderOptions | string {
  const result = readOptions({ args, env, version });
  return result.ok ? result.options : result.error;
}

describe("Reloader's flags", () => {
  it("are all off by default", () => {
    expect(read([])).toMatchObject({
      autoReloadAll: false,
      reloadStrategy: "env-vars",
      reloadOnCreate: false,
      reloadOnDelete: false,
      syncAfterRestart: false,
      enableHA: false,
      enableCSIIntegration: false,
      namespaces: null,
      namespacesToIgnore: [],
      namespaceSelector: "",
      resourceLabelSelector: "",
    });
  });

  it.each<[readonly string[], Partial<ReloaderOptions>]>([
    [["--reload-strategy=annotations"], { reloadStrategy: "annotations" }],
    [["--reload-strategy", "annotations"], { reloadStrategy: "annotations" }],
    [["--auto-reload-all"], { autoReloadAll: true }],
    [["--auto-reload-all=false"], { autoReloadAll: false }],
    // The value of a switch must follow an equals sign: this is a word of its own.
    [["--auto-reload-all", "false"], { autoReloadAll: true }],
    [["--", "--nonsense"], { autoReloadAll: false }],
    [["start", "--auto-reload-all=1"], { autoReloadAll: true }],
    [
      ["--namespaces-to-ignore=a,b", "--namespaces-to-ignore=c"],
      { namespacesToIgnore: ["a", "b", "c"] },
    ],
    [
      ['--namespace-selector="team:blue,env:*"'],
      { namespaceSelector: "team=blue,env" },
    ],
    [
      ["--resource-label-selector=team:blue", "--resource-label-selector=x=*"],
      { resourceLabelSelector: "team=blue,x" },
    ],
    [
      ["--resources-to-ignore=ConfigMaps"],
      { resourcesToIgnore: ["configmaps"] },
    ],
    [["--ignored-workload-types=jobs"], { ignoredWorkloadTypes: ["jobs"] }],
    [["--ignored-workload-types=pods"], { ignoredWorkloadTypes: [] }],
  ])("%j gives %j", (args, options) => {
    expect(read(args)).toMatchObject(options);
  });

  it.each<[readonly string[], string]>([
    [["--help"], "pflag: help requested"],
    [["-h"], "pflag: help requested"],
    [["---x"], "bad flag syntax: ---x"],
    [
      ["--resources-to-ignore=secrets,configmaps"],
      "'resources-to-ignore' only accepts 'configmaps' or 'secrets', not both",
    ],
    [
      ["--resources-to-ignore=pods"],
      "'resources-to-ignore' only accepts 'configmaps' or 'secrets', not 'pods'",
    ],
  ])("%j ends the program: %s", (args, error) => {
    expect(read(args)).toBe(error);
  });

  it.each<[string, string, string]>([
    ["--enable-csi-integration", "1.4.12", "1.4.13"],
    ["--namespaces=a", "1.4.19", "1.4.20"],
    ["--pause-deployment-annotation=x", "1.4.5", "1.4.6"],
    ["--ignored-workload-types=jobs", "1.4.7", "1.4.8"],
    ["--ignore-annotation=x", "1.4.17", "1.4.18"],
  ])("%s is unknown to %s and known to %s", (arg, before, since) => {
    const [name] = arg.split("=");
    expect(read([arg], before)).toBe(`unknown flag: ${name}`);
    expect(read([arg], since)).not.toBeTypeOf("string");
  });

  it("before 1.4.18 the resource to ignore is spelled configMaps, and not ignored", () => {
    expect(read(["--resources-to-ignore=configMaps"], "1.4.14")).toMatchObject({
      resourcesToIgnore: ["configMaps"],
    });
    expect(read(["--resources-to-ignore=configmaps"], "1.4.14")).toBe(
      "'resources-to-ignore' only accepts 'configMaps' or 'secrets', not 'configmaps'",
    );
  });

  it("--namespaces comes before KUBERNETES_NAMESPACE, and both before everything", () => {
    const env = { KUBERNETES_NAMESPACE: "own" };
    const ignored = "--namespaces-to-ignore=x";
    expect(read(["--namespaces=a,b"], "1.4.21", env)).toMatchObject({
      namespaces: ["a", "b"],
    });
    expect(read([ignored], "1.4.21", env)).toMatchObject({
      namespaces: ["own"],
      namespacesToIgnore: [],
    });
    expect(read([ignored])).toMatchObject({
      namespaces: null,
      namespacesToIgnore: ["x"],
    });
  });
});

/** A Secret changes in `default` and in `other`, where a Deployment each names it: the namespaces that were reloaded. */
function reloadedIn(
  process: Partial<ProgramProcess>,
  metadata: JsonObject = {},
): unknown[] {
  const cluster = aProgramCluster();
  const namespaces = ["default", "other"];
  const labels = { team: "blue" };
  cluster.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "other", labels },
  });
  const annotations = { "secret.reloader.stakater.com/reload": "app" };
  const write = (text: string): void => {
    for (const namespace of namespaces)
      cluster.apply(aSecretOf({ k: text }, { namespace, ...metadata }));
  };
  write("one");
  for (const namespace of namespaces) {
    const deployment = aDeployment({ annotations });
    const own = { ...(deployment["metadata"] as JsonObject), namespace };
    cluster.apply({ ...deployment, metadata: own });
  }
  cluster.start(process);
  cluster.runTo(MINUTE_MS);
  write("two");
  cluster.wait();
  return cluster.told("reloader.reloaded").map(({ data }) => data["namespace"]);
}

describe("what Reloader watches", () => {
  it.each<[Partial<ProgramProcess>, string[]]>([
    [{}, ["default", "other"]],
    [{ env: { KUBERNETES_NAMESPACE: "other" } }, ["other"]],
    [{ args: ["--namespaces=default"] }, ["default"]],
    [{ args: ["--namespaces=default,other"] }, ["default", "other"]],
    [{ args: ["--namespaces-to-ignore=default"] }, ["other"]],
    [{ args: ["--namespace-selector=team=blue"] }, ["other"]],
    [{ args: ["--namespace-selector=team:*"] }, ["other"]],
    [{ args: ["--resource-label-selector=x=y"] }, []],
    [{ args: ["--resources-to-ignore=secrets"] }, []],
  ])("with %j: %j", (process, namespaces) => {
    expect(reloadedIn(process)).toEqual(namespaces);
  });

  it("objects with the label that it asks for", () => {
    const args = ["--resource-label-selector=x=y"];
    const labels = { x: "y" };
    expect(reloadedIn({ args }, { labels })).toEqual(["default", "other"]);
  });
});

describe("the ConfigMap reloader-meta-info", () => {
  const env = {
    RELOADER_NAMESPACE: "default",
    RELOADER_DEPLOYMENT_NAME: "reloader-reloader",
  };

  it("says what Reloader was told, and changes with it", () => {
    const cluster = aProgramCluster();
    const id = cluster.start({ env });
    cluster.wait();
    const data = (): Record<string, string> =>
      cluster.read("ConfigMap", "reloader-meta-info")["data"] as Record<
        string,
        string
      >;
    expect(JSON.parse(data()["reloaderOptions"]!)).toMatchObject({
      reloadStrategy: "env-vars",
      secretUpdateOnChangeAnnotation: "secret.reloader.stakater.com/reload",
    });
    expect(JSON.parse(data()["deploymentInfo"]!)).toEqual({
      name: "reloader-reloader",
      namespace: "default",
    });
    expect(JSON.parse(data()["buildInfo"]!)).toMatchObject({
      releaseVersion: "1.4.21",
      edition: "oss",
    });
    cluster.end(id);
    cluster.start({ env, args: ["--reload-strategy=annotations"] });
    cluster.wait();
    expect(JSON.parse(data()["reloaderOptions"]!)).toMatchObject({
      reloadStrategy: "annotations",
    });
    expect(cluster.writes("ConfigMap", "reloader-meta-info")).toHaveLength(2);
  });

  it("is not written without the variable that names its namespace", () => {
    const cluster = aProgramCluster();
    cluster.start();
    cluster.wait();
    expect(cluster.writes("ConfigMap", "reloader-meta-info")).toEqual([]);
  });
});
