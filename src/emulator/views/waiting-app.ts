/**
 * What a program that is behind waits for: the file that it reads, and then its own next look.
 *
 * Source: reloader.md 3 and alternatives.md 2 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { AppLife } from "../trace/app-history.ts";
import { appAt } from "../trace/app-history.ts";
import { entryAt } from "../trace/observation.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import type { SinkTrack } from "../trace/sink-history.ts";
import { clock, spoken } from "../trace/spoken.ts";
import type { VersionSet } from "../trace/versions.ts";
import { isVersion } from "../trace/versions.ts";
import type { Topology } from "./feeders.ts";

/** Sentences, each with its full stop. */
export function programWaits(
  topology: Topology,
  track: SinkTrack | null,
  newer: VersionSet,
  at: EpochMs,
): string[] {
  const pod = track?.pod ?? null;
  if (pod === null) return [];
  const life = appAt(topology.sinks.appsOf(pod.uid), at);
  if (life === null) return [];
  return [...sourceText(topology, pod, life, newer, at), nextLook(life)];
}

/** Whether the file that it reads is new already; empty for a program that reads none. */
function sourceText(
  { index, sinks }: Topology,
  { namespace, name }: PodInstance,
  { reads: path, container, ...life }: AppLife,
  newer: VersionSet,
  at: EpochMs,
): string[] {
  if (!path.startsWith("/")) return [];
  const who = { kind: "pod", namespace, name } as const;
  const found = sinks.resolve({ kind: "file", who, container, path });
  const [track] = found.found ? found.tracks : [];
  const entry = track === undefined ? null : entryAt(track, at);
  if (entry?.version == null) return [`Nothing is at ${path}.`];
  if (!isVersion(index, newer, entry.version))
    return [`${path} still holds v${entry.version.ordinal}.`];
  const deaf =
    life.deafAt === null
      ? ""
      : ` Its watch died at ${clock(life.deafAt)}, and it did not hear of it.`;
  return [`${path} has it since ${clock(entry.t)}.${deaf}`];
}

function nextLook({ everyMs, app }: AppLife): string {
  return everyMs === null
    ? `The program (${app}) takes it when it notices.`
    : `The program (${app}) looks every ${spoken(everyMs)}.`;
}
