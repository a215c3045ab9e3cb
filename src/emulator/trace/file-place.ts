/**
 * From a path inside a container to a file of a volume: the mount with the longest matching path wins, as in the
 * kernel's mount table, and `..data` is the directory that AtomicWriter's links lead through.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/util/atomic_writer.go (layout), pkg/volume/util/subpath (subPath mounts)
 * Simplification: A container is taken to have a path as soon as a mount covers it, whether or not the file is there.
 */
import type { MountFact } from "../../kubelet-sim/facts.ts";

/** Where a path of a container ends up. */
export interface FilePlace {
  readonly container: string;
  readonly volume: string;
  /** Relative to the volume, without `..data/`. */
  readonly path: string;
  /** A subPath mount: the file stays the one that the container started with. */
  readonly pinned: boolean;
}

const DATA_LINK = "..data";
const GENERATION = /^\.\.\d{4}_\d{2}_\d{2}_/;

/**
 * One place for each container that has the path, in order of the mounts; with `container`, that one's only.
 * Containers without a mount over the path have none.
 */
export function placesOf(
  mounts: readonly MountFact[],
  container: string | null,
  path: string,
): FilePlace[] {
  const wanted = segments(path);
  const best = new Map<string, MountFact>();
  for (const mount of mounts) {
    if (container !== null && mount.container !== container) continue;
    if (!startsWith(wanted, segments(mount.mountPath))) continue;
    const other = best.get(mount.container);
    if (other === undefined || depth(mount) > depth(other))
      best.set(mount.container, mount);
  }
  return [...best.values()].map((mount) => placeIn(mount, wanted));
}

function placeIn(mount: MountFact, wanted: readonly string[]): FilePlace {
  const rest = wanted.slice(depth(mount));
  if (rest[0] === DATA_LINK) rest.shift();
  const inside = mount.subPath === null ? [] : segments(mount.subPath);
  return {
    container: mount.container,
    volume: mount.volume,
    path: [...inside, ...rest].join("/"),
    pinned: mount.subPath !== null,
  };
}

/** Whether a path names AtomicWriter's timestamped directory, which is another one after each write. */
export function namesGeneration(path: string): boolean {
  return segments(path).some((segment) => GENERATION.test(segment));
}

/** The absolute path of a volume's file in a container that mounts the volume; null where a subPath leaves it out. */
export function pathThrough(mount: MountFact, file: string): string | null {
  if (mount.subPath === null)
    return `/${[...segments(mount.mountPath), file].join("/")}`;
  const inside = segments(mount.subPath);
  const whole = segments(file);
  if (!startsWith(whole, inside)) return null;
  const rest = whole.slice(inside.length);
  return `/${[...segments(mount.mountPath), ...rest].join("/")}`;
}

/** `/mnt//x/./y/../z/` -> mnt, x, z. */
function segments(path: string): string[] {
  const out: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") out.pop();
    else if (segment !== "" && segment !== ".") out.push(segment);
  }
  return out;
}

function depth(mount: MountFact): number {
  return segments(mount.mountPath).length;
}

function startsWith(
  path: readonly string[],
  prefix: readonly string[],
): boolean {
  return prefix.every((segment, i) => path[i] === segment);
}
