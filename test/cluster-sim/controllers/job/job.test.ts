/** Jobs: completions, failures and the pause after each, deadlines, suspension (kubelet.md 9.5). */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import { MINUTE_MS, SECOND_MS } from "../../../../src/kernel/time.ts";
import { LATENCY_MS } from "../../support.ts";
import type { Workloads } from "../workload-support.ts";
import {
  aWorkloadCluster,
  allOf,
  applied,
  statusOfWeb,
  wait,
} from "../workload-support.ts";
import {
  aJob,
  conditionsOf,
  eventsAbout,
  finish,
  running,
} from "./job-support.ts";

const status = (cluster: Workloads): JsonObject =>
  statusOfWeb(cluster, "Job", "report");

function started(spec: JsonObject = {}, minor = 33): Workloads {
  const cluster = aWorkloadCluster({ minor });
  applied(cluster, aJob(spec));
  wait(cluster, 5 * SECOND_MS);
  return cluster;
}

describe("a Job", () => {
  it("runs one pod that carries its labels, and is complete when that succeeds", () => {
    const cluster = started();
    const [pod, ...others] = allOf(cluster, "Pod");
    expect(others).toEqual([]);
    const { uid } = cluster.server.read("Job", "default", "report")!.object
      .metadata;
    expect(pod!.object.metadata.name).toMatch(/^report-[a-z0-9]{5}$/);
    expect(pod!.lineage).toEqual({
      workload: "default/job/report",
      ordinal: 0,
    });
    expect(pod!.object.metadata.labels).toEqual({
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": "report",
      "controller-uid": uid,
      "job-name": "report",
    });
    expect(status(cluster)).toEqual({
      active: 1,
      ready: 1,
      startTime: "2024-04-29T09:00:01Z",
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    finish(cluster, "Succeeded");
    wait(cluster, 5 * SECOND_MS);
    expect(conditionsOf(cluster)).toEqual([
      "SuccessCriteriaMet=True CompletionsReached",
      "Complete=True CompletionsReached",
    ]);
    expect(status(cluster)).toMatchObject({
      succeeded: 1,
      ready: 0,
      uncountedTerminatedPods: {},
      completionTime: expect.any(String) as string,
    });
    expect(status(cluster)).not.toHaveProperty("active");
    expect(eventsAbout(cluster, "Job")).toEqual([
      `SuccessfulCreate: Created pod: ${pod!.object.metadata.name}`,
      "Completed: Job completed",
    ]);
  });

  it("ends in one step before 1.31", () => {
    const cluster = started({}, 30);
    finish(cluster, "Succeeded");
    wait(cluster, 5 * SECOND_MS);
    expect(conditionsOf(cluster)).toEqual(["Complete=True "]);
  });

  it("runs as many at once as its parallelism says, until its completions are reached", () => {
    const cluster = started({ completions: 3, parallelism: 2 });
    expect(running(cluster)).toHaveLength(2);
    finish(cluster, "Succeeded");
    wait(cluster, 5 * SECOND_MS);
    expect(running(cluster)).toHaveLength(2);
    finish(cluster, "Succeeded");
    wait(cluster, 5 * SECOND_MS);
    expect(running(cluster)).toHaveLength(1);
    finish(cluster, "Succeeded");
    wait(cluster, 5 * SECOND_MS);
    expect(status(cluster)["succeeded"]).toBe(3);
    expect(conditionsOf(cluster)).toHaveLength(2);
  });

  it("replaces a failed pod 10 s after its end, the next one 20 s after its own", () => {
    const cluster = started();
    const { sim } = cluster;
    for (const pause of [10, 20, 40]) {
      const failedAt = sim.now - (sim.now % SECOND_MS);
      finish(cluster, "Failed");
      sim.runUntil(failedAt + pause * SECOND_MS - 1);
      expect(running(cluster)).toHaveLength(0);
      wait(cluster, LATENCY_MS);
      expect(running(cluster)).toHaveLength(1);
      wait(cluster, 5 * SECOND_MS);
    }
    expect(status(cluster)["failed"]).toBe(3);
  });

  it("has failed with one failure more than its backoff limit", () => {
    const cluster = started({ backoffLimit: 1 });
    finish(cluster, "Failed");
    wait(cluster, 20 * SECOND_MS);
    expect(conditionsOf(cluster)).toEqual([]);
    finish(cluster, "Failed");
    wait(cluster, 5 * SECOND_MS);
    expect(conditionsOf(cluster)).toEqual([
      "FailureTarget=True BackoffLimitExceeded",
      "Failed=True BackoffLimitExceeded",
    ]);
    expect(eventsAbout(cluster, "Job").at(-1)).toBe(
      "BackoffLimitExceeded: Job has reached the specified backoff limit",
    );
    expect(status(cluster)["failed"]).toBe(2);
    wait(cluster, 60 * MINUTE_MS);
    expect(allOf(cluster, "Pod")).toHaveLength(2);
  });

  it("counts restarts against the limit with OnFailure", () => {
    const cluster = aWorkloadCluster();
    applied(cluster, aJob({ backoffLimit: 2 }, { restartPolicy: "OnFailure" }));
    wait(cluster, 5 * SECOND_MS);
    const restarted = (restartCount: number): void => {
      const { name } = running(cluster)[0]!.object.metadata;
      const containerStatuses = [{ name: "main", restartCount }];
      const key = { kind: "Pod", namespace: "default", name };
      const patch = { status: { containerStatuses } };
      cluster.ask({ verb: "patchStatus", ...key, patch });
      wait(cluster, 3 * SECOND_MS);
    };
    restarted(1);
    expect(conditionsOf(cluster)).toEqual([]);
    restarted(2);
    expect(conditionsOf(cluster)[0]).toBe(
      "FailureTarget=True BackoffLimitExceeded",
    );
  });

  it("ends at its deadline, and says Failed when its pods are gone", () => {
    const cluster = started({ activeDeadlineSeconds: 60 });
    const { sim } = cluster;
    const startedAt = Date.parse(status(cluster)["startTime"] as string);
    sim.runUntil(startedAt + 60 * SECOND_MS - 1);
    expect(allOf(cluster, "Pod")[0]!.object.metadata).not.toHaveProperty(
      "deletionTimestamp",
    );
    sim.runUntil(startedAt + 61 * SECOND_MS);
    expect(conditionsOf(cluster)).toEqual([
      "FailureTarget=True DeadlineExceeded",
    ]);
    wait(cluster, 10 * SECOND_MS);
    expect(conditionsOf(cluster)).toEqual([
      "FailureTarget=True DeadlineExceeded",
      "Failed=True DeadlineExceeded",
    ]);
    expect(status(cluster)).toMatchObject({ failed: 1, terminating: 0 });
    expect(eventsAbout(cluster, "Job").at(-1)).toBe(
      "DeadlineExceeded: Job was active longer than specified deadline",
    );
  });

  it("counts a pod that somebody deletes as failed", () => {
    const cluster = started();
    const { name } = running(cluster)[0]!.object.metadata;
    cluster.ask({ verb: "delete", kind: "Pod", namespace: "default", name });
    wait(cluster, MINUTE_MS);
    expect(status(cluster)).toMatchObject({ failed: 1, active: 1 });
  });

  it("runs nothing while it is suspended, and counts no failures for it", () => {
    const cluster = started();
    const key = { kind: "Job", namespace: "default", name: "report" };
    const suspend = (is: boolean): void => {
      cluster.ask({ verb: "patch", ...key, patch: { spec: { suspend: is } } });
      wait(cluster, MINUTE_MS);
    };
    suspend(true);
    expect(allOf(cluster, "Pod")).toEqual([]);
    expect(conditionsOf(cluster)).toEqual(["Suspended=True JobSuspended"]);
    expect(status(cluster)).not.toHaveProperty("failed");
    suspend(false);
    expect(running(cluster)).toHaveLength(1);
    expect(conditionsOf(cluster)).toEqual(["Suspended=False JobResumed"]);
    const texts = eventsAbout(cluster, "Job").filter(
      (text) => !text.startsWith("Successful"),
    );
    expect(texts).toEqual(["Suspended: Job suspended", "Resumed: Job resumed"]);
  });
});
