/**
 * Reading a file the way a container would: from the path inside the container to the volume behind it.
 *
 * Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go (makeMounts)
 */
import type { ApiObject } from "../cluster-sim/ports.ts";
import type { NodeVolumes, PodFile } from "./node-volumes.ts";
import type { VolumeImage } from "./pod-fs/index.ts";
import { DATA_DIR, cleanPath, fileAt } from "./pod-fs/index.ts";
import type { ContainerSpec, VolumeMount } from "./pod-spec.ts";
import { specOf } from "./pod-spec.ts";
import type { PinnedFile, RunningContainer } from "./ports.ts";

/** A place in a volume, relative to its root; empty for the root itself. */
export interface VolumePath {
  readonly container: string;
  readonly volume: string;
  readonly path: string;
}

/** Every container's volume and relative path behind an absolute path; the longest mount path wins in each. */
export function volumePaths(pod: ApiObject, path: string): VolumePath[] {
  return specOf(pod).containers.flatMap((container) => {
    const found = mountOf(container, path);
    if (found === null) return [];
    const { mount, rest } = found;
    const inside = [mount.subPath ?? "", rest].filter((p) => p !== "");
    return [
      { container: container.name, volume: mount.name, path: inside.join("/") },
    ];
  });
}

/** The file at a path of a mounted volume, through `..data` and the timestamp directory too; null when there is none. */
export function fileInVolume(
  volumes: NodeVolumes,
  uid: string,
  { volume, path }: VolumePath,
): PodFile | null {
  const image = volumes.imageOf(uid, volume);
  return image === null ? null : fileInImage(image, path).file;
}

/**
 * What a running container reads at an absolute path now: from a volume what is there, from a `subPath` mount what was
 * there when the container was made. Null where it sees no file of a volume.
 */
export function fileOfContainer(
  volumes: NodeVolumes,
  { pod, spec, config }: RunningContainer,
  path: string,
): PodFile | null {
  const found = mountOf(spec, path);
  if (found === null) return null;
  const { mount, rest } = found;
  const { uid } = pod.object.metadata;
  const image = volumes.imageOf(uid, mount.name);
  if (!hasSubPath(mount))
    return image === null ? null : fileInImage(image, rest).file;
  const pin = config.pinned.find(
    ({ mountPath }) => mountPath === mount.mountPath,
  );
  if (pin === undefined) return null;
  if (rest === "") return pin.file;
  return image === null ? null : inDirectory(image, pin, rest);
}

/** The volume that a container sees at a path as it changes; null where none is mounted, or a `subPath` of one. */
export function volumeAt(
  container: ContainerSpec,
  path: string,
): { readonly volume: string; readonly path: string } | null {
  const found = mountOf(container, path);
  if (found === null || hasSubPath(found.mount)) return null;
  return { volume: found.mount.name, path: found.rest };
}

export function hasSubPath({ subPath, subPathExpr }: VolumeMount): boolean {
  return (subPath ?? "") !== "" || (subPathExpr ?? "") !== "";
}

/** Files below a directory that a `subPath` mount holds, with their paths in the volume: none once the volume has moved on. */
export function pinnedDirectoryFiles(
  image: VolumeImage<PodFile>,
  { directory }: PinnedFile,
): readonly PodFile[] {
  if (directory?.generation !== image.generation) return [];
  const prefix = directory.path === "" ? "" : `${directory.path}/`;
  return image.payload.filter(({ path }) => path.startsWith(prefix));
}

/** `path`: where it leads to in the payload, without `..data` or the timestamp directory. */
export function fileInImage(
  image: VolumeImage<PodFile>,
  path: string,
): { readonly path: string; readonly file: PodFile | null } {
  const [first = "", ...rest] = path.split("/").filter((part) => part !== "");
  const hidden = first === DATA_DIR || first === image.dirName;
  const inside = (hidden ? rest : [first, ...rest]).join("/");
  const clean = inside === "" ? "" : cleanPath(inside);
  return { path: clean, file: fileAt(image.payload, clean) ?? null };
}

function inDirectory(
  image: VolumeImage<PodFile>,
  pin: PinnedFile,
  rest: string,
): PodFile | null {
  const prefix = pin.directory?.path ?? "";
  const path = cleanPath(prefix === "" ? rest : `${prefix}/${rest}`);
  const files = pinnedDirectoryFiles(image, pin);
  return files.find((file) => file.path === path) ?? null;
}

/** The mount that covers a path, the longest one, and the path below it. */
function mountOf(
  { volumeMounts = [] }: ContainerSpec,
  path: string,
): { readonly mount: VolumeMount; readonly rest: string } | null {
  let best: { readonly mount: VolumeMount; readonly at: string } | null = null;
  for (const mount of volumeMounts) {
    const at = mount.mountPath.replace(/\/+$/, "");
    if (path !== at && !path.startsWith(`${at}/`)) continue;
    if (best === null || at.length > best.at.length) best = { mount, at };
  }
  if (best === null) return null;
  return { mount: best.mount, rest: path.slice(best.at.length + 1) };
}
