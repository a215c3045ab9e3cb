/**
 * What the server fills into a pod, and into the template of a workload.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/core/v1/{defaults,conversion}.go,
 * plugin/pkg/admission/serviceaccount/admission.go.
 *
 * Simplification: Admission adds no service-account token volume, no default tolerations, no priority and no resource requests to a pod.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { POD_GRACE_PERIOD_SECONDS } from "../defaults.ts";
import { isSet, listOf, objectOf, stringOf } from "./validation/reading.ts";

const FILE_MODE = 0o644;
const TOKEN_EXPIRATION_SECONDS = 3600;

/** Of a pod: admission gives it a service account, too. */
export function podSpecDefaults(spec: JsonObject): JsonObject {
  const account = accountOf(spec) || "default";
  return {
    ...specDefaults(spec),
    serviceAccountName: account,
    serviceAccount: account,
  };
}

/** Of a workload's template, which admission leaves alone. What is empty is not there, so that equal templates are equal. */
export function podTemplateDefaults(template: JsonObject): JsonObject {
  const spec = withoutEmptyLists(objectOf(template["spec"])) as JsonObject;
  const account = accountOf(spec);
  const named =
    account === ""
      ? {}
      : { serviceAccountName: account, serviceAccount: account };
  return {
    ...template,
    metadata: withoutEmptyMaps(objectOf(template["metadata"])),
    spec: { ...specDefaults(spec), ...named },
  };
}

/** `serviceAccount` is the older name of `serviceAccountName`. */
function accountOf(spec: JsonObject): string {
  return (
    stringOf(spec["serviceAccountName"]) || stringOf(spec["serviceAccount"])
  );
}

function withoutEmptyMaps(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([, value]) => !isJsonObject(value) || Object.keys(value).length > 0,
    ),
  );
}

function withoutEmptyLists(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => !Array.isArray(item) || item.length > 0)
      .map(([key, item]) => [key, withoutEmptyLists(item)]),
  );
}

function specDefaults(spec: JsonObject): JsonObject {
  const lists: Record<string, JsonValue> = {};
  for (const role of ["containers", "initContainers", "ephemeralContainers"])
    if (isSet(spec[role])) lists[role] = listOf(spec[role]).map(container);
  if (isSet(spec["volumes"]))
    lists["volumes"] = listOf(spec["volumes"]).map(volume);
  return {
    dnsPolicy: "ClusterFirst",
    enableServiceLinks: true,
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: POD_GRACE_PERIOD_SECONDS,
    ...spec,
    ...lists,
  };
}

function container(body: JsonObject): JsonObject {
  const out: Record<string, JsonValue> = {
    imagePullPolicy: pullPolicy(stringOf(body["image"])),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...body,
  };
  if (isSet(body["ports"]))
    out["ports"] = listOf(body["ports"]).map((port) => ({
      protocol: "TCP",
      ...port,
    }));
  if (isSet(body["env"])) out["env"] = listOf(body["env"]).map(variable);
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"])
    if (isSet(body[probe])) out[probe] = probeDefaults(objectOf(body[probe]));
  return out;
}

/** `latest` and no tag mean Always. */
function pullPolicy(image: string): string {
  if (image.includes("@")) return "IfNotPresent";
  const name = image.slice(image.lastIndexOf("/") + 1);
  const colon = name.indexOf(":");
  const tag = colon < 0 ? "latest" : name.slice(colon + 1);
  return tag === "latest" ? "Always" : "IfNotPresent";
}

function variable(body: JsonObject): JsonObject {
  const from = objectOf(body["valueFrom"]);
  if (!isSet(from["fieldRef"])) return body;
  const fieldRef = { apiVersion: "v1", ...objectOf(from["fieldRef"]) };
  return { ...body, valueFrom: { ...from, fieldRef } };
}

function probeDefaults(probe: JsonObject): JsonObject {
  const out: Record<string, JsonValue> = {
    failureThreshold: 3,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
    ...probe,
  };
  if (isSet(probe["httpGet"]))
    out["httpGet"] = {
      path: "/",
      scheme: "HTTP",
      ...objectOf(probe["httpGet"]),
    };
  return out;
}

const WITH_MODE = ["secret", "configMap", "downwardAPI", "projected"];

/** A volume that names no source is an emptyDir, as upstream's defaulting has it. */
function volume(body: JsonObject): JsonObject {
  const sources = Object.keys(body).filter(
    (key) => key !== "name" && isSet(body[key]),
  );
  if (sources.length === 0) return { ...body, emptyDir: {} };
  const out: Record<string, JsonValue> = { ...body };
  for (const source of WITH_MODE)
    if (isJsonObject(body[source]))
      out[source] = { defaultMode: FILE_MODE, ...body[source] };
  if (isJsonObject(body["hostPath"]))
    out["hostPath"] = { type: "", ...body["hostPath"] };
  if (isJsonObject(out["projected"]))
    out["projected"] = projected(out["projected"]);
  return out;
}

function projected(body: JsonObject): JsonObject {
  if (!isSet(body["sources"])) return body;
  const sources = listOf(body["sources"]).map((source) =>
    isJsonObject(source["serviceAccountToken"])
      ? {
          ...source,
          serviceAccountToken: {
            expirationSeconds: TOKEN_EXPIRATION_SECONDS,
            ...source["serviceAccountToken"],
          },
        }
      : source,
  );
  return { ...body, sources };
}
