import fc from "fast-check";
import { expect, test } from "vitest";

import { AuditLog } from "../../../src/emulator/views/audit-log.ts";
import type { AuditRecord } from "../../../src/emulator/views/audit-record.ts";
import {
  auditRecords,
  auditTime,
} from "../../../src/emulator/views/audit-record.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import { Recorder } from "../../../src/kernel/trace.ts";
import type { Fact, FactSink } from "../../../src/kernel/trace.ts";
import { CONFIG, START, aRequest, drawnIds } from "./audit-support.ts";
import { auditThroughput } from "./audit-throughput.ts";

/** An audit log whose lines are kept by vault. */
function keeping() {
  const text = new Map<string, string>();
  const log = new AuditLog({
    config: CONFIG,
    requestIds: ({ name, index }) => ({
      correlationId: `${name}#${index}`,
      durationMs: index,
    }),
    write: (vault, lines) =>
      void text.set(vault, (text.get(vault) ?? "") + lines),
  });
  const records = (vault = "kvdemo") =>
    (text.get(vault) ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as AuditRecord);
  return { log, records };
}

const polls = (seq: number, first: number, every: number, count: number) =>
  aRequest(
    { pod: `default/pod-${seq}` },
    {
      seq,
      t: START + first + every * count,
      run: {
        first: START + first,
        every,
        count,
        draw: { name: `pod-${seq}`, index: 0, stride: 1 },
      },
    },
  );

test("a line is the record that auditRecords makes", () => {
  const { log, records } = keeping();
  const fact = aRequest(
    { message: 'a "quoted"\r\ntext', status: 403 },
    { seq: 4 },
  );
  log.fact(fact);
  log.end();
  const ids = () => ({ correlationId: "audit/kvdemo/4#0", durationMs: 0 });
  expect(records()).toEqual([...auditRecords(fact, CONFIG, ids)]);
});

test("runs that overlap are written in order of time, then of their seq", () => {
  const { log, records } = keeping();
  log.fact(polls(9, 0, 2 * MINUTE_MS, 3));
  log.fact(polls(2, MINUTE_MS, 3 * MINUTE_MS, 2));
  log.end();
  expect(records().map((r) => [r.time.slice(14, 19), r.correlationId])).toEqual(
    [
      ["00:00", "pod-9#0"],
      ["01:00", "pod-2#0"],
      ["02:00", "pod-9#1"],
      ["04:00", "pod-2#1"],
      ["04:00", "pod-9#2"],
    ],
  );
});

test("an hour is written with the first fact of the next one, and not before", () => {
  const { log, records } = keeping();
  const other: Fact = {
    seq: 3,
    t: START + HOUR_MS - 1,
    type: "other",
    at: "",
    about: "",
    causes: [],
    data: {},
  };
  log.fact(polls(1, 0, 2 * MINUTE_MS, 30));
  log.fact(other);
  log.fact(polls(2, HOUR_MS - 1, 0, 1));
  expect(records()).toEqual([]);
  log.fact({ ...other, seq: 4, t: START + HOUR_MS });
  expect(records()).toHaveLength(31);
});

test("what of a run lies in the next hour waits for that hour's end", () => {
  const { log, records } = keeping();
  log.fact(polls(1, HOUR_MS - MINUTE_MS, 2 * MINUTE_MS, 2));
  log.fact(polls(2, HOUR_MS, 0, 1));
  expect(records().map((r) => r.correlationId)).toEqual(["pod-1#0"]);
  log.end();
  expect(records().map((r) => r.correlationId)).toEqual([
    "pod-1#0",
    "pod-2#0",
    "pod-1#1",
  ]);
});

test("each vault has a log of its own", () => {
  const { log, records } = keeping();
  log.fact(aRequest({ vault: "one" }));
  log.fact(aRequest({ vault: "two" }));
  log.end();
  expect(records("one")[0]!.resourceId).toMatch(/\/ONE$/);
  expect(records("two")).toHaveLength(1);
});

test("a change of access shows from its instant on, also within a run", () => {
  const { log, records } = keeping();
  log.fact({
    seq: 5,
    t: START + 2 * MINUTE_MS,
    type: "vault.access.changed",
    at: "kvdemo",
    about: "kvdemo",
    causes: [],
    data: { vault: "kvdemo", mode: "accessPolicy", policies: 1 },
  });
  log.fact(polls(1, 0, MINUTE_MS, 4));
  log.end();
  const matched = records().map((r) => r.properties["isAccessPolicyMatch"]);
  expect(matched).toEqual([undefined, undefined, true, true]);
});

/** Requests of four callers at drawn pauses, told to the real recorder; `sink` sees what it writes. */
function play(
  requests: readonly (readonly [pod: number, pause: number])[],
  sink: FactSink,
) {
  let now = START;
  const recorder = new Recorder(START, () => now);
  recorder.addSink(sink);
  const asked = [0, 0, 0, 0];
  const unfolded: { t: number; seq: number; n: number; id: string }[] = [];
  for (const [pod, pause] of requests) {
    now += pause;
    const {
      seq: _seq,
      t: _t,
      about: _about,
      ...input
    } = aRequest({ pod: `default/pod-${pod}` });
    const index = asked[pod]!++;
    const draw = { name: `pod-${pod}`, index };
    const cause = recorder.repeat({
      ...input,
      about: `pod-${pod}`,
      causes: [],
      draw,
    });
    const [seq, n] = typeof cause === "number" ? [cause, 0] : cause;
    unfolded.push({ t: now, seq, n, id: `pod-${pod}#${index}` });
  }
  recorder.close();
  return unfolded;
}

test("folded runs expand to exactly the requests that were made, sorted, over hours and overlapping runs", () => {
  const pause = fc.constantFrom(
    0,
    1,
    40,
    1000,
    MINUTE_MS,
    2 * MINUTE_MS,
    29 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
  );
  const requests = fc.array(fc.tuple(fc.nat(3), pause), { maxLength: 80 });
  fc.assert(
    fc.property(requests, (made) => {
      const { log, records } = keeping();
      const unfolded = play(made, log);
      log.end();
      const sorted = unfolded.sort(
        (a, b) => a.t - b.t || a.seq - b.seq || a.n - b.n,
      );
      expect(records().map((r) => [r.time, r.correlationId])).toEqual(
        sorted.map(({ t, id }) => [auditTime(t), id]),
      );
    }),
    { seed: 7, numRuns: 300 },
  );
});

test("lines come in blocks: a thousand pods for two hours are written in few hundred pieces", () => {
  const { records, blocks, bytes } = auditThroughput(1000, 2, drawnIds(1));
  expect(records).toBe(120_000);
  expect(bytes / blocks).toBeGreaterThan(30_000);
});
