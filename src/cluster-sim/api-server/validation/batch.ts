/**
 * Rules for Jobs and CronJobs. Objects have their defaults.
 * Source: kubernetes/kubernetes v1.35 pkg/apis/batch/validation/validation.go.
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { CRON_JOB_NAME_MAX } from "../../defaults.ts";
import { cronScheduleProblem } from "./cron-schedule.ts";
import { validateNotNegative } from "./int-or-percent.ts";
import { validateLabelSelector } from "./label-selector.ts";
import { labelValueProblems } from "./names.ts";
import { validateSelected, validateTemplate } from "./pod-template.ts";
import { isSet, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const SPEC: FieldPath = ["spec"];
const SELECTOR: FieldPath = [...SPEC, "selector"];
const ENDING = ["OnFailure", "Never"];
const NUMBERS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
];

/** `isNew`: the server has not yet given it its selector. */
export function validateJob(
  object: JsonObject,
  isNew: boolean,
  report: Report,
): void {
  const spec = objectOf(object["spec"]);
  const { name } = objectOf(object["metadata"]);
  const { selector } = spec;
  const manual = spec["manualSelector"] === true;
  if (isNew && !manual && isSet(selector))
    report.invalid(SELECTOR, selector, "`selector` not auto-generated");
  validateJobSpec(spec, SPEC, report);
  if (isNew && !manual) {
    // It becomes the value of a label of the template.
    report.eachInvalid(
      [...SPEC, "template", "labels"],
      stringOf(name),
      labelValueProblems(stringOf(name)),
    );
    return;
  }
  if (!isSet(selector)) report.required(SELECTOR);
  if (validateLabelSelector(objectOf(selector), SELECTOR, report))
    validateSelected(
      objectOf(spec["template"]),
      selector,
      [...SPEC, "template"],
      report,
    );
}

function validateJobSpec(
  spec: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  for (const member of NUMBERS)
    validateNotNegative(spec[member], [...path, member], report);
  const choices = [
    ["completionMode", ["Indexed", "NonIndexed"]],
    ["podReplacementPolicy", ["Failed", "TerminatingOrFailed"]],
  ] as const;
  for (const [member, values] of choices)
    report.oneOf([...path, member], spec[member], values);
  const template = objectOf(spec["template"]);
  const at = [...path, "template"];
  validateTemplate(template, at, report);
  const { restartPolicy } = objectOf(template["spec"]);
  const policyAt = [...at, "spec", "restartPolicy"];
  if (restartPolicy === "Always")
    report.required(policyAt, 'valid values: "OnFailure", "Never"');
  else report.oneOf(policyAt, restartPolicy, ENDING);
}

export function validateCronJob(
  object: JsonObject,
  isNew: boolean,
  report: Report,
): void {
  const name = stringOf(objectOf(object["metadata"])["name"]);
  if (isNew && name.length > CRON_JOB_NAME_MAX)
    report.invalid(
      ["metadata", "name"],
      name,
      `must be no more than ${CRON_JOB_NAME_MAX} characters`,
    );
  const spec = objectOf(object["spec"]);
  validateSchedule(stringOf(spec["schedule"]), report);
  for (const member of [
    "startingDeadlineSeconds",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
  ])
    validateNotNegative(spec[member], [...SPEC, member], report);
  validateTimeZone(spec["timeZone"], [...SPEC, "timeZone"], report);
  report.oneOf([...SPEC, "concurrencyPolicy"], spec["concurrencyPolicy"], [
    "Allow",
    "Forbid",
    "Replace",
  ]);
  const job = objectOf(objectOf(spec["jobTemplate"])["spec"]);
  const path = [...SPEC, "jobTemplate", "spec"];
  validateJobSpec(job, path, report);
  if (isSet(job["selector"]))
    report.invalid(
      [...path, "selector"],
      job["selector"],
      "`selector` will be auto-generated",
    );
  if (job["manualSelector"] === true)
    report.notSupported([...path, "manualSelector"], true, ["nil", "false"]);
}

function validateSchedule(schedule: string, report: Report): void {
  const path = [...SPEC, "schedule"];
  if (schedule === "") return report.required(path);
  const problem = cronScheduleProblem(schedule);
  if (problem !== null) report.invalid(path, schedule, problem);
  if (schedule.includes("TZ"))
    report.invalid(
      path,
      schedule,
      "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
    );
}

/** Whether a zone exists is not known here: what is not UTC is refused by name (`unmodelled-workloads.ts`). */
function validateTimeZone(
  zone: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof zone !== "string") return;
  if (zone === "")
    report.invalid(path, zone, "timeZone must be nil or non-empty string");
  else if (zone.toLowerCase() === "local")
    report.invalid(
      path,
      zone,
      "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
    );
}
