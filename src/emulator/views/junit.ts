/**
 * JUnit XML of runs, for the test reports of a build: one suite a run, one case an expectation. No wall time enters it:
 * a suite's time is the virtual time that was played, a case has none.
 *
 * Source: the schema that CI servers read, testmoapp/junitxml `examples/junit-xml-complete.xml`
 */
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type { ExpectationResult } from "../trace/verdict.ts";

export interface JunitInput {
  readonly scenario: { readonly name: string; readonly file: string };
  /** Virtual time that was played. */
  readonly duration: DurationMs;
  readonly results: readonly ExpectationResult[];
  /** The explanation of a failed line, as text; empty where there is none. */
  readonly explain: (result: ExpectationResult) => string;
}

/** One `testsuites` document over several runs, with a final newline. */
export function junit(runs: readonly JunitInput[]): string {
  const all = runs.flatMap((run) => run.results);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "keyturn", ...counts(all) })}>`,
    ...runs.flatMap(suite),
    "</testsuites>",
    "",
  ].join("\n");
}

function suite(run: JunitInput): string[] {
  const { scenario, duration, results } = run;
  const head = {
    name: scenario.name,
    file: scenario.file,
    ...counts(results),
    time: (duration / SECOND_MS).toFixed(3),
  };
  return [
    `  <testsuite${attributes(head)}>`,
    ...results.flatMap((result) => testCase(run, result)),
    "  </testsuite>",
  ];
}

function counts(results: readonly ExpectationResult[]) {
  const bad = results.filter((result) => result.problem !== null).length;
  const failed = results.filter((result) => !result.passed).length;
  return {
    tests: String(results.length),
    failures: String(failed - bad),
    errors: String(bad),
  };
}

function testCase(run: JunitInput, result: ExpectationResult): string[] {
  const { file, line } = result.position;
  const head = attributes({
    classname: run.scenario.name,
    name: result.name,
    file,
    line: String(line),
    time: "0",
  });
  if (result.passed) return [`    <testcase${head}/>`];
  const tag = result.problem === null ? "failure" : "error";
  const body = [
    `${file}:${line}:${result.position.column}`,
    `expected: ${result.expected}`,
    `actual:   ${result.actual}`,
    run.explain(result),
  ];
  const text = escapeXml(body.filter((part) => part !== "").join("\n"));
  return [
    `    <testcase${head}>`,
    `      <${tag}${attributes({ message: result.actual })}>${text}</${tag}>`,
    "    </testcase>",
  ];
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Everything that XML 1.0 allows in no document, escaped or not: controls, halves of surrogate pairs, U+FFFE, U+FFFF. */
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex -- controls are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;

function escapeXml(text: string): string {
  return text
    .replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"']/g, (char) => ENTITIES[char]!)
    .replace(/\r/g, "&#13;");
}

/** A reader of XML would turn line ends and tabs in attributes into spaces. */
function escapeAttribute(text: string): string {
  return escapeXml(text).replace(/\n/g, "&#10;").replace(/\t/g, "&#9;");
}
