/** The text of one YAML file as nodes that know where they stand. Nothing is thrown for what a user wrote. */
import { isScalar, LineCounter, parseAllDocuments } from "yaml";
import type { Document, Node, YAMLError } from "yaml";

import type { Position, Problems } from "./problem.ts";

/** UTF-16 units of the longest file that is read: far beyond any scenario, and read in seconds. */
export const LONGEST_FILE = 4 * 1024 * 1024;
/** Follow-ups of one slip are seldom worth reading. */
const MOST_SYNTAX_ERRORS = 10;
/** Far beyond what people nest, well within the stack. */
export const DEEPEST_NESTING = 100;

export interface YamlSource {
  readonly file: string;
  readonly text: string;
  /** The documents that are not empty. */
  readonly roots: readonly Node[];
  position(offset: number): Position;
}

export interface YamlOptions {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
  /** `failsafe` leaves every scalar text: for rules other than YAML 1.2's. */
  readonly schema: "core" | "failsafe";
  /** A second document is an error with `one`. */
  readonly documents: "one" | "many";
}

/** Null when the text is not YAML at all; `problems` then says where and why. */
export function readYaml(
  options: YamlOptions,
  problems: Problems,
): YamlSource | null {
  const { file, schema } = options;
  problems.openFile(file);
  const text = options.text.replace(/^\uFEFF/, "");
  const position = positionsIn(file, text);
  if (text.length > LONGEST_FILE) {
    problems.add(
      position(0),
      `the file is too long: ${text.length} characters; at most ${LONGEST_FILE} are read`,
      "split it, or move manifests into files of their own",
    );
    return null;
  }
  const parsed = parseAllDocuments(text, {
    schema,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents: readonly Document.Parsed[] = Array.isArray(parsed)
    ? parsed
    : [];
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    reportSyntax(errors, text, position, problems);
    return null;
  }
  const roots = documents
    .map((document) => document.contents as Node | null)
    .filter((node) => node !== null && !isEmptyNode(node)) as Node[];
  const second = options.documents === "one" ? roots[1] : undefined;
  if (second) {
    problems.add(
      position(second.range![0]),
      "a second YAML document starts here; one file holds one",
      'remove the "---" before it, or move it into a file of its own',
    );
    return null;
  }
  return { file, text, roots, position };
}

function isEmptyNode(node: Node): boolean {
  return isScalar(node) && node.type === "PLAIN" && node.source === "";
}

function positionsIn(file: string, text: string): (offset: number) => Position {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1))
    lines.addNewLine(at + 1);
  return (offset) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line, column: col };
  };
}

function reportSyntax(
  errors: readonly YAMLError[],
  text: string,
  position: (offset: number) => Position,
  problems: Problems,
): void {
  if (errors.some((error) => error.code === "RESOURCE_EXHAUSTION")) {
    problems.add(
      position(firstTooDeep(text)),
      `nested more than ${DEEPEST_NESTING} levels deep`,
      "",
    );
    return;
  }
  const variable = errors.find(
    ({ pos: [at] }) => text.slice(at - 1, at + 1) === "${",
  );
  if (variable) {
    problems.add(
      position(variable.pos[0] - 1),
      "not valid YAML: a variable inside { } or [ ] needs quotes",
      'write "${name}"',
    );
    return;
  }
  for (const error of errors.slice(0, MOST_SYNTAX_ERRORS))
    problems.add(
      position(error.pos[0]),
      `not valid YAML: ${plainMessage(error)}`,
      syntaxFix(error),
    );
}

/** Brackets are counted as if nothing were quoted: good enough to point near the place. */
function firstTooDeep(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "[" || char === "{") depth += 1;
    else if (char === "]" || char === "}") depth -= 1;
    if (depth > DEEPEST_NESTING) return i;
  }
  return 0;
}

/** The library's words without the piece of the file that it quotes, which may be a secret. */
function plainMessage(error: YAMLError): string {
  const text = error.message.replace(/: "[^]*$/, "").replace(/"quote/, "quote");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function syntaxFix(error: YAMLError): string {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "indent with spaces";
    case "BLOCK_AS_IMPLICIT_KEY":
    case "BAD_SCALAR_START":
      return "put the text in quotes";
    case "MISSING_CHAR":
      return error.message.includes("quote")
        ? "close the quote"
        : 'write "key: value", or indent the line as its neighbours';
    case "BAD_INDENT":
      return /end with a [\]}]/.test(error.message)
        ? "close the bracket"
        : "indent the line as its neighbours";
    case "UNEXPECTED_TOKEN":
      return "put text that holds { } [ ] or : in quotes, and check the indentation";
    default:
      return "";
  }
}
