/**
 * Reading a file the way a container would: from the path inside the container to the volume behind it.
 *
 * Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go (makeMounts)
 */
import type { ApiObject } from "../cluster-sim/ports.ts";
import type { NodeVolumes, PodFile } from "./node-volumes.ts";
import { DATA_DIR, fileAt } from "./pod-fs/index.ts";
import { specOf } from "./pod-spec.ts";

/** A place in a volume, relative to its root; empty for the root itself. */
export interface VolumePath {
  readonly container: string;
  readonly volume: string;
  readonly path: string;
}

/** Every container's volume and relative path behind an absolute path; the longest mount path wins in each. */
export function volumePaths(pod: ApiObject, path: string): VolumePath[] {
  const found: VolumePath[] = [];
  for (const { name, volumeMounts = [] } of specOf(pod).containers) {
    const mounts = volumeMounts
      .map((mount) => ({ ...mount, at: mount.mountPath.replace(/\/+$/, "") }))
      .filter(({ at }) => path === at || path.startsWith(`${at}/`))
      .sort((a, b) => b.at.length - a.at.length);
    const mount = mounts[0];
    if (mount === undefined) continue;
    const relative = path.slice(mount.at.length + 1);
    const inside = [mount.subPath ?? "", relative].filter((p) => p !== "");
    found.push({
      container: name,
      volume: mount.name,
      path: inside.join("/"),
    });
  }
  return found;
}

/** The file at a path of a mounted volume, through `..data` and the timestamp directory too; null when there is none. */
export function fileInVolume(
  volumes: NodeVolumes,
  uid: string,
  { volume, path }: VolumePath,
): PodFile | null {
  const image = volumes.imageOf(uid, volume);
  if (image === null) return null;
  const [first = "", ...rest] = path.split("/").filter((part) => part !== "");
  const hidden = first === DATA_DIR || first === image.dirName;
  const clean = (hidden ? rest : [first, ...rest]).join("/");
  return fileAt(image.payload, clean) ?? null;
}
