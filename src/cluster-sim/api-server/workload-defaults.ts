/**
 * What the server fills into Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/apps/v1/defaults.go, pkg/apis/batch/v1/defaults.go,
 * pkg/registry/apps/{replicaset,statefulset,daemonset}/strategy.go (the status of a new object); kubelet.md 9.1.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import {
  CRON_FAILED_HISTORY,
  CRON_SUCCESSFUL_HISTORY,
  JOB_BACKOFF_LIMIT,
  PROGRESS_DEADLINE_SECONDS,
  REVISION_HISTORY_LIMIT,
  ROLLING_UPDATE_SHARE,
} from "../defaults.ts";
import { podTemplateDefaults } from "./pod-defaults.ts";
import { isSet, objectOf, stringOf } from "./validation/reading.ts";

const ROLLING_UPDATE = "RollingUpdate";

type SpecDefaults = (spec: JsonObject) => JsonObject;

const SPECS: ReadonlyMap<string, SpecDefaults> = new Map([
  ["Deployment", deploymentSpec],
  ["ReplicaSet", (spec) => ({ replicas: 1, ...spec })],
  ["StatefulSet", statefulSetSpec],
  ["DaemonSet", daemonSetSpec],
  ["Job", jobSpec],
]);

/** A copy with the kind's defaults; other kinds are returned as they are. */
export function workloadDefaults(object: JsonObject): JsonObject {
  const spec = objectOf(object["spec"]);
  if (object["kind"] === "CronJob")
    return { ...object, spec: cronJobSpec(spec) };
  const fill = SPECS.get(object["kind"] as string);
  return fill === undefined
    ? object
    : { ...object, spec: { ...fill(spec), template: templateOf(spec) } };
}

/** Counters that Go's encoder writes although they are 0. */
export function initialWorkloadStatus(kind: string): JsonObject | null {
  switch (kind) {
    case "ReplicaSet":
      return { replicas: 0 };
    case "StatefulSet":
      return { replicas: 0, availableReplicas: 0 };
    case "DaemonSet":
      return {
        currentNumberScheduled: 0,
        desiredNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 0,
      };
    case "Deployment":
    case "Job":
    case "CronJob":
      return {};
    default:
      return null;
  }
}

function templateOf(spec: JsonObject): JsonObject {
  return podTemplateDefaults(objectOf(spec["template"]));
}

/** A strategy of type RollingUpdate has its numbers. */
function rolling(
  value: JsonValue | undefined,
  defaults: JsonObject,
): JsonObject {
  const given = objectOf(value);
  const type = stringOf(given["type"]) || ROLLING_UPDATE;
  if (type !== ROLLING_UPDATE) return given;
  const rollingUpdate = { ...defaults, ...objectOf(given["rollingUpdate"]) };
  return { ...given, type, rollingUpdate };
}

function deploymentSpec(spec: JsonObject): JsonObject {
  return {
    progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
    replicas: 1,
    revisionHistoryLimit: REVISION_HISTORY_LIMIT,
    ...spec,
    strategy: rolling(spec["strategy"], {
      maxSurge: ROLLING_UPDATE_SHARE,
      maxUnavailable: ROLLING_UPDATE_SHARE,
    }),
  };
}

/** A strategy whose type is written down gets its partition only if it says `rollingUpdate`. */
function statefulSetSpec(spec: JsonObject): JsonObject {
  const strategy = objectOf(spec["updateStrategy"]);
  const bare =
    stringOf(strategy["type"]) !== "" && !isSet(strategy["rollingUpdate"]);
  return {
    podManagementPolicy: "OrderedReady",
    replicas: 1,
    revisionHistoryLimit: REVISION_HISTORY_LIMIT,
    ...spec,
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: "Retain",
      whenScaled: "Retain",
      ...objectOf(spec["persistentVolumeClaimRetentionPolicy"]),
    },
    updateStrategy: bare ? strategy : rolling(strategy, { partition: 0 }),
  };
}

function daemonSetSpec(spec: JsonObject): JsonObject {
  return {
    revisionHistoryLimit: REVISION_HISTORY_LIMIT,
    ...spec,
    updateStrategy: rolling(spec["updateStrategy"], {
      maxSurge: 0,
      maxUnavailable: 1,
    }),
  };
}

/** A job that says neither completions nor parallelism runs one pod once. */
function jobSpec(spec: JsonObject): JsonObject {
  const plain = !isSet(spec["completions"]) && !isSet(spec["parallelism"]);
  return {
    backoffLimit: JOB_BACKOFF_LIMIT,
    completionMode: "NonIndexed",
    manualSelector: false,
    parallelism: 1,
    podReplacementPolicy: "TerminatingOrFailed",
    suspend: false,
    ...(plain ? { completions: 1 } : {}),
    ...spec,
  };
}

/** The template of its jobs gets a pod's defaults; the rest is filled in when a job is made. */
function cronJobSpec(spec: JsonObject): JsonObject {
  const jobTemplate = objectOf(spec["jobTemplate"]);
  const job = objectOf(jobTemplate["spec"]);
  return {
    concurrencyPolicy: "Allow",
    failedJobsHistoryLimit: CRON_FAILED_HISTORY,
    successfulJobsHistoryLimit: CRON_SUCCESSFUL_HISTORY,
    suspend: false,
    ...spec,
    jobTemplate: {
      ...jobTemplate,
      metadata: objectOf(jobTemplate["metadata"]),
      spec: { ...job, template: templateOf(job) },
    },
  };
}
