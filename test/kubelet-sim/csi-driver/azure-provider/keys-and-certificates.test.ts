import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import type {
  CertificateBundle,
  KeyBundle,
  VaultReply,
} from "../../../../src/cluster-sim/ports.ts";
import { bytesToUtf8 } from "../../../../src/kernel/bytes.ts";
import { testKeysOf } from "../../../../src/keyvault-mock/test-keys/pool.ts";
import type { Answer } from "./support.ts";
import {
  aBundle,
  aRequest,
  aWorkloadRequest,
  aWorld,
  anObjectsText,
  challenge,
  errorOf,
  mountNow,
  refusal,
  versionId,
} from "./support.ts";

const RSA = testKeysOf({ keyType: "RSA", keySize: 2048 })[0]!;

function aKey(key: Partial<KeyBundle["key"]> = {}, ordinal = 1): KeyBundle {
  const version = versionId(ordinal);
  return {
    key: {
      kid: `https://kv1.vault.azure.net/keys/key1/${version}`,
      kty: "RSA",
      key_ops: ["sign"],
      ...RSA.jwk,
      ...key,
    },
    version,
    attributes: { enabled: true },
    content: {
      object: "kv1/keys/key1",
      version,
      ordinal,
      form: "as-is",
      from: 7,
    },
  };
}

function aCertificate(ordinal = 1): CertificateBundle {
  const version = versionId(ordinal);
  const { cer, x5t } = RSA.chained;
  return {
    id: `https://kv1.vault.azure.net/certificates/cert1/${version}`,
    kid: `https://kv1.vault.azure.net/keys/cert1/${version}`,
    sid: `https://kv1.vault.azure.net/secrets/cert1/${version}`,
    x5t,
    cer,
    version,
    contentType: "application/x-pkcs12",
    attributes: { enabled: true },
    content: {
      object: "kv1/certificates/cert1",
      version,
      ordinal,
      form: "as-is",
      from: 8,
    },
  };
}

/** Challenges without a token; with one, answers each kind of object. */
const aVault =
  (key = aKey()): Answer =>
  ({ operation, name, version, token }): VaultReply => {
    if (token === null) return challenge();
    const ordinal = version === null ? 3 : parseInt(version, 16);
    switch (operation) {
      case "SecretGet":
        return { ok: true, bundle: aBundle(name, "hunter2") };
      case "KeyGet":
        return { ok: true, key: version === null ? key : aKey({}, ordinal) };
      case "CertificateGet":
        return { ok: true, certificate: aCertificate(ordinal) };
      default:
        return {
          ok: true,
          versions: [1, 2, 3].map((each) => ({
            version: versionId(each),
            enabled: true,
            created: each,
          })),
        };
    }
  };

const KEY = "objectName: key1\nobjectType: key";
const CERT = "objectName: cert1\nobjectType: cert";
const SECRET = "objectName: secret1\nobjectType: secret";

function filesOf(objects: string, answer = aVault()) {
  const world = aWorld({ answer });
  const { reply } = mountNow(world, aRequest({ objects }));
  if (!reply.ok) throw new Error(reply.message);
  return { world, reply, files: reply.files };
}

const spkiOf = (jwk: object): string =>
  createPublicKey({ key: jwk as never, format: "jwk" })
    .export({ type: "spki", format: "pem" })
    .toString();

