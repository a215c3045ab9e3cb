import { X509Certificate, createPrivateKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { CertificateForm } from "../../src/cluster-sim/ports.ts";
import type { ContentRef } from "../../src/kernel/content.ts";
import type { NewCertificate } from "../../src/keyvault-mock/index.ts";
import {
  OID,
  START,
  aRequest,
  aWorld,
  certificateOf,
  errorOf,
  inShort,
  keyOf,
  resultOf,
  secretOf,
  versionsOf,
} from "./support.ts";
import type { World } from "./support.ts";

const HOST = "https://kvdemo.vault.azure.net";
/** 2020-01-01T00:00:00Z and 2049-12-31T23:59:59Z. */
const [NBF, EXP] = [1_577_836_800, 2_524_607_999];

function set(world: World, version: NewCertificate = {}, name = "cert1") {
  const done = world.run((v) => v.setCertificate("kvdemo", name, version));
  return resultOf(done).certificate;
}

const get = { operation: "CertificateGet", name: "cert1" } as const;
const list = { operation: "CertificateListVersions", name: "cert1" } as const;
const getKey = { operation: "KeyGet", name: "cert1" } as const;
const getSecret = { operation: "SecretGet", name: "cert1" } as const;

/** The bytes behind a content in one of its forms. */
function form(world: World, content: ContentRef, wanted: CertificateForm) {
  return Buffer.from(world.values.get({ ...content, form: wanted })!);
}

function blocks(pem: string): string[] {
  return pem.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----\n/g)!;
}

describe("a certificate", () => {
  test("comes with a key and a secret of the same name and version, linked to each other", () => {
    const world = aWorld();
    const { version } = set(world, { tags: { app: "shop" } });
    const { content, ...bundle } = certificateOf(world.reply(get));
    const x509 = new X509Certificate(Buffer.from(bundle.cer, "base64"));
    const attributes = {
      enabled: true,
      nbf: NBF,
      exp: EXP,
      created: START / 1000,
      updated: START / 1000,
      recoveryLevel: "Recoverable+Purgeable",
      recoverableDays: 90,
    };
    expect(bundle).toEqual({
      id: `${HOST}/certificates/cert1/${version}`,
      kid: `${HOST}/keys/cert1/${version}`,
      sid: `${HOST}/secrets/cert1/${version}`,
      x5t: Buffer.from(x509.fingerprint.replaceAll(":", ""), "hex").toString(
        "base64url",
      ),
      cer: expect.any(String),
      version,
      contentType: "application/x-pkcs12",
      attributes,
      tags: { app: "shop" },
    });
    expect(world.values.get(content)).toEqual(new Uint8Array(x509.raw));
    const key = keyOf(world.reply(getKey));
    expect(key).toMatchObject({
      key: { kid: bundle.kid, kty: "RSA" },
      version,
      attributes,
      managed: true,
    });
    expect(x509.publicKey.export({ format: "jwk" })).toMatchObject({
      n: key.key.n,
      e: key.key.e,
    });
    expect(secretOf(world.reply(getSecret))).toMatchObject({
      id: bundle.sid,
      kid: bundle.kid,
      version,
      contentType: "application/x-pkcs12",
      attributes,
      tags: { app: "shop" },
      managed: true,
    });
  });

  test("has a PFX in base64 as its secret, and its parts in the value book", () => {
    const world = aWorld();
    set(world);
    const { value, content } = secretOf(world.reply(getSecret));
    expect(form(world, content, "pfx-der").toString("base64")).toBe(value);
    const key = createPrivateKey(form(world, content, "key-pem"));
    const certificates = form(world, content, "certs-pem").toString();
    expect(blocks(certificates).join("")).toBe(certificates);
    expect(blocks(certificates)).toHaveLength(1);
    expect(new X509Certificate(certificates).checkPrivateKey(key)).toBe(true);
  });

  test("has PEM text as its secret when asked for: the PKCS#8 key, then the certificates from leaf to root", () => {
    const world = aWorld();
    const { cer } = set(world, {
      contentType: "application/x-pem-file",
      chain: true,
      keyType: "EC",
      curve: "P-384",
    });
    const { value, content, contentType } = secretOf(world.reply(getSecret));
    expect(contentType).toBe("application/x-pem-file");
    const keyPem = form(world, content, "key-pem").toString();
    const certsPem = form(world, content, "certs-pem").toString();
    expect(value).toBe(keyPem + certsPem);
    const [key, ...certificates] = blocks(value);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const [leaf, intermediate, root] = certificates.map(
      (pem) => new X509Certificate(pem),
    );
    expect(certificates).toHaveLength(3);
    expect(leaf!.raw.toString("base64")).toBe(cer);
    expect(leaf!.checkPrivateKey(createPrivateKey(key!))).toBe(true);
    expect(leaf!.verify(intermediate!.publicKey)).toBe(true);
    expect(intermediate!.verify(root!.publicKey)).toBe(true);
    expect(root!.subject).toBe("CN=keyturn-test-root");
  });

  test("can be set with dates of its own, which are those of its key and secret too", () => {
    const world = aWorld();
    set(world, { notBefore: START, expires: START + 60_000 });
    const dates = { nbf: START / 1000, exp: START / 1000 + 60 };
    for (const { attributes } of [
      certificateOf(world.reply(get)),
      keyOf(world.reply(getKey)),
      secretOf(world.reply(getSecret)),
    ])
      expect(attributes).toMatchObject(dates);
  });

  test("is renewed with a new version of all three and another key; the old ones stay", () => {
    const world = aWorld();
    const made = [set(world), set(world, { chain: true }), set(world)];
    for (const request of [
      list,
      { ...list, operation: "KeyListVersions" },
      { ...list, operation: "SecretListVersions" },
    ] as const)
      expect(
        versionsOf(world.reply(request)).map(({ version }) => version),
      ).toEqual(made.map(({ version }) => version).sort());
    const keys = made.map(
      ({ version }) => keyOf(world.reply({ ...getKey, version })).key.n,
    );
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[1]);
    const first = made[0]!.version;
    const old = certificateOf(world.reply({ ...get, version: first }));
    expect(old.cer).toBe(made[0]!.cer);
    expect(secretOf(world.reply(getSecret)).version).toBe(made[2]!.version);
    expect(secretOf(world.reply(getSecret)).content.ordinal).toBe(3);
  });

  test("that is disabled is still shown, with its key, but withholds its secret", () => {
    const world = aWorld();
    set(world, { enabled: false });
    expect(certificateOf(world.reply(get)).attributes["enabled"]).toBe(false);
    expect(keyOf(world.reply(getKey)).attributes["enabled"]).toBe(false);
    expect(inShort(errorOf(world.reply(getSecret)))).toBe(
      "403 Forbidden SecretDisabled",
    );
    expect(versionsOf(world.reply(list))).toMatchObject([{ enabled: false }]);
  });
});

