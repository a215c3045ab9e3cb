/**
 * What a container's `subPath` mounts bind: the kubelet follows the volume's links when it makes the container, and the
 * file that it finds stays mounted whatever the volume does later.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go (makeMounts), pkg/kubelet/container/helpers.go
 *         (ExpandContainerVolumeMounts), pkg/volume/util/subpath/subpath_linux.go; kubelet.md 4.4
 * Simplification: The directory that a subPath without a file leaves in its volume is seen through that mount alone, and gives way to a file of its name that comes later; upstream keeps it, so that the file never shows.
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import { fileInImage } from "../pod-files.ts";
import type { ContainerSpec, VolumeMount } from "../pod-spec.ts";
import type { EnvironmentVariable, PinnedFile } from "../ports.ts";
import { expand } from "./expansion.ts";

export type Pins =
  | { readonly ok: true; readonly pinned: readonly PinnedFile[] }
  | { readonly ok: false; readonly message: string };

/** One for each mount with a subPath, in order. `env`: the container's own, for expressions. */
export function pinFiles(
  volumes: NodeVolumes,
  uid: string,
  container: ContainerSpec,
  env: readonly EnvironmentVariable[],
): Pins {
  const pinned: PinnedFile[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const subPath = subPathOf(mount, env);
    if (typeof subPath !== "string") return subPath;
    if (subPath === "") continue;
    const problem = pathProblem(subPath, mount, container);
    if (problem !== null) return { ok: false, message: problem };
    pinned.push(pinOf(volumes, uid, mount, subPath));
  }
  return { ok: true, pinned };
}

/** Empty for a mount of the whole volume. */
function subPathOf(
  { subPath = "", subPathExpr = "" }: VolumeMount,
  env: readonly EnvironmentVariable[],
): string | (Pins & { readonly ok: false }) {
  if (subPathExpr === "") return subPath;
  const missing = new Set<string>();
  const path = expand(subPathExpr, (name) => {
    const value = env.find((variable) => variable.name === name)?.value ?? "";
    if (value === "") missing.add(name);
    return value;
  });
  if (missing.size === 0) return path;
  const names = [...missing].sort(byCodeUnit).join(", ");
  return { ok: false, message: `missing value for ${names}` };
}

/** What validation could not see, because it came of an expression. */
function pathProblem(
  subPath: string,
  { name }: VolumeMount,
  container: ContainerSpec,
): string | null {
  if (subPath.startsWith("/"))
    return `error SubPath \`${subPath}\` must not be an absolute path`;
  if (subPath.split("/").includes(".."))
    return `unable to provision SubPath \`${subPath}\`: must not contain '..'`;
  const tooLong = subPath.split("/").some((part) => part.length > LONGEST_NAME);
  return tooLong
    ? `failed to prepare subPath for volumeMount "${name}" of container "${container.name}"`
    : null;
}

/** Source: Linux NAME_MAX */
const LONGEST_NAME = 255;

function pinOf(
  volumes: NodeVolumes,
  uid: string,
  { name, mountPath }: VolumeMount,
  subPath: string,
): PinnedFile {
  const image = volumes.imageOf(uid, name);
  if (image === null) return { mountPath, volume: name, subPath, file: null };
  const { file, path } = fileInImage(image, subPath);
  const pin = { mountPath, volume: name, subPath, file };
  const isDirectory = image.payload.some(
    (other) => path === "" || other.path.startsWith(`${path}/`),
  );
  if (file !== null || !isDirectory) return pin;
  return { ...pin, directory: { generation: image.generation, path } };
}
