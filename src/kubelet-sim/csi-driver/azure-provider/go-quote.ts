/**
 * Go's `%q` of a string, as it stands inside many of the provider's error texts.
 *
 * Source: golang/go `src/strconv/quote.go`.
 * Differs: Go's `%q` also escapes unprintable characters beyond ASCII, which here stay as they are.
 */
const NAMED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

export function goQuote(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what Go escapes
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (char) => {
    const hex = char.charCodeAt(0).toString(16).padStart(2, "0");
    return NAMED[char] ?? `\\x${hex}`;
  });
  return `"${escaped}"`;
}
