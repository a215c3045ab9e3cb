/** csi-driver.md 1.2, 1.3, 2.3 and 12.1: a volume's first NodePublishVolume, in both generations. */
import { describe, expect, it } from "vitest";
import type { NodeConfig } from "../../../src/kubelet-sim/ports.ts";
import type { DriverRoom } from "./support.ts";
import {
  API_MS,
  INTERVAL_MS,
  MOUNT_MS,
  STATUS,
  UNREACHABLE,
  WATCH_MS,
  aRoom,
  change,
  refusedMount,
} from "./support.ts";

const GENERATIONS = [["1.5.6"], ["1.6.0"]] as const;
const PREFIX =
  "failed to mount secrets store objects for pod default/web, err: ";

function publishing(
  driverVersion: string,
  config: Partial<NodeConfig> = {},
): { readonly room: DriverRoom; readonly uid: string } {
  const room = aRoom({ config: { driverVersion, ...config } });
  return { room, uid: room.pod() };
}

function answerOf(room: DriverRoom) {
  return room.answers.at(-1)?.reply;
}

describe.each(GENERATIONS)("driver %s", (version) => {
  it("writes the files when the provider has answered, then the status, then answers [CSI-12.1-05]", () => {
    const { room, uid } = publishing(version);
    const written = room.publish() + MOUNT_MS;
    expect(room.around(written, () => room.file(uid))).toEqual([null, "v1"]);
    const status = () => room.get(STATUS, "web-default-kv") !== null;
    expect([status(), room.answers.length]).toEqual([true, 0]);
    const answered = room.around(written + API_MS, () => room.answers.length);
    expect(answered).toEqual([0, 1]);
    expect(answerOf(room)).toEqual({ ok: true });
  });

  it("counts the volume's age from the mount until files change [CSI-12.1-05]", () => {
    const { room, uid } = publishing(version);
    room.publish();
    room.advance(1);
    expect(room.mtime(uid)).toBe(room.now - 1);
    room.advance(1_000);
    expect(room.mtime(uid)).toBe(room.now - 1_001 + MOUNT_MS);
  });

  it("unmounts after the provider's error, and leaves no status [CSI-12.1-06]", () => {
    const { room, uid } = publishing(version);
    room.node.provider.answer = () => refusedMount();
    room.publish();
    const mounted = () => room.node.volumes.isMounted(uid, "csi");
    expect(room.around(room.now + MOUNT_MS, mounted)).toEqual([true, false]);
    expect(answerOf(room)).toEqual({
      ok: false,
      code: "Unknown",
      desc: `${PREFIX}rpc error: code = Unknown desc = failed to mount objects, error: forbidden`,
    });
    expect(room.get(STATUS, "web-default-kv")).toBeNull();
  });

  it("hands the provider's own gRPC code on: an answer that is too large is not final", () => {
    const { room } = publishing(version);
    const message = "grpc: received message larger than max";
    room.node.provider.answer = () =>
      refusedMount(message, "ResourceExhausted");
    room.publish();
    room.advance(MOUNT_MS);
    expect(answerOf(room)).toEqual({
      ok: false,
      code: "ResourceExhausted",
      desc: `${PREFIX}rpc error: code = ResourceExhausted desc = ${message}`,
    });
  });

  it("fails without the class, and starts over once it is there [CSI-12.1-03]", () => {
    const room = aRoom({
      config: { driverVersion: version },
      manifests: [],
    });
    room.pod();
    room.publish();
    room.advance(1);
    expect(answerOf(room)).toEqual({
      ok: false,
      code: "Unknown",
      desc: 'failed to get secretproviderclass default/kv, error: SecretProviderClass.secrets-store.csi.x-k8s.io "kv" not found',
    });
  });

  it("fails when the status cannot be written, and unmounts", () => {
    const { room, uid } = publishing(version);
    room.node.refusal = () => UNREACHABLE;
    room.publish();
    room.advance(MOUNT_MS + API_MS);
    expect(answerOf(room)).toEqual({
      ok: false,
      code: "Unknown",
      desc: `failed to create secret provider class pod status for pod default/web, err: ${UNREACHABLE.message}`,
    });
    expect(room.node.volumes.isMounted(uid, "csi")).toBe(false);
  });

  it("gives up after 120 s, with a code that is not final [CSI-12.1-07] [CSI-12.0-14] [CSI-12.1-01]", () => {
    const { room, uid } = publishing(version);
    room.node.provider.answer = () => null;
    room.publish();
    const end = room.now + 120_000;
    expect(room.around(end, () => room.answers.length)).toEqual([0, 1]);
    expect(answerOf(room)).toEqual({
      ok: false,
      code: "DeadlineExceeded",
      desc: "context deadline exceeded",
    });
    expect(room.node.volumes.isMounted(uid, "csi")).toBe(false);
  });

  it("does not find a provider whose socket is missing, and finds it later [CSI-12.1-04]", () => {
    const { room, uid } = publishing(version);
    room.node.provider.socketPresent = false;
    room.publish();
    room.advance(1);
    expect(answerOf(room)).toEqual({
      ok: false,
      code: "Unknown",
      desc: `${PREFIX}error connecting to provider "azure": provider not found: provider "azure"`,
    });
    expect(room.node.volumes.isMounted(uid, "csi")).toBe(false);
    room.node.provider.socketPresent = true;
    room.publish();
    room.advance(1_000);
    expect(room.file(uid)).toBe("v1");
  });

  it("keeps a client of a provider that it has found, until its process ends [CSI-12.1-04]", () => {
    const { room } = publishing(version);
    room.publish();
    room.advance(1_000);
    room.node.provider.socketPresent = false;
    room.pod("second");
    room.publish("second");
    room.advance(1_000);
    expect(answerOf(room)).toEqual({ ok: true });
    room.sim.command(() => room.node.driver.restart(room.now + 10, 1_000));
    room.advance(5_000);
    room.pod("third");
    room.publish("third");
    room.advance(1);
    expect(answerOf(room)).toMatchObject({ ok: false, code: "Unknown" });
  });

  it("makes a call that breaks off again, three attempts in all [CSI-12.0-15]", () => {
    const { room, uid } = publishing(version);
    room.node.provider.answer = () => refusedMount("EOF", "Unavailable");
    room.publish();
    room.advance(10_000);
    const times = room.node.provider.times;
    expect(times).toHaveLength(3);
    const [low, high] = version === "1.5.6" ? [0, 1] : [0.8, 1.2];
    const waits = times.slice(1).map((t, i) => t - times[i]! - MOUNT_MS);
    for (const [i, wait] of waits.entries()) {
      const backoff = [1_000, 1_100][i]!;
      expect(wait).toBeGreaterThanOrEqual(low * backoff);
      expect(wait).toBeLessThan(high * backoff);
    }
    expect(answerOf(room)).toMatchObject({ ok: false, code: "Unavailable" });
    expect(room.file(uid)).toBeNull();
  });

  it("goes on as if nothing had been when the second attempt answers [CSI-12.0-15]", () => {
    const { room, uid } = publishing(version);
    const { provider } = room.node;
    const { answer } = provider;
    provider.answer = (request) =>
      provider.requests.length === 1
        ? refusedMount("EOF", "Unavailable")
        : answer(request);
    room.publish();
    room.advance(5_000);
    expect(answerOf(room)).toEqual({ ok: true });
    expect(room.file(uid)).toBe("v1");
  });
});

