import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import {
  MINUTE_MS,
  SECOND_MS,
  parseInstant,
} from "../../../src/kernel/time.ts";
import { LATENCY_MS, START } from "../support.ts";
import type { ProgramCluster } from "./support.ts";
import {
  aDeployment,
  aProgramCluster,
  aReplica,
  aSecretOf,
} from "./support.ts";

const NAMED = { "secret.reloader.stakater.com/reload": "app" };
const LOCK = "stakater-reloader-lock";

/** The first replica leads and renews every 2 s and a round trip; the second one looks as often. */
function twoReplicas(): ProgramCluster & {
  readonly first: string;
  readonly second: string;
} {
  const cluster = aProgramCluster();
  cluster.apply(aSecretOf({ password: "one" }));
  cluster.apply(aDeployment({ annotations: NAMED }));
  const first = cluster.start(aReplica("reloader-a"));
  cluster.wait(500);
  const second = cluster.start(aReplica("reloader-b"));
  cluster.runTo(MINUTE_MS);
  return { ...cluster, first, second };
}

/** Who leads since when, by pod. */
const leading = (cluster: ProgramCluster): [number, unknown, unknown][] =>
  cluster
    .told("reloader.leading")
    .map(({ t, data }) => [t - START, data["pod"], data["leading"]]);

const lease = (cluster: ProgramCluster): JsonObject =>
  cluster.read("Lease", LOCK)["spec"] as JsonObject;

/** A renewal leaves no fact; the Lease says when it was. */
const lastRenewal = (cluster: ProgramCluster): number =>
  parseInstant((lease(cluster)["renewTime"] as string).replace("000Z", "Z"))! -
  START;

describe("Reloader's leader election", () => {
  it("makes the first to come the leader, by a Lease that it renews every 2 s", () => {
    const cluster = twoReplicas();
    expect(leading(cluster)).toMatchObject([
      [2 * LATENCY_MS, "reloader-a", true],
    ]);
    expect(lease(cluster)).toMatchObject({
      holderIdentity: "reloader-a",
      leaseDurationSeconds: 15,
      acquireTime: "2024-04-29T09:00:00.010000Z",
      leaseTransitions: 0,
    });
    const renewals = [lastRenewal(cluster)];
    while (renewals.length < 10) {
      cluster.wait(LATENCY_MS);
      const latest = lastRenewal(cluster);
      if (latest !== renewals.at(-1)) renewals.push(latest);
    }
    const steps = renewals.slice(1).map((at, i) => at - renewals[i]!);
    expect(new Set(steps)).toEqual(new Set([2 * SECOND_MS + LATENCY_MS]));
    expect(cluster.writes("Lease", LOCK)).toHaveLength(1);
  });

  it("lets only the leader handle changes", () => {
    const cluster = twoReplicas();
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait();
    expect(cluster.told("reloader.event")).toHaveLength(1);
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("(h) a leader crashes, and a change 5 s later is missed [RELOADER-1.13-08]", () => {
    const cluster = twoReplicas();
    cluster.end(cluster.first);
    cluster.runTo(MINUTE_MS + 5 * SECOND_MS);
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.wait(5 * MINUTE_MS);
    expect(cluster.told("reloader.event")).toEqual([]);
    expect(cluster.writes("Deployment", "web")).toEqual([]);
    cluster.apply(aSecretOf({ password: "three" }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("another replica takes a lease 15 s after it last saw a renewal, at its next look", () => {
    const cluster = twoReplicas();
    cluster.end(cluster.first);
    const renewed = lastRenewal(cluster);
    cluster.wait(30 * SECOND_MS);
    const [, [at, pod]] = leading(cluster) as [unknown, [number, unknown]];
    expect(pod).toBe("reloader-b");
    // It sees the renewal within one look, and takes the lease with the first look 15 s later.
    const look = 2 * SECOND_MS + LATENCY_MS;
    expect(at).toBeGreaterThanOrEqual(renewed + 15 * SECOND_MS);
    expect(at).toBeLessThan(renewed + 15 * SECOND_MS + 2 * look);
    expect(lease(cluster)).toMatchObject({
      holderIdentity: "reloader-b",
      leaseTransitions: 1,
    });
  });

  it("a leader that cannot renew for 10 s stops, and begins anew 50 s later", () => {
    const cluster = twoReplicas();
    const { sim, server } = cluster;
    const renewed = lastRenewal(cluster);
    const refuse = { kind: "refuse" } as const;
    sim.command(() =>
      server.fault(
        { callers: "reloader", effect: refuse },
        START + 5 * MINUTE_MS,
      ),
    );
    // The renewal begins 2 s and a round trip after the last one was sent.
    const lost = renewed + LATENCY_MS + 12 * SECOND_MS;
    cluster.runTo(lost);
    expect(leading(cluster)).toHaveLength(1);
    cluster.runTo(lost + 1);
    expect(leading(cluster).at(-1)).toEqual([lost, "reloader-a", false]);
    expect(cluster.told("reloader.stopped")).toHaveLength(1);
    cluster.runTo(lost + 50 * SECOND_MS);
    expect(cluster.told("reloader.started")).toHaveLength(2);
    cluster.runTo(lost + 50 * SECOND_MS + 1);
    expect(cluster.told("reloader.started")).toHaveLength(3);
    cluster.runTo(6 * MINUTE_MS);
    expect(leading(cluster).filter(([, , leads]) => leads)).toHaveLength(2);
  });

  it("a lease that is given back is taken at the next look, within 2 s", () => {
    const cluster = twoReplicas();
    const { sim, server } = cluster;
    const lost = lastRenewal(cluster) + LATENCY_MS + 12 * SECOND_MS;
    const refuse = { kind: "refuse" } as const;
    // The way is free again at the very moment at which the leader gives up.
    sim.command(() =>
      server.fault({ callers: "reloader", effect: refuse }, START + lost),
    );
    cluster.runTo(lost + 3 * SECOND_MS);
    const [at, pod, leads] = leading(cluster).at(-1)!;
    expect([pod, leads]).toEqual(["reloader-b", true]);
    expect(at - lost).toBeLessThanOrEqual(2 * SECOND_MS + 3 * LATENCY_MS);
  });

  it("a short interruption costs nothing", () => {
    const cluster = twoReplicas();
    const { sim, server } = cluster;
    const refuse = { kind: "refuse" } as const;
    sim.command(() =>
      server.fault(
        { callers: "reloader", effect: refuse },
        sim.now + 8 * SECOND_MS,
      ),
    );
    cluster.wait(5 * MINUTE_MS);
    expect(leading(cluster)).toHaveLength(1);
  });

  it("does not start without the pod's name", () => {
    const cluster = aProgramCluster();
    cluster.start({ args: ["--enable-ha"] });
    expect(cluster.told("reloader.stopped")).toMatchObject([
      {
        data: {
          error: "POD_NAME not set, cannot run in HA mode without POD_NAME set",
        },
      },
    ]);
  });
});
