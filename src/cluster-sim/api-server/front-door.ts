/**
 * The way of a request to the server and of its answer back, as client-go travels it: round trips, connections that are
 * refused or time out, answers that ask to come back later.
 * Source: kubernetes/client-go v0.32 rest/request.go, rest/with_retry.go (Retry-After), transport/cache.go (dial timeout).
 *
 * Timers   DIAL_TIMEOUT_MS  30 s: a request into a dropped connection fails after it
 *          RETRY_AFTER_TRIES  10: how often a client asks again when an answer of 429 or 5xx says when
 *
 * Simplification: A request that was sent into a dropped connection fails after 30 s although the connection may be back sooner, where TCP sends its first packet again.
 * Simplification: A request that waits for its Retry-After acts even if the process that sent it has ended meanwhile.
 * Simplification: kubectl's answer to a command is there at once, whatever breaks: the command does not wait for a timeout or a Retry-After.
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import {
  DIAL_TIMEOUT_MS,
  RETRY_AFTER_TRIES,
  TOO_MANY_REQUESTS_RETRY_MS,
} from "../defaults.ts";
import type { ApiReply, ApiRequest } from "../ports.ts";
import type { Answered, FaultState } from "./faults.ts";
import { weatherFor } from "./faults.ts";
import {
  answeredError,
  kubectlUnreachableError,
  unreachableError,
} from "./outage-errors.ts";
import type { Refusal } from "./status.ts";

/** A request under way: who sent it, and how often it was told to come back later. */
export interface Call {
  readonly request: ApiRequest;
  readonly caller: string;
  readonly replyTo: ReplyTo;
  readonly retries: number;
}

/** A client sends its request again after the pause that an answer asked for. */
export interface RetryEvent extends SimEvent {
  readonly type: "retry";
  readonly call: Call;
}

export interface FrontDoorOptions {
  readonly sim: Simulation;
  /** Component that gets a `RetryEvent`. */
  readonly owner: string;
  /** Read each time: a restore replaces it. */
  readonly faults: () => FaultState;
  readonly latencyMs: () => DurationMs;
  readonly execute: (request: ApiRequest, caller: string) => ApiReply;
}

const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

export class FrontDoor {
  readonly #options: FrontDoorOptions;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
  }

  /** Lets a request act if it gets through, and sends its answer. */
  receive(call: Call): void {
    const { sim, faults, latencyMs, execute } = this.#options;
    const { request, caller, replyTo } = call;
    const { slowMs, effect } = weatherFor(faults(), caller, sim.now);
    const tripMs = latencyMs() + slowMs;
    if (effect?.kind === "respond") return this.#turnAway(call, effect, tripMs);
    const reply: ApiReply =
      effect === null
        ? execute(request, caller)
        : { ok: false, error: unreachableError(request, effect) };
    if (replyTo.target === "") return;
    const delayMs = effect?.kind === "drop" ? DIAL_TIMEOUT_MS : tripMs;
    sendReply(sim, replyTo, delayMs, reply);
  }

  /** What kubectl is told while a fault holds; null when nothing is wrong. */
  downFor(request: ApiRequest, caller: string): Refusal | null {
    const { sim, faults } = this.#options;
    const { effect } = weatherFor(faults(), caller, sim.now);
    if (effect === null) return null;
    const error =
      effect.kind === "respond"
        ? answeredError(request, effect)
        : kubectlUnreachableError(effect);
    return { ok: false, error };
  }

  /** An answer that says when to come back is not passed on before the client has tried often enough. */
  #turnAway(call: Call, effect: Answered, tripMs: DurationMs): void {
    const { sim, owner } = this.#options;
    const pauseMs = retryAfterMs(effect);
    if (pauseMs !== null && call.retries < RETRY_AFTER_TRIES) {
      const again = { ...call, retries: call.retries + 1 };
      const event: RetryEvent = { type: "retry", call: again };
      const { completion: rank } = Rank;
      sim.after(tripMs + pauseMs, { rank, target: owner, event });
    } else if (call.replyTo.target !== "") {
      const error = answeredError(call.request, effect);
      sendReply(sim, call.replyTo, tripMs, { ok: false, error });
    }
  }
}

/** The pause that an answer asks its client for. Null: it asks for none. */
function retryAfterMs(effect: Answered): DurationMs | null {
  const { status, retryAfterSeconds } = effect;
  if (status !== TOO_MANY_REQUESTS && status < SERVER_ERROR) return null;
  if (retryAfterSeconds !== undefined) return retryAfterSeconds * SECOND_MS;
  return status === TOO_MANY_REQUESTS ? TOO_MANY_REQUESTS_RETRY_MS : null;
}
