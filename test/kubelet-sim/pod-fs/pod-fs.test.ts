import { describe, expect, it } from "vitest";
import { bytesToUtf8, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import { PodFsError } from "../../../src/kubelet-sim/pod-fs/index.ts";
import { ARMS, START_MS } from "./support.ts";

function thrown(body: () => unknown): [string, string] {
  try {
    body();
  } catch (error) {
    if (error instanceof PodFsError) return [error.code, error.message];
    throw error;
  }
  return ["none", ""];
}

describe.each(ARMS)("PodFs on $arm", ({ create }) => {
  it("gives every mode whatever the umask is", () => {
    const umask = process.umask(0o077);
    try {
      const fs = create();
      fs.mkdir("/a/b", 0o2770);
      fs.writeFile("/a/b/f", utf8ToBytes("x"), 0o666);
      expect(fs.stat("/a").mode).toBe(0o755);
      expect(fs.stat("/a/b").mode).toBe(0o2770);
      expect(fs.stat("/a/b/f")).toEqual({ kind: "file", mode: 0o666, size: 1 });
    } finally {
      process.umask(umask);
    }
  });

  it.each([0o444, 0o400, 0o200, 0o000])(
    "reads and rewrites a file of mode %o as root would",
    (mode) => {
      const fs = create();
      fs.writeFile("/f", utf8ToBytes("one"), mode);
      fs.writeFile("/f", utf8ToBytes("two!"), 0o777);
      expect(bytesToUtf8(fs.readFile("/f"))).toBe("two!");
      expect(fs.stat("/f")).toEqual({ kind: "file", mode, size: 4 });
      fs.unlink("/f");
      expect(fs.exists("/f")).toBe(false);
    },
  );

  it("renames a link over another without touching what they point to", () => {
    const fs = create();
    for (const name of ["/v/old", "/v/new"]) {
      fs.mkdir(name, 0o755);
      fs.writeFile(`${name}/f`, utf8ToBytes(name), 0o644);
    }
    fs.symlink("old", "/v/..data");
    fs.setClock(START_MS);
    fs.symlink("new", "/v/..data_tmp");
    fs.setClock(START_MS + 1);
    fs.replaceLink("/v/..data_tmp", "/v/..data");
    expect(fs.readdir("/v")).toEqual(["..data", "new", "old"]);
    expect(fs.lstat("/v/..data")).toEqual({
      kind: "symlink",
      mode: 0o777,
      size: 3,
    });
    expect(bytesToUtf8(fs.readFile("/v/..data/f"))).toBe("/v/new");
    expect(fs.mtime("/v/..data")).toBe(START_MS);
    expect(fs.mtime("/v")).toBe(START_MS + 1);
  });

  it("stamps virtual times to the millisecond", () => {
    const fs = create();
    for (let ms = START_MS; ms < START_MS + 1000; ms += 37) {
      fs.setClock(ms);
      fs.writeFile("/f", utf8ToBytes(String(ms)), 0o644);
      expect(fs.mtime("/f")).toBe(ms);
      fs.setTimes("/f", ms + 1);
      expect(fs.mtime("/f")).toBe(ms + 1);
    }
  });

  it("leaves a directory's time alone when only a file's content changes", () => {
    const fs = create();
    fs.mkdir("/d", 0o755);
    fs.setClock(1000);
    fs.writeFile("/d/f", utf8ToBytes("1"), 0o644);
    fs.setClock(2000);
    fs.writeFile("/d/f", utf8ToBytes("2"), 0o644);
    expect([fs.mtime("/d"), fs.mtime("/d/f")]).toEqual([1000, 2000]);
    fs.setClock(3000);
    fs.unlink("/d/f");
    expect(fs.mtime("/d")).toBe(3000);
  });

  it("sorts names by code unit", () => {
    const fs = create();
    for (const name of ["b", "B", "é", "a", "10", "9", ".z"])
      fs.writeFile(`/d${name}`, new Uint8Array(), 0o644);
    expect(fs.readdir("/")).toEqual([
      "d.z",
      "d10",
      "d9",
      "dB",
      "da",
      "db",
      "dé",
    ]);
  });

  it("says what failed in the pod's terms, never the host's", () => {
    const fs = create();
    fs.mkdir("/d/sub", 0o755);
    fs.writeFile("/f", new Uint8Array(), 0o644);
    fs.symlink("nowhere", "/dangling");
    fs.symlink("loop", "/loop");
    const cases: [() => unknown, string, string][] = [
      [() => fs.readFile("/x"), "ENOENT", "open /x: no such file or directory"],
      [() => fs.readFile("/dangling"), "ENOENT", "open /dangling: no such"],
      [() => fs.readFile("/d"), "EISDIR", "open /d: is a directory"],
      [() => fs.readFile("/f/x"), "ENOTDIR", "open /f/x: not a directory"],
      [() => fs.readFile("/loop"), "ELOOP", "open /loop: too many levels"],
      [() => fs.readdir("/f"), "ENOTDIR", "list /f: not a directory"],
      [() => fs.readlink("/f"), "EINVAL", "read link /f: invalid argument"],
      [() => fs.symlink("f", "/d"), "EEXIST", "link /d: file exists"],
      [() => fs.unlink("/d"), "EISDIR", "remove /d: is a directory"],
      [() => fs.unlink("/x"), "ENOENT", "/x: no such file"],
      [() => fs.mkdir("/f/x", 0o755), "ENOTDIR", "/f/x: not a directory"],
      [() => fs.replaceLink("/f", "/g"), "EINVAL", "rename /f: invalid"],
      [() => fs.replaceLink("/dangling", "/d"), "EISDIR", "rename /d: is a"],
      [() => fs.symlink("/etc", "/d/l"), "EXDEV", "link /d/l: invalid cross"],
      [() => fs.symlink("../../x", "/d/l"), "EXDEV", "link /d/l: invalid"],
      [() => fs.watch("/x", () => {}), "ENOENT", "watch /x: no such file"],
      [() => fs.stat("relative"), "EINVAL", "stat relative: invalid argument"],
    ];
    for (const [body, code, text] of cases) {
      const [gotCode, message] = thrown(body);
      expect(gotCode).toBe(code);
      expect(message).toContain(text);
      expect(message).not.toContain("keyturn-pod-fs-");
    }
  });

  it("tells a dangling link from a missing one", () => {
    const fs = create();
    fs.symlink("nowhere", "/l");
    expect(fs.exists("/l")).toBe(false);
    expect(fs.lstat("/l").kind).toBe("symlink");
    expect(fs.exists("/f/below")).toBe(false);
  });

  it("removes a tree without following its links, and an absent one silently", () => {
    const fs = create();
    fs.mkdir("/keep", 0o755);
    fs.writeFile("/keep/f", utf8ToBytes("f"), 0o000);
    fs.mkdir("/t/u", 0o755);
    fs.symlink("../keep", "/t/l");
    fs.removeTree("/t");
    fs.removeTree("/t");
    fs.removeTree("/none/at/all");
    expect(fs.readdir("/")).toEqual(["keep"]);
    expect(fs.readdir("/keep")).toEqual(["f"]);
  });

  it("hands out bytes that nobody else can change", () => {
    const fs = create();
    const bytes = utf8ToBytes("abc");
    fs.writeFile("/f", bytes, 0o644);
    bytes[0] = 0;
    fs.readFile("/f")[1] = 0;
    expect(bytesToUtf8(fs.readFile("/f"))).toBe("abc");
  });
});
