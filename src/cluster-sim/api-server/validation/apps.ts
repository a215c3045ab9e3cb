/**
 * Rules for Deployments, ReplicaSets, StatefulSets, DaemonSets and ControllerRevisions. Objects have their defaults.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/apps/validation/validation.go.
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import {
  intOrPercent,
  notMoreThanWhole,
  validateIntOrPercent,
  validateNotNegative,
} from "./int-or-percent.ts";
import { isEmptySelector, validateLabelSelector } from "./label-selector.ts";
import {
  validateRunsForEver,
  validateSelected,
  validateTemplate,
} from "./pod-template.ts";
import { isSet, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const SPEC: FieldPath = ["spec"];
const TEMPLATE: FieldPath = [...SPEC, "template"];
const SELECTOR: FieldPath = [...SPEC, "selector"];

export function validateDeployment(object: JsonObject, report: Report): void {
  const spec = objectOf(object["spec"]);
  notNegative(spec, ["replicas"], report);
  validateSelector(spec, "deployment", report);
  validateTemplate(objectOf(spec["template"]), TEMPLATE, report);
  validateRunsForEver(
    objectOf(spec["template"]),
    "ReplicaSet",
    TEMPLATE,
    report,
  );
  validateStrategy(objectOf(spec["strategy"]), report);
  notNegative(
    spec,
    ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"],
    report,
  );
  const { progressDeadlineSeconds: deadline, minReadySeconds: ready } = spec;
  if (typeof deadline === "number" && deadline <= ((ready as number) ?? 0))
    report.invalid(
      [...SPEC, "progressDeadlineSeconds"],
      deadline,
      "must be greater than minReadySeconds",
    );
}

export function validateReplicaSet(object: JsonObject, report: Report): void {
  const spec = objectOf(object["spec"]);
  notNegative(spec, ["replicas", "minReadySeconds"], report);
  validateSelector(spec, "deployment", report); // Upstream's text says so of a ReplicaSet, too.
  const template = objectOf(spec["template"]);
  validateTemplate(template, TEMPLATE, report);
  validateRunsForEver(template, "ReplicaSet", TEMPLATE, report);
}

function notNegative(
  spec: JsonObject,
  members: readonly string[],
  report: Report,
): void {
  for (const member of members)
    validateNotNegative(spec[member], [...SPEC, member], report);
}

/** Its form, and whether it selects the template's pods. */
function validateSelector(
  spec: JsonObject,
  kind: string,
  report: Report,
): void {
  const { selector } = spec;
  let usable = true;
  if (!isSet(selector)) report.required(SELECTOR);
  else {
    usable = validateLabelSelector(objectOf(selector), SELECTOR, report);
    if (isEmptySelector(objectOf(selector)))
      report.invalid(
        SELECTOR,
        selector,
        `empty selector is invalid for ${kind}`,
      );
  }
  if (usable)
    validateSelected(objectOf(spec["template"]), selector, TEMPLATE, report);
  else report.invalid(SELECTOR, selector, "invalid label selector");
}

function validateStrategy(strategy: JsonObject, report: Report): void {
  const path = [...SPEC, "strategy"];
  const rolling = [...path, "rollingUpdate"];
  switch (strategy["type"]) {
    case "Recreate":
      if (isSet(strategy["rollingUpdate"]))
        report.forbidden(
          rolling,
          "may not be specified when strategy `type` is 'Recreate'",
        );
      return;
    case "RollingUpdate": {
      const { maxSurge, maxUnavailable } = objectOf(strategy["rollingUpdate"]);
      const unavailable = [...rolling, "maxUnavailable"];
      validateIntOrPercent(maxUnavailable, unavailable, report);
      validateIntOrPercent(maxSurge, [...rolling, "maxSurge"], report);
      if (intOrPercent(maxUnavailable) === 0 && intOrPercent(maxSurge) === 0)
        report.invalid(
          unavailable,
          maxUnavailable,
          "may not be 0 when `maxSurge` is 0",
        );
      return notMoreThanWhole(maxUnavailable, unavailable, report);
    }
    default:
      report.notSupported(path, internal(strategy), [
        "Recreate",
        "RollingUpdate",
      ]);
  }
}

