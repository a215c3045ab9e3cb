import { describe, expect, it } from "vitest";
import {
  atomicWriterPathError,
  cleanPath,
  csiDriverPathError,
  firstPathError,
} from "../../../src/kubelet-sim/pod-fs/index.ts";

const LONG_PATH = "a/".repeat(2048) + "a";
const LONG_NAME = "a".repeat(256);

describe("payload paths", () => {
  it.each([
    ["i/am/well/behaved.txt", null],
    ["keepyourheaddownandfollowtherules.txt", null],
    [".dotfile", null],
    ["a..b/c..", null],
    ["a/..sneaky.txt", null],
    ["a".repeat(255), null],
    ["", 'invalid path: must not be empty: ""'],
    ["/dev/null", "invalid path: must be relative path: /dev/null"],
    [LONG_PATH, "invalid path: must be less than or equal to 4096 characters"],
    [
      LONG_NAME,
      "invalid path: filenames must be less than or equal to 255 characters",
    ],
    [
      "é".repeat(128),
      "invalid path: filenames must be less than or equal to 255 characters",
    ],
    [
      "hello/there/../../../etc/passwd",
      "invalid path: must not contain '..': hello/there/../../../etc/passwd",
    ],
    ["hello/../etc", "invalid path: must not contain '..': hello/../etc"],
    ["..", "invalid path: must not contain '..': .."],
    ["..sneaky.txt", "invalid path: must not start with '..': ..sneaky.txt"],
    ["..data/a", "invalid path: must not start with '..': ..data/a"],
  ])("are judged alike by both writers: %.40s", (path, error) => {
    expect(atomicWriterPathError(path)).toBe(error);
    expect(csiDriverPathError(path)).toBe(error);
  });

  it.each(["foo//bar", "./bar", "foo/", "."])(
    "that are unclean are cleaned by the kubelet and refused by the driver: %s",
    (path) => {
      expect(atomicWriterPathError(path)).toBeNull();
      expect(csiDriverPathError(path)).toBe(
        path === "." ? null : `invalid filepath: "${path}"`,
      );
    },
  );

  it("are reported by the first bad one", () => {
    const paths = ["ok", "a//b", "..x"];
    expect(firstPathError(paths, csiDriverPathError)).toBe(
      'invalid filepath: "a//b"',
    );
    expect(firstPathError(paths, atomicWriterPathError)).toBe(
      "invalid path: must not start with '..': ..x",
    );
    expect(firstPathError(["ok"], csiDriverPathError)).toBeNull();
  });

  it.each([
    ["foo////bar", "foo/bar"],
    ["./bar/.", "bar"],
    ["", "."],
    ["a/../..", ".."],
    ["a/b/../c/", "a/c"],
    ["/../a", "/a"],
    ["/", "/"],
  ])("are cleaned as filepath.Clean does: %s", (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });
});
