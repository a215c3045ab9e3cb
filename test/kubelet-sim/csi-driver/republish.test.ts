/** csi-driver.md 1.3, 2.3, 7.3 and 12.3: what a driver from 1.6 on does when the kubelet publishes a volume again. */
import { describe, expect, it } from "vitest";
import type { ApiRequest } from "../../../src/cluster-sim/ports.ts";
import type { DriverRoom } from "./support.ts";
import {
  API_MS,
  INTERVAL_MS,
  MOUNT_MS,
  STATUS,
  UNREACHABLE,
  WATCH_MS,
  aRoom,
  refusedMount,
} from "./support.ts";

const OUTCOMES = ["skipped", "unchanged", "written", "masked", "failed"];

/** How the publishes ended, in order. */
function outcomes(room: DriverRoom): string[] {
  return OUTCOMES.flatMap((outcome) =>
    room.all(`csi.publish.${outcome}`).map(({ t }) => ({ t, outcome })),
  )
    .sort((a, b) => a.t - b.t)
    .map(({ outcome }) => outcome);
}

function lastAnswer(room: DriverRoom) {
  return room.answers.at(-1)!.reply;
}

/** A mounted volume that is due: the next publish fetches. */
function due(): { readonly room: DriverRoom; readonly uid: string } {
  const room = aRoom();
  const uid = room.mounted();
  room.until(room.mtime(uid) + INTERVAL_MS);
  return { room, uid };
}

describe("the age check", () => {
  it("answers OK without a fetch as long as the mount is younger than the interval, and fetches from then on [CSI-12.3-01] [CSI-12.1-10]", () => {
    const room = aRoom();
    const uid = room.mounted();
    const m = room.mtime(uid);
    const fetches = () => room.node.provider.requests.length;
    room.until(m + INTERVAL_MS - 1);
    room.publish();
    expect(fetches()).toBe(1);
    room.until(m + INTERVAL_MS - 1);
    expect(room.answers.at(-1)).toMatchObject({
      t: m + INTERVAL_MS - 1,
      reply: { ok: true },
    });
    expect(outcomes(room)).toEqual(["written", "skipped"]);
    room.until(m + INTERVAL_MS);
    room.publish();
    expect(fetches()).toBe(2);
  });

  it("turns due at the interval's last instant, not before [CSI-12.3-02] [CSI-12.0-01] [CSI-12.1-11]", () => {
    for (const [age, fetches] of [
      [INTERVAL_MS - 1, 1],
      [INTERVAL_MS, 2],
    ] as const) {
      const room = aRoom();
      const uid = room.mounted();
      room.until(room.mtime(uid) + age);
      room.publish();
      expect(room.node.provider.requests).toHaveLength(fetches);
    }
  });

  it("counts from the last change of the files: a fetch that finds nothing new does not move it, so every publish fetches [CSI-12.3-05]", () => {
    const { room, uid } = due();
    const m = room.mtime(uid);
    for (let i = 0; i < 3; i++) {
      room.publish();
      room.advance(61_000);
    }
    expect(outcomes(room).slice(1)).toEqual(Array(3).fill("unchanged"));
    expect(room.node.provider.requests).toHaveLength(4);
    expect(room.mtime(uid)).toBe(m);
    // The identical PUT of the status changes nothing.
    expect(
      room
        .all("api.object.modified")
        .filter(({ data }) => data["kind"] === STATUS),
    ).toEqual([]);
  });

  it("rests for one interval after new content, then fetches again [CSI-12.3-06]", () => {
    const { room, uid } = due();
    room.setSecret("v2");
    room.publish();
    const written = room.now + MOUNT_MS;
    expect(room.around(written, () => room.file(uid))).toEqual(["v1", "v2"]);
    expect(room.mtime(uid)).toBe(written);
    room.until(written + INTERVAL_MS - 1);
    room.publish();
    room.until(written + INTERVAL_MS);
    room.publish();
    room.advance(1_000);
    expect(outcomes(room)).toEqual([
      "written",
      "written",
      "skipped",
      "unchanged",
    ]);
  });

  it("lets a new version of equal bytes alone: the status follows, the files and their age do not [CSI-12.3-05]", () => {
    const { room, uid } = due();
    const m = room.mtime(uid);
    room.setSecret("v1");
    room.publish();
    room.advance(1_000);
    expect(outcomes(room)).toEqual(["written", "unchanged"]);
    expect(room.mtime(uid)).toBe(m);
    expect(room.get(STATUS, "web-default-kv")).toMatchObject({
      status: { objects: [{ version: "2".repeat(32) }] },
    });
  });

  it("is not asked while rotation is off: a mounted volume is OK at once [CSI-12.1-10]", () => {
    const room = aRoom({ config: { enableSecretRotation: false } });
    room.mounted();
    room.advance(10 * INTERVAL_MS);
    room.publish();
    expect(room.node.provider.requests).toHaveLength(1);
    room.advance(1);
    expect(lastAnswer(room)).toEqual({ ok: true });
    expect(outcomes(room)).toEqual(["written", "skipped"]);
  });

  it("belongs to 1.6: a driver of 1.5 answers OK for a mounted volume, however old [CSI-12.1-12]", () => {
    const room = aRoom({ config: { driverVersion: "1.5.6" } });
    room.mounted();
    room.advance(INTERVAL_MS / 2);
    const before = room.node.provider.requests.length;
    room.publish();
    expect(room.node.provider.requests).toHaveLength(before);
    room.advance(1);
    expect(lastAnswer(room)).toEqual({ ok: true });
    expect(outcomes(room)).toEqual(["written", "skipped"]);
  });

  it("ends with the volume: a publish after the unmount is a first mount again [CSI-12.3-07]", () => {
    const { room, uid } = due();
    room.unpublish(uid);
    room.advance(10);
    expect(room.file(uid)).toBeNull();
    const published = outcomes(room).length;
    room.advance(10 * INTERVAL_MS);
    expect(outcomes(room)).toHaveLength(published);
    room.publish();
    room.advance(1_000);
    expect(room.all("csi.publish.written").at(-1)!.data["first"]).toBe(true);
  });
});

