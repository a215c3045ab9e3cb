/**
 * Where problems of a manifest are collected: the path for whoever points at a line, the text as Kubernetes words it.
 * Source: kubernetes/apimachinery v0.32 pkg/util/validation/field/errors.go, path.go.
 */
import type { JsonValue } from "../../../kernel/json.ts";

/** A member's name, a list index, or a key of a map (`data[tls.crt]`). */
export type PathSegment = string | number | { readonly key: string };
export type FieldPath = readonly PathSegment[];

/** Something that Kubernetes would reject. */
export interface ManifestProblem {
  /** Members and indices from the object's root. */
  readonly path: readonly (string | number)[];
  /** Upstream's text, with the path in upstream's spelling: `spec.containers: Required value`. */
  readonly message: string;
  /** The known field that an unknown one was probably meant to be. */
  readonly suggestion?: string;
}

/** A problem with what decides the Status that the server answers. */
export interface StagedProblem extends ManifestProblem {
  /**
   * decode: not readable as the kind. strict: an unknown field. invalid: against a rule. kind: not served here.
   * unmodelled: good Kubernetes that Keyturn has not built.
   */
  readonly stage: "decode" | "strict" | "invalid" | "kind" | "unmodelled";
}

/** `spec.containers[0].name`; `data[tls.crt]`. */
export function pathText(path: FieldPath): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (typeof segment === "object") text += `[${segment.key}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

function plainPath(path: FieldPath): (string | number)[] {
  return path.map((segment) =>
    typeof segment === "object" ? segment.key : segment,
  );
}

/** A string as Go's `%q` prints it, for the characters that occur here. */
export function quoted(value: string): string {
  return JSON.stringify(value);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "string" ? quoted(value) : JSON.stringify(value);
}

export class Report {
  readonly problems: StagedProblem[] = [];

  add(
    stage: StagedProblem["stage"],
    path: FieldPath,
    message: string,
    suggestion?: string,
  ): void {
    const problem = { path: plainPath(path), message, stage };
    this.problems.push(
      suggestion === undefined ? problem : { ...problem, suggestion },
    );
  }

  #rule(path: FieldPath, what: string, detail: string): void {
    const tail = detail === "" ? "" : `: ${detail}`;
    this.add("invalid", path, `${pathText(path)}: ${what}${tail}`);
  }

  required(path: FieldPath, detail = ""): void {
    this.#rule(path, "Required value", detail);
  }

  invalid(path: FieldPath, value: unknown, detail: string): void {
    this.#rule(path, `Invalid value: ${shown(value)}`, detail);
  }

  /** One problem for each of several explanations. */
  eachInvalid(
    path: FieldPath,
    value: unknown,
    details: readonly string[],
  ): void {
    for (const detail of details) this.invalid(path, value, detail);
  }

  forbidden(path: FieldPath, detail: string): void {
    this.#rule(path, "Forbidden", detail);
  }

  duplicate(path: FieldPath, value: unknown): void {
    this.#rule(path, `Duplicate value: ${shown(value)}`, "");
  }

  notFound(path: FieldPath, value: unknown): void {
    this.#rule(path, `Not found: ${shown(value)}`, "");
  }

  notSupported(
    path: FieldPath,
    value: unknown,
    supported: readonly string[],
  ): void {
    this.#rule(
      path,
      `Unsupported value: ${shown(value)}`,
      `supported values: ${supported.map(quoted).join(", ")}`,
    );
  }

  /** A member that, when it is set, must have one of a few values. */
  oneOf(
    path: FieldPath,
    value: JsonValue | undefined,
    supported: readonly string[],
  ): void {
    if (value && !supported.includes(value as string))
      this.notSupported(path, value, supported);
  }

  tooLong(path: FieldPath, maxBytes: number): void {
    this.#rule(path, "Too long", `may not be more than ${maxBytes} bytes`);
  }
}
