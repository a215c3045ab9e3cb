/**
 * The worker of one of Reloader's queues: takes one change after the other, looks at every workload of the namespace,
 * kind by kind, and writes those that the change concerns. Changes are never merged: ten quick updates are handled ten
 * times.
 *
 * States   idle -> (an item whose data changed) waiting -> listing a kind -> deciding and writing its workloads -> the next
 *          kind … -> idle; an error puts the item back, later each time
 * Timers   latency.reloader             from taking an item to the first request
 *          latency.reloaderWorkload     before each matched workload beyond RELOADER_BURST_WORKLOADS 7
 *          RELOADER_CONFLICT_PAUSE_MS   10 ms, RELOADER_CONFLICT_TRIES 5: a workload that somebody else wrote is fetched again
 *          WORK_QUEUE_BACKOFF_MS        5 ms, doubled, RELOADER_REQUEUES 5 times: an item whose handling failed
 * Source: stakater/Reloader v1.4.21 internal/pkg/controller/controller.go, internal/pkg/handler/{update,create,delete,upgrade}.go;
 *         reloader.md 1.3 to 1.6
 * Emits    reloader.event when an item is done with; reloader.reloaded when a workload's new template is sent, as the cause
 *          of that write; reloader.skipped
 * Simplification: The rate limit of Reloader's whole queue (10 retries a second, 100 at once) is not modelled, only that of each item.
 * From code alone: a list of workloads that Reloader cannot get counts as an empty one, so that a change handled while the API server does not answer is lost without another try.
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import type { EventInput } from "../../client/index.ts";
import {
  RELOADER_BURST_WORKLOADS,
  RELOADER_CONFLICT_PAUSE_MS,
  RELOADER_CONFLICT_TRIES,
  RELOADER_REQUEUES,
  WORK_QUEUE_BACKOFF_MS,
} from "../../defaults.ts";
import type { ReloaderEventFact } from "../../facts.ts";
import type { ApiError, ApiReply, Stored } from "../../ports.ts";
import type { Host, Running, Tag } from "../running.ts";
import { reportDecision, reportItem } from "./decisions.ts";
import { shouldReload } from "./decision.ts";
import { failEvent, reloadedEvent } from "./events.ts";
import { hashOf, oldHashOf } from "./hashes.ts";
import type {
  ControllerMemory,
  Handling,
  Item,
  WatchedResource,
} from "./memory.ts";
import type { ResourceType } from "./options.ts";
import { PauseKeeper } from "./pause.ts";
import { planReload } from "./strategies.ts";
import { kindsOf, templateAnnotations, templateOf } from "./workloads.ts";

/** Tells an Event of the worker's resource. */
export type Emit = (
  running: Running,
  resource: WatchedResource,
  input: EventInput,
) => void;

const TYPES: Readonly<Record<WatchedResource, ResourceType>> = {
  secrets: "SECRET",
  configmaps: "CONFIGMAP",
  secretproviderclasspodstatuses: "SECRETPROVIDERCLASS",
};

const CONFLICT = 409;

export class Worker {
  readonly #host: Host;
  readonly #emit: Emit;
  readonly #pauses: PauseKeeper;

