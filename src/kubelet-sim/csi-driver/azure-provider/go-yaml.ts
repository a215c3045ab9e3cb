/**
 * YAML into Go structs as yaml.v3 decodes it: a scalar becomes a string field literally (`0400` stays `0400`), nulls
 * leave a field empty and drop a list item, unknown keys are ignored, `<<` merges, type errors are collected.
 *
 * Source: go-yaml/yaml v3.0.1 `decode.go`, `resolve.go`, `yaml.go`.
 * Differs: the line and wording of YAML syntax errors in `objects` only approximate those of Go's yaml.v3.
 * Differs: a `!!binary` scalar in `objects` is taken literally, yaml.v3 decodes it.
 */
import { YamlError, readYaml } from "../../../kernel/yaml.ts";
import type {
  YamlMapping,
  YamlNode,
  YamlScalar,
} from "../../../kernel/yaml.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import { goQuote } from "./go-quote.ts";
import { resolveScalar, shortTag } from "./go-yaml-scalar.ts";

/** Decodes one document; the message of a failure starts with `yaml: `. */
export function unmarshalGo<T>(
  text: string,
  decode: (node: YamlNode, decoder: GoDecoder) => T,
  empty: T,
): Checked<T> {
  try {
    const node = readYaml(text);
    if (node === null) return checked(empty);
    const decoder = new GoDecoder();
    const value = decode(node, decoder);
    return decoder.errors.length === 0
      ? checked(value)
      : refused(`yaml: unmarshal errors:\n  ${decoder.errors.join("\n  ")}`);
  } catch (error) {
    if (error instanceof YamlError) return refused(syntaxText(error));
    if (error instanceof GoYamlFailure)
      return refused(`yaml: ${error.message}`);
    throw error;
  }
}

/** What yaml.v3 stops at, in contrast to the type errors it collects. */
class GoYamlFailure extends Error {}

export class GoDecoder {
  /** Type errors in order: `line 2: cannot unmarshal !!map into string`. */
  readonly errors: string[] = [];

  /** The fields of a struct by key, or null for a null or for what is no mapping (an error). */
  struct(node: YamlNode, type: string): ReadonlyMap<string, YamlNode> | null {
    if (node.kind === "mapping") {
      const fields = new Map<string, YamlNode>();
      this.#collect(node, fields);
      return fields;
    }
    this.#mismatch(node, type);
    return null;
  }

  /** A list of strings; null items are left out. */
  strings(node: YamlNode): string[] {
    if (node.kind !== "sequence") {
      this.#mismatch(node, "[]string");
      return [];
    }
    return node.items
      .map((item) => this.#string(item))
      .filter((item) => item !== null);
  }

  /** Empty for a null or a type error. */
  string(node: YamlNode): string {
    return this.#string(node) ?? "";
  }

  /** 0 for a null or a type error; fractions are cut off. */
  int32(node: YamlNode): number {
    const value = this.#resolve(node)?.number;
    if (value !== undefined && Math.abs(value) < 2 ** 63) {
      const whole = Math.trunc(value);
      if (whole >= -(2 ** 31) && whole < 2 ** 31) return whole;
    }
    this.#mismatch(node, "int32");
    return 0;
  }

  #string(node: YamlNode): string | null {
    const scalar = this.#resolve(node);
    if (node.kind === "scalar" && scalar !== null)
      return scalar.tag === "!!null" ? null : node.text;
    this.#mismatch(node, "string");
    return null;
  }

  #resolve(node: YamlNode) {
    if (node.kind !== "scalar") return null;
    const resolved = resolveScalar(node);
    if (!resolved.ok) throw new GoYamlFailure(resolved.message);
    return resolved.value;
  }

  /** Nulls pass without an error, as everywhere in yaml.v3. */
  #mismatch(node: YamlNode, type: string): void {
    if (node.kind === "mapping" && this.#repeated(node)) return;
    const tag = goTag(node, this.#resolve(node)?.tag);
    if (tag === "!!null") return;
    this.errors.push(
      `line ${node.line}: cannot unmarshal ${tag}${shown(node)} into ${type}`,
    );
  }

  #collect(node: YamlMapping, fields: Map<string, YamlNode>): void {
    if (this.#repeated(node)) return;
    let merged: YamlNode | null = null;
    for (const [key, value] of node.entries) {
      if (isMerge(key)) {
        merged = value;
        continue;
      }
      const name = this.#string(key);
      if (name !== null && !fields.has(name)) fields.set(name, value);
    }
    if (merged === null) return;
    const sources = merged.kind === "sequence" ? merged.items : [merged];
    for (const source of sources) {
      if (source.kind !== "mapping")
        throw new GoYamlFailure(
          "map merge requires map or sequence of maps as the value",
        );
      this.#collect(source, fields);
    }
  }

  #repeated(node: YamlMapping): boolean {
    const before = this.errors.length;
    node.entries.forEach(([first], i) => {
      for (const [later] of node.entries.slice(i + 1))
        if (first.kind === later.kind && textOf(first) === textOf(later))
          this.errors.push(
            `line ${later.line}: mapping key ${goQuote(textOf(later))} already defined at line ${first.line}`,
          );
    });
    return this.errors.length > before;
  }
}

const textOf = (node: YamlNode): string =>
  node.kind === "scalar" ? node.text : "";

const isMerge = (node: YamlNode): node is YamlScalar =>
  node.kind === "scalar" && node.plain && node.text === "<<";

function goTag(node: YamlNode, resolved: string | undefined): string {
  if (resolved !== undefined) return resolved;
  if (node.tag !== null) return shortTag(node.tag);
  return node.kind === "mapping" ? "!!map" : "!!seq";
}

/** yaml.v3 shows at most ten characters of a scalar, else seven. */
function shown(node: YamlNode): string {
  if (node.kind !== "scalar") return "";
  const { text } = node;
  return text.length > 10 ? ` \`${text.slice(0, 7)}...\`` : ` \`${text}\``;
}

/** Errors of Go's scanner; the others are its parser's, which count lines from 0. */
const SCANNER_TEXTS = new Map<string, string>([
  ["TAB_AS_INDENT", "found character that cannot start any token"],
  ["BAD_SCALAR_START", "found character that cannot start any token"],
  ["BLOCK_AS_IMPLICIT_KEY", "mapping values are not allowed in this context"],
]);

function syntaxText(error: YamlError): string {
  const { problem, reason, anchor, line } = error;
  if (problem === "UNKNOWN_ANCHOR")
    return `yaml: unknown anchor '${anchor}' referenced`;
  if (problem === "SELF_ANCHOR")
    return `yaml: anchor '${anchor}' value contains itself`;
  const scanner = reason.startsWith("Missing closing")
    ? "found unexpected end of stream"
    : SCANNER_TEXTS.get(problem);
  if (scanner !== undefined)
    return line === 1 ? `yaml: ${scanner}` : `yaml: line ${line}: ${scanner}`;
  const parser =
    problem === "BAD_INDENT"
      ? "did not find expected ',' or ']'"
      : "did not find expected key";
  return `yaml: line ${Math.max(line - 1, 1)}: ${parser}`;
}
