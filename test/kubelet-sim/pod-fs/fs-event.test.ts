import { describe, expect, it } from "vitest";
import { utf8ToBytes } from "../../../src/kernel/bytes.ts";
import {
  aPayload,
  ARMS,
  eventText,
  heardAt,
  ROOT,
  START_MS,
  TestVolume,
} from "./support.ts";

describe.each(ARMS)("a watch on $arm", ({ create }) => {
  it("on a volume's directory hears each step of the kubelet's write", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1", gone: "1" }));
    const heard = heardAt(volume.fs, ROOT);
    volume.write(aPayload({ a: "2", fresh: "1" }));
    expect(heard).toEqual([
      "create/dir ..2024_04_29_09_00_02.2",
      "attrib/dir ..2024_04_29_09_00_02.2",
      "create ..data_tmp",
      "moved_from ..data_tmp",
      "moved_to ..data",
      "create fresh",
      "delete gone",
      "delete/dir ..2024_04_29_09_00_01.1",
    ]);
  });

  it("on a volume's directory hears the driver's links before the switch", () => {
    const volume = new TestVolume(create());
    const heard = heardAt(volume.fs, ROOT);
    volume.write(aPayload({ a: "1" }), { linksBeforeSwitch: true });
    expect(heard.slice(2)).toEqual([
      "create a",
      "create ..data_tmp",
      "moved_from ..data_tmp",
      "moved_to ..data",
    ]);
  });

  it("hears nothing of a write that changes nothing", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1" }));
    const heard = heardAt(volume.fs, ROOT);
    volume.write(aPayload({ a: ["1", 0o600] }));
    expect(heard).toEqual([]);
  });

  it("on a file ends with the first write, and hears of no later one", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1" }));
    const heard = heardAt(volume.fs, `${ROOT}/a`);
    volume.write(aPayload({ a: "2" }));
    expect(heard).toEqual(["attrib", "delete_self", "ignored"]);
    volume.write(aPayload({ a: "3" }));
    expect(heard).toHaveLength(3);
  });

  it("on ..data belongs to the directory behind it", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1", b: "1" }));
    const heard = heardAt(volume.fs, `${ROOT}/..data`);
    volume.write(aPayload({ a: "2", b: "1" }));
    expect(heard).toEqual(["delete a", "delete b", "delete_self", "ignored"]);
  });

  it("on a file that is held open ends when it is closed", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1" }));
    const heard = heardAt(volume.fs, `${ROOT}/a`);
    const [first, second] = [1, 2].map(() => volume.fs.open(`${ROOT}/a`));
    volume.write(aPayload({ a: "2" }));
    first!.close();
    expect(heard).toEqual(["attrib"]);
    second!.close();
    expect(heard).toEqual(["attrib", "delete_self", "ignored"]);
  });

  it("hears what Linux reports of files made, rewritten and given a mode", () => {
    const { fs } = new TestVolume(create());
    const inDirectory = heardAt(fs, ROOT);
    fs.writeFile(`${ROOT}/b`, new Uint8Array(), 0o644);
    const onFile = heardAt(fs, `${ROOT}/b`);
    fs.writeFile(`${ROOT}/b`, utf8ToBytes("zz"), 0o644);
    fs.chmod(`${ROOT}/b`, 0o600);
    fs.setTimes(`${ROOT}/b`, 5000);
    expect(inDirectory).toEqual([
      "create b",
      "close_write b",
      "modify b",
      "close_write b",
      "attrib b",
      "attrib b",
    ]);
    expect(onFile).toEqual(["modify", "close_write", "attrib", "attrib"]);
  });

  it("follows a relative link in the path, as inotify_add_watch does", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ "d/x": "1" }));
    const heard = heardAt(volume.fs, `${ROOT}/d`);
    volume.fs.writeFile(`${ROOT}/d/y`, utf8ToBytes("y"), 0o644);
    expect(heard).toEqual(["create y", "modify y", "close_write y"]);
  });

  it("sees the finished operation when it is told of it", () => {
    const volume = new TestVolume(create());
    volume.write(aPayload({ a: "1" }));
    const seen: string[] = [];
    volume.fs.watch(ROOT, (event) => {
      seen.push(`${eventText(event)}: ${volume.text("a")}`);
      expect(volume.fs.mtime(ROOT)).toBe(START_MS + 2000);
    });
    volume.write(aPayload({ a: "2" }));
    expect(seen.slice(2, 5)).toEqual([
      "create ..data_tmp: 1",
      "moved_from ..data_tmp: 2",
      "moved_to ..data: 2",
    ]);
  });

  it("can be removed, also from inside an event, without the others", () => {
    const volume = new TestVolume(create());
    const heard: string[] = [];
    const stop = volume.fs.watch(ROOT, () => {
      heard.push("once");
      stop();
    });
    const kept = heardAt(volume.fs, ROOT);
    volume.fs.writeFile(`${ROOT}/x`, utf8ToBytes("x"), 0o644);
    expect(heard).toEqual(["once"]);
    expect(kept).toEqual(["create x", "modify x", "close_write x"]);
  });
});
