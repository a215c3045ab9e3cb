/** Jobs that say how long they stay after their end. */
import { expect, it } from "vitest";
import { ttlAfterFinishedController } from "../../../../src/cluster-sim/controllers/job/ttl-after-finished.controller.ts";
import type {
  Pass,
  PassContext,
} from "../../../../src/cluster-sim/controllers/controller.ts";
import { Draws } from "../../../../src/kernel/draw.ts";
import type { EpochMs } from "../../../../src/kernel/time.ts";
import { SECOND_MS, toRfc3339 } from "../../../../src/kernel/time.ts";
import { START } from "../../support.ts";

const TTL_SECONDS = 100;

function passAt(now: EpochMs, type: string | null): Pass {
  const end = { type, status: "True", lastTransitionTime: toRfc3339(START) };
  const object = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "report",
      namespace: "default",
      uid: "u",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: toRfc3339(START),
    },
    spec: { ttlSecondsAfterFinished: TTL_SECONDS },
    status: type === null ? {} : { conditions: [end] },
  };
  const context: PassContext = {
    now,
    caches: { get: () => null, list: () => [], ownedBy: () => [] },
    draws: new Draws(1),
    minor: 33,
    nodes: [],
    lastError: null,
    nextOrdinal: () => 0,
  };
  return ttlAfterFinishedController.sync({ object }, context);
}

const DUE = START + TTL_SECONDS * SECOND_MS;

it.each(["Complete", "Failed"])(
  "deletes a Job that is %s when its time is over",
  (type) => {
    expect(passAt(DUE - 1, type)).toEqual({ batches: [], againAfterMs: 1 });
    expect(passAt(DUE, type).batches).toMatchObject([
      {
        requests: [
          {
            request: {
              verb: "delete",
              kind: "Job",
              namespace: "default",
              name: "report",
              uid: "u",
            },
          },
        ],
      },
    ]);
  },
);

it("leaves a Job alone that has not ended", () => {
  expect(passAt(DUE, null)).toEqual({ batches: [] });
});
