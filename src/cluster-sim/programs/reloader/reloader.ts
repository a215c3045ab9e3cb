/**
 * stakater Reloader: hears of changed Secrets, ConfigMaps and SecretProviderClassPodStatuses and gives the workloads that
 * ask for it new pods. It goes by edges: what changes while it does not run, or between two leaders, is lost, since the
 * first list of an informer arrives as creations. A watch that breaks while the process lives loses nothing.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/controller/controller.go, internal/pkg/cmd/reloader.go; reloader.md 1.5, 1.8
 * Timers   see worker.ts, pause.ts, leader-election.machine.ts
 * Emits    reloader.started | reloader.leading | reloader.event | reloader.reloaded | reloader.skipped; Events of
 *          reloader-secrets, reloader-configmaps, reloader-secretproviderclasspodstatuses
 *
 * Simplification: Whether the secrets store's CRDs are there is not asked, since the API server always serves them.
 * Simplification: Reloader's log lines and profiling endpoint do not exist.
 */
import type { MachineBackend } from "../../../kernel/machine-runner.ts";
import type { EventInput } from "../../client/index.ts";
import {
  applyWatch,
  EventRecorder,
  newEventRecorderState,
  newInformer,
} from "../../client/index.ts";
import type { InformerChange } from "../../client/index.ts";
import type { ReloaderProcessFact } from "../../facts.ts";
import type {
  ApiClient,
  ApiReply,
  Selection,
  WatchEvent,
} from "../../ports.ts";
import type { Host, Program, Running, Tag } from "../running.ts";
import { LeaderElection } from "./leader-election.ts";
import type {
  ControllerMemory,
  Item,
  ReloaderMemory,
  WatchedResource,
} from "./memory.ts";
import { newReloaderMemory } from "./memory.ts";
import { MetaInfo } from "./meta-info.ts";
import type { ReloaderOptions } from "./options.ts";
import { readOptions } from "./options.ts";
import { Worker } from "./worker.ts";

const RESOURCES: Readonly<Record<WatchedResource, string>> = {
  configmaps: "ConfigMap",
  secrets: "Secret",
  secretproviderclasspodstatuses: "SecretProviderClassPodStatus",
};
const NAMES = Object.keys(RESOURCES) as readonly WatchedResource[];
const STATUSES = "secretproviderclasspodstatuses";

/** For what ADD and DELETE events wait, both of them. */
const FIRST_WORKERS = ["secrets", "configmaps"];

export class Reloader implements Program {
  readonly #host: Host;
  readonly #worker: Worker;
  readonly #election: LeaderElection;
  readonly #metaInfo: MetaInfo;
  readonly #recorders: ReadonlyMap<WatchedResource, EventRecorder>;

