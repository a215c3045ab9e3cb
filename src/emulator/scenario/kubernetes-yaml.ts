/**
 * How Kubernetes reads YAML scalars: `0644` is octal, `yes` and `on` are booleans, times are text.
 * Source: kubernetes-sigs/yaml goyaml.v2/resolve.go and yaml.go (YAMLToJSON), which kubectl uses.
 *
 * Differs: A key that stands twice in a mapping of a manifest is an error, where kubectl silently takes the last one.
 * Differs: Tags of a manifest's values other than the standard scalar ones are refused, !!binary among them.
 * Simplification: Variables are replaced inside the scalars of a parsed manifest, so that a value never adds YAML structure.
 */
import { isMap, isScalar, isSeq } from "yaml";
import type { Node, Scalar } from "yaml";

import { didYouMean } from "../profiles/input/nearest-name.ts";
import type { Problems } from "../profiles/input/problem.ts";
import type { Path, ScalarRules } from "../profiles/input/yaml-document.ts";
import type { YamlSource } from "../profiles/input/yaml-source.ts";
import { allowsBareNames, substitute } from "./variables.ts";
import type { Variables } from "./variables.ts";

const WORDS = new Map<string, boolean | null>([
  ...[
    "y",
    "Y",
    "yes",
    "Yes",
    "YES",
    "true",
    "True",
    "TRUE",
    "on",
    "On",
    "ON",
  ].map((word) => [word, true] as const),
  ...[
    "n",
    "N",
    "no",
    "No",
    "NO",
    "false",
    "False",
    "FALSE",
    "off",
    "Off",
    "OFF",
  ].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const NOT_FINITE = /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/;

/** The value of a plain (unquoted) scalar. Not-a-number and the infinities come as such. */
export function resolvePlainScalar(
  text: string,
): string | number | boolean | null {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (NOT_FINITE.test(text))
    return /nan/i.test(text)
      ? NaN
      : text.startsWith("-")
        ? -Infinity
        : Infinity;
  if (!/^[-+.0-9]/.test(text)) return text;
  const digits = text.replaceAll("_", "");
  return wholeNumber(digits) ?? (FLOAT.test(digits) ? Number(digits) : text);
}

/** As Go's strconv.ParseInt reads it with base 0: 0x, 0o, 0b and a leading 0 choose the base. */
function wholeNumber(text: string): number | null {
  const match = /^([-+]?)(.+)$/.exec(text);
  if (!match) return null;
  const [, sign, digits] = match as unknown as [string, string, string];
  const value = /^0[xX][0-9a-fA-F]+$/.test(digits)
    ? parseInt(digits.slice(2), 16)
    : /^0[bB][01]+$/.test(digits)
      ? parseInt(digits.slice(2), 2)
      : /^0[oO]?[0-7]+$/.test(digits)
        ? parseInt(digits.replace(/^0[oO]?/, ""), 8)
        : /^(0|[1-9][0-9]*)$/.test(digits)
          ? Number(digits)
          : null;
  return value === null ? null : sign === "-" && value !== 0 ? -value : value;
}

export interface ManifestRules {
  readonly source: YamlSource;
  /** The manifest, or a list of manifests. */
  readonly root: Node;
  /** Null: nothing is replaced. */
  readonly variables: Variables | null;
  readonly problems: Problems;
}

/** Kubernetes' rules with variables replaced first, so that a plain `${n}` can become a number. */
export function manifestRules(options: ManifestRules): ScalarRules {
  const { source, root, variables, problems } = options;
  const replace = (node: Scalar, bare: boolean): string => {
    if (variables === null) return node.source ?? "";
    const { text, unset } = substitute(node.source ?? "", variables, bare);
    for (const { name, written } of unset) {
      const start = node.range?.[0] ?? 0;
      const found = source.text.indexOf(written, start);
      problems.add(
        source.position(found < 0 ? start : found),
        `the variable ${name} is not set${didYouMean(name, variables.keys())}`,
        `set it under "variables:", or write $$ for a dollar sign`,
      );
    }
    return text;
  };
  return {
    value: (node, path) => {
      const text = replace(node, bareNamesAt(root, path));
      if (!isPlain(node)) return text;
      const value = resolvePlainScalar(text);
      if (typeof value !== "number" || Number.isFinite(value)) return value;
      problems.add(
        source.position(node.range?.[0] ?? 0),
        `the number ${text} cannot be written in JSON`,
        "put it in quotes",
      );
      return null;
    },
    key: (node) => {
      const text = replace(node, false);
      const value = isPlain(node) ? resolvePlainScalar(text) : text;
      return value === null ? text : String(value);
    },
    merges: true,
  };
}

/** Whether the scalar's text decides its type: not quoted, no block, no tag that says it is text. */
function isPlain(node: Scalar): boolean {
  const tag = node.tag?.replace("tag:yaml.org,2002:", "");
  if (tag === "str" || tag === "!") return false;
  return tag !== undefined || node.type === "PLAIN";
}

function bareNamesAt(root: Node, path: Path): boolean {
  if (path[0] !== "items" || typeof path[1] !== "number")
    return allowsBareNames(kindOf(root), path);
  const items = isMap(root) ? (root.get("items", true) as unknown) : null;
  const item = isSeq(items) ? (items.items[path[1]] as Node | undefined) : null;
  return allowsBareNames(item ? kindOf(item) : null, path.slice(2));
}

function kindOf(node: Node): string | null {
  if (!isMap(node)) return null;
  const kind: unknown = node.get("kind", true);
  return isScalar(kind) ? (kind.source ?? null) : null;
}
