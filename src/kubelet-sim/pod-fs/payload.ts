/**
 * The content of one mounted Secret, projected or CSI volume as plain data, without any file system. A world with thousands of pods keeps only
 * these (payloads are shared between pods and generations); files are laid out when somebody looks (`materialise` in `apply-plan.ts`).
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go (FileProjection, the layout around `..data`)
 */
import { byCodeUnit } from "../../kernel/json.ts";
import { cleanPath } from "./path-rules.ts";

/** One file that a container sees. Callers attach fields of their own, such as the vault version it came from. */
export interface PayloadFile {
  /** Relative to the volume's root, cleaned. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Permission bits, for instance 0o644. */
  readonly mode: number;
}

/** Sorted by path with `<`, each path once. */
export type Payload<F extends PayloadFile = PayloadFile> = readonly F[];

/** A mounted volume. `mtimeMs` is the volume root's own: what the CSI driver >= 1.6 reads to decide whether to rotate. */
export interface VolumeImage<F extends PayloadFile = PayloadFile> {
  /** The timestamp directory that `..data` names, such as `..2026_11_21_23_40_05.1234567890`; null before the first write. */
  readonly dirName: string | null;
  readonly payload: Payload<F>;
  /** Virtual milliseconds since the epoch. */
  readonly mtimeMs: number;
  /** Counts writes. */
  readonly generation: number;
  /** The pod's `fsGroup`: its bits are on the root and on every directory below. */
  readonly fsGroup?: number;
}

/** A volume's root directory as the mount left it: nothing inside, not even `..data`. */
export function emptyVolume<F extends PayloadFile = PayloadFile>(
  mountedAtMs: number,
  fsGroup?: number,
): VolumeImage<F> {
  const image = { dirName: null, payload: [], generation: 0 } as const;
  const group = fsGroup === undefined ? {} : { fsGroup };
  return { ...image, mtimeMs: mountedAtMs, ...group };
}

/**
 * Puts files in order, cleans their paths and, where two have the same path, keeps the later one, as a map keyed by path does.
 * Paths must have passed `path-rules.ts` before: cleaning hides a `..` inside.
 */
export function payloadOf<F extends PayloadFile>(
  files: Iterable<F>,
): Payload<F> {
  const byPath = new Map<string, F>();
  for (const file of files) {
    const path = cleanPath(file.path);
    byPath.set(path, path === file.path ? file : { ...file, path });
  }
  return [...byPath.values()].sort((a, b) => byCodeUnit(a.path, b.path));
}

/** The file at a clean relative path, or undefined. */
export function fileAt<F extends PayloadFile>(
  payload: Payload<F>,
  path: string,
): F | undefined {
  return payload.find((file) => file.path === path);
}

/** The first path elements, sorted, each once: the names of the links in the volume's root. */
export function topLevelNames(payload: Payload): string[] {
  const names = new Set(payload.map(({ path }) => path.split("/")[0] ?? path));
  return [...names].sort(byCodeUnit);
}

/** `a/b/c` -> `a`, `a/b`: the directories that hold a path, outermost first. */
export function parentsOf(path: string): string[] {
  const elements = path.split("/");
  return elements.slice(1).map((_, i) => elements.slice(0, i + 1).join("/"));
}
