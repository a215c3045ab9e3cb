/** kubelet.md 13.8: the numbers that everything on a node leans on. */
import { expect, test } from "vitest";
import * as defaults from "../../../src/kubelet-sim/defaults.ts";
import { aWorld } from "../../support/world.ts";

test("the constants of a node have upstream's values, in milliseconds [KUBELET-13.8-01]", () => {
  const { kubelet, latency } = aWorld().world.settings;
  expect(kubelet.syncFrequency).toBe(60_000);
  expect(kubelet.configMapAndSecretChangeDetectionStrategy).toBe("Watch");
  expect(kubelet.maxContainerRestartPeriod).toBe(300_000);
  expect(latency.watch).toBe(20);
  expect(defaults).toMatchObject({
    WORKER_JITTER_PERCENT: 50,
    SYNC_ERROR_BACKOFF_MS: 10_000,
    SYNC_TRANSIENT_BACKOFF_MS: 1_000,
    SYNC_TICK_PERIOD_MS: 1_000,
    PLEG_RELIST_PERIOD_MS: 1_000,
    POPULATOR_PERIOD_MS: 100,
    RECONCILER_PERIOD_MS: 100,
    MOUNT_CHECK_PERIOD_MS: 300,
    MOUNT_WAIT_TIMEOUT_MS: 123_000,
    MOUNT_BACKOFF_INITIAL_MS: 500,
    MOUNT_BACKOFF_MAX_MS: 122_000,
    CSI_CALL_TIMEOUT_MS: 120_000,
    CRASH_BACKOFF_INITIAL_MS: 10_000,
    CRASH_BACKOFF_MAX_MS: 300_000,
    CRASH_BACKOFF_RESET_MS: 600_000,
    OBJECT_IDLE_SYNC_PERIODS: 5,
    HOUSEKEEPING_PERIOD_MS: 2_000,
    STATUS_PASS_PERIOD_MS: 10_000,
  });
});
