/**
 * What a sink that is behind waits for: the next tick, the next sync of its pod, or nothing, with the reason.
 *
 * Source: csi-driver.md 2.1 and 2.2, kubelet.md 1.3 and 3 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import { ROTATION_RETRY_MS } from "../trace/defaults.ts";
import { lastInstance } from "../trace/fact-index.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import { entryAt } from "../trace/observation.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import { clock, spoken } from "../trace/spoken.ts";
import type { SecretSet } from "../trace/versions.ts";
import { isVersion, objectOf } from "../trace/versions.ts";
import type { WhyChain } from "../trace/why-chain.ts";
import { boundSentence } from "./bound.ts";
import { boundAt, boundOf, resyncParts } from "./bounds.ts";
import type { SecretKey, Topology } from "./feeders.ts";
import { feedersOf } from "./feeders.ts";

/** Sentences, each with its full stop; empty for a sink that holds the vault's newest version or does not exist. */
export function waitingFor(topology: Topology, chain: WhyChain): string[] {
  const { sink, at, newer, track, holds } = chain;
  if (chain.missing !== null) return [];
  const pod = track?.pod ?? null;
  if (holds === null) return pod === null ? [] : failedMount(topology, pod, at);
  if (newer === null) return [];
  const news = `The vault has v${newer.data.ordinal} since ${clock(newer.t)}.`;
  const bound = boundAt(topology, sink, objectOf(newer), at);
  if (bound.kind === "never")
    return [news, `This sink never follows: ${bound.reason}.`];
  if (bound.kind === "atStart") return [news];
  const limit = boundOf(topology, sink, newer);
  const longest =
    limit.kind === "within"
      ? [`From the vault to this sink it takes ${boundSentence(limit)}.`]
      : [];
  return [news, ...nextStep(topology, chain, newer), ...longest];
}

function nextStep(
  topology: Topology,
  { sink, at, track }: WhyChain,
  newer: SecretSet,
): string[] {
  if (sink.kind === "secret") return secretWaits(topology, sink, newer, at);
  const pod = track?.pod ?? null;
  const volume = pod?.volumes.find(({ name }) => name === track?.place?.volume);
  if (pod === null || volume === undefined) return [];
  return volume.kind === "secret"
    ? refreshWaits(topology, pod, volume.source, newer, at)
    : pollWaits(topology, pod, newer, at);
}

function failedMount(
  { index }: Topology,
  pod: PodInstance,
  at: EpochMs,
): string[] {
  const failed = index
    .ofType("volume.failed")
    .findLast((fact) => fact.data.uid === pod.uid && fact.t <= at);
  if (failed === undefined) return ["Its volume is not mounted yet."];
  const { volume, error, backoffMs } = failed.data;
  return [
    `Volume ${volume} is not mounted: at ${clock(failed.t)} its mount failed with: ${error}`,
    `It is tried again ${spoken(backoffMs)} after that; each failure doubles the wait.`,
  ];
}

/** The driver of the pod's node has yet to ask, or has asked in vain, or is writing. */
function pollWaits(
  topology: Topology,
  pod: PodInstance,
  newer: SecretSet,
  at: EpochMs,
): string[] {
  const { index } = topology;
  const own = `${pod.namespace}/${pod.name}`;
  const asked = index
    .ofType("vault.request")
    .filter(
      ({ data }) => data.pod === own && data.version === newer.data.version,
    )
    .map((fact) => lastInstance(fact, at))
    .find((instance) => instance !== null);
  if (asked !== undefined && asked !== null)
    return [
      `The driver asked for it at ${clock(asked.t)} and writes the file when its mount is complete.`,
    ];
  return [
    ...failedReconcile(index, pod, newer, at),
    tickText(topology, pod.node!, at),
  ];
}

