import { describe, expect, test } from "vitest";
import type { Run } from "../../../src/kernel/trace.ts";
import {
  Trace,
  V1,
  V2,
  aRun,
  instant,
  version,
} from "../invariants/support.ts";
import { findingIn, findingsIn } from "./support.ts";

const S1 = version(1, "kvdemo/secrets/secret2");
const FORBIDDEN = {
  namespace: "default",
  name: "busybox",
  uid: "uid-1",
  volume: "store",
  secretProviderClass: "azure-kv",
  errorType: "GRPCProviderError",
  error:
    "provider mount err: rpc error: code = Unknown desc = failed to mount objects, error: failed to get objectType:secret, objectName:secret2, objectVersion:: GET https://kvdemo.vault.azure.net/secrets/secret2/",
};
const failing = (
  trace: Trace,
  type: string,
  run: Run,
  more: Readonly<Record<string, string>> = {},
) =>
  trace.line(
    type,
    { ...FORBIDDEN, ...more },
    { at: "50m", run, where: "node-0/csi-driver" },
  );
const every10s = (first: string, count: number) =>
  aRun(first, { every: 10_165, count });

describe("hot-loop", () => {
  const NAME = "hot-loop";
  const rotation = "csi.rotation.failed";

  test("counts each retry that comes sooner than the next poll", () => {
    const trace = failing(new Trace().driver(), rotation, every10s("10m", 7));
    expect(findingIn(trace, NAME)).toMatchObject({
      reference: "kubernetes-sigs/secrets-store-csi-driver#1483",
      firstAt: instant("10m") + 10_165,
      count: 6,
      objects: ["default/Pod/busybox"],
    });
  });

  test("goes on over runs that differ, and begins anew after a poll's time", () => {
    const first = failing(new Trace().driver(), rotation, every10s("10m", 2));
    const next = failing(first, rotation, every10s("10m20s", 2));
    expect(findingIn(next, NAME)?.count).toBe(3);
    const later = failing(first, rotation, every10s("20m", 1));
    expect(findingIn(later, NAME)?.count).toBe(3);
  });

  test("is not one failure, nor one that no provider gave", () => {
    const once = failing(new Trace().driver(), rotation, every10s("10m", 1));
    expect(findingIn(once, NAME)).toBeUndefined();
    const own = failing(new Trace().driver(), rotation, every10s("10m", 5), {
      errorType: "PodNotFound",
    });
    expect(findingIn(own, NAME)).toBeUndefined();
  });
});

test("masked-error counts refreshes that failed and told nobody", () => {
  const trace = failing(
    new Trace().driver(true, "0s", "1.6.0"),
    "csi.publish.masked",
    aRun("10m", { every: 70_000, count: 3 }),
  );
  expect(findingsIn(trace)).toMatchObject([
    {
      name: "masked-error",
      firstAt: instant("10m"),
      count: 3,
      objects: ["default/Pod/busybox"],
    },
  ]);
});

describe("one-object-holds-back-all", () => {
  const NAME = "one-object-holds-back-all";
  const stale = () =>
    new Trace()
      .set(V1)
      .set(S1)
      .driver()
      .pod()
      .files({ secret1: V1, secret2: S1 })
      .set(V2, { at: "9m" });

  test.each(["csi.rotation.failed", "csi.publish.masked"])(
    "counts each %s while another object of the mount has a newer version",
    (type) => {
      const trace = failing(stale(), type, every10s("10m", 3));
      expect(findingIn(trace, NAME)).toMatchObject({
        firstAt: instant("10m"),
        count: 3,
        objects: ["default/Pod/busybox"],
      });
    },
  );

  test("goes by what was so when it failed, not by what is so when it is told", () => {
    const healed = () =>
      stale().files({ secret1: V2, secret2: S1 }, { at: "20m" });
    const before = failing(healed(), "csi.publish.masked", aRun("19m"));
    expect(findingIn(before, NAME)?.count).toBe(1);
    const after = failing(healed(), "csi.publish.masked", aRun("21m"));
    expect(findingIn(after, NAME)).toBeUndefined();
  });

  test("is not when nothing else could be read anew", () => {
    const own = failing(stale(), "csi.publish.masked", aRun("10m"), {
      error: FORBIDDEN.error.replaceAll("secret2", "secret1"),
    });
    expect(findingIn(own, NAME)).toBeUndefined();
    const { version: id, ordinal } = V2;
    const disabled = stale().line("vault.secret.updated", {
      vault: "kvdemo",
      name: "secret1",
      version: id,
      ordinal,
      enabled: false,
    });
    const both = failing(disabled, "csi.publish.masked", aRun("10m"));
    expect(findingIn(both, NAME)).toBeUndefined();
  });

  test("is not a failure that names no object", () => {
    const other = { error: "context deadline exceeded" };
    const trace = failing(stale(), "csi.publish.masked", aRun("10m"), other);
    expect(findingIn(trace, NAME)).toBeUndefined();
  });
});
