/**
 * What Reloader writes into a workload so that it gets new pods: the exact bodies of both strategies.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/handler/{upgrade,delete}.go, internal/pkg/callbacks/rolling_upgrade.go
 *         (GetPatchTemplates, CreateJobFromCronjob, ReCreateJobFromjob), pkg/common/reload_source.go; reloader.md 1.4, 1.6
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { toUnixSeconds } from "../../../kernel/time.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import type { ApiRequest, Stored } from "../../ports.ts";
import { containerFor } from "./containers.ts";
import { DELETED_HASH } from "./hashes.ts";
import type { ReloadStrategy, ResourceType } from "./options.ts";
import { templateAnnotations, templateOf } from "./workloads.ts";

/** What makes a workload reload. */
export interface Reload {
  readonly strategy: ReloadStrategy;
  readonly type: ResourceType;
  /** Of the changed object. */
  readonly name: string;
  readonly namespace: string;
  /** Of the changed object; of a deleted one it does not count. */
  readonly hash: string;
  readonly deleted: boolean;
  readonly autoReload: boolean;
  readonly now: EpochMs;
}

/** Plain data. */
export interface ReloadPlan {
  /** Name of the container that carries the mark, or that is named in it. Empty: no container was found. */
  readonly container: string;
  /** One after the other. Empty: the workload has the mark already, or there is none to remove. */
  readonly requests: readonly ApiRequest[];
}

const LAST_RELOADED_FROM = "reloader.stakater.com/last-reloaded-from";

const NOTHING: ReloadPlan = { container: "", requests: [] };

export function planReload(workload: Stored, reload: Reload): ReloadPlan {
  const template = templateOf(workload.object);
  const index = containerFor(template, reload);
  if (index === null) return NOTHING;
  const containers = listOf(objectOf(template["spec"])["containers"]);
  const container = stringOf(containers[index]!["name"]);
  const mark =
    reload.strategy === "annotations"
      ? annotate(template, reload, container)
      : mention(containers, reload, index);
  if (mark === null) return { container, requests: [] };
  return { container, requests: requestsOf(workload, mark) };
}

/** A change of the pod template: as a patch, and as what it makes of the template. */
interface Mark {
  readonly patchType: "strategic" | "json";
  readonly patch: JsonObject | readonly JsonObject[];
  readonly template: JsonObject;
}

/** `syncedsecret` -> `STAKATER_SYNCEDSECRET_SECRET` */
export function variableName(name: string, type: ResourceType): string {
  const words = name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
  return `STAKATER_${words.replace(/^_/, "")}_${type}`;
}

function mention(
  containers: readonly JsonObject[],
  reload: Reload,
  index: number,
): ((template: JsonObject) => Mark) | null {
  const variable = variableName(reload.name, reload.type);
  const container = containers[index]!;
  const env = listOf(container["env"]);
  const at = env.findIndex(({ name }) => name === variable);
  const withEnv = (changed: JsonObject[]) => (template: JsonObject) =>
    withContainer(template, index, { ...container, env: changed });
  if (reload.deleted) {
    if (at < 0) return null;
    const path = `/spec/template/spec/containers/${index}/env/${at}`;
    const without = withEnv(env.filter((_, i) => i !== at));
    return (template) => ({
      patchType: "json",
      patch: [{ op: "remove", path }],
      template: without(template),
    });
  }
  const known =
    reload.type === "SECRETPROVIDERCLASS"
      ? containers
          .flatMap((each) => listOf(each["env"]))
          .find(({ name }) => name === variable)
      : env[at];
  if (known?.["value"] === reload.hash || env[at]?.["value"] === reload.hash)
    return null;
  const entry = { name: variable, value: reload.hash };
  const set = withEnv(
    at < 0
      ? [...env, entry]
      : env.map((each, i) => (i === at ? { ...each, ...entry } : each)),
  );
  const { name } = container;
  const spec = { containers: [{ name: name!, env: [entry] }] };
  return (template) => ({
    patchType: "strategic",
    patch: { spec: { template: { spec } } },
    template: set(template),
  });
}