function failedReconcile(
  index: Topology["index"],
  pod: PodInstance,
  newer: SecretSet,
  at: EpochMs,
): string[] {
  let last: { t: EpochMs; error: string } | null = null;
  for (const fact of index.ofType("csi.rotation.failed")) {
    const { namespace, name, error } = fact.data;
    if (namespace !== pod.namespace || name !== pod.name) continue;
    const t = lastInstance(fact, at)?.t ?? -1;
    if (t >= newer.t && (last === null || t >= last.t)) last = { t, error };
  }
  return last === null
    ? []
    : [
        `Its last reconcile failed at ${clock(last.t)} and is tried again every ${spoken(ROTATION_RETRY_MS)}: ${last.error}`,
      ];
}

/** The next tick of a node's driver after `at`. */
function tickText({ index }: Topology, node: string, at: EpochMs): string {
  const driver = index.driverAt(node, at);
  const tick = driver === null ? null : nextTick(driver, at);
  if (driver === null || tick === null)
    return `It waits for the driver of ${node} to start with rotation switched on.`;
  const every = spoken(driver.data.rotationPollIntervalMs);
  return `It waits for the next tick of the driver on ${node} at ${clock(tick)}, one every ${every} (rotationPollInterval).`;
}

function nextTick(
  { data }: FactNamed<"csi.driver.started">,
  at: EpochMs,
): EpochMs | null {
  const { rotation, firstTickMs, rotationPollIntervalMs } = data;
  if (!rotation || firstTickMs === null) return null;
  if (at < firstTickMs) return firstTickMs;
  const passed = Math.floor((at - firstTickMs) / rotationPollIntervalMs);
  return firstTickMs + (passed + 1) * rotationPollIntervalMs;
}

function secretWaits(
  topology: Topology,
  secret: SecretKey,
  newer: SecretSet,
  at: EpochMs,
): string[] {
  const nodes = new Set(
    feedersOf(topology, secret, at).map(({ node }) => node),
  );
  const soonest = [...nodes]
    .map((node) => {
      const driver = topology.index.driverAt(node, at);
      return { node, tick: driver === null ? null : nextTick(driver, at) };
    })
    .reduce<{ node: string; tick: EpochMs | null } | null>(
      (best, each) =>
        best === null || (each.tick ?? Infinity) < (best.tick ?? Infinity)
          ? each
          : best,
      null,
    );
  if (soonest === null) return [];
  const which = `v${newer.data.ordinal}`;
  return [
    `The driver writes ${which} into the Secret in the reconcile that finds it.`,
    tickText(topology, soonest.node, at),
  ];
}

/** Either the Secret itself is behind, or the kubelet has yet to sync the pod. */
function refreshWaits(
  topology: Topology,
  pod: PodInstance,
  secret: string,
  newer: SecretSet,
  at: EpochMs,
): string[] {
  const { index, sinks } = topology;
  const object = objectOf(newer);
  const { namespace } = pod;
  const write = sinks
    .secretWrites(namespace, secret)
    .findLast((each) => each.t <= at);
  const held = write?.contents?.find((content) => content.object === object);
  if (held === undefined)
    return [`Secret ${namespace}/${secret} does not hold ${object}.`];
  const key = { namespace, secret, key: held.key };
  if (!isVersion(index, newer, held))
    return [
      `Secret ${namespace}/${secret} still holds v${held.ordinal}.`,
      ...secretWaits(topology, key, newer, at),
    ];
  const resolution = sinks.resolve({ kind: "secret", ...key });
  const since = resolution.found
    ? (entryAt(resolution.tracks[0]!, at)?.t ?? write!.t)
    : write!.t;
  const { kubelet, latency } = index.settingsAt(at);
  const longest = resyncParts(kubelet.syncFrequency).reduce(
    (sum, part) => sum + part.ms,
    latency.watch,
  );
  return [
    `Secret ${namespace}/${secret} has it since ${clock(since)}.`,
    `It waits for the kubelet's next sync of the pod, 1 to 1.5 times the syncFrequency of ${spoken(kubelet.syncFrequency)} after its last one: by ${clock(since + longest)} at the latest.`,
  ];
}
