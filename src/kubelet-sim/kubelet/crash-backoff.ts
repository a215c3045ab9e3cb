/**
 * How long a container that ends again and again waits for its restart: client-go's Backoff as the kubelet uses it. The
 * first end restarts at once and arms 10 s; each further restart doubles what is waited for next.
 *
 * Source: kubernetes/kubernetes v1.35 staging/src/k8s.io/client-go/util/flowcontrol/backoff.go,
 *         pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff), pkg/kubelet/kubelet.go (newCrashLoopBackOff); kubelet.md 8.4
 * Simplification: The kubelet's housekeeping never forgets a restart back-off, though upstream's forgets one ten minutes after its last restart, even while its container waits.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  CRASH_BACKOFF_INITIAL_MS,
  CRASH_BACKOFF_MAX_MS,
  CRASH_BACKOFF_RESET_MS,
} from "../defaults.ts";
import type { NodeConfig } from "../ports.ts";

interface CrashEntry {
  backoffMs: DurationMs;
  /** When the entry was made or doubled: the last restart. */
  restartedAt: EpochMs;
}

/** By `<pod uid>/<container>/<image>`. Plain data of the owner. */
export type CrashBackoffs = Map<string, CrashEntry>;

/** From this minor version on the longest delay can be configured. */
const CONFIGURABLE_MINOR = 35;

interface CrashLimits {
  readonly initialMs: DurationMs;
  readonly maxMs: DurationMs;
}

export function crashLimits(config: NodeConfig): CrashLimits {
  const maxMs =
    config.kubernetesMinor >= CONFIGURABLE_MINOR
      ? config.maxContainerRestartMs
      : CRASH_BACKOFF_MAX_MS;
  return { initialMs: Math.min(CRASH_BACKOFF_INITIAL_MS, maxMs), maxMs };
}

/** The delay that a container which ended at `finishedAt` is still in, and when it is over; null: it may restart now. */
export function crashWait(
  backoffs: CrashBackoffs,
  key: string,
  finishedAt: EpochMs,
  now: EpochMs,
): { readonly backoffMs: DurationMs; readonly expiresAt: EpochMs } | null {
  const entry = backoffs.get(key);
  if (entry === undefined || hasExpired(entry, finishedAt)) return null;
  const expiresAt = finishedAt + entry.backoffMs;
  return now < expiresAt ? { backoffMs: entry.backoffMs, expiresAt } : null;
}

/** The container restarts now: the next end will wait twice as long. */
export function noteRestart(
  backoffs: CrashBackoffs,
  key: string,
  at: { readonly finishedAt: EpochMs; readonly now: EpochMs },
  limits: CrashLimits,
): void {
  const entry = backoffs.get(key);
  const anew = entry === undefined || hasExpired(entry, at.finishedAt);
  const backoffMs = anew
    ? limits.initialMs
    : Math.min(entry.backoffMs * 2, limits.maxMs);
  backoffs.set(key, { backoffMs, restartedAt: at.now });
}

/** Forgets every container of a pod. */
export function forgetCrashes(backoffs: CrashBackoffs, uid: string): void {
  for (const key of backoffs.keys())
    if (key.startsWith(`${uid}/`)) backoffs.delete(key);
}

function hasExpired({ restartedAt }: CrashEntry, finishedAt: EpochMs): boolean {
  return finishedAt - restartedAt > CRASH_BACKOFF_RESET_MS;
}