  constructor(host: Host, emit: Emit) {
    this.#host = host;
    this.#emit = emit;
    this.#pauses = new PauseKeeper(host, {
      ready: (running, key) => this.#send(running, key),
      failed: (running, key, error) => this.#writeFailed(running, key, error),
    });
  }

  /** Takes the next item if the worker is free. */
  next(running: Running, key: string): void {
    const controller = controllerOf(running, key);
    while (controller.started && controller.handling === null) {
      const item = controller.queue.shift();
      if (item === undefined) return;
      this.#take(running, key, item);
    }
  }

  answered(running: Running, tag: Tag, reply: ApiReply): void {
    if (tag.of === "pause") return this.#pauses.answered(running, tag, reply);
    const key = tag["controller"] as string;
    const controller = controllerOf(running, key);
    const handling = controller.handling!;
    this.#host.sim.trace.causes = handling.item.causes;
    switch (tag.of) {
      case "listed": {
        const items = reply.ok && "items" in reply ? reply.items : [];
        handling.workloads = items;
        handling.scanned += items.length;
        handling.at = 0;
        return this.#look(running, key);
      }
      case "fetched":
        if (!reply.ok) return this.#fail(running, key);
        handling.workload = "stored" in reply ? reply.stored : null;
        return this.#look(running, key);
      case "class":
        return this.#classGot(running, key, reply);
      default:
        return this.#written(running, key, reply);
    }
  }

  step(running: Running, tag: Tag): void {
    if (tag.of === "resume") return this.#pauses.resume(running, tag);
    const key = tag["controller"] as string;
    const controller = controllerOf(running, key);
    if (tag.of === "requeued") {
      controller.queue.push(tag["item"] as unknown as Item);
      return this.next(running, key);
    }
    this.#host.sim.trace.causes = controller.handling!.item.causes;
    switch (tag.of) {
      case "handle":
        return this.#list(running, key);
      case "paced":
        return this.#pauses.before(running, key);
      default:
        return this.#fetch(running, key);
    }
  }

  /** Equal data ends an item at once. */
  #take(running: Running, key: string, item: Item): void {
    const controller = controllerOf(running, key);
    const { before, stored, change } = item;
    const { object } = stored;
    const type = TYPES[controller.resource];
    const hash = change === "delete" ? "" : hashOf(type, object);
    this.#host.sim.trace.causes = item.causes;
    const handling: Handling = {
      item,
      type,
      namespace: object.metadata.namespace ?? "",
      name: nameOf(type, stored),
      hash,
      kind: 0,
      workloads: [],
      at: 0,
      tries: 0,
      workload: null,
      scanned: 0,
      matched: 0,
      requests: [],
      container: "",
    };
    if (before !== null && oldHashOf(type, before.object) === hash)
      return reportItem(this.#host, handling, "no_data_change");
    controller.handling = handling;
    const { handlingMs } = this.#host.config();
    this.#host.later(running, handlingMs, { of: "handle", controller: key });
  }

  #list(running: Running, key: string): void {
    const handling = controllerOf(running, key).handling!;
    const { namespace } = handling;
    const kind = kindsOf(running.reloader!.options)[handling.kind];
    if (kind === undefined) return this.#finish(running, key, "handled");
    this.#host.ask(
      running,
      { verb: "list", kind, namespace },
      { of: "listed", controller: key },
    );
  }

  /** Goes on with the kind's workloads until one of them takes time. */
  #look(running: Running, key: string): void {
    const handling = controllerOf(running, key).handling!;
    for (;;) {
      handling.workload ??= handling.workloads[handling.at] ?? null;
      if (handling.workload === null) {
        handling.kind += 1;
        return this.#list(running, key);
      }
      const { type, namespace, name, item } = handling;
      if (type === "SECRETPROVIDERCLASS") {
        const kind = "SecretProviderClass";
        return this.#host.ask(
          running,
          { verb: "get", kind, namespace, name },
          { of: "class", controller: key },
        );
      }
      const { annotations = {} } = item.stored.object.metadata;
      if (this.#upgrade(running, key, annotations)) return;
      pass(handling);
    }
  }

  /** A class that cannot be read has no annotations. */
  #classGot(running: Running, key: string, reply: ApiReply): void {
    const annotations =
      reply.ok && "stored" in reply
        ? reply.stored.object.metadata.annotations
        : undefined;
    if (this.#upgrade(running, key, annotations ?? {})) return;
    pass(controllerOf(running, key).handling!);
    this.#look(running, key);
  }

  /** Whether the workload is being written. */
  #upgrade(
    running: Running,
    key: string,
    objectAnnotations: Readonly<Record<string, string>>,
  ): boolean {
    const handling = controllerOf(running, key).handling!;
    const { options } = running.reloader!;
    const { type, name, namespace, hash, item } = handling;
    const workload = handling.workload!;
    const { kind, metadata } = workload.object;
    const { reload, autoReload } = shouldReload(
      {
        type,
        name,
        object: objectAnnotations,
        kind,
        workload: metadata.annotations ?? {},
        podTemplate: templateAnnotations(templateOf(workload.object)),
      },
      options,
    );
    const decided = (reason: string, container: string): void =>
      reportDecision(this.#host, { handling, options, reason, container });
    if (!reload) {
      decided("ignored_or_not_selected", "");
      return false;
    }
    const plan = planReload(workload, {
      strategy: options.reloadStrategy,
      type,
      name,
      namespace,
      hash,
      deleted: item.change === "delete",
      autoReload,
      now: this.#host.sim.now,
    });
    handling.container = plan.container;
    if (plan.requests.length === 0) {
      decided("strategy_not_updated", plan.container);
      return false;
    }
    handling.requests = plan.requests;
    const { perWorkloadMs } = this.#host.config();
    if (handling.tries === 0 && handling.matched >= RELOADER_BURST_WORKLOADS)
      this.#host.later(running, perWorkloadMs, {
        of: "paced",
        controller: key,
      });
    else this.#pauses.before(running, key);
    return true;
  }

  /** Sends what is left to be sent of a workload's new form. */
  #send(running: Running, key: string): void {
    const handling = controllerOf(running, key).handling!;
    const { trace } = this.#host.sim;
    trace.causes = handling.item.causes;
    const { options } = running.reloader!;
    const { container } = handling;
    reportDecision(this.#host, { handling, options, reason: "", container });
    this.#sendNext(running, key);
  }

  #sendNext(running: Running, key: string): void {
    const handling = controllerOf(running, key).handling!;
    const [request, ...rest] = handling.requests;
    handling.requests = rest;
    this.#host.ask(running, request!, { of: "written", controller: key });
  }

  #written(running: Running, key: string, reply: ApiReply): void {
    const { handling, resource } = controllerOf(running, key);
    if (!reply.ok) {
      const { error } = reply;
      this.#emit(running, resource, failEvent(handling!, error));
      return this.#writeFailed(running, key, error);
    }
    if (handling!.requests.length > 0) return this.#sendNext(running, key);
    this.#emit(running, resource, reloadedEvent(handling!));
    handling!.matched += 1;
    pass(handling!);
    this.#look(running, key);
  }

  /** Somebody else wrote the workload meanwhile: it is fetched again. Any other error ends the item. */
  #writeFailed(running: Running, key: string, error: ApiError | null): void {
    const handling = controllerOf(running, key).handling!;
    handling.tries += 1;
    const isConflict = error?.code === CONFLICT && error.reason === "Conflict";
    if (!isConflict || handling.tries >= RELOADER_CONFLICT_TRIES)
      return this.#fail(running, key);
    this.#host.later(running, RELOADER_CONFLICT_PAUSE_MS, {
      of: "again",
      controller: key,
    });
  }

  #fetch(running: Running, key: string): void {
    const { workload } = controllerOf(running, key).handling!;
    const { kind, metadata } = workload!.object;
    const { name, namespace = "" } = metadata;
    this.#host.ask(
      running,
      { verb: "get", kind, namespace, name },
      { of: "fetched", controller: key },
    );
  }

  /** The kinds that are left are not looked at. */
  #fail(running: Running, key: string): void {
    const { item } = controllerOf(running, key).handling!;
    const { requeues } = item;
    if (requeues >= RELOADER_REQUEUES)
      return this.#finish(running, key, "dropped");
    const again = { ...item, requeues: requeues + 1 };
    this.#host.later(running, WORK_QUEUE_BACKOFF_MS * 2 ** requeues, {
      of: "requeued",
      controller: key,
      item: again as unknown as JsonObject,
    });
    this.#finish(running, key, "failed");
  }

  #finish(
    running: Running,
    key: string,
    outcome: ReloaderEventFact["data"]["outcome"],
  ): void {
    const controller = controllerOf(running, key);
    const handling = controller.handling!;
    controller.handling = null;
    reportItem(this.#host, handling, outcome);
    this.next(running, key);
  }
}

function controllerOf(running: Running, key: string): ControllerMemory {
  return running.reloader!.controllers.get(key)!;
}

/** To the kind's next workload. */
function pass(handling: Handling): void {
  handling.at += 1;
  handling.tries = 0;
  handling.workload = null;
}

function nameOf(type: ResourceType, { object }: Stored): string {
  if (type !== "SECRETPROVIDERCLASS") return object.metadata.name;
  const { secretProviderClassName } = (object["status"] ?? {}) as JsonObject;
  return (secretProviderClassName as JsonValue as string | undefined) ?? "";
}
