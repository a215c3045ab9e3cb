/**
 * Readers and the versions they have seen: who goes from a newer version of an object to an older one. What no-going-back
 * judges, and what findings count. Models no real component: it reads facts.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { laneCaller } from "../trace/callers.ts";
import type { DriverFiles } from "./driver-files.ts";
import type { VaultVersions } from "./vault-versions.ts";
import {
  isFromVault,
  isVersionSet,
  madeVersion,
  rememberVersion,
} from "./vault-versions.ts";
import type { FactPlace } from "./violation.ts";
import { placeOfFact } from "./violation.ts";

/** A reader that went from a newer version to an older one. */
export type GoingBack = {
  /** `<pod uid>/<volume>` of a file; null for a key of a Secret or ConfigMap. */
  readonly volume: string | null;
  readonly namespace: string;
  /** `default/busybox secrets-store/secret1`, `default/Secret/app-secret mysecret1`. */
  readonly reader: string;
  readonly object: string;
  readonly from: { readonly version: string; readonly ordinal: number };
  readonly to: { readonly version: string; readonly ordinal: number };
  /** When the vault made `from`, by which `to` was outdated; null for literals. */
  readonly outdatedAt: EpochMs | null;
  /** Who wrote it: the component, or the caller of the API server. */
  readonly by: string;
  readonly place: FactPlace;
};

/** A place where the real system does go back, by the name under which it is reported. */
export interface UpstreamFinding {
  readonly name: string;
  /** `files`: what the drivers of the nodes could copy when it happened. */
  covers(step: GoingBack, files: DriverFiles): boolean;
}

type Held = {
  readonly version: string;
  readonly ordinal: number;
  /** What orders versions: the fact that made it, or a literal's ordinal. */
  readonly order: number;
};

/** What one volume, Secret or container has held, by `<object>|<path, key or variable>`. */
type Sink = Map<string, Held>;

interface Content {
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
}

/** What everybody has seen so far. */
export type SeenVersions = {
  versions: VaultVersions;
  /** By `<pod uid>/<volume>`, while it is mounted: what does not come from an API object. */
  volumes: Map<string, Sink>;
  /** By uid, while there is such a Secret or ConfigMap. */
  objects: Map<string, Sink>;
  /** By `<pod uid>/<container>` of a program that asks the vault itself, as long as its process lives; `lane/<name>`. */
  askers: Map<string, Sink>;
};

export function newSeenVersions(): SeenVersions {
  return {
    versions: new Map(),
    volumes: new Map(),
    objects: new Map(),
    askers: new Map(),
  };
}

/** Takes in a fact, and tells the steps back that it is. */
export function stepsBack(seen: SeenVersions, fact: AnyFact): GoingBack[] {
  if (isVersionSet(fact)) rememberVersion(seen.versions, fact);
  switch (fact.type) {
    case "volume.switched":
    case "volume.verified":
      return stepsOfVolume(seen, fact);
    case "volume.unmounted":
      seen.volumes.delete(`${fact.data.uid}/${fact.data.volume}`);
      return [];
    case "app.started":
    case "app.ended":
      seen.askers.delete(`${fact.data.uid}/${fact.data.container}`);
      return [];
    case "app.holds": {
      // What it reads from a file or from its environment is judged there.
      const { namespace, uid, container, reads, object } = fact.data;
      if (reads !== object) return [];
      const of = { key: `${uid}/${container}`, namespace, where: "memory" };
      return stepsOfAsker(seen, fact, of);
    }
    case "lane.holds": {
      const { lane } = fact.data;
      const of = { key: laneCaller(lane), namespace: "lane", where: "value" };
      return stepsOfAsker(seen, fact, of);
    }
    case "api.object.created":
    case "api.object.modified":
      return stepsOfObject(seen, fact);
    case "api.object.deleted":
      seen.objects.delete(fact.data.uid);
      return [];
    default:
      return [];
  }
}

/** Files that the kubelet reads from an API object are judged there. */
function stepsOfVolume(
  { versions, volumes }: SeenVersions,
  fact: FactNamed<"volume.switched">,
): GoingBack[] {
  const { namespace, uid, volume, files } = fact.data;
  const key = `${uid}/${volume}`;
  const sink = sinkOf(volumes, key);
  return files
    .filter(({ source }) => source === undefined)
    .flatMap((file) => {
      const where = `${volume}/${file.path}`;
      const step = readOf(versions, sink, where, file);
      const of = { volume: key, namespace, by: fact.at };
      return step === null ? [] : [goingBack(fact, where, { ...step, ...of })];
    });
}

/** An object that was made anew is another reader. */
function stepsOfObject(
  { versions, objects }: SeenVersions,
  fact: FactNamed<"api.object.modified">,
): GoingBack[] {
  const { namespace, uid, by, contents } = fact.data;
  if (contents === undefined) return [];
  const sink = sinkOf(objects, uid);
  return contents.flatMap((content) => {
    const step = readOf(versions, sink, content.key, content);
    const of = { volume: null, namespace, by };
    return step === null
      ? []
      : [goingBack(fact, content.key, { ...step, ...of })];
  });
}

/** Somebody who asks the vault without a mount. */
function stepsOfAsker(
  { versions, askers }: SeenVersions,
  fact: FactNamed<"app.holds" | "lane.holds">,
  of: {
    readonly key: string;
    readonly namespace: string;
    readonly where: string;
  },
): GoingBack[] {
  const sink = sinkOf(askers, of.key);
  const step = readOf(versions, sink, of.where, fact.data);
  if (step === null) return [];
  const { namespace, where } = of;
  return [
    goingBack(fact, where, { ...step, volume: null, namespace, by: fact.at }),
  ];
}

/** Remembers what a sink holds now under `where`; the step, if it is one back. */
function readOf(
  versions: VaultVersions,
  sink: Sink,
  where: string,
  { object, version, ordinal }: Content,
): Pick<GoingBack, "object" | "from" | "to" | "outdatedAt"> | null {
  const key = `${object}|${where}`;
  const held = sink.get(key);
  if (held?.version === version) return null;
  const order = isFromVault(object)
    ? madeVersion(versions, object, version)?.seq
    : ordinal;
  // A version that no vault made is another invariant's matter.
  if (order === undefined) return null;
  sink.set(key, { version, ordinal, order });
  if (held === undefined || order >= held.order) return null;
  const from = { version: held.version, ordinal: held.ordinal };
  const outdatedAt = madeVersion(versions, object, held.version)?.t ?? null;
  return { object, from, to: { version, ordinal }, outdatedAt };
}

function sinkOf(sinks: Map<string, Sink>, key: string): Sink {
  let sink = sinks.get(key);
  if (sink === undefined) sinks.set(key, (sink = new Map<string, Held>()));
  return sink;
}

function goingBack(
  fact: Fact,
  where: string,
  step: Omit<GoingBack, "reader" | "place">,
): GoingBack {
  const reader = `${fact.about} ${where}`;
  return { ...step, reader, place: placeOfFact(fact) };
}
