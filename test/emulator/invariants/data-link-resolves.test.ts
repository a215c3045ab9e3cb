import { describe, expect, test } from "vitest";
import { DataLinkResolves } from "../../../src/emulator/invariants/data-link-resolves.ts";
import { Trace, V1, V2, broken } from "./support.ts";

const run = (trace: Trace) => broken(new DataLinkResolves(), trace);

function message(code: string, why: string, seq: number, type = "switched") {
  return {
    code,
    message: `Failed to keep the invariant ${code}: volume store of pod uid uid-1 was written ${why} (fact ${seq}, volume.${type} of default/busybox, 2024-04-29T09:00:00.000Z)`,
  };
}

describe("the data link resolves", () => {
  test("holds while a pod is there and its volume is mounted", () => {
    const trace = new Trace()
      .pod()
      .files({ secret1: V1 })
      .files({ secret1: V2 }, { type: "volume.verified" })
      .files({ secret1: V2, more: V1 })
      .unmounted()
      .podIs("gone");
    expect(run(trace)).toBeNull();
  });

  test("breaks when a volume is written before its pod was added", () => {
    expect(run(new Trace().files({ secret1: V1 }))).toEqual(
      message(
        "WrittenWithoutMount",
        "while no kubelet has the pod: before it was added or after it was gone",
        1,
      ),
    );
  });

  test("breaks when a volume is written after its pod was gone", () => {
    const trace = new Trace().pod().podIs("gone").files({ secret1: V1 });
    expect(run(trace)?.code).toBe("WrittenWithoutMount");
  });

  test("breaks when a volume is written that the pod does not have", () => {
    const trace = new Trace()
      .pod()
      .files({ secret1: V1 }, { type: "volume.switched" });
    trace.line("volume.switched", {
      uid: "uid-1",
      volume: "store-2",
      kind: "csi",
      files: [],
    });
    expect(run(trace)?.message).toContain(
      "volume store-2 of pod uid uid-1 was written although the pod has no such volume (fact 3,",
    );
  });

  test("breaks when a volume is written after it was unmounted", () => {
    const trace = new Trace()
      .pod()
      .files({ secret1: V1 })
      .podIs("terminating")
      .unmounted()
      .files({ secret1: V2 });
    expect(run(trace)).toEqual(
      message("WrittenWithoutMount", "after it was unmounted", 5),
    );
  });

  test("lets a volume begin anew that was taken down before its pod ends, with a switch", () => {
    const rebooted = () =>
      new Trace()
        .pod()
        .files({ secret1: V1 })
        .process("node.stopped")
        .unmounted()
        .process("node.started");
    expect(run(rebooted().files({ secret1: V1 }))).toBeNull();
    const verified = { type: "volume.verified" };
    expect(run(rebooted().files({ secret1: V1 }, verified))?.code).toBe(
      "FilesWithoutSwitch",
    );
  });

  test.each([
    ["csi.driver", "node-0/csi-driver"],
    ["kubelet", "node-0/kubelet"],
  ])("breaks when a %s writes that does not run", (process, where) => {
    const trace = new Trace()
      .pod()
      .files({ secret1: V1 }, { where })
      .process(`${process}.stopped`);
    expect(run(trace.files({ secret1: V2 }, { where }))).toEqual(
      message("WrittenByNobody", `by ${where}, which does not run`, 4),
    );
    const again = new Trace()
      .pod()
      .process(`${process}.stopped`)
      .process(`${process}.started`)
      .files({ secret1: V2 }, { where });
    expect(run(again)).toBeNull();
  });

  test("lets one volume be written while another is unmounted", () => {
    const trace = new Trace().pod().unmounted().files({}, { volume: "secret" });
    expect(run(trace)).toBeNull();
  });

  test("breaks when files come or go without a switch", () => {
    const trace = new Trace()
      .pod()
      .files({ secret1: V1 })
      .files({ secret1: V1, more: V1 }, { type: "volume.verified" });
    expect(run(trace)).toEqual(
      message(
        "FilesWithoutSwitch",
        "with other paths but without a switch",
        3,
        "verified",
      ),
    );
  });

  test("breaks when a volume is verified that was never switched", () => {
    const trace = new Trace().pod().files({}, { type: "volume.verified" });
    expect(run(trace)?.code).toBe("FilesWithoutSwitch");
  });
});
