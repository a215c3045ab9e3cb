import { expect, test } from "vitest";
import { Trace, V1, V2, instant } from "../invariants/support.ts";
import { findingIn, findingsIn } from "./support.ts";

/** Node-0 still has v1 when somebody writes its Secret back from v2, a minute after v2 was made. */
const wroteBack = (driver: string, by = "node-0/csi-driver", after = "1m") =>
  new Trace()
    .set(V1)
    .set(V2)
    .driver(true, "0s", driver)
    .pod()
    .files({ secret1: V1 })
    .secret("created", V2, { by: "node-1/csi-driver" })
    .line("command", {}, { at: after })
    .secret("modified", V1, { by })
    .secret("modified", V2, { by: "node-1/csi-driver" })
    .secret("modified", V1, { by });

test("counts each time that a lagging node's driver from 1.6 on takes a Secret back", () => {
  expect(findingsIn(wroteBack("1.6.0"))).toEqual([
    {
      name: "write-back",
      title:
        "A node whose files are older than a synced Secret writes the old value back.",
      reference:
        "kubernetes-sigs/secrets-store-csi-driver#2057 and #2062 (derived from the code of v1.6.0)",
      firstAt: instant("1m"),
      count: 2,
      objects: ["default/Secret/app-secret"],
    },
  ]);
});

test("has another name where a driver up to 1.5 was overtaken while it was at work", () => {
  expect(findingsIn(wroteBack("1.5.6"))).toMatchObject([
    { name: "overtaken-fetch", count: 2, firstAt: instant("1m") },
  ]);
  expect(findingsIn(wroteBack("1.5.6", undefined, "10m"))).toEqual([]);
});

test("is not what anybody else does", () => {
  expect(
    findingIn(wroteBack("1.6.0", "kubectl"), "write-back"),
  ).toBeUndefined();
});

test("is plain JSON, and a trace without it has none", () => {
  const found = findingsIn(wroteBack("1.6.0"));
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  expect(findingsIn(new Trace().set(V1).pod().files({ secret1: V1 }))).toEqual(
    [],
  );
});