  constructor(host: Host, client: ApiClient, backend: MachineBackend) {
    this.#host = host;
    const { sim, name: at } = host;
    this.#recorders = new Map(
      NAMES.map((resource) => [
        resource,
        new EventRecorder({
          sim,
          client,
          at,
          component: `reloader-${resource}`,
          host: "",
          minor: () => host.config().minor,
        }),
      ]),
    );
    this.#worker = new Worker(host, (running, resource, input) =>
      this.#emit(running, resource, input),
    );
    this.#metaInfo = new MetaInfo(host);
    this.#election = new LeaderElection(host, backend, {
      leads: (running) => {
        this.#report(running, "reloader.leading", true);
        this.#runControllers(running);
      },
      lost: (running) => this.#report(running, "reloader.leading", false),
    });
  }

  start(running: Running): void {
    const { process, version } = running;
    const { args, env } = process;
    const read = readOptions({ args, env, version });
    if (!read.ok) return this.#host.exit(running, read.error);
    const { options } = read;
    running.reloader = newReloaderMemory(options);
    this.#report(running, "reloader.started", !options.enableHA);
    if (options.enableHA) this.#election.begin(running);
    else this.#runControllers(running);
    this.#metaInfo.publish(running);
  }

  stop(running: Running): void {
    this.#election.end(running);
  }

  reset(): void {
    for (const recorder of this.#recorders.values()) recorder.reset();
  }

  observe(running: Running, tag: Tag, event: WatchEvent): void {
    if (tag.of === "namespaces")
      return observeNamespace(running.reloader!, event);
    const key = tag["controller"] as string;
    const controller = running.reloader!.controllers.get(key)!;
    const wasSynced = controller.informer.synced;
    const change = applyWatch(controller.informer, event);
    if (change === null) return;
    if (change.type === "SYNCED") {
      if (!wasSynced)
        this.#host.later(running, 0, { of: "workers", controller: key });
      return;
    }
    const { causes } = this.#host.sim.trace;
    const item = itemOf(running.reloader!, controller.resource, change, causes);
    if (item === null) return;
    controller.queue.push(item);
    this.#worker.next(running, key);
  }

  answered(running: Running, tag: Tag, reply: ApiReply): void {
    switch (tag.of) {
      case "lease":
        return this.#election.answered(running, tag, reply);
      case "meta-info":
        return this.#metaInfo.answered(running, tag, reply);
      default:
        return this.#worker.answered(running, tag, reply);
    }
  }

  step(running: Running, tag: Tag): void {
    if (tag.of !== "workers") return this.#worker.step(running, tag);
    const key = tag["controller"] as string;
    const { controllers, initialized } = running.reloader!;
    const controller = controllers.get(key)!;
    controller.started = true;
    initialized.add(controller.resource);
    this.#worker.next(running, key);
  }

  /** In a fixed order, where upstream's is that of a Go map. */
  #runControllers(running: Running): void {
    const { options, controllers } = running.reloader!;
    const { namespaceSelector } = options;
    if (namespaceSelector !== "") {
      const selection = { kind: "Namespace", labelSelector: namespaceSelector };
      this.#host.watch(running, selection, { of: "namespaces" });
    }
    for (const namespace of options.namespaces ?? [null])
      for (const resource of NAMES) {
        if (options.resourcesToIgnore.includes(resource)) continue;
        if (resource === STATUSES && !options.enableCSIIntegration) continue;
        const key = namespace === null ? resource : `${resource}/${namespace}`;
        controllers.set(key, newController(resource));
        const selection = selectionOf(options, resource, namespace);
        this.#host.watch(running, selection, {
          of: "controller",
          controller: key,
        });
      }
  }

  #emit(running: Running, resource: WatchedResource, input: EventInput): void {
    const { events } = running.reloader!;
    const state = events.get(resource) ?? newEventRecorderState();
    events.set(resource, state);
    this.#recorders.get(resource)!.emit(state, input);
  }

  #report(
    running: Running,
    type: ReloaderProcessFact["type"],
    leading: boolean,
  ): void {
    const { process, version } = running;
    const { namespace, pod } = process;
    const data: ReloaderProcessFact["data"] = {
      namespace,
      pod,
      version,
      leading,
    };
    const about = `${namespace}/${pod}`;
    this.#host.sim.trace.record({ type, at: this.#host.name, about, data });
  }
}

function newController(resource: WatchedResource): ControllerMemory {
  return {
    resource,
    informer: newInformer(),
    started: false,
    queue: [],
    handling: null,
  };
}

function selectionOf(
  { resourceLabelSelector }: ReloaderOptions,
  resource: WatchedResource,
  namespace: string | null,
): Selection {
  return {
    kind: RESOURCES[resource],
    ...(namespace === null ? {} : { namespace }),
    ...(resourceLabelSelector === ""
      ? {}
      : { labelSelector: resourceLabelSelector }),
  };
}

function observeNamespace(
  { selectedNamespaces }: ReloaderMemory,
  { change, stored }: WatchEvent,
): void {
  if (stored === null) return;
  const { name } = stored.object.metadata;
  if (change === "ADDED") selectedNamespaces.add(name);
  if (change === "DELETED") selectedNamespaces.delete(name);
}

/** What an informer's event puts into the queue; null: nothing. */
function itemOf(
  memory: ReloaderMemory,
  resource: WatchedResource,
  { type, before, after }: InformerChange,
  causes: Item["causes"],
): Item | null {
  const { options, initialized, selectedNamespaces } = memory;
  const stored = (after ?? before)!;
  const { namespace = "" } = stored.object.metadata;
  if (options.namespacesToIgnore.includes(namespace)) return null;
  if (options.namespaceSelector !== "" && !selectedNamespaces.has(namespace))
    return null;
  const item = { stored, causes, requeues: 0 };
  if (type === "MODIFIED") return { ...item, change: "update", before };
  const isWanted =
    type === "ADDED" ? options.reloadOnCreate : options.reloadOnDelete;
  const isReady = FIRST_WORKERS.every((each) => initialized.has(each));
  if (resource === STATUSES || !isWanted || !isReady) return null;
  const change = type === "ADDED" ? "create" : "delete";
  return { ...item, change, before: null };
}
