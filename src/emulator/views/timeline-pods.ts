/** What the timeline remembers of pods, from line to line. Models no real component. */
import type { FactNamed } from "../trace/fact-index.ts";
import type { SinkVersion } from "../trace/versions.ts";
import type { FileFact, MountFact } from "./timeline-words.ts";

/** What a container was given at its creation, by variable and by the path of a pinned file. */
export type Given = ReadonlyMap<string, SinkVersion>;

export interface ContainerStory {
  readonly init: boolean;
  readonly given: Given;
  /** Whether it was held back by CrashLoopBackOff once: its restarts are counted from then on. */
  loops: boolean;
}

export interface PodStory {
  readonly mounts: readonly MountFact[];
  running: boolean;
  ending: boolean;
  /** The payload of each volume; of one that was unmounted the last one. */
  readonly volumes: Map<string, readonly FileFact[]>;
  /** Volumes that a running pod has lost. */
  readonly lost: Set<string>;
  readonly containers: Map<string, ContainerStory>;
}

/** Pods by uid. */
export type PodStories = Map<string, PodStory>;

export function newPodStory(mounts: readonly MountFact[]): PodStory {
  return {
    mounts,
    running: false,
    ending: false,
    volumes: new Map(),
    lost: new Set(),
    containers: new Map(),
  };
}

export function givenOf({
  data,
}: FactNamed<"container.created">): Map<string, SinkVersion> {
  return new Map<string, SinkVersion>([
    ...data.variables.map((held) => [held.variable, held] as const),
    ...data.pinned.map((held) => [held.path, held] as const),
  ]);
}
