/**
 * The Kubernetes API server: the object store behind list, watch, create, update, patch and delete. A request acts when
 * it is sent and its reply comes after the round trip; a write reaches watchers after the watch latency. While a fault
 * holds (`faults.ts`) a request does not act, but for one that is only slow.
 * Source: kubernetes/apiserver v0.32 pkg/endpoints/handlers, pkg/storage/cacher; kubernetes/client-go v0.32 rest/request.go,
 * rest/with_retry.go; reference sheet kubernetes-api.md.
 *
 * Emits    api.object.created | api.object.modified | api.object.deleted, one for every write that changed something;
 *          api.watch.resumed, one for every watch that comes back
 * Order    watch events come in resourceVersion order, each change exactly once
 *
 * Simplification: Every client may do everything; there is no authorization and no admission beyond namespace and service account.
 * Simplification: A namespace that `apply` needs is created on the way, since scenarios rarely list Namespace objects.
 * Simplification: The ServiceAccount `default` of a namespace exists as soon as the namespace does.
 * Simplification: There is no node lifecycle controller and there are no leases: a node that stays down stays Ready and keeps its pods, where the real one is Unknown after 50 s and loses its pods 300 s later.
 * Simplification: Event objects never expire (upstream: one hour after the last write).
 */
import type { ValueBook } from "../../kernel/content.ts";
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type {
  ApiClient,
  ApiReply,
  ApiRequest,
  Contents,
  Stored,
} from "../ports.ts";
import { applied, applyAddress, withLastApplied } from "./apply.ts";
import type { Change, WriteContext, WriteResult } from "./changes.ts";
import { planCreate } from "./creations.ts";
import { planDelete } from "./deletions.ts";
import type { ApiFault, FaultState } from "./faults.ts";
import { addFault, addWatchFault, newFaultState } from "./faults.ts";
import type { RetryEvent } from "./front-door.ts";
import { FrontDoor } from "./front-door.ts";
import { kindInfo, kindNamed, servedKind } from "./kinds.ts";
import { recordWrite } from "./record-write.ts";
import { filterOf } from "./selection.ts";
import { badRequest, noSuchResource, notFound } from "./status.ts";
import type { StoreState } from "./store.ts";
import {
  dropStored,
  getStored,
  listStored,
  newStoreState,
  putStored,
  storeKey,
  withVersion,
} from "./store.ts";
import { stringOf } from "./validation/reading.ts";
import { refusalOf, validateManifest } from "./validation/validate.ts";
import { planPatch, planUpdate } from "./updates.ts";
import type { RewatchEvent } from "./watch-hub.ts";
import { WatchHub } from "./watch-hub.ts";
import type { WatchState } from "./watches.ts";
import { newWatchState } from "./watches.ts";

export interface ApiServerConfig {
  /** Round trip of a request. */
  readonly latencyMs: DurationMs;
  /** From a write to a watcher's event. */
  readonly watchLatencyMs: DurationMs;
  /** Whether a pod that names a missing ServiceAccount is refused. Default true. */
  readonly checkServiceAccounts?: boolean;
}

export interface ApiServerState {
  readonly store: StoreState;
  readonly watches: WatchState;
  readonly faults: FaultState;
}

const FIRST_NAMESPACES = [
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
];

export class ApiServer implements Component {
  readonly name = "api-server";
  state: ApiServerState = {
    store: newStoreState(),
    watches: newWatchState(),
    faults: newFaultState(),
  };
  readonly #sim: Simulation;
  readonly #values: ValueBook;
  readonly #config: () => ApiServerConfig;
  readonly #hub: WatchHub;
  readonly #door: FrontDoor;

