/**
 * The few parts of ASN.1's distinguished encoding (DER) that private keys are made of: a tag byte, a length, the content.
 * The reader is strict, since a key that Go's parser refuses must be refused here: it knows tags of one byte and definite
 * lengths in their shortest form.
 *
 * Source: ITU-T X.690 8.1, 10.1; golang/go go1.24 src/encoding/asn1/asn1.go (parseTagAndLength)
 */

/** Tag bytes, with the bit for constructed content where it belongs. */
export const DER = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** `[0]` and `[1]`, both EXPLICIT. */
  explicit0: 0xa0,
  explicit1: 0xa1,
} as const;

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The element at the front of `bytes`; what follows it is left alone. Null when it is malformed or cut short. */
export function readDer(bytes: Uint8Array): DerElement | null {
  return elementAt(bytes, 0);
}

/** The elements that lie one after another in `bytes`, to its end. Null when one is malformed. */
function derElements(bytes: Uint8Array): readonly DerElement[] | null {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at);
    if (element === null) return null;
    elements.push(element);
    at = element.content.byteOffset - bytes.byteOffset + element.content.length;
  }
  return elements;
}

/** The parts of the SEQUENCE at the front of `bytes`. Null when there is none or a part is malformed. */
export function derSequence(bytes: Uint8Array): readonly DerElement[] | null {
  const element = readDer(bytes);
  return element?.tag === DER.sequence ? derElements(element.content) : null;
}

function elementAt(bytes: Uint8Array, at: number): DerElement | null {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined) return null;
  if ((tag & 0x1f) === 0x1f) return null;
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count < 1 || count > 4 || start + count > bytes.length) return null;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[start + i]!;
    if (length < 0x80 || bytes[start] === 0) return null;
    start += count;
  }
  if (start + length > bytes.length) return null;
  return { tag, content: bytes.subarray(start, start + length) };
}

/** An INTEGER above zero in its shortest form. */
export function isPositiveInteger({ tag, content }: DerElement): boolean {
  const [first, second] = content;
  if (tag !== DER.integer || first === undefined || first >= 0x80) return false;
  return first !== 0 || (second !== undefined && second >= 0x80);
}

/** The encoding of an element whose content is `parts`, one after another. */
export function writeDer(
  tag: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...lengthBytes(length)];
  const out = new Uint8Array(head.length + length);
  out.set(head);
  let at = head.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256))
    bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}
