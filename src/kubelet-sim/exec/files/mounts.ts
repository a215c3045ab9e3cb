/**
 * What is mounted where in a container: its own root, and a disk for each of its volume mounts.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go (makeMounts), pkg/volume/util/subpath
 * (a subPath is opened when the container is made and bound from then on)
 * Simplification: Volumes of kinds without a model here (hostPath, claims and the like) refuse every access inside a container with a text of Keyturn's own.
 */
import { VOLUME_ROOT_MODE } from "../../pod-fs/apply-plan.ts";
import type { NodeVolumes } from "../../node-volumes.ts";
import { hasSubPath } from "../../pod-files.ts";
import type { VolumeMount } from "../../pod-spec.ts";
import { specOf, volumeKind } from "../../pod-spec.ts";
import type { RunningContainer } from "../../ports.ts";
import { baseRoot, makeMountPoint } from "./base-root.ts";
import type { Disk } from "./inode.ts";
import { makeDirectories, newDisk } from "./inode.ts";
import type { Bound } from "./volume-disk.ts";
import { pinnedDisk, volumeDisk } from "./volume-disk.ts";
import type { WritableDisks } from "./writable-disks.ts";

/** A writable disk by name: `root`, or `emptyDir/<volume>`. */
export type DiskName = string;

export interface Mount {
  /** Absolute, without a slash at the end; empty for the root. */
  readonly at: string;
  readonly device: number;
  /** Null: nothing of it can be written. */
  readonly writable: DiskName | null;
  /** Null: a kind of volume that is not modelled. */
  readonly disk: Disk | null;
  /** Inode number of what is mounted. */
  readonly root: number;
}

/** The overlay of a container, and what comes after it. */
const ROOT_DEVICE = 0x2d;
const FIRST_VOLUME_DEVICE = 0x100;

export interface MountSources {
  readonly container: RunningContainer;
  readonly volumes: NodeVolumes;
  readonly disks: WritableDisks;
}

/** The root first; each later mount lies over the ones before. */
export function mountsOf(sources: MountSources): Mount[] {
  const { container, disks } = sources;
  const mounts = (container.spec.volumeMounts ?? []).map((mount, i) =>
    mountOf(sources, mount, FIRST_VOLUME_DEVICE + i),
  );
  const root = disks.root(container, () => {
    const made = baseRoot(container);
    for (const { at, disk, root: inode } of mounts) {
      const directory = disk?.inodes.get(inode)?.kind !== "file";
      const { startedAt } = container;
      makeMountPoint(made, at, { directory, mtimeMs: startedAt });
    }
    return made;
  });
  const { readOnlyRootFilesystem } = (container.spec.securityContext ?? {}) as {
    readonly readOnlyRootFilesystem?: boolean;
  };
  const writable = readOnlyRootFilesystem === true ? null : "root";
  const own = { at: "", device: ROOT_DEVICE, writable, disk: root };
  return [{ ...own, root: root.root }, ...mounts];
}

function mountOf(
  sources: MountSources,
  mount: VolumeMount,
  device: number,
): Mount {
  const { container, volumes, disks } = sources;
  const { uid } = container.pod.object.metadata;
  const at = mount.mountPath.replace(/\/+$/, "");
  const volume = specOf(container.pod.object).volumes?.find(
    ({ name }) => name === mount.name,
  );
  const kind = volume === undefined ? "other" : volumeKind(volume);
  if (kind === "other")
    return { at, device, writable: null, disk: null, root: 0 };
  if (kind === "emptyDir") {
    const memory = volume?.emptyDir?.medium === "Memory";
    const make = () =>
      newDisk(memory ? "tmpfs" : "overlay", {
        mode: 0o777,
        mtimeMs: container.startedAt,
      });
    const disk = disks.emptyDir(uid, mount.name, make);
    const subPath = pinOf(container, mount)?.subPath ?? mount.subPath ?? "";
    const names = subPath.split("/").filter((name) => name !== "");
    const { startedAt } = container;
    const root = makeDirectories(disk, names, startedAt, 0o750) ?? disk.root;
    const writable = mount.readOnly === true ? null : `emptyDir/${mount.name}`;
    return { at, device, writable, disk, root };
  }
  const image = volumes.imageOf(uid, mount.name);
  return {
    at,
    device,
    writable: null,
    ...readOnlyDisk(container, mount, image),
  };
}

function pinOf({ config }: RunningContainer, { mountPath }: VolumeMount) {
  return config.pinned.find((file) => file.mountPath === mountPath);
}

/** What the AtomicWriter keeps; a `subPath` of it is what it was when the container was made. */
function readOnlyDisk(
  container: RunningContainer,
  mount: VolumeMount,
  image: ReturnType<NodeVolumes["imageOf"]>,
): Bound {
  const mtimeMs = container.startedAt;
  if (hasSubPath(mount))
    return pinnedDisk(pinOf(container, mount), image, mtimeMs);
  const disk =
    image === null
      ? newDisk("tmpfs", { mode: VOLUME_ROOT_MODE, mtimeMs })
      : volumeDisk(image);
  return { disk, root: disk.root };
}
