/** csi-driver.md 2.1, 5.1, 9 and 12.2: a driver process that ends and starts again, also as another version. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
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
} from "./support.ts";

const DOWN_MS = 3_000;

/** Stops the driver 10 ms from now; returns when the new process starts. */
function restart(room: DriverRoom, downFor = DOWN_MS): number {
  room.node.driver.restart(room.now + 10, downFor);
  return room.now + 10 + downFor;
}

describe.each([["1.5.6"], ["1.6.0"]])("driver %s", (driverVersion) => {
  it("tells when it stops and when it starts [CSI-12.2-14]", () => {
    const room = aRoom({ config: { driverVersion } });
    room.mounted();
    const start = restart(room);
    room.until(start);
    expect(room.all("csi.driver.stopped")).toMatchObject([
      { t: start - DOWN_MS, data: { node: "node-0" } },
    ]);
    expect(room.times("csi.driver.started").at(-1)).toBe(start);
  });

  it("is registered again when its caches have their lists, not before", () => {
    const room = aRoom({ config: { driverVersion } });
    room.mounted();
    const start = restart(room);
    const registered = () => room.node.driver.service.registered;
    room.until(start - DOWN_MS);
    expect(registered()).toBe(false);
    expect(room.around(start + WATCH_MS, registered)).toEqual([false, true]);
  });

  it("keeps mounts over a restart", () => {
    const room = aRoom({ config: { driverVersion } });
    const uid = room.mounted();
    room.until(restart(room) + 1_000);
    expect(room.file(uid)).toBe("v1");
  });

  it("makes the Secret of every status again, as it lists them [CSI-12.4-01]", () => {
    const room = aRoom({ config: { driverVersion } });
    room.mounted();
    const start = restart(room);
    room.advance(500);
    room.remove("secret", "app-secret");
    const made = () => room.secret();
    expect(room.around(start + WATCH_MS, made)).toEqual([null, "v1"]);
  });

  it("runs its first patcher 5 s after the start, not before [CSI-12.0-09]", () => {
    const room = aRoom({ config: { driverVersion } });
    room.mounted();
    const start = restart(room);
    room.advance(500);
    room.remove("secret", "app-secret");
    room.until(start + WATCH_MS);
    const owners = () => room.owners();
    expect(room.around(start + 5_000, owners)).toEqual([
      [],
      ["web-default-kv"],
    ]);
  });

  it("drops what was under way: tries of a write, the patcher's and the controller's", () => {
    const room = aRoom({ config: { driverVersion } });
    room.node.refusal = ({ verb }) => (verb === "create" ? null : UNREACHABLE);
    const uid = room.mounted();
    room.advance(4_000);
    const start = restart(room, 20);
    room.node.refusal = () => null;
    room.until(start + 10_000);
    expect(room.file(uid)).toBe("v1");
    expect(room.owners()).toEqual(["web-default-kv"]);
  });

  it("mounts anew after a reboot of the node, whose tmpfs are gone: newest values, the status is kept [CSI-12.1-13]", () => {
    const room = aRoom({ config: { driverVersion } });
    const uid = room.mounted();
    const status = room.get(STATUS, "web-default-kv")![
      "metadata"
    ] as JsonObject;
    room.sim.command(() => room.node.driver.stop());
    room.node.volumes.discard(uid, "csi");
    room.setSecret("v2");
    room.advance(60_000);
    room.sim.command(() => room.node.driver.start());
    room.advance(1_000);
    expect(room.file(uid)).toBeNull();
    const written = room.publish() + MOUNT_MS;
    expect(room.around(written, () => room.file(uid))).toEqual([null, "v2"]);
    room.advance(1_000);
    expect(room.get(STATUS, "web-default-kv")).toMatchObject({
      metadata: { uid: status["uid"] },
      status: { objects: [{ version: "2".repeat(32) }] },
    });
  });

  it("finds an empty directory after a reboot, and tells the pod that a file is missing", () => {
    const room = aRoom({ config: { driverVersion } });
    const uid = room.mounted();
    room.sim.command(() => room.node.driver.stop());
    room.node.volumes.discard(uid, "csi");
    room.remove("secret", "app-secret");
    room.sim.command(() => room.node.driver.start());
    room.advance(1_000);
    expect(room.messages("FailedToCreateSecret")[0]).toBe(
      "failed to get data in spc default/kv for secret app-secret, err: file matching objectName secret1 not found in the pod",
    );
  });

  it("stays down until the last of several overlapping restarts is over", () => {
    const room = aRoom({ config: { driverVersion } });
    room.mounted();
    const first = restart(room, 3_000);
    room.advance(2_000);
    const second = restart(room, 3_000);
    room.until(first + 1_000);
    expect(room.node.driver.service.registered).toBe(false);
    room.until(second);
    expect(room.times("csi.driver.started").slice(1)).toEqual([second]);
    expect(room.all("csi.driver.stopped")).toHaveLength(1);
  });

  it("hears nothing while it is down, and learns what happened from its new lists", () => {
    const room = aRoom({ config: { driverVersion } });
    room.mounted();
    const start = restart(room);
    room.advance(500);
    room.remove("secretproviderclasspodstatus", "web-default-kv");
    room.remove("secret", "app-secret");
    room.until(start + 60_000);
    expect(room.secret()).toBeNull();
  });
});

