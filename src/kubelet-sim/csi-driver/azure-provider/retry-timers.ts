/** The waits of mounts whose last request failed, in the order and with the draws of their volumes. */
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { Simulation } from "../../../kernel/simulation.ts";
import type { MountProgress } from "./mount-progress.ts";
import type { Failure, RetryPolicy } from "./sdk-retry.ts";
import { afterFailure } from "./sdk-retry.ts";

export interface RetryEvent extends SimEvent {
  readonly type: "retry";
  readonly mount: number;
  /** A wait that something else has ended is nobody's. */
  readonly asked: number;
}

/** A request that failed after `tries` tries; `text` is the mount's error should the failure stand after a wait. */
export interface RetryAttempt {
  readonly policy: RetryPolicy;
  readonly failure: Failure;
  readonly tries: number;
  readonly text: () => string;
}

interface RetryTimersOptions {
  readonly sim: Simulation;
  /** Component that gets the events. */
  readonly target: string;
  /** Prefix of the draws' names. */
  readonly draws: string;
  /** Retries drawn so far, by owner of the volume. */
  readonly drawn: () => Map<string, number>;
}

export class RetryTimers {
  readonly #options: RetryTimersOptions;

  constructor(options: RetryTimersOptions) {
    this.#options = options;
  }

  /** False: the failure stands now. */
  schedule(
    mount: number,
    progress: MountProgress,
    { policy, failure, tries, text }: RetryAttempt,
  ): boolean {
    const { sim, target, draws } = this.#options;
    const { owner, asked } = progress;
    const name = `${draws}/${owner}/retry`;
    const decision = afterFailure(policy, failure, tries, (low, high) =>
      sim.draws.between(low, high, name, this.#nextDraw(owner)),
    );
    if (decision === null) return false;
    progress.verdict = decision.again ? null : text();
    const event: RetryEvent = { type: "retry", mount, asked };
    const rank = Rank.completion;
    progress.retry = sim.after(decision.waitMs, { rank, target, event });
    return true;
  }

  #nextDraw(owner: string): number {
    const drawn = this.#options.drawn();
    const index = drawn.get(owner) ?? 0;
    drawn.set(owner, index + 1);
    return index;
  }
}
