/** csi-driver.md 5.4: from 1.6 on nodes write the Secret from their own files, however old those are. */
import { describe, expect, it } from "vitest";
import type { DriverRoom } from "./support.ts";
import {
  API_MS,
  INTERVAL_MS,
  MOUNT_MS,
  WATCH_MS,
  aRoom,
  refusedMount,
} from "./support.ts";

/** What a node's controller needs to replace the Secret: POST, 409, PUT. */
const PUT_MS = API_MS;
const LOOK_MS = 2 * API_MS;
const FIVE_MINUTES = 300_000;

interface Stale {
  readonly room: DriverRoom;
  /** When the second node's controller looked last. */
  readonly lookedAt: number;
}

/** Two nodes share a Secret; the first has rotated to v2, the second one's provider fails. */
function twoNodes(driverVersion = "1.6.0"): Stale {
  const room = aRoom({ nodes: 2, config: { driverVersion } });
  const [first, second] = [room.nodes[0]!, room.nodes[1]!];
  const uid = room.mounted("a", first);
  room.pod("b", "node-1");
  const seen = room.publish("b", second) + MOUNT_MS + WATCH_MS;
  room.advance(1_000);
  const lookedAt = seen + LOOK_MS;
  room.until(room.mtime(uid) + INTERVAL_MS);
  room.setSecret("v2", [first]);
  second.provider.answer = () => refusedMount();
  if (driverVersion === "1.6.0") room.publish("a", first);
  room.advance(2 * INTERVAL_MS - (room.now - lookedAt));
  return { room, lookedAt };
}

describe("driver 1.6", () => {
  it("writes the old value back when the five minutes of a node with old files end", () => {
    const { room, lookedAt } = twoNodes();
    expect(room.secret()).toBe("v2");
    const back = lookedAt + FIVE_MINUTES + PUT_MS;
    expect(room.around(back, () => room.secret())).toEqual(["v2", "v1"]);
  });

  it("says that the old version came from the other node's files", () => {
    const { room, lookedAt } = twoNodes();
    room.until(lookedAt + FIVE_MINUTES + PUT_MS);
    const written = room.secretWrites().at(-1)!;
    expect(written.data).toMatchObject({
      by: "node-1/csi-driver",
      contents: [{ ordinal: 1 }],
    });
    const origin = room
      .all("volume.switched")
      .find(({ fact }) => fact.seq === written.fact.causes[0]);
    expect(origin!.data).toMatchObject({ name: "b" });
  });

  it("flaps: the node with the new files writes the new value again after its own five minutes", () => {
    const { room } = twoNodes();
    room.advance(20 * 60_000);
    const contents = room
      .secretWrites()
      .map(({ data }) => data["contents"] as { ordinal: number }[])
      .map(([content]) => content!.ordinal);
    const turns = contents.filter((ordinal, i) => ordinal !== contents[i - 1]);
    expect(turns.slice(0, 5)).toEqual([1, 2, 1, 2, 1]);
  });

  it("writes the old value back when the driver of a node with old files restarts", () => {
    const { room } = twoNodes();
    room.nodes[1]!.driver.restart(room.now + 10, 3_000);
    const start = room.now + 3_010;
    const put = start + WATCH_MS + PUT_MS;
    expect(room.around(put, () => room.secret())).toEqual(["v2", "v1"]);
  });

  it("keeps every owner in the end: both nodes' patchers restore what the rewrites drop [CSI-12.4-12]", () => {
    const { room } = twoNodes();
    room.advance(FIVE_MINUTES);
    room.advance(5_000 + WATCH_MS);
    room.until(room.now + 30_000);
    expect([...room.owners()].sort()).toEqual(["a-default-kv", "b-default-kv"]);
  });
});

describe("driver 1.5", () => {
  it("writes nothing back: a Secret that exists is left alone by a node with old files [CSI-12.4-06]", () => {
    const { room } = twoNodes("1.5.6");
    room.advance(30 * 60_000);
    expect(room.secret()).toBe("v2");
    room.nodes[1]!.driver.restart(room.now + 10, 3_000);
    room.advance(10_000);
    expect(room.secret()).toBe("v2");
  });
});
