/**
 * What a workload controller is to kube-controller-manager: which objects concern it, and what one pass over one of its
 * objects does. The manager (`manager/controller-manager.ts`) owns the shared caches, the queues, the expectations and the
 * requests; a controller plans.
 *
 * Source: kubernetes/kubernetes v1.35 cmd/kube-controller-manager, client-go tools/cache (shared informers),
 * util/workqueue, pkg/controller/controller_utils.go (expectations)
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Draws } from "../../kernel/draw.ts";
import type { MachineSetOptions } from "../../kernel/machine-runner.ts";
import type { MachineEvent } from "../../kernel/machine-table.ts";
import type { InformerChange } from "../client/index.ts";
import type { ApiRequest, Stored } from "../ports.ts";

/** What the manager's shared informers hold: read only. */
export interface Caches {
  /** By kind and `namespace/name`; null when the cache has no such object. */
  get(kind: string, key: string): Stored | null;
  /** Of one kind and namespace, in the order of `namespace/name`. */
  list(kind: string, namespace: string): readonly Stored[];
  /** Objects whose controlling owner has this uid (empty: those without one), in the order of `namespace/name`. */
  ownedBy(kind: string, uid: string): readonly Stored[];
}

export interface PassContext {
  readonly now: EpochMs;
  readonly caches: Caches;
  readonly draws: Draws;
  /** Kubernetes minor version, for texts and rules that differ. */
  readonly minor: number;
  /** Names of the nodes, in order. */
  readonly nodes: readonly string[];
  /** Message of the error that ended the last pass over this key; null when it succeeded, or there was none. */
  readonly lastError: string | null;
  /** Whether pods of the last passes are still expected; only a controller that `passesWhileExpecting` ever sees it true. */
  readonly expecting?: boolean;
  /** The ordinal of the next pod of a workload (`Lineage`), counted up. */
  nextOrdinal(workload: string): number;
}

/** An Event about the key's object. `${name}` in the message is the name that the server gave what was created. */
export interface PassEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Plain data, as all of a pass. */
export interface PassRequest {
  readonly request: ApiRequest;
  /** Told once it has succeeded. */
  readonly succeeded?: PassEvent;
  /** Told when it failed; `${error}` is the server's message. */
  readonly failed?: PassEvent;
  /** Reasons of failures that are as good as success: `AlreadyExists`, `NotFound` … */
  readonly forgiven?: readonly string[];
  /** Reasons of failures that end the pass without a word: neither `failed` nor `onFailure` follows. */
  readonly silent?: readonly string[];
}

/** Requests that are sent at once; the next batch follows when all are answered. */
export interface Batch {
  readonly requests: readonly PassRequest[];
  /** Sent even when an earlier batch failed: the status, mostly. */
  readonly always?: boolean;
  /** Sent only when an earlier batch failed; `${error}` in any text of its requests is the first error's message. */
  readonly onFailure?: boolean;
}

/**
 * One pass. A request that fails ends it after its batch (but for `always`), and the key comes back with the queue's back-off:
 * 5 ms, doubled up to 1,000 s. Events without a request (`events`) are told at its beginning.
 */
export interface Pass {
  readonly batches: readonly Batch[];
  readonly events?: readonly PassEvent[];
  /** Look again after so long (AddAfter): what is only a matter of time. */
  readonly againAfterMs?: DurationMs;
}

export interface Controller {
  /** Its queue, its connection and the source of its Events: `deployment-controller`. */
  readonly name: string;
  /** The kind whose `namespace/name` are its keys. */
  readonly kind: string;
  /** Kinds whose changes it hears of, its own among them. */
  readonly watches: readonly string[];
  /**
   * Whether passes wait until every pod that the last one created or deleted has been seen in the cache (expectations; given
   * up after 5 min).
   */
  readonly expectsPods: boolean;
  /** Passes go on meanwhile, told by `expecting`, and create and delete no pods: upstream then writes the status alone. */
  readonly passesWhileExpecting?: boolean;
  /** Keys that are worked on side by side. Default 5. */
  readonly workers?: number;
  /** A key that fails once more than so often in a row is dropped until something else brings it. Default: never. */
  readonly maxRetries?: number;
  /** By kind: how long a change waits before the key that it concerns is queued (AddAfter). Default: not at all. */
  readonly delays?: Readonly<Record<string, DurationMs>>;
  readonly follow?: Follower;
  /** Keys that a change in a cache concerns. */
  affected(
    kind: string,
    change: InformerChange,
    caches: Caches,
  ): readonly string[];
  /** Pure but for draws of ordinals. The object may be waiting for its deletion; one that is gone gets no pass. */
  sync(stored: Stored, context: PassContext): Pass;
}

/**
 * A machine that follows each object of the controller's kind and owns the timers that are no AddAfter. Its one effect is
 * named `requeue`: the object's key is queued.
 */
export interface Follower {
  /** Name of its set: `rollouts`. */
  readonly name: string;
  readonly machine: MachineSetOptions<unknown, MachineEvent>["machine"];
  /** What it is told when the cache has a new form of the object, right after its start too. */
  observed(stored: Stored, now: EpochMs): MachineEvent;
}
