/**
 * A container whose environment akv2k8s' injector fills in: its first process asks the vault, then becomes the real program.
 * Nothing renews the environment but another start.
 *
 * Knobs    none (env_injector_retries 3, env_injector_wait_before_retry 3 s are as they come)
 * States   a start asks; a start that fails four times ends with exit code 1, and the kubelet starts the container again later
 * Timers   AKV2K8S_ENV_WAIT_MS    3 s, doubled, AKV2K8S_ENV_RETRIES 3 times: within one start
 *          CRASH_LOOP_BACKOFF_MS  10 s, doubled up to 5 min: between two starts
 * Source: SparebankenVest/azure-key-vault-to-kubernetes (2026-07) cmd/azure-keyvault-env/{main,environment}.go; alternatives.md 4.4
 * Simplification: A lane of akv2k8s' env injector stands for one container; a start takes no time beside its requests.
 */
import type { DurationMs } from "../../kernel/time.ts";
import {
  AKV2K8S_ENV_RETRIES,
  AKV2K8S_ENV_WAIT_MS,
  CRASH_LOOP_BACKOFF_MAX_MS,
  CRASH_LOOP_BACKOFF_MS,
} from "../defaults.ts";
import { AKV2K8S_LANE } from "./akv2k8s.lane.ts";
import type { LaneProduct } from "./lane.ts";
import { doubling } from "./lane.ts";

export const AKV2K8S_ENV_LANE: LaneProduct = {
  ...AKV2K8S_LANE,
  kind: "akv2k8s-env",
  title: "akv2k8s env injector",
  hears: "process start",
  defaultEveryMs: null,
  publishes: "environment",
  refreshes: "env of a process",
  podRestart: "yes",
  worstDelay: () => null,
  readsPerHour: () => null,
  rhythm: "none",
  refresh: null,
  gets: ["hold"],
  serviceAccount: "default/default",
  retry: startAgain,
};

/** Tries in a start, then the next start. */
function startAgain(failures: number): DurationMs {
  const tries = AKV2K8S_ENV_RETRIES + 1;
  const inStart = (failures - 1) % tries;
  const starts = Math.ceil(failures / tries);
  return inStart < AKV2K8S_ENV_RETRIES
    ? AKV2K8S_ENV_WAIT_MS * 2 ** inStart
    : doubling(CRASH_LOOP_BACKOFF_MS, CRASH_LOOP_BACKOFF_MAX_MS, starts);
}
