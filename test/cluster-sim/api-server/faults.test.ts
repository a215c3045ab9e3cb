import { describe, expect, it } from "vitest";
import type {
  ApiRequest,
  FaultEffect,
} from "../../../src/cluster-sim/ports.ts";
import type { EpochMs } from "../../../src/kernel/time.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";
import type { Cluster } from "../support.ts";
import { LATENCY_MS, aCluster, aPod, aSecret, messageOf } from "../support.ts";

const KEY = { kind: "Secret", namespace: "default", name: "app" } as const;
const GET: ApiRequest = { verb: "get", ...KEY };
const HOUR_OF_FAULT = 60 * MINUTE_MS;

function fault(
  { server, sim }: Cluster,
  effect: FaultEffect,
  forMs = HOUR_OF_FAULT,
  callers: string | null = null,
): EpochMs {
  const untilMs = sim.now + forMs;
  sim.command(() => server.fault({ callers, effect }, untilMs));
  return untilMs;
}

/** Sends a request as `caller`, and says how it was answered and after how long. */
function send(
  { sim, server, listener }: Cluster,
  request: ApiRequest,
  caller = "tester",
) {
  const to = { target: listener.name, tag: {} };
  sim.command(() => server.client(caller).call(request, to));
  const sent = sim.now;
  const seen = listener.received.length;
  while (listener.received.length === seen && sim.step());
  const { at, event } = listener.received[seen]!;
  const { reply } = event as ReplyEvent<Parameters<typeof messageOf>[0]>;
  return {
    afterMs: at - sent,
    ok: reply.ok,
    error: reply.ok ? null : reply.error,
    message: messageOf(reply),
  };
}

describe("requests to a broken API server", () => {
  it.each<[string, ApiRequest, string]>([
    [
      "get",
      GET,
      'Get "https://10.0.0.1:443/api/v1/namespaces/default/secrets/app"',
    ],
    [
      "list",
      {
        verb: "list",
        kind: "SecretProviderClassPodStatus",
        labelSelector: "node=node-0",
        fieldSelector: "metadata.name=x",
      },
      'Get "https://10.0.0.1:443/apis/secrets-store.csi.x-k8s.io/v1/secretproviderclasspodstatuses?fieldSelector=metadata.name%3Dx&labelSelector=node%3Dnode-0"',
    ],
    [
      "create",
      { verb: "create", object: aSecret("new") },
      'Post "https://10.0.0.1:443/api/v1/namespaces/default/secrets"',
    ],
    [
      "update",
      { verb: "update", object: aSecret("app") },
      'Put "https://10.0.0.1:443/api/v1/namespaces/default/secrets/app"',
    ],
    [
      "delete",
      { verb: "delete", ...KEY },
      'Delete "https://10.0.0.1:443/api/v1/namespaces/default/secrets/app"',
    ],
    [
      "patchStatus",
      { verb: "patchStatus", ...KEY, kind: "Pod", patch: {} },
      'Patch "https://10.0.0.1:443/api/v1/namespaces/default/pods/app/status"',
    ],
    [
      "binding",
      {
        verb: "patch",
        ...KEY,
        kind: "Pod",
        patch: { spec: { nodeName: "node-0" } },
      },
      'Post "https://10.0.0.1:443/api/v1/namespaces/default/pods/app/binding"',
    ],
    [
      "node",
      { verb: "patch", kind: "Node", namespace: "", name: "n", patch: {} },
      'Patch "https://10.0.0.1:443/api/v1/nodes/n"',
    ],
  ])(
    "are refused after a round trip, with Go's text: %s",
    (_, request, call) => {
      const cluster = aCluster();
      fault(cluster, { kind: "refuse" });
      expect(send(cluster, request)).toMatchObject({
        afterMs: LATENCY_MS,
        error: { code: 0, reason: "" },
        message: `${call}: dial tcp 10.0.0.1:443: connect: connection refused`,
      });
    },
  );

  it("time out after 30 s in a dropped connection", () => {
    const cluster = aCluster();
    fault(cluster, { kind: "drop" });
    expect(send(cluster, GET)).toMatchObject({
      afterMs: 30 * SECOND_MS,
      error: { code: 0 },
      message:
        'Get "https://10.0.0.1:443/api/v1/namespaces/default/secrets/app": dial tcp 10.0.0.1:443: i/o timeout',
    });
  });

  it("are answered later when it is slow, and act when they are sent", () => {
    const cluster = aCluster();
    fault(cluster, { kind: "slow", byMs: 700 });
    fault(cluster, { kind: "slow", byMs: 50 });
    cluster.sim.command(() =>
      cluster.client.call(
        { verb: "create", object: aSecret() },
        { target: "", tag: {} },
      ),
    );
    expect(cluster.server.read("Secret", "default", "app")).not.toBeNull();
    expect(send(cluster, GET)).toMatchObject({ ok: true, afterMs: 760 });
  });

  it.each<[FaultEffect, number, string, string]>([
    [
      { kind: "respond", status: 500 },
      500,
      "InternalError",
      'an error on the server ("unknown") has prevented the request from succeeding (get secrets app)',
    ],
    [
      { kind: "respond", status: 503 },
      503,
      "ServiceUnavailable",
      "the server is currently unable to handle the request (get secrets app)",
    ],
    [
      { kind: "respond", status: 429, retryAfterSeconds: 0, message: "busy" },
      429,
      "TooManyRequests",
      "busy",
    ],
    [
      { kind: "respond", status: 403, code: "Forbidden", message: "no" },
      403,
      "Forbidden",
      "no",
    ],
    [
      { kind: "respond", status: 418 },
      418,
      "Unknown",
      "the server responded with the status code 418 but did not return more information (get secrets app)",
    ],
  ])(
    "are answered what the fault says: %j",
    (effect, code, reason, message) => {
      const cluster = aCluster();
      cluster.apply(aSecret());
      fault(cluster, effect);
      expect(send(cluster, GET).error).toEqual({ code, reason, message });
    },
  );

  it.each<FaultEffect>([
    { kind: "refuse" },
    { kind: "drop" },
    { kind: "respond", status: 500 },
  ])("do not act: %j", (effect) => {
    const cluster = aCluster();
    fault(cluster, effect);
    send(cluster, { verb: "create", object: aSecret() });
    expect(cluster.server.read("Secret", "default", "app")).toBeNull();
    expect(cluster.facts).toEqual([]);
  });

  it("are answered again from the first instant after the fault on", () => {
    const cluster = aCluster();
    cluster.apply(aSecret());
    const untilMs = fault(cluster, { kind: "refuse" }, 5 * SECOND_MS);
    cluster.sim.runBefore(untilMs - 1);
    expect(send(cluster, GET).ok).toBe(false);
    const other = aCluster();
    other.apply(aSecret());
    other.sim.runBefore(fault(other, { kind: "refuse" }, 5 * SECOND_MS));
    expect(send(other, GET).ok).toBe(true);
  });

  it("fail for those whose name the fault names, and for nobody else", () => {
    const cluster = aCluster();
    cluster.apply(aSecret());
    fault(cluster, { kind: "refuse" }, HOUR_OF_FAULT, "node-1/");
    expect(send(cluster, GET, "node-1/kubelet").ok).toBe(false);
    expect(send(cluster, GET, "node-10/kubelet").ok).toBe(true);
    expect(send(cluster, GET, "kubectl").ok).toBe(true);
  });

  it("meet a broken connection before what the server would answer", () => {
    const cluster = aCluster();
    fault(cluster, { kind: "respond", status: 500 });
    fault(cluster, { kind: "refuse" }, HOUR_OF_FAULT, "node-0/");
    expect(send(cluster, GET).error?.code).toBe(500);
    expect(send(cluster, GET, "node-0/kubelet").error?.code).toBe(0);
  });
});

