/**
 * The file of an object of type key: its public half as Go's x509 writes it, `-----BEGIN PUBLIC KEY-----` (csi-driver.md 3.3).
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` getKey, getCurve at v1.8.2, the same
 * since v1.0.0; golang/go `src/crypto/x509/x509.go` MarshalPKIXPublicKey; RFC 3279 2.3, RFC 5480.
 * Simplification: that the point of an elliptic curve key lies on its curve is not checked, since only the vault makes keys.
 */
import type { KeyBundle } from "../../../cluster-sim/ports.ts";
import { base64ToBytes, hexToBytes } from "../../../kernel/bytes.ts";
import { DER, writeDer } from "../der.ts";
import { writePem } from "../pem.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";

const RSA = hexToBytes("2a864886f70d010101");
const ELLIPTIC_CURVE = hexToBytes("2a8648ce3d0201");
/** The tag of NULL, RSA's empty parameters. */
const NULL_TAG = 0x05;
const UNCOMPRESSED = Uint8Array.of(4);
const NO_UNUSED_BITS = Uint8Array.of(0);

interface Curve {
  readonly oid: Uint8Array;
  /** Bytes of a coordinate. */
  readonly size: number;
}

const CURVES = new Map<string, Curve>([
  ["P-256", { oid: hexToBytes("2a8648ce3d030107"), size: 32 }],
  ["P-384", { oid: hexToBytes("2b81040022"), size: 48 }],
  ["P-521", { oid: hexToBytes("2b81040023"), size: 66 }],
]);

/** Fails with the provider's text for what it does not support. */
export function publicKeyPem({ key }: KeyBundle): Checked<string> {
  switch (key.kty) {
    case "RSA":
    case "RSA-HSM":
      return checked(pem(rsaInfo(number(key.n), number(key.e))));
    case "EC":
    case "EC-HSM": {
      const name = key.crv ?? "";
      const curve = CURVES.get(name);
      if (curve === undefined) return refused(`curve ${name} is not supported`);
      return checked(pem(curveInfo(curve, number(key.x), number(key.y))));
    }
    default:
      return refused(
        `failed to get key. key type '${key.kty}' currently not supported`,
      );
  }
}

const pem = (info: Uint8Array): string =>
  writePem({ type: "PUBLIC KEY", bytes: info });

function rsaInfo(n: Uint8Array, e: Uint8Array): Uint8Array {
  const algorithm = writeDer(
    DER.sequence,
    writeDer(DER.objectIdentifier, RSA),
    writeDer(NULL_TAG),
  );
  const key = writeDer(DER.sequence, integer(n), integer(e));
  return publicKeyInfo(algorithm, key);
}

function curveInfo(
  { oid, size }: Curve,
  x: Uint8Array,
  y: Uint8Array,
): Uint8Array {
  const algorithm = writeDer(
    DER.sequence,
    writeDer(DER.objectIdentifier, ELLIPTIC_CURVE),
    writeDer(DER.objectIdentifier, oid),
  );
  return publicKeyInfo(
    algorithm,
    UNCOMPRESSED,
    atSize(x, size),
    atSize(y, size),
  );
}

/** SubjectPublicKeyInfo ::= SEQUENCE { algorithm, BIT STRING } */
function publicKeyInfo(
  algorithm: Uint8Array,
  ...key: readonly Uint8Array[]
): Uint8Array {
  return writeDer(
    DER.sequence,
    algorithm,
    writeDer(DER.bitString, NO_UNUSED_BITS, ...key),
  );
}

/** A positive INTEGER in its shortest form. */
function integer(magnitude: Uint8Array): Uint8Array {
  const first = magnitude[0];
  const sign = first === undefined || first >= 0x80 ? [Uint8Array.of(0)] : [];
  return writeDer(DER.integer, ...sign, magnitude);
}

function atSize(magnitude: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  out.set(magnitude, size - magnitude.length);
  return out;
}

/** A base64url number without leading zeros; Go reads a missing one as zero. */
function number(text = ""): Uint8Array {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  const padding = "=".repeat((4 - (standard.length % 4)) % 4);
  const bytes = base64ToBytes(standard + padding);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? new Uint8Array() : bytes.subarray(first);
}
