import { describe, expect, test } from "vitest";
import { NobodyReadsAhead } from "../../../src/emulator/invariants/nobody-reads-ahead.ts";
import {
  LITERAL,
  Trace,
  V1,
  V2,
  aRun,
  broken,
  fromSecret,
  version,
} from "./support.ts";

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

describe("versions of every kind", () => {
  const key = version(1, "kvdemo/keys/web");
  const certificate = version(1, "kvdemo/certificates/web");
  const asked = (collection: string, operation: string) => ({
    collection,
    operation,
    name: "web",
  });

  test("are known by their object: a certificate's three share one id", () => {
    const trace = new Trace()
      .set(certificate)
      .request(certificate, asked("certificates", "CertificateGet"))
      .files({ "web.crt": certificate });
    expect(run(trace)).toBeNull();
    expect(run(trace.request(key, asked("keys", "KeyGet")))).toEqual({
      code: "ReadAhead",
      message: `Failed to keep the invariant ReadAhead: KeyGet read version ${key.version} of kvdemo/keys/web, which is a version of kvdemo/certificates/web (fact 4, vault.request of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
    const all = new Trace()
      .set(certificate)
      .set(key)
      .request(key, asked("keys", "KeyGet"));
    expect(run(all)).toBeNull();
  });

  test.each([
    "KeyCreate",
    "CertificateCreate",
    "CertificateImport",
    "CertificateRenew",
  ])("are made by %s, which names what it makes", (operation) => {
    const trace = new Trace()
      .set(key, { seq: 2 })
      .request(
        key,
        { ...asked("keys", operation), status: 202 },
        { seq: 1, run: aRun("0s") },
      );
    expect(run(trace)).toBeNull();
  });
});

describe("every sink", () => {
  const inSecret = () => new Trace().set(V1).secret("created", V1);

  test("a variable and a pinned file hold what the vault had before", () => {
    const holds = inSecret().created(0, {
      password: fromSecret(V1, 2),
      pin: V1,
    });
    expect(run(holds)).toBeNull();
    expect(run(inSecret().created(0, { pin: V2 }))?.message).toContain(
      `app pins at /etc/secret1 version ${V2.version} of ${SECRET1} before the vault had it`,
    );
    const ahead = inSecret().created(0, { password: fromSecret(V2, 2) });
    expect(run(ahead)?.message).toContain(
      `app has in PASSWORD version ${V2.version} of ${SECRET1} before the vault had it`,
    );
  });

  test("a file holds what its source held at the resourceVersion that was read", () => {
    const trace = inSecret()
      .set(V2)
      .secret("modified", V2)
      .files({ p: fromSecret(V1, 2) }, { volume: "secret" })
      .files({ p: fromSecret(V1, 3) }, { volume: "secret" })
      .files({ p: fromSecret(V2, 4) }, { volume: "secret" });
    expect(run(trace)).toBeNull();
    trace.files({ p: fromSecret(V1, 4) }, { volume: "secret" });
    expect(run(trace)).toEqual({
      code: "ReadAhead",
      message: `Failed to keep the invariant ReadAhead: secret/p holds version ${V1.version} of ${SECRET1} (as-is), which Secret/app-secret did not hold at resourceVersion 4 (fact 8, volume.switched of default/busybox, 2024-04-29T09:00:00.000Z)`,
    });
  });

  test("nobody reads a source that is not there", () => {
    const gone = inSecret()
      .object("deleted", {})
      .files({ p: fromSecret(V1, 3) }, { volume: "secret" });
    expect(run(gone)?.code).toBe("ReadAhead");
  });
});