describe("answers that say when to come back", () => {
  it("are waited for: a 429 of five seconds is no more than a delay", () => {
    const cluster = aCluster();
    fault(cluster, { kind: "respond", status: 429 }, 5 * SECOND_MS);
    const create: ApiRequest = { verb: "create", object: aSecret() };
    // Five tries of one round trip and one second each, then one that succeeds.
    expect(send(cluster, create)).toMatchObject({
      ok: true,
      afterMs: 5 * (SECOND_MS + LATENCY_MS) + LATENCY_MS,
    });
    expect(cluster.server.read("Secret", "default", "app")).not.toBeNull();
  });

  it.each<[FaultEffect, number]>([
    [{ kind: "respond", status: 429 }, 10 * (SECOND_MS + LATENCY_MS)],
    [
      { kind: "respond", status: 503, retryAfterSeconds: 3 },
      10 * (3 * SECOND_MS + LATENCY_MS),
    ],
    [{ kind: "respond", status: 404, retryAfterSeconds: 3 }, 0],
  ])("are passed on after ten more tries: %j", (effect, waitedMs) => {
    const cluster = aCluster();
    fault(cluster, effect);
    expect(send(cluster, GET)).toMatchObject({
      ok: false,
      afterMs: waitedMs + LATENCY_MS,
    });
  });
});

describe("kubectl at a broken API server", () => {
  it.each<[FaultEffect, string]>([
    [
      { kind: "refuse" },
      "The connection to the server 10.0.0.1:443 was refused - did you specify the right host or port?",
    ],
    [
      { kind: "drop" },
      "Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout",
    ],
    [
      { kind: "respond", status: 503 },
      "the server is currently unable to handle the request (get pods web)",
    ],
  ])("is told so at once and changes nothing: %j", (effect, message) => {
    const cluster = aCluster();
    fault(cluster, effect);
    expect(messageOf(cluster.apply(aPod("web")))).toBe(message);
    expect(cluster.server.read("Pod", "default", "web")).toBeNull();
  });

  it("deletes nothing, and does both when the fault is over", () => {
    const cluster = aCluster();
    cluster.apply(aSecret());
    const untilMs = fault(cluster, { kind: "refuse" });
    const remove = () =>
      cluster.sim.command(() =>
        cluster.server.remove("secret", "default", "app", "kubectl"),
      );
    expect(remove().ok).toBe(false);
    cluster.sim.runBefore(untilMs);
    expect(remove().ok).toBe(true);
    expect(cluster.apply(aSecret()).ok).toBe(true);
  });
});
