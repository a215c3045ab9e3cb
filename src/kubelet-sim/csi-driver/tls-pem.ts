/**
 * The two halves of a `kubernetes.io/tls` Secret, cut out of a file that holds a private key and certificates.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/util/secretutil/secret.go (GetCertPart), the same in v1.6.0;
 *         golang/crypto pkcs12 (ToPEM); csi-driver.md 5.3
 * Simplification: A PFX file (and any other file that starts like DER) behind a kubernetes.io/tls Secret is refused as not modelled in this version; the driver unpacks a PFX without a password.
 * Differs: For a kubernetes.io/tls file without PEM blocks the driver's error prints what Go made of the content's first bytes (class, tag and length); here they read `?`, since they are a part of the secret.
 */
import { utf8ToBytes } from "../../kernel/bytes.ts";
import type { PemBlock } from "./pem.ts";
import { readPem, writePem } from "./pem.ts";
import { readPrivateKey } from "./private-key.ts";

type CertPart =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: string };

const CERTIFICATE = "CERTIFICATE";

/** What becomes of a private key that no parser took: the driver writes the block without a body and reports nothing. */
const UNREADABLE_KEY: PemBlock = {
  type: "PRIVATE KEY",
  bytes: new Uint8Array(),
};

/** Errors carry the driver's text; they name no content. */
export function certPart(data: Uint8Array, key: string): CertPart {
  if (key === "tls.key") return privateKeyPart(data);
  if (key === "tls.crt") return certificatePart(data);
  const supported = "Only 'tls.key' and 'tls.crt' are supported";
  return refused(`key '${key}' is not supported. ${supported}`);
}

/** All certificates in their order. */
function certificatePart(data: Uint8Array): CertPart {
  const { blocks, rest } = readPem(data);
  const certificates = blocks.filter(({ type }) => type === CERTIFICATE);
  if (certificates.length === 0) return refused(pfxError(rest));
  return { ok: true, bytes: utf8ToBytes(certificates.map(writePem).join("")) };
}

/** The last block that is no certificate, whatever its label says. */
function privateKeyPart(data: Uint8Array): CertPart {
  const { blocks, rest } = readPem(data);
  const block = blocks.findLast(({ type }) => type !== CERTIFICATE);
  if (block === undefined) return refused(pfxError(rest));
  const key = readPrivateKey(block.bytes);
  if (key !== null && !key.ok) return key;
  return { ok: true, bytes: utf8ToBytes(writePem(key ?? UNREADABLE_KEY)) };
}

/**
 * Without a PEM block of the wanted sort the driver tries what follows the last block as a PFX: this is how that ends.
 * A file of certificates alone, asked for its key, gives `sequence truncated`.
 */
function pfxError(rest: Uint8Array): string {
  const [first, second] = rest;
  if (first === undefined) return `${READING} syntax error: sequence truncated`;
  if (second === undefined)
    return `${READING} syntax error: truncated tag or length`;
  if (first === 0x30)
    return "pkcs12: a PFX file in a secret of type kubernetes.io/tls is not modelled in this version";
  return `${READING} structure error: tags don't match (16 vs ${UNSAID}) ${PARAMETERS} pfxPdu @2`;
}

const READING = "pkcs12: error reading P12 data: asn1:";
const UNSAID = "{class:? tag:? length:? isCompound:?}";
const PARAMETERS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";

function refused(error: string): CertPart {
  return { ok: false, error };
}
