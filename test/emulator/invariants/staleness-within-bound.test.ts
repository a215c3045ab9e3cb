import { describe, expect, test } from "vitest";
import { StalenessWithinBound } from "../../../src/emulator/invariants/staleness-within-bound.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import { Trace, V1, V2, aRun, broken, fromSecret } from "./support.ts";

const run = (trace: Trace, end: string) =>
  broken(new StalenessWithinBound(), trace, end);

/** A pod whose CSI file holds v1 when v2 is set at 10m; the driver polls every 2m, so the limit is 4m. */
function stale({ rotation = true, driver = "1.5.6", held = V1 } = {}) {
  return new Trace()
    .started()
    .driver(rotation, "0s", driver)
    .set(V1)
    .pod()
    .files({ secret1: held })
    .status("created")
    .set(V2, { at: "10m" });
}

/** A driver from 1.6 on: two syncs of 91.2 s at the most, and the time of the mount. */
const republishing = (parts = {}) => stale({ driver: "1.6.0", ...parts });
const ofPod = { namespace: "default", name: "busybox", uid: "uid-1" };
const failed = { ...ofPod, error: "no", backoffMs: 0 };

describe("a file under a driver up to 1.5", () => {
  test("holds for twice the poll interval, and breaks 1 ms later", () => {
    expect(run(stale(), "14m")).toBeNull();
    expect(run(stale(), "14m1ms")).toEqual({
      code: "StaleBeyondBound",
      message:
        "Failed to keep the invariant StaleBeyondBound: default/busybox store/secret1 held v1 of kvdemo/secrets/secret1 4m1ms after the driver of node-0, which polls every 2m, could read v2 (limit 4m) (fact 5, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("ends with a switch, and with a verification of equal bytes", () => {
    for (const type of ["volume.switched", "volume.verified"]) {
      const trace = stale().files({ secret1: V2 }, { at: "11m", type });
      expect(run(trace, "1h")).toBeNull();
    }
  });

  test("does not end with a secret volume of the same object", () => {
    const trace = stale().files({ p: V2 }, { volume: "secret" });
    expect(run(trace, "1h")?.code).toBe("StaleBeyondBound");
  });

  test("is excused while rotation is off", () => {
    expect(run(stale({ rotation: false }), "1h")).toBeNull();
  });

  test("counts from the start of the driver that has rotation on", () => {
    const trace = stale({ rotation: false })
      .line("command", {}, { at: "20m" })
      .driver(true, "20m");
    expect(run(trace, "24m")).toBeNull();
    expect(run(trace, "24m1ms")?.code).toBe("StaleBeyondBound");
  });

  test.each(["csi.rotation.failed", "volume.failed"])(
    "counts from the last %s of the pod",
    (type) => {
      const trace = stale().line(type, failed, { at: "20m" });
      expect(run(trace, "24m")).toBeNull();
      expect(run(trace, "24m1ms")?.code).toBe("StaleBeyondBound");
    },
  );

  test("counts from the last change of access and of settings", () => {
    const access = stale().line(
      "vault.access.changed",
      { vault: "kvdemo", mode: "open", policies: 0 },
      { at: "20m" },
    );
    expect(run(access, "24m")).toBeNull();
    expect(run(access, "24m1ms")?.code).toBe("StaleBeyondBound");
    const { facts } = stale();
    const settings = stale().line("settings.changed", facts[0]!.data, {
      at: "20m",
    });
    // Rolled out 30 s later, node after node, 3 s each.
    expect(run(settings, "24m33s")).toBeNull();
    expect(run(settings, "24m33s1ms")?.code).toBe("StaleBeyondBound");
  });

  test("counts from the end of a back-off", () => {
    const backingOff = { ...failed, backoffMs: 122_000 };
    const trace = stale().line("volume.failed", backingOff, { at: "20m" });
    expect(run(trace, "26m2s")).toBeNull();
    expect(run(trace, "26m2s1ms")?.code).toBe("StaleBeyondBound");
  });

  test("is excused while the newest version cannot be read", () => {
    const { object, version, ordinal } = V2;
    const secret = { vault: "kvdemo", name: "secret1" };
    const updated = { ...secret, version, ordinal, enabled: false };
    const disabled = stale().line("vault.secret.updated", updated);
    expect(run(disabled, "1h")).toBeNull();
    const enabled = disabled.line(
      "vault.secret.updated",
      { ...updated, enabled: true },
      { at: "30m", about: object },
    );
    expect(run(enabled, "34m")).toBeNull();
    expect(run(enabled, "34m1ms")?.code).toBe("StaleBeyondBound");
    const deleted = stale().line("vault.secret.deleted", secret);
    expect(run(deleted, "1h")).toBeNull();
    const recovered = deleted.line("vault.secret.recover.finished", secret);
    expect(run(recovered, "1h")?.code).toBe("StaleBeyondBound");
    const purged = stale().line("vault.secret.purge.finished", secret);
    expect(run(purged, "1h")).toBeNull();
  });

  test("is excused while the pod ends, and when it is over", () => {
    expect(run(stale().podIs("terminating"), "1h")).toBeNull();
    expect(run(stale().unmounted(), "1h")).toBeNull();
    expect(run(stale().podIs("gone"), "1h")).toBeNull();
    const pod = { kind: "Pod", name: "busybox", uid: "uid-1" };
    const ended = stale().object("modified", { ...pod, phase: "Succeeded" });
    expect(run(ended, "1h")).toBeNull();
    const running = stale().object("modified", { ...pod, phase: "Running" });
    expect(run(running, "1h")?.code).toBe("StaleBeyondBound");
  });

  test("is excused when somebody took the pod status from the driver", () => {
    expect(run(stale().status("deleted"), "1h")).toBeNull();
    expect(run(stale().status("modified", "kubectl"), "1h")).toBeNull();
    expect(run(stale().status("modified"), "1h")?.code).toBe(
      "StaleBeyondBound",
    );
  });

  test("is excused for a version that was asked for by its id", () => {
    const uri = `/secrets/secret1/${V1.version}?api-version=7.4`;
    expect(run(stale().request(V1, { uri }), "1h")).toBeNull();
    expect(run(stale().request(V1), "1h")?.code).toBe("StaleBeyondBound");
  });
});

describe("a file under a driver from 1.6 on", () => {
  const limit = 2 * 91_200 + 40 + 3 * 25 + 2 * 4;

  test("is behind for two syncs of its pod and a mount at the most", () => {
    const text = `10m${limit}ms`;
    expect(run(republishing(), text)).toBeNull();
    expect(run(republishing(), `10m${limit + 1}ms`)).toEqual({
      code: "StaleBeyondBound",
      message:
        "Failed to keep the invariant StaleBeyondBound: default/busybox store/secret1 held v1 of kvdemo/secrets/secret1 3m2s524ms after the driver of node-0, which leaves young mounts alone for 2m, could read v2 (limit 3m2s523ms) (fact 5, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("counts from when its mount directory has come of age", () => {
    const young = () => republishing().files({ moved: V1 }, { at: "11m" });
    expect(run(young(), `13m${limit}ms`)).toBeNull();
    expect(run(young(), `13m${limit + 1}ms`)?.code).toBe("StaleBeyondBound");
  });

  test.each(["csi.publish.masked", "csi.publish.failed"])(
    "counts from the last %s of the pod, also where its run is written later",
    (type) => {
      const publish = { ...ofPod, volume: "store" };
      const run20m = aRun("20m", { every: 90_000, count: 3 });
      const trace = () =>
        republishing()
          .files({ secret1: V2 }, { at: `23m${limit}ms` })
          .line(type, publish, { at: "30m", run: run20m });
      expect(run(trace(), "30m")).toBeNull();
      const late = republishing()
        .files({ secret1: V2 }, { at: `23m${limit + 1}ms` })
        .line(type, publish, { at: "30m", run: run20m });
      expect(run(late, "30m")?.code).toBe("StaleBeyondBound");
    },
  );

  test("needs no pod status, and may share its class with another volume", () => {
    expect(run(republishing().status("deleted"), "1h")?.code).toBe(
      "StaleBeyondBound",
    );
  });

  test("is excused while rotation is off", () => {
    expect(run(republishing({ rotation: false }), "1h")).toBeNull();
  });

  test("waits for a kubelet that is down, which one up to 1.5 does not need", () => {
    const down = (trace: Trace) => trace.process("kubelet.stopped", "11m");
    expect(run(down(republishing()), "1h")).toBeNull();
    expect(run(down(stale()), "1h")?.code).toBe("StaleBeyondBound");
    const up = down(republishing()).process("kubelet.started", "20m");
    expect(run(up, `20m${limit}ms`)).toBeNull();
    expect(run(up, `20m${limit + 1}ms`)?.code).toBe("StaleBeyondBound");
  });
});

describe("what holds a version up", () => {
  test("is judged when the file follows, too", () => {
    const late = (at: string) => stale().files({ secret1: V2 }, { at });
    expect(run(late("14m"), "20m")).toBeNull();
    expect(run(late("14m1ms"), "20m")?.code).toBe("StaleBeyondBound");
  });

  test.each([
    ["vault kvdemo", "3m"],
    ["entra", "3m"],
    ["provider node-0", "3m"],
    ["provider ", "3m"],
    ["link node-0 -> vault", "3m"],
    ["link node-0 -> apiServer", "1m30s"],
    ["apiServer", "1m30s"],
    ["watch node-0", "1m30s"],
  ])("a fault of %s excuses while it lasts, and for %s more", (about, more) => {
    const broken = () => stale().fault("began", about, "11m");
    expect(run(broken(), "1h")).toBeNull();
    const whole = broken().fault("ended", about, "20m");
    const least = 24 * 60_000 + durationMs(more);
    expect(run(whole, `${least}ms`)).toBeNull();
    expect(run(whole, `${least + 1}ms`)?.code).toBe("StaleBeyondBound");
  });

  test("a fault of another node excuses nobody here", () => {
    const trace = stale().fault("began", "provider node-1", "11m");
    expect(run(trace, "1h")?.code).toBe("StaleBeyondBound");
  });

  test("of two faults the last one counts", () => {
    const trace = stale()
      .fault("began", "vault kvdemo", "11m")
      .fault("began", "vault kvdemo", "12m")
      .fault("ended", "vault kvdemo", "13m");
    expect(run(trace, "1h")).toBeNull();
    trace.fault("ended", "vault kvdemo", "14m");
    expect(run(trace, "1h")?.code).toBe("StaleBeyondBound");
  });

  test.each([
    ["csi.provider", "3m"],
    ["node", "5s"],
  ])(
    "a %s that is down excuses until it is up, and for %s more",
    (what, more) => {
      const down = () => stale().process(`${what}.stopped`, "11m");
      expect(run(down(), "1h")).toBeNull();
      const up = down().process(`${what}.started`, "20m");
      const least = 24 * 60_000 + durationMs(more);
      expect(run(up, `${least}ms`)).toBeNull();
      expect(run(up, `${least + 1}ms`)?.code).toBe("StaleBeyondBound");
    },
  );

  test("a driver that is down excuses until it is up", () => {
    const down = () => stale().process("csi.driver.stopped", "11m");
    expect(run(down(), "1h")).toBeNull();
    const up = down().line("command", {}, { at: "20m" }).driver(true, "20m");
    expect(run(up, "24m")).toBeNull();
    expect(run(up, "24m1ms")?.code).toBe("StaleBeyondBound");
  });

  test("a vault that is throttled excuses, and for a minute more", () => {
    const refused = { status: 429, code: "Throttled", version: null };
    const trace = () => stale().request(V2, refused, { at: "20m" });
    expect(run(trace(), "25m")).toBeNull();
    expect(run(trace(), "25m1ms")?.code).toBe("StaleBeyondBound");
    const forbidden = { ...refused, status: 403 };
    const other = stale().request(V2, forbidden, { at: "20m" });
    expect(run(other, "25m")?.code).toBe("StaleBeyondBound");
  });
});

describe("a file of a secret volume", () => {
  const limit = 2 * 91_200 + 4 + 20;
  const behind = () =>
    new Trace()
      .started()
      .pod()
      .secret("created", V1)
      .files({ password: fromSecret(V1, 3) }, { volume: "secret" })
      .line("command", {}, { at: "10m" })
      .secret("modified", V2);

  test("is behind for two syncs of its pod at the most", () => {
    expect(run(behind(), `10m${limit}ms`)).toBeNull();
    expect(run(behind(), `10m${limit + 1}ms`)).toEqual({
      code: "StaleBeyondBound",
      message:
        "Failed to keep the invariant StaleBeyondBound: default/busybox secret/password held v1 of kvdemo/secrets/secret1 3m2s425ms after the kubelet of node-0 could read resourceVersion 6 of Secret/app-secret (limit 3m2s424ms) (fact 4, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("need not follow a write that leaves its bytes as they are", () => {
    const trace = behind()
      .files({ password: fromSecret(V2, 6) }, { volume: "secret", at: "11m" })
      .secret("modified", V2);
    expect(run(trace, "1h")).toBeNull();
  });

  test("keeps what it has when the Secret is deleted", () => {
    expect(run(behind().object("deleted", {}), "1h")).toBeNull();
  });

  test("never follows a Secret that was immutable when it was read", () => {
    const immutable = new Trace()
      .started()
      .pod()
      .secret("created", V1, { immutable: true })
      .files({ password: fromSecret(V1, 3) }, { volume: "secret" })
      .object("deleted", {})
      .secret("created", V2, { uid: "uid-anew" });
    expect(run(immutable, "1h")).toBeNull();
  });

  test("waits for the API server and for its kubelet", () => {
    const cut = behind().fault("began", "watch node-0", "10m1s");
    expect(run(cut, "1h")).toBeNull();
    const back = cut
      .fault("ended", "watch node-0", "20m")
      .line(
        "api.watch.resumed",
        { by: "node-0/kubelet", selection: "Secret/default" },
        { at: "22m" },
      );
    expect(run(back, `22m${limit}ms`)).toBeNull();
    expect(run(back, `22m${limit + 1}ms`)?.code).toBe("StaleBeyondBound");
    const down = behind().process("kubelet.stopped", "10m1s");
    expect(run(down, "1h")).toBeNull();
  });

  test("counts from a failed SetUp and its back-off", () => {
    const trace = behind().line(
      "volume.failed",
      { ...failed, backoffMs: 64_000 },
      { at: "12m" },
    );
    expect(run(trace, `13m${limit + 4000}ms`)).toBeNull();
    expect(run(trace, `13m${limit + 4001}ms`)?.code).toBe("StaleBeyondBound");
  });
});
