import {
  X509Certificate,
  createHash,
  createPrivateKey,
  createPublicKey,
} from "node:crypto";
import forge from "node-forge";
import { describe, expect, test } from "vitest";
import { Draws } from "../../src/kernel/draw.ts";
import { CURVES, RSA_SIZES } from "../../src/keyvault-mock/key-kind.ts";
import type { KeyKind } from "../../src/keyvault-mock/key-kind.ts";
import { TEST_AUTHORITIES } from "../../src/keyvault-mock/test-keys/authorities.ts";
import {
  drawTestKey,
  testKeysOf,
} from "../../src/keyvault-mock/test-keys/pool.ts";
import type { TestKey } from "../../src/keyvault-mock/test-keys/test-key.ts";
import {
  TEST_CERTIFICATES_FROM,
  TEST_CERTIFICATES_UNTIL,
} from "../../src/keyvault-mock/test-keys/test-key.ts";

const KINDS: KeyKind[] = [
  ...RSA_SIZES.map((keySize) => ({ keyType: "RSA", keySize }) as const),
  ...CURVES.map((curve) => ({ keyType: "EC", curve }) as const),
];
const RSA: KeyKind = { keyType: "RSA", keySize: 2048 };

const OPENSSL_CURVES = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
};

/** Each key of the pool with its kind, by name. */
const POOL = KINDS.flatMap((kind) =>
  testKeysOf(kind).map((key) => [key.name, kind, key] as const),
);
const CERTIFICATES = POOL.flatMap(([name, , key]) => [
  [`${name}, self-signed`, key, key.selfSigned, [] as string[]] as const,
  [`${name}, chained`, key, key.chained, TEST_AUTHORITIES] as const,
]);

function bytes(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}

function privateKeyOf({ pkcs8 }: TestKey) {
  return createPrivateKey({ key: bytes(pkcs8), format: "der", type: "pkcs8" });
}

describe("the pool of test keys", () => {
  test("has a few of each kind, no two alike, all of them called test material", () => {
    expect(KINDS.map((kind) => testKeysOf(kind).length)).toEqual([
      4, 2, 2, 3, 3, 3,
    ]);
    expect(new Set(POOL.map(([, , { pkcs8 }]) => pkcs8)).size).toBe(17);
    for (const [name] of POOL) expect(name).toMatch(/^keyturn-test-/);
  });

  test.each(POOL)(
    "%s is of its kind, public part and private one",
    (_, kind, key) => {
      const privateKey = privateKeyOf(key);
      const { asymmetricKeyType, asymmetricKeyDetails } = privateKey;
      const { modulusLength, namedCurve } = asymmetricKeyDetails!;
      expect([asymmetricKeyType, modulusLength ?? namedCurve]).toEqual(
        "curve" in kind
          ? ["ec", OPENSSL_CURVES[kind.curve]]
          : ["rsa", kind.keySize],
      );
      const published = createPublicKey(privateKey).export({ format: "jwk" });
      expect({ ...key.jwk, kty: published.kty }).toEqual(published);
    },
  );

  test.each(CERTIFICATES)(
    "%s: the certificate is the key's, valid for thirty years, with its thumbprint",
    (_, key, certificate, authorities) => {
      const x509 = new X509Certificate(bytes(certificate.cer));
      expect(x509.subject).toBe(`CN=${key.name}`);
      expect(x509.checkPrivateKey(privateKeyOf(key))).toBe(true);
      expect(Date.parse(x509.validFrom)).toBe(TEST_CERTIFICATES_FROM);
      expect(Date.parse(x509.validTo)).toBe(TEST_CERTIFICATES_UNTIL);
      const digest = createHash("sha1").update(x509.raw).digest("base64url");
      expect(certificate.x5t).toBe(digest);
      const chain = [
        x509,
        ...authorities.map((der) => new X509Certificate(bytes(der))),
      ];
      for (const [i, one] of chain.entries()) {
        const issuer = chain[i + 1] ?? one;
        expect(one.issuer).toBe(issuer.subject);
        expect(one.verify(issuer.publicKey)).toBe(true);
      }
    },
  );

  test.each(CERTIFICATES)(
    "%s: the PFX opens with an empty password and holds key and certificates",
    (_, key, certificate, authorities) => {
      const der = forge.util.createBuffer(
        bytes(certificate.pfx).toString("binary"),
      );
      const pfx = forge.pkcs12.pkcs12FromAsn1(
        forge.asn1.fromDer(der),
        true,
        "",
      );
      const bags = pfx.safeContents.flatMap(({ safeBags }) => safeBags);
      const ofType = (type: string) =>
        bags.filter((bag) => bag.type === forge.pki.oids[type]);
      const keys = ofType("pkcs8ShroudedKeyBag").map((bag) =>
        bag.key
          ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))
          : bag.asn1,
      );
      expect(keys.map(base64Of)).toEqual([key.pkcs8]);
      const certificates = ofType("certBag").map((bag) =>
        bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1,
      );
      expect(certificates.map(base64Of)).toEqual([
        certificate.cer,
        ...authorities,
      ]);
    },
  );
});

function base64Of(asn1: forge.asn1.Asn1): string {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), "binary").toString(
    "base64",
  );
}

describe("a version's test key", () => {
  test("is drawn by ordinal, and never the one before", () => {
    const draws = new Draws(3);
    let before: number | null = null;
    const seen = new Set<number>();
    for (let ordinal = 1; ordinal <= 200; ordinal++) {
      const index: number = drawTestKey(
        draws,
        RSA,
        "vault/kv/keys/k",
        ordinal,
        before,
      );
      expect(index).not.toBe(before);
      expect(testKeysOf(RSA)[index]).toBeDefined();
      seen.add(index);
      before = index;
    }
    expect(seen.size).toBe(4);
    expect(drawTestKey(new Draws(3), RSA, "vault/kv/keys/k", 1, null)).toBe(
      drawTestKey(draws, RSA, "vault/kv/keys/k", 1, null),
    );
  });

  test("depends on the seed", () => {
    const firsts = Array.from({ length: 40 }, (_, seed) =>
      drawTestKey(new Draws(seed), RSA, "vault/kv/keys/k", 1, null),
    );
    expect(new Set(firsts).size).toBe(4);
  });
});
