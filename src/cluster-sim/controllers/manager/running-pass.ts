/**
 * One pass on its way: which batch is under way, what it has done. Functions over plain state; the manager sends and listens.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_utils.go, pkg/controller/replicaset/replica_set.go (a worker
 *         goes through one sync, request after request, and gives up at the first error)
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { Cause } from "../../../kernel/trace.ts";
import { itemKey } from "../../client/index.ts";
import type { ApiRequest, Stored } from "../../ports.ts";
import type { Batch, Pass, PassRequest } from "../controller.ts";

export interface RunningPass {
  /** Numbers the passes of one controller: an answer names its pass. */
  readonly id: number;
  /** The object as the pass saw it. */
  readonly stored: Stored;
  readonly pass: Pass;
  readonly causes: readonly Cause[];
  /** Ordinals that the plan took and no created pod has, by workload. */
  readonly ordinals: Map<string, number[]>;
  /** Index of the batch under way; -1 before the first. */
  batch: number;
  /** Requests of it without an answer. */
  unanswered: number;
  /** The first error; null while there is none. */
  error: string | null;
  /** Whether it is one that is not told (`silent`). */
  isSilent: boolean;
  /** Pods that were created. */
  created: number;
}

/** Moves on to the next batch that is to be sent; null when the pass is over. */
export function nextBatch(running: RunningPass): Batch | null {
  const { batches } = running.pass;
  for (;;) {
    running.batch += 1;
    const batch = batches[running.batch];
    if (batch === undefined) return null;
    if (batch.requests.length > 0 && isDue(batch, running)) return batch;
  }
}

function isDue(
  { onFailure, always }: Batch,
  { error, isSilent }: RunningPass,
): boolean {
  if (onFailure === true) return error !== null && !isSilent;
  return error === null || always === true;
}

/** What a pass will have created and deleted when all goes well. */
export function podsOf({ batches }: Pass): {
  readonly creations: number;
  readonly deletions: readonly string[];
} {
  let creations = 0;
  const deletions: string[] = [];
  for (const { requests } of batches)
    for (const { request } of requests)
      if (isPodCreation(request)) creations += 1;
      else if (request.verb === "delete" && request.kind === "Pod")
        deletions.push(itemKey(request.namespace, request.name));
  return { creations, deletions };
}

export function isPodCreation(request: ApiRequest): boolean {
  return request.verb === "create" && request.object["kind"] === "Pod";
}

/** The request as it is sent: `${error}` in its texts is the first error. */
export function filledIn(
  { request }: PassRequest,
  error: string | null,
): ApiRequest {
  if (error === null) return request;
  return withError(
    request as unknown as JsonObject,
    error,
  ) as unknown as ApiRequest;
}

function withError(value: JsonValue, error: string): JsonValue {
  if (typeof value === "string")
    return value.replaceAll("${error}", () => error);
  if (Array.isArray(value)) return value.map((item) => withError(item, error));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withError(item, error)]),
  );
}
