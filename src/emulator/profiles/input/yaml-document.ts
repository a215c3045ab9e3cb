/**
 * One YAML document as plain data, with the way back from a path in that data to the place in the file. Aliases are
 * expanded under a limit, keys are checked for duplicates; what cannot be plain data is reported, never thrown.
 */
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, Node, Pair, Scalar, YAMLMap } from "yaml";

import type { JsonValue } from "../../../kernel/json.ts";
import type { Position, Problems } from "./problem.ts";
import {
  isMergeKey,
  linkAliases,
  offsetOf,
  standsSomewhere,
} from "./yaml-nodes.ts";
import { DEEPEST_NESTING } from "./yaml-source.ts";
import type { YamlSource } from "./yaml-source.ts";

export type Path = readonly (string | number)[];

/** How scalars are read: YAML 1.2's core schema, or Kubernetes' rules. */
export interface ScalarRules {
  /** Null also for what was reported as a problem. */
  value(node: Scalar, path: Path): JsonValue;
  key(node: Scalar): string;
  /** Whether `<<` merges a mapping. */
  readonly merges: boolean;
}

/** As many values as one document may have once its aliases are expanded. */
const MOST_VALUES = 250_000;
const STANDARD_TAGS = [
  "!",
  "str",
  "int",
  "float",
  "bool",
  "null",
  "map",
  "seq",
];

export const CORE_RULES: ScalarRules = {
  value(node) {
    const value: unknown = node.value;
    return typeof value === "string" ||
      typeof value === "number" ||
      typeof value === "boolean" ||
      value === null
      ? value
      : (node.source ?? "");
  },
  key: (node) => node.source ?? "",
  merges: false,
};

export class YamlDocument {
  readonly source: YamlSource;
  readonly root: Node;
  readonly value: JsonValue;
  readonly #rules: ScalarRules;
  readonly #problems: Problems;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #open = new Set<Node>();
  readonly #broken: Path[] = [];
  #values = 0;

  constructor(
    source: YamlSource,
    root: Node,
    rules: ScalarRules,
    problems: Problems,
    targets: ReadonlyMap<Alias, Node> = linkAliases(root),
  ) {
    this.source = source;
    this.root = root;
    this.#rules = rules;
    this.#problems = problems;
    this.#targets = targets;
    this.value = this.#plain(root, []);
  }

  /** Where the file holds something that is no value; it reads as null and has been reported. */
  get broken(): readonly Path[] {
    return this.#broken;
  }

  /** The part at `path`, read again from the file by other rules. Null where nothing stands. */
  part(path: Path, rulesFor: (node: Node) => ScalarRules): YamlDocument | null {
    const found = this.#find(path);
    if (found.depth < path.length || !found.node) return null;
    const node = this.#target(found.node);
    return new YamlDocument(
      this.source,
      node,
      rulesFor(node),
      this.#problems,
      this.#targets,
    );
  }

  /** Where the value at `path` starts; of the nearest enclosing one when it is missing. */
  at(path: Path): Position {
    return this.source.position(this.#find(path).offset);
  }

  /** Where the key that ends `path` stands. */
  atKey(path: Path): Position {
    const parent = this.#find(path.slice(0, -1));
    const map = parent.node && this.#target(parent.node);
    const key = path.at(-1);
    if (isMap(map) && typeof key === "string") {
      const pair = this.#pair(map, key);
      if (pair) return this.source.position(offsetOf(pair.key as Node));
    }
    return this.at(path);
  }

  /** The keys of the mapping at `path` in the file's order; none for anything else. */
  keys(path: Path): string[] {
    const found = this.#find(path);
    const map = found.node && this.#target(found.node);
    if (found.depth < path.length || !isMap(map)) return [];
    return map.items
      .map((pair) => this.#key(pair))
      .filter((key) => key !== null);
  }

  /** The scalar node at `path`, for its source text; null for anything else. */
  scalar(path: Path): Scalar | null {
    const found = this.#find(path);
    const node = found.node && this.#target(found.node);
    return found.depth === path.length && isScalar(node) ? node : null;
  }

  #find(path: Path): { node: Node | null; offset: number; depth: number } {
    let node: Node | null = this.root;
    let offset = offsetOf(this.root);
    for (const [depth, step] of path.entries()) {
      const here: Node | null = node && this.#target(node);
      let next: Node | null | undefined;
      let nextOffset = offset;
      if (isMap(here) && typeof step === "string") {
        const pair = this.#pair(here, step);
        if (!pair) return { node, offset, depth };
        next = pair.value as Node | null;
        nextOffset = offsetOf(
          standsSomewhere(next) ? next : (pair.key as Node),
        );
      } else if (isSeq(here) && typeof step === "number") {
        next = here.items[step] as Node | undefined;
        if (next) nextOffset = offsetOf(next);
      }
      if (next === undefined) return { node, offset, depth };
      node = next;
      offset = nextOffset;
    }
    return { node, offset, depth: path.length };
  }

  #target(node: Node): Node {
    let target = node;
    for (let hops = 0; isAlias(target) && hops < DEEPEST_NESTING; hops++)
      target = this.#targets.get(target) ?? target;
    return target;
  }

