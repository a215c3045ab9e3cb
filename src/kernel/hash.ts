/** Digests, from a pure library so that the core needs no host cryptography. */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { asciiInto, utf8ToBytes } from "./bytes.ts";

const HEX = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Used anew by each digest: the blocks of a long trace would be gigabytes. */
const scratch = new Uint8Array(32 * 1024);

/** SHA-256 of a text as UTF-8, in hexadecimal. */
export function sha256Hex(text: string): string {
  return sha256HexOfBytes(asciiInto(text, scratch) ?? utf8ToBytes(text));
}

/** SHA-256 in hexadecimal. */
export function sha256HexOfBytes(bytes: Uint8Array): string {
  return hexOf(sha256(bytes));
}

/** SHA-1 in hexadecimal, for programs that compare by it. */
export function sha1HexOfBytes(bytes: Uint8Array): string {
  return hexOf(sha1(bytes));
}

function hexOf(digest: Uint8Array): string {
  let hex = "";
  for (const byte of digest) hex += HEX[byte];
  return hex;
}