/** As Go encodes a strategy of its internal types, whose members have no JSON names. */
function internal(strategy: JsonObject): JsonObject {
  const { type, rollingUpdate } = strategy;
  return { Type: type ?? "", RollingUpdate: rollingUpdate ?? null };
}

export function validateDaemonSet(object: JsonObject, report: Report): void {
  const spec = objectOf(object["spec"]);
  const template = objectOf(spec["template"]);
  const { selector } = spec;
  if (validateLabelSelector(objectOf(selector), SELECTOR, report))
    validateSelected(template, selector, TEMPLATE, report);
  if (isSet(selector) && isEmptySelector(objectOf(selector)))
    report.invalid(
      SELECTOR,
      selector,
      "empty selector is invalid for daemonset",
    );
  validateTemplate(template, TEMPLATE, report);
  validateRunsForEver(template, "DaemonSet", TEMPLATE, report);
  notNegative(spec, ["minReadySeconds"], report);
  validateDaemonStrategy(objectOf(spec["updateStrategy"]), report);
  notNegative(spec, ["revisionHistoryLimit"], report);
}

function validateDaemonStrategy(strategy: JsonObject, report: Report): void {
  const path = [...SPEC, "updateStrategy"];
  const { type } = strategy;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate")
    return report.notSupported(path, internal(strategy), [
      "RollingUpdate",
      "OnDelete",
    ]);
  const { maxSurge, maxUnavailable } = objectOf(strategy["rollingUpdate"]);
  const rolling = [...path, "rollingUpdate"];
  const [unavailable, surge] = [
    [...rolling, "maxUnavailable"],
    [...rolling, "maxSurge"],
  ];
  validateIntOrPercent(maxUnavailable, unavailable, report);
  validateIntOrPercent(maxSurge, surge, report);
  notMoreThanWhole(maxUnavailable, unavailable, report);
  notMoreThanWhole(maxSurge, surge, report);
  const surges = intOrPercent(maxSurge) !== 0;
  const lacks = intOrPercent(maxUnavailable) !== 0;
  if (surges && lacks)
    report.invalid(
      surge,
      maxSurge,
      "may not be set when maxUnavailable is non-zero",
    );
  if (!surges && !lacks)
    report.required(unavailable, "cannot be 0 when maxSurge is 0");
}

const POLICIES = ["OrderedReady", "Parallel"];

export function validateStatefulSet(object: JsonObject, report: Report): void {
  const spec = objectOf(object["spec"]);
  const policy = stringOf(spec["podManagementPolicy"]);
  if (!POLICIES.includes(policy))
    report.invalid(
      [...SPEC, "podManagementPolicy"],
      policy,
      "must be 'OrderedReady' or 'Parallel'",
    );
  validateSetStrategy(objectOf(spec["updateStrategy"]), report);
  notNegative(spec, ["replicas", "minReadySeconds"], report);
  const { start } = objectOf(spec["ordinals"]);
  validateNotNegative(start, [...SPEC, "ordinals", "start"], report);
  validateSelector(spec, "statefulset", report);
  const template = objectOf(spec["template"]);
  validateTemplate(template, TEMPLATE, report);
  validateRunsForEver(template, "StatefulSet", TEMPLATE, report);
}

function validateSetStrategy(strategy: JsonObject, report: Report): void {
  const path = [...SPEC, "updateStrategy"];
  const { type, rollingUpdate } = strategy;
  const at = [...path, "rollingUpdate"];
  if (type === "RollingUpdate") {
    const { partition } = objectOf(rollingUpdate);
    validateNotNegative(partition, [...at, "partition"], report);
  } else if (type !== "OnDelete")
    report.invalid(
      path,
      internal(strategy),
      "must be 'RollingUpdate' or 'OnDelete'",
    );
  else if (isSet(rollingUpdate))
    report.invalid(
      at,
      rollingUpdate,
      "only allowed for updateStrategy 'RollingUpdate'",
    );
}

export function validateControllerRevision(
  object: JsonObject,
  report: Report,
): void {
  const data: JsonValue | undefined = object["data"];
  if (!isSet(data)) report.required(["data"], "data is mandatory");
  validateNotNegative(object["revision"], ["revision"], report);
}
