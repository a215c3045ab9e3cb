import { describe, expect, test } from "vitest";
import { NobodyReadsAhead } from "../../../src/emulator/invariants/nobody-reads-ahead.ts";
import { LITERAL, Trace, V1, V2, aRun, broken, version } from "./support.ts";

const SECRET1 = "kvdemo/secrets/secret1";
const run = (trace: Trace) => broken(new NobodyReadsAhead(), trace);

describe("nobody reads ahead", () => {
  test("holds when each version was set before it is asked for, written and stored", () => {
    const trace = new Trace()
      .set(V1)
      .request(V1)
      .files({ secret1: V1 })
      .secret("created", V1);
    expect(run(trace)).toBeNull();
  });

  test("breaks when a request answers a version that was never set", () => {
    expect(run(new Trace().set(V1).request(V2))).toEqual({
      code: "ReadAhead",
      message: `Failed to keep the invariant ReadAhead: SecretGet read version ${V2.version} of ${SECRET1} before the vault had it (fact 2, vault.request of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when a run of requests began before the version was set", () => {
    const trace = new Trace()
      .set(V1, { seq: 2, at: "10m" })
      .request(V1, {}, { seq: 3, at: "20m", run: aRun("9m") });
    expect(run(trace)).toEqual({
      code: "ReadAhead",
      message: `Failed to keep the invariant ReadAhead: SecretGet read version ${V1.version} of ${SECRET1} before the vault had it (fact 3, vault.request of default/busybox, 2024-04-29T09:09:00.000Z)`,
    });
  });

  test("breaks when the request was given its seq before the set", () => {
    const trace = new Trace()
      .set(V1, { seq: 2 })
      .request(V1, {}, { seq: 1, run: aRun("0s") });
    expect(run(trace)?.code).toBe("ReadAhead");
  });

  test("lets a SecretSet name the version that it makes", () => {
    const trace = new Trace()
      .set(V1, { seq: 2 })
      .request(V1, { operation: "SecretSet" }, { seq: 1, run: aRun("0s") });
    expect(run(trace)).toBeNull();
  });

  test.each(["volume.switched", "volume.verified"])(
    "breaks when %s names a version that the vault does not have",
    (type) => {
      const trace = new Trace().set(V1).files({ "a/b": V2 }, { type });
      expect(run(trace)).toEqual({
        code: "ReadAhead",
        message: `Failed to keep the invariant ReadAhead: store/a/b holds version ${V2.version} of ${SECRET1} before the vault had it (fact 2, ${type} of default/busybox, 2024-04-29T09:00:00.000Z)`,
      });
    },
  );

  test("breaks when a Secret names a version that the vault does not have", () => {
    expect(run(new Trace().set(V1).secret("created", V2))).toEqual({
      code: "ReadAhead",
      message: `Failed to keep the invariant ReadAhead: its key password holds version ${V2.version} of ${SECRET1} before the vault had it (fact 2, api.object.created of default/Secret/app-secret, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("breaks when a version is called one of another object", () => {
    const wrong = { ...V1, object: "kvdemo/secrets/secret2" };
    expect(run(new Trace().set(V1).files({ secret2: wrong }))).toEqual({
      code: "ReadAhead",
      message: `Failed to keep the invariant ReadAhead: store/secret2 holds version ${V1.version} of kvdemo/secrets/secret2, which is a version of ${SECRET1} (fact 2, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("exempts literals, also of a Secret in a namespace called like a vault", () => {
    const trace = new Trace()
      .secret("created", LITERAL)
      .files({ password: version(1, "kvdemo/secrets/secret1/password") });
    expect(run(trace)).toBeNull();
  });
});
