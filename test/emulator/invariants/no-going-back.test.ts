import { describe, expect, test } from "vitest";
import type { LineParts } from "./support.ts";
import { NoGoingBack } from "../../../src/emulator/invariants/no-going-back.ts";
import {
  LITERAL,
  Trace,
  V1,
  V2,
  broken,
  fromSecret,
  version,
} from "./support.ts";

const run = (trace: Trace) => broken(new NoGoingBack(), trace, "20m");
const twoVersions = () => new Trace().set(V1).set(V2).pod();
const byId = { uri: `/secrets/secret1/${V1.version}?api-version=7.4` };

describe("no going back", () => {
  test("holds while every reader goes to newer versions", () => {
    const trace = twoVersions()
      .files({ secret1: V1 })
      .files({ secret1: V2 })
      .secret("created", V1)
      .secret("modified", V2);
    expect(run(trace)).toBeNull();
  });

  test.each(["volume.switched", "volume.verified"])(
    "breaks when a file goes back by %s",
    (type) => {
      const trace = twoVersions()
        .files({ secret1: V2 })
        .files({ secret1: V1 }, { type, at: "5m" });
      expect(run(trace)).toEqual({
        code: "WentBack",
        message: `Failed to keep the invariant WentBack: default/busybox store/secret1 went back from v2 to v1 of kvdemo/secrets/secret1, which nobody asked for by its id (fact 5, ${type} of default/busybox, 2024-04-29T09:05:00.000Z)`,
      });
    },
  );

  test("breaks when a key of a Secret goes back", () => {
    const trace = twoVersions().secret("created", V2).secret("modified", V1);
    expect(run(trace)).toEqual({
      code: "WentBack",
      message:
        "Failed to keep the invariant WentBack: default/Secret/app-secret password went back from v2 to v1 of kvdemo/secrets/secret1, which nobody asked for by its id (fact 5, api.object.modified of default/Secret/app-secret, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("breaks when a file goes back after it was gone for a while", () => {
    const trace = twoVersions()
      .files({ secret1: V2 })
      .files({})
      .files({ secret1: V1 });
    expect(run(trace)?.code).toBe("WentBack");
  });

  test("breaks when a literal goes back", () => {
    const trace = new Trace()
      .secret("created", { ...LITERAL, version: "b", ordinal: 2 })
      .secret("modified", LITERAL);
    expect(run(trace)?.code).toBe("WentBack");
  });

  test("is said at the first fact of the next hour, when no open run can explain it any more", () => {
    const trace = twoVersions()
      .files({ secret1: V2 })
      .files({ secret1: V1 }, { at: "5m" })
      .podIs("running");
    expect(broken(new NoGoingBack(), trace)).toBeNull();
    trace.line("command", {}, { at: "59m59s" });
    expect(broken(new NoGoingBack(), trace)).toBeNull();
    trace.line("command", {}, { at: "60m" });
    expect(broken(new NoGoingBack(), trace)?.code).toBe("WentBack");
  });

  test("goes by the order in which the vault made versions, not by ordinals", () => {
    const again = version(1);
    const trace = new Trace()
      .set(V2)
      .set(again)
      .pod()
      .files({ secret1: V2 })
      .files({ secret1: again });
    expect(run(trace)).toBeNull();
  });

  test("compares each pod, path and object with itself only", () => {
    const other = version(7, "kvdemo/secrets/secret2");
    const trace = twoVersions()
      .set(other)
      .files({ secret1: V2 })
      .files({ secret1: V1 }, { uid: "uid-2" })
      .files({ secret1: other, "secret1-old": V1 });
    expect(run(trace)).toBeNull();
  });

  test("forgets a volume that was unmounted and a Secret that was deleted", () => {
    const trace = twoVersions()
      .files({ secret1: V2 })
      .unmounted()
      .files({ secret1: V1 })
      .secret("created", V2)
      .object("deleted", {})
      .secret("created", V1);
    expect(run(trace)).toBeNull();
  });

  test.each(["before", "after"])(
    "allows a version that a pod of the namespace asked for by its id, written %s the step",
    (when) => {
      const trace = twoVersions();
      if (when === "before") trace.request(V1, byId);
      trace.files({ secret1: V2 }).files({ secret1: V1 });
      if (when === "after") trace.request(V1, byId);
      expect(run(trace)).toBeNull();
    },
  );

  test("does not allow it when a pod of another namespace asked, or when the newest was asked for", () => {
    const trace = twoVersions()
      .request(V1, { ...byId, pod: "other/busybox" })
      .request(V1)
      .files({ secret1: V2 })
      .files({ secret1: V1 });
    expect(run(trace)?.code).toBe("WentBack");
  });

  test("lets a Secret that was made anew start with an older version", () => {
    const trace = twoVersions()
      .secret("created", V2)
      .object("deleted", {})
      .secret("created", V1, { uid: "uid-anew" });
    expect(run(trace)).toBeNull();
    trace
      .secret("modified", V2, { uid: "uid-anew" })
      .secret("modified", V1, { uid: "uid-anew" });
    expect(run(trace)?.code).toBe("WentBack");
  });

  test("breaks when a key of a ConfigMap goes back", () => {
    const settings = { kind: "ConfigMap", name: "settings" };
    const older = { ...LITERAL, version: "a" };
    const newer = { ...LITERAL, version: "b", ordinal: 2 };
    const content = (held: typeof LITERAL) => ({
      ...settings,
      contents: [{ key: "level", ...held }],
    });
    const trace = new Trace()
      .object("created", content(newer))
      .object("modified", content(older));
    expect(run(trace)?.message).toContain(
      "default/ConfigMap/settings level went back from v2 to v1",
    );
  });

  test("allows what an upstream finding covers, and nothing without one", () => {
    const trace = twoVersions().files({ secret1: V2 }).files({ secret1: V1 });
    const finding = {
      name: "any",
      covers: ({ reader }: { readonly reader: string }) =>
        reader === "default/busybox store/secret1",
    };
    expect(broken(new NoGoingBack([finding]), trace, "20m")).toBeNull();
    expect(broken(new NoGoingBack([]), trace, "20m")?.code).toBe("WentBack");
  });
});

describe("what the kubelet reads from an object", () => {
  const secretFiles = (resourceVersion: number, held = V1) =>
    [
      { password: fromSecret(held, resourceVersion) },
      { volume: "secret" },
    ] as const;

  test("may go back with it, but not to a resourceVersion before", () => {
    const trace = twoVersions()
      .files(...secretFiles(4, V2))
      .files(...secretFiles(5, V1));
    expect(run(trace)).toBeNull();
    expect(run(trace.files(...secretFiles(4, V2)))).toEqual({
      code: "WentBack",
      message:
        "Failed to keep the invariant WentBack: default/busybox secret/password went back from resourceVersion 5 to 4 of Secret/app-secret (fact 6, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("holds for each source of a projected volume by itself", () => {
    const settings = { ...fromSecret(V1, 3), source: "ConfigMap/settings" };
    const trace = twoVersions()
      .files(...secretFiles(5))
      .files({ level: settings }, { volume: "secret" });
    expect(run(trace)).toBeNull();
  });

  test("breaks when a new container reads an older resourceVersion than the one before", () => {
    const trace = twoVersions()
      .created(0, { password: fromSecret(V2, 5) })
      .created(1, { password: fromSecret(V2, 5) });
    expect(run(trace)).toBeNull();
    trace.created(2, { password: fromSecret(V2, 4) });
    expect(run(trace)?.message).toContain(
      "default/busybox app/$PASSWORD went back from resourceVersion 5 to 4 of Secret/app-secret",
    );
  });
});

describe("write-back", () => {
  /** A pod on node-0 whose files hold `held`, and a Secret that goes from v2 to v1. */
  const wroteBack = (
    held: typeof V1,
    { version: driver = "1.6.0", by = "node-0/csi-driver" } = {},
  ) =>
    twoVersions()
      .driver(true, "0s", driver)
      .files({ secret1: held })
      .secret("created", V2, { by: "node-1/csi-driver" })
      .secret("modified", V1, { by });

  test("is allowed to a driver from 1.6 on whose own files hold the version", () => {
    expect(run(wroteBack(V1))).toBeNull();
    expect(run(wroteBack(V2))?.code).toBe("WentBack");
    for (const by of ["node-1/csi-driver", "kubectl", "node-0/kubelet"])
      expect([by, run(wroteBack(V1, { by }))?.code]).toEqual([by, "WentBack"]);
  });

  test("is allowed for a minute after the files have changed: a write may be under way", () => {
    const late = (at: string) =>
      twoVersions()
        .driver(true, "0s", "1.6.0")
        .secret("created", V2)
        .files({ secret1: V1 })
        .files({ secret1: V2 }, { at: "1m" })
        .line("command", {}, { at })
        .secret("modified", V1, { by: "node-0/csi-driver" });
    expect(run(late("2m"))).toBeNull();
    expect(run(late("2m1ms"))?.code).toBe("WentBack");
  });

  test("is allowed to one up to 1.5 only while a reconcile that fetched before may still be at work", () => {
    const late = (at: string, held = V1) =>
      new Trace()
        .set(V1)
        .pod()
        .driver()
        .files({ secret1: held })
        .set(V2, { at: "10m" })
        .secret("created", V2, { by: "node-1/csi-driver" })
        .line("command", {}, { at })
        .secret("modified", V1, { by: "node-0/csi-driver" });
    expect(run(late("16m"))).toBeNull();
    expect(run(late("16m1ms"))?.code).toBe("WentBack");
    expect(run(late("11m", version(3)))?.code).toBe("WentBack");
  });

  test("lets a rotation up to 1.5 take files back that a mount has just brought", () => {
    const where = "node-0/csi-driver";
    const rotated = (at: string, parts: LineParts = { where }) =>
      new Trace()
        .set(V1)
        .pod()
        .driver()
        .set(V2, { at: "10m" })
        .files({ secret1: V2 }, { where })
        .files({ secret1: V1 }, { ...parts, at });
    expect(run(rotated("16m"))).toBeNull();
    expect(run(rotated("16m1ms"))?.code).toBe("WentBack");
    expect(run(rotated("11m", { where: "node-0/kubelet" }))?.code).toBe(
      "WentBack",
    );
    const mounted = new Trace()
      .set(V1)
      .pod()
      .driver()
      .files({ secret1: V1 }, { where })
      .set(V2, { at: "10m" })
      .files({ secret1: V2 }, { where })
      .files({ secret1: V1 }, { where, at: "11m" });
    expect(run(mounted)?.code).toBe("WentBack");
  });

  test("covers no file that goes back", () => {
    const trace = twoVersions()
      .driver(true, "0s", "1.6.0")
      .files({ secret1: V2 }, { where: "node-0/csi-driver" })
      .files({ secret1: V1 }, { where: "node-0/csi-driver" });
    expect(run(trace)?.code).toBe("WentBack");
  });
});
