import { describe, expect, it } from "vitest";
import {
  emptyVolume,
  payloadOf,
  planWrite,
  timestampDirName,
} from "../../../src/kubelet-sim/pod-fs/index.ts";
import type { WriteOptions } from "../../../src/kubelet-sim/pod-fs/index.ts";
import { pathsToRemove } from "../../../src/kubelet-sim/pod-fs/payload-diff.ts";
import { aPayload, START_MS } from "./support.ts";

const FIRST: WriteOptions = { timestampDir: "..1", nowMs: START_MS };
const NEXT: WriteOptions = { timestampDir: "..2", nowMs: START_MS + 5000 };

function afterFirst(files: Parameters<typeof aPayload>[0]) {
  return planWrite(null, aPayload(files), FIRST).image;
}

function operationTexts(plan: ReturnType<typeof planWrite>): string[] {
  return plan.operations.map((o) =>
    o.op === "replaceLink" ? `${o.op} ${o.from} ${o.to}` : `${o.op} ${o.path}`,
  );
}

describe("the timestamp directory", () => {
  it("is named by UTC seconds and a 32-bit number without padding", () => {
    expect(timestampDirName(START_MS, 7)).toBe("..2024_04_29_09_00_00.7");
    expect(timestampDirName(START_MS, 2 ** 32 - 1)).toBe(
      "..2024_04_29_09_00_00.4294967295",
    );
    expect(timestampDirName(Date.UTC(2026, 11, 31, 23, 59, 59), 0)).toBe(
      "..2026_12_31_23_59_59.0",
    );
  });

  it("can have a number of a fixed width", () => {
    expect(timestampDirName(START_MS, 42, 5)).toMatch(/\.00042$/);
    expect(timestampDirName(START_MS, 1_234_567, 5)).toMatch(/\.34567$/);
  });

  it("refuses a draw that is no 32-bit number", () => {
    expect(() => timestampDirName(START_MS, 2 ** 32)).toThrow("32-bit");
  });
});

describe("a payload", () => {
  it("is sorted, cleaned and keeps the later of two files with one path", () => {
    const bytes = new Uint8Array([1]);
    const payload = payloadOf([
      { path: "b", bytes, mode: 0o644, version: "v1" },
      { path: "a//c", bytes, mode: 0o644, version: "v1" },
      { path: "b", bytes, mode: 0o600, version: "v2" },
    ]);
    expect(payload.map(({ path, version }) => [path, version])).toEqual([
      ["a/c", "v1"],
      ["b", "v2"],
    ]);
  });
});

