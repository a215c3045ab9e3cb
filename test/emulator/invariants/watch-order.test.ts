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
