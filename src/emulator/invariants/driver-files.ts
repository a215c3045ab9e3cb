/**
 * What the files of each node's CSI volumes hold, and of which generation each node's driver is: what a driver could copy
 * into a Secret. Models no real component: it reads facts.
 */
import type { DriverGeneration } from "../../kubelet-sim/index.ts";
import { driverGeneration } from "../../kubelet-sim/index.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { MINUTE_MS } from "../../kernel/time.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { AnyFact } from "../trace/facts.ts";

/**
 * How long after a file has changed a driver may still write what it held: five tries of a write to an API server that
 * is slow, each with its round trips.
 */
const WRITE_SPAN_MS: DurationMs = MINUTE_MS;

type Held = { readonly object: string; readonly version: string };

type DriverVolume = {
  readonly node: string;
  readonly files: readonly FileFact[];
  /** When it was written first since it was mounted. */
  readonly since: EpochMs;
};

export type DriverFiles = {
  /** By node. */
  generations: Map<string, DriverGeneration>;
  /** Node by pod uid. */
  nodes: Map<string, string>;
  /** CSI volumes by `<uid>/<volume>`. */
  volumes: Map<string, DriverVolume>;
  /** What such volumes held until a while ago. */
  before: {
    readonly node: string;
    readonly until: EpochMs;
    readonly files: readonly FileFact[];
  }[];
};

export function newDriverFiles(): DriverFiles {
  return {
    generations: new Map(),
    nodes: new Map(),
    volumes: new Map(),
    before: [],
  };
}

/** Takes in a fact; most change nothing. */
export function followDriverFiles(files: DriverFiles, fact: AnyFact): void {
  switch (fact.type) {
    case "csi.driver.started": {
      const { node, version } = fact.data;
      files.generations.set(node, driverGeneration(version));
      return;
    }
    case "kubelet.pod.added":
      files.nodes.set(fact.data.uid, fact.data.node);
      return;
    case "kubelet.pod.gone":
      files.nodes.delete(fact.data.uid);
      return;
    case "volume.switched":
    case "volume.verified": {
      if (fact.data.kind !== "csi") return;
      const { uid, volume } = fact.data;
      const key = `${uid}/${volume}`;
      replace(files, key, fact.t, {
        node: files.nodes.get(uid) ?? "",
        files: fact.data.files,
        since: files.volumes.get(key)?.since ?? fact.t,
      });
      return;
    }
    case "volume.unmounted":
      replace(files, `${fact.data.uid}/${fact.data.volume}`, fact.t, null);
      return;
    default:
      return;
  }
}

/** The node whose driver wrote; null for anybody else. */
export function driverNode(by: string): string | null {
  const [node = "", component, more] = by.split("/");
  return component === "csi-driver" && more === undefined ? node : null;
}

/** Whether some file on the node holds the version, or held it when a write that is seen now was begun. */
export function driverHolds(
  { volumes, before }: DriverFiles,
  node: string,
  held: Held,
  now: EpochMs,
): boolean {
  for (const volume of volumes.values())
    if (volume.node === node && holds(volume.files, held)) return true;
  return before.some(
    (old) =>
      old.node === node &&
      old.until >= now - WRITE_SPAN_MS &&
      holds(old.files, held),
  );
}

function holds(files: readonly FileFact[], { object, version }: Held): boolean {
  return files.some(
    (file) => file.object === object && file.version === version,
  );
}

function replace(
  { volumes, before }: DriverFiles,
  key: string,
  t: EpochMs,
  now: DriverVolume | null,
): void {
  const old = volumes.get(key);
  while (before.length > 0 && before[0]!.until < t - WRITE_SPAN_MS)
    before.shift();
  if (old !== undefined)
    before.push({ node: old.node, files: old.files, until: t });
  if (now === null) volumes.delete(key);
  else volumes.set(key, now);
}
