/** csi-driver.md 2.2, 5.4, 8.1 and 12.2: the worker of a driver up to 1.5, its tries, its errors and its queue. */
import { describe, expect, it } from "vitest";
import { NO_REPLY } from "../../../src/cluster-sim/client/index.ts";
import type { ApiRequest } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { NodeConfig } from "../../../src/kubelet-sim/ports.ts";
import { aClass } from "../../support/world.ts";
import type { DriverRoom } from "./support.ts";
import {
  API_MS,
  INTERVAL_MS,
  MOUNT_MS,
  STATUS,
  SYNCED,
  UNREACHABLE,
  aRoom,
  refusedMount,
} from "./support.ts";

const RETRY_MS = 10_000;

function rotating(
  manifests: readonly JsonObject[] = [SYNCED],
  config: Partial<NodeConfig> = {},
): { readonly room: DriverRoom; readonly uid: string; readonly tick: number } {
  const room = aRoom({
    manifests,
    config: { driverVersion: "1.5.6", ...config },
  });
  const uid = room.mounted();
  room.advance(6_000);
  const first = room.all("csi.driver.started")[0]!.data[
    "firstTickMs"
  ] as number;
  const tick = room.now < first - 1_000 ? first : first + INTERVAL_MS;
  room.until(tick - 1_000);
  return { room, uid, tick };
}

function kindOf(request: ApiRequest): unknown {
  return "object" in request ? request.object["kind"] : request.kind;
}

function requestsFor(room: DriverRoom, kind: string, from: number) {
  return room.node.requests.filter(
    ({ t, request }) => t >= from && kindOf(request) === kind,
  );
}

function failure(room: DriverRoom): JsonObject {
  return room.all("csi.rotation.failed").at(-1)!.data;
}

/** A pod whose status leaves the cache while its key is queued, and comes back; says when the key was taken. */
function withoutStatus(restoredAfter: number) {
  const { room, tick } = rotating();
  room.pod("zzz");
  room.publish("zzz");
  room.until(tick + 10);
  // Its key waits behind the other pod's, whose provider call still runs.
  room.remove("secretproviderclasspodstatus", "zzz-default-kv");
  const taken = tick + MOUNT_MS;
  room.until(taken + restoredAfter);
  restore(room, "zzz");
  const asked = () => room.node.provider.times.filter((t) => t > tick).length;
  return { room, tick, taken, asked };
}

describe("the queue", () => {
  it("looks for a status that has left the cache after 5, 10, 20, 40 and 80 ms, the last time 155 ms later [CSI-12.2-02] [CSI-12.0-03]", () => {
    // The cache has it again some 20 ms after the write.
    const early = withoutStatus(30);
    expect(early.room.around(early.taken + 75, early.asked)).toEqual([0, 1]);
    const last = withoutStatus(130);
    expect(last.room.around(last.taken + 155, last.asked)).toEqual([0, 1]);
  });

  it("drops the key after the fifth look in vain, until a tick finds the status [CSI-12.2-02]", () => {
    const { room, tick, taken, asked } = withoutStatus(140);
    room.until(taken + 60_000);
    expect(asked()).toBe(0);
    expect(room.all("csi.rotation.failed")).toEqual([]);
    room.until(tick + INTERVAL_MS + 1_000);
    expect(asked()).toBe(2);
  });

  it("has one worker without a deadline: while the provider hangs every key waits, once, whatever ticks come [CSI-12.2-05] [CSI-12.2-01] [CSI-12.0-04]", () => {
    const { room, tick } = rotating();
    room.pod("zzz");
    room.publish("zzz");
    room.advance(500);
    const { answer } = room.node.provider;
    const asked = () =>
      room.node.provider.times.filter((t) => t >= tick).length;
    room.node.provider.answer = () => null;
    room.until(tick + 10 * INTERVAL_MS + 1_000);
    expect(asked()).toBe(1);
    expect(
      room.times("csi.rotation.tick").filter((t) => t >= tick),
    ).toHaveLength(11);
    expect(room.all("csi.rotation.failed")).toEqual([]);
    // The process ends what nothing else does; the new one polls both pods.
    room.node.provider.answer = answer;
    room.node.driver.restart(room.now + 10, 1_000);
    room.advance(INTERVAL_MS + 2_000);
    expect(asked()).toBe(3);
  });

  it.each(["Succeeded", "Failed"])(
    "passes over a pod that has %s, whose files and Secret stay as they are [CSI-12.2-03]",
    (phase) => {
      const { room, tick, uid } = rotating();
      const patch = { status: { phase } };
      const pod = { kind: "Pod", namespace: "default", name: "web" } as const;
      const client = room.apiServer.client("kubelet");
      room.sim.command(() =>
        client.call({ verb: "patchStatus", ...pod, patch }, NO_REPLY),
      );
      room.setSecret("v2");
      const asked = room.node.provider.requests.length;
      room.until(tick + INTERVAL_MS + 1_000);
      const ticks = room.times("csi.rotation.tick").filter((t) => t >= tick);
      expect(ticks).toEqual([tick, tick + INTERVAL_MS]);
      expect(room.node.provider.requests).toHaveLength(asked);
      expect(room.all("csi.rotation.failed")).toEqual([]);
      expect([room.file(uid), room.secret()]).toEqual(["v1", "v1"]);
    },
  );

  it("is empty when every key has had its turn: nothing more until the next tick [CSI-12.2-13]", () => {
    const { room, tick } = rotating();
    room.until(tick + 1_000);
    const asked = room.node.requests.length;
    const { length } = room.node.provider.requests;
    room.until(tick + INTERVAL_MS - 1);
    expect(room.node.provider.requests).toHaveLength(length);
    expect(room.node.requests).toHaveLength(asked);
    room.until(tick + INTERVAL_MS);
    expect(room.node.provider.requests).toHaveLength(length + 1);
  });
});