it("tells of a first mount from 1.6 on: written, or failed with upstream's error_type", () => {
  const { room } = publishing("1.6.0");
  room.node.provider.answer = () => refusedMount();
  room.publish();
  room.advance(1_000);
  expect(room.all("csi.publish.failed")[0]!.data).toMatchObject({
    first: true,
    errorType: "GRPCProviderError",
    durationMs: MOUNT_MS,
  });
  room.setSecret("v2");
  room.publish();
  room.advance(1_000);
  expect(room.all("csi.publish.written")[0]!.data).toMatchObject({
    first: true,
    errorType: "",
    error: "",
  });
  expect(room.all("csi.publish.masked")).toEqual([]);
});

describe("the hazard of an empty volume", () => {
  const tooLarge = () => refusedMount("too large", "ResourceExhausted");

  it("is off unless asked for: the next try mounts", () => {
    const { room, uid } = publishing("1.6.0");
    room.node.provider.answer = tooLarge;
    room.publish();
    room.advance(600);
    room.setSecret("v2");
    room.publish();
    room.advance(1_000);
    expect(room.file(uid)).toBe("v2");
  });

  it("takes the young directory of a failed first mount for a mounted one", () => {
    const { room, uid } = publishing("1.6.0", { emptyVolumeHazard: true });
    room.node.provider.answer = tooLarge;
    const made = room.publish();
    room.advance(600);
    room.setSecret("v2");
    room.until(made + INTERVAL_MS - 1);
    room.publish();
    room.until(made + INTERVAL_MS - 1);
    expect(answerOf(room)).toEqual({ ok: true });
    expect(room.file(uid)).toBeNull();
    expect(room.node.provider.requests).toHaveLength(1);
    room.until(made + INTERVAL_MS);
    room.publish();
    room.advance(1_000);
    expect(room.file(uid)).toBe("v2");
  });

  it("follows a deadline that ended the first mount: its directory was kept [CSI-12.1-07]", () => {
    const { room, uid } = publishing("1.6.0", {
      emptyVolumeHazard: true,
      rotationPollIntervalMs: 5 * INTERVAL_MS,
    });
    room.node.provider.answer = () => null;
    room.publish();
    room.advance(120_000);
    expect(answerOf(room)).toMatchObject({ code: "DeadlineExceeded" });
    room.setSecret("v2");
    room.advance(600);
    room.publish();
    room.advance(1_000);
    expect(answerOf(room)).toEqual({ ok: true });
    expect(room.node.volumes.isMounted(uid, "csi")).toBe(false);
  });

  it("does not follow a final error, after which the kubelet removes the directory", () => {
    const { room, uid } = publishing("1.6.0", { emptyVolumeHazard: true });
    room.node.provider.answer = () => refusedMount();
    room.publish();
    room.advance(600);
    room.setSecret("v2");
    room.publish();
    room.advance(1_000);
    expect(room.file(uid)).toBe("v2");
  });
});

it("uses the flags of the process, not a later change of the settings", () => {
  const { room, uid } = publishing("1.6.0");
  room.publish();
  room.advance(1_000);
  change(room, { rotationPollIntervalMs: 10_000, driverVersion: "1.5.6" });
  room.until(room.mtime(uid) + INTERVAL_MS - 1);
  room.publish();
  expect(room.node.provider.requests).toHaveLength(1);
  room.until(room.mtime(uid) + INTERVAL_MS + WATCH_MS);
  room.publish();
  expect(room.node.provider.requests).toHaveLength(2);
});
