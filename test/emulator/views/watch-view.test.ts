import { expect, test } from "vitest";

import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { SinkHistory } from "../../../src/emulator/trace/sink-history.ts";
import type { SecretSet } from "../../../src/emulator/trace/versions.ts";
import {
  watchFrames,
  watchLines,
} from "../../../src/emulator/views/watch-view.ts";
import type { WatchOptions } from "../../../src/emulator/views/watch-view.ts";
import {
  BUSYBOX,
  START,
  revealing,
  rotationStory,
  tooWide,
  withoutColor,
} from "./story.ts";
import type { StoryPod } from "./story.ts";

function file(path: string, name = "busybox"): SinkName {
  const who = { kind: "pod", namespace: "default", name } as const;
  return { kind: "file", who, container: null, path };
}

const CSI_FILE = file("/mnt/secrets-store/secret1");
const SECRET_FILE = file("/mnt/secrets-volume/mysecret1");
const SECRET: SinkName = {
  kind: "secret",
  namespace: "default",
  secret: "app-secret",
  key: "mysecret1",
};

/** The rotation of the articles, watched. */
function watching(
  sinks: readonly SinkName[],
  changes: Partial<WatchOptions> = {},
  pod: StoryPod = BUSYBOX,
): WatchOptions {
  const story = rotationStory(pod);
  const sets = story.facts.filter(
    (fact) => fact.type === "vault.secret.set",
  ) as SecretSet[];
  const history = story.tell(new SinkHistory());
  return {
    history,
    sinks,
    namespace: "default",
    start: START,
    sets,
    reveal: revealing(),
    ...changes,
  };
}

test("two files stand side by side, one row a change", () => {
  expect(watchLines(watching([CSI_FILE, SECRET_FILE]))).toEqual([
    "  time        busybox                           busybox",
    "              /mnt/secrets-store/secret1        /mnt/secrets-volume/mysecret1",
    "  +00:00.450  v1  the first value  ← mount      ·",
    "  +00:00.700  ·                                 v1  the first value  ← mount",
    "  +10:00.000  v2 of secret1 is set in kvdemo",
    "  +11:43.210  v2  the second value  ← poll      ·",
    "  +12:21.092  ·                                 v2  the second value  ← pod sync",
  ]);
});

test("one sink has the whole width and its name in one line", () => {
  expect(watchLines(watching([CSI_FILE], { sets: [] }))).toEqual([
    "  time        busybox:/mnt/secrets-store/secret1",
    "  +00:00.450  v1  the first value  ← mount",
    "  +11:43.210  v2  the second value  ← poll",
  ]);
});

test("three sinks stand below each other", () => {
  expect(
    watchLines(watching([CSI_FILE, SECRET, SECRET_FILE], { sets: [] })),
  ).toEqual([
    "  time        sink",
    "  +00:00.450  busybox:/mnt/secrets-store/secret1     v1  the first value",
    "  +00:00.480  app-secret/mysecret1                   v1  the first value",
    "  +00:00.700  busybox:/mnt/secrets-volume/mysecret1  v1  the first value",
    "  +11:43.210  busybox:/mnt/secrets-store/secret1     v2  the second value",
    "  +11:43.230  app-secret/mysecret1                   v2  the second value",
    "  +12:21.092  busybox:/mnt/secrets-volume/mysecret1  v2  the second value",
  ]);
});

test("without reveal the versions alone are shown", () => {
  const { reveal: _reveal, ...masked } = watching([CSI_FILE, SECRET_FILE]);
  const text = watchLines(masked).join("\n");
  expect(text).toContain("v2  ← poll");
  expect(text).not.toContain("the second value");
});

test("a sink that cannot be looked at says why", () => {
  const lines = watchLines(watching([CSI_FILE, file("/nowhere")]));
  expect(lines.slice(2, 4)).toEqual([
    "              busybox:/nowhere: no container of default/busybox has /nowhere:",
    "              mounted are /mnt/secrets-store, /mnt/secrets-volume",
  ]);
});

test("no line is wider than the terminal, whatever names and values hold", () => {
  const pod = {
    ...BUSYBOX,
    name: "busybox-secrets-store-inline-wi-with-a-name-that-goes-on-and-on-and-on",
  };
  const long = file("/mnt/secrets-store/secret1", pod.name);
  for (const width of [40, 60, 80, 120])
    for (const value of [
      "日本語の秘密".repeat(9),
      "🙂".repeat(50),
      "a\nb\u001b[31m".repeat(20),
    ])
      for (const sinks of [[long], [long, SECRET], [long, SECRET, long]])
        expect(
          tooWide(
            watchLines(
              watching(sinks, { width, reveal: revealing(value, value) }, pod),
            ),
            width,
          ),
        ).toEqual([]);
});

test("values keep their column when they are wide, and cannot break the line", () => {
  const reveal = revealing(
    "一二三四五六七八九十一二三四五六七八九十",
    "multi\nline\u001b[31m",
  );
  const lines = watchLines(
    watching([CSI_FILE, SECRET_FILE], { reveal, sets: [] }),
  );
  expect(lines[2]).toBe("  +00:00.450  v1  一二三四五六七八九十一二三…   ·");
  expect(lines[4]).toBe("  +11:43.210  v2  multi\\nline\\x1b[31m  ← poll   ·");
});

test("frames are the same lines by instant, for whoever paces them", () => {
  const options = watching([CSI_FILE, SECRET_FILE]);
  const frames = [...watchFrames(options)];
  expect(frames.flatMap((frame) => frame.lines)).toEqual(watchLines(options));
  expect(frames.map((frame) => frame.t - START)).toEqual([
    0, 450, 700, 600_000, 703_210, 741_092,
  ]);
});

test("nothing watched, nothing shown", () => {
  expect(watchLines(watching([]))).toEqual([]);
});

test("colour adds escape sequences and nothing else", () => {
  const plain = watchLines(watching([CSI_FILE, SECRET_FILE]));
  const colored = watchLines(
    watching([CSI_FILE, SECRET_FILE], { color: true }),
  );
  expect(colored).not.toEqual(plain);
  expect(colored.map((line) => withoutColor(line).trimEnd())).toEqual(plain);
});
