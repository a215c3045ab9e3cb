/** What every part of the loader works with. */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { parseDuration, parseInstant } from "../../kernel/time.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { CheckedDocument } from "../profiles/input/check-shape.ts";
import type { Position, Problems } from "../profiles/input/problem.ts";
import type { ReadFile } from "../profiles/input/read-file.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Variables } from "./variables.ts";

/** What is wrong with a manifest. `path` leads to the field; `suggestion` is the field that was probably meant. */
export interface ManifestProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly suggestion?: string;
}

/** Says what Kubernetes would reject in an object. */
export type CheckManifest = (object: JsonObject) => readonly ManifestProblem[];

/** The files of the machine, or of a test. */
export interface Files {
  readonly read: ReadFile;
  /** A path that the scenario names, as messages show it. */
  readonly resolve: (reference: string) => string;
  /** Candidates for "did you mean". */
  readonly beside: (path: string) => readonly string[];
}

export interface LoadContext {
  readonly file: string;
  readonly checked: CheckedDocument;
  readonly problems: Problems;
  readonly files: Files;
  readonly checkManifest: CheckManifest;
  /** Whether it is a part of something: names may be of what is elsewhere. */
  readonly isPart: boolean;
  readonly namespace: string;
  readonly variables: Variables;
  /** Null when the scenario's own is missing or wrong. */
  readonly duration: DurationMs | null;
}

/** The checked value at `path` by type, or null when it is absent or wrong. */
export function textAt(context: LoadContext, path: Path): string | null {
  const value = context.checked.get(path);
  return typeof value === "string" ? value : null;
}

export function numberAt(context: LoadContext, path: Path): number | null {
  const value = context.checked.get(path);
  return typeof value === "number" ? value : null;
}

export function flagAt(context: LoadContext, path: Path): boolean | null {
  const value = context.checked.get(path);
  return typeof value === "boolean" ? value : null;
}

export function durationAt(
  context: LoadContext,
  path: Path,
): DurationMs | null {
  const text = textAt(context, path);
  return text === null ? null : parseDuration(text);
}

export function instantAt(context: LoadContext, path: Path): EpochMs | null {
  const text = textAt(context, path);
  return text === null ? null : parseInstant(text);
}

/** How many entries the list at `path` has, right or wrong. */
export function countAt(context: LoadContext, path: Path): number {
  const list = context.checked.raw(path);
  return Array.isArray(list) ? list.length : 0;
}

/** Where steps of one kind have what they do. */
export function pathsInSteps(context: LoadContext, kind: string): Path[] {
  return Array.from({ length: countAt(context, ["steps"]) }, (_, i) => [
    "steps",
    i,
    kind,
  ]).filter((path) => context.checked.raw(path) !== undefined);
}

export function positionAt(context: LoadContext, path: Path): Position {
  return context.checked.document.at(path);
}

export function reportAt(
  context: LoadContext,
  path: Path,
  problem: { readonly message: string; readonly fix?: string },
): void {
  context.problems.add(
    positionAt(context, path),
    problem.message,
    problem.fix ?? "",
  );
}

/** The value at `path` inside plain data, or undefined. */
export function valueAt(
  value: JsonValue | undefined,
  ...path: Path
): JsonValue | undefined {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at as JsonValue | undefined;
}

/** The text at `path` inside plain data without the white space around it; empty when there is none. */
export function wordAt(value: JsonValue | undefined, ...path: Path): string {
  const text = valueAt(value, ...path);
  return typeof text === "string" ? text.trim() : "";
}

/** The list at `path` inside plain data; empty when there is none. */
export function listAt(
  value: JsonValue | undefined,
  ...path: Path
): readonly JsonValue[] {
  const list = valueAt(value, ...path);
  return Array.isArray(list) ? (list as readonly JsonValue[]) : [];
}
