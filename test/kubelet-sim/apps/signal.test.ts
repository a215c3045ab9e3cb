/** reloader.md 3.3: a sidecar that watches the directory and sends SIGHUP. */
import { expect, test } from "vitest";
import type { AppsRoom, PodOptions } from "./support.ts";
import { FILE, aRoom } from "./support.ts";

const APP = { how: "reloads-on-signal", file: FILE, sidecar: "reloader" };
const SHARED: PodOptions = {
  containers: ["main", "reloader"],
  spec: { shareProcessNamespace: true },
};

function updated(options: PodOptions): AppsRoom {
  const room = aRoom();
  room.pod(APP, options);
  room.before("10s").write(2);
  return room;
}

test("the application reads anew when the sidecar's signal has reached it", () => {
  const room = updated(SHARED);
  expect(room.until("10.019s").held).toBe("1@0s");
  expect(room.until("10.020s").held).toBe("1@0s 2@10s20ms");
  expect(room.seen("app.signalled")).toMatchObject([
    {
      at: "10s10ms",
      data: {
        container: "main",
        delivered: true,
        detail: "SIGHUP from reloader",
      },
    },
  ]);
});

test("each update is signalled", () => {
  const room = updated(SHARED);
  room.before("20s").write(3);
  expect(room.until("1m").held).toBe("1@0s 2@10s20ms 3@20s20ms");
});

test("the signal reaches nobody in a pod that does not share its processes", () => {
  const room = updated({ containers: ["main", "reloader"] });
  expect(room.until("1m").held).toBe("1@0s");
  expect(room.seen("app.signalled")).toMatchObject([
    {
      data: {
        delivered: false,
        detail:
          "reloader does not see the processes of main: the pod does not set shareProcessNamespace",
      },
    },
  ]);
});

test("nobody signals while the sidecar does not run, and what it missed it does not make up for", () => {
  const room = aRoom();
  room.pod(APP, SHARED);
  room.before("5s").end("reloader");
  room.before("10s").write(2);
  room.before("20s").start("reloader", APP, SHARED, 1);
  expect(room.until("1m").held).toBe("1@0s");
  room.write(3);
  expect(room.until("2m").held).toBe("1@0s 3@1m20ms");
});

test("the signal reaches nobody while the application does not run", () => {
  const room = aRoom();
  room.pod(APP, SHARED);
  room.before("9s").end("main");
  room.before("10s").write(2);
  room.until("1m");
  expect(room.seen("app.signalled")).toMatchObject([
    { data: { delivered: false, detail: "no process of main runs" } },
  ]);
});

test("a sidecar that pins the file by subPath hears nothing", () => {
  const mount = { name: "secrets", mountPath: FILE, subPath: "password" };
  const room = updated({ ...SHARED, mount });
  expect(room.until("1m").seen("app.signalled")).toEqual([]);
});
