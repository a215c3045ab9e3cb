/**
 * The agenda of a world: a binary heap of plain data, ordered by (dueAt, rank, seq). Ties in time go by rank, ties in
 * rank by the order of scheduling; nothing of the host decides.
 */
import type { Cause } from "./trace.ts";
import type { EpochMs } from "./time.ts";

/** What a component is told when an entry comes due: JSON with a type. */
export interface SimEvent {
  readonly type: string;
}

/**
 * Who acts first within one millisecond (design 3). A command at t acts before every event due at t; a port's reply
 * comes last.
 */
export const Rank = {
  command: 0,
  vaultTimer: 1,
  watchDelivery: 2,
  containerEvent: 3,
  syncTicker: 4,
  podWorker: 5,
  volumePopulator: 6,
  volumeReconciler: 7,
  rotationTicker: 8,
  controller: 9,
  application: 10,
  completion: 11,
} as const;
export type Rank = (typeof Rank)[keyof typeof Rank];

export interface QueueEntry {
  readonly dueAt: EpochMs;
  readonly rank: Rank;
  /** Order of scheduling within the simulation; also the handle to cancel by. */
  readonly seq: number;
  /** Name of the component that handles the event. */
  readonly target: string;
  readonly event: SimEvent;
  /** What made somebody schedule this; the first facts of the handler inherit it. */
  readonly causes: readonly Cause[];
}

function before(a: QueueEntry, b: QueueEntry): boolean {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.seq < b.seq;
}

export class EventQueue {
  #heap: QueueEntry[] = [];
  /** Seqs of entries that were cancelled while queued; they are dropped when they reach the top. */
  readonly #cancelled = new Set<number>();

  get size(): number {
    return this.#heap.length - this.#cancelled.size;
  }

  push(entry: QueueEntry): void {
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1, entry);
  }

  /** Cancelling an entry that already ran, or twice, is a mistake of the caller: keep handles only while queued. */
  cancel(seq: number): void {
    this.#cancelled.add(seq);
  }

  peek(): QueueEntry | null {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return null;
      if (this.#cancelled.size === 0 || !this.#cancelled.delete(top.seq))
        return top;
      this.#removeTop();
    }
  }

  pop(): QueueEntry | null {
    const top = this.peek();
    if (top !== null) this.#removeTop();
    return top;
  }

  /** Takes out what `peek` has just returned. */
  dropTop(): void {
    this.#removeTop();
  }

  /** Live entries in order of running. */
  entries(): QueueEntry[] {
    return this.#heap
      .filter((entry) => !this.#cancelled.has(entry.seq))
      .sort((a, b) => (before(a, b) ? -1 : 1));
  }

  /** Replaces the content, as after a restore. */
  load(entries: readonly QueueEntry[]): void {
    this.#heap = [];
    this.#cancelled.clear();
    for (const entry of entries) this.push(entry);
  }

  /** Puts an entry into the gap at `at` or above it. */
  #rise(at: number, entry: QueueEntry): void {
    const heap = this.#heap;
    let i = at;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    // The last entry nearly always belongs to the bottom: the gap goes all the way down, then the entry up from there.
    let i = 0;
    for (let child = 1; child < length; child = 2 * i + 1) {
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!))
        child += 1;
      heap[i] = heap[child]!;
      i = child;
    }
    this.#rise(i, last);
  }
}
