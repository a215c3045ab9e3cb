/**
 * Writes a recorder's Events to the API server, one after the other: client-go's recordToSink. While the server cannot be
 * reached everything waits behind the Event that is tried; what the server refuses is given up at once.
 * Source: kubernetes/client-go v0.32 tools/record/event.go (recordToSink, recordEvent, maxQueuedEvents).
 *
 * States   idle -> writing -> idle; writing -> pausing -> writing when there was no answer
 * Timers   EVENT_RETRY_MS  10 s between two tries; before the second one a uniform part of it
 *          EVENT_TRIES  12 tries, then the Event is lost
 *          EVENT_QUEUE_LENGTH  1,000 Events may wait; more are lost
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { Cause } from "../../kernel/trace.ts";
import {
  EVENT_QUEUE_LENGTH,
  EVENT_RETRY_MS,
  EVENT_TRIES,
} from "../defaults.ts";
import type { ApiClient, ApiReply } from "../ports.ts";

/** One write of an Event. */
export interface EventWrite {
  /** The whole object. */
  readonly object: JsonObject;
  /** What to change in the Event that is there already; null for the first of its kind. */
  readonly patch: JsonObject | null;
  /** The emission. */
  readonly causes: readonly Cause[];
}

interface EventSinkState {
  /** The first one is being written. */
  queue: EventWrite[];
  /** Tries of the first one that failed. */
  failed: number;
  /** Counts the lives of the process: an answer to an earlier one is dropped. */
  epoch: number;
  pauses: number;
}

interface PausedEvent extends SimEvent {
  readonly type: "paused";
  readonly epoch: number;
}

const NOT_FOUND = 404;

export class EventSink implements Component {
  readonly name: string;
  state: EventSinkState = { queue: [], failed: 0, epoch: 0, pauses: 0 };
  readonly #sim: Simulation;
  readonly #client: ApiClient;

  constructor(name: string, sim: Simulation, client: ApiClient) {
    this.name = name;
    this.#sim = sim;
    this.#client = client;
  }

  /** Writes it once everything before it is written or lost. The ambient causes are left as they were. */
  write(write: EventWrite): void {
    const { queue } = this.state;
    if (queue.length > EVENT_QUEUE_LENGTH) return;
    queue.push(write);
    if (queue.length === 1) this.#send(write.patch !== null);
  }

  /** The process has ended: what waits is lost. */
  reset(): void {
    this.state.queue = [];
    this.state.failed = 0;
    this.state.epoch += 1;
  }

  handle(event: SimEvent): void {
    if (event.type === "reply") this.#answered(event as ReplyEvent<ApiReply>);
    else if ((event as PausedEvent).epoch === this.state.epoch)
      this.#send(this.state.queue[0]!.patch !== null);
  }

  #send(update: boolean): void {
    const { object, patch, causes } = this.state.queue[0]!;
    const { trace } = this.#sim;
    const ambient = trace.causes;
    trace.causes = causes;
    const tag = { epoch: this.state.epoch, update };
    const to = { target: this.name, tag };
    if (update && patch !== null) {
      const { name, namespace } = object["metadata"] as {
        readonly name: string;
        readonly namespace: string;
      };
      const key = { kind: "Event", namespace, name };
      this.#client.call({ verb: "patch", ...key, patch }, to);
    } else this.#client.call({ verb: "create", object }, to);
    trace.causes = ambient;
  }

  #answered({ tag, reply }: ReplyEvent<ApiReply>): void {
    if (tag["epoch"] !== this.state.epoch) return;
    if (reply.ok) return this.#next();
    const { code } = reply.error;
    // The Event may never have been written, or have been removed.
    if (tag["update"] === true && code === NOT_FOUND) return this.#send(false);
    if (code !== 0) return this.#next();
    this.state.failed += 1;
    if (this.state.failed >= EVENT_TRIES) return this.#next();
    const event: PausedEvent = { type: "paused", epoch: this.state.epoch };
    const { completion: rank } = Rank;
    this.#sim.after(this.#pauseMs(), { rank, target: this.name, event });
  }

  #pauseMs(): number {
    if (this.state.failed > 1) return EVENT_RETRY_MS;
    const index = this.state.pauses++;
    const draw = `${this.name}/pause`;
    return this.#sim.draws.between(0, EVENT_RETRY_MS, draw, index);
  }

  #next(): void {
    this.state.queue.shift();
    this.state.failed = 0;
    const [next] = this.state.queue;
    if (next !== undefined) this.#send(next.patch !== null);
  }
}
