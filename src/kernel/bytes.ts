/** Bytes and text without the host's help: UTF-8, base64 and hexadecimal, each strict. */

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Unpaired surrogates become U+FFFD, as the WHATWG encoder writes them. */
export function utf8ToBytes(text: string): Uint8Array {
  // Nearly all text is ASCII: one byte a unit.
  return asciiInto(text, new Uint8Array(text.length)) ?? encodeUtf8(text);
}

/** The text's bytes in the first bytes of `target`; null if it is not ASCII, or too long for it. */
export function asciiInto(text: string, target: Uint8Array): Uint8Array | null {
  const { length } = text;
  if (length > target.length) return null;
  // Looked at when all is copied: a loop that may end early is much slower.
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    bits |= unit;
    target[i] = unit;
  }
  if (bits >= 0x80) return null;
  return length === target.length ? target : target.subarray(0, length);
}

function encodeUtf8(text: string): Uint8Array {
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
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i]!;
    const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
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
      b === undefined ? "=" : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)]!;
    text += c === undefined ? "=" : ALPHABET[c & 63]!;
  }
  return text;
}

/**
 * Standard alphabet with padding, as Go's `base64.StdEncoding` reads it (line breaks are skipped, unused bits ignored).
 * Throws `Base64Error` with the offset Go would name.
 *
 * Source: golang/go src/encoding/base64/base64.go (decodeQuantum)
 */
export function base64ToBytes(text: string): Uint8Array {
  const out: number[] = [];
  let quantum: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (isLineBreak(char)) continue;
    if (char === "=") {
      checkPadding(text, i, quantum.length);
      push(out, [...quantum, 0, 0, 0].slice(0, 4), quantum.length - 1);
      return Uint8Array.from(out);
    }
    const value = ALPHABET.indexOf(char);
    if (value < 0) throw new Base64Error(i);
    quantum.push(value);
    if (quantum.length === 4) {
      push(out, quantum, 3);
      quantum = [];
    }
  }
  // Go names the start of the group that stops short, counted back from the end without regard to line breaks.
  if (quantum.length > 0) throw new Base64Error(text.length - quantum.length);
  return Uint8Array.from(out);
}

const isLineBreak = (char: string | undefined): boolean =>
  char === "\n" || char === "\r";

/** The first `=` stands at `at`, after `count` digits of its group; nothing but its fellow may follow. */
function checkPadding(text: string, at: number, count: number): void {
  if (count < 2) throw new Base64Error(at);
  const next = (i: number) => {
    while (isLineBreak(text[i])) i += 1;
    return i;
  };
  let i = next(at + 1);
  if (count === 2) {
    if (i === text.length) throw new Base64Error(text.length);
    if (text[i] !== "=") throw new Base64Error(i - 1);
    i = next(i + 1);
  }
  if (i < text.length) throw new Base64Error(i);
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

/**
 * Pairs of hexadecimal digits in either case, as Go's `hex.DecodeString` reads them. Throws `HexError`; a bad digit
 * is named before an odd length.
 */
export function hexToBytes(text: string): Uint8Array {
  const source = utf8ToBytes(text);
  const out = new Uint8Array(source.length >> 1);
  for (let i = 0; i < source.length; i++) {
    const digit = hexDigit(source[i]!);
    if (digit < 0) throw new HexError(`invalid byte: ${goRune(source[i]!)}`);
    if (i >> 1 < out.length) out[i >> 1] = (out[i >> 1]! << 4) | digit;
  }
  if (source.length % 2 === 1) throw new HexError("odd length hex string");
  return out;
}

/** What Go's `hex.InvalidByteError` and `hex.ErrLength` say. */
export class HexError extends Error {
  constructor(problem: string) {
    super(`encoding/hex: ${problem}`);
    this.name = "HexError";
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Go's `%#U` of a byte: the character follows its number only when it can be printed. */
function goRune(byte: number): string {
  const hex = byte.toString(16).toUpperCase().padStart(4, "0");
  const printable =
    (byte >= 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  return `U+${hex}${printable ? ` '${String.fromCharCode(byte)}'` : ""}`;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
