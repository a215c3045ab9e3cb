/** csi-driver.md 2.2, 5.2 and 12.0: delays of client-go's default rate limiter. */
import { expect, it } from "vitest";
import {
  itemBackoff,
  newBucket,
  takeToken,
} from "../../../src/kubelet-sim/csi-driver/rate-limiter.ts";

it("doubles an item's delay from 5 ms up to 1000 s [CSI-12.0-03] [CSI-12.0-07]", () => {
  const delays = [0, 1, 2, 3, 4].map(itemBackoff);
  expect(delays).toEqual([5, 10, 20, 40, 80]);
  expect(itemBackoff(17)).toBe(655_360);
  expect(itemBackoff(18)).toBe(1_000_000);
  expect(itemBackoff(60)).toBe(1_000_000);
});

it("lets 100 requeues through at once, then ten a second [CSI-12.0-03]", () => {
  const bucket = newBucket();
  const waits = Array.from({ length: 103 }, () => takeToken(bucket, 1_000_000));
  expect(waits.slice(0, 100)).toEqual(Array(100).fill(0));
  expect(waits.slice(100)).toEqual([100, 200, 300]);
});

it("fills up again while nobody asks", () => {
  const bucket = newBucket();
  for (let i = 0; i < 100; i++) takeToken(bucket, 1_000_000);
  expect(takeToken(bucket, 1_000_099)).toBe(1);
  expect(takeToken(bucket, 1_010_100)).toBe(0);
});
