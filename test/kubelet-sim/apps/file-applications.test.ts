/** reloader.md 3: applications that read a file or a variable, three updates apart. */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { AppsRoom, PodOptions } from "./support.ts";
import { FILE, aRoom, contentOf, withVariable } from "./support.ts";

/** A room where an application started at 0 with v1, and v2, v3 and v4 come 1.5 s apart from 10 s on. */
function updated(app: JsonObject, options: PodOptions = {}): AppsRoom {
  const room = aRoom();
  room.pod({ file: FILE, ...app }, options);
  for (const [ordinal, at] of [
    [2, "10s"],
    [3, "11.5s"],
    [4, "13s"],
  ] as const)
    room.before(at).write(ordinal);
  return room.until("10m");
}

describe("an application", () => {
  test("that reads once holds what it read when it started", () => {
    expect(updated({ how: "reads-once" }).held).toBe("1@0s");
  });

  test("that watches the directory hears each update", () => {
    const room = updated({ how: "watches-directory" });
    expect(room.held).toBe("1@0s 2@10s10ms 3@11s510ms 4@13s10ms");
    expect(room.seen("app.deaf")).toEqual([]);
  });

  test.each([
    ["watches-file", "file"],
    ["watches-data-link", "directory behind ..data"],
  ])("that %s hears the first update and is deaf from then on", (how, what) => {
    const room = updated({ how });
    expect(room.held).toBe("1@0s 2@10s10ms");
    expect(room.seen("app.deaf")).toMatchObject([
      {
        at: "10s",
        data: {
          detail: `the watch ended with the ${what} that it was on`,
        },
      },
    ]);
  });

  test("that is deaf hears again when its container has started anew", () => {
    const app = { how: "watches-file", file: FILE };
    const room = aRoom();
    room.pod(app);
    room.before("10s").write(2);
    room.before("20s").write(3);
    room.before("30s").end();
    room.start("main", app, {}, 1);
    room.before("40s").write(4);
    room.before("50s").write(5);
    expect(room.until("60s").held).toBe("1@0s 2@10s10ms 3@30s 4@40s10ms");
  });

  test("that polls the file finds an update at its next look, and nothing before", () => {
    const room = aRoom();
    room.pod({ how: "polls-file", file: FILE, every: "30s" });
    room.before("31s").write(2);
    const looks = (until: string) => [room.until(until).held];
    expect(looks("59.999s")).toEqual(["1@0s"]);
    expect(looks("1m")).toEqual(["1@0s 2@1m"]);
    expect(room.until("2m").seen("app.looked")).toMatchObject([
      { at: "30s", data: { outcome: "unchanged" } },
      { at: "1m30s", data: { outcome: "unchanged" } },
      { at: "2m", data: { outcome: "unchanged" } },
    ]);
  });

  test("that polls the file and is told no interval looks every five minutes", () => {
    const room = aRoom();
    room.pod({ how: "polls-file", file: FILE });
    room.write(2);
    room.until("299.999s");
    expect(room.held).toBe("1@0s");
    expect(room.until("5m").held).toBe("1@0s 2@5m");
  });

  test("that reads at each use has an update at its next use", () => {
    const room = aRoom();
    room.pod({ how: "reads-each-use", file: FILE, every: "30s" });
    room.before("31s").write(2);
    expect(room.until("59.999s").held).toBe("1@0s");
    expect(room.until("1m").held).toBe("1@0s 2@1m");
    expect(room.until("1h").seen("app.looked")).toEqual([]);
  });

  test("that polls a file of a subPath mount never finds anything new", () => {
    const subPath = "password";
    const pinned = {
      mountPath: FILE,
      volume: "secrets",
      subPath,
      file: { path: "password", bytes: new Uint8Array(), mode: 0o644 },
    };
    const room = updated(
      { how: "polls-file", every: "10s" },
      {
        mount: { name: "secrets", mountPath: FILE, subPath },
        config: {
          env: [],
          pinned: [
            { ...pinned, file: { ...pinned.file, content: contentOf(1) } },
          ],
        },
      },
    );
    expect(room.held).toBe("1@0s");
    expect(room.seen("app.looked")).toHaveLength(60);
  });

  test("that reads a variable at each use never finds anything new", () => {
    const room = aRoom();
    room.pod(
      { how: "reads-each-use", env: "PASSWORD" },
      { config: withVariable("PASSWORD", 1) },
    );
    room.before("10s").write(2);
    expect(room.until("10m").held).toBe("1@0s");
    expect(room.seen("app.holds")[0]!.data).toMatchObject({
      reads: "env PASSWORD",
      source: "Secret/app",
      resourceVersion: "7",
    });
  });

  test("that finds no file says so in the words of its system", () => {
    const room = aRoom();
    room.pod({ how: "reads-once", file: "/mnt/secrets/pasword" });
    expect(room.seen("app.looked")).toMatchObject([
      {
        data: {
          outcome: "failed",
          error: "open /mnt/secrets/pasword: no such file or directory",
        },
      },
    ]);
    expect(room.apps.runningApp("uid-web")).toEqual({ content: null });
  });

  test("that cannot watch a file that is not there is deaf from the start", () => {
    const room = aRoom();
    room.pod({ how: "watches-file", file: "/mnt/secrets/later" });
    room.before("10s").write(2, "web", "later");
    expect(room.until("1m").held).toBe("");
    expect(room.seen("app.deaf")).toMatchObject([
      {
        at: "0s",
        data: {
          detail: "no watch on /mnt/secrets/later: no such file or directory",
        },
      },
    ]);
  });

  test("whose annotation cannot be read is none", () => {
    const room = aRoom();
    const uid = room.pod("{how: reads-twice}");
    expect(room.seen("app.started")).toEqual([]);
    expect(room.apps.runningApp(uid)).toBeNull();
  });

  test("begins and ends with its container, and forgets what it held", () => {
    const room = aRoom();
    const uid = room.pod({ how: "reads-once", file: FILE });
    expect(room.apps.runningApp(uid)).toMatchObject({
      content: { ordinal: 1 },
    });
    room.before("10s").end();
    expect(room.seen("app.started", "app.ended")).toMatchObject([
      {
        at: "0s",
        type: "app.started",
        data: { app: "reads-once", reads: FILE, everyMs: null },
      },
      { at: "10s", type: "app.ended" },
    ]);
    expect(room.apps.runningApp(uid)).toBeNull();
  });

  test("holds its value by where it came from, and by what made it look", () => {
    const room = aRoom();
    room.pod({ how: "watches-directory", file: FILE });
    room.before("10s").write(2);
    room.until("1m");
    const [, write] = room.seen("volume.switched");
    const [, held] = room.seen("app.holds");
    expect(write!.at).toBe("10s");
    expect(held!.causes).toEqual([room.seqOf("volume.switched", 1)]);
  });
});
