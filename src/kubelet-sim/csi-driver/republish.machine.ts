/**
 * One mounted volume as a driver from 1.6 on sees it: whether a republish by the kubelet may fetch.
 *
 * States   fresh: the mount directory's mtime is younger than the interval, a publish answers OK at once. due: the next
 *          publish fetches, and each one after it, until a fetch brings other bytes.
 * Timers   none: the age is judged when a publish asks (`now < mtime + interval` is young), so that a quiet volume costs nothing
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/secrets-store/nodeserver.go NodePublishVolume, utils.go
 *         getLastUpdateTime; csi-driver.md 2.3, 12.3
 * Input    { mtimeMs, intervalMs }
 * Emits    nothing; the node server reads the state
 * From code alone: the interval of a republishing driver counts from the mount directory's last change, so that after one interval without new content every pod sync fetches.
 */
import { assign, setup } from "xstate";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";

export interface RepublishContext {
  /** Of the mount directory: moves at the mount and when the atomic writer changes an entry. */
  readonly mtimeMs: EpochMs;
  readonly intervalMs: DurationMs;
}

export type RepublishEvent =
  /** NodePublishVolume was called at `at` and read the directory's mtime. */
  | {
      readonly type: "publish.asked";
      readonly at: EpochMs;
      readonly mtimeMs: EpochMs;
    }
  | { readonly type: "files.switched"; readonly mtimeMs: EpochMs };

export const republishMachine = setup({
  types: {
    context: {} as RepublishContext,
    events: {} as RepublishEvent,
    input: {} as RepublishContext,
  },
  guards: {
    isYoung: ({ context, event }) =>
      event.type === "publish.asked" &&
      event.at < event.mtimeMs + context.intervalMs,
  },
  actions: {
    rememberAge: assign({ mtimeMs: ({ event }) => event.mtimeMs }),
  },
}).createMachine({
  id: "republish",
  context: ({ input }) => ({ ...input }),
  initial: "fresh",
  states: {
    fresh: {
      on: {
        "publish.asked": [
          { guard: "isYoung", actions: "rememberAge" },
          { target: "due", actions: "rememberAge" },
        ],
        "files.switched": { actions: "rememberAge" },
      },
    },
    due: {
      on: {
        "publish.asked": [
          { guard: "isYoung", target: "fresh", actions: "rememberAge" },
          { actions: "rememberAge" },
        ],
        "files.switched": { target: "fresh", actions: "rememberAge" },
      },
    },
  },
});