describe("a key", () => {
  test("is written as its public half in PEM, as OpenSSL writes it", () => {
    const { world, files, reply } = filesOf(anObjectsText(KEY));
    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({
      path: "key1",
      mode: 0o644,
      content: { object: "kv1/keys/key1", form: "spki-pem", from: 7 },
    });
    const pem = bytesToUtf8(files[0]!.bytes);
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(pem).toBe(spkiOf({ kty: "RSA", ...RSA.jwk }));
    expect(reply.objectVersions).toEqual([
      { id: "key/key1", version: versionId(1) },
    ]);
    expect(world.values.get(files[0]!.content)).toBe(files[0]!.bytes);
  });

  test.each(["P-256", "P-384", "P-521"] as const)(
    "of the curve %s is written with both its coordinates",
    (curve) => {
      for (const { jwk } of testKeysOf({ keyType: "EC", curve })) {
        const answer = aVault(aKey({ kty: "EC-HSM", ...jwk }));
        const { files } = filesOf(anObjectsText(KEY), answer);
        expect(bytesToUtf8(files[0]!.bytes)).toBe(
          spkiOf({ kty: "EC", ...jwk }),
        );
      }
    },
  );

  test("of RSA in an HSM is written like any other, whatever its size", () => {
    const { jwk } = testKeysOf({ keyType: "RSA", keySize: 4096 })[0]!;
    const answer = aVault(aKey({ kty: "RSA-HSM", ...jwk }));
    const { files } = filesOf(anObjectsText(KEY), answer);
    expect(bytesToUtf8(files[0]!.bytes)).toBe(spkiOf({ kty: "RSA", ...jwk }));
  });

  test.each([
    [
      { kty: "oct" },
      "failed to get key. key type 'oct' currently not supported",
    ],
    [{ kty: "EC", crv: "P-256K" }, "curve P-256K is not supported"],
  ])("%j is refused with the provider's text", (key, text) => {
    const world = aWorld({ answer: aVault(aKey(key)) });
    expect(errorOf(world, aRequest({ objects: anObjectsText(KEY) }))).toBe(
      `failed to get objectType:key, objectName:key1, objectVersion:: ${text}`,
    );
  });
});

