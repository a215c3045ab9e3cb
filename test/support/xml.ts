/** Whether XML as we write it is well-formed: no comments, no CDATA, no processing instructions. */

const TAG =
  /<(?<closes>\/?)(?<name>[a-z]+)(?: [a-z]+="[^"<]*")*(?<empty>\/?)>/g;
const RAW = /[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)/;

/** What is wrong with the first thing that is; null for a well-formed document. */
export function firstMistakeIn(xml: string): string | null {
  const [declaration, ...rest] = xml.split("\n");
  if (declaration !== '<?xml version="1.0" encoding="UTF-8"?>')
    return "it has no declaration";
  const text = rest.join("\n").trim();
  const open: string[] = [];
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    const { closes, name, empty } = match.groups!;
    const between = text.slice(end, match.index);
    if (RAW.test(between)) return `unescaped: ${between}`;
    if (open.length === 0 && end > 0) return `behind the root: ${match[0]}`;
    if (RAW.test(match[0].slice(1, -1))) return `unescaped: ${match[0]}`;
    end = match.index + match[0].length;
    if (closes === "/") {
      if (open.pop() !== name) return `closes another: ${match[0]}`;
    } else if (empty !== "/") open.push(name!);
  }
  if (open.length > 0) return `never closed: ${open.join(", ")}`;
  return end === text.length ? null : `behind the root: ${text.slice(end)}`;
}
