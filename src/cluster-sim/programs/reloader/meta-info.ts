/**
 * The ConfigMap reloader-meta-info that a Reloader process writes when it starts: which build it is and what it was told.
 *
 * Source: stakater/Reloader v1.4.21 pkg/common/{common,metainfo}.go (PublishMetaInfoConfigmap); reloader.md 1.9
 * Simplification: The build that reloader-meta-info names has an unknown commit and Go version; its other fields are the flags' values.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { ApiReply } from "../../ports.ts";
import type { Host, Running, Tag } from "../running.ts";
import type { ReloaderOptions } from "./options.ts";

const NAME = "reloader-meta-info";

export class MetaInfo {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Nothing without the variable that names its namespace. */
  publish(running: Running): void {
    const namespace = namespaceOf(running);
    if (namespace === "") return;
    const key = { kind: "ConfigMap", namespace, name: NAME };
    this.#host.ask(
      running,
      { verb: "get", ...key },
      { of: "meta-info", step: "got" },
    );
  }

  /** What cannot be written is logged and left. */
  answered(running: Running, tag: Tag, reply: ApiReply): void {
    if (tag["step"] !== "got") return;
    const verb = reply.ok ? "update" : "create";
    const object = manifestOf(running);
    this.#host.ask(
      running,
      { verb, object },
      { of: "meta-info", step: "written" },
    );
  }
}

function namespaceOf({ process }: Running): string {
  return process.env["RELOADER_NAMESPACE"] ?? "";
}

function manifestOf(running: Running): JsonObject {
  const { version, process } = running;
  const namespace = namespaceOf(running);
  const deployment = process.env["RELOADER_DEPLOYMENT_NAME"] ?? "";
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: NAME,
      namespace,
      labels: { "reloader.stakater.com/meta-info": "reloader" },
    },
    data: {
      buildInfo: JSON.stringify({
        goVersion: "unknown",
        releaseVersion: version,
        commitHash: "unknown",
        commitTime: "0001-01-01T00:00:00Z",
        edition: "oss",
      }),
      reloaderOptions: JSON.stringify(toldOptions(running.reloader!.options)),
      deploymentInfo: JSON.stringify({
        ...(deployment === "" ? {} : { name: deployment }),
        namespace,
      }),
    },
  };
}

/** In the order of upstream's struct. */
function toldOptions(options: ReloaderOptions): JsonObject {
  const { annotations, told } = options;
  const { named, typedAuto, exclude } = annotations;
  return {
    autoReloadAll: options.autoReloadAll,
    configmapUpdateOnChangeAnnotation: named.CONFIGMAP,
    secretUpdateOnChangeAnnotation: named.SECRET,
    secretProviderClassUpdateOnChangeAnnotation: named.SECRETPROVIDERCLASS,
    reloaderAutoAnnotation: annotations.auto,
    ignoreResourceAnnotation: annotations.ignore,
    configmapReloaderAutoAnnotation: typedAuto.CONFIGMAP,
    secretReloaderAutoAnnotation: typedAuto.SECRET,
    secretProviderClassReloaderAutoAnnotation: typedAuto.SECRETPROVIDERCLASS,
    configmapExcludeReloaderAnnotation: exclude.CONFIGMAP,
    secretExcludeReloaderAnnotation: exclude.SECRET,
    secretProviderClassExcludeReloaderAnnotation: exclude.SECRETPROVIDERCLASS,
    autoSearchAnnotation: annotations.search,
    searchMatchAnnotation: annotations.match,
    rolloutStrategyAnnotation: "reloader.stakater.com/rollout-strategy",
    pauseDeploymentAnnotation: annotations.pausePeriod,
    pauseDeploymentTimeAnnotation: annotations.pausedAt,
    logFormat: told.logFormat,
    logLevel: told.logLevel,
    isArgoRollouts: told.isArgoRollouts,
    reloadStrategy: options.reloadStrategy,
    reloadOnCreate: options.reloadOnCreate,
    reloadOnDelete: options.reloadOnDelete,
    syncAfterRestart: options.syncAfterRestart,
    enableHA: options.enableHA,
    enableCSIIntegration: options.enableCSIIntegration,
    webhookUrl: "",
    resourcesToIgnore: options.resourcesToIgnore,
    workloadTypesToIgnore: told.ignoredWorkloadTypes,
    namespaceSelectors: told.namespaceSelectors,
    resourceSelectors: told.resourceSelectors,
    namespacesToIgnore: options.namespacesToIgnore,
    enablePProf: told.enablePProf,
    pprofAddr: told.pprofAddr,
  };
}
