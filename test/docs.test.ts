import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { judgementsOf, remarksOf } from "../scripts/docs/remarks.ts";
import { timersOf } from "../scripts/docs/timers.ts";
import { stalePages } from "../scripts/fidelity.ts";

test("the generated pages are in step with the source: else run npm run docs:fidelity", async () => {
  expect(await stalePages()).toEqual([]);
});

describe("a remark", () => {
  const remarks = (source: string) =>
    remarksOf("src/a.ts", source).map(
      ({ kind, line, text }) => `${line} ${kind}: ${text}`,
    );

  test("goes on over the next lines until a blank one, another tag or the end", () => {
    const source = `/**
 * What it is.
 * Simplification: one that
 *   goes on.
 *
 * Not part of it.
 * Differs: another.
 * Source: upstream
 * Setting: a third,
 *          also long.
 * Timers   SOON  10 ms
 * Simplification: the last. */
const x = 1; // Simplification: not at the start of a line
`;
    expect(remarks(source)).toEqual([
      "3 Simplification: one that goes on.",
      "7 Differs: another.",
      "9 Setting: a third, also long.",
      "12 Simplification: the last.",
    ]);
  });

  test("may be a comment of one line", () => {
    expect(remarks("/** Setting: 60 ms. */\nconst x = 60;\n")).toEqual([
      "1 Setting: 60 ms.",
    ]);
    expect(remarks("  // Differs: here.\n  // And here.\n  run();")).toEqual([
      "1 Differs: here. And here.",
    ]);
  });
});

test("a judgement is the comment above a profile's number, from its mark on", () => {
  const yaml = `# [J] marks a judgement
kind: Profile
settings:
  latency:
    # Published. [J] The middle
    # of the range.
    vault: 25ms
    # Published.
    watch: 20ms
`;
  expect(judgementsOf("p.yaml", yaml)).toEqual([
    {
      path: "p.yaml",
      setting: "latency.vault",
      value: "25ms",
      text: "The middle of the range.",
    },
  ]);
});

test("a timer is a constant in milliseconds with its first sentence and its source", () => {
  const source = `
/** Period of the ticker. It starts late. Source: pkg/kubelet/kubelet.go */
export const TICK_MS = SECOND_MS;
/**
 * How long it waits.
 *
 * Source: volume_manager.go
 *         podAttachAndMountTimeout
 */
export const WAIT_MS: DurationMs = 2 * MINUTE_MS + 3 * TICK_MS;
/** Setting: 1_500 unless told otherwise. */
const LATENCY_MS = 1_500;
/** In characters. */
export const LONGEST = 25_600;
export const NAMES_MS = list();
`;
  expect(timersOf(source)).toEqual([
    {
      name: "TICK_MS",
      length: "1s",
      what: "Period of the ticker.",
      source: "pkg/kubelet/kubelet.go",
    },
    {
      name: "WAIT_MS",
      length: "2m3s",
      what: "How long it waits.",
      source: "volume_manager.go podAttachAndMountTimeout",
    },
    {
      name: "LATENCY_MS",
      length: "1s500ms",
      what: "1_500 unless told otherwise.",
      source: "",
    },
  ]);
});

test.each(["README.md", "CONTRIBUTING.md", ...pages("docs")])(
  "every link of %s to a file leads to one",
  (page) => {
    const links = readFileSync(page, "utf8").matchAll(
      /\]\((?!https?:|#)([^)#\s]+)/g,
    );
    const broken = [...links]
      .map(([, link]) => link!)
      .filter((link) => !existsSync(join(dirname(page), link)));
    expect(broken).toEqual([]);
  },
);

function pages(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => join(folder, name));
}
