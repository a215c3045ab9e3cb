/**
 * Which type yaml.v3 sees in a scalar.
 *
 * Source: go-yaml/yaml v3.0.1 `resolve.go`.
 */
import type { YamlScalar } from "../../../kernel/yaml.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";

interface ResolvedScalar {
  /** `!!str`, `!!int` … or a tag of the user's own. */
  readonly tag: string;
  /** Of `!!int` and `!!float`. */
  readonly number?: number;
}

const LONG_PREFIX = "tag:yaml.org,2002:";

export const shortTag = (tag: string): string =>
  tag.startsWith(LONG_PREFIX) ? `!!${tag.slice(LONG_PREFIX.length)}` : tag;

/** Fails where a scalar is not of the type that its tag says: `cannot decode !!str …`. */
export function resolveScalar(node: YamlScalar): Checked<ResolvedScalar> {
  const tag = node.tag === null || node.tag === "!" ? "" : shortTag(node.tag);
  if (tag === "!!str" || (tag === "" && !node.plain))
    return checked({ tag: "!!str" });
  const resolved = resolvePlain(node.text);
  if (tag === "" || tag === resolved.tag) return checked(resolved);
  if (tag === "!!float" && resolved.tag === "!!int")
    return checked({ ...resolved, tag });
  const decoded = ["!!null", "!!bool", "!!int", "!!float", "!!timestamp"];
  return decoded.includes(tag)
    ? refused(`cannot decode ${resolved.tag} \`${node.text}\` as a ${tag}`)
    : checked({ tag });
}

const WORDS = new Map<string, ResolvedScalar>([
  ...["", "~", "null", "Null", "NULL"].map(
    (word) => [word, { tag: "!!null" }] as const,
  ),
  ...["true", "True", "TRUE", "false", "False", "FALSE"].map(
    (word) => [word, { tag: "!!bool" }] as const,
  ),
  ...[".nan", ".NaN", ".NAN"].map(
    (word) => [word, { tag: "!!float", number: NaN }] as const,
  ),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map(
    (word) => [word, { tag: "!!float", number: Infinity }] as const,
  ),
  ...["-.inf", "-.Inf", "-.INF"].map(
    (word) => [word, { tag: "!!float", number: -Infinity }] as const,
  ),
  ["<<", { tag: "!!merge" }],
]);

const INTEGERS: readonly (readonly [form: RegExp, radix: number])[] = [
  [/^[-+]?0[xX]([0-9a-fA-F]+)$/, 16],
  [/^[-+]?0[bB]([01]+)$/, 2],
  [/^[-+]?0[oO]?([0-7]+)$/, 8],
  [/^[-+]?(0|[1-9][0-9]*)$/, 10],
];
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const TIMESTAMP =
  /^\d{4}-\d\d?-\d\d?([Tt]\d\d?:\d\d?:\d\d?(\.\d+)?(Z|[-+]\d\d:\d\d)|( \d\d?:\d\d?:\d\d?(\.\d+)?)?)$/;

function resolvePlain(text: string): ResolvedScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const number = resolveNumber(text);
  if (number !== null) return number;
  return { tag: TIMESTAMP.test(text) ? "!!timestamp" : "!!str" };
}

function resolveNumber(text: string): ResolvedScalar | null {
  if (!/^[-+.0-9]/.test(text)) return null;
  const plain = text.replace(/_/g, "");
  for (const [form, radix] of INTEGERS) {
    const digits = form.exec(plain)?.[1];
    if (digits === undefined) continue;
    const size = parseInt(digits, radix);
    const tag = size < 2 ** 64 ? "!!int" : "!!float";
    return { tag, number: plain.startsWith("-") ? -size : size };
  }
  return FLOAT.test(plain) ? { tag: "!!float", number: Number(plain) } : null;
}
