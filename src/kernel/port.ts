/**
 * Port calls: one component asks another, and the answer is always a later event. Who asks says where the answer goes
 * and what it belongs to (`tag`), both plain data, so that a call in flight survives a snapshot.
 */
import type { SimEvent } from "./event-queue.ts";
import { Rank } from "./event-queue.ts";
import type { JsonObject } from "./json.ts";
import type { Simulation } from "./simulation.ts";
import type { DurationMs } from "./time.ts";

export interface ReplyTo {
  /** Name of the component that gets the answer. */
  readonly target: string;
  /** Handed back with the answer: what the caller was doing. */
  readonly tag: JsonObject;
}

/** The event an answer arrives as. */
export interface ReplyEvent<Reply = unknown> extends SimEvent {
  readonly type: "reply";
  readonly tag: JsonObject;
  readonly reply: Reply;
}

/** Delivers an answer after `delay`, in the rank of completions; the facts of the answering side are its causes. */
export function sendReply(
  sim: Simulation,
  to: ReplyTo,
  delay: DurationMs,
  reply: unknown,
): void {
  const event: ReplyEvent = { type: "reply", tag: to.tag, reply };
  sim.after(delay, { rank: Rank.completion, target: to.target, event });
}