  constructor(options: {
    readonly sim: Simulation;
    /** Where the bytes of literal Secrets are kept. */
    readonly values: ValueBook;
    readonly config: () => ApiServerConfig;
  }) {
    this.#sim = options.sim;
    this.#values = options.values;
    this.#config = options.config;
    this.#hub = new WatchHub({
      sim: options.sim,
      owner: this.name,
      state: () => this.state,
      watchLatencyMs: () => options.config().watchLatencyMs,
    });
    this.#door = new FrontDoor({
      sim: options.sim,
      owner: this.name,
      faults: () => this.state.faults,
      latencyMs: () => options.config().latencyMs,
      execute: (request, caller) => this.#execute(request, caller),
    });
  }

  /** Creates `default`, `kube-system`, `kube-public`, `kube-node-lease`, each with ServiceAccount `default`. Call once. */
  bootstrap(): void {
    for (const name of FIRST_NAMESPACES) this.#ensureNamespace(name, this.name);
  }

  /**
   * A connection for `caller` (`node-0/kubelet`, `kubectl` …): the `by` of its writes. A call with `NO_REPLY` gets no
   * answer. What is under way when a watch ends still arrives: who watches again gives the new watch another tag.
   * `watch` throws on a selector that cannot be read.
   */
  client(caller: string): ApiClient {
    return {
      call: (request, replyTo) =>
        this.#door.receive({ request, caller, replyTo, retries: 0 }),
      watch: (selection, to) => this.#hub.watch(caller, selection, to),
      unwatch: (id) => this.#hub.unwatch(id),
    };
  }

  /**
   * Something is wrong until, but not at, `untilMs`. `refuse` and `drop` break the watches of those concerned; a
   * restart of the API server is a `refuse` of everybody for its downtime. Requests that do not reach the server, or
   * that the fault answers, do not act.
   */
  fault(fault: ApiFault, untilMs: EpochMs): void {
    addFault(this.state.faults, fault, untilMs);
    const { kind } = fault.effect;
    if (kind === "refuse" || kind === "drop") this.#hub.break(fault.callers);
  }

  /**
   * Breaks the watches of those whose name begins with `callers` (null: everybody's) and holds them down until, but not
   * at, `untilMs`. Requests are answered as ever.
   */
  breakWatches(callers: string | null, untilMs: EpochMs): void {
    addWatchFault(this.state.faults, callers, untilMs);
    this.#hub.break(callers);
  }

  /**
   * As `kubectl apply`, at once: creates or updates. The namespace of a manifest without one is `default`; a missing
   * namespace is created first. `contents` says which vault versions are behind a Secret's keys.
   */
  apply(
    manifest: JsonObject,
    options: { readonly by: string; readonly contents?: Contents },
  ): ApiReply {
    const down = this.#door.downFor(
      {
        verb: "get",
        kind: stringOf(manifest["kind"]),
        ...applyAddress(manifest, true),
      },
      options.by,
    );
    if (down !== null) return down;
    const problems = validateManifest(manifest);
    if (problems.some(({ stage }) => stage !== "invalid"))
      return refusalOf(manifest, problems);
    const kind = stringOf(manifest["kind"]);
    const info = servedKind(stringOf(manifest["apiVersion"]), kind)!;
    const { name, namespace } = applyAddress(manifest, info.namespaced);
    const live = this.read(kind, namespace, name);
    if (problems.length > 0 && live === null)
      return refusalOf(manifest, problems);
    if (name === "") return badRequest("cannot use generate name with apply");
    if (info.namespaced) this.#ensureNamespace(namespace, options.by);
    const metadata = {
      ...(manifest["metadata"] as JsonObject),
      ...(info.namespaced ? { namespace } : {}),
    };
    const wanted = withLastApplied({ ...manifest, metadata });
    const { by, contents } = options;
    const given = contents === undefined ? {} : { contents };
    return this.#execute(
      live === null
        ? { verb: "create", object: wanted, ...given }
        : {
            verb: "update",
            object: applied(info, live.object, wanted),
            ...given,
          },
      by,
    );
  }

  /** As `kubectl delete`, at once: pods with their grace. `kind` in any spelling kubectl takes (`pod`, `po`, `Pod`). */
  remove(kind: string, namespace: string, name: string, by: string): ApiReply {
    const info = kindNamed(kind);
    if (info === null)
      return badRequest(
        `the server doesn't have a resource type "${kind.toLowerCase()}"`,
      );
    const request: ApiRequest = {
      verb: "delete",
      kind: info.kind,
      namespace,
      name,
    };
    return this.#door.downFor(request, by) ?? this.#execute(request, by);
  }

  /** As `kubectl get`, at once: what another verb of kubectl looks at first. */
  get(kind: string, namespace: string, name: string, by: string): ApiReply {
    const request: ApiRequest = { verb: "get", kind, namespace, name };
    return this.#door.downFor(request, by) ?? this.#execute(request, by);
  }

  /** Any request of kubectl's, at once (a patch, a list in the order of keys …): its own checks are the caller's. */
  request(request: ApiRequest, by: string): ApiReply {
    return this.#door.downFor(request, by) ?? this.#execute(request, by);
  }

  /** What the store holds now; null when it is not there. For commands and views, not for components. */
  read(kind: string, namespace: string, name: string): Stored | null {
    const info = kindInfo(kind);
    if (info === null) return null;
    const key = storeKey(info.namespaced ? namespace : "", name);
    return getStored(this.state.store, kind, key);
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "rewatch":
        return this.#hub.rewatch(event as RewatchEvent);
      case "retry":
        return this.#door.receive((event as RetryEvent).call);
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: the API server does not know it`,
        );
    }
  }

  #execute(request: ApiRequest, by: string): ApiReply {
    switch (request.verb) {
      case "get": {
        const { kind, namespace, name } = request;
        const info = kindInfo(kind);
        if (info === null) return noSuchResource();
        const stored = this.read(kind, namespace, name);
        return stored === null ? notFound(info, name) : { ok: true, stored };
      }
      case "list": {
        const filter = filterOf(request);
        return "ok" in filter
          ? filter
          : {
              ok: true,
              items: listStored(this.state.store, request.kind, filter),
            };
      }
      case "create":
        return this.#finish(
          planCreate(this.#context(), request),
          by,
          request.contents,
        );
      case "update":
      case "updateStatus":
        return this.#finish(
          planUpdate(this.#context(), request),
          by,
          request.contents,
        );
      case "patch":
      case "patchStatus":
        return this.#finish(
          planPatch(this.#context(), request),
          by,
          request.contents,
        );
      case "delete":
        return this.#finish(planDelete(this.#context(), request), by);
    }
  }

  #context(): WriteContext {
    return {
      state: this.state.store,
      now: this.#sim.now,
      draws: this.#sim.draws,
      checkServiceAccounts: this.#config().checkServiceAccounts ?? true,
    };
  }

  #finish(result: WriteResult, by: string, given?: Contents): ApiReply {
    if (!result.ok) return result;
    if (result.change === null) return { ok: true, stored: result.stored };
    return { ok: true, stored: this.#commit(result.change, by, given) };
  }

  /** Stores a change, tells the trace, then the watchers; the deliveries' cause is the write's fact. */
  #commit(change: Change, by: string, given: Contents | undefined): Stored {
    const { store } = this.state;
    store.resourceVersion += 1;
    const version = store.resourceVersion;
    const object = withVersion(change.object, version);
    const stored = recordWrite(
      { sim: this.#sim, values: this.#values, state: store },
      { ...change, object, by, given },
    );
    const { before } = change;
    const last = (): Stored => {
      const form = before ?? stored;
      return { ...form, object: withVersion(form.object, version) };
    };
    if (change.type === "deleted") dropStored(store, object);
    else putStored(store, stored);
    if (change.counter !== undefined) this.#count(change.counter);
    const after = change.type === "deleted" ? null : stored;
    this.#hub.tell({ before, after, last });
    if (change.type === "created" && object.kind === "Namespace")
      this.#createServiceAccount(object.metadata.name, by);
    return after ?? last();
  }

  #count(counter: string): void {
    const counts = this.state.store.created;
    counts.set(counter, (counts.get(counter) ?? 0) + 1);
  }

  #ensureNamespace(name: string, by: string): void {
    if (this.read("Namespace", "", name) !== null) return;
    this.#aside(() => this.#createNamespace(name, by));
  }

  #createNamespace(name: string, by: string): void {
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    this.#execute({ verb: "create", object }, by);
  }

  #createServiceAccount(namespace: string, by: string): void {
    const metadata = { name: "default", namespace };
    const object = { apiVersion: "v1", kind: "ServiceAccount", metadata };
    this.#aside(() => this.#execute({ verb: "create", object }, by));
  }

  /** Does something that is no cause of what follows. */
  #aside(act: () => void): void {
    const { causes } = this.#sim.trace;
    act();
    this.#sim.trace.causes = causes;
  }
}
