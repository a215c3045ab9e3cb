/**
 * Finds values of secrets in any text: raw, as JSON writes them, in base64 (also inside a longer base64 text, also
 * base64url) and in hexadecimal. Values under 8 bytes are too short to tell from chance and are not looked for.
 *
 * A text is walked once whatever the number of values: a table of the first characters says where to look closer.
 */
import { bytesToBase64, bytesToUtf8 } from "../../kernel/bytes.ts";

export const SHORTEST_VALUE_BYTES = 8;
/** Characters of a needle that the table knows; every needle has more, or is looked for by itself. */
const HEAD = 4;
const TABLE_SIZE = 1 << 16;

export type Spelling = "raw" | "base64" | "hex";

export interface CanaryFinding {
  /** Position of the value in `values`. */
  readonly value: number;
  readonly spelling: Spelling;
  /** Where in the text it begins. */
  readonly at: number;
}

interface Needle {
  readonly text: string;
  readonly value: number;
  readonly spelling: Spelling;
}

export class CanarySearch {
  readonly #table = new Uint8Array(TABLE_SIZE);
  readonly #byHead = new Map<string, Needle[]>();
  readonly #short: Needle[] = [];

  constructor(values: Iterable<Uint8Array>) {
    let value = 0;
    for (const bytes of values) {
      for (const [spelling, text] of spellings(bytes))
        this.#add({ text, value, spelling });
      value += 1;
    }
  }

  /** The first value in a text, or null. */
  find(text: string): CanaryFinding | null {
    for (const { text: needle, value, spelling } of this.#short) {
      const at = text.indexOf(needle);
      if (at !== -1) return { value, spelling, at };
    }
    if (this.#byHead.size === 0) return null;
    const last = text.length - HEAD;
    for (let at = 0; at <= last; at++) {
      if (this.#table[slotOf(text, at)] === 0) continue;
      const needles = this.#byHead.get(text.slice(at, at + HEAD)) ?? [];
      for (const { text: needle, value, spelling } of needles)
        if (text.startsWith(needle, at)) return { value, spelling, at };
    }
    return null;
  }

  #add(needle: Needle): void {
    const { text } = needle;
    if (text.length < HEAD) {
      this.#short.push(needle);
      return;
    }
    this.#table[slotOf(text, 0)] = 1;
    const head = text.slice(0, HEAD);
    const needles = this.#byHead.get(head);
    if (needles === undefined) this.#byHead.set(head, [needle]);
    else needles.push(needle);
  }
}

function slotOf(text: string, at: number): number {
  let slot = text.charCodeAt(at);
  for (let i = 1; i < HEAD; i++)
    slot = (Math.imul(slot, 31) + text.charCodeAt(at + i)) | 0;
  return (slot ^ (slot >>> 16)) & (TABLE_SIZE - 1);
}

function* spellings(
  bytes: Uint8Array,
): Generator<readonly [spelling: Spelling, text: string]> {
  if (bytes.length < SHORTEST_VALUE_BYTES) return;
  const raw = bytesToUtf8(bytes);
  // Bytes that are no text cannot stand raw in one.
  if (!raw.includes("\uFFFD")) {
    yield ["raw", raw];
    const inJson = JSON.stringify(raw).slice(1, -1);
    if (inJson !== raw) yield ["raw", inJson];
  }
  for (const before of [0, 1, 2])
    for (const text of base64Inside(bytes, before)) yield ["base64", text];
  const hex = toHex(bytes);
  yield ["hex", hex];
  yield ["hex", hex.toUpperCase()];
}

/** The characters that depend on these bytes alone, wherever they stand in what was encoded. */
function base64Inside(bytes: Uint8Array, before: number): string[] {
  const padded = new Uint8Array(before + bytes.length);
  padded.set(bytes, before);
  const from = Math.ceil((before * 8) / 6);
  const to = Math.floor((padded.length * 8) / 6);
  const text = bytesToBase64(padded).slice(from, to);
  const urlSafe = text.replaceAll("+", "-").replaceAll("/", "_");
  return text === urlSafe ? [text] : [text, urlSafe];
}

function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
