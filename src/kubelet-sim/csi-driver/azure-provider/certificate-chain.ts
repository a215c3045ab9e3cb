/**
 * The order of the certificates out of a PFX: leaf, intermediates, root, as `--construct-pem-chain` wants it (csi-driver.md
 * 3.3). A certificate's parent is the first other one whose subject key id is its authority key id.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` fetchCertChains at v1.8.2, the same
 * since v1.0.0; RFC 5280 4.1, 4.2.1.1, 4.2.1.2.
 * Differs: a certificate that cannot be read always fails with `x509: malformed certificate`; Go names the malformed part.
 */
import { bytesEqual, hexToBytes } from "../../../kernel/bytes.ts";
import type { DerElement } from "../der.ts";
import { DER, derSequence, readDer, writeDer } from "../der.ts";
import type { PemBlock } from "../pem.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";

interface KeyIds {
  readonly subject: Uint8Array | null;
  readonly authority: Uint8Array | null;
}

const SUBJECT_KEY_ID = hexToBytes("551d0e");
const AUTHORITY_KEY_ID = hexToBytes("551d23");
/** `[3]` EXPLICIT, the extensions of a certificate. */
const EXTENSIONS = 0xa3;
/** `[0]` IMPLICIT, the key id inside an AuthorityKeyIdentifier. */
const KEY_ID = 0x80;
const NO_BYTES = new Uint8Array();

/** The certificates in their new order; in the old one where some are missing from the chain. */
export function orderChain(
  certificates: readonly PemBlock[],
): Checked<readonly PemBlock[]> {
  const ids: KeyIds[] = [];
  for (const { bytes } of certificates) {
    const read = keyIds(bytes);
    if (read === null) return refused("x509: malformed certificate");
    ids.push(read);
  }
  const parents = ids.map((_, i) => parentOf(ids, i));
  let at: number | null = ids.findIndex((_, i) => !parents.includes(i));
  if (at < 0) return refused("no leaf found");
  const chain: PemBlock[] = [];
  while (at !== null) {
    if (chain.length === ids.length)
      return refused("constructing chain resulted in cycle");
    chain.push(certificates[at]!);
    at = parents[at] ?? null;
  }
  return checked(chain.length === ids.length ? chain : certificates);
}

function parentOf(ids: readonly KeyIds[], child: number): number | null {
  const { authority } = ids[child]!;
  const parent = ids.findIndex(
    ({ subject }, i) =>
      i !== child &&
      (authority !== null || subject !== null) &&
      bytesEqual(authority ?? NO_BYTES, subject ?? NO_BYTES),
  );
  return parent < 0 ? null : parent;
}

/** Null for bytes that are no certificate. */
function keyIds(certificate: Uint8Array): KeyIds | null {
  const body = derSequence(certificate)?.[0];
  const fields = body === undefined ? null : parts(body);
  if (fields === null) return null;
  let subject: Uint8Array | null = null;
  let authority: Uint8Array | null = null;
  const wrapper = fields.find(({ tag }) => tag === EXTENSIONS);
  for (const extension of extensionsIn(wrapper)) {
    const [oid, ...rest] = parts(extension) ?? [];
    const value = rest.at(-1);
    if (oid === undefined || value?.tag !== DER.octetString) return null;
    if (bytesEqual(oid.content, SUBJECT_KEY_ID))
      subject = readDer(value.content)?.content ?? null;
    if (bytesEqual(oid.content, AUTHORITY_KEY_ID))
      authority =
        derSequence(value.content)?.find(({ tag }) => tag === KEY_ID)
          ?.content ?? null;
  }
  return { subject, authority };
}

function extensionsIn(wrapper: DerElement | undefined): readonly DerElement[] {
  return wrapper === undefined ? [] : (derSequence(wrapper.content) ?? []);
}

/** What lies inside a constructed element. */
function parts({ content }: DerElement): readonly DerElement[] | null {
  return derSequence(writeDer(DER.sequence, content));
}
