/**
 * What a Reloader process was told by its flags and its environment, with every default filled in.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/options/flags.go, internal/pkg/cmd/reloader.go, pkg/common/common.go;
 *         reloader.md 1.2, 1.3
 * Simplification: Reloader's webhook (--webhook-url) and its alerts (ALERT_ON_RELOAD) are not modelled: the first refuses to start, the second are not sent.
 * Simplification: Argo Rollouts and OpenShift's DeploymentConfigs are not modelled: --is-Argo-Rollouts changes nothing.
 * From code alone: reload-on-create and reload-on-delete are on for the exact text "true" alone, though Reloader reports them as booleans.
 * From code alone: before Reloader 1.4.18 --resources-to-ignore wants configMaps in this spelling and then ignores nothing, since the resource is called configmaps.
 */
import { parseLabelSelector } from "../../api-server/label-selector.ts";
import { isSince } from "../../../kernel/release.ts";
import type { Flags } from "./flags.ts";
import { parseFlags } from "./flags.ts";

/** How the type of a changed object is spelled in names of variables, marks and messages. */
export type ResourceType = "SECRET" | "CONFIGMAP" | "SECRETPROVIDERCLASS";

export type ReloadStrategy = "env-vars" | "annotations";

/** Keys of annotations; most can be renamed by flags. */
export interface AnnotationNames {
  readonly named: Readonly<Record<ResourceType, string>>;
  readonly typedAuto: Readonly<Record<ResourceType, string>>;
  readonly exclude: Readonly<Record<ResourceType, string>>;
  readonly auto: string;
  readonly search: string;
  readonly match: string;
  readonly ignore: string;
  readonly pausePeriod: string;
  readonly pausedAt: string;
}

/** Plain data: part of a process's memory. */
export interface ReloaderOptions {
  readonly annotations: AnnotationNames;
  readonly autoReloadAll: boolean;
  readonly reloadStrategy: ReloadStrategy;
  readonly reloadOnCreate: boolean;
  readonly reloadOnDelete: boolean;
  readonly syncAfterRestart: boolean;
  readonly enableHA: boolean;
  readonly enableCSIIntegration: boolean;
  /** Whether the release knows the pause period. */
  readonly pauses: boolean;
  readonly resourcesToIgnore: readonly string[];
  /** `jobs`, `cronjobs`; empty when the flag names anything else. */
  readonly ignoredWorkloadTypes: readonly string[];
  /** What is watched; null: everything. */
  readonly namespaces: readonly string[] | null;
  readonly namespacesToIgnore: readonly string[];
  /** Empty: every namespace. */
  readonly namespaceSelector: string;
  /** Empty: every object. */
  readonly resourceLabelSelector: string;
  /** As the flags say it, for the ConfigMap reloader-meta-info. */
  readonly told: {
    readonly logFormat: string;
    readonly logLevel: string;
    readonly isArgoRollouts: boolean;
    readonly enablePProf: boolean;
    readonly pprofAddr: string;
    readonly ignoredWorkloadTypes: readonly string[];
    readonly namespaceSelectors: readonly string[];
    readonly resourceSelectors: readonly string[];
  };
}

/** `error` is what the program says when it ends at once. */
export type ReadOptions =
  | { readonly ok: true; readonly options: ReloaderOptions }
  | { readonly ok: false; readonly error: string };

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly version: string;
}

const ARGO = "is-Argo-Rollouts";

export function readOptions(line: CommandLine): ReadOptions {
  const parsed = parseFlags(line.args, line.version);
  if (!parsed.ok) return parsed;
  const { flags } = parsed;
  const ignored = ignoredResources(flags, line.version);
  const selectors = readSelectors(flags);
  const error =
    refusal(flags, line) ??
    ("error" in ignored ? ignored.error : null) ??
    ("error" in selectors ? selectors.error : null);
  if (error !== null || "error" in ignored || "error" in selectors)
    return { ok: false, error: error ?? "" };
  const { namespaces, isGlobal } = scopeOf(flags, line.env);
  const types = flags.lists.get("ignored-workload-types") ?? [];
  const isValid = types.every((type) => ["jobs", "cronjobs"].includes(type));
  const text = (name: string, unset: string): string =>
    flags.texts.get(name) ?? unset;
  const isOn = (name: string): boolean => flags.bools.get(name) ?? false;
  const options: ReloaderOptions = {
    annotations: annotationNames(flags),
    autoReloadAll: isOn("auto-reload-all"),
    reloadStrategy: text("reload-strategy", "env-vars") as ReloadStrategy,
    reloadOnCreate: text("reload-on-create", "false") === "true",
    reloadOnDelete: text("reload-on-delete", "false") === "true",
    syncAfterRestart: isOn("sync-after-restart"),
    enableHA: isOn("enable-ha"),
    enableCSIIntegration: isOn("enable-csi-integration"),
    pauses: isSince(line.version, "1.4.6"),
    resourcesToIgnore: ignored.list,
    ignoredWorkloadTypes: isValid ? types : [],
    namespaces,
    namespacesToIgnore: isGlobal
      ? (flags.lists.get("namespaces-to-ignore") ?? [])
      : [],
    namespaceSelector: isGlobal ? selectors.namespaces : "",
    resourceLabelSelector: selectors.resources,
    told: {
      logFormat: text("log-format", ""),
      logLevel: text("log-level", "info"),
      isArgoRollouts: text(ARGO, "false") === "true",
      enablePProf: isOn("enable-pprof"),
      pprofAddr: text("pprof-addr", ":6060"),
      ignoredWorkloadTypes: types,
      namespaceSelectors: flags.lists.get("namespace-selector") ?? [],
      resourceSelectors: flags.lists.get("resource-label-selector") ?? [],
    },
  };
  return { ok: true, options };
}

