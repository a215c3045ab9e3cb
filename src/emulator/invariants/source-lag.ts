/**
 * How far a file of a Secret, ConfigMap or projected volume lies behind the object that the kubelet reads it from.
 *
 * Source: kubelet.md 1.2, 1.3, 2 of the reference
 */
import type { FileFact } from "../../kubelet-sim/facts.ts";
import {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
  secretCacheTtl,
} from "../../kubelet-sim/index.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Settings } from "../world/settings.ts";
import type { HindrancesState } from "./hindrances.ts";
import { brokenUntil } from "./hindrances.ts";
import type { Lag } from "./lag.ts";
import type { Mount } from "./mounts.ts";
import { sourceKey } from "./object-history.ts";
import type { SourceObjects } from "./source-objects.ts";

/** Syncs that a file may lie behind: one that came too early, and the next one. */
const SYNCS = 2;

interface SourceState {
  readonly hindrances: HindrancesState;
  readonly sources: SourceObjects;
}

/** Null for a file that is up to date, and for one that has a reason never to follow. */
export function sourceLag(
  { hindrances, sources }: SourceState,
  { mounted, pod }: Mount,
  file: FileFact,
  t: EpochMs,
): Lag | null {
  const { source, resourceVersion } = file;
  if (source === undefined || resourceVersion === undefined) return null;
  const { name, namespace, node, ending } = pod;
  const object = sources.get(sourceKey(namespace, source));
  const read = Number(resourceVersion);
  const { settings, nodes } = hindrances;
  if (ending || settings === null) return null;
  if (object === undefined || object.contents === null) return null;
  if (read >= object.resourceVersion || read <= object.immutableUpTo)
    return null;
  const held = object.contents.some(
    (content) =>
      content.object === file.object &&
      content.version === file.version &&
      content.form === file.form,
  );
  if (held) return null;
  const { latency } = settings;
  const ttl = secretCacheTtl(nodes.length);
  return {
    namespace,
    pod: name,
    volume: mounted.volume,
    file,
    vault: null,
    since: Math.max(
      object.changedAt,
      mounted.place.t,
      brokenUntil(hindrances, node, ["api", "kubelet", "node"]),
    ),
    t,
    limitMs:
      SYNCS * longestSyncGap(settings) +
      ttl +
      latency.watch +
      latency.apiServer,
    couldRead: `the kubelet of ${node} could read resourceVersion ${object.resourceVersion} of ${source}`,
    place: mounted.place,
  };
}

/** The longest time from one sync of a healthy pod to what the next one has set up. */
export function longestSyncGap({ kubelet }: Settings): DurationMs {
  const { syncFrequency } = kubelet;
  return (
    syncFrequency +
    Math.ceil((syncFrequency * WORKER_JITTER_PERCENT) / 100) +
    SYNC_TICK_PERIOD_MS +
    POPULATOR_PERIOD_MS +
    RECONCILER_PERIOD_MS
  );
}
