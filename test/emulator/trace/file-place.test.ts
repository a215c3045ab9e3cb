import { describe, expect, test } from "vitest";
import {
  namesGeneration,
  pathThrough,
  placesOf,
} from "../../../src/emulator/trace/file-place.ts";
import { aMount } from "../../support/facts.ts";

const CSI = aMount({ volume: "csi", mountPath: "/mnt/x" });
const DEEPER = aMount({ volume: "deeper", mountPath: "/mnt/x/y" });

describe("placesOf", () => {
  test.each([
    ["/mnt/x/secret1", "csi", "secret1"],
    ["/mnt/x/dir/secret1", "csi", "dir/secret1"],
    ["/mnt/x/..data/secret1", "csi", "secret1"],
    ["//mnt/./x//secret1", "csi", "secret1"],
    ["/mnt/x/z/../secret1", "csi", "secret1"],
    ["/mnt/x/y/secret1", "deeper", "secret1"],
    ["/mnt/x/yy", "csi", "yy"],
  ])("finds %s in volume %s as %s", (path, volume, file) => {
    const places = placesOf([CSI, DEEPER], null, path);
    expect(places).toMatchObject([{ volume, path: file, pinned: false }]);
  });

  test("finds nothing where no mount covers the path", () => {
    expect(placesOf([CSI], null, "/mnt/xx/secret1")).toEqual([]);
    expect(placesOf([CSI], null, "/mnt")).toEqual([]);
  });

  test("finds the file behind a subPath mount and calls it pinned", () => {
    const file = aMount({ mountPath: "/etc/app/key", subPath: "dir/secret1" });
    expect(placesOf([file], null, "/etc/app/key")).toMatchObject([
      { path: "dir/secret1", pinned: true },
    ]);
    const dir = aMount({ mountPath: "/etc/app", subPath: "dir" });
    expect(placesOf([dir], null, "/etc/app/secret1")).toMatchObject([
      { path: "dir/secret1", pinned: true },
    ]);
  });

  test("gives one place for each container that has the path, or the named one's", () => {
    const mounts = [CSI, { ...CSI, container: "sidecar" }];
    const containers = (name: string | null) =>
      placesOf(mounts, name, "/mnt/x/a").map((place) => place.container);
    expect(containers(null)).toEqual(["busybox", "sidecar"]);
    expect(containers("sidecar")).toEqual(["sidecar"]);
    expect(containers("other")).toEqual([]);
  });
});

test("a timestamped directory is told from files that start with dots", () => {
  expect(
    namesGeneration("/mnt/x/..2024_04_29_09_00_00.123456789/secret1"),
  ).toBe(true);
  expect(namesGeneration("/mnt/x/..data/secret1")).toBe(false);
  expect(namesGeneration("/mnt/x/..2024/secret1")).toBe(false);
});

test("pathThrough turns a volume's file into the container's path", () => {
  expect(pathThrough(CSI, "dir/a")).toBe("/mnt/x/dir/a");
  const sub = { ...CSI, subPath: "dir" };
  expect(pathThrough(sub, "dir/a")).toBe("/mnt/x/a");
  expect(pathThrough(sub, "dir")).toBe("/mnt/x");
  expect(pathThrough(sub, "other")).toBeNull();
});
