/**
 * PEM text as Go reads and writes it: what stands between BEGIN and END lines, one block at a time.
 *
 * Source: golang/go go1.24 src/encoding/pem/pem.go (Decode, Encode); RFC 7468
 * Simplification: The header lines of a PEM block are read over and not written back.
 */
import {
  base64ToBytes,
  Base64Error,
  bytesToBase64,
} from "../../kernel/bytes.ts";

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY` … */
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface PemText {
  /** In the order of the text. */
  readonly blocks: readonly PemBlock[];
  /** What follows the last block: all bytes when there is no block. */
  readonly rest: Uint8Array;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
const LINE_LENGTH = 64;

/** Never fails: text around blocks, unfinished blocks and blocks that are not base64 are skipped, as Go skips them. */
export function readPem(data: Uint8Array): PemText {
  const blocks: PemBlock[] = [];
  let restAt = 0;
  let open: string[] | null = null;
  for (let at = 0; at < data.length;) {
    const end = lineEnd(data, at);
    const line = lineOf(data, at, end);
    at = end + 1;
    if (line.startsWith(BEGIN)) open = [line];
    else if (line.startsWith(END)) {
      const block = open === null ? null : blockOf(open, line);
      open = null;
      if (block === null) continue;
      blocks.push(block);
      restAt = at;
    } else open?.push(line);
  }
  return { blocks, rest: data.subarray(restAt) };
}

function lineEnd(data: Uint8Array, at: number): number {
  const end = data.indexOf(0x0a, at);
  return end < 0 ? data.length : end;
}

/** One character per byte, without the blanks at the end: PEM is ASCII, and other bytes must only fail to match. */
function lineOf(data: Uint8Array, from: number, to: number): string {
  let line = "";
  for (let i = from; i < to; i++) line += String.fromCharCode(data[i]!);
  return line.replace(/\r$/, "").replace(/[ \t]+$/, "");
}

/** Null when the lines are no block that Go would take. */
function blockOf(lines: readonly string[], endLine: string): PemBlock | null {
  const first = lines[0]!;
  const type = first.slice(BEGIN.length, -DASHES.length);
  if (first !== `${BEGIN}${type}${DASHES}`) return null;
  if (endLine !== `${END}${type}${DASHES}`) return null;
  let body = 1;
  while (lines[body]?.includes(":")) body += 1;
  // Go wants a line between header lines and the end.
  if (body > 1 && body === lines.length) return null;
  const base64 = lines.slice(body).join("").replace(/[ \t]/g, "");
  try {
    return { type, bytes: base64ToBytes(base64) };
  } catch (error) {
    if (error instanceof Base64Error) return null;
    throw error;
  }
}

/** With lines of 64 characters and a line break at the end. */
export function writePem({ type, bytes }: PemBlock): string {
  const base64 = bytesToBase64(bytes);
  let text = `${BEGIN}${type}${DASHES}\n`;
  for (let at = 0; at < base64.length; at += LINE_LENGTH)
    text += `${base64.slice(at, at + LINE_LENGTH)}\n`;
  return `${text}${END}${type}${DASHES}\n`;
}
