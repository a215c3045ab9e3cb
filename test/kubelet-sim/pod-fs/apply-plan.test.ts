import { byCodeUnit } from "../../../src/kernel/json.ts";
import { describe, expect, it } from "vitest";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { createDiskPodFs } from "../../../src/kubelet-sim/pod-fs/disk-pod-fs.ts";
import {
  applyOperation,
  materialise,
} from "../../../src/kubelet-sim/pod-fs/index.ts";
import {
  aPayload,
  ARMS,
  modelledFiles,
  ROOT,
  START_MS,
  temporaryDirectory,
  TestVolume,
  treeDump,
  visibleFiles,
} from "./support.ts";
import type { FileSpec } from "./support.ts";

type Files = Readonly<Record<string, FileSpec>>;

const ONCE: [string, Files][] = [
  ["plain files", { foo: "foo", bar: "bar" }],
  ["binary content", { "binary.bin": "\u0000\u007fELF\u0001", ".b": "\u0000" }],
  ["modes", { foo: ["foo", 0o777], bar: ["bar", 0o400] }],
  [
    "dotfiles with odd modes",
    {
      foo: ["foo", 0o407],
      bar: ["bar", 0o440],
      ".dotfile": ["d", 0o777],
      ".dotfile.file": ["d", 0o666],
      none: ["unparsable filePermission", 0o000],
    },
  ],
  [
    "unclean subdirectories",
    { "foo//bar.txt": "foo//bar", "bar///bar/zab.txt": "zab" },
  ],
  [
    "a kitchen sink",
    {
      "foo.log": "foo",
      "bar.zap": "bar",
      ".dotfile": "d",
      "foo/bar.txt": "foo/bar",
      "bar/zab.txt": "bar/zab",
      "foo/blaz/bar.txt": "foo/blaz/bar",
      "bar/zib/zab.txt": ["bar/zib/zab", 0o400],
      "1/2/3/4/5/6/7/8/9/10/.dotfile.lib": ["1-2-3", 0o777],
      empty: "",
    },
  ],
];

const TWO = { "foo/bar.txt": "foo", "bar/zab.txt": "bar" };
const DEEP = { ...TWO, "bar/1/2/sip.txt": "sip", "bar/1/2/3/4/z.txt": "z" };
const SUCCESSIVE: [string, Files[]][] = [
  [
    "updates with new modes",
    [
      { foo: "foo", bar: "bar" },
      { foo: ["foo2", 0o400], bar: ["bar2", 0o400] },
      { foo: ["foo3", 0o600], bar: ["bar3", 0o600] },
    ],
  ],
  ["an added directory", [TWO, { ...TWO, "blu/zip.txt": "zip" }]],
  ["an added deep directory", [TWO, { ...TWO, "blu/2/3/4/zip.txt": "zip" }]],
  ["an addition below a directory", [TWO, { ...TWO, "bar/2/3/z.txt": "z" }]],
  ["an added file in the root", [TWO, { ...TWO, root: "r" }]],
  ["a deleted directory", [TWO, { "foo/bar.txt": "foo" }]],
  [
    "a deletion below a directory",
    [DEEP, { ...TWO, "bar/1/2/sip.txt": "sip" }],
  ],
  ["a file deleted in the root", [{ ...TWO, root: "r" }, TWO]],
  ["a rename in the root", [{ a: "1" }, { b: "1" }]],
  ["a rename in a directory", [{ "d/a": "1" }, { "d/b": "1" }]],
  ["delete all", [DEEP, {}]],
  ["delete all and come back", [DEEP, {}, TWO]],
  ["add and delete", [{ "foo/bar.txt": "foo" }, { "bar/baz.txt": "baz" }]],
  ["many generations", ["1", "2", "3", "4"].map((n) => ({ foo: n, bar: n }))],
];

