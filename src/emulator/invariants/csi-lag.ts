/**
 * How far a file of a CSI volume lies behind the vault.
 *
 * Source: csi-driver.md 2.1 to 2.3, 12.2, 12.3 of the reference
 */
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { HindrancesState, Over } from "./hindrances.ts";
import { brokenUntil } from "./hindrances.ts";
import type { Lag } from "./lag.ts";
import type { DriverLife, Mount, Mounts } from "./mounts.ts";
import type { NewestVersions } from "./newest-versions.ts";
import { longestSyncGap } from "./source-lag.ts";
import type { Settings } from "../world/settings.ts";
import { isFromVault } from "./vault-versions.ts";

/** Intervals, passes or syncs that a file may lie behind. */
const LIMIT_FACTOR = 2;
const WAYS: Readonly<Record<DriverLife["generation"], readonly Over[]>> = {
  reconciler: ["fetch", "api", "driver", "node"],
  republish: ["fetch", "api", "driver", "kubelet", "node"],
};

interface CsiState {
  readonly newest: NewestVersions;
  readonly hindrances: HindrancesState;
  readonly mounts: Mounts;
}

/** Null for a file that is up to date, and for one that has a reason never to follow. */
export function csiLag(
  { newest, hindrances, mounts }: CsiState,
  { mounted, pod, driver }: Mount,
  file: FileFact,
  t: EpochMs,
): Lag | null {
  const { object, version } = file;
  const wanted = newest.get(object);
  if (!isFromVault(object) || wanted === undefined) return null;
  if (wanted.version === version || wanted.since === null) return null;
  const { settings } = hindrances;
  if (settings === null || driver === null) return null;
  if (!driver.rotation || pod.ending) return null;
  const { generation, intervalMs } = driver;
  const reconciles = generation === "reconciler";
  if (reconciles && isLeftOut(mounts, { mounted, pod, driver })) return null;
  const vault = object.slice(0, object.indexOf("/"));
  const since = Math.max(
    wanted.since,
    mounted.place.t,
    driver.startedAt,
    brokenUntil(hindrances, pod.node, WAYS[generation]),
    hindrances.access.get(vault) ?? 0,
  );
  const pass = passOf(settings, mounts, pod.node);
  const { name, namespace, node } = pod;
  return {
    namespace,
    pod: name,
    volume: mounted.volume,
    file,
    vault,
    since: reconciles ? since : Math.max(since, mounted.place.t + intervalMs),
    t,
    limitMs: reconciles
      ? LIMIT_FACTOR * Math.max(intervalMs, pass)
      : LIMIT_FACTOR * longestSyncGap(settings) + pass,
    couldRead: `the driver of ${node}, which ${reconciles ? "polls every" : "leaves young mounts alone for"} ${formatDuration(intervalMs)}, could read v${wanted.ordinal}`,
    place: mounted.place,
  };
}

/** The reconciler knows pods by their status, and of several volumes with one class takes the first. */
function isLeftOut(
  { statuses }: Mounts,
  { mounted: { volume }, pod: { namespace, name, classes } }: Mount,
): boolean {
  const own = classes.find(([other]) => other === volume)?.[1];
  if (classes.filter(([, of]) => of === own).length !== 1) return true;
  const status = `${namespace}/SecretProviderClassPodStatus/${name}-${namespace}-${own}`;
  return !statuses.has(status);
}

/** How long one pass of a node's driver over its volumes may take: each request with the most round trips it has. */
function passOf(
  { latency }: Settings,
  { volumes, pods }: Mounts,
  node: string,
): DurationMs {
  const { vault, entra, apiServer } = latency;
  let pass = 0;
  for (const { uid, kind, files } of volumes.values())
    if (kind === "csi" && pods.get(uid)?.node === node)
      pass +=
        entra + (1 + 2 * files.length) * vault + (1 + files.length) * apiServer;
  return pass;
}
