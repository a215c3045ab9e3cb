/** Holds a YAML document against a shape and reports each difference where it stands. */
import type { JsonValue } from "../../../kernel/json.ts";
import { didYouMean } from "./nearest-name.ts";
import type { Problems } from "./problem.ts";
import { shapeProblems } from "./shape.ts";
import type { Shape, ShapeProblem } from "./shape.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

/** A document after its check: parts that have a problem inside read as absent. */
export class CheckedDocument {
  readonly document: YamlDocument;
  readonly #bad: readonly Path[];

  /** `shape` null: the document is known to be sound. */
  constructor(document: YamlDocument, shape: Shape | null, problems: Problems) {
    this.document = document;
    const { broken } = document;
    const isBroken = (at: Path) =>
      broken.some((path) => contains(path, at) || contains(at, path));
    const found =
      shape === null || isBroken([])
        ? []
        : shapeProblems(shape, document.value).filter(
            ({ at }) => !isBroken(at),
          );
    for (const problem of found) report(problem, document, problems);
    this.#bad = [...broken, ...found.map(({ at }) => at)];
  }

  /** The plain value at `path`, or undefined when it is missing or something in it is wrong. */
  get(path: Path): JsonValue | undefined {
    if (this.isBad(path)) return undefined;
    return this.raw(path);
  }

  /** Whether something at `path`, inside it or around it is wrong. */
  isBad(path: Path): boolean {
    return this.#bad.some((bad) => contains(bad, path) || contains(path, bad));
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

function contains(outer: Path, inner: Path): boolean {
  return outer.every((step, i) => step === inner[i]);
}

function report(
  { at, message, kind, known }: ShapeProblem,
  document: YamlDocument,
  problems: Problems,
): void {
  const key = at.at(-1);
  if (kind === "wrongKey") {
    const hint = didYouMean(String(key), known);
    const isListed = hint === "" && known.length > 0;
    problems.add(
      document.atKey(at),
      message + hint,
      isListed ? `known here: ${known.join(", ")}` : "",
    );
  } else if (kind === "missingKey") {
    problems.add(
      document.at(at.slice(0, -1)),
      `the key "${key}" is missing`,
      `add "${key}: …"`,
    );
  } else {
    const subject = typeof key === "string" ? `${key}: ` : "";
    const isUnquoted = /^expected text, found (a number|true)/.test(message);
    problems.add(
      document.at(at),
      subject + message,
      isUnquoted ? "put it in quotes" : "",
    );
  }
}
