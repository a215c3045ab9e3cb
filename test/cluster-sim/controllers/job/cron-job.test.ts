/** CronJobs: a Job at each time of the schedule, by the policy for those that still run (kubelet.md 9.5). */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import { START } from "../../support.ts";
import type { Workloads } from "../workload-support.ts";
import {
  aWorkloadCluster,
  allOf,
  applied,
  statusOfWeb,
  wait,
} from "../workload-support.ts";
import { aJobTemplate, eventsAbout, finish, running } from "./job-support.ts";

const KIND = "CronJob";

function aCronJob(spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "batch/v1",
    kind: KIND,
    metadata: { name: "nightly", namespace: "default" },
    spec: {
      schedule: "*/30 * * * *",
      jobTemplate: { spec: { template: aJobTemplate() } },
      ...spec,
    },
  };
}

function scheduled(spec: JsonObject = {}): Workloads {
  const cluster = aWorkloadCluster();
  applied(cluster, aCronJob(spec));
  return cluster;
}

const jobName = (at: number): string => `nightly-${at / MINUTE_MS}`;
const HALF = 30 * MINUTE_MS;
const RUNS = [1, 2, 3, 4].map((n) => START + n * HALF);

function jobs(cluster: Workloads): string[] {
  return allOf(cluster, "Job").map(({ object }) => object.metadata.name);
}

const at = ({ sim }: Workloads, instant: number): void => {
  sim.runUntil(instant);
};

/** Runs for two hours; each pod succeeds a minute after the time of its Job. */
function twoHours(cluster: Workloads): void {
  for (const run of RUNS) {
    at(cluster, run + MINUTE_MS);
    if (running(cluster).length > 0) finish(cluster, "Succeeded");
  }
  at(cluster, RUNS[3]! + 2 * MINUTE_MS);
}

describe("a CronJob", () => {
  it("makes a Job 100 ms after each time of its schedule, named by the minutes", () => {
    const cluster = scheduled();
    const [first] = RUNS;
    at(cluster, first! + 100 - 1);
    expect(cluster.server.read("Job", "default", jobName(first!))).toBeNull();
    at(cluster, first! + 100);
    const job = cluster.server.read("Job", "default", jobName(first!));
    expect(job?.lineage).toEqual({
      workload: "default/cronjob/nightly",
      ordinal: null,
    });
    expect(job?.object.metadata.annotations).toEqual({
      "batch.kubernetes.io/cronjob-scheduled-timestamp": "2024-04-29T09:30:00Z",
    });
    wait(cluster, 5 * SECOND_MS);
    expect(running(cluster)[0]!.lineage).toEqual({
      workload: "default/cronjob/nightly",
      ordinal: 0,
    });
    expect(statusOfWeb(cluster, KIND, "nightly")).toMatchObject({
      lastScheduleTime: "2024-04-29T09:30:00Z",
      active: [{ kind: "Job", name: jobName(first!) }],
    });
    expect(eventsAbout(cluster, KIND)).toEqual([
      `SuccessfulCreate: Created job ${jobName(first!)}`,
    ]);
  });

  it("says what it sees, and keeps the last three that succeeded", () => {
    const cluster = scheduled();
    twoHours(cluster);
    expect(jobs(cluster)).toEqual(RUNS.slice(1).map(jobName));
    expect(statusOfWeb(cluster, KIND, "nightly")).toEqual({
      lastScheduleTime: "2024-04-29T11:00:00Z",
      lastSuccessfulTime: expect.stringMatching(/^2024-04-29T11:01:/) as string,
    });
    const [first, , , last] = RUNS.map(jobName);
    const texts = eventsAbout(cluster, KIND);
    expect(texts.slice(0, 2)).toEqual([
      `SuccessfulCreate: Created job ${first}`,
      `SawCompletedJob: Saw completed job: ${first}, condition: Complete`,
    ]);
    expect(texts.slice(-2)).toEqual([
      `SuccessfulDelete: Deleted job ${first}`,
      `SawCompletedJob: Saw completed job: ${last}, condition: Complete`,
    ]);
  });

  it("starts a Job beside one that still runs with Allow", () => {
    const cluster = scheduled();
    at(cluster, START + 2 * HOUR_MS + MINUTE_MS);
    expect(jobs(cluster)).toEqual(RUNS.map(jobName));
    expect(running(cluster)).toHaveLength(4);
  });

  it("starts none beside one that still runs with Forbid, and catches up when it has ended", () => {
    const cluster = scheduled({ concurrencyPolicy: "Forbid" });
    const [first, second] = RUNS;
    at(cluster, second! + MINUTE_MS);
    expect(jobs(cluster)).toEqual([jobName(first!)]);
    expect(eventsAbout(cluster, KIND).at(-1)).toBe(
      "JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid",
    );
    finish(cluster, "Succeeded");
    wait(cluster, 5 * SECOND_MS);
    expect(jobs(cluster)).toEqual([jobName(first!), jobName(second!)]);
  });

  it("deletes the one that still runs with Replace", () => {
    const cluster = scheduled({ concurrencyPolicy: "Replace" });
    at(cluster, START + 2 * HOUR_MS + MINUTE_MS);
    expect(jobs(cluster)).toEqual([jobName(RUNS[3]!)]);
    expect(running(cluster)).toHaveLength(1);
    expect(eventsAbout(cluster, KIND)).toContain(
      `SuccessfulDelete: Deleted job ${jobName(RUNS[0]!)}`,
    );
  });

  it("starts nothing while it is suspended, and what it missed when it goes on", () => {
    const cluster = scheduled({ suspend: true });
    at(cluster, RUNS[1]! + MINUTE_MS);
    expect(jobs(cluster)).toEqual([]);
    applied(cluster, aCronJob({ suspend: false }));
    wait(cluster, SECOND_MS);
    expect(jobs(cluster)).toEqual([jobName(RUNS[1]!)]);
  });

  it("gives up a run that is later than its deadline, without a word where it no longer looks so far back", () => {
    const given = { suspend: true, startingDeadlineSeconds: 20 };
    const cluster = scheduled(given);
    at(cluster, RUNS[0]! + MINUTE_MS);
    applied(cluster, aCronJob({ ...given, suspend: false }));
    wait(cluster, SECOND_MS);
    expect(jobs(cluster)).toEqual([]);
    at(cluster, RUNS[1]! + SECOND_MS);
    expect(jobs(cluster)).toEqual([jobName(RUNS[1]!)]);
  });

  it("does not know a Job that somebody else made for it", () => {
    const cluster = scheduled();
    const { object } = cluster.server.read(KIND, "default", "nightly")!;
    const { name, uid } = object.metadata;
    const owner = {
      apiVersion: "batch/v1",
      kind: KIND,
      name,
      uid,
      controller: true,
    };
    applied(cluster, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: "nightly-x",
        namespace: "default",
        ownerReferences: [owner],
      },
      spec: { template: aJobTemplate() },
    });
    wait(cluster, SECOND_MS);
    expect(eventsAbout(cluster, KIND)[0]).toBe(
      "UnexpectedJob: Saw a job that the controller did not create or forgot: nightly-x",
    );
  });
});
