/** Bytes and text without the host's help: UTF-8, base64 and hexadecimal, each strict. */

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Unpaired surrogates become U+FFFD, as the WHATWG encoder writes them. */
export function utf8ToBytes(text: string): Uint8Array {
  const out: number[] = [];
  for (const char of text) {
    let point = char.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) out.push(point);
    else if (point < 0x800) out.push(0xc0 | (point >> 6), tail(point));
    else if (point < 0x10000)
      out.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
    else
      out.push(
        0xf0 | (point >> 18),
        tail(point >> 12),
        tail(point >> 6),
        tail(point),
      );
  }
  return Uint8Array.from(out);
}

const tail = (point: number): number => 0x80 | (point & 0x3f);

/** Malformed sequences become U+FFFD, one per byte that cannot be read. */
export function bytesToUtf8(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]!;
    const length =
      first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    const point = readPoint(bytes, i, length);
    if (point === null) {
      text += "\uFFFD";
      i += 1;
    } else {
      text += String.fromCodePoint(point);
      i += length;
    }
  }
  return text;
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

function readPoint(
  bytes: Uint8Array,
  at: number,
  length: number,
): number | null {
  const first = bytes[at]!;
  if (length === 1) return first;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return null;
  let point = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i]!;
    if ((next & 0xc0) !== 0x80) return null;
    point = (point << 6) | (next & 0x3f);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < SMALLEST[length]! || point > 0x10ffff || surrogate
    ? null
    : point;
}

export function bytesToBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]];
    text += ALPHABET[a >> 2]! + ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)]!;
    text +=
      b === undefined
        ? "="
        : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)]!;
    text += c === undefined ? "=" : ALPHABET[c & 63]!;
  }
  return text;
}

/**
 * Standard alphabet with padding, as Go's `base64.StdEncoding` reads it (line breaks are skipped).
 * Throws `Base64Error` with the offset Go would name.
 */
export function base64ToBytes(text: string): Uint8Array {
  const out: number[] = [];
  let quantum: number[] = [];
  let ended = -1;
  let padding = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "\n" || char === "\r") continue;
    const value = ALPHABET.indexOf(char);
    if (char === "=") {
      if (ended < 0 && quantum.length < 2) throw new Base64Error(i);
      ended = i;
      padding += 1;
      if (quantum.length + padding > 4) throw new Base64Error(i);
      continue;
    }
    if (value < 0 || ended >= 0) throw new Base64Error(i);
    quantum.push(value);
    if (quantum.length === 4) {
      push(out, quantum, 3);
      quantum = [];
    }
  }
  if (quantum.length > 0) {
    if (quantum.length + padding !== 4) throw new Base64Error(text.length);
    push(out, [...quantum, 0, 0, 0].slice(0, 4), quantum.length - 1);
  } else if (padding > 0) throw new Base64Error(ended);
  return Uint8Array.from(out);
}

/** What Go's `base64.CorruptInputError` says. */
export class Base64Error extends Error {
  constructor(offset: number) {
    super(`illegal base64 data at input byte ${offset}`);
    this.name = "Base64Error";
  }
}

function push(out: number[], quantum: readonly number[], count: number): void {
  const [a, b, c, d] = quantum as [number, number, number, number];
  const word = (a << 18) | (b << 12) | (c << 6) | d;
  for (let i = 0; i < count; i++) out.push((word >> (16 - 8 * i)) & 0xff);
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
