/** Digests, from a pure library so that the core needs no host cryptography. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "./bytes.ts";

const HEX = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

export function sha256Hex(text: string): string {
  let hex = "";
  for (const byte of sha256(utf8ToBytes(text))) hex += HEX[byte];
  return hex;
}
