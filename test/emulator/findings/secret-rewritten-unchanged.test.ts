import { expect, test } from "vitest";
import { Trace, V1, V2, instant } from "../invariants/support.ts";
import { findingIn } from "./support.ts";

const NAME = "secret-rewritten-unchanged";
const by = "node-0/csi-driver";

function written(driver: string) {
  return new Trace()
    .driver(true, "0s", driver)
    .secret("created", V1, { by })
    .line("command", {}, { at: "5s" })
    .secret("modified", V1, { by })
    .line("command", {}, { at: "5m" })
    .secret("modified", V1, { by })
    .secret("modified", V2, { by })
    .secret("modified", V2, { by });
}

test("counts writes of a driver from 1.6 on that change no value, after the Secret has its first owners", () => {
  expect(findingIn(written("1.6.0"), NAME)).toMatchObject({
    reference:
      "kubernetes-sigs/secrets-store-csi-driver#2057 (fixed on main by #2065)",
    firstAt: instant("5m"),
    count: 2,
    objects: ["default/Secret/app-secret"],
  });
  expect(findingIn(written("1.5.6"), NAME)).toBeUndefined();
});

test("leaves alone what others write", () => {
  const trace = new Trace()
    .driver(true, "0s", "1.6.0")
    .secret("created", V1, { by })
    .line("command", {}, { at: "5m" })
    .secret("modified", V1, { by: "kubectl" });
  expect(findingIn(trace, NAME)).toBeUndefined();
});