describe("a certificate", () => {
  test("is written as its leaf in PEM, without its chain", () => {
    const { files, reply } = filesOf(anObjectsText(CERT));
    const lines = RSA.chained.cer.match(/.{1,64}/g)!.join("\n");
    expect(bytesToUtf8(files[0]!.bytes)).toBe(
      `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    );
    expect(files[0]).toMatchObject({
      path: "cert1",
      content: { object: "kv1/certificates/cert1", form: "pem", from: 8 },
    });
    expect(reply.objectVersions).toEqual([
      { id: "cert/cert1", version: versionId(3) },
    ]);
  });

  test("that is not there fails with its own path in the URL", () => {
    const world = aWorld({
      answer: ({ token }) =>
        token === null
          ? challenge()
          : refusal({
              status: 404,
              code: "CertificateNotFound",
              message: "A certificate with (name/id) cert1 was not found",
            }),
    });
    expect(errorOf(world, aRequest({ objects: anObjectsText(CERT) }))).toMatch(
      /^failed to get objectType:cert, objectName:cert1, objectVersion:: GET https:\/\/kv1.vault.azure.net\/certificates\/cert1\/\n-{80}\nRESPONSE 404: 404 Not Found\nERROR CODE: CertificateNotFound\n/,
    );
  });
});

describe("three kinds of objects", () => {
  const objects = anObjectsText(SECRET, KEY, SECRET, CERT);

  test("cost a probe each, but one token for the mount", () => {
    const world = aWorld({ answer: aVault() });
    mountNow(world, aWorkloadRequest({ objects }));
    expect(world.vault.log).toEqual([
      "SecretGet secret1 without token",
      "SecretGet secret1",
      "KeyGet key1 without token",
      "KeyGet key1",
      "SecretGet secret1",
      "CertificateGet cert1 without token",
      "CertificateGet cert1",
    ]);
    expect(world.tokens.requests).toHaveLength(1);
  });

  test("cost a token each under pod identity, which keeps none", () => {
    const world = aWorld({ answer: aVault() });
    const podIdentity = {
      useVMManagedIdentity: undefined,
      usePodIdentity: "true",
    };
    mountNow(world, aRequest({ objects, ...podIdentity }));
    expect(world.tokens.requests).toHaveLength(3);
  });

  test("cost no probe and one token before provider 1.5.0", () => {
    const world = aWorld({ answer: aVault(), version: "1.4.1" });
    mountNow(world, aRequest({ objects }));
    expect(world.vault.log).toEqual([
      "SecretGet secret1",
      "KeyGet key1",
      "SecretGet secret1",
      "CertificateGet cert1",
    ]);
    expect(world.tokens.requests).toHaveLength(1);
  });

  test.each([
    ["1.8.2", "go1.25.11"],
    ["1.8.1", "go1.25.9"],
    ["1.7.2", "go1.24.9"],
    ["1.5.0", "go1.19"],
  ])("are asked for by the module of each in provider %s", (version, go) => {
    const world = aWorld({ answer: aVault(), version });
    mountNow(world, aRequest({ objects }));
    const agents = world.vault.requests.map(
      ({ request }) => request.caller.userAgent,
    );
    expect([...new Set(agents)]).toEqual([
      `azsdk-go-azsecrets/v0.13.0 (${go}; linux)`,
      `azsdk-go-azkeys/v0.11.0 (${go}; linux)`,
      `azsdk-go-azcertificates/v0.10.0 (${go}; linux)`,
    ]);
  });
});

describe("a history", () => {
  test.each([
    ["key", "key1", "Key"],
    ["cert", "cert1", "Certificate"],
  ])("of a %s has its own list, ids and files", (type, name, audit) => {
    const object = `objectName: ${name}\nobjectType: ${type}\nobjectVersion: latest\nobjectVersionHistory: 2`;
    const { world, reply, files } = filesOf(anObjectsText(object));
    expect(world.vault.log).toEqual([
      `${audit}ListVersions ${name} without token`,
      `${audit}ListVersions ${name}`,
      ...[3, 2, 1].map((n) => `${audit}Get ${name}/${versionId(n)}`),
    ]);
    expect(reply.objectVersions).toEqual(
      [3, 2, 1].map((ordinal, i) => ({
        id: `${type}/${name}/${i}`,
        version: versionId(ordinal),
      })),
    );
    expect(files.map(({ path }) => path)).toEqual(
      [0, 1, 2].map((i) => `${name}/${i}`),
    );
  });

  test("whose list fails does not name the object", () => {
    const world = aWorld({
      answer: ({ token }) =>
        token === null
          ? challenge()
          : refusal({ status: 403, code: "Forbidden", message: "no list" }),
    });
    const objects = anObjectsText(`${KEY}\nobjectVersionHistory: 2`);
    expect(errorOf(world, aRequest({ objects }))).toMatch(
      /^GET https:\/\/kv1.vault.azure.net\/keys\/key1\/versions\n/,
    );
  });
});

test.each([
  [KEY, "GetKey", "keys/key1"],
  [CERT, "GetCertificate", "certificates/cert1"],
])("provider 1.4.1 names the method of autorest (%j)", (object, method) => {
  const world = aWorld({
    version: "1.4.1",
    answer: () => refusal({ status: 404, code: "NotFound", message: "gone" }),
  });
  const objects = anObjectsText(object);
  expect(errorOf(world, aRequest({ objects }))).toContain(
    `keyvault.BaseClient#${method}: Failure responding to request: StatusCode=404`,
  );
});

test("a file has the alias for its name in every version of the provider", () => {
  for (const version of ["1.0.0", "1.4.1", "1.5.0", "1.8.2"]) {
    const world = aWorld({ answer: aVault(), version });
    const objects = anObjectsText(`${SECRET}\nobjectAlias: SECRET_1`);
    const { reply } = mountNow(world, aRequest({ objects }));
    if (!reply.ok) throw new Error(reply.message);
    expect(reply.files.map(({ path }) => path)).toEqual(["SECRET_1"]);
    expect(reply.objectVersions[0]?.id).toBe("secret/secret1");
  }
});