describe("writes", () => {
  it("tries the status five times, a millisecond apart, with the resourceVersion it began with [CSI-12.0-05] [CSI-12.2-08]", () => {
    const { room, tick, uid } = rotating();
    room.setSecret("v2");
    room.until(tick + 10);
    // Somebody writes the status while the provider is asked: every try conflicts.
    const status = room.get(STATUS, "web-default-kv")!;
    room.apply({
      ...status,
      metadata: {
        name: "web-default-kv",
        namespace: "default",
        labels: {
          touched: "yes",
          "internal.secrets-store.csi.k8s.io/node-name": "node-0",
        },
      },
    });
    const fetched = tick + MOUNT_MS;
    const fifth = fetched + 5 * API_MS + 4;
    const text =
      "failed to update versions in spc pod status kv, err: timed out waiting for the condition";
    const told = () => room.messages("MountRotationFailed");
    expect(room.around(fifth, told)).toEqual([[], [text]]);
    const tries = requestsFor(room, STATUS, tick);
    expect(tries.map(({ t }) => t - fetched)).toEqual([0, 5, 10, 15, 20]);
    expect(room.messages("MountRotationComplete")).toHaveLength(1);
    expect(failure(room)).toMatchObject({ errorType: "", error: text });
    expect([room.file(uid), room.secret()]).toEqual(["v2", "v1"]);
    // Ten seconds later the reconcile begins with the status of then.
    room.until(fifth + RETRY_MS + MOUNT_MS + 2 * API_MS);
    expect(room.secret()).toBe("v2");
  });

  it("tries a Secret that its cache does not hold five times, then tells the pod, and the poll is no failure [CSI-12.2-11] [CSI-12.0-05]", () => {
    const { room, tick } = rotating();
    room.remove("secret", "app-secret");
    room.until(tick - 1);
    const told = () => room.messages("SecretRotationFailed");
    const text =
      "failed to patch secret app-secret with new data, err: timed out waiting for the condition";
    const fifth = tick + MOUNT_MS + 4;
    expect(room.around(fifth, told)).toEqual([[], [text]]);
    expect(room.all("csi.rotation.failed")).toEqual([]);
    room.until(tick + RETRY_MS + 1_000);
    expect(told()).toHaveLength(1);
  });

  it("tries a Secret's patch five times while the API server does not answer [CSI-12.2-11] [CSI-12.0-05]", () => {
    const { room, tick } = rotating();
    room.setSecret("v2");
    room.node.refusal = (request) =>
      request.verb === "patch" && request.kind === "Secret"
        ? UNREACHABLE
        : null;
    const patched = tick + MOUNT_MS + API_MS;
    const fifth = patched + 5 * API_MS + 4;
    const told = () => room.messages("SecretRotationFailed").length;
    expect(room.around(fifth, told)).toEqual([0, 1]);
    expect(
      requestsFor(room, "Secret", tick)
        .filter(({ request }) => "patch" in request && "data" in request.patch)
        .map(({ t }) => t - patched),
    ).toEqual([0, 5, 10, 15, 20]);
    expect(room.secret()).toBe("v1");
    room.node.refusal = () => null;
    room.until(tick + INTERVAL_MS + 1_000);
    expect(room.secret()).toBe("v2");
  });

  it("leaves the Secret at its version when newer bytes are equal; the poll says what the files hold [CSI-12.2-09]", () => {
    const { room, tick } = rotating();
    const before = room.get("Secret", "app-secret");
    room.setSecret("v1");
    room.until(tick + 1_000);
    expect(room.get("Secret", "app-secret")).toEqual(before);
    expect(room.secretWrites().at(-1)!.data["contents"]).toMatchObject([
      { ordinal: 1 },
    ]);
    expect(room.all("csi.rotation.rotated")).toHaveLength(1);
    expect(room.all("volume.verified").at(-1)!.data["files"]).toMatchObject([
      { ordinal: 2 },
    ]);
  });
});

