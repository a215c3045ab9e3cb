import fc from "fast-check";
import { expect, test } from "vitest";
import type { QueueEntry } from "../../src/kernel/event-queue.ts";
import { EventQueue, Rank } from "../../src/kernel/event-queue.ts";

function entry(dueAt: number, rank: Rank, seq: number): QueueEntry {
  return {
    dueAt,
    rank,
    seq,
    target: "t",
    event: { type: `e${seq}` },
    causes: [],
  };
}

const inOrder = (a: QueueEntry, b: QueueEntry) =>
  a.dueAt - b.dueAt || a.rank - b.rank || a.seq - b.seq;

test("entries leave by due time, then rank, then order of scheduling", () => {
  const queue = new EventQueue();
  queue.push(entry(20, Rank.command, 1));
  queue.push(entry(10, Rank.completion, 2));
  queue.push(entry(10, Rank.command, 3));
  queue.push(entry(10, Rank.command, 4));
  expect(queue.entries().map((e) => e.seq)).toEqual([3, 4, 2, 1]);
});

test("an empty queue has nothing to show and nothing to give", () => {
  const queue = new EventQueue();
  expect([queue.peek(), queue.pop(), queue.size]).toEqual([null, null, 0]);
});

test("a cancelled entry is neither counted, listed nor given", () => {
  const queue = new EventQueue();
  queue.push(entry(10, Rank.command, 1));
  queue.push(entry(20, Rank.command, 2));
  queue.cancel(1);
  expect([queue.size, queue.entries().length]).toEqual([1, 1]);
  expect(queue.pop()?.seq).toBe(2);
  expect(queue.pop()).toBe(null);
});

test("loading replaces the content and forgets what was cancelled", () => {
  const queue = new EventQueue();
  queue.push(entry(10, Rank.command, 1));
  queue.cancel(1);
  queue.load([entry(30, Rank.command, 1), entry(20, Rank.command, 2)]);
  expect(queue.entries().map((e) => e.seq)).toEqual([2, 1]);
});

type Op =
  | { readonly op: "push"; readonly dueAt: number; readonly rank: number }
  | { readonly op: "pop" }
  | { readonly op: "cancel"; readonly which: number }
  | { readonly op: "reload" };

const operation: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("push" as const),
      dueAt: fc.nat({ max: 20 }),
      rank: fc.nat({ max: 11 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ op: "pop" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("cancel" as const),
      which: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: "reload" as const }) },
);

test("the queue does what a sorted list does", () => {
  const run = (operations: readonly Op[]) => {
    const queue = new EventQueue();
    let model: QueueEntry[] = [];
    let seq = 0;
    const given: unknown[] = [];
    const due: unknown[] = [];
    for (const operation of operations) {
      switch (operation.op) {
        case "push": {
          const pushed = entry(operation.dueAt, operation.rank as Rank, ++seq);
          queue.push(pushed);
          model = [...model, pushed].sort(inOrder);
          break;
        }
        case "pop": {
          const next = model.shift() ?? null;
          given.push([queue.peek(), queue.pop()]);
          due.push([next, next]);
          break;
        }
        case "cancel": {
          const victim = model[operation.which % model.length];
          if (victim !== undefined) {
            queue.cancel(victim.seq);
            model = model.filter((e) => e !== victim);
          }
          break;
        }
        case "reload":
          queue.load(queue.entries());
          break;
      }
      expect(queue.size).toBe(model.length);
    }
    expect(given).toEqual(due);
    expect(queue.entries()).toEqual(model);
    for (const expected of model) expect(queue.pop()).toEqual(expected);
    expect(queue.pop()).toBe(null);
  };
  fc.assert(fc.property(fc.array(operation, { maxLength: 120 }), run), {
    seed: 20240429,
    numRuns: 400,
  });
});
