import { describe, expect, test } from "vitest";
import { WatchOrder } from "../../../src/emulator/invariants/watch-order.ts";
import { Trace, broken } from "./support.ts";

const run = (trace: Trace) => broken(new WatchOrder(), trace);

describe("watch order", () => {
  test("holds while objects are created, modified, deleted and created again", () => {
    const trace = new Trace()
      .object("created", {})
      .object("created", { name: "other", uid: "uid-other" })
      .object("modified", {})
      .object("deleted", {})
      .object("created", { uid: "uid-2" })
      .object("modified", { uid: "uid-2" });
    expect(run(trace)).toBeNull();
  });

  test.each([1, 0])(
    "breaks when a resourceVersion %i follows resourceVersion 1",
    (resourceVersion) => {
      const trace = new Trace()
        .object("created", {})
        .object("modified", { resourceVersion });
      expect(run(trace)).toEqual({
        code: "ResourceVersionOrder",
        message: `Failed to keep the invariant ResourceVersionOrder: default/Secret/app-secret was written with resourceVersion ${resourceVersion} after 1 (fact 2, api.object.modified of default/Secret/app-secret, 2024-04-29T09:00:00.000Z)`,
      });
    },
  );

  test("breaks when an object is created twice", () => {
    const trace = new Trace()
      .object("created", {})
      .object("created", { uid: "uid-2" });
    expect(run(trace)).toEqual({
      code: "ObjectLife",
      message:
        "Failed to keep the invariant ObjectLife: default/Secret/app-secret with uid uid-2 was created although the object has uid uid-secret (fact 2, api.object.created of default/Secret/app-secret, 2024-04-29T09:00:00.000Z)",
    });
  });

  test.each(["modified", "deleted"] as const)(
    "breaks when an object is %s that was never created",
    (what) => {
      expect(run(new Trace().object(what, {}))?.message).toContain(
        `default/Secret/app-secret with uid uid-secret was ${what} although there is no such object`,
      );
    },
  );

  test.each(["modified", "deleted"] as const)(
    "breaks when an object is %s after its deletion",
    (what) => {
      const trace = new Trace()
        .object("created", {})
        .object("deleted", {})
        .object(what, {});
      expect(run(trace)?.code).toBe("ObjectLife");
    },
  );

  test("breaks when the uid changes in between", () => {
    const trace = new Trace()
      .object("created", {})
      .object("modified", { uid: "uid-2" });
    expect(run(trace)?.message).toContain(
      "with uid uid-2 was modified although the object has uid uid-secret",
    );
  });
});

describe("a watch that comes back", () => {
  const resumed = (
    trace: Trace,
    at: string,
    afterMs: number,
    by = "node-0/kubelet",
    about = by,
  ) =>
    trace.line(
      "api.watch.resumed",
      { by, selection: "Pod", afterMs, failed: 1, learned: 0 },
      { at, about },
    );
  const aTrace = () => new Trace().started();
  const cut = (about: string) =>
    aTrace().fault("began", about, "1m").fault("ended", about, "2m");
  const message = (why: string, by = "node-0/kubelet") =>
    `Failed to keep the invariant WatchResumed: the watch of Pod by ${by} came back ${why}`;

  test.each([
    "apiServer",
    "watch node-0",
    "watch ",
    "link node-0 -> apiServer",
  ])("was lost while there was a fault of %s", (about) => {
    expect(run(resumed(cut(about), "3m", 60_000))).toBeNull();
    expect(run(resumed(cut(about), "3m", 120_000))).toBeNull();
    for (const lost of [59_999, 120_001])
      expect(run(resumed(cut(about), "3m", lost))?.message).toContain(
        message("although nothing had broken it"),
      );
  });

  test.each(["vault kvdemo", "watch node-1", "link node-0 -> vault"])(
    "was not lost to a fault of %s",
    (about) => {
      expect(run(resumed(cut(about), "3m", 90_000))?.code).toBe("WatchResumed");
    },
  );

  test.each([
    ["a controller", "garbage-collector"],
    ["a lane", "lane/eso"],
  ])("%s's is hit by what everybody meets alone", (_, by) => {
    const back = (about: string) => run(resumed(cut(about), "3m", 90_000, by));
    expect(back("apiServer")).toBeNull();
    expect(back("watch ")?.code).toBe("WatchResumed");
  });

  test("breaks while the watches of its node are broken", () => {
    const trace = aTrace().fault("began", "watch node-0", "1m");
    expect(run(resumed(trace, "2m", 60_000))?.message).toContain(
      message("while the watches of its node are broken"),
    );
  });

  test("may be one of several processes' of one component, each back at its time", () => {
    const back = (second: string) => {
      const about = "programs";
      const once = resumed(cut("apiServer"), "3m", 90_000, "reloader", about);
      return run(resumed(once, "4m", 150_000, second, about));
    };
    expect(back("wave")).toBeNull();
    expect(back("reloader")?.code).toBe("WatchResumed");
  });

  test("breaks when it comes back twice from one loss", () => {
    const twice = resumed(
      resumed(cut("apiServer"), "3m", 90_000),
      "4m",
      150_000,
    );
    expect(run(twice)?.message).toContain(
      message("from a loss that it had come back from before"),
    );
  });
});
