/**
 * What workload controllers read off a pod.
 * Source: kubernetes/kubernetes v1.35 pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS, parseInstant } from "../../kernel/time.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../api-server/validation/reading.ts";
import type { ApiObject, Stored } from "../ports.ts";

/** `apps.ControllerRevisionHashLabelKey`. */
export const REVISION_LABEL = "controller-revision-hash";

export function specOf(object: ApiObject): JsonObject {
  return objectOf(object["spec"] as JsonValue | undefined);
}

export function statusOf(object: ApiObject): JsonObject {
  return objectOf(object["status"] as JsonValue | undefined);
}

export function intOf(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

export function phaseOf({ object }: Stored): string {
  return stringOf(statusOf(object)["phase"]);
}

export function isTerminating({ object }: Stored): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Neither finished nor on its way out: `controller.IsPodActive`. */
export function isActive(pod: Stored): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

export function isFinished(pod: Stored): boolean {
  const phase = phaseOf(pod);
  return phase === "Succeeded" || phase === "Failed";
}

export function isReady(pod: Stored): boolean {
  return readyCondition(pod)?.["status"] === "True";
}

/** Ready for longer than `minReadySeconds`, by the whole seconds of its condition: `podutil.IsPodAvailable`. */
export function isAvailable(
  pod: Stored,
  minReadySeconds: number,
  now: EpochMs,
): boolean {
  const ready = readyCondition(pod);
  if (ready?.["status"] !== "True") return false;
  if (minReadySeconds === 0) return true;
  const since = parseInstant(stringOf(ready["lastTransitionTime"]));
  return since !== null && since + minReadySeconds * SECOND_MS < now;
}

function readyCondition({ object }: Stored): JsonObject | undefined {
  return listOf(statusOf(object)["conditions"]).find(
    ({ type }) => type === "Ready",
  );
}

export function labelOf({ object }: Stored, name: string): string {
  return object.metadata.labels?.[name] ?? "";
}

/** The name of the node that it runs on; empty while it waits for one. */
export function nodeOf({ object }: Stored): string {
  return stringOf(specOf(object)["nodeName"]);
}

/** Since when it is ready, by the whole seconds of its condition; null: it is not. */
export function readySinceOf(pod: Stored): EpochMs | null {
  const ready = readyCondition(pod);
  if (ready?.["status"] !== "True") return null;
  return parseInstant(stringOf(ready["lastTransitionTime"]));
}
