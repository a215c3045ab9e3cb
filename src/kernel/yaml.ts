/**
 * YAML to plain data: the one home of the `yaml` package in the core. Strict: a duplicate key, an unknown anchor or a
 * second document is an error, and aliases cannot blow a short text up to a large value.
 *
 * Source: npm `yaml` 2.9; for Kubernetes' reading sigs.k8s.io/yaml and go-yaml v2 `resolve.go`.
 */
import {
  Composer,
  LineCounter,
  Parser,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
} from "yaml";
import type {
  CST,
  Document,
  DocumentOptions,
  Node,
  ParseOptions,
  ScalarTag,
  SchemaOptions,
  Tags,
} from "yaml";
import { KeyturnError } from "./errors.ts";
import type { JsonValue } from "./json.ts";

/** More uses of aliases than this in one text, counted with their nesting, are taken for an attack. */
const MAX_ALIAS_COUNT = 100;

/** Collections within collections, at most: a bound of ours, well below where the package's recursion would end. */
export const MAX_DEPTH = 256;

/** A text that cannot be read. `line` and `column` count from 1. */
export class YamlError extends KeyturnError {
  /** Code of the `yaml` package, or UNKNOWN_ANCHOR, SELF_ANCHOR, ALIAS_BOMB, TOO_DEEP, BAD_KEY, BAD_MERGE, NOT_JSON. */
  readonly problem: string;
  /** The sentence without its place. */
  readonly reason: string;
  readonly line: number;
  readonly column: number;
  /** The anchor it is about, or empty. */
  readonly anchor: string;

  constructor(at: Place, problem: string, reason: string, anchor = "") {
    const { line, column } = at;
    super(
      "InvalidYaml",
      `Failed to read YAML at line ${line}, column ${column}: ${reason}`,
    );
    this.name = "YamlError";
    this.problem = problem;
    this.reason = reason;
    this.line = line;
    this.column = column;
    this.anchor = anchor;
  }
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface YamlReading {
  /**
   * YAML 1.1 as Kubernetes reads manifests: `0644` is octal, `yes` is true, `<<` merges; dates stay text and `22:22`
   * is no number. Default: YAML 1.2.
   */
  readonly kubernetes?: boolean;
}

/** Reads one document; an empty text is null. Throws `YamlError`. Keys that are no text become their text. */
export function parseYaml(text: string, reading: YamlReading = {}): JsonValue {
  const source = new Source(text, {
    uniqueKeys: true,
    ...(reading.kubernetes === true
      ? { version: "1.1", customTags: kubernetesTags }
      : { version: "1.2" }),
  });
  const { document } = source;
  source.throwFirstError("one document");
  visit(document, (_, node, path) => check(node, path));
  return source.toJson();

  function check(node: unknown, path: readonly unknown[]): void {
    if (isAlias(node)) source.resolve(node, path);
    if (isScalar(node) && typeof node.value === "number")
      if (!Number.isFinite(node.value))
        throw source.error(node, "NOT_JSON", "Infinity and NaN are no JSON");
    if (!isMap(node)) return;
    for (const { key } of node.items)
      if (isMap(key) || isSeq(key) || isAlias(key))
        throw source.error(key, "BAD_KEY", "A key must be a plain value");
  }
}

const DROPPED_TAGS = ["timestamp", "binary", "omap", "pairs", "set"].map(
  (name) => `tag:yaml.org,2002:${name}`,
);

/** `0o17` is octal to go-yaml although YAML 1.1 does not know it. */
const OCTAL: ScalarTag = {
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => parseInt(text.replace(/_|0o/g, ""), 8),
};

function kubernetesTags(tags: Tags): Tags {
  const kept = tags.filter(
    (tag) =>
      typeof tag === "string" ||
      (!DROPPED_TAGS.includes(tag.tag) && (tag as ScalarTag).format !== "TIME"),
  );
  return [OCTAL, ...kept];
}

/** A node as it was written: no value is resolved. Nodes behind an alias are shared, not copied. */
export type YamlNode = YamlScalar | YamlMapping | YamlSequence;

interface YamlBase {
  /** Counted from 1. */
  readonly line: number;
  /** As written, with `!!` spelled out (`tag:yaml.org,2002:int`); null without one. */
  readonly tag: string | null;
}

export interface YamlScalar extends YamlBase {
  readonly kind: "scalar";
  /** Neither quoted nor a block scalar. */
  readonly plain: boolean;
  /** Without quotes, escapes and indentation. */
  readonly text: string;
}

export interface YamlMapping extends YamlBase {
  readonly kind: "mapping";
  readonly entries: readonly (readonly [key: YamlNode, value: YamlNode])[];
}

interface YamlSequence extends YamlBase {
  readonly kind: "sequence";
  readonly items: readonly YamlNode[];
}

/**
 * Reads the first document as a tree of nodes, for readers with rules of their own; null when it is empty.
 * Throws `YamlError`; duplicate keys are the reader's to judge.
 */
export function readYaml(text: string): YamlNode | null {
  const source = new Source(text, { uniqueKeys: false, schema: "failsafe" });
  source.throwFirstError("first document");
  const { contents } = source.document;
  if (contents === null) return null;
  if (isScalar(contents) && contents.source === "" && contents.type === "PLAIN")
    return null;
  return toNode(source, contents, new Map(), 1);
}

function toNode(
  source: Source,
  node: unknown,
  done: Map<unknown, YamlNode>,
  nearestLine: number,
): YamlNode {
  if (isAlias(node)) {
    const target = source.resolve(node, []);
    const shared = done.get(target);
    if (shared === undefined) throw source.selfAnchor(node, node.source);
    return shared;
  }
  const line =
    (node as Node | null)?.range == null
      ? nearestLine
      : source.place(node).line;
  const built = build(source, node, done, line);
  done.set(node, built);
  return built;
}

function build(
  source: Source,
  node: unknown,
  done: Map<unknown, YamlNode>,
  line: number,
): YamlNode {
  const child = (item: unknown) => toNode(source, item, done, line);
  if (isMap(node)) {
    const entries = node.items.map(
      ({ key, value }) => [child(key), child(value)] as const,
    );
    return { kind: "mapping", line, tag: explicitTag(node), entries };
  }
  if (isSeq(node))
    return {
      kind: "sequence",
      line,
      tag: explicitTag(node),
      items: node.items.map(child),
    };
  if (!isScalar(node))
    return { kind: "scalar", line, tag: null, plain: true, text: "" };
  return {
    kind: "scalar",
    line,
    tag: explicitTag(node),
    plain: node.type === "PLAIN" || node.type === undefined,
    text: node.source ?? "",
  };
}

/** The package leaves `tag` unset where none was written. */
const explicitTag = (node: { tag?: string }): string | null => node.tag ?? null;

/** A parsed text with its places. */
class Source {
  readonly document: Document.Parsed;
  /** Where a second document starts, or null. */
  readonly more: number | null;
  readonly #lines = new LineCounter();