describe("a planned write", () => {
  it("orders the kubelet's operations: files, switch, links, stale links, old directory", () => {
    const image = afterFirst({ old: "x", keep: "x" });
    const plan = planWrite(image, aPayload({ keep: "y", "new/n": "n" }), NEXT);
    expect(operationTexts(plan)).toEqual([
      "mkdir ..2",
      "chmod ..2",
      "writeFile ..2/keep",
      "chmod ..2/keep",
      "mkdir ..2/new",
      "writeFile ..2/new/n",
      "chmod ..2/new/n",
      "symlink ..data_tmp",
      "replaceLink ..data_tmp ..data",
      "symlink new",
      "unlink old",
      "removeTree ..1",
    ]);
    expect(plan.added).toEqual(["new/n"]);
    expect(plan.updated).toEqual(["keep"]);
    expect(plan.removed).toEqual(["old"]);
  });

  it("makes the driver's links before the switch", () => {
    const plan = planWrite(null, aPayload({ a: "1", b: "2" }), {
      ...FIRST,
      linksBeforeSwitch: true,
    });
    expect(operationTexts(plan).slice(-4)).toEqual([
      "symlink a",
      "symlink b",
      "symlink ..data_tmp",
      "replaceLink ..data_tmp ..data",
    ]);
  });

  it("moves mtime and generation when something is written", () => {
    const image = afterFirst({ a: "1" });
    expect(image).toMatchObject({ dirName: "..1", generation: 1 });
    const next = planWrite(image, aPayload({ a: "2" }), NEXT).image;
    expect(next).toMatchObject({
      dirName: "..2",
      generation: 2,
      mtimeMs: NEXT.nowMs,
    });
  });

  it("is none for the same content, and hands back the very same image", () => {
    const image = afterFirst({ a: "1", "b/c": "2" });
    const plan = planWrite(image, aPayload({ a: "1", "b/c": "2" }), NEXT);
    expect(plan.changed).toBe(false);
    expect(plan.operations).toEqual([]);
    expect(plan.image).toBe(image);
  });

  it("is none for a change of mode alone", () => {
    const image = afterFirst({ a: "1" });
    const plan = planWrite(image, aPayload({ a: ["1", 0o400] }), NEXT);
    expect(plan.changed).toBe(false);
    expect(plan.image.payload[0]?.mode).toBe(0o644);
  });

  it("is made for an empty first payload, and none for a second one", () => {
    const first = planWrite(emptyVolume(START_MS - 1), [], FIRST);
    expect(first.changed).toBe(true);
    expect(first.image.dirName).toBe("..1");
    expect(planWrite(first.image, aPayload({}), NEXT).changed).toBe(false);
  });

  it("is made when files only vanish", () => {
    const plan = planWrite(afterFirst({ a: "1" }), [], NEXT);
    expect(plan.changed).toBe(true);
    expect(plan.removed).toEqual(["a"]);
  });

  it("is refused for a bad path, with the writer's words", () => {
    const bytes = new Uint8Array();
    const plan = planWrite(
      afterFirst({ a: "1" }),
      [{ path: "..bar", bytes, mode: 0o644 }],
      NEXT,
    );
    expect(plan.error).toBe("invalid path: must not start with '..': ..bar");
    expect(plan.changed).toBe(false);
    expect(plan.image.dirName).toBe("..1");
  });

  it.each([
    [{ foo: "1" }, { "foo/bar": "2" }, "open /v/..1/foo/bar: not a directory"],
    [{ "foo/bar": "1" }, { foo: "2" }, "read /v/..1/foo: is a directory"],
  ])(
    "is refused when a file turns into a directory or back: %o -> %o",
    (before, after, error) => {
      const options = { ...NEXT, targetDir: "/v" };
      const plan = planWrite(afterFirst(before), aPayload(after), options);
      expect(plan.error).toBe(error);
      expect(plan.operations).toEqual([]);
    },
  );

  it("is made all the same when another file was found to differ before", () => {
    const image = afterFirst({ a: "1", foo: "1" });
    const plan = planWrite(image, aPayload({ a: "2", "foo/bar": "2" }), NEXT);
    expect(plan.error).toBeNull();
    expect(plan.changed).toBe(true);
  });

  it("is refused when one path would be file and directory", () => {
    const plan = planWrite(null, aPayload({ a: "1", "a/b": "2" }), FIRST);
    expect(plan.error).toBe("mkdir ..1/a/: file exists");
  });

  it("stops the run when the directory's name was used before", () => {
    const image = afterFirst({ a: "1" });
    expect(() => planWrite(image, aPayload({ a: "2" }), FIRST)).toThrow(
      "is the current directory",
    );
  });
});

describe("a link that a crash kept from being made", () => {
  const files = { a: "1", b: "2" };
  const missingLinks = ["b"];

  it.each([
    ["by the kubelet since 1.30", { kubernetesMinor: 30 }, ["symlink b"]],
    ["not by the kubelet before 1.30", { kubernetesMinor: 29 }, []],
    ["not by the CSI driver", { linksBeforeSwitch: true }, []],
  ])("is made without a write %s", (_who, who, expected) => {
    const image = afterFirst(files);
    const options = { ...NEXT, missingLinks, ...who };
    const plan = planWrite(image, aPayload(files), options);
    expect(operationTexts(plan)).toEqual(expected);
    expect(plan.changed).toBe(false);
    expect(plan.image.mtimeMs).toBe(
      expected.length > 0 ? NEXT.nowMs : START_MS,
    );
    expect(plan.image.generation).toBe(1);
  });

  it("is made by any later write", () => {
    const plan = planWrite(afterFirst(files), aPayload({ ...files, a: "2" }), {
      ...NEXT,
      missingLinks,
    });
    expect(operationTexts(plan)).toContain("symlink b");
    expect(operationTexts(plan)).not.toContain("symlink a");
  });
});

describe("the paths to remove", () => {
  it.each([
    [["foo.txt", "bar.txt"], ["foo.txt"], ["bar.txt"]],
    [["foo.txt", "zip/bar.txt"], ["foo.txt"], ["zip", "zip/bar.txt"]],
    [
      ["foo.txt", "zip/1/2/bar.txt"],
      ["foo.txt"],
      ["zip", "zip/1", "zip/1/2", "zip/1/2/bar.txt"],
    ],
    [
      ["zap/1/2/3/4/bar.txt", "zap/1/2/c/bar.txt", "zap/1/2/magic.txt"],
      ["zap/1/2/magic.txt"],
      [
        "zap/1/2/3",
        "zap/1/2/3/4",
        "zap/1/2/3/4/bar.txt",
        "zap/1/2/c",
        "zap/1/2/c/bar.txt",
      ],
    ],
  ])("of %o when %o stay are %o", (before, after, expected) => {
    const payload = (paths: readonly string[]) =>
      aPayload(Object.fromEntries(paths.map((path) => [path, path])));
    expect(pathsToRemove(payload(before), payload(after))).toEqual(expected);
  });
});
