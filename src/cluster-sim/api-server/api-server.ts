/**
 * The Kubernetes API server: the object store behind list, watch, create, update, patch and delete. A request acts when
 * it is sent and its reply comes after the round trip; a write reaches watchers after the watch latency.
 * Source: kubernetes/apiserver v0.32 pkg/endpoints/handlers, pkg/storage/cacher; reference sheet kubernetes-api.md.
 *
 * Emits    api.object.created | api.object.modified | api.object.deleted, one for every write that changed something
 * Order    watch events come in resourceVersion order, each change exactly once
 *
 * Simplification: Every client may do everything; there is no authorization and no admission beyond namespace and service account.
 * Simplification: A namespace that `apply` needs is created on the way, since scenarios rarely list Namespace objects.
 * Simplification: The ServiceAccount `default` of a namespace exists as soon as the namespace does.
 * Simplification: Event objects never expire (upstream: one hour after the last write).
 */
import type { ValueBook } from "../../kernel/content.ts";
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type {
  ApiClient,
  ApiObject,
  ApiReply,
  ApiRequest,
  Contents,
  Selection,
  Stored,
  WatchEvent,
  WatchType,
} from "../ports.ts";
import { applied, applyAddress, withLastApplied } from "./apply.ts";
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
import type { Watch, WatchState } from "./watches.ts";
import { addWatch, deliveries, newWatchState, removeWatch } from "./watches.ts";
import type { Change, WriteContext, WriteResult } from "./writes.ts";
import { planCreate, planDelete, planPatch, planUpdate } from "./writes.ts";

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
}

const FIRST_NAMESPACES = [
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
];

export class ApiServer implements Component {
  readonly name = "api-server";
  state: ApiServerState = { store: newStoreState(), watches: newWatchState() };
  readonly #sim: Simulation;
  readonly #values: ValueBook;
  readonly #config: () => ApiServerConfig;

  constructor(options: {
    readonly sim: Simulation;
    /** Where the bytes of literal Secrets are kept. */
    readonly values: ValueBook;
    readonly config: () => ApiServerConfig;
  }) {
    this.#sim = options.sim;
    this.#values = options.values;
    this.#config = options.config;
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
      call: (request, replyTo) => {
        const reply = this.#execute(request, caller);
        if (replyTo.target === "") return;
        sendReply(this.#sim, replyTo, this.#config().latencyMs, reply);
      },
      watch: (selection, to) => this.#watch(selection, to),
      unwatch: (id) => removeWatch(this.state.watches, id),
    };
  }

  /**
   * As `kubectl apply`, at once: creates or updates. The namespace of a manifest without one is `default`; a missing
   * namespace is created first. `contents` says which vault versions are behind a Secret's keys.
   */
  apply(
    manifest: JsonObject,
    options: { readonly by: string; readonly contents?: Contents },
  ): ApiReply {
    const problems = validateManifest(manifest);
    if (problems.length > 0) return refusalOf(manifest, problems);
    const kind = stringOf(manifest["kind"]);
    const info = servedKind(stringOf(manifest["apiVersion"]), kind)!;
    const { name, namespace } = applyAddress(manifest, info.namespaced);
    if (name === "") return badRequest("cannot use generate name with apply");
    if (info.namespaced) this.#ensureNamespace(namespace, options.by);
    const metadata = {
      ...(manifest["metadata"] as JsonObject),
      ...(info.namespaced ? { namespace } : {}),
    };
    const wanted = withLastApplied({ ...manifest, metadata });
    const { by, contents } = options;
    const live = this.read(kind, namespace, name);
    const given = contents === undefined ? {} : { contents };
    return this.#execute(
      live === null
        ? { verb: "create", object: wanted, ...given }
        : { verb: "update", object: applied(live.object, wanted), ...given },
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
    return this.#execute(
      { verb: "delete", kind: info.kind, namespace, name },
      by,
    );
  }

  /** What the store holds now; null when it is not there. For commands and views, not for components. */
  read(kind: string, namespace: string, name: string): Stored | null {
    const info = kindInfo(kind);
    if (info === null) return null;
    const key = storeKey(info.namespaced ? namespace : "", name);
    return getStored(this.state.store, kind, key);
  }

  handle(event: SimEvent): void {
    throw new InvariantViolation(
      "UnexpectedEvent",
      `Failed to handle ${event.type}: nothing is ever scheduled for the API server`,
    );
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
    if (change.type === "created") this.#count(object);
    const after = change.type === "deleted" ? null : stored;
    const found = deliveries(this.state.watches, { before, after, last });
    for (const delivery of found)
      this.#deliver(delivery.watch, delivery.change, delivery.stored);
    if (change.type === "created" && object.kind === "Namespace")
      this.#createServiceAccount(object.metadata.name, by);
    return after ?? last();
  }

  #count(created: ApiObject): void {
    const { namespace = "", name } = created.metadata;
    const counter = `${created.kind}/${namespace}/${name}`;
    const counts = this.state.store.created;
    counts.set(counter, (counts.get(counter) ?? 0) + 1);
  }

  #deliver(watch: Watch, change: WatchType, stored: Stored | null): void {
    const { now } = this.#sim;
    const at: EpochMs = Math.max(
      now + this.#config().watchLatencyMs,
      watch.lastDueAt,
    );
    watch.lastDueAt = at;
    const event: WatchEvent = {
      type: "watch",
      tag: watch.to.tag,
      change,
      stored,
    };
    const { target } = watch.to;
    this.#sim.schedule({ at, rank: Rank.watchDelivery, target, event });
  }

  #watch(selection: Selection, to: ReplyTo): number {
    const filter = filterOf(selection);
    if ("ok" in filter)
      throw new InvariantViolation(
        "WatchRefused",
        `Failed to watch ${selection.kind} for ${to.target}: ${filter.error.message}`,
      );
    const { kind } = selection;
    const watch = addWatch(this.state.watches, { kind, filter, to });
    for (const stored of listStored(this.state.store, kind, filter))
      this.#deliver(watch, "ADDED", stored);
    this.#deliver(watch, "SYNCED", null);
    return watch.id;
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