function withContainer(
  template: JsonObject,
  index: number,
  container: JsonObject,
): JsonObject {
  const spec = objectOf(template["spec"]);
  const containers = listOf(spec["containers"]).map((each, i) =>
    i === index ? container : each,
  );
  return { ...template, spec: { ...spec, containers } };
}

function annotate(
  template: JsonObject,
  reload: Reload,
  container: string,
): ((template: JsonObject) => Mark) | null {
  const { type, name, namespace } = reload;
  const hash = reload.deleted ? DELETED_HASH : reload.hash;
  const present = templateAnnotations(template)[LAST_RELOADED_FROM] ?? "";
  if (
    type === "SECRETPROVIDERCLASS" &&
    present.includes(name) &&
    present.includes(hash)
  )
    return null;
  const source = {
    type,
    name,
    namespace,
    hash,
    containerRefs: [container],
    observedAt: toUnixSeconds(reload.now),
  };
  const annotations = { [LAST_RELOADED_FROM]: JSON.stringify(source) };
  return (whole) => {
    const metadata = objectOf(whole["metadata"]);
    const all = { ...objectOf(metadata["annotations"]), ...annotations };
    return {
      patchType: "strategic",
      patch: { spec: { template: { metadata: { annotations } } } },
      template: { ...whole, metadata: { ...metadata, annotations: all } },
    };
  };
}

function requestsOf(
  workload: Stored,
  mark: (template: JsonObject) => Mark,
): readonly ApiRequest[] {
  const { object } = workload;
  const { kind, metadata } = object;
  const { name, namespace = "" } = metadata;
  const { patchType, patch, template } = mark(templateOf(object));
  switch (kind) {
    case "CronJob":
      return [createdJob(workload, template)];
    case "Job":
      return [
        { verb: "delete", kind, namespace, name },
        recreatedJob(workload, template),
      ];
    default:
      return [{ verb: "patch", kind, namespace, name, patchType, patch }];
  }
}

/** As `kubectl create job --from=cronjob/…` makes one. */
function createdJob({ object }: Stored, template: JsonObject): ApiRequest {
  const { name, namespace = "", uid } = object.metadata;
  const { jobTemplate } = objectOf(object["spec"] as JsonValue);
  const { metadata, spec } = objectOf(jobTemplate);
  const { annotations, labels } = objectOf(metadata);
  const owner = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    verb: "create",
    object: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        generateName: `${name}-`,
        namespace,
        annotations: {
          "cronjob.kubernetes.io/instantiate": "manual",
          ...objectOf(annotations),
        },
        ...(labels === undefined ? {} : { labels }),
        ownerReferences: [owner],
      },
      spec: { ...objectOf(spec), template },
    },
    lineage: { workload: `${namespace}/cronjob/${name}`, ordinal: null },
  };
}

/** Labels that the server gave the old Job's pods. */
const GIVEN_LABELS = [
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
  "job-name",
];

function recreatedJob(
  { object, lineage }: Stored,
  template: JsonObject,
): ApiRequest {
  const { status: _, ...rest } = object as unknown as JsonObject;
  const {
    uid: _uid,
    resourceVersion: _version,
    generation: _generation,
    creationTimestamp: _created,
    ...metadata
  } = objectOf(rest["metadata"]);
  const { selector: _selector, ...spec } = objectOf(rest["spec"]);
  const given = objectOf(template["metadata"]);
  const labels = Object.fromEntries(
    Object.entries(objectOf(given["labels"])).filter(
      ([key]) => !GIVEN_LABELS.includes(key),
    ),
  );
  const fresh = { ...template, metadata: { ...given, labels } };
  return {
    verb: "create",
    object: { ...rest, metadata, spec: { ...spec, template: fresh } },
    ...(lineage === undefined ? {} : { lineage }),
  };
}
