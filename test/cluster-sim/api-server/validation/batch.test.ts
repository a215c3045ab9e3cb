import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { cronScheduleProblem } from "../../../../src/cluster-sim/api-server/validation/cron-schedule.ts";
import { validateManifest } from "../../../../src/cluster-sim/index.ts";
import { aCronJob, aJob, aTemplate } from "../../support.ts";

const messages = (object: JsonObject): string[] =>
  validateManifest(object).map(({ message }) => message);

describe("the rules of Jobs and CronJobs", () => {
  it("take the least of each", () => {
    expect(messages(aJob())).toEqual([]);
    expect(messages(aCronJob())).toEqual([]);
  });

  it.each<[JsonObject, string[]]>([
    [
      { template: aTemplate() },
      [
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      ],
    ],
    [
      { parallelism: -1, backoffLimit: -1 },
      [
        "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
        "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { completionMode: "Sorted" },
      [
        'spec.completionMode: Unsupported value: "Sorted": supported values: "Indexed", "NonIndexed"',
      ],
    ],
    [
      { selector: { matchLabels: { a: "b" } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` not auto-generated',
      ],
    ],
    [
      { manualSelector: true },
      [
        "spec.selector: Required value",
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
      ],
    ],
    [
      { completionMode: "Indexed", completions: 2 },
      ["completionMode Indexed is not modelled in this version of Keyturn"],
    ],
    [
      { podFailurePolicy: {} },
      ["podFailurePolicy is not modelled in this version of Keyturn"],
    ],
    [{ ttlSecondsAfterFinished: 60, activeDeadlineSeconds: 5 }, []],
  ])("judge a Job with %j", (spec, problems) => {
    expect(messages(aJob(spec))).toEqual(problems);
  });

  it("bound the name of a Job by that of a label", () => {
    expect(messages(aJob({}, { name: "j".repeat(63) }))).toEqual([]);
    expect(messages(aJob({}, { name: "j".repeat(64) }))).toEqual([
      `spec.template.labels: Invalid value: "${"j".repeat(64)}": must be no more than 63 characters`,
    ]);
  });

  it("bound the name of a CronJob by that of its Jobs", () => {
    expect(messages(aCronJob({}, { name: "c".repeat(52) }))).toEqual([]);
    const name = "c".repeat(53);
    expect(messages(aCronJob({}, { name }))).toEqual([
      `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    ]);
  });

  it.each<[JsonObject, string[]]>([
    [{ schedule: "" }, ["spec.schedule: Required value"]],
    [
      { schedule: "61 * * * *" },
      [
        'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
      ],
    ],
    [
      { schedule: "CRON_TZ=UTC * * * * *" },
      [
        'spec.schedule: Invalid value: "CRON_TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    [
      { concurrencyPolicy: "Queue" },
      [
        'spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"',
      ],
    ],
    [
      { timeZone: "Local" },
      [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ],
    ],
    [
      { timeZone: "" },
      [
        'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string',
      ],
    ],
    [{ timeZone: "Etc/UTC" }, []],
    [
      { timeZone: "Europe/Berlin" },
      ["timeZone Europe/Berlin is not modelled in this version of Keyturn"],
    ],
    [{ schedule: "@every 90m" }, []],
    [
      { schedule: "@every soon" },
      [
        'spec.schedule: Invalid value: "@every soon": failed to parse duration @every soon: time: invalid duration "soon"',
      ],
    ],
    [
      { schedule: "*/61 * * * *" },
      [
        'the schedule "*/61 * * * *" is not modelled in this version of Keyturn',
      ],
    ],
    [
      { startingDeadlineSeconds: -1 },
      [
        "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { jobTemplate: { spec: { template: aTemplate() } } },
      [
        'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      ],
    ],
    [{ shedule: "x" }, ['unknown field "spec.shedule"']],
  ])("judge a CronJob with %j", (spec, problems) => {
    expect(messages(aCronJob(spec))).toEqual(problems);
  });

  it.each<[string, string | null]>([
    ["*/15 0-6,22 1 jan-mar MON", null],
    ["5/20 * ? * *", null],
    ["@hourly", null],
    ["@noon", "unrecognized descriptor: @noon"],
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["*/1/2 * * * *", "too many slashes: */1/2"],
    ["9-5 * * * *", "beginning of range (9) beyond end of range (5): 9-5"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["* * * * 7", "end of range (7) above maximum (6): 7"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["*/-2 * * * *", "negative number (-2) not allowed: -2"],
    [
      "x * * * *",
      'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
    ],
  ])("read the schedule %s as cron does", (schedule, problem) => {
    expect(cronScheduleProblem(schedule)).toBe(problem);
  });
});
