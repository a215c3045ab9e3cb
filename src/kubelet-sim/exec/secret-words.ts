/** The words of a command as facts may carry them: whatever the value book knows is taken out, in base64 too. */
import { bytesToBase64, bytesToUtf8 } from "../../kernel/bytes.ts";
import type { ValueBook } from "../../kernel/content.ts";
import { OUTPUT_PREFIX } from "./exec-output.ts";

/** Shorter values are too short to tell from chance. */
const SHORTEST_SECRET = 4;
const MOST_BYTES_PER_CHARACTER = 4;
const MASK = "<secret>";

export function withoutSecrets(
  values: ValueBook,
  command: readonly string[],
): string[] {
  const longest = Math.max(0, ...command.map((word) => word.length));
  const secrets = new Set<string>();
  for (const [key, bytes] of values.state) {
    // A character has four bytes at most, white space at an end may be missing.
    const hopeless = bytes.length > MOST_BYTES_PER_CHARACTER * longest + 16;
    if (key.startsWith(OUTPUT_PREFIX) || hopeless) continue;
    const text = bytesToUtf8(bytes);
    const base64 = bytesToBase64(bytes).replace(/=+$/, "");
    for (const form of [text, text.trim(), base64])
      if (form.length >= SHORTEST_SECRET) secrets.add(form);
  }
  // The longest first, lest a part of it be taken out alone.
  const found = [...secrets]
    .filter((secret) => command.some((word) => word.includes(secret)))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return command.map((word) =>
    found.reduce((text, secret) => text.replaceAll(secret, MASK), word),
  );
}
