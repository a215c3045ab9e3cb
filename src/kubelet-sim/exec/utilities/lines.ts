/**
 * Lines of a stream, as they come.
 *
 * Simplification: Utilities that work on lines or characters read them as UTF-8; other bytes come out as U+FFFD.
 */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import type { Failure, Routine } from "../system/effects.ts";
import { failed, read } from "../system/effects.ts";
import { joined } from "../system/open-files.ts";

export interface Line {
  readonly text: string;
  /** False for a last line without a line break. */
  readonly ended: boolean;
}

export class LineReader {
  readonly #fd: number;
  #buffer: Uint8Array = new Uint8Array();
  #ended = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Null at the end. */
  *next(): Routine<Line | Failure | null> {
    for (;;) {
      const at = this.#buffer.indexOf(0x0a);
      if (at !== -1) return this.#cut(at);
      if (this.#ended) return this.#last();
      const chunk = yield* read(this.#fd);
      if (failed(chunk)) return chunk;
      if (chunk.length === 0) this.#ended = true;
      else this.#buffer = joined([this.#buffer, chunk]);
    }
  }

  #cut(at: number): Line {
    const text = bytesToUtf8(this.#buffer.subarray(0, at));
    this.#buffer = this.#buffer.subarray(at + 1);
    return { text, ended: true };
  }

  #last(): Line | null {
    if (this.#buffer.length === 0) return null;
    const text = bytesToUtf8(this.#buffer);
    this.#buffer = new Uint8Array();
    return { text, ended: false };
  }
}

export function* allLines(fd: number): Routine<Line[] | Failure> {
  const reader = new LineReader(fd);
  const lines: Line[] = [];
  for (;;) {
    const line = yield* reader.next();
    if (line === null) return lines;
    if (failed(line)) return line;
    lines.push(line);
  }
}
