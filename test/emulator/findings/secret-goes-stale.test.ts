import { expect, test } from "vitest";
import { Trace, V1, V2, instant } from "../invariants/support.ts";
import { findingIn } from "./support.ts";

const NAME = "secret-goes-stale";
const by = "node-0/csi-driver";
const other = { name: "other", uid: "uid-2" };

/** The Secret was made of v1; ten minutes later another pod of the class mounts v2. */
const mounted = (rotation: boolean, driver = "1.5.6", writer = by) =>
  new Trace()
    .set(V1)
    .driver(rotation, "0s", driver)
    .pod()
    .files({ secret1: V1 })
    .secret("created", V1, { by: writer })
    .set(V2)
    .pod(other)
    .files({ secret1: V2 }, { at: "10m", uid: "uid-2" });

test("counts each mount of a newer version that the Secret does not follow", () => {
  expect(findingIn(mounted(false), NAME)).toMatchObject({
    reference: "Azure/secrets-store-csi-driver-provider-azure#740",
    firstAt: instant("10m"),
    count: 1,
    objects: ["default/Secret/app-secret"],
  });
});

test("is not so with rotation, nor with a driver from 1.6 on", () => {
  expect(findingIn(mounted(true), NAME)).toBeUndefined();
  expect(findingIn(mounted(false, "1.6.0"), NAME)).toBeUndefined();
});

test("is not so for a Secret that somebody else wrote, or that is up to date", () => {
  expect(findingIn(mounted(false, "1.5.6", "kubectl"), NAME)).toBeUndefined();
  const same = mounted(false).files(
    { secret1: V1 },
    { at: "20m", uid: "uid-2" },
  );
  expect(findingIn(same, NAME)?.count).toBe(1);
});
