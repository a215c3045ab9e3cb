/** csi-driver.md 5.1 to 5.5 and 12.4: what a reconcile of the pod status controller writes, in both generations. */
import { describe, expect, it } from "vitest";
import { NO_REPLY } from "../../../src/cluster-sim/client/index.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aClass, aSecret, aSecretObject } from "../../support/world.ts";
import type { DriverRoom } from "./support.ts";
import {
  API_MS,
  INTERVAL_MS,
  MOUNT_MS,
  SYNCED,
  UNREACHABLE,
  WATCH_MS,
  aRoom,
} from "./support.ts";

const FIVE_MINUTES = 300_000;
const GEN_A = { config: { driverVersion: "1.5.6" } };
const MANAGED = "secrets-store.csi.k8s.io/managed";

/**
 * Runs until the pod's status is written; returns when the controller will hear of it. `meanwhile` happens while the
 * provider is asked.
 */
function statusWritten(
  room: DriverRoom,
  meanwhile: () => void = () => {},
): number {
  room.pod();
  const written = room.publish() + MOUNT_MS;
  room.until(written - 10);
  meanwhile();
  room.until(written);
  return written + WATCH_MS;
}

function metadata(room: DriverRoom): JsonObject {
  return room.get("Secret", "app-secret")!["metadata"] as JsonObject;
}

