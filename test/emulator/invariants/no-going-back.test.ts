import { describe, expect, test } from "vitest";
import { NoGoingBack } from "../../../src/emulator/invariants/no-going-back.ts";
import { LITERAL, Trace, V1, V2, broken, version } from "./support.ts";

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

  test("lets a secret volume start anew with a Secret that was made anew", () => {
    const trace = twoVersions()
      .secret("created", V2)
      .files({ password: V2 }, { volume: "secret", causes: [4] })
      .object("deleted", {})
      .secret("created", V1, { uid: "uid-anew" })
      .files({ password: V1 }, { volume: "secret", causes: [7] });
    expect(run(trace)).toBeNull();
    trace
      .secret("modified", V2, { uid: "uid-anew" })
      .files({ password: V2 }, { volume: "secret", causes: [9] })
      .files({ password: V1 }, { volume: "secret", causes: [7] });
    expect(run(trace)?.code).toBe("WentBack");
  });

  test("allows what an upstream finding covers", () => {
    const trace = twoVersions().files({ secret1: V2 }).files({ secret1: V1 });
    const finding = {
      name: "stale-write-back",
      covers: ({ reader }: { readonly reader: string }) =>
        reader === "default/busybox store/secret1",
    };
    expect(broken(new NoGoingBack([finding]), trace, "20m")).toBeNull();
  });
});
