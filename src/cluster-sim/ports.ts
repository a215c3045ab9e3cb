/**
 * What components of the cluster, on nodes and beside them, ask of others: the API server, the vault, Entra ID.
 * Each call's answer is a later event (`kernel/port.ts`). Connected in `emulator/world`.
 */
import type { ContentRef } from "../kernel/content.ts";
import type { SimEvent } from "../kernel/event-queue.ts";
import type { JsonObject, JsonValue } from "../kernel/json.ts";
import type { ReplyTo } from "../kernel/port.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import type { Cause } from "../kernel/trace.ts";

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` of a stored object: name, uid, resourceVersion, generation and creationTimestamp are always there. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** An API object as the server holds it: immutable, shared by everybody who reads it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [member: string]: unknown;
}

/**
 * Which vault version or literal is behind each key of a Secret's data, or of a ConfigMap's data and binaryData: known to
 * the world, invisible through the API.
 */
export type Contents = Readonly<Record<string, ContentRef>>;

/** A stored object with what travels beside it. */
export interface Stored {
  readonly object: ApiObject;
  readonly contents?: Contents;
  /** `seq` of the fact of the write that made this form; a write that leaves no fact has none. */
  readonly fact?: number;
  readonly lineage?: Lineage;
}

/**
 * Whose object this is, of how many: known to the world, invisible through the API. Draws about an object that a
 * controller made, its name among them, go by this and not by its generated name (design 3).
 */
export interface Lineage {
  /** The workload at the top: `default/deployment/web`, `default/statefulset/db`, `default/job/report`, `default/replicaset/web`. */
  readonly workload: string;
  /** Which of the workload's pods it is, counted from 0 over its whole life; a StatefulSet's is the pod's own. Null for what is between the workload and its pods (ReplicaSet, a CronJob's Job). */
  readonly ordinal: number | null;
}

export interface ObjectKey {
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

export interface Selection {
  readonly kind: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** `app=web,tier!=cache,has` … */
  readonly labelSelector?: string;
  /** `spec.nodeName=node-0`, `metadata.name=x` … */
  readonly fieldSelector?: string;
}

export type PatchType = "merge" | "strategic" | "json";

export type ApiRequest =
  | ({ readonly verb: "get" } & ObjectKey)
  | ({ readonly verb: "list" } & Selection)
  | {
      readonly verb: "create";
      /** A manifest: uid, resourceVersion and the like are the server's to give. */
      readonly object: JsonObject;
      readonly contents?: Contents;
      readonly lineage?: Lineage;
    }
  | {
      readonly verb: "update" | "updateStatus";
      /** With `metadata.resourceVersion`: refused with Conflict when it is not the current one. */
      readonly object: JsonObject;
      readonly contents?: Contents;
    }
  | ({
      readonly verb: "patch" | "patchStatus";
      /** `merge` (default): RFC 7386, `null` removes. `strategic`: Kubernetes' own, lists merged by key. `json`: RFC 6902. */
      readonly patchType?: PatchType;
      /** A list of operations for `json`, else an object. */
      readonly patch: JsonObject | readonly JsonObject[];
      readonly contents?: Contents;
    } & ObjectKey)
  | ({
      readonly verb: "delete";
      /** 0 removes at once. Default: 30 s for pods, at once for others. */
      readonly gracePeriodSeconds?: number;
      /** Refused with Conflict when the object has another uid. */
      readonly uid?: string;
    } & ObjectKey);

/**
 * A `metav1.Status` failure: `code` is the HTTP status, `message` upstream's text. Code 0: there was no answer at all, and
 * `message` is Go's error of the connection.
 */
export interface ApiError {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export type ApiReply =
  | { readonly ok: true; readonly stored: Stored }
  | { readonly ok: true; readonly items: readonly Stored[] }
  | { readonly ok: false; readonly error: ApiError };

export type WatchType = "ADDED" | "MODIFIED" | "DELETED" | "SYNCED";

/**
 * One delivery of a watch. SYNCED (no object) follows the initial objects, which come as ADDED. A watch that lost its
 * connection begins anew by itself: what changed meanwhile comes in resourceVersion order, a DELETED in the form that was
 * known last, and one more SYNCED follows.
 */
export interface WatchEvent extends SimEvent {
  readonly type: "watch";
  readonly tag: JsonObject;
  readonly change: WatchType;
  readonly stored: Stored | null;
}

/** A caller's connection to the API server: latency, caller name and faults are its own. */
export interface ApiClient {
  call(request: ApiRequest, replyTo: ReplyTo): void;
  /**
   * Streams changes to `to` as WatchEvents, in resourceVersion order; returns the id for `unwatch`. While the connection
   * is lost nothing arrives, and the watch comes back with client-go's back-off.
   */
  watch(selection: Selection, to: ReplyTo): number;
  unwatch(id: number): void;
}

/** A program of the control plane (Reloader, Wave) in the container that runs it. */
export interface ProgramProcess {
  /** `<pod uid>/<container>/<attempt>` */
  readonly id: string;
  readonly namespace: string;
  /** The pod's name. */
  readonly pod: string;
  readonly serviceAccount: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Who runs the programs that Keyturn knows by their image: told by nodes when a container starts and ends. */
export interface ProgramHost {
  /** Whether an image is a program that Keyturn knows. */
  knows(image: string): boolean;
  started(process: ProgramProcess): void;
  /** However it ended: nothing of it runs any more. */
  ended(id: string): void;
}

/** A service that takes a credential: what an application of the run authenticates with against it. */
export interface CredentialChecker {
  /** Answered by a later event, `CredentialReply`. */
  request(
    request: {
      readonly database: string;
      /** `namespace/name` of the pod. */
      readonly pod: string;
      /** What it presents. */
      readonly credential: ContentRef;
    },
    replyTo: ReplyTo,
  ): void;
}

export interface CredentialReply {
  readonly accepted: boolean;
}

/**
 * What goes wrong on the way to a peer, or at the peer. `drop`: nothing answers until the caller's own patience ends;
 * `refuse`: the connection is refused at once; `slow`: so much longer; `respond`: that answer instead of the real one.
 */
export type FaultEffect =
  | { readonly kind: "drop" | "refuse" }
  | { readonly kind: "slow"; readonly byMs: DurationMs }
  | {
      readonly kind: "respond";
      /** HTTP status. */
      readonly status: number;
      /** Default: what the real service sends with that status. */
      readonly code?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    };

export type * from "./vault-ports.ts";

/** What a product of another room says of itself as a lane. */
export type { LaneProduct } from "./lanes/lane.ts";

/** For the docs of those who answer: a cause may travel in a reply as plain data. */
export type { Cause, EpochMs, JsonValue };