describe("driver 1.6", () => {
  it("makes the Secret when it hears of the status, from the node's files [CSI-12.4-08] [CSI-12.4-01]", () => {
    const room = aRoom();
    const seen = statusWritten(room);
    expect(room.around(seen, () => room.secret())).toEqual([null, "v1"]);
  });

  it("replaces data, type, labels and annotations of a Secret that is there, whoever made it [CSI-12.4-08]", () => {
    const labels = { team: "red" };
    const annotations = { note: "ours" };
    const room = aRoom({
      manifests: [
        aSecret(
          { password: "theirs", other: "x" },
          { metadata: { labels: { a: "b" }, annotations: { c: "d" } } },
        ),
        aClass({ secretObjects: [aSecretObject({ labels, annotations })] }),
      ],
    });
    const seen = statusWritten(room);
    room.until(seen + API_MS);
    expect(room.get("Secret", "app-secret")).toMatchObject({
      data: { password: btoa("v1") },
    });
    expect(metadata(room)["labels"]).toEqual({ ...labels, [MANAGED]: "true" });
    expect(metadata(room)["annotations"]).toEqual(annotations);
    expect(room.messages("FailedToCreateSecret")).toEqual([]);
  });

  it("rewrites the Secret every five minutes, drops its owners, and the patcher restores them within 5 s [CSI-12.4-10] [CSI-12.4-12] [CSI-12.0-08] [CSI-12.0-09]", () => {
    const room = aRoom();
    const seen = statusWritten(room);
    room.until(seen + 10_000);
    expect(room.owners()).toEqual(["web-default-kv"]);
    // The look ended with the API server's answer.
    const again = seen + API_MS + FIVE_MINUTES;
    const writes = () => room.secretWrites().length;
    // POST, 409, then PUT.
    expect(room.around(again + API_MS, writes)).toEqual([2, 3]);
    expect(room.owners()).toEqual([]);
    expect(room.secret()).toBe("v1");
    room.until(again + 5_000 + WATCH_MS);
    expect(room.owners()).toEqual(["web-default-kv"]);
    expect(writes()).toBe(4);
    // It asks for nothing between its looks.
    const asked = room.node.requests.length;
    room.until(again + 2 * API_MS + FIVE_MINUTES - 1);
    expect(room.node.requests).toHaveLength(asked);
  });

  it("judges missing owners by name: one made anew under its old name is not added [CSI-12.4-12]", () => {
    const room = aRoom();
    const uid = room.mounted();
    room.advance(5_000);
    room.unpublish(uid);
    room.remove("secretproviderclasspodstatus", "web-default-kv");
    room.advance(100);
    const before = metadata(room)["ownerReferences"];
    room.publish();
    room.advance(WATCH_MS + MOUNT_MS);
    // The rewrite has dropped the old owner; the new one comes with the next run.
    room.advance(5_100);
    const after = metadata(room)["ownerReferences"] as { uid: string }[];
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  });

  it("writes new versions into the Secret when the status changes, without an Event", () => {
    const room = aRoom();
    const uid = room.mounted();
    room.until(room.mtime(uid) + INTERVAL_MS);
    room.setSecret("v2");
    room.publish();
    // Files, then POST, GET and PUT of the status, then its watch event, POST and PUT of the Secret.
    const put = room.now + MOUNT_MS + 2 * API_MS + WATCH_MS + API_MS;
    expect(room.around(put, () => room.secret())).toEqual(["v1", "v2"]);
    expect(room.all("k8s.event")).toEqual([]);
  });

  it("follows this order: files, status, watch event, Secret without owners, owners again [CSI-12.5-02]", () => {
    const room = aRoom();
    const uid = room.mounted();
    room.advance(6_000);
    room.until(room.mtime(uid) + INTERVAL_MS);
    room.setSecret("v2");
    const from = room.now;
    room.publish();
    room.advance(5_200);
    const facts = [
      ...room.all("volume.switched"),
      ...room.all("csi.publish.written"),
      ...room.all("api.object.modified"),
    ]
      .filter(({ t }) => t >= from)
      .sort((a, b) => a.fact.seq - b.fact.seq)
      .map(({ fact, data }) => [fact.type, data["kind"] ?? null]);
    expect(facts).toEqual([
      ["volume.switched", "csi"],
      ["api.object.modified", "SecretProviderClassPodStatus"],
      ["csi.publish.written", null],
      ["api.object.modified", "Secret"],
      ["api.object.modified", "Secret"],
    ]);
    expect(room.owners()).toEqual(["web-default-kv"]);
  });

  it("says where the Secret's bytes came from, and what made it write", () => {
    const room = aRoom();
    const uid = room.mounted();
    room.until(room.mtime(uid) + INTERVAL_MS);
    room.setSecret("v2");
    room.publish();
    room.advance(200);
    const switched = room.all("volume.switched").at(-1)!.fact;
    const written = room.secretWrites().at(-1)!;
    expect(written.fact.causes[0]).toBe(switched.seq);
    expect(written.data["contents"]).toMatchObject([{ ordinal: 2 }]);
  });

  it("cannot change a Secret's type: five tries, the timeout, and again later [CSI-12.4-09] [CSI-12.0-05]", () => {
    const room = aRoom({
      manifests: [aSecret({ password: "theirs" }), typed("example.com/other")],
    });
    const seen = statusWritten(room);
    // A try is a POST and a PUT; a millisecond lies between two tries.
    const fifth = seen + 5 * 2 * API_MS + 4;
    const told = () => room.messages("FailedToCreateSecret");
    expect(room.around(fifth, told)).toEqual([
      [],
      ["timed out waiting for the condition"],
    ]);
    expect(secretRequests(room)).toHaveLength(10);
    expect(room.secret()).toBe("theirs");
    room.until(fifth + 5 + 1);
    expect(secretRequests(room)).toHaveLength(11);
  });
});

