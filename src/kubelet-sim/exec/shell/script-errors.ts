/** Mistakes of scripts as busybox's sh words them. Source: busybox 1.36 shell/ash.c (synexpect, raise_error_syntax) */
import type { ParsedScript } from "unbash";
import { SyntaxRefusal } from "./refusal.ts";

/** Throws `SyntaxRefusal` for what the parser found wrong first. */
export function checkErrors(
  { errors = [] }: ParsedScript,
  source: string,
): void {
  const [error] = errors;
  if (error === undefined) return;
  const { message, pos } = error;
  if (/^unterminated (?:double|single) quote/.test(message))
    throw new SyntaxRefusal("unterminated quoted string");
  if (message.startsWith("unterminated parameter"))
    throw new SyntaxRefusal("missing '}'");
  if (message.startsWith("unterminated arithmetic"))
    throw new SyntaxRefusal("missing '))'");
  const command = message.startsWith("unterminated command substitution");
  const rest = source.slice(pos);
  const token = /^\s*(;;|&&|\|\||[;&|()<>]|[^\s;&|()<>]+)/.exec(rest)?.[1];
  if (token !== undefined && !command)
    throw new SyntaxRefusal(`unexpected "${token}"`);
  const closing = errors
    .map((one) => /^expected '(\w+|\}|\))'/.exec(one.message)?.[1])
    .find((name) => name !== undefined);
  const wanted = command ? ")" : closing;
  const expecting = wanted === undefined ? "" : ` (expecting "${wanted}")`;
  throw new SyntaxRefusal(`unexpected end of file${expecting}`);
}
