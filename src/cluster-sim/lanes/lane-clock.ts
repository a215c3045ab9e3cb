/**
 * When lanes' processes turn to their secret: the instants of tickers, of passes that count from the last one, and of what
 * is asked for now.
 *
 * Source: alternatives.md 7.1
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { LaneRecord } from "./lane-record.ts";

export interface LaneEvent extends SimEvent {
  readonly type: "due" | "ask" | "start";
  readonly lane: string;
  readonly epoch: number;
  /** Of `ask`. */
  readonly trigger: string;
}

export class LaneClock {
  readonly #sim: Simulation;
  readonly #target: string;

  /** `target`: the component that gets the events. */
  constructor(sim: Simulation, target: string) {
    this.#sim = sim;
    this.#target = target;
  }

  /** In this millisecond, after its commands. */
  askSoon(lane: LaneRecord, trigger: string): void {
    this.schedule(this.#sim.now, lane, "ask", trigger);
  }

  /** The next instant of its ticker; one without an interval has none. */
  scheduleTick(lane: LaneRecord): void {
    const { everyMs, tickerFrom } = lane;
    if (everyMs === null) return;
    const ticks = Math.floor((this.#sim.now - tickerFrom) / everyMs) + 1;
    this.#scheduleDue(lane, tickerFrom + ticks * everyMs);
  }

  /** An interval after that start, `leastMs` from now at the earliest. */
  scheduleSince(
    lane: LaneRecord,
    startedAt: EpochMs,
    leastMs: DurationMs,
  ): void {
    const { everyMs } = lane;
    if (everyMs === null) return;
    const earliest = this.#sim.now + leastMs;
    this.#scheduleDue(lane, Math.max(startedAt + everyMs, earliest));
  }

  #scheduleDue(lane: LaneRecord, at: EpochMs): void {
    const { trace } = this.#sim;
    const { causes } = trace;
    this.cancelDue(lane);
    trace.causes = [lane.started];
    lane.due = this.schedule(at, lane, "due", "");
    trace.causes = causes;
  }

  cancelDue(lane: LaneRecord): void {
    if (lane.due !== 0) this.#sim.cancel(lane.due);
    lane.due = 0;
  }

  schedule(
    at: EpochMs,
    { spec, epoch }: LaneRecord,
    type: LaneEvent["type"],
    trigger: string,
  ): number {
    const event: LaneEvent = { type, lane: spec.name, epoch, trigger };
    const { controller: rank } = Rank;
    return this.#sim.schedule({ at, rank, target: this.#target, event });
  }
}
