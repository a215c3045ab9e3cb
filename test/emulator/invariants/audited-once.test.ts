import { describe, expect, test } from "vitest";
import { AuditedOnce } from "../../../src/emulator/invariants/audited-once.ts";
import { Trace, V1, V2, aRun, broken } from "./support.ts";

const run = (trace: Trace) => broken(new AuditedOnce(), trace, "50m");
const draw = (index: number, stride = 1) => ({ name: "kv/get", index, stride });

/** A request (seq 1) whose run is written after what the driver wrote from it (seq 2). */
function fetched(data = {}, first = "1m") {
  return new Trace()
    .files({ secret1: V1 }, { seq: 2, at: "2m", causes: [[1, 0]] })
    .request(V1, data, { seq: 1, at: "3m", run: aRun(first) });
}

function wrongly(why: string) {
  return {
    code: "AuditedWrongly",
    message: `Failed to keep the invariant AuditedWrongly: the driver wrote for default/busybox ${why} (fact 2, volume.switched of default/busybox, 2024-04-29T09:02:00.000Z)`,
  };
}

describe("what the driver wrote", () => {
  test("holds when the same pod was answered that version", () => {
    expect(run(fetched())).toBeNull();
  });

  test("holds when the request is written before what it brought", () => {
    const trace = new Trace()
      .request(V1, {}, { at: "2m", run: aRun("1m") })
      .files({ secret1: V1 }, { causes: [[1, 0]] });
    expect(run(trace)).toBeNull();
  });

  test("breaks when the request never gets into the audit log", () => {
    const trace = new Trace().files(
      { secret1: V1 },
      { seq: 2, causes: [[1, 0]] },
    );
    expect(run(trace)).toEqual({
      code: "NotAudited",
      message:
        "Failed to keep the invariant NotAudited: the driver wrote what request 1 answered, which the audit log does not have (fact 2, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test.each([[[]], [[1]]])("breaks when its causes are %j", (causes) => {
    const trace = new Trace().files({ secret1: V1 }, { causes });
    expect(run(trace)).toEqual({
      code: "NotAudited",
      message:
        "Failed to keep the invariant NotAudited: the driver wrote files that do not come from a vault request (fact 1, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("breaks when another pod was answered", () => {
    expect(run(fetched({ pod: "default/other" }))).toEqual(
      wrongly("what request 1 answered to default/other"),
    );
  });

  test("breaks when the request was refused", () => {
    expect(run(fetched({ status: 403 }))).toEqual(
      wrongly("what request 1 answered, which was SecretGet with status 403"),
    );
  });

  test("breaks when another version was answered", () => {
    expect(run(fetched({ version: V2.version }))).toEqual(
      wrongly(`versions ${V1.version}, but request 1 answered ${V2.version}`),
    );
  });

  test("breaks when the files are older than the answer", () => {
    expect(run(fetched({}, "2m"))).toBeNull();
    expect(run(fetched({}, "2m1ms"))).toEqual(
      wrongly("what instance 0 of request 1 answered, before there was one"),
    );
  });

  test("leaves secret volumes alone, which read no vault", () => {
    const trace = new Trace().files({ p: V1 }, { volume: "secret" });
    expect(run(trace)).toBeNull();
  });
});

describe("what was set", () => {
  const set = (causes: (number | [number, number])[]) =>
    new Trace().set(V1, { seq: 2, causes });
  const operation = "SecretSet";

  test("holds with one SecretSet for each version", () => {
    const trace = set([[1, 0]]).request(
      V1,
      { operation },
      { seq: 1, run: aRun("0s") },
    );
    expect(run(trace)).toBeNull();
  });

  test("breaks when nobody asked", () => {
    expect(run(set([1]))).toEqual({
      code: "NotAudited",
      message: `Failed to keep the invariant NotAudited: version ${V1.version} was made by no request (fact 2, vault.secret.set of kvdemo/secrets/secret1, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when the SecretSet never gets into the audit log", () => {
    expect(run(set([[1, 0]]))).toEqual({
      code: "NotAudited",
      message: `Failed to keep the invariant NotAudited: version ${V1.version} was made by no SecretSet that the audit log has (fact 2, vault.secret.set of kvdemo/secrets/secret1, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when a second SecretSet says that it made the version", () => {
    const trace = set([[1, 0]])
      .request(V1, { operation }, { seq: 1, run: aRun("0s") })
      .request(V1, { operation }, { seq: 3, run: aRun("0s") });
    expect(run(trace)).toEqual({
      code: "AuditedTwice",
      message: `Failed to keep the invariant AuditedTwice: a SecretSet of version ${V1.version} succeeded that made no version of its own (fact 3, vault.request of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when one line says that several requests made the version", () => {
    const trace = set([[1, 0]]).request(
      V1,
      { operation },
      { seq: 1, at: "2m", run: aRun("0s", { every: 1000, count: 2 }) },
    );
    expect(run(trace)).toEqual({
      code: "AuditedTwice",
      message: `Failed to keep the invariant AuditedTwice: 2 requests say that they made version ${V1.version} (fact 1, vault.request of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });
});

describe("the draws of requests", () => {
  const twoRuns = (...draws: ReturnType<typeof draw>[]) => {
    const trace = new Trace();
    for (const each of draws) {
      const parts = { every: 1000, count: 3, draw: each };
      trace.request(V1, {}, { at: "5m", run: aRun("1m", parts) });
    }
    return trace;
  };

  test("hold when runs take turns", () => {
    expect(run(twoRuns(draw(0, 2), draw(1, 2)))).toBeNull();
  });

  test.each([
    ["is in no line", [draw(1)], 3, 3],
    ["is in two lines", [draw(0), draw(2)], 6, 4],
    ["is in two lines and another in none", [draw(0), draw(0, 2)], 6, 4],
  ])("break when a request %s", (_, draws, count, highest) => {
    expect(run(twoRuns(...draws))).toEqual({
      code: "AuditedTwice",
      message: `Failed to keep the invariant AuditedTwice: the ${count} requests of kv/get do not use the draws 0 to ${highest} once each`,
    });
  });
});