describe("a remount that fails", () => {
  it.each<[string, Parameters<typeof refusedMount>]>([
    ["403", ["failed to mount objects, error: RESPONSE 403: 403 Forbidden"]],
    ["404", ["failed to mount objects, error: RESPONSE 404: 404 Not Found"]],
    ["429", ["failed to mount objects, error: RESPONSE 429: 429 Too Many"]],
    ["an answer that is too large", ["received message", "ResourceExhausted"]],
  ])(
    "is masked at the provider: %s, and comes back at the next publish [CSI-12.3-04]",
    (_, mount) => {
      const { room, uid } = due();
      const m = room.mtime(uid);
      room.node.provider.answer = () => refusedMount(...mount);
      room.publish();
      room.advance(MOUNT_MS);
      expect(lastAnswer(room)).toEqual({ ok: true });
      expect(room.all("csi.publish.masked")[0]!.data).toMatchObject({
        errorType: "GRPCProviderError",
        error: expect.stringContaining(mount[0]!),
        durationMs: MOUNT_MS,
        first: false,
      });
      expect([room.file(uid), room.mtime(uid)]).toEqual(["v1", m]);
      room.setSecret("v2");
      room.advance(5 * INTERVAL_MS);
      expect(room.file(uid)).toBe("v1");
      room.publish();
      room.advance(MOUNT_MS);
      expect(room.file(uid)).toBe("v2");
      expect(room.all("k8s.event")).toEqual([]);
    },
  );

  it("is masked after two minutes when the provider hangs [CSI-12.3-04] [CSI-12.0-14]", () => {
    const { room, uid } = due();
    room.node.provider.answer = () => null;
    room.publish();
    const answered = room.answers.length;
    const end = room.now + 120_000;
    expect(room.around(end, () => room.answers.length)).toEqual([
      answered,
      answered + 1,
    ]);
    expect(lastAnswer(room)).toEqual({ ok: true });
    expect(room.all("csi.publish.masked")[0]!.data).toMatchObject({
      errorType: "GRPCProviderError",
      error: "context deadline exceeded",
    });
    expect(room.file(uid)).toBe("v1");
  });

  it("is masked at the write: a path that the writer refuses [CSI-12.3-04]", () => {
    const { room, uid } = due();
    const { answer } = room.node.provider;
    room.node.provider.answer = (request) => {
      const reply = answer(request)!;
      if (!reply.ok) return reply;
      const files = reply.files.map((file) => ({ ...file, path: "../up" }));
      return { ...reply, files };
    };
    room.publish();
    room.advance(MOUNT_MS);
    expect(lastAnswer(room)).toEqual({ ok: true });
    expect(room.all("csi.publish.masked")[0]!.data["errorType"]).toBe(
      "FileWriteError",
    );
    expect(room.file(uid)).toBe("v1");
  });

  it("is masked at the pod status, with the new files in place [CSI-12.3-04]", () => {
    const { room, uid } = due();
    room.setSecret("v2");
    room.node.refusal = () => UNREACHABLE;
    room.publish();
    room.advance(MOUNT_MS + API_MS);
    expect(lastAnswer(room)).toEqual({ ok: true });
    expect(room.all("csi.publish.masked")[0]!.data).toMatchObject({
      errorType: "",
      error: `failed to create secret provider class pod status for pod default/web, err: ${UNREACHABLE.message}`,
    });
    expect(room.file(uid)).toBe("v2");
    expect(room.secret()).toBe("v1");
  });

  it("is not masked before the provider is asked: a class that was deleted fails the running pod's publish [CSI-12.3-03]", () => {
    const { room, uid } = due();
    room.remove("secretproviderclass", "kv");
    room.advance(WATCH_MS);
    const asked = room.node.provider.requests.length;
    room.publish();
    room.advance(1);
    expect(lastAnswer(room)).toEqual({
      ok: false,
      code: "Unknown",
      desc: 'failed to get secretproviderclass default/kv, error: SecretProviderClass.secrets-store.csi.x-k8s.io "kv" not found',
    });
    expect(room.all("csi.publish.failed")[0]!.data).toMatchObject({
      errorType: "SecretProviderClassNotFound",
      first: false,
    });
    expect(room.file(uid)).toBe("v1");
    expect(room.node.provider.requests).toHaveLength(asked);
  });

  it("breaks off with the process: the kubelet hears of it, the files stay", () => {
    const { room, uid } = due();
    room.node.provider.answer = () => null;
    room.publish();
    room.advance(10);
    room.sim.command(() => room.node.driver.stop());
    room.advance(1);
    expect(lastAnswer(room)).toEqual({
      ok: false,
      code: "Unavailable",
      desc: "error reading from server: EOF",
    });
    expect(room.file(uid)).toBe("v1");
    expect(outcomes(room)).toEqual(["written"]);
  });
});

