/**
 * One pass over a Deployment as it is put together: what the controller has read, and the requests it will send, in order.
 *
 * Simplification: Where upstream's Deployment controller runs into a conflict with a status that the same sync has written, and comes back, the pass ends before that second write and the watch brings the next one.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { jsonEqual } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import type { Batch, PassRequest } from "../controller.ts";
import { statusOf } from "../pod-state.ts";
import { withoutZeros } from "../status-write.ts";
import type {
  DeploymentStatus,
  DeploymentView,
  ReplicaSetView,
} from "./deployment-view.ts";
import { REVISION } from "./deployment-view.ts";

export class RolloutPlan {
  readonly deployment: DeploymentView;
  readonly now: EpochMs;
  readonly minor: number;
  /** As upstream's copy of the object: what this pass has written is in it. */
  status: DeploymentStatus;
  newOne: ReplicaSetView | null;
  readonly old: readonly ReplicaSetView[];
  readonly #batches: Batch[] = [];
  #wrote = false;

  constructor(options: {
    readonly deployment: DeploymentView;
    readonly newOne: ReplicaSetView | null;
    readonly old: readonly ReplicaSetView[];
    readonly now: EpochMs;
    readonly minor: number;
  }) {
    this.deployment = options.deployment;
    this.status = options.deployment.status;
    this.newOne = options.newOne;
    this.old = options.old;
    this.now = options.now;
    this.minor = options.minor;
  }

  get all(): readonly ReplicaSetView[] {
    return this.newOne === null ? this.old : [...this.old, this.newOne];
  }

  get batches(): readonly Batch[] {
    return this.#batches;
  }

  /** One request after the other. */
  add(...requests: readonly PassRequest[]): void {
    for (const request of requests) this.#batches.push({ requests: [request] });
  }

  /** Sent only when what was added so far failed. */
  addOnFailure(request: PassRequest): void {
    this.#batches.push({ requests: [request], onFailure: true });
  }

  /** Writes the status that was worked out, and the revision, unless all of it is there already. */
  writeStatus(revision?: string): void {
    const { annotations, stored } = this.deployment;
    const isRevised =
      revision !== undefined && annotations[REVISION] !== revision;
    const status = statusJson(this.status);
    if (!isRevised && jsonEqual(statusOf(stored.object), status)) return;
    this.add(statusWrite(this.deployment, status, revision));
    this.#wrote = true;
  }

  /** The last write of the pass: it would be refused if there was one before. */
  finish(status: DeploymentStatus): void {
    if (this.#wrote) return;
    this.status = status;
    this.writeStatus();
  }
}

export function statusJson(status: DeploymentStatus): JsonObject {
  const { conditions, collisionCount, ...numbers } = status;
  return {
    ...withoutZeros(numbers),
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(collisionCount === null ? {} : { collisionCount }),
  };
}

/**
 * Replaces the status; refused with Conflict when the object has changed since. Annotations are written along, with a new
 * revision among them.
 */
export function statusWrite(
  { stored, annotations }: DeploymentView,
  status: JsonObject,
  revision?: string,
): PassRequest {
  const { apiVersion, kind, metadata } = stored.object;
  const { name, namespace = "", uid, resourceVersion } = metadata;
  const object = {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      annotations:
        revision === undefined
          ? annotations
          : { ...annotations, [REVISION]: revision },
    },
    status,
  };
  return { request: { verb: "updateStatus", object } };
}