describe("generation A", () => {
  const config = { driverVersion: "1.5.6" };

  it("ticks no more while it is down, then one interval after its start [CSI-12.2-14] [CSI-12.2-15]", () => {
    const room = aRoom({ config });
    room.mounted();
    const start = restart(room, 10 * INTERVAL_MS);
    room.until(start - 10 * INTERVAL_MS);
    const before = room.times("csi.rotation.tick").length;
    const ticks = () => room.times("csi.rotation.tick").length - before;
    room.until(start);
    expect(ticks()).toBe(0);
    expect(room.around(start + INTERVAL_MS, ticks)).toEqual([0, 1]);
  });
});

describe("the caches of a new process", () => {
  it("have their lists before the controller looks at a status: it leaves the Secret alone although the reboot took its files [CSI-12.4-06]", () => {
    const room = aRoom({ config: { driverVersion: "1.5.6" } });
    const uid = room.mounted();
    room.sim.command(() => room.node.driver.stop());
    room.node.volumes.discard(uid, "csi");
    const asked = room.node.requests.length;
    room.sim.command(() => room.node.driver.start());
    room.advance(4_000);
    expect(room.messages("FailedToCreateSecret")).toEqual([]);
    expect(room.node.requests).toHaveLength(asked);
    expect(room.secret()).toBe("v1");
  });
});

describe("an upgrade from 1.5 to 1.6", () => {
  it("takes effect with the new process: until then the ticker runs, afterwards only publishes fetch", () => {
    const room = aRoom({ config: { driverVersion: "1.5.6" } });
    const uid = room.mounted();
    const tick = room.all("csi.driver.started")[0]!.data[
      "firstTickMs"
    ] as number;
    change(room, { driverVersion: "1.6.0" });
    room.until(tick + 1_000);
    expect(room.all("csi.rotation.tick")).toHaveLength(1);
    const start = restart(room);
    room.until(start + 20 * INTERVAL_MS);
    expect(room.all("csi.rotation.tick")).toHaveLength(1);
    expect(room.all("csi.driver.started").at(-1)!.data).toMatchObject({
      version: "1.6.0",
      firstTickMs: null,
    });
    const asked = room.node.provider.requests.length;
    room.setSecret("v2");
    room.publish();
    room.advance(1_000);
    expect(room.node.provider.requests).toHaveLength(asked + 1);
    expect(room.file(uid)).toBe("v2");
    expect(room.secret()).toBe("v2");
  });

  it("judges the volume by the age it has had since before the upgrade", () => {
    const room = aRoom({ config: { driverVersion: "1.5.6" } });
    const uid = room.mounted();
    change(room, { driverVersion: "1.6.0" });
    const start = restart(room);
    room.until(start + WATCH_MS);
    const due = room.mtime(uid) + INTERVAL_MS;
    room.until(due - 1);
    room.publish();
    room.advance(1_000);
    expect(room.all("csi.publish.skipped")).toHaveLength(1);
  });

  it("rewrites every Secret of the node from its files at the start, and drops their owners", () => {
    const room = aRoom({ config: { driverVersion: "1.5.6" } });
    room.mounted();
    room.advance(6_000);
    expect(room.owners()).toEqual(["web-default-kv"]);
    change(room, { driverVersion: "1.6.0" });
    const put = restart(room) + WATCH_MS + API_MS;
    expect(room.around(put, () => room.owners())).toEqual([
      ["web-default-kv"],
      [],
    ]);
  });

  it("goes back: a downgraded driver ticks again and leaves the Secret alone", () => {
    const room = aRoom();
    const uid = room.mounted();
    change(room, { driverVersion: "1.5.6" });
    const start = restart(room);
    room.setSecret("v2");
    const written = start + INTERVAL_MS + MOUNT_MS;
    expect(room.around(written, () => room.file(uid))).toEqual(["v1", "v2"]);
    room.advance(API_MS);
    expect(room.secret()).toBe("v2");
    expect(room.messages("SecretRotationComplete").length).toBe(0);
    room.advance(API_MS);
    expect(room.messages("SecretRotationComplete")).toHaveLength(1);
  });
});