describe("the way of a remount", () => {
  it("writes the status by POST, GET and PUT after the files [CSI-12.3-06]", () => {
    const { room } = due();
    room.setSecret("v2");
    const before = room.node.requests.length;
    room.publish();
    const at = room.now + MOUNT_MS;
    room.advance(1_000);
    const verbs = room.node.requests
      .slice(before)
      .filter(({ request }) => kindOf(request) === STATUS)
      .map(({ t, request }) => [request.verb, t - at]);
    expect(verbs).toEqual([
      ["create", 0],
      ["get", API_MS],
      ["update", 2 * API_MS],
    ]);
    expect(room.all("csi.publish.written").at(-1)!.data["durationMs"]).toBe(
      MOUNT_MS + 3 * API_MS,
    );
  });

  it("emits no Event and ticks no ticker", () => {
    const { room } = due();
    room.setSecret("v2");
    room.publish();
    room.advance(10 * INTERVAL_MS);
    expect(room.all("k8s.event")).toEqual([]);
    expect(room.all("csi.rotation.tick")).toEqual([]);
    expect(room.all("csi.driver.started")[0]!.data).toMatchObject({
      version: "1.6.0",
      rotation: true,
      firstTickMs: null,
    });
  });

  it("uses the credentials that the kubelet sends, labelled or not", () => {
    const { room } = due();
    const secrets = { clientid: "a-client" };
    room.publish("web", room.node, { secrets });
    expect(room.node.provider.requests.at(-1)!.request).toMatchObject({
      nodePublishSecrets: secrets,
      serviceAccountTokens: ["api://AzureADTokenExchange"],
    });
  });

  it("keeps labels of others on the status, and refuses to overwrite a newer one", () => {
    const { room } = due();
    const status = room.get(STATUS, "web-default-kv")!;
    room.apply({
      ...status,
      metadata: {
        name: "web-default-kv",
        namespace: "default",
        labels: {
          team: "red",
          "internal.secrets-store.csi.k8s.io/node-name": "node-0",
        },
      },
    });
    room.setSecret("v2");
    room.publish();
    room.advance(1_000);
    expect(room.get(STATUS, "web-default-kv")).toMatchObject({
      metadata: { labels: { team: "red" } },
      status: { objects: [{ version: "2".repeat(32) }] },
    });
  });
});

function kindOf(request: ApiRequest): unknown {
  return "object" in request ? request.object["kind"] : request.kind;
}
