/** Holds a YAML document against a schema and reports each difference where it stands. */
import type * as z from "zod";

import type { JsonValue } from "../../../kernel/json.ts";
import { didYouMean } from "./nearest-name.ts";
import type { Problems } from "./problem.ts";
import { knownKeysOf, wording } from "./shape.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

/** A document after its check: parts that have a problem inside read as absent. */
export class CheckedDocument {
  readonly document: YamlDocument;
  readonly #bad: readonly Path[];

  constructor(document: YamlDocument, type: z.ZodType, problems: Problems) {
    this.document = document;
    const result = type.safeParse(document.value, { error: wording });
    const issues = result.success ? [] : result.error.issues;
    for (const issue of issues) report(issue, document, problems);
    this.#bad = issues.flatMap(placesOf);
  }

  /** The plain value at `path`, or undefined when it is missing or something in it is wrong. */
  get(path: Path): JsonValue | undefined {
    if (this.isBad(path)) return undefined;
    return this.raw(path);
  }

  /** Whether something at `path`, inside it or around it is wrong. */
  isBad(path: Path): boolean {
    return this.#bad.some((bad) => {
      const shared = Math.min(bad.length, path.length);
      return bad.slice(0, shared).every((step, i) => step === path[i]);
    });
  }

  /** The plain value at `path` as it is written, right or wrong. */
  raw(path: Path): JsonValue | undefined {
    let value: unknown = this.document.value;
    for (const step of path) {
      if (typeof value !== "object" || value === null) return undefined;
      if (!Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value as JsonValue | undefined;
  }
}

type Issue = z.core.$ZodIssue;

function placesOf(issue: Issue): Path[] {
  const path = issue.path as Path;
  if (issue.code !== "unrecognized_keys") return [path];
  return issue.keys.map((key) => [...path, key]);
}

function report(
  issue: Issue,
  document: YamlDocument,
  problems: Problems,
): void {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeysOf(issue.message);
    for (const key of issue.keys) {
      const hint = didYouMean(key, known);
      problems.add(
        document.atKey([...path, key]),
        `unknown key "${key}"${hint}`,
        hint === "" ? `known here: ${known.join(", ")}` : "",
      );
    }
    return;
  }
  const key = path.at(-1);
  if (isMissing(document.value, path) && typeof key === "string") {
    problems.add(
      document.at(path.slice(0, -1)),
      `the key "${key}" is missing`,
      `add "${key}: …"`,
    );
    return;
  }
  if (issue.code === "custom" && issue.params?.["aboutKey"] === true) {
    problems.add(document.atKey(path), issue.message);
    return;
  }
  const subject = typeof key === "string" ? `${key}: ` : "";
  problems.add(document.at(path), subject + issue.message, fixFor(issue));
}

function isMissing(root: JsonValue, path: Path): boolean {
  let value: unknown = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return false;
    if (!Object.hasOwn(value, step)) return true;
    value = (value as Record<string | number, unknown>)[step];
  }
  return false;
}

function fixFor(issue: Issue): string {
  if (issue.code !== "invalid_type" || issue.expected !== "string") return "";
  return /number|true or false/.test(issue.message.split("found")[1] ?? "")
    ? "put it in quotes"
    : "";
}
