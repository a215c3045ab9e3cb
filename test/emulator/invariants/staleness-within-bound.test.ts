import { describe, expect, test } from "vitest";
import { StalenessWithinBound } from "../../../src/emulator/invariants/staleness-within-bound.ts";
import { Trace, V1, V2, broken } from "./support.ts";

const run = (trace: Trace, end: string) =>
  broken(new StalenessWithinBound(), trace, end);

/** A pod whose CSI file holds v1 when v2 is set at 10m; the driver polls every 2m, so the limit is 4m. */
function stale(
  parts: { rotation?: boolean; before?: (trace: Trace) => void } = {},
) {
  const trace = new Trace()
    .started()
    .driver(parts.rotation ?? true)
    .set(V1)
    .pod()
    .files({ secret1: V1 })
    .status("created");
  parts.before?.(trace);
  return trace.set(V2, { at: "10m" });
}

const failed = { namespace: "default", name: "busybox", error: "no" };

describe("staleness within its bound", () => {
  test("holds for twice the poll interval, and breaks 1 ms later", () => {
    expect(run(stale(), "14m")).toBeNull();
    expect(run(stale(), "14m1ms")).toEqual({
      code: "StaleBeyondBound",
      message:
        "Failed to keep the invariant StaleBeyondBound: default/busybox store/secret1 still holds v1 of kvdemo/secrets/secret1 at the end, 4m1ms after the driver of node-0, which polls every 2m, could read v2 (limit 4m) (fact 5, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
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
