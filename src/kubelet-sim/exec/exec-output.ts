/** What a command printed: facts say that it did, the value book holds the bytes. */
import { bytesToUtf8 } from "../../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../../kernel/content.ts";
import type { Fact } from "../../kernel/trace.ts";
import { joined } from "./system/open-files.ts";

export type ExecStream = "stdout" | "stderr";

/** Where the value book keeps a piece of what a command printed. */
export function outputRef(
  exec: string,
  stream: ExecStream,
  index: number,
): Omit<ContentRef, "from"> {
  return {
    object: `${OUTPUT_PREFIX}${exec}`,
    version: `${stream}-${index}`,
    ordinal: index + 1,
    form: "as-is",
  };
}

/** Objects of the value book that begin so are what commands printed. */
export const OUTPUT_PREFIX = "exec/";

/**
 * The text of a stream, or of both in the order of printing, as the facts of one command tell it; facts of other types
 * are passed over.
 */
export function execOutput(
  values: ValueBook,
  facts: Iterable<Fact>,
  stream: ExecStream | null = null,
): string {
  const pieces: Uint8Array[] = [];
  for (const { type, data } of facts) {
    if (type !== "container.exec.output") continue;
    const of = data["stream"] as ExecStream;
    if (stream !== null && of !== stream) continue;
    const ref = outputRef(data["exec"] as string, of, data["index"] as number);
    const bytes = values.get(ref);
    if (bytes !== null) pieces.push(bytes);
  }
  return bytesToUtf8(joined(pieces));
}
