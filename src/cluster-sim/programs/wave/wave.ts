/**
 * Wave: keeps a hash of everything that a workload refers to in its pod template. It goes by levels: it compares with the
 * hash that is there, so that a change missed while it was down is made up for, and many changes become one.
 *
 * Timers   WAVE_SYNC_PERIOD_MS 10 h (--sync-period): everything is looked at again
 *          WAVE_UPDATE_RATE 1 a second, WAVE_UPDATE_BURST 100: the token bucket of updates, one for each kind of workload
 *          WORK_QUEUE_BACKOFF_MS 5 ms, doubled up to WORK_QUEUE_BACKOFF_MAX_MS 1,000 s: to the next try of an update that failed
 * Source: wave-k8s/wave v0.11.0 pkg/core/{handler,watcher,backoff}.go, cmd/manager/main.go; reloader.md 2.4
 * Emits    wave.started | wave.updated; Event ConfigChanged of wave
 * Simplification: Wave's look at one workload takes no time, and its resync has no jitter.
 * From code alone: Wave's limit of updates holds for Deployments, StatefulSets and DaemonSets apart, though it is called global.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import {
  applyWatch,
  EventRecorder,
  eventObject,
  keyOf,
  newEventRecorderState,
  newInformer,
} from "../../client/index.ts";
import {
  WORK_QUEUE_BACKOFF_MAX_MS,
  WORK_QUEUE_BACKOFF_MS,
} from "../../defaults.ts";
import type { WaveProcessFact, WaveUpdatedFact } from "../../facts.ts";
import type {
  ApiClient,
  ApiObject,
  ApiReply,
  Stored,
  WatchEvent,
} from "../../ports.ts";
import type { Host, Program, Running, Tag } from "../running.ts";
import { childKey, childrenOf, isComplete } from "./children.ts";
import type { ReadChild } from "./children.ts";
import { configHash, dataOf } from "./config-hash.ts";
import type { WaveController, WaveMemory } from "./memory.ts";
import { readWaveOptions } from "./options.ts";
import { configHashOf, withConfigHash } from "./template.ts";
import { takeToken } from "./throttle.ts";

const WORKLOADS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];
const CHILDREN = ["ConfigMap", "Secret"];
const REQUIRED = "wave.pusher.com/update-on-config-change";

export class Wave implements Program {
  readonly #host: Host;
  readonly #recorder: EventRecorder;

  constructor(host: Host, client: ApiClient) {
    this.#host = host;
    this.#recorder = new EventRecorder({
      sim: host.sim,
      client,
      at: host.name,
      component: "wave",
      host: "",
      minor: () => host.config().minor,
    });
  }

  start(running: Running): void {
    const read = readWaveOptions(running.process.args);
    if (!read.ok) return this.#host.exit(running, read.error);
    const { options } = read;
    const { now } = this.#host.sim;
    const kinds = [...WORKLOADS, ...CHILDREN];
    const places = options.namespaces ?? [null];
    running.wave = {
      options,
      caches: new Map(kinds.map((kind) => [kind, newInformer()])),
      unsynced: kinds.length * places.length,
      controllers: new Map(
        WORKLOADS.map((kind) => [
          kind,
          newController(options.updateBurst, now),
        ]),
      ),
      events: newEventRecorderState(),
    };
    this.#reportStart(running);
    for (const namespace of places)
      for (const kind of kinds) {
        const selection = namespace === null ? { kind } : { kind, namespace };
        this.#host.watch(running, selection, { of: "watch", kind });
      }
    this.#host.later(running, options.syncPeriodMs, { of: "sync" });
  }

  stop(): void {
    // Its memory goes with it.
  }

  reset(): void {
    this.#recorder.reset();
  }

  observe(running: Running, tag: Tag, event: WatchEvent): void {
    const memory = running.wave!;
    const kind = tag["kind"] as string;
    const change = applyWatch(memory.caches.get(kind)!, event);
    if (change === null) return;
    if (change.type === "SYNCED") {
      memory.unsynced -= 1;
      if (memory.unsynced === 0) this.#lookAtAll(running);
      return;
    }
    // The workers begin when every list is in.
    if (memory.unsynced > 0) return;
    const { after, before } = change;
    if (WORKLOADS.includes(kind)) {
      if (after !== null) this.#enqueue(running, kind, keyOf(after));
    } else this.#lookAtOwners(running, kind, keyOf((after ?? before)!));
  }

  answered(running: Running, tag: Tag, reply: ApiReply): void {
    const kind = tag["kind"] as string;
    const controller = running.wave!.controllers.get(kind)!;
    const key = controller.busy!;
    controller.busy = null;
    if (reply.ok) controller.failed.delete(key);
    else this.#retry(running, kind, key);
    this.#work(running, kind);
  }

  step(running: Running, tag: Tag): void {
    if (tag.of === "sync") {
      const { syncPeriodMs } = running.wave!.options;
      this.#host.later(running, syncPeriodMs, { of: "sync" });
      return this.#lookAtAll(running);
    }
    const kind = tag["kind"] as string;
    if (tag.of === "retry")
      return this.#enqueue(running, kind, tag["key"] as string);
    if (tag.of === "work") return this.#work(running, kind);
    this.#update(running, tag);
  }

  #lookAtAll(running: Running): void {
    for (const kind of WORKLOADS)
      for (const key of running.wave!.caches.get(kind)!.items.keys())
        this.#enqueue(running, kind, key);
  }

  #lookAtOwners(running: Running, kind: string, child: string): void {
    for (const owners of WORKLOADS)
      for (const [key, stored] of running.wave!.caches.get(owners)!.items)
        if (
          isWanted(stored) &&
          childrenOf(stored.object).some(
            (each) => each.kind === kind && childKey(each) === child,
          )
        )
          this.#enqueue(running, owners, key);
  }

  /** The worker turns to it once all that is delivered now is in the caches. */
  #enqueue(running: Running, kind: string, key: string): void {
    const { caches, controllers } = running.wave!;
    const stored = caches.get(kind)!.items.get(key);
    if (stored === undefined || !isWanted(stored)) return;
    const { queue } = controllers.get(kind)!;
    if (queue.includes(key)) return;
    queue.push(key);
    this.#host.later(running, 0, { of: "work", kind });
  }

  #work(running: Running, kind: string): void {
    const { caches, controllers, options } = running.wave!;
    const controller = controllers.get(kind)!;
    while (controller.busy === null) {
      const key = controller.queue.shift();
      if (key === undefined) return;
      const stored = caches.get(kind)!.items.get(key);
      if (stored === undefined) continue;
      const hash = this.#wanted(running, stored);
      if (hash === null) continue;
      controller.busy = key;
      const object = withConfigHash(stored.object, hash);
      const tag = { of: "update", kind, hash, object };
      const waitMs = takeToken(controller, options, this.#host.sim.now);
      if (waitMs === 0) this.#update(running, tag);
      else this.#host.later(running, waitMs, tag);
    }
  }

  /** The hash that the workload lacks; null: it has it, or something that it needs is not there. */
  #wanted({ wave }: Running, stored: Stored): string | null {
    const children = childrenOf(stored.object);
    const read = readerOf(wave!);
    if (!isWanted(stored) || !isComplete(children, read)) return null;
    const hash = configHash(children, read);
    return hash === configHashOf(stored.object) ? null : hash;
  }

  /** Writes the whole object as it was looked at: what somebody else changed meanwhile makes it fail. */
  #update(running: Running, tag: Tag): void {
    const { events } = running.wave!;
    const kind = tag["kind"] as string;
    const hash = tag["hash"] as string;
    const changed = tag["object"] as JsonObject;
    const object = changed as unknown as ApiObject;
    this.#recorder.emit(events, {
      object: eventObject(object),
      reason: "ConfigChanged",
      type: "Normal",
      message: `Configuration hash updated to ${hash}`,
    });
    const { namespace = "", name } = object.metadata;
    const data: WaveUpdatedFact["data"] = { namespace, kind, name };
    this.#host.sim.trace.record({
      type: "wave.updated" satisfies WaveUpdatedFact["type"],
      at: this.#host.name,
      about: `${namespace}/${kind}/${name}`,
      data,
    });
    const request = { verb: "update", object: changed } as const;
    this.#host.ask(running, request, { of: "updated", kind });
  }

  #retry(running: Running, kind: string, key: string): void {
    const { failed } = running.wave!.controllers.get(kind)!;
    const times = failed.get(key) ?? 0;
    failed.set(key, times + 1);
    const delayMs = Math.min(
      WORK_QUEUE_BACKOFF_MS * 2 ** times,
      WORK_QUEUE_BACKOFF_MAX_MS,
    );
    this.#host.later(running, delayMs, { of: "retry", kind, key });
  }

  #reportStart({ process, version }: Running): void {
    const { namespace, pod } = process;
    const data: WaveProcessFact["data"] = {
      namespace,
      pod,
      version,
      leading: true,
    };
    this.#host.sim.trace.record({
      type: "wave.started" satisfies WaveProcessFact["type"],
      at: this.#host.name,
      about: `${namespace}/${pod}`,
      data,
    });
  }
}

function newController(tokens: number, tokensAt: number): WaveController {
  return { queue: [], busy: null, failed: new Map(), tokens, tokensAt };
}

function isWanted({ object }: Stored): boolean {
  return object.metadata.annotations?.[REQUIRED] === "true";
}

function readerOf({ caches }: WaveMemory): ReadChild {
  return (child): JsonObject | null => {
    const stored = caches.get(child.kind)!.items.get(childKey(child));
    return stored === undefined ? null : dataOf(stored.object);
  };
}
