import { expect, test } from "vitest";

import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { SinkHistory } from "../../../src/emulator/trace/sink-history.ts";
import type { VersionSet } from "../../../src/emulator/trace/versions.ts";
import { leadingSets } from "../../../src/emulator/trace/versions.ts";
import {
  watchFrames,
  watchLines,
} from "../../../src/emulator/views/watch-view.ts";
import type { WatchOptions } from "../../../src/emulator/views/watch-view.ts";
import { aMount, aPod, aRun } from "../../support/facts.ts";
import {
  createContainer,
  exitContainer,
  setCertificate,
} from "../../support/facts-node.ts";
import { podNamed } from "../../support/scenarios.ts";
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
  ) as VersionSet[];
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

test("variables and pinned files are columns like files; they change with a new container", () => {
  const run = aRun();
  const mounts = [
    aMount({ volume: "secret-volume", mountPath: "/etc/key", subPath: "key" }),
  ];
  const pod = run.addPod(aPod({ mounts }));
  const v1 = run.setSecret("secret1");
  const given = (version: typeof v1) => ({
    variables: { PASSWORD: version },
    pinned: { "/etc/key": version },
  });
  createContainer(run.at("1s"), pod, given(v1));
  const v2 = run.at("5m").setSecret("secret1");
  exitContainer(run.at("6m"), pod, 1);
  createContainer(run.later(231), pod, { attempt: 1, ...given(v2) });
  run.end("7m");
  const env: SinkName = {
    kind: "env",
    who: podNamed("busybox"),
    container: null,
    variable: "PASSWORD",
  };
  const options = {
    history: run.sinks,
    sinks: [env, file("/etc/key")],
    namespace: "default",
    start: START,
    sets: leadingSets(run.index),
  };
  expect(watchLines(options)).toEqual([
    "  time        busybox:PASSWORD                  busybox:/etc/key",
    "  +00:01.000  v1  ← start                       v1  ← start",
    "  +05:00.000  v2 of secret1 is set in kvdemo",
    "  +06:00.000  (not there)                       (not there)",
    "  +06:00.231  v2  ← restart                     v2  ← restart",
  ]);
});

test("a renewed certificate takes one row", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const { certificate } = setCertificate(run, "web");
  run.at("1s").file(pod, { secret1: certificate });
  setCertificate(run.at("5m"), "web", { ordinal: 2 });
  run.end("7m");
  const options = {
    history: run.sinks,
    sinks: [CSI_FILE],
    namespace: "default",
    start: START,
    sets: leadingSets(run.index),
  };
  expect(watchLines(options).slice(2)).toEqual([
    "  +05:00.000  v2 of certificate web is set in kvdemo",
  ]);
});

test("files of a projected volume come with the pod's syncs", () => {
  const run = aRun();
  const volumes = [{ name: "all", kind: "projected", source: "" } as const];
  const mounts = [aMount({ volume: "all", mountPath: "/mnt/all" })];
  const pod = run.addPod(aPod({ volumes, mounts }));
  const sink = { history: run.sinks, namespace: "default", start: START };
  for (const at of ["1s", "2m"])
    run
      .at(at)
      .secretFile(pod, { a: run.setSecret("secret1") }, [], "projected");
  run.end("3m");
  const lines = watchLines({ ...sink, sinks: [file("/mnt/all/a")] });
  expect(lines.slice(1)).toEqual([
    "  +00:01.000  v1  ← mount",
    "  +02:00.000  v2  ← pod sync",
  ]);
});
