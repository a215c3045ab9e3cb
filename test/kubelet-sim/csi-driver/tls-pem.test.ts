/** What the driver cuts out of a file for `tls.crt` and `tls.key`, held against node's own exports (csi-driver.md 5.3). */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { bytesToUtf8, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import { certPart } from "../../../src/kubelet-sim/csi-driver/tls-pem.ts";

const LEAF = aBlock("CERTIFICATE", "leaf of the chain ".repeat(9));
const ROOT = aBlock("CERTIFICATE", "root of the chain ".repeat(9));

function aBlock(type: string, bytes: string | Uint8Array): string {
  const base64 = Buffer.from(bytes).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [
    `-----BEGIN ${type}-----`,
    ...lines,
    `-----END ${type}-----`,
    "",
  ].join("\n");
}

/** The part's text, or the error in angle brackets. */
function part(text: string | Uint8Array, key: string): string {
  const bytes = typeof text === "string" ? utf8ToBytes(text) : text;
  const result = certPart(bytes, key);
  return result.ok ? bytesToUtf8(result.bytes) : `<${result.error}>`;
}

function pem(key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1"): string {
  return key.export({ type, format: "pem" }) as string;
}

function der(key: KeyObject, type: "pkcs8" | "sec1"): Uint8Array {
  return key.export({ type, format: "der" });
}

const rsaKey = (bits = 2048): KeyObject =>
  generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
const ecKey = (namedCurve: string): KeyObject =>
  generateKeyPairSync("ec", { namedCurve }).privateKey;

const CURVES = ["P-224", "P-256", "P-384", "P-521"];
const EMPTY_KEY = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";
const NO_CONTENT =
  "<pkcs12: error reading P12 data: asn1: syntax error: sequence truncated>";
const UNKNOWN_KIND =
  "<unknown private key type found while getting key. Only rsa and ecdsa are supported>";

describe("the two halves of a kubernetes.io/tls file", () => {
  it("writes an RSA key as PKCS#1, whether it came as PKCS#8 or PKCS#1", () => {
    for (const bits of [1024, 2048]) {
      const key = rsaKey(bits);
      expect(part(pem(key, "pkcs8") + LEAF, "tls.key")).toBe(pem(key, "pkcs1"));
      expect(part(pem(key, "pkcs1"), "tls.key")).toBe(pem(key, "pkcs1"));
    }
  });

  it("writes an elliptic curve key as SEC 1 with the curve's name, whether it came as PKCS#8 or SEC 1", () => {
    for (const curve of CURVES) {
      const key = ecKey(curve);
      expect(part(LEAF + pem(key, "pkcs8"), "tls.key")).toBe(pem(key, "sec1"));
      expect(part(pem(key, "sec1"), "tls.key")).toBe(pem(key, "sec1"));
    }
  });

  it("takes a key under any label, also a wrong one", () => {
    const key = ecKey("P-256");
    const mislabelled = aBlock("RSA PRIVATE KEY", der(key, "pkcs8"));
    expect(part(mislabelled, "tls.key")).toBe(pem(key, "sec1"));
  });

  it("takes the last block that is no certificate as the key", () => {
    const [first, last] = [rsaKey(1024), ecKey("P-256")];
    const text = pem(first, "pkcs8") + LEAF + pem(last, "sec1") + ROOT;
    expect(part(text, "tls.key")).toBe(pem(last, "sec1"));
    const parameters = aBlock("EC PARAMETERS", "anything");
    expect(part(parameters + pem(last, "sec1"), "tls.key")).toBe(
      pem(last, "sec1"),
    );
  });

  it("gives all certificates in their order, without what lies between", () => {
    const key = pem(ecKey("P-256"), "pkcs8");
    const text = `Bag Attributes\n  name: x\n${LEAF}${key}subject=CN=ca\n${ROOT}`;
    expect(part(text, "tls.crt")).toBe(LEAF + ROOT);
  });

  it("reads CRLF line ends, trailing blanks, header lines and a missing last line break, and writes them no more", () => {
    const [begin, ...body] = LEAF.trimEnd().split("\n");
    const odd = [begin, "Comment: mine", "", ...body].join(" \t\r\n");
    expect(part(odd, "tls.crt")).toBe(LEAF);
  });

  it("skips a block that is unfinished, ends as something else, is not base64 or has header lines alone", () => {
    const unfinished = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n";
    const elsewhere = `${unfinished}-----END X-----\n`;
    const broken = LEAF.replace(/\n./, "\n!");
    const indented = LEAF.replaceAll("-----BEGIN", " -----BEGIN");
    const headersOnly =
      "-----BEGIN CERTIFICATE-----\nA: b\n-----END CERTIFICATE-----\n";
    const all = [unfinished, elsewhere, broken, indented, headersOnly];
    for (const bad of all) expect(part(bad + ROOT, "tls.crt")).toBe(ROOT);
  });

  it("writes a key block without a body, and no error, for a key that Go cannot read", () => {
    const encrypted = rsaKey(1024).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-128-cbc",
      passphrase: "x",
    }) as string;
    const publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
    const unknownCurve = pem(ecKey("secp256k1"), "pkcs8");
    for (const text of [encrypted, publicKey, unknownCurve])
      expect(part(text, "tls.key")).toBe(EMPTY_KEY);
    expect(part(aBlock("PRIVATE KEY", ""), "tls.key")).toBe(EMPTY_KEY);
  });

  it("reads no key that is cut short at any byte", () => {
    for (const type of ["pkcs8", "sec1"] as const) {
      const whole = der(ecKey("P-256"), type);
      for (let length = 0; length < whole.length; length++) {
        const text = aBlock("PRIVATE KEY", whole.subarray(0, length));
        expect(part(text, "tls.key")).toBe(EMPTY_KEY);
      }
    }
  });

  it("refuses keys of another kind in the driver's words", () => {
    const ed25519 = generateKeyPairSync("ed25519").privateKey;
    const x25519 = generateKeyPairSync("x25519").privateKey;
    expect(part(pem(ed25519, "pkcs8"), "tls.key")).toBe(UNKNOWN_KIND);
    expect(part(pem(x25519, "pkcs8"), "tls.key")).toBe(UNKNOWN_KIND);
  });

  it("brings a private number to the curve's size: zeros too many go, zeros left out come back", () => {
    const key = ecKey("P-256");
    // 30 77 | 02 01 01 | 04 20 and 32 bytes of number | the curve and the point
    const whole = der(key, "sec1");
    const [number, rest] = [whole.subarray(7, 39), whole.subarray(39)];
    const padded = [0x30, 0x78, 2, 1, 1, 4, 0x21, 0, ...number, ...rest];
    const long = [0x30, 0x78, 2, 1, 1, 4, 0x21, 9, ...number, ...rest];
    const short = [0x30, 0x76, 2, 1, 1, 4, 0x1f, ...number.slice(1), ...rest];
    const read = (bytes: readonly number[]): string =>
      part(aBlock("EC PRIVATE KEY", Uint8Array.from(bytes)), "tls.key");
    expect(read(padded)).toBe(pem(key, "sec1"));
    expect(read(long)).toBe(EMPTY_KEY);
    const refilled = Uint8Array.from(whole);
    refilled[7] = 0;
    expect(read(short)).toBe(aBlock("EC PRIVATE KEY", refilled));
  });

  it("refuses an elliptic curve key without its public point as not modelled", () => {
    const whole = der(ecKey("P-256"), "sec1");
    // The point is the last part: 70 bytes, tag and length among them.
    const pointless = [0x30, whole.length - 72, ...whole.subarray(2, -70)];
    const text = aBlock("EC PRIVATE KEY", Uint8Array.from(pointless));
    expect(part(text, "tls.key")).toBe(
      "<an elliptic curve private key without its uncompressed public point is not modelled in this version>",
    );
  });

  it("refuses an RSA key of more than two primes as not modelled", () => {
    const one = [2, 1, 1];
    const parts = [...Array(9).fill(one).flat(), 0x30, 0] as number[];
    const key = Uint8Array.from([0x30, parts.length, ...parts]);
    expect(part(aBlock("RSA PRIVATE KEY", key), "tls.key")).toBe(
      "<an RSA private key of more than two primes is not modelled in this version>",
    );
  });

  it("says what the driver says of a file that lacks the wanted half", () => {
    const key = pem(ecKey("P-256"), "pkcs8");
    expect(part(LEAF, "tls.key")).toBe(NO_CONTENT);
    expect(part(key, "tls.crt")).toBe(NO_CONTENT);
    expect(part("", "tls.crt")).toBe(NO_CONTENT);
    expect(part(`${LEAF}\n`, "tls.key")).toBe(
      "<pkcs12: error reading P12 data: asn1: syntax error: truncated tag or length>",
    );
  });

  it("says what the driver says of plain text, but for the content's own bytes", () => {
    const error =
      "<pkcs12: error reading P12 data: asn1: structure error: tags don't match (16 vs {class:? tag:? length:? isCompound:?}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} pfxPdu @2>";
    expect(part("hunter2", "tls.crt")).toBe(error);
    expect(part("MIIKYgIBAzCC", "tls.key")).toBe(error);
  });

  it("refuses a PFX file as not modelled", () => {
    const pfx = Buffer.from("308209d1020103", "hex");
    expect(part(pfx, "tls.crt")).toBe(
      "<pkcs12: a PFX file in a secret of type kubernetes.io/tls is not modelled in this version>",
    );
    expect(part(pfx, "tls.key")).toBe(part(pfx, "tls.crt"));
  });

  it("refuses every other key of the Secret", () => {
    expect(part(LEAF, "ca.crt")).toBe(
      "<key 'ca.crt' is not supported. Only 'tls.key' and 'tls.crt' are supported>",
    );
  });

  it("throws on no content whatever", () => {
    const keys = CURVES.map((curve) => der(ecKey(curve), "pkcs8"));
    const damaged = fc
      .tuple(
        fc.constantFrom(...keys),
        fc.nat(),
        fc.integer({ max: 255, min: 0 }),
      )
      .map(([key, at, byte]) => {
        const copy = Uint8Array.from(key);
        copy[at % copy.length] = byte;
        return utf8ToBytes(aBlock("PRIVATE KEY", copy));
      });
    const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged);
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom("tls.key", "tls.crt"),
        (data, key) => {
          expect(typeof certPart(data, key).ok).toBe("boolean");
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });
});