describe("what is refused", () => {
  test("writing the key or the secret of a certificate by itself", () => {
    const world = aWorld();
    const { version } = set(world);
    const refusals = [
      world.run((v) => v.setSecret("kvdemo", "CERT1", { value: "v" })),
      world.run((v) => v.updateSecret("kvdemo", "cert1", { enabled: false })),
      world.run((v) => v.deleteSecret("kvdemo", "cert1")),
      world.run((v) => v.setKey("kvdemo", "cert1")),
    ];
    for (const refusal of refusals)
      expect(inShort(errorOf(refusal))).toBe("409 Conflict");
    expect(secretOf(world.reply(getSecret)).version).toBe(version);
    expect(keyOf(world.reply(getKey)).version).toBe(version);
  });

  test("the name of a plain secret, also of a deleted one until it is purged", () => {
    const world = aWorld();
    const tried = () =>
      world.run((v) => v.setCertificate("kvdemo", "cert1", {}));
    world.run((v) => v.setSecret("kvdemo", "cert1", { value: "v" }));
    expect(inShort(errorOf(tried()))).toBe("409 Conflict");
    world.run((v) => v.deleteSecret("kvdemo", "cert1"));
    world.sim.runUntil(world.sim.now + 4000);
    expect(errorOf(tried()).innerCode).toBe("ObjectIsDeletedButRecoverable");
    world.run((v) => v.purgeSecret("kvdemo", "cert1"));
    world.sim.runUntil(world.sim.now + 10_000);
    resultOf(tried());
    expect(secretOf(world.reply(getSecret)).content.ordinal).toBe(2);
  });

  test("the name of a plain key", () => {
    const world = aWorld();
    world.run((v) => v.setKey("kvdemo", "cert1"));
    const done = world.run((v) => v.setCertificate("kvdemo", "cert1"));
    expect(inShort(errorOf(done))).toBe("409 Conflict");
    expect(inShort(errorOf(world.reply(getSecret)))).toBe("404 SecretNotFound");
  });

  test.each([
    [{ contentType: "text/plain" }],
    [{ keyType: "EC", keySize: 2048 }],
    [{ tags: { app: "x".repeat(257) } }],
  ])("a certificate with %j", (version) => {
    const done = aWorld().run((v) =>
      v.setCertificate("kvdemo", "cert1", version as NewCertificate),
    );
    expect(inShort(errorOf(done))).toBe("400 BadParameter");
  });

  test("a key in an HSM, which is not modelled", () => {
    expect(() => set(aWorld(), { keyType: "EC-HSM" })).toThrow(
      expect.objectContaining({ code: "NotModelled" }),
    );
  });

  test("a certificate that is not there, and a caller without the permission", () => {
    const world = aWorld();
    const missing = errorOf(world.reply({ ...get, version: "f00" }));
    expect(inShort(missing)).toBe("404 CertificateNotFound");
    expect(missing.message).toMatch(
      /^A certificate with \(name\/id\) cert1\/f00 was not found/,
    );
    expect(versionsOf(world.reply(list))).toEqual([]);
    const may = { certificates: ["list"] };
    const policies = [{ objectId: OID, permissions: may }];
    world.run((v) => v.setAccess("kvdemo", { mode: "accessPolicy", policies }));
    expect(versionsOf(world.reply(list))).toEqual([]);
    expect(errorOf(world.reply(get)).message).toContain(
      "does not have certificates get permission",
    );
    const importing = { name: "cert1", chain: true };
    const done = world.run((v) =>
      v.certificates.set("kvdemo", importing, aRequest()),
    );
    expect(errorOf(done).message).toContain("certificates import permission");
  });
});

