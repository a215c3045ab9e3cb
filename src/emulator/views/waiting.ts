/**
 * What a sink that is behind waits for: the next tick, the next sync of its pod, its next container, or nothing, with
 * the reason; and what is broken on its way.
 *
 * Source: csi-driver.md 2.1 to 2.3 and 5.4, kubelet.md 1.3, 3, 5 and 6 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import { entryAt } from "../trace/observation.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import { clock, spoken } from "../trace/spoken.ts";
import type { VersionSet } from "../trace/versions.ts";
import { isVersion, objectOf } from "../trace/versions.ts";
import type { WhyChain } from "../trace/why-chain.ts";
import { boundSentence } from "./bound.ts";
import { boundAt, boundOf } from "./bounds.ts";
import type { Topology } from "./feeders.ts";
import { csiVolumesAt } from "./feeders.ts";
import { longestResync } from "./resync-parts.ts";
import { essence } from "./timeline-words.ts";
import { secretBehind, sourcesOf } from "./volume-sources.ts";
import { containerState, isGiven, nextContainer } from "./waiting-container.ts";
import { programWaits } from "./waiting-app.ts";
import { brokenNow, fileWaits, secretWaits } from "./waiting-driver.ts";

/** Sentences, each with its full stop; empty for a sink that holds the vault's newest version or does not exist. */
export function waitingFor(topology: Topology, chain: WhyChain): string[] {
  const { sink, at, newer, track, holds } = chain;
  if (chain.missing !== null) return [];
  const pod = track?.pod ?? null;
  if (holds === null) return pod === null ? [] : noValue(topology, chain, pod);
  if (newer === null) return [];
  const news = `The vault has v${newer.data.ordinal} since ${clock(newer.t)}.`;
  const bound = boundAt(topology, sink, objectOf(newer), at);
  if (bound.kind === "never")
    return [
      news,
      `This sink never follows: ${bound.reason}.`,
      ...(isGiven(chain) ? nextContainer(topology, chain, newer) : []),
    ];
  if (bound.kind === "atStart") return [news];
  if (bound.kind === "unbounded")
    return [
      news,
      `Nothing limits when this sink follows: ${bound.reason}.`,
      ...(isGiven(chain) ? nextContainer(topology, chain, newer) : []),
    ];
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
  newer: VersionSet,
): string[] {
  if (sink.kind === "secret") return secretWaits(topology, sink, newer, at);
  if (sink.kind === "app") return programWaits(topology, track, newer, at);
  const pod = track?.pod ?? null;
  const place = track?.place ?? null;
  const volume = pod?.volumes.find(({ name }) => name === place?.volume);
  if (pod === null || place === null || volume === undefined) return [];
  if (sourcesOf(volume).length > 0)
    return refreshWaits(topology, { pod, volume, path: place.path }, newer, at);
  const mounted = csiVolumesAt(topology.sinks, at).find(
    (each) => each.pod === pod && each.name === volume.name,
  );
  return mounted === undefined ? [] : fileWaits(topology, mounted, newer, at);
}

/** Why there is nothing at all: a volume that is not mounted, or a container that is not there. */
function noValue(
  topology: Topology,
  chain: WhyChain,
  pod: PodInstance,
): string[] {
  const unmounted = failedMount(topology, pod, chain.at);
  if (chain.sink.kind === "app")
    return [...(unmounted ?? []), "Its program holds nothing yet."];
  if (!isGiven(chain)) return unmounted ?? ["Its volume is not mounted yet."];
  return [...(unmounted ?? []), ...containerState(topology, chain, pod)];
}

/** Null when no volume of the pod waits for its mount. */
function failedMount(
  { index, sinks }: Topology,
  pod: PodInstance,
  at: EpochMs,
): string[] | null {
  const failed = index
    .ofType("volume.failed")
    .findLast(
      (fact) =>
        fact.data.uid === pod.uid &&
        fact.t <= at &&
        sinks.filesAt(pod.uid, fact.data.volume, at) === null,
    );
  if (failed === undefined) return null;
  const { volume, error, backoffMs } = failed.data;
  return [
    `Volume ${volume} is not mounted: at ${clock(failed.t)} its mount failed with: ${error}`,
    `It is tried again ${spoken(backoffMs)} after that; each failure doubles the wait.`,
  ];
}

/** Either the Secret itself is behind, or the kubelet has yet to sync the pod. */
function refreshWaits(
  topology: Topology,
  {
    pod,
    volume,
    path,
  }: {
    readonly pod: PodInstance;
    readonly volume: PodInstance["volumes"][number];
    readonly path: string;
  },
  newer: VersionSet,
  at: EpochMs,
): string[] {
  const { index, sinks } = topology;
  const object = objectOf(newer);
  const key = secretBehind(topology, { object, t: at }, pod, volume, path);
  if (key === null) return [];
  const name = `Secret ${key.namespace}/${key.secret}`;
  const write = sinks
    .secretWrites(key.namespace, key.secret)
    .findLast((each) => each.t <= at);
  const held = write?.contents?.find((content) => content.object === object);
  if (write === undefined || held === undefined)
    return [`${name} does not hold ${object}.`];
  if (!isVersion(index, newer, held))
    return [
      `${name} still holds v${held.ordinal}.`,
      ...secretWaits(topology, key, newer, at),
    ];
  const resolution = sinks.resolve({ kind: "secret", ...key });
  const since = resolution.found
    ? (entryAt(resolution.tracks[0]!, at)?.t ?? write.t)
    : write.t;
  const { kubelet, latency } = index.settingsAt(at);
  const latest = since + latency.watch + longestResync(kubelet.syncFrequency);
  return [
    `${name} has it since ${clock(since)}.`,
    ...failedRefresh(topology, pod, volume.name, since, at),
    ...brokenNow(index, at, {
      node: pod.node,
      vault: null,
      api: true,
      processes: ["kubelet"],
    }),
    `It waits for the kubelet's next sync of the pod, 1 to 1.5 times the syncFrequency of ${spoken(kubelet.syncFrequency)} after its last one: by ${clock(latest)} at the latest.`,
  ];
}

function failedRefresh(
  { index }: Topology,
  { uid }: PodInstance,
  volume: string,
  since: EpochMs,
  at: EpochMs,
): string[] {
  const failed = index
    .ofType("volume.failed")
    .findLast(
      ({ t, data }) =>
        data.uid === uid && data.volume === volume && t >= since && t <= at,
    );
  return failed === undefined
    ? []
    : [
        `Its last refresh failed at ${clock(failed.t)} and is tried again ${spoken(failed.data.backoffMs)} later: ${essence(failed.data.error)}`,
      ];
}