  constructor(
    text: string,
    options: ParseOptions & DocumentOptions & SchemaOptions,
  ) {
    const parser = new Parser(this.#lines.addNewLine);
    const tokens = [...parser.parse(text)];
    const tooDeep = tokens.map(tokenBelow).find((at) => at !== null);
    if (tooDeep != null)
      throw new YamlError(
        this.#at(tooDeep),
        "TOO_DEEP",
        `It is nested more than ${MAX_DEPTH} levels deep`,
      );
    const composer = new Composer(options);
    const [first, second] = composer.compose(tokens, true, text.length);
    // Composing to the end of the stream always yields a document, if an empty one.
    this.document = first as Document.Parsed;
    this.more = second?.range[0] ?? null;
  }

  /** Throws the first syntax error, or one for a second document when there may be only one. */
  throwFirstError(only: "one document" | "first document"): void {
    const [error] = this.document.errors;
    if (error !== undefined)
      throw new YamlError(this.#at(error.pos[0]), error.code, error.message);
    if (only === "one document" && this.more !== null)
      throw new YamlError(
        this.#at(this.more),
        "MULTIPLE_DOCS",
        "There is a second document",
      );
  }

  place(node: unknown): Place {
    return this.#at((node as Node).range?.[0] ?? 0);
  }

  error(node: unknown, problem: string, reason: string): YamlError {
    return new YamlError(this.place(node), problem, reason);
  }

  /** What an alias stands for; an alias inside its own anchor is an error. */
  resolve(
    alias: { source: string; resolve(doc: Document): unknown },
    path: readonly unknown[],
  ): unknown {
    const target = alias.resolve(this.document);
    if (target === undefined)
      throw new YamlError(
        this.place(alias),
        "UNKNOWN_ANCHOR",
        `There is no anchor &${alias.source} before this alias`,
        alias.source,
      );
    if (path.includes(target)) throw this.selfAnchor(alias, alias.source);
    return target;
  }

  selfAnchor(node: unknown, anchor: string): YamlError {
    return new YamlError(
      this.place(node),
      "SELF_ANCHOR",
      `The value of anchor &${anchor} contains itself`,
      anchor,
    );
  }

  /** The document as plain data. */
  toJson(): JsonValue {
    try {
      return this.document.toJS({
        maxAliasCount: MAX_ALIAS_COUNT,
      }) as JsonValue;
    } catch (error) {
      if (error instanceof ReferenceError)
        throw new YamlError(
          this.#at(0),
          "ALIAS_BOMB",
          `Aliases are used more than ${MAX_ALIAS_COUNT} times`,
        );
      // What remains is a merge key whose value is no mapping.
      throw new YamlError(this.#at(0), "BAD_MERGE", (error as Error).message);
    }
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** The offset of a collection inside `MAX_DEPTH` others, or null. Walks without recursion. */
function tokenBelow(root: CST.Token): number | null {
  const waiting: [token: CST.Token, depth: number][] = [[root, 0]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [token, depth] = next;
    if (token.type === "document" && token.value != null)
      waiting.push([token.value, depth]);
    if (!("items" in token)) continue;
    if (depth === MAX_DEPTH) return token.offset;
    for (const { key, value } of token.items as CST.CollectionItem[]) {
      if (key != null) waiting.push([key, depth + 1]);
      if (value != null) waiting.push([value, depth + 1]);
    }
  }
  return null;
}
