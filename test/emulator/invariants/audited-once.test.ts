import { describe, expect, test } from "vitest";
import { AuditedOnce } from "../../../src/emulator/invariants/audited-once.ts";
import { Trace, V1, V2, aRun, broken, version } from "./support.ts";

const run = (trace: Trace) => broken(new AuditedOnce(), trace, "50m");
const draw = (index: number, stride = 1) => ({ name: "kv/get", index, stride });

const KEY = version(1, "kvdemo/keys/web");
const CERTIFICATE = version(1, "kvdemo/certificates/web");
const SECRET = version(1, "kvdemo/secrets/web");

/** A request (seq 2) whose run is written after what the driver wrote from it (seq 3). */
function fetched(data = {}, first = "1m", read = V1) {
  return new Trace()
    .pod()
    .files({ secret1: read }, { seq: 3, at: "2m", causes: [[2, 0]] })
    .request(read, data, { seq: 2, at: "3m", run: aRun(first) });
}

function wrongly(why: string) {
  return {
    code: "AuditedWrongly",
    message: `Failed to keep the invariant AuditedWrongly: the driver wrote for default/busybox ${why} (fact 3, volume.switched of default/busybox, 2024-04-29T09:02:00.000Z)`,
  };
}

describe("what the driver wrote", () => {
  test("holds when the same pod was answered that version", () => {
    expect(run(fetched())).toBeNull();
  });

  test("holds when the request is written before what it brought", () => {
    const trace = new Trace()
      .pod()
      .request(V1, {}, { at: "2m", run: aRun("1m") })
      .files({ secret1: V1 }, { causes: [[2, 0]] });
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
    const other = { name: "other", uid: "uid-2" };
    const trace = new Trace()
      .pod(other)
      .files({ secret1: V1 }, { seq: 3, at: "2m", causes: [[2, 0]] })
      .request(
        V1,
        { pod: "default/other" },
        { seq: 2, at: "3m", run: aRun("1m") },
      );
    expect(run(trace)).toEqual(
      wrongly("what request 2 answered to default/other"),
    );
  });

  test("breaks when the request was refused", () => {
    const refused = { status: 403, code: "Forbidden", version: null };
    expect(run(fetched(refused))).toEqual(
      wrongly("what request 2 answered, which was SecretGet with status 403"),
    );
  });

  test("breaks when another version was answered", () => {
    expect(run(fetched({ version: V2.version }))).toEqual(
      wrongly(
        `versions ${V1.version}, but request 2 answered ${V2.version} of kvdemo/secrets/secret1`,
      ),
    );
  });

  test("tells the objects of a certificate apart although they share a version", () => {
    const asked = {
      collection: "certificates",
      name: "web",
      operation: "CertificateGet",
    };
    expect(run(fetched(asked, "1m", CERTIFICATE))).toBeNull();
    expect(run(fetched(asked, "1m", KEY))?.message).toContain(
      `but request 2 answered ${KEY.version} of kvdemo/certificates/web`,
    );
  });

  test("breaks when the files are older than the answer", () => {
    expect(run(fetched({}, "2m"))).toBeNull();
    expect(run(fetched({}, "2m1ms"))).toEqual(
      wrongly("what instance 0 of request 2 answered, before there was one"),
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
  const asked = { operation: "SecretSet", pod: null, node: null };
  const first = { seq: 1, run: aRun("0s") };

  test("holds with one SecretSet for each version", () => {
    const trace = set([[1, 0]]).request(V1, asked, first);
    expect(run(trace)).toBeNull();
  });

  test("breaks when nobody asked", () => {
    expect(run(set([1]))).toEqual({
      code: "NotAudited",
      message: `Failed to keep the invariant NotAudited: version ${V1.version} of kvdemo/secrets/secret1 was made by no request (fact 2, vault.secret.set of kvdemo/secrets/secret1, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when the SecretSet never gets into the audit log", () => {
    expect(run(set([[1, 0]]))).toEqual({
      code: "NotAudited",
      message: `Failed to keep the invariant NotAudited: version ${V1.version} of kvdemo/secrets/secret1 was made by no request that the audit log has (fact 2, vault.secret.set of kvdemo/secrets/secret1, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when a second SecretSet says that it made the version", () => {
    const trace = set([[1, 0]])
      .request(V1, asked, first)
      .request(V1, asked, { seq: 3, run: aRun("0s") });
    expect(run(trace)).toEqual({
      code: "AuditedTwice",
      message: `Failed to keep the invariant AuditedTwice: a SecretSet of version ${V1.version} of kvdemo/secrets/secret1 succeeded that made no version of its own (fact 3, vault.request of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when one line says that several requests made the version", () => {
    const trace = set([[1, 0]]).request(V1, asked, {
      seq: 1,
      at: "2m",
      run: aRun("0s", { every: 1000, count: 2 }),
    });
    expect(run(trace)).toEqual({
      code: "AuditedTwice",
      message: `Failed to keep the invariant AuditedTwice: 2 requests say that they made version ${V1.version} of kvdemo/secrets/secret1 (fact 1, vault.request of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  const operations = [
    "CertificateCreate",
    "CertificateImport",
    "CertificateRenew",
  ];
  test.each(operations)("lets one %s make three objects", (operation) => {
    const made = {
      ...asked,
      operation,
      collection: "certificates",
      status: 202,
    };
    const all = (...objects: (typeof V1)[]) => {
      const trace = new Trace();
      for (const [i, object] of objects.entries())
        trace.set(object, { seq: i + 2, causes: [[1, 0]] });
      return trace.request(CERTIFICATE, { ...made, name: "web" }, first);
    };
    expect(run(all(CERTIFICATE, KEY, SECRET))).toBeNull();
    expect(run(all(CERTIFICATE, SECRET))?.message).toContain(
      `a ${operation} of version ${KEY.version} of kvdemo/keys/web succeeded that made no version of its own`,
    );
    const more = version(2, "kvdemo/secrets/web");
    expect(run(all(CERTIFICATE, KEY, SECRET, more))?.code).toBe("NotAudited");
  });

  test("lets a KeyCreate make a key alone", () => {
    const made = { ...asked, operation: "KeyCreate", collection: "keys" };
    const trace = new Trace()
      .set(KEY, { seq: 2, causes: [[1, 0]] })
      .request(KEY, { ...made, name: "web" }, first);
    expect(run(trace)).toBeNull();
  });
});

describe("who asks", () => {
  test("breaks when the node's kubelet did not have the pod by then", () => {
    const early = new Trace()
      .pod()
      .request(V1, {}, { at: "2m", run: aRun("0s") });
    expect(run(early)).toBeNull();
    const trace = new Trace()
      .line("command", {}, { at: "2m" })
      .pod()
      .request(V1, {}, { at: "3m", run: aRun("1m59s999ms") });
    expect(run(trace)).toEqual({
      code: "AuditedWrongly",
      message:
        "Failed to keep the invariant AuditedWrongly: SecretGet was asked for default/busybox by node-0, whose kubelet did not have it (fact 3, vault.request of default/busybox, 2024-04-29T09:01:59.999Z)",
    });
    const elsewhere = new Trace().pod().request(V1, { node: "node-1" });
    expect(run(elsewhere)?.code).toBe("AuditedWrongly");
  });

  test.each([
    ["a refusal without a code", { status: 429, version: null }],
    ["a refusal with a version", { status: 503, code: "ServiceUnavailable" }],
    ["a success with a code", { code: "Forbidden" }],
  ])("breaks on %s", (_, data) => {
    expect(run(new Trace().pod().request(V1, data))?.code).toBe(
      "AuditedWrongly",
    );
  });
});

describe("the draws of requests", () => {
  const twoRuns = (...draws: ReturnType<typeof draw>[]) => {
    const trace = new Trace();
    for (const each of draws) {
      const parts = { every: 1000, count: 3, draw: each };
      const nobody = { pod: null, node: null };
      trace.request(V1, nobody, { at: "5m", run: aRun("1m", parts) });
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