test("a first certificate is logged as created or imported, a next one as renewed", () => {
  const world = aWorld();
  set(world);
  set(world, { chain: true });
  set(world, { chain: true }, "cert2");
  world.reply(get);
  world.reply(list);
  const lines = world
    .audit()
    .slice(1)
    .map(
      ({ data }) =>
        `${data.operation} ${data.method} ${data.uri} ${data.status}`,
    );
  expect(lines).toEqual([
    "CertificateCreate POST /certificates/cert1/create?api-version=7.4 202",
    "CertificateRenew POST /certificates/cert1/create?api-version=7.4 202",
    "CertificateImport POST /certificates/cert2/import?api-version=7.4 200",
    "CertificateGet GET /certificates/cert1/?api-version=7.4 200",
    "CertificateListVersions GET /certificates/cert1/versions?api-version=7.4 200",
  ]);
});

test("a new version is three facts, each the first cause of the reads of its object", () => {
  const world = aWorld();
  const { version } = set(world, { keyType: "EC" });
  const request = world.audit().at(-1)!.instance.fact.seq;
  const made = world.facts().slice(-3);
  const data = {
    vault: "kvdemo",
    name: "cert1",
    version,
    ordinal: 1,
    enabled: true,
  };
  const [certificate, key, secret] = made;
  expect(made.map(({ type, about, causes }) => [type, about, causes])).toEqual([
    ["vault.certificate.set", "kvdemo/certificates/cert1", [[request, 0]]],
    ["vault.key.set", "kvdemo/keys/cert1", [[request, 0], certificate!.seq]],
    [
      "vault.secret.set",
      "kvdemo/secrets/cert1",
      [[request, 0], certificate!.seq],
    ],
  ]);
  expect(made.map((fact) => fact.data)).toEqual([
    { ...data, keyKind: "EC P-256" },
    { ...data, keyKind: "EC P-256" },
    data,
  ]);
  for (const [ask, fact] of [
    [get, certificate],
    [getKey, key],
    [getSecret, secret],
  ] as const) {
    world.reply(ask);
    expect(world.audit().at(-1)!.instance.causes).toEqual([fact!.seq]);
  }
});

test("no fact holds anything of a key or a certificate", () => {
  const world = aWorld();
  const { cer, x5t } = set(world, { contentType: "application/x-pem-file" });
  const { value } = secretOf(world.reply(getSecret));
  const { n } = keyOf(world.reply(getKey)).key;
  const told = JSON.stringify(world.facts());
  for (const secret of [
    cer,
    x5t,
    n!,
    ...value.split("\n").filter((line) => line.length > 40),
  ])
    expect(told).not.toContain(secret);
});