describe.each(ARMS)("a volume written on $arm", ({ create }) => {
  it.each(ONCE)("shows what was written once: %s", (_name, files) => {
    const volume = new TestVolume(create());
    volume.write(aPayload(files));
    expect(visibleFiles(volume.fs)).toEqual(modelledFiles(aPayload(files)));
  });

  it.each(SUCCESSIVE)("follows each write: %s", (_name, generations) => {
    const volume = new TestVolume(create());
    for (const files of generations) {
      const { image } = volume.write(aPayload(files));
      expect(visibleFiles(volume.fs)).toEqual(modelledFiles(image.payload));
      expect(volume.fs.readlink(`${ROOT}/..data`)).toBe(image.dirName);
      const hidden = volume.fs.readdir(ROOT).filter((n) => n.startsWith(".."));
      expect(hidden).toEqual(
        [image.dirName ?? "", "..data"].toSorted(byCodeUnit),
      );
    }
  });

  it("has relative links through ..data, for first path elements only", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ password: "p", "folder/0": "v" }));
    expect(treeDump(volume.fs).map((line) => line.slice(ROOT.length))).toEqual([
      "/..2024_04_29_09_00_01.1 directory 755 0 1714381201123",
      "/..2024_04_29_09_00_01.1/folder directory 755 0 1714381201123",
      "/..2024_04_29_09_00_01.1/folder/0 file 644 1 1714381201123",
      "/..2024_04_29_09_00_01.1/password file 644 1 1714381201123",
      "/..data symlink 777 23 1714381201123 -> ..2024_04_29_09_00_01.1",
      "/folder symlink 777 13 1714381201123 -> ..data/folder",
      "/password symlink 777 15 1714381201123 -> ..data/password",
    ]);
  });

  it("moves the root's time with a write and with nothing else", () => {
    const volume = new TestVolume(create());
    expect(volume.fs.mtime(ROOT)).toBe(START_MS);
    volume.write(aPayload({ a: "1" }));
    expect(volume.fs.mtime(ROOT)).toBe(START_MS + 1000);
    volume.write(aPayload({ a: "1" }));
    volume.write(aPayload({ a: ["1", 0o600] }));
    expect(volume.fs.mtime(ROOT)).toBe(START_MS + 1000);
    volume.write(aPayload({ a: "2" }));
    expect(volume.fs.mtime(ROOT)).toBe(START_MS + 4000);
  });

  it("touches nothing when the content is the same", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1", "b/c": "2" }));
    const before = treeDump(volume.fs);
    volume.write(aPayload({ a: ["1", 0o400], "b/c": "2" }));
    expect(treeDump(volume.fs)).toEqual(before);
  });

  it.each([true, false])(
    "resolves ..data, whole and unmixed, between any two operations (links first: %s)",
    (linksBeforeSwitch) => {
      const volume = new TestVolume(create());
      const generation = (n: number) =>
        aPayload({ a: `a${n}`, "d/b": `b${n}`, [`only-${n}`]: `${n}` });
      volume.write(generation(1));
      for (const n of [2, 3]) {
        const plan = volume.plan(generation(n), { linksBeforeSwitch });
        const seen: string[] = [];
        for (const operation of plan.operations) {
          applyOperation(volume.fs, ROOT, operation);
          const files = visibleFiles(volume.fs, `${ROOT}/..data`);
          seen.push(Object.values(files).join());
          expect(`${volume.text("a")}${volume.text("d/b")}`).toMatch(
            operationsDone(plan.operations, operation)
              ? `a${n}b${n}`
              : `a${n - 1}b${n - 1}`,
          );
        }
        volume.image = plan.image;
        expect(new Set(seen).size).toBe(2);
      }
    },
  );

  it("leaves a new name missing (kubelet) or dangling (driver) at the switch", () => {
    for (const linksBeforeSwitch of [false, true]) {
      const volume = new TestVolume(create());
      volume.write(aPayload({ a: "1" }));
      const { operations } = volume.plan(aPayload({ a: "1", n: "1" }), {
        linksBeforeSwitch,
      });
      const at = operations.findIndex(({ op }) => op === "replaceLink");
      for (const operation of operations.slice(0, at))
        applyOperation(volume.fs, ROOT, operation);
      expect(volume.fs.readdir(ROOT).includes("n")).toBe(linksBeforeSwitch);
      expect(volume.fs.exists(`${ROOT}/n`)).toBe(false);
      applyOperation(volume.fs, ROOT, operations[at]!);
      expect(volume.fs.exists(`${ROOT}/n`)).toBe(linksBeforeSwitch);
    }
  });

  it("keeps old bytes in an open file while a new one reads the new", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "old" }));
    const open = volume.fs.open(`${ROOT}/a`);
    volume.write(aPayload({ a: "brand new" }));
    expect(new TextDecoder().decode(open.read())).toBe("old");
    expect(volume.text("a")).toBe("brand new");
    open.close();
  });

  it("is repaired after a crash between switch and links", () => {
    const volume = new TestVolume(create());
    const payload = aPayload({ a: "1", b: "2" });
    const plan = volume.plan(payload);
    for (const operation of plan.operations.slice(0, -2))
      applyOperation(volume.fs, ROOT, operation);
    volume.image = plan.image;
    expect(visibleFiles(volume.fs)).toEqual({});
    volume.write(payload, { missingLinks: ["a", "b"] });
    expect(visibleFiles(volume.fs)).toEqual(modelledFiles(payload));
  });

  it("can be laid out late, in place of what is there", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1", "d/e": ["2", 0o440] }));
    const written = treeDump(volume.fs);
    volume.fs.writeFile(`${ROOT}/leftover`, new Uint8Array(), 0o644);
    materialise(volume.fs, ROOT, volume.image);
    expect(treeDump(volume.fs)).toEqual(written);
    expect(volume.fs.mtime(ROOT)).toBe(volume.image.mtimeMs);
    expect(volume.fs.lstat(ROOT).mode).toBe(0o1777);
  });

  it("is an empty directory when laid out before the first write", () => {
    const volume = new TestVolume(create());
    materialise(volume.fs, ROOT, volume.image);
    expect(volume.fs.readdir(ROOT)).toEqual([]);
  });
});

/** Whether the switch is among the operations up to and including `last`. */
function operationsDone(
  operations: readonly { op: string }[],
  last: { op: string },
): boolean {
  const done = operations.slice(0, operations.indexOf(last) + 1);
  return done.some(({ op }) => op === "replaceLink");
}

describe("a volume on disk", () => {
  it("is what host tools see, down to the relative links", () => {
    const directory = temporaryDirectory();
    const volume = new TestVolume(createDiskPodFs(directory));
    volume.write(aPayload({ a: "1" }));
    volume.write(aPayload({ a: "2" }));
    const host = `${directory}${ROOT}`;
    expect(readFileSync(`${host}/a`, "utf8")).toBe("2");
    expect(readlinkSync(`${host}/a`)).toBe("..data/a");
    expect(realpathSync(`${host}/a`)).toContain(volume.image.dirName);
  });
});
