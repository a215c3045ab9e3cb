import { describe, expect, test } from "vitest";
import { TimeNeverDecreases } from "../../../src/emulator/invariants/time-never-decreases.ts";
import { Trace, aRun, broken, instant } from "./support.ts";

const run = (trace: Trace, end: string | null = null) =>
  broken(new TimeNeverDecreases(), trace, end);
const minutely = (count: number, first = "1m") =>
  aRun(first, { every: 60_000, count });

describe("time never decreases", () => {
  test("holds for lines in order and a run that is written after its neighbours", () => {
    const trace = new Trace()
      .line("a", {})
      .line("b", {}, { seq: 3, at: "2m", causes: [1, [2, 1]] })
      .line("r", {}, { seq: 2, at: "4m", causes: [1], run: minutely(3) });
    expect(run(trace, "5m")).toBeNull();
  });

  test("breaks when a line lies before the one above it", () => {
    const trace = new Trace().line("a", {}, { at: "2m" });
    trace.line("b", {}, { at: "1m" });
    expect(run(trace)).toEqual({
      code: "TimeDecreased",
      message: `Failed to keep the invariant TimeDecreased: a fact of ${instant("1m")} ms follows one of ${instant("2m")} ms (fact 2, b of default/busybox, 2024-04-29T09:01:00.000Z)`,
    });
  });

  test("lets a run's last instance be at the time of its line and not 1 ms later", () => {
    const at = (ms: string) =>
      new Trace().line("r", {}, { at: ms, run: minutely(3) });
    expect(run(at("3m"))).toBeNull();
    expect(run(at("2m59s999ms"))).toEqual({
      code: "RunAfterItsLine",
      message: `Failed to keep the invariant RunAfterItsLine: 3 instances from ${instant("1m")} ms on, 60000 ms apart, do not lie before ${instant("2m59s999ms")} ms (fact 1, r of default/busybox, 2024-04-29T09:01:00.000Z)`,
    });
  });

  test("breaks for a run without an instance", () => {
    const trace = new Trace().line("r", {}, { at: "5m", run: minutely(0) });
    expect(run(trace)?.code).toBe("RunAfterItsLine");
  });

  test("breaks when a seq is written twice", () => {
    const trace = new Trace()
      .line("a", {}, { seq: 2, at: "5m" })
      .line("r", {}, { seq: 1, run: minutely(1) })
      .line("r", {}, { seq: 1, run: minutely(1) });
    expect(run(trace)).toEqual({
      code: "SeqOrder",
      message:
        "Failed to keep the invariant SeqOrder: seq 1 was written before (fact 1, r of default/busybox, 2024-04-29T09:01:00.000Z)",
    });
  });

  test("breaks when a fact that is no run comes late", () => {
    const trace = new Trace().line("a", {}, { seq: 2 });
    trace.line("b", {}, { seq: 1 });
    expect(run(trace)).toEqual({
      code: "SeqOrder",
      message:
        "Failed to keep the invariant SeqOrder: a fact with seq 1 comes after seq 2 (fact 1, b of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test.each([0, 2, 3])("breaks when fact 2 has the cause %i", (cause) => {
    const trace = new Trace().line("a", {});
    trace.line("b", {}, { causes: [cause] });
    expect(run(trace)).toEqual({
      code: "CauseNotEarlier",
      message: `Failed to keep the invariant CauseNotEarlier: its cause is seq ${cause} (fact 2, b of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when a cause is an instance that a written run does not have", () => {
    const trace = (n: number) =>
      new Trace()
        .line("r", {}, { at: "5m", run: minutely(3) })
        .line("b", {}, { causes: [[1, n]] });
    expect(run(trace(2))).toBeNull();
    expect(run(trace(3))).toEqual({
      code: "CauseMissing",
      message:
        "Failed to keep the invariant CauseMissing: its cause is instance 3 of seq 1, which has 3 (fact 2, b of default/busybox, 2024-04-29T09:05:00.000Z)",
    });
  });

  test("breaks when an open run turns out to be shorter than a cause says", () => {
    const trace = new Trace()
      .line("b", {}, { seq: 2, at: "2m", causes: [[1, 3]] })
      .line("b", {}, { seq: 3, at: "2m", causes: [[1, 0]] })
      .line("r", {}, { seq: 1, at: "5m", run: minutely(3) });
    expect(run(trace)).toEqual({
      code: "CauseMissing",
      message:
        "Failed to keep the invariant CauseMissing: its cause is instance 3 of seq 1, which has 3 (fact 2, b of default/busybox, 2024-04-29T09:02:00.000Z)",
    });
  });

  test("counts on the causes of a run by arithmetic", () => {
    const trace = (n: number) =>
      new Trace()
        .line("r", {}, { at: "5m", run: minutely(4) })
        .line("s", {}, { causes: [[1, n]], run: minutely(3) });
    expect(run(trace(1))).toBeNull();
    expect(run(trace(2))?.code).toBe("CauseMissing");
  });

  test("breaks when a seq was given out and nothing written by the end", () => {
    const trace = new Trace().line("a", {}).line("b", {}, { seq: 3 });
    expect(run(trace)).toBeNull();
    expect(run(trace, "1m")).toEqual({
      code: "FactLost",
      message:
        "Failed to keep the invariant FactLost: seq 2 was given out, but its fact was not written by the end of its hour (fact 2, unknown of unknown, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("breaks when a run is not written at the turn of its hour", () => {
    const trace = new Trace().line("b", {}, { seq: 2, at: "59m" });
    trace.line("b", {}, { at: "1h" });
    expect(run(trace)?.code).toBe("FactLost");
  });

  test("lets the runs of an hour be written at its turn, before its first fact", () => {
    const trace = new Trace()
      .line("b", {}, { seq: 2, at: "59m" })
      .line("r", {}, { seq: 1, at: "1h", run: minutely(5) })
      .line("b", {}, { seq: 3 });
    expect(run(trace, "1h1m")).toBeNull();
  });
});
