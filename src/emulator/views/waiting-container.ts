/**
 * What a sink that a container was given at its creation waits for: its next container, and what keeps that from being
 * created.
 *
 * Source: kubelet.md 4.4, 5, 8.3 and 8.4 of the reference
 */
import { SYNC_ERROR_BACKOFF_MS } from "../trace/defaults.ts";
import type { FactIndex, FactNamed } from "../trace/fact-index.ts";
import type { SinkName } from "../trace/names.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import { jittered } from "../trace/rule-texts.ts";
import { clock } from "../trace/spoken.ts";
import type { VersionSet } from "../trace/versions.ts";
import { objectOf } from "../trace/versions.ts";
import type { WhyChain } from "../trace/why-chain.ts";
import type { Topology } from "./feeders.ts";

/** Whether a sink is an environment variable or a file that a subPath mount pins. */
export function isGiven({ sink, track }: WhyChain): boolean {
  return sink.kind === "env" || track?.place?.pinned === true;
}

/** What a container that is created now would get, and whether one will be. */
export function nextContainer(
  topology: Topology,
  chain: WhyChain,
  newer: VersionSet,
): string[] {
  const pod = chain.track?.pod ?? null;
  if (pod === null) return [];
  const source = sourceNow(topology, chain, pod, objectOf(newer));
  return [
    ...(source === null
      ? []
      : [
          `A container that is created now gets v${source.ordinal}: that is what ${source.where} holds.`,
        ]),
    ...endedText(topology.index, chain, pod),
  ];
}

/** What stands behind the sink at the instant: the object of a variable, the volume of a pinned file. */
function sourceNow(
  { sinks }: Topology,
  { track, holds, at }: WhyChain,
  pod: PodInstance,
  object: string,
): { readonly ordinal: number; readonly where: string } | null {
  const place = track?.place ?? null;
  if (place !== null) {
    const files = sinks.filesAt(pod.uid, place.volume, at) ?? [];
    const file = files.find((each) => each.object === object);
    return file === undefined
      ? null
      : { ordinal: file.ordinal, where: `volume ${place.volume}` };
  }
  const [kind, name] = holds?.source?.split("/") ?? [];
  if (kind !== "Secret" || name === undefined) return null;
  const write = sinks
    .secretWrites(pod.namespace, name)
    .findLast(({ t }) => t <= at);
  const held = write?.contents?.find((content) => content.object === object);
  const where = `Secret ${pod.namespace}/${name}`;
  return held === undefined ? null : { ordinal: held.ordinal, where };
}

/** Why a sink of a container has no value: the container is not created, has ended, or is held back. */
export function containerState(
  { index }: Topology,
  chain: WhyChain,
  pod: PodInstance,
): string[] {
  const container = containerOf(chain.sink, chain, pod);
  const ended = endedText(index, chain, pod);
  if (ended.length > 0) return ended;
  return [
    container === null
      ? "Its container is not created yet."
      : `Container ${container} is not created yet.`,
  ];
}

/** Empty while the container lives, and before its first try. */
function endedText(
  index: FactIndex,
  chain: WhyChain,
  pod: PodInstance,
): string[] {
  const container = containerOf(chain.sink, chain, pod);
  const own = ({
    t,
    data,
  }: FactNamed<
    "container.created" | "container.exited" | "container.waiting"
  >) =>
    t <= chain.at &&
    data.uid === pod.uid &&
    (container === null || data.container === container);
  const created = index.ofType("container.created").findLast(own)?.seq ?? -1;
  const exited = index.ofType("container.exited").findLast(own);
  const waiting = index.ofType("container.waiting").findLast(own);
  const texts: string[] = [];
  if (exited !== undefined && exited.seq > created)
    texts.push(
      `Container ${exited.data.container} ended at ${clock(exited.t)} with exit code ${exited.data.exitCode}.`,
    );
  if (waiting !== undefined && waiting.seq > created)
    texts.push(waitingText(waiting));
  return texts;
}

function waitingText({ t, data }: FactNamed<"container.waiting">): string {
  const { container, reason, message } = data;
  const what = `Container ${container} waits with ${reason} since ${clock(t)}: ${message}`;
  return reason === "CrashLoopBackOff"
    ? `${what}. When that is over it is created anew, with what its sources hold then.`
    : `${what}. The kubelet tries again every ${jittered(SYNC_ERROR_BACKOFF_MS)}, for as long as it takes.`;
}

function containerOf(
  sink: SinkName,
  { track }: WhyChain,
  pod: PodInstance,
): string | null {
  if (sink.kind === "file") return track?.place?.container ?? sink.container;
  if (sink.kind !== "env") return null;
  if (sink.container !== null) return sink.container;
  const said = pod.environment.find(
    ({ variable, prefix }) =>
      variable === sink.variable ||
      (variable === null && sink.variable.startsWith(prefix)),
  );
  return said?.container ?? null;
}
