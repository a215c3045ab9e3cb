import { describe, expect, test } from "vitest";
import type { ExpectationResult } from "../../../src/emulator/trace/verdict.ts";
import type { JunitInput } from "../../../src/emulator/views/junit.ts";
import { junit } from "../../../src/emulator/views/junit.ts";
import { POSITION } from "../../support/scenarios.ts";

function aResult(parts: Partial<ExpectationResult> = {}): ExpectationResult {
  return {
    name: "the file follows",
    position: POSITION,
    passed: true,
    expected: "within 2m",
    actual: "after 1m43.240s",
    chain: null,
    problem: null,
    ...parts,
  };
}

function aRun(...results: ExpectationResult[]): JunitInput {
  return {
    scenario: { name: "csi-file", file: "scenarios/csi-file.yaml" },
    duration: 1_200_000,
    results,
    explain: () => "",
  };
}

describe("junit", () => {
  test("has one case for each expectation, with virtual time only", () => {
    expect(junit([aRun(aResult())])).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="keyturn" tests="1" failures="0" errors="0">
  <testsuite name="csi-file" file="scenarios/csi-file.yaml" tests="1" failures="0" errors="0" time="1200.000">
    <testcase classname="csi-file" name="the file follows" file="scenario.yaml" line="30" time="0"/>
  </testsuite>
</testsuites>
`,
    );
  });

  test("tells a failed line with what was expected, what happened and why", () => {
    const failed = aResult({ passed: false, actual: "after 3m" });
    const run = { ...aRun(failed), explain: () => "  09:10  set\n" };
    const xml = junit([run]);
    expect(xml).toContain('failures="1" errors="0"');
    expect(xml).toContain(
      `<failure message="after 3m">scenario.yaml:30:5
expected: within 2m
actual:   after 3m
  09:10  set
</failure>`,
    );
  });

  test("tells bad input as an error, not as a failure", () => {
    const problem = "Failed to find busybox:/x: no container has it";
    const bad = aResult({ passed: false, actual: problem, problem });
    const xml = junit([aRun(bad, aResult())]);
    expect(xml).toContain('tests="2" failures="0" errors="1"');
    expect(xml).toContain(`<error message="${problem}">`);
  });

  test("adds several runs up", () => {
    const failed = aResult({ passed: false });
    const xml = junit([aRun(aResult()), aRun(failed, failed)]);
    expect(xml).toContain(
      '<testsuites name="keyturn" tests="3" failures="2" errors="0">',
    );
    expect(xml.match(/<testsuite /g)).toHaveLength(2);
  });

  test("escapes what XML gives a meaning and replaces what it cannot hold", () => {
    const nasty = `<a href="x">&'\u0000\u001b\ud800\ufffe]]>`;
    const xml = junit([aRun(aResult({ name: nasty, passed: false }))]);
    expect(xml).toContain(
      'name="&lt;a href=&quot;x&quot;&gt;&amp;&apos;\ufffd\ufffd\ufffd\ufffd]]&gt;"',
    );
  });

  test("keeps line ends in attributes and text apart from spaces", () => {
    const xml = junit([
      aRun(aResult({ name: "a\nb\tc", passed: false, expected: "x\ry" })),
    ]);
    expect(xml).toContain('name="a&#10;b&#9;c"');
    expect(xml).toContain("expected: x&#13;y");
  });

  test("of no run is an empty document", () => {
    expect(junit([])).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="keyturn" tests="0" failures="0" errors="0">
</testsuites>
`,
    );
  });
});
