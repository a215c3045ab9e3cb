/**
 * Sends what passes plan, batch after batch, and hears the answers.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_utils.go (RealPodControl, slowStartBatch)
 */
import type { Simulation } from "../../../kernel/simulation.ts";
import type { EventRecorder } from "../../client/index.ts";
import { eventObject, itemKey } from "../../client/index.ts";
import type { ApiClient, ApiReply, Stored } from "../../ports.ts";
import type { Controller, PassEvent, PassRequest } from "../controller.ts";
import { creationsObserved, deletionObserved } from "./expectations.ts";
import type { ControllerState, ManagerState } from "./manager-state.ts";
import type { RunningPass } from "./running-pass.ts";
import { filledIn, isPodCreation, nextBatch, podsOf } from "./running-pass.ts";

/** Who runs a controller's passes. */
export interface PassPost {
  readonly controller: Controller;
  /** Its connection. */
  readonly client: ApiClient;
  readonly recorder: EventRecorder;
}

/** What an answer belongs to; `request` is the index within the batch under way. */
export type AnswerTag = {
  readonly controller: string;
  readonly key: string;
  readonly pass: number;
  readonly request: number;
};

interface PassRunnerOptions<P> {
  readonly sim: Simulation;
  /** Component that gets the answers. */
  readonly owner: string;
  /** Read each time: a restore replaces it. */
  readonly state: () => ManagerState;
  /** The pass is over; the ambient causes are its own. */
  readonly ended: (post: P, key: string, running: RunningPass) => void;
}

export class PassRunner<P extends PassPost> {
  readonly #options: PassRunnerOptions<P>;

  constructor(options: PassRunnerOptions<P>) {
    this.#options = options;
  }

  begin(post: P, key: string, running: RunningPass): void {
    this.#of(post).running.set(key, running);
    for (const event of running.pass.events ?? [])
      this.#tell(post, running.stored, event, event.message);
    this.#next(post, key, running);
  }

  answered(post: P, tag: AnswerTag, reply: ApiReply): void {
    const running = this.#of(post).running.get(tag.key);
    if (running?.id !== tag.pass) return;
    const { requests } = running.pass.batches[running.batch]!;
    this.#judge(post, tag.key, {
      running,
      sent: requests[tag.request]!,
      reply,
    });
    running.unanswered -= 1;
    if (running.unanswered === 0) this.#next(post, tag.key, running);
  }

  #of({ controller }: P): ControllerState {
    return this.#options.state().controllers.get(controller.name)!;
  }

  /** Sends the next batch, or ends the pass. */
  #next(post: P, key: string, running: RunningPass): void {
    const batch = nextBatch(running);
    if (batch === null) return this.#end(post, key, running);
    const { sim, owner } = this.#options;
    const error = batch.onFailure === true ? running.error : null;
    running.unanswered = batch.requests.length;
    batch.requests.forEach((request, index) => {
      sim.trace.causes = running.causes;
      const tag: AnswerTag = {
        controller: post.controller.name,
        key,
        pass: running.id,
        request: index,
      };
      post.client.call(filledIn(request, error), { target: owner, tag });
    });
  }

  #judge(
    post: P,
    key: string,
    answer: {
      readonly running: RunningPass;
      readonly sent: PassRequest;
      readonly reply: ApiReply;
    },
  ): void {
    const { running, sent, reply } = answer;
    const { request, succeeded, failed, forgiven } = sent;
    const { stored } = running;
    if (reply.ok) {
      const made = "stored" in reply ? reply.stored : null;
      if (isPodCreation(request)) running.created += 1;
      if (request.verb === "create") use(running, made);
      const name = made?.object.metadata.name ?? "";
      this.#tellOf(post, stored, succeeded, { token: "${name}", text: name });
      return;
    }
    const { reason, message } = reply.error;
    if (request.verb === "delete" && request.kind === "Pod") {
      const pod = itemKey(request.namespace, request.name);
      deletionObserved(this.#of(post).expectations, key, pod);
    }
    if (forgiven?.includes(reason)) return;
    if (running.error === null) {
      running.error = message;
      running.isSilent = sent.silent?.includes(reason) ?? false;
    }
    if (sent.silent?.includes(reason)) return;
    this.#tellOf(post, stored, failed, { token: "${error}", text: message });
  }

  #tellOf(
    post: P,
    stored: Stored,
    event: PassEvent | undefined,
    { token, text }: { readonly token: string; readonly text: string },
  ): void {
    if (event === undefined) return;
    const message = event.message.replaceAll(token, () => text);
    this.#tell(post, stored, event, message);
  }

  #tell(
    post: P,
    stored: Stored,
    { type, reason }: PassEvent,
    message: string,
  ): void {
    const object = eventObject(stored.object);
    const event = { object, type, reason, message };
    post.recorder.emit(this.#of(post).recorder, event);
  }

  #end(post: P, key: string, running: RunningPass): void {
    const own = this.#of(post);
    own.running.delete(key);
    this.#options.sim.trace.causes = running.causes;
    const unmade = podsOf(running.pass).creations - running.created;
    if (unmade > 0) creationsObserved(own.expectations, key, unmade);
    this.#options.ended(post, key, running);
  }
}

/** The ordinal of what was created is not given again. */
function use({ ordinals }: RunningPass, made: Stored | null): void {
  const lineage = made?.lineage;
  if (lineage === undefined || lineage.ordinal === null) return;
  const taken = ordinals.get(lineage.workload);
  const at = taken?.indexOf(lineage.ordinal) ?? -1;
  if (at >= 0) taken!.splice(at, 1);
}
