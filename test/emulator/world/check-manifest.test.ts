import { expect, test } from "vitest";
import { checkManifest } from "../../../src/emulator/world/check-manifest.ts";

const pod = (annotations: Record<string, string>, spec = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", annotations },
  spec: { containers: [{ name: "app", image: "busybox" }], ...spec },
});

test("a pod's annotations for programs that end are read, or refused with what they may be", () => {
  const fine = { "keyturn.dev/exit-after": "5s", "keyturn.dev/exit-code": "1" };
  expect(checkManifest(pod(fine))).toEqual([]);
  expect(checkManifest(pod({ "keyturn.dev/exit-after": "soon" }))).toEqual([
    {
      path: ["metadata", "annotations"],
      message: expect.stringMatching(/"soon" is neither a duration/),
    },
  ]);
  expect(checkManifest(pod({ "keyturn.dev/exit-code": "-1" }))).toHaveLength(1);
});

test("what no node models is refused with its place", () => {
  expect(checkManifest(pod({}, { os: { name: "windows" } }))).toEqual([
    {
      path: ["spec", "os", "name"],
      message: "a Windows pod is not modelled in this version of Keyturn",
    },
  ]);
});