/** Why the program ends before it does anything. */
function refusal(flags: Flags, { env }: CommandLine): string | null {
  const strategy = flags.texts.get("reload-strategy") ?? "env-vars";
  if (strategy !== "env-vars" && strategy !== "annotations")
    return "reload-strategy must be one of: env-vars, annotations";
  if (flags.bools.get("enable-ha") === true)
    for (const name of ["POD_NAME", "POD_NAMESPACE"])
      if (!env[name])
        return `${name} not set, cannot run in HA mode without ${name} set`;
  if (flags.texts.get("webhook-url"))
    return "--webhook-url is not modelled: Reloader would send a webhook and reload nothing";
  return null;
}

function ignoredResources(
  flags: Flags,
  version: string,
): { readonly list: readonly string[] } | { readonly error: string } {
  const asked = flags.lists.get("resources-to-ignore") ?? [];
  const isLenient = isSince(version, "1.4.18");
  const configMaps = isLenient ? "configmaps" : "configMaps";
  const list = isLenient ? asked.map((each) => each.toLowerCase()) : asked;
  const wrong = list.findIndex(
    (each) => each !== configMaps && each !== "secrets",
  );
  const only = `'resources-to-ignore' only accepts '${configMaps}' or 'secrets', not`;
  if (wrong >= 0) return { error: `${only} '${asked[wrong]}'` };
  return list.length > 1 ? { error: `${only} both` } : { list };
}

function scopeOf(
  flags: Flags,
  env: CommandLine["env"],
): {
  readonly namespaces: readonly string[] | null;
  readonly isGlobal: boolean;
} {
  const listed = flags.lists.get("namespaces") ?? [];
  if (listed.length > 0) return { namespaces: listed, isGlobal: false };
  const own = env["KUBERNETES_NAMESPACE"];
  return own
    ? { namespaces: [own], isGlobal: false }
    : { namespaces: null, isGlobal: true };
}

function readSelectors(
  flags: Flags,
):
  | { readonly namespaces: string; readonly resources: string }
  | { readonly error: string } {
  const namespaces = selectorText(flags.lists.get("namespace-selector") ?? []);
  const resources = selectorText(
    flags.lists.get("resource-label-selector") ?? [],
  );
  for (const text of [namespaces, resources]) {
    const parsed = parseLabelSelector(text);
    if (!parsed.ok) return { error: parsed.message };
  }
  return { namespaces, resources };
}

/** `key:value` is an older spelling of `key=value`, and a value of `*` asks for the key alone. */
function selectorText(list: readonly string[]): string {
  return list
    .map((entry) => {
      const sign = entry.includes(":") ? ":" : "=";
      const [key = "", value = ""] = entry.split(sign);
      if (!entry.includes(sign)) return entry;
      if (value === "*") return key;
      return sign === ":" ? `${key}=${value}` : entry;
    })
    .join(",");
}

const SUFFIX = "reloader.stakater.com";

function annotationNames(flags: Flags): AnnotationNames {
  const name = (flag: string, unset: string): string =>
    flags.texts.get(flag) ?? unset;
  return {
    named: {
      SECRET: name("secret-annotation", `secret.${SUFFIX}/reload`),
      CONFIGMAP: name("configmap-annotation", `configmap.${SUFFIX}/reload`),
      SECRETPROVIDERCLASS: `secretproviderclass.${SUFFIX}/reload`,
    },
    typedAuto: {
      SECRET: name("secret-auto-annotation", `secret.${SUFFIX}/auto`),
      CONFIGMAP: name("configmap-auto-annotation", `configmap.${SUFFIX}/auto`),
      SECRETPROVIDERCLASS: `secretproviderclass.${SUFFIX}/auto`,
    },
    exclude: {
      SECRET: `secrets.exclude.${SUFFIX}/reload`,
      CONFIGMAP: `configmaps.exclude.${SUFFIX}/reload`,
      SECRETPROVIDERCLASS: `secretproviderclasses.exclude.${SUFFIX}/reload`,
    },
    auto: name("auto-annotation", `${SUFFIX}/auto`),
    search: name("auto-search-annotation", `${SUFFIX}/search`),
    match: name("search-match-annotation", `${SUFFIX}/match`),
    ignore: name("ignore-annotation", `${SUFFIX}/ignore`),
    pausePeriod: name(
      "pause-deployment-annotation",
      `deployment.${SUFFIX}/pause-period`,
    ),
    pausedAt: name(
      "pause-deployment-time-annotation",
      `deployment.${SUFFIX}/paused-at`,
    ),
  };
}