  #pair(map: YAMLMap, key: string): Pair | null {
    const own = map.items.findLast((pair) => this.#key(pair) === key);
    if (own || !this.#rules.merges) return own ?? null;
    for (const merged of this.#mergedMaps(map)) {
      const pair = merged.items.findLast((item) => this.#key(item) === key);
      if (pair) return pair;
    }
    return null;
  }

  /** The text of a pair's key; null for a key that is no scalar. */
  #key(pair: Pair): string | null {
    const key = this.#target(pair.key as Node);
    return isScalar(key) ? this.#rules.key(key) : null;
  }

  /** What `<<` brings in, the strongest first. */
  #mergedMaps(map: YAMLMap): YAMLMap[] {
    return map.items
      .filter((pair) => isMergeKey(pair.key) && pair.value)
      .flatMap((pair) => {
        const value = this.#target(pair.value as Node);
        return isSeq(value)
          ? value.items.map((item) => this.#target(item as Node))
          : [value];
      })
      .filter((node): node is YAMLMap => isMap(node));
  }

  #plain(node: Node | null, path: Path): JsonValue {
    if (node === null) return null;
    this.#values += 1;
    if (this.#values > MOST_VALUES) {
      if (this.#values > MOST_VALUES + 1) return null;
      return this.#broke(
        node,
        [],
        `more than ${MOST_VALUES} values once aliases are expanded`,
        "write out fewer aliases (*name)",
      );
    }
    if (path.length > DEEPEST_NESTING)
      return this.#broke(
        node,
        path,
        `nested more than ${DEEPEST_NESTING} levels deep`,
      );
    if (isAlias(node)) return this.#alias(node, path);
    const tag = node.tag?.replace("tag:yaml.org,2002:", "");
    if (tag !== undefined && !STANDARD_TAGS.includes(tag))
      return this.#broke(
        node,
        path,
        `the tag ${tag} means nothing here`,
        "remove it",
      );
    if (isScalar(node)) return this.#rules.value(node, path);
    if (isSeq(node))
      return node.items.map((item, i) =>
        this.#plain(item as Node, [...path, i]),
      );
    return isMap(node) ? this.#mapping(node, path) : null;
  }

  #alias(alias: Alias, path: Path): JsonValue {
    const target = this.#targets.get(alias);
    const name = alias.source;
    if (!target)
      return this.#broke(
        alias,
        path,
        `the alias *${name} has no anchor &${name} before it`,
        'put the text in quotes if it shall start with "*"',
      );
    if (this.#open.has(target))
      return this.#broke(alias, path, `the alias *${name} contains itself`);
    this.#open.add(target);
    const value = this.#plain(target, path);
    this.#open.delete(target);
    return value;
  }

  #mapping(map: YAMLMap, path: Path): JsonValue {
    const merged = new Map<string, JsonValue>();
    const own = new Map<string, JsonValue>();
    const first = new Map<string, Node>();
    for (const pair of map.items) {
      const keyNode = (pair.key ?? map) as Node;
      if (this.#rules.merges && isMergeKey(pair.key)) {
        this.#merge(pair.value as Node | null, path, merged);
        continue;
      }
      const key = pair.key ? this.#key(pair) : null;
      if (key === null || key === "__proto__") {
        this.#report(keyNode, "this cannot be a key", "use plain text");
        continue;
      }
      const earlier = first.get(key);
      if (earlier) {
        const { line } = this.source.position(offsetOf(earlier));
        this.#report(
          keyNode,
          `the key "${key}" stands twice here, first in line ${line}`,
          "remove one of them",
        );
        continue;
      }
      first.set(key, keyNode);
      own.set(key, this.#plain(pair.value as Node | null, [...path, key]));
    }
    return Object.fromEntries([...merged, ...own]);
  }

  #merge(node: Node | null, path: Path, into: Map<string, JsonValue>): void {
    const target = node && this.#target(node);
    const sources = isSeq(target) ? (target.items as Node[]) : [node];
    for (const source of sources) {
      const value = this.#plain(source, path);
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        if (source)
          this.#report(source, '"<<" takes a mapping or a list of them', "");
        continue;
      }
      // Earlier entries win over later ones.
      for (const [key, inner] of Object.entries(value))
        if (!into.has(key)) into.set(key, inner);
    }
  }

  #broke(node: Node, path: Path, message: string, fix = ""): null {
    this.#broken.push(path);
    this.#report(node, message, fix);
    return null;
  }

  #report(node: Node, message: string, fix: string): void {
    this.#problems.add(this.source.position(offsetOf(node)), message, fix);
  }
}
