/**
 * Rules for a Pod as a whole, and for what may change in one.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidatePodSpec, ValidatePodUpdate).
 *
 * Simplification: Affinity, tolerations, security contexts but for users and groups, DNS settings and topology constraints of a pod are checked for known fields and types only.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { jsonEqual } from "../../../kernel/json.ts";
import { validateContainers } from "./containers.ts";
import { labelProblems, subdomainProblems } from "./names.ts";
import { NOT_NEGATIVE } from "./probes.ts";
import { listOf, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";
import { validateLabels } from "./metadata.ts";
import { validatePodSecurity } from "./security.ts";
import { validateVolumes } from "./volumes.ts";

const SPEC: FieldPath = ["spec"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = [
  "ClusterFirstWithHostNet",
  "ClusterFirst",
  "Default",
  "None",
];

export function validatePod(pod: JsonObject, report: Report): void {
  validatePodSpec(objectOf(pod["spec"]), SPEC, report);
}

/** Of a pod, or of a workload's template at `at`. */
export function validatePodSpec(
  spec: JsonObject,
  at: FieldPath,
  report: Report,
): void {
  const volumes = validateVolumes(
    listOf(spec["volumes"]),
    [...at, "volumes"],
    report,
  );
  const known = { at, volumes, taken: new Set<string>() };
  for (const role of [
    "containers",
    "initContainers",
    "ephemeralContainers",
  ] as const)
    validateContainers(listOf(spec[role]), role, known, report);
  const choices = [
    ["restartPolicy", RESTART_POLICIES],
    ["dnsPolicy", DNS_POLICIES],
    ["preemptionPolicy", ["PreemptLowerPriority", "Never"]],
  ] as const;
  for (const [member, values] of choices)
    report.oneOf([...at, member], spec[member], values);
  validatePodSecurity(
    spec["securityContext"],
    [...at, "securityContext"],
    report,
  );
  validateSeconds(spec, at, report);
  validateReferences(spec, at, report);
}

function validateSeconds(
  spec: JsonObject,
  at: FieldPath,
  report: Report,
): void {
  const {
    activeDeadlineSeconds: deadline,
    terminationGracePeriodSeconds: grace,
  } = spec;
  if (typeof deadline === "number" && deadline < 1)
    report.invalid(
      [...at, "activeDeadlineSeconds"],
      deadline,
      "must be between 1 and 2147483647, inclusive",
    );
  if (typeof grace === "number" && grace < 0)
    report.invalid(
      [...at, "terminationGracePeriodSeconds"],
      grace,
      NOT_NEGATIVE,
    );
}

/** Names of other objects. */
function validateReferences(
  spec: JsonObject,
  at: FieldPath,
  report: Report,
): void {
  for (const member of [
    "serviceAccountName",
    "nodeName",
    "priorityClassName",
  ]) {
    const name = stringOf(spec[member]);
    if (name !== "")
      report.eachInvalid([...at, member], name, subdomainProblems(name));
  }
  for (const member of ["hostname", "subdomain"]) {
    const name = stringOf(spec[member]);
    if (name !== "")
      report.eachInvalid([...at, member], name, labelProblems(name));
  }
  validateLabels(spec["nodeSelector"], [...at, "nodeSelector"], report);
  listOf(spec["imagePullSecrets"]).forEach((ref, i) => {
    if (!ref["name"]) report.required([...at, "imagePullSecrets", i, "name"]);
  });
}

const UPDATE_TEXT =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/**
 * Both pods in their stored form.
 * Simplification: The scheduler binds a pod by writing spec.nodeName into a pod that has none; upstream has a subresource for it and refuses the write.
 * Differs: The refusal of a pod update names the fields that may change but not, as upstream does, the difference of the two specs.
 */
export function validatePodUpdate(
  before: JsonObject,
  after: JsonObject,
  report: Report,
): void {
  const [old, now] = [objectOf(before["spec"]), objectOf(after["spec"])];
  for (const role of ["containers", "initContainers"])
    if (listOf(old[role]).length !== listOf(now[role]).length)
      return report.forbidden(
        [...SPEC, role],
        "pod updates may not add or remove containers",
      );
  const { nodeName: _, ...unbound } = now;
  const compared = old["nodeName"] ? now : unbound;
  if (!jsonEqual(fixedPart(old), fixedPart(compared)))
    report.forbidden(SPEC, UPDATE_TEXT);
}

/** A spec without what may change. */
function fixedPart(spec: JsonObject): JsonObject {
  const withoutImages = (role: string) =>
    listOf(spec[role]).map(({ image: _, ...rest }) => rest);
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    ...rest
  } = spec;
  return {
    ...rest,
    containers: withoutImages("containers"),
    initContainers: withoutImages("initContainers"),
  };
}
