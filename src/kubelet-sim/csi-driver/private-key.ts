/**
 * A private key in any of the three containers that the driver takes, re-encoded in its own kind's form: RSA as PKCS#1,
 * elliptic curve as SEC 1 with the curve's name.
 *
 * Source: golang/go go1.24 src/crypto/x509/pkcs1.go, pkcs8.go, sec1.go; RFC 5208, RFC 5915, RFC 8017 A.1.2
 * Simplification: The numbers of a private key in a kubernetes.io/tls Secret are copied without checking that they make a valid key; Go checks them.
 * Simplification: An elliptic curve key without its uncompressed public point, and an RSA key of more than two primes, are refused as not modelled in this version; Go computes what is missing.
 */
import { bytesEqual, hexToBytes } from "../../kernel/bytes.ts";
import type { DerElement } from "./der.ts";
import {
  DER,
  derSequence,
  isPositiveInteger,
  readDer,
  writeDer,
} from "./der.ts";
import type { PemBlock } from "./pem.ts";

type PrivateKey =
  | ({ readonly ok: true } & PemBlock)
  | { readonly ok: false; readonly error: string };

const RSA = hexToBytes("2a864886f70d010101");
const ELLIPTIC_CURVE = hexToBytes("2a8648ce3d0201");
const ED25519 = hexToBytes("2b6570");
const X25519 = hexToBytes("2b656e");

interface Curve {
  readonly oid: Uint8Array;
  /** Bytes of a coordinate and of the private number. */
  readonly size: number;
}

/** P-224, P-256, P-384, P-521: the curves that Go's x509 knows. */
const CURVES: readonly Curve[] = [
  { oid: hexToBytes("2b81040021"), size: 28 },
  { oid: hexToBytes("2a8648ce3d030107"), size: 32 },
  { oid: hexToBytes("2b81040022"), size: 48 },
  { oid: hexToBytes("2b81040023"), size: 66 },
];

const OTHER_KIND =
  "unknown private key type found while getting key. Only rsa and ecdsa are supported";

/** Null for bytes that are none of PKCS#1, PKCS#8 and SEC 1, an encrypted key among them. */
export function readPrivateKey(der: Uint8Array): PrivateKey | null {
  return pkcs1(der) ?? pkcs8(der) ?? sec1(der, null);
}

/** RSAPrivateKey ::= SEQUENCE { version, n, e, d, p, q, dp, dq, qinv, otherPrimes OPTIONAL } */
function pkcs1(der: Uint8Array): PrivateKey | null {
  const parts = derSequence(der);
  if (parts === null || parts.length < 9) return null;
  const [version, ...numbers] = parts as [DerElement, ...DerElement[]];
  if (!isVersion(version, 0) && !isVersion(version, 1)) return null;
  if (!numbers.slice(0, 8).every(isPositiveInteger)) return null;
  if (numbers.length > 8)
    return notModelled("an RSA private key of more than two primes");
  const encoded = numbers.map(({ tag, content }) => writeDer(tag, content));
  const zero = writeDer(DER.integer, Uint8Array.of(0));
  const bytes = writeDer(DER.sequence, zero, ...encoded);
  return { ok: true, type: "RSA PRIVATE KEY", bytes };
}

/** PrivateKeyInfo ::= SEQUENCE { version, SEQUENCE { algorithm, parameters OPTIONAL }, OCTET STRING, … } */
function pkcs8(der: Uint8Array): PrivateKey | null {
  const [version, kind, key] = derSequence(der) ?? [];
  if (version?.tag !== DER.integer || kind?.tag !== DER.sequence) return null;
  if (key?.tag !== DER.octetString) return null;
  const algorithm = readDer(kind.content);
  if (algorithm?.tag !== DER.objectIdentifier) return null;
  const is = (oid: Uint8Array): boolean => bytesEqual(algorithm.content, oid);
  if (is(RSA)) return pkcs1(key.content);
  if (is(ELLIPTIC_CURVE)) {
    // 2: the algorithm's own tag and length.
    const parameters = readDer(
      kind.content.subarray(algorithm.content.length + 2),
    );
    const named = parameters?.tag === DER.objectIdentifier;
    return sec1(key.content, named ? parameters.content : null);
  }
  if (!is(ED25519) && !is(X25519)) return null;
  const seed = readDer(key.content);
  const whole = seed?.tag === DER.octetString && seed.content.length === 32;
  return whole ? { ok: false, error: OTHER_KIND } : null;
}

/**
 * ECPrivateKey ::= SEQUENCE { version, OCTET STRING, [0] curve OPTIONAL, [1] BIT STRING OPTIONAL }
 * The curve that a surrounding PKCS#8 names (`outerCurve`) goes before the key's own.
 */
function sec1(
  der: Uint8Array,
  outerCurve: Uint8Array | null,
): PrivateKey | null {
  const parts = derSequence(der);
  if (parts === null) return null;
  const [version, secret] = parts;
  if (version === undefined || !isVersion(version, 1)) return null;
  if (secret?.tag !== DER.octetString) return null;
  const oid = outerCurve ?? inside(parts, DER.explicit0, DER.objectIdentifier);
  const curve = CURVES.find(
    (known) => oid !== null && bytesEqual(known.oid, oid),
  );
  if (curve === undefined) return null;
  const number = atSize(secret.content, curve.size);
  if (number === null) return null;
  const point = inside(parts, DER.explicit1, DER.bitString);
  if (point === null || !isUncompressed(point, curve.size))
    return notModelled(
      "an elliptic curve private key without its uncompressed public point",
    );
  const bytes = writeDer(
    DER.sequence,
    writeDer(DER.integer, Uint8Array.of(1)),
    writeDer(DER.octetString, number),
    writeDer(DER.explicit0, writeDer(DER.objectIdentifier, curve.oid)),
    writeDer(DER.explicit1, writeDer(DER.bitString, point)),
  );
  return { ok: true, type: "EC PRIVATE KEY", bytes };
}

/** The content of the `tag` element inside the part tagged `wrapper`. */
function inside(
  parts: readonly DerElement[],
  wrapper: number,
  tag: number,
): Uint8Array | null {
  const part = parts.find((candidate) => candidate.tag === wrapper);
  const element = part === undefined ? null : readDer(part.content);
  return element?.tag === tag ? element.content : null;
}

/** Zeros added or taken away in front: OpenSSL once left them out, and Go forgives both. Null when it is too long. */
function atSize(number: Uint8Array, size: number): Uint8Array | null {
  const surplus = Math.max(0, number.length - size);
  if (number.subarray(0, surplus).some((byte) => byte !== 0)) return null;
  const out = new Uint8Array(size);
  const kept = number.subarray(surplus);
  out.set(kept, size - kept.length);
  return out;
}

/** A BIT STRING's content: no unused bits, then 04 and both coordinates. */
function isUncompressed(bits: Uint8Array, size: number): boolean {
  return bits.length === 2 + 2 * size && bits[0] === 0 && bits[1] === 4;
}

function isVersion({ tag, content }: DerElement, version: number): boolean {
  return tag === DER.integer && content.length === 1 && content[0] === version;
}

function notModelled(what: string): PrivateKey {
  return { ok: false, error: `${what} is not modelled in this version` };
}
