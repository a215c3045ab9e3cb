/**
 * The TTL-after-finished controller: deletes a Job so long after its end as it says itself.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/ttlafterfinished/ttlafterfinished_controller.go
 *
 * Timers   ttlSecondsAfterFinished   from the time of the condition Complete or Failed to the deletion
 */
import { SECOND_MS, parseInstant } from "../../../kernel/time.ts";
import { stringOf } from "../../api-server/validation/reading.ts";
import type { Stored } from "../../ports.ts";
import { ownKeys } from "../affected-keys.ts";
import type { Controller, Pass, PassContext } from "../controller.ts";
import { isTerminating, specOf } from "../pod-state.ts";
import { finishedCondition } from "./job-status.ts";

const KIND = "Job";

export const ttlAfterFinishedController: Controller = {
  name: "ttl-after-finished-controller",
  kind: KIND,
  watches: [KIND],
  expectsPods: false,
  affected: (kind, change, caches) => ownKeys(KIND, kind, change, caches),
  sync,
};

function sync(job: Stored, { now }: PassContext): Pass {
  const seconds = specOf(job.object)["ttlSecondsAfterFinished"];
  const finished = finishedCondition(job);
  if (typeof seconds !== "number" || finished === null || isTerminating(job))
    return { batches: [] };
  const at = parseInstant(stringOf(finished["lastTransitionTime"])) ?? now;
  const left = at + seconds * SECOND_MS - now;
  if (left > 0) return { batches: [], againAfterMs: left };
  const { namespace = "", name, uid } = job.object.metadata;
  const request = { verb: "delete", kind: KIND, namespace, name, uid } as const;
  return { batches: [{ requests: [{ request, forgiven: ["NotFound"] }] }] };
}
