import { expect, test } from "vitest";
import {
  distribution,
  distributionText,
} from "../../../src/emulator/views/distribution.ts";
import { durationMs } from "../../../src/kernel/time.ts";

test("delays stand apart however long they are: to a tenth of a second, from an hour on to a minute", () => {
  const texts = ["850ms", "59m59.9s", "1h", "12h0m30s", "21h59m14s", "25h"];
  const delays = texts.map((text) => durationMs(text));
  const text = distributionText(
    distribution({
      scenario: "slow",
      from: 1,
      to: 6,
      samples: [
        { rotation: "rotate", kind: "lane", sink: "eso", delays, unseen: 0 },
      ],
      failures: [],
    }),
  );
  const row = text.split("\n").find((line) => line.startsWith("  eso"))!;
  expect(row.trim().split(/ +/)).toEqual([
    "eso",
    "0.9s",
    "10h10m",
    "12h01m",
    "25h00m",
    "25h00m",
    "25h00m",
  ]);
});
