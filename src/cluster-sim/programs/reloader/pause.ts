/**
 * The pause period of a Deployment: the first reload pauses it, later ones only change its template, and a timer in the
 * process's memory resumes it, which gives one rollout with the last of them.
 *
 * States   not paused -> pausing -> paused with a timer -> resuming -> not paused; paused without a timer (Reloader was
 *          restarted) until the next change of the same Deployment brings a timer for the rest, or resumes it when that is over
 * Timers   the pause period itself, from the annotation
 * Source: stakater/Reloader v1.4.21 internal/pkg/handler/pause_deployment.go; reloader.md 1.7
 * From code alone: a Deployment that somebody resumes during its pause keeps the timer of Reloader, which the next pause shares: that one ends when the first would have.
 * From code alone: once such a timer has found the Deployment not paused, or could not get it, Reloader takes it for running still, and a later pause lasts until Reloader is restarted.
 * From code alone: a pause period that is no duration makes the whole event fail, with its other workloads.
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { DurationMs } from "../../../kernel/time.ts";
import { parseInstant, toRfc3339 } from "../../../kernel/time.ts";
import type { ApiError, ApiReply, ApiRequest, Stored } from "../../ports.ts";
import type { Host, Running, Tag } from "../running.ts";
import { goDuration } from "./go-duration.ts";
import type { Handling } from "./memory.ts";

/** The worker that waits for the pause. */
export interface PauseOwner {
  /** The template may be written. */
  ready(running: Running, controller: string): void;
  /** The Deployment could not be paused; `error` is the server's, or null. */
  failed(running: Running, controller: string, error: ApiError | null): void;
}

export class PauseKeeper {
  readonly #host: Host;
  readonly #owner: PauseOwner;

  constructor(host: Host, owner: PauseOwner) {
    this.#host = host;
    this.#owner = owner;
  }

  /** What comes before a workload's template is written. */
  before(running: Running, controller: string): void {
    const { options, pauses } = running.reloader!;
    const { annotations, pauses: pausesAtAll } = options;
    const { object } = handlingOf(running, controller).workload!;
    const text = object.metadata.annotations?.[annotations.pausePeriod];
    if (text === undefined || object.kind !== "Deployment" || !pausesAtAll)
      return this.#owner.ready(running, controller);
    const period = goDuration(text);
    if (!period.ok) return this.#owner.failed(running, controller, null);
    if (!isPaused(object)) return this.#pause(running, controller);
    const pausedAt = object.metadata.annotations?.[annotations.pausedAt] ?? "";
    if (pausedAt === "" || pauses.has(keyOf(running, controller)))
      return this.#owner.ready(running, controller);
    const began = parseInstant(pausedAt);
    const leftMs =
      began === null ? 0 : period.ms - (this.#host.sim.now - began);
    if (leftMs <= 0) return this.#get(running, target(running, controller));
    this.#arm(running, keyOf(running, controller), leftMs);
    this.#owner.ready(running, controller);
  }

  /** The period is over. */
  resume(running: Running, tag: Tag): void {
    const { namespace, name } = tag as unknown as Target;
    this.#get(running, { namespace, name, controller: "" });
  }

  answered(running: Running, tag: Tag, reply: ApiReply): void {
    const paused = tag as unknown as Target;
    const { controller } = paused;
    if (controller !== "")
      this.#host.sim.trace.causes = handlingOf(running, controller).item.causes;
    switch (tag["step"]) {
      case "paused":
        if (!reply.ok)
          return this.#owner.failed(running, controller, reply.error);
        return this.#ask(running, paused, "looked", getOf(paused));
      case "looked":
        this.#arm(
          running,
          keyOf(running, controller),
          periodOf(running, controller),
        );
        if (!reply.ok)
          return this.#owner.failed(running, controller, reply.error);
        return this.#owner.ready(running, controller);
      case "got":
        return this.#got(running, paused, reply);
      default:
        return this.#done(running, paused);
    }
  }

  #pause(running: Running, controller: string): void {
    const { pausedAt } = running.reloader!.options.annotations;
    const to = target(running, controller);
    const patch: JsonObject = {
      metadata: { annotations: { [pausedAt]: toRfc3339(this.#host.sim.now) } },
      spec: { paused: true },
    };
    this.#ask(running, to, "paused", patchOf(to, patch));
  }

  #get(running: Running, paused: Target): void {
    this.#ask(running, paused, "got", getOf(paused));
  }

  #got(running: Running, paused: Target, reply: ApiReply): void {
    const { options, pauses } = running.reloader!;
    const { pausedAt } = options.annotations;
    const stored = reply.ok && "stored" in reply ? reply.stored : null;
    if (stored === null || !isPausedBy(stored, pausedAt))
      return this.#done(running, paused);
    pauses.delete(`${paused.namespace}/${paused.name}`);
    const patch: JsonObject = {
      metadata: { annotations: { [pausedAt]: null } },
      spec: { paused: false },
    };
    this.#ask(running, paused, "resumed", patchOf(paused, patch));
  }

  /** Whatever came of it: what cannot be resumed is logged. */
  #done(running: Running, { controller }: Target): void {
    if (controller !== "") this.#owner.ready(running, controller);
  }

  /** One timer a Deployment, whoever asks for another. */
  #arm(running: Running, key: string, ms: DurationMs): void {
    const { pauses } = running.reloader!;
    if (pauses.has(key)) return;
    pauses.add(key);
    const [namespace = "", name = ""] = key.split("/");
    this.#host.later(running, Math.max(ms, 0), {
      of: "resume",
      namespace,
      name,
    });
  }

  #ask(
    running: Running,
    { namespace, name, controller }: Target,
    step: string,
    request: ApiRequest,
  ): void {
    const tag = { of: "pause", step, namespace, name, controller };
    this.#host.ask(running, request, tag);
  }
}

/** `controller` is the worker that waits; empty: nobody does. */
interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly controller: string;
}

function handlingOf(running: Running, controller: string): Handling {
  return running.reloader!.controllers.get(controller)!.handling!;
}

function target(running: Running, controller: string): Target {
  const { metadata } = handlingOf(running, controller).workload!.object;
  const { namespace = "", name } = metadata;
  return { namespace, name, controller };
}

function keyOf(running: Running, controller: string): string {
  const { namespace, name } = target(running, controller);
  return `${namespace}/${name}`;
}

function periodOf(running: Running, controller: string): DurationMs {
  const { pausePeriod } = running.reloader!.options.annotations;
  const { metadata } = handlingOf(running, controller).workload!.object;
  const period = goDuration(metadata.annotations?.[pausePeriod] ?? "");
  return period.ok ? period.ms : 0;
}

function getOf({ namespace, name }: Target): ApiRequest {
  return { verb: "get", kind: "Deployment", namespace, name };
}

function patchOf({ namespace, name }: Target, patch: JsonObject): ApiRequest {
  return {
    verb: "patch",
    kind: "Deployment",
    namespace,
    name,
    patchType: "strategic",
    patch,
  };
}

function isPaused(object: Stored["object"]): boolean {
  const spec = object["spec"] as JsonValue | undefined;
  return isJsonObject(spec) && spec["paused"] === true;
}

function isPausedBy({ object }: Stored, pausedAt: string): boolean {
  return isPaused(object) && !!object.metadata.annotations?.[pausedAt];
}
