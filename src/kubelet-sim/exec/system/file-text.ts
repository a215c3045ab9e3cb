/** Whole files and whole streams at once. */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import type { Failure, Routine } from "./effects.ts";
import { close, failed, open, read } from "./effects.ts";
import { joined } from "./open-files.ts";

/** Everything up to the end. */
export function* readToEnd(fd: number): Routine<Uint8Array | Failure> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = yield* read(fd);
    if (failed(chunk)) return chunk;
    if (chunk.length === 0) return joined(chunks);
    chunks.push(chunk);
  }
}

export function* fileText(path: string): Routine<string | Failure> {
  const fd = yield* open(path, "read");
  if (failed(fd)) return fd;
  const bytes = yield* readToEnd(fd);
  yield* close(fd);
  return failed(bytes) ? bytes : bytesToUtf8(bytes);
}
