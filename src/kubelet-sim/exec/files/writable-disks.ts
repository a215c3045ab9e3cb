/**
 * What containers write: a layer for each container, gone with it, and the emptyDir volumes of each pod, gone with the
 * pod. A container's layer is kept from its first write on; until then it is the same for whoever looks.
 */
import type { ContainerConfig, RunningContainer } from "../../ports.ts";
import type { Disk } from "./inode.ts";

export interface WritableDisksState {
  /** By `<uid>/<container>`. */
  readonly roots: Map<
    string,
    { readonly attempt: number; readonly disk: Disk }
  >;
  /** By pod uid, then by volume. */
  readonly emptyDirs: Map<string, Map<string, Disk>>;
}

export function noWritableDisks(): WritableDisksState {
  return { roots: new Map(), emptyDirs: new Map() };
}

/** Roots that nobody has written to, by what their containers were made with: looking costs nothing the second time. */
const untouched = new WeakMap<ContainerConfig, Disk>();

export class WritableDisks {
  readonly #state: WritableDisksState;

  constructor(state: WritableDisksState) {
    this.#state = state;
  }

  /** The container's root disk: kept, or what `make` makes. */
  root(container: RunningContainer, make: () => Disk): Disk {
    const kept = this.#state.roots.get(keyOf(container));
    if (kept?.attempt === container.attempt) return kept.disk;
    const { config } = container;
    const disk = untouched.get(config) ?? make();
    untouched.set(config, disk);
    return disk;
  }

  /** Keeps a root disk that is about to change. */
  keepRoot(container: RunningContainer, disk: Disk): void {
    const { attempt } = container;
    const key = keyOf(container);
    untouched.delete(container.config);
    if (this.#state.roots.get(key)?.disk !== disk)
      this.#state.roots.set(key, { attempt, disk });
  }

  emptyDir(uid: string, volume: string, make: () => Disk): Disk {
    let disks = this.#state.emptyDirs.get(uid);
    if (disks === undefined) {
      disks = new Map();
      this.#state.emptyDirs.set(uid, disks);
    }
    let disk = disks.get(volume);
    if (disk === undefined) {
      disk = make();
      disks.set(volume, disk);
    }
    return disk;
  }

  dropRoot(uid: string, container: string): void {
    this.#state.roots.delete(`${uid}/${container}`);
  }

  /** The node rebooted: what was in memory is gone. */
  dropMemory(): void {
    for (const disks of this.#state.emptyDirs.values())
      for (const [volume, { type }] of disks)
        if (type === "tmpfs") disks.delete(volume);
  }

  dropPod(uid: string): void {
    this.#state.emptyDirs.delete(uid);
  }
}

function keyOf({ pod, spec }: RunningContainer): string {
  return `${pod.object.metadata.uid}/${spec.name}`;
}