describe("errors carry upstream's error_type", () => {
  it("GRPCProviderError for the provider's, with its code", () => {
    const { room, tick } = rotating();
    room.node.provider.answer = () =>
      refusedMount("too large", "ResourceExhausted");
    room.until(tick + MOUNT_MS);
    expect(failure(room)).toMatchObject({
      errorType: "GRPCProviderError",
      error:
        "provider mount err: rpc error: code = ResourceExhausted desc = too large",
      durationMs: MOUNT_MS,
    });
  });

  it("SecretProviderClassNotFound for a class that is gone, without an Event [CSI-12.2-04]", () => {
    const { room, tick } = rotating();
    room.remove("secretproviderclass", "kv");
    room.until(tick);
    expect(failure(room)["errorType"]).toBe("SecretProviderClassNotFound");
    room.until(tick + RETRY_MS);
    expect(room.times("csi.rotation.failed")).toEqual([tick, tick + RETRY_MS]);
    expect(room.messages("MountRotationFailed")).toEqual([]);
  });

  it("PodNotFound for a pod that the cache does not have [CSI-12.2-04]", () => {
    const { room, tick } = rotating();
    room.sim.command(() =>
      room.apiServer.client("kubelet").call(
        {
          verb: "delete",
          kind: "Pod",
          namespace: "default",
          name: "web",
          gracePeriodSeconds: 0,
        },
        { target: "", tag: {} },
      ),
    );
    room.until(tick);
    expect(failure(room)).toMatchObject({
      errorType: "PodNotFound",
      error: 'failed to get pod default/web, err: Pod "web" not found',
    });
  });

  it("FileWriteError for a volume that was unmounted while the provider was asked", () => {
    const { room, tick, uid } = rotating();
    room.until(tick + 10);
    room.unpublish(uid);
    room.until(tick + MOUNT_MS);
    const path = `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/csi/mount`;
    expect(failure(room)).toMatchObject({
      errorType: "FileWriteError",
      error: `provider mount err: stat ${path}: no such file or directory`,
    });
  });

  it("FailedToLookupProviderGRPCClient when a new process does not find the socket [CSI-12.2-04]", () => {
    const { room } = rotating();
    room.node.provider.socketPresent = false;
    room.node.driver.restart(room.now + 10, 1_000);
    const tick = room.now + 1_010 + INTERVAL_MS;
    room.until(tick);
    const text = 'failed to lookup provider client: "azure"';
    expect(failure(room)).toMatchObject({
      errorType: "FailedToLookupProviderGRPCClient",
      error: text,
    });
    expect(room.messages("MountRotationFailed")).toEqual([text]);
    room.node.provider.socketPresent = true;
    room.setSecret("v2");
    room.until(tick + RETRY_MS + MOUNT_MS + 2 * API_MS);
    expect(room.secret()).toBe("v2");
  });

  it("none for a Secret's part, whose key comes back in 10 s [CSI-12.2-12]", () => {
    const { room, tick } = rotating();
    room.apply(
      aClass({ secretObjects: [{ secretName: "app-secret", data: [] }] }),
    );
    room.until(tick + MOUNT_MS);
    expect(failure(room)).toMatchObject({
      errorType: "",
      error:
        "failed validation for secret object in spc default/kv, err: secret type is empty",
    });
    const again = tick + MOUNT_MS + RETRY_MS + MOUNT_MS;
    const failures = () => room.all("csi.rotation.failed").length;
    expect(room.around(again, failures)).toEqual([1, 2]);
  });
});

it("makes a call to the provider that breaks off again, and waits in between [CSI-12.0-15]", () => {
  const { room, tick } = rotating();
  room.node.provider.answer = () => refusedMount("EOF", "Unavailable");
  room.until(tick + 5_000);
  expect(room.node.provider.times.filter((t) => t >= tick)).toHaveLength(3);
  expect(room.all("csi.rotation.failed")).toHaveLength(1);
  expect(failure(room)["error"]).toBe(
    "provider mount err: rpc error: code = Unavailable desc = EOF",
  );
});

it.each([
  ["1.0.0", []],
  ["1.1.0", ["api://AzureADTokenExchange"]],
])("driver %s sends the provider these tokens: %s", (driverVersion, tokens) => {
  const { room, tick } = rotating([SYNCED], { driverVersion });
  room.until(tick + MOUNT_MS);
  expect(room.node.provider.requests.at(-1)!).toMatchObject({
    t: tick,
    request: { serviceAccountTokens: tokens },
  });
});

it("asks its provider nothing between polls: the health check is off [CSI-12.0-18]", () => {
  const room = aRoom();
  room.mounted();
  const asked = room.node.provider.requests.length;
  room.advance(60 * 60_000);
  expect(room.node.provider.requests).toHaveLength(asked);
});

/** Somebody puts the pod's status back as it was. */
function restore(room: DriverRoom, pod: string): void {
  const { uid } = room.get("Pod", pod)!["metadata"] as { uid: string };
  room.apply({
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: STATUS,
    metadata: {
      name: `${pod}-default-kv`,
      namespace: "default",
      labels: { "internal.secrets-store.csi.k8s.io/node-name": "node-0" },
    },
    status: {
      podName: pod,
      secretProviderClassName: "kv",
      mounted: true,
      targetPath: `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/csi/mount`,
      objects: [{ id: "secret/secret1", version: "1".repeat(32) }],
    },
  });
}
