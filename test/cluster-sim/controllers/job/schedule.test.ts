/** When a CronJob's schedule comes round, in UTC. */
import { expect, it } from "vitest";
import { readSchedule } from "../../../../src/cluster-sim/controllers/job/schedule.ts";
import { toRfc3339 } from "../../../../src/kernel/time.ts";

/** The next two times after Monday, 29 April 2024, 09:00. */
it.each([
  ["*/30 * * * *", "2024-04-29T09:30:00Z", "2024-04-29T10:00:00Z"],
  ["0 2 * * *", "2024-04-30T02:00:00Z", "2024-05-01T02:00:00Z"],
  ["15 9 * * mon-fri", "2024-04-29T09:15:00Z", "2024-04-30T09:15:00Z"],
  ["@hourly", "2024-04-29T10:00:00Z", "2024-04-29T11:00:00Z"],
  ["@midnight", "2024-04-30T00:00:00Z", "2024-05-01T00:00:00Z"],
  ["@weekly", "2024-05-05T00:00:00Z", "2024-05-12T00:00:00Z"],
  ["@every 90m", "2024-04-29T10:30:00Z", "2024-04-29T12:00:00Z"],
  // A day of the month or a day of the week: either will do.
  ["0 0 3 * tue", "2024-04-30T00:00:00Z", "2024-05-03T00:00:00Z"],
])("%s comes next at %s, then at %s", (text, first, second) => {
  const schedule = readSchedule(text)!;
  const next = schedule(Date.parse("2024-04-29T09:00:00Z"))!;
  expect(toRfc3339(next)).toBe(first);
  expect(toRfc3339(schedule(next)!)).toBe(second);
});

it("comes never on a day that does not exist", () => {
  expect(readSchedule("0 0 31 2 *")!(0)).toBeNull();
});

it.each(["", "* * * *", "0 * * * * *", "61 * * * *", "@never", "@every soon"])(
  "cannot read %j",
  (text) => {
    expect(readSchedule(text)).toBeNull();
  },
);