describe("driver 1.5", () => {
  it("leaves a Secret that its cache holds alone: no request at all [CSI-12.4-06]", () => {
    const room = aRoom(GEN_A);
    room.mounted();
    room.setSecret("v2");
    const asked = secretRequests(room).length;
    room.pod("second");
    room.publish("second");
    room.advance(1_000);
    expect(secretRequests(room)).toHaveLength(asked);
    expect(room.secret()).toBe("v1");
  });

  it("makes an absent Secret from the node's files, and takes an existing one for made [CSI-12.4-06] [CSI-12.4-07]", () => {
    const room = aRoom({
      ...GEN_A,
      manifests: [aSecret({ password: "theirs" }), SYNCED],
    });
    const seen = statusWritten(room);
    room.until(seen + 1_000);
    expect(room.secret()).toBe("theirs");
    expect(secretRequests(room).map(({ request }) => request.verb)).toEqual([
      "create",
    ]);
    expect(room.messages("FailedToCreateSecret")).toEqual([]);
    room.remove("secret", "app-secret");
    const again = seen + API_MS + FIVE_MINUTES;
    expect(room.around(again, () => room.secret())).toEqual([null, "v1"]);
  });
});

describe.each([["1.5.6"], ["1.6.0"]])("driver %s", (driverVersion) => {
  const config = { driverVersion, enableSecretRotation: false };

  it("tries a write five times, a millisecond apart, then tells the pod and backs off [CSI-12.0-05] [CSI-12.4-09] [CSI-12.0-07]", () => {
    const room = aRoom({ config });
    const seen = statusWritten(room);
    room.node.refusal = (request) =>
      "object" in request && request.object["kind"] === "Secret"
        ? UNREACHABLE
        : null;
    const fifth = seen + 5 * API_MS + 4;
    const told = () => room.messages("FailedToCreateSecret");
    expect(room.around(fifth, told)).toEqual([
      [],
      ["timed out waiting for the condition"],
    ]);
    const times = secretRequests(room).map(({ t }) => t - seen);
    expect(times).toEqual([0, 5, 10, 15, 20]);
    room.until(fifth + 5 + 5 * API_MS + 4 + 10 + 1);
    const later = secretRequests(room).map(({ t }) => t - fifth);
    // 5 ms after the first failure, 10 ms after the second.
    expect([later[5], later[10]]).toEqual([5, 5 + 24 + 10]);
    room.node.refusal = () => null;
    room.advance(1_000);
    expect(room.secret()).toBe("v1");
  });

  it("does not come to the next secretObject once a write has failed five times", () => {
    const secretObjects = ["a", "b"].map((secretName) =>
      aSecretObject({ secretName }),
    );
    const room = aRoom({
      config: { ...config, syncSecret: false },
      manifests: [aClass({ secretObjects })],
    });
    const seen = statusWritten(room);
    room.until(seen + 4);
    expect(room.messages("FailedToCreateSecret")).toHaveLength(1);
  });

  it("looks again after 5 s when the class is not in its cache [CSI-12.4-03] [CSI-12.0-06]", () => {
    const room = aRoom({ config });
    const seen = statusWritten(room, () =>
      room.remove("secretproviderclass", "kv"),
    );
    room.until(seen + 2_000);
    room.apply(SYNCED);
    const made = () => room.secret();
    expect(room.around(seen + 5_000, made)).toEqual([null, "v1"]);
  });

  it("comes back to a status at the next change of it when it had nothing to do [CSI-12.4-02]", () => {
    const room = aRoom({ config, manifests: [aClass()] });
    room.mounted();
    room.apply(SYNCED);
    room.advance(20 * 60_000);
    expect(room.secret()).toBeNull();
    touch(room);
    room.advance(WATCH_MS);
    expect(room.secret()).toBe("v1");
  });

  it("does not come back to a status that is gone [CSI-12.4-02]", () => {
    const room = aRoom({ config });
    room.until(statusWritten(room) + 60_000);
    room.remove("secretproviderclasspodstatus", "web-default-kv");
    room.remove("secret", "app-secret");
    room.advance(20 * 60_000);
    expect(room.secret()).toBeNull();
  });

  it("leaves a pod that has ended alone [CSI-12.4-02]", () => {
    const room = aRoom({ config });
    const seen = statusWritten(room, () => {
      const patch = { status: { phase: "Succeeded" } };
      write(room, { verb: "patchStatus", kind: "Pod", name: "web", patch });
    });
    room.until(seen + 20 * 60_000);
    expect(room.secret()).toBeNull();
    expect(room.messages("FailedToCreateSecret")).toEqual([]);
  });

  it("backs off, without a word, from a status that names another volume [CSI-12.4-04]", () => {
    const room = aRoom({ config });
    const seen = statusWritten(room);
    const { uid } = room.get("Pod", "web")!["metadata"] as { uid: string };
    const path = `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/other/mount`;
    touch(room, { targetPath: path });
    // The first look is at the status as it was written.
    room.until(seen + 1_000);
    room.remove("secret", "app-secret");
    room.advance(FIVE_MINUTES);
    expect(room.secret()).toBeNull();
    expect(room.all("k8s.event")).toEqual([]);
  });

  it("says so when the mount directory is not there, and backs off [CSI-12.4-04]", () => {
    const room = aRoom({ config });
    const seen = statusWritten(room);
    const { uid } = room.get("Pod", "web")!["metadata"] as { uid: string };
    room.unpublish(uid);
    room.until(seen + 15);
    const path = `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/csi/mount`;
    const text = `failed to get mounted files, err: open ${path}: no such file or directory`;
    const events = room.events("FailedToCreateSecret");
    expect(events[0]!.data["message"]).toBe(text);
    const gaps = events.slice(1, 3).map(({ t }, i) => t - events[i]!.t);
    expect(gaps).toEqual([5, 10]);
  });

  it("goes on after a secretObject that it cannot build, and backs off at the end [CSI-12.4-05]", () => {
    const bad = aSecretObject({
      secretName: "bad",
      data: [{ objectName: "nothing", key: "password" }],
    });
    const room = aRoom({
      config,
      manifests: [aClass({ secretObjects: [bad, aSecretObject()] })],
    });
    const seen = statusWritten(room);
    room.until(seen + API_MS + 5 - 1);
    const told = () => room.messages("FailedToCreateSecret");
    expect(told()).toHaveLength(1);
    expect(told()[0]).toBe(
      "failed to get data in spc default/kv for secret bad, err: file matching objectName nothing not found in the pod",
    );
    expect(room.secret()).toBe("v1");
    room.advance(1);
    expect(told()).toHaveLength(2);
  });

  it("looks at the status when it changes and when its timer ends, which keeps its grid [CSI-12.4-11]", () => {
    const room = aRoom({ config });
    const seen = statusWritten(room);
    room.until(seen + 60_000);
    room.remove("secret", "app-secret");
    touch(room);
    const changed = room.now + WATCH_MS;
    expect(room.around(changed, () => room.secret())).toEqual([null, "v1"]);
    room.advance(1_000);
    room.remove("secret", "app-secret");
    const timer = seen + API_MS + FIVE_MINUTES;
    expect(room.around(timer, () => room.secret())).toEqual([null, "v1"]);
  });
});

/** A class whose Secret has the type. */
function typed(type: string): JsonObject {
  return aClass({ secretObjects: [aSecretObject({ type })] });
}

function secretRequests({ node }: DriverRoom) {
  return node.requests.filter(
    ({ request }) => "object" in request && request.object["kind"] === "Secret",
  );
}

/** Somebody changes the pod's status. */
function touch(room: DriverRoom, status: JsonObject = {}): void {
  const patch = { metadata: { labels: { touched: "yes" } }, status };
  const kind = "SecretProviderClassPodStatus";
  write(room, { verb: "patch", kind, name: "web-default-kv", patch });
}

function write(
  room: DriverRoom,
  request: {
    readonly verb: "patch" | "patchStatus";
    readonly kind: string;
    readonly name: string;
    readonly patch: JsonObject;
  },
): void {
  const client = room.apiServer.client("somebody");
  room.sim.command(() =>
    client.call({ ...request, namespace: "default" }, NO_REPLY),
  );
}
