/**
 * What Kubernetes would take in a workload but Keyturn has not built: refused by name, instead of playing half of it.
 *
 * Simplification: volumeClaimTemplates and maxUnavailable of a StatefulSet, a Job's Indexed completion mode, podFailurePolicy, successPolicy, backoffLimitPerIndex, maxFailedIndexes, and managedBy, time zones other than UTC and schedules that the scheduling library does not read (a step above the field's maximum) are refused.
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { readSchedule } from "../../controllers/job/schedule.ts";
import { notModelledText } from "../status.ts";
import { isSet, listOf, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";
import { reportUnmodelled } from "./unmodelled.ts";

const JOB_MEMBERS = [
  "podFailurePolicy",
  "successPolicy",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
  "managedBy",
];
const UTC = ["UTC", "Etc/UTC"];

/** A workload with its defaults, as `validate.ts` judges it. */
export function reportUnmodelledWorkload(
  object: JsonObject,
  report: Report,
): void {
  const spec = objectOf(object["spec"]);
  const path: FieldPath = ["spec"];
  if (object["kind"] === "CronJob") {
    reportSchedule(spec, report);
    const job = objectOf(objectOf(spec["jobTemplate"])["spec"]);
    return reportJob(job, [...path, "jobTemplate", "spec"], report);
  }
  if (object["kind"] === "Job") return reportJob(spec, path, report);
  if (object["kind"] === "StatefulSet") reportSet(spec, report);
  reportTemplate(spec["template"], path, report);
}

function reportTemplate(
  template: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  const spec = objectOf(objectOf(template)["spec"]);
  reportUnmodelled(spec, [...path, "template", "spec"], report);
}

function reportSet(spec: JsonObject, report: Report): void {
  const refuse = (path: FieldPath, what: string): void =>
    report.add("unmodelled", path, notModelledText(what));
  if (listOf(spec["volumeClaimTemplates"]).length > 0)
    refuse(["spec", "volumeClaimTemplates"], "volumeClaimTemplates");
  const { rollingUpdate } = objectOf(spec["updateStrategy"]);
  if (isSet(objectOf(rollingUpdate)["maxUnavailable"]))
    refuse(
      ["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"],
      "maxUnavailable of a StatefulSet",
    );
}

function reportJob(spec: JsonObject, path: FieldPath, report: Report): void {
  const refuse = (member: string, what: string): void =>
    report.add("unmodelled", [...path, member], notModelledText(what));
  if (spec["completionMode"] === "Indexed")
    refuse("completionMode", "completionMode Indexed");
  for (const member of JOB_MEMBERS)
    if (isSet(spec[member])) refuse(member, member);
  reportTemplate(spec["template"], path, report);
}

function reportSchedule(spec: JsonObject, report: Report): void {
  const refuse = (member: string, what: string): void =>
    report.add("unmodelled", ["spec", member], notModelledText(what));
  const zone = stringOf(spec["timeZone"]);
  if (zone !== "" && !UTC.includes(zone))
    refuse("timeZone", `timeZone ${zone}`);
  const schedule = stringOf(spec["schedule"]);
  if (readSchedule(schedule) === null)
    refuse("schedule", `the schedule "${schedule}"`);
}
