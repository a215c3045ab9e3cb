/**
 * What a container sees now, without a single value: for each variable, `subPath` file and file of a volume which API
 * object it was read from, at which version, and which vault version is behind it. Keyturn's own; no real cluster can tell.
 */
import type { ContentRef } from "../kernel/content.ts";
import { byCodeUnit } from "../kernel/json.ts";
import type { NodeVolumes, PodFile } from "./node-volumes.ts";
import { hasSubPath, pinnedDirectoryFiles } from "./pod-files.ts";
import type { VolumeMount } from "./pod-spec.ts";
import type { EnvironmentVariable, RunningContainer } from "./ports.ts";

/** Where something that a container sees comes from. */
export interface Inspected {
  /** The variable, or the absolute path. */
  readonly name: string;
  /** `Secret/app-secret`; null for what a provider wrote and for what comes from no object. */
  readonly source: string | null;
  readonly resourceVersion: string | null;
  /** `kvdemo/secrets/secret1`; null where no object's content is behind it. */
  readonly object: string | null;
  readonly version: string | null;
  readonly ordinal: number | null;
  readonly form: string | null;
}

export interface InspectedFile extends Inspected {
  readonly volume: string;
  /** The timestamp directory that `..data` leads to; null for what a `subPath` mount holds. */
  readonly generation: string | null;
}

export interface InspectedContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly attempt: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Sorted by name. */
  readonly variables: readonly Inspected[];
  /** Of `subPath` mounts, sorted by path. */
  readonly pinned: readonly InspectedFile[];
  /** Of whole volumes, sorted by path. */
  readonly files: readonly InspectedFile[];
}

export function inspectContainer(
  volumes: NodeVolumes,
  running: RunningContainer,
): InspectedContainer {
  const { pod, spec, attempt, startedAt, config } = running;
  const { namespace = "", name, uid } = pod.object.metadata;
  const mounts = spec.volumeMounts ?? [];
  return {
    namespace,
    pod: name,
    uid,
    container: spec.name,
    attempt,
    startedAt,
    variables: sorted(config.env.map(inspectVariable)),
    pinned: sorted(inspectPinned(volumes, running)),
    files: sorted(
      mounts
        .filter((mount) => !hasSubPath(mount))
        .flatMap((mount) => inspectVolume(volumes, uid, mount)),
    ),
  };
}

function inspectVariable({ name, origin }: EnvironmentVariable): Inspected {
  const source = origin?.source ?? null;
  const resourceVersion = origin?.resourceVersion ?? null;
  return { name, source, resourceVersion, ...versionOf(origin?.content) };
}

function inspectPinned(
  volumes: NodeVolumes,
  { pod, config }: RunningContainer,
): InspectedFile[] {
  const { uid } = pod.object.metadata;
  return config.pinned.flatMap((pin) => {
    const { mountPath, volume, file } = pin;
    if (file !== null)
      return [inspectFile(file, { name: mountPath, volume, generation: null })];
    const image = volumes.imageOf(uid, volume);
    if (image === null || pin.directory === undefined) return [];
    const { path } = pin.directory;
    return pinnedDirectoryFiles(image, pin).map((inside) => {
      const below =
        path === "" ? inside.path : inside.path.slice(path.length + 1);
      const name = `${withoutSlash(mountPath)}/${below}`;
      return inspectFile(inside, { name, volume, generation: null });
    });
  });
}

function inspectVolume(
  volumes: NodeVolumes,
  uid: string,
  { name: volume, mountPath }: VolumeMount,
): InspectedFile[] {
  const image = volumes.imageOf(uid, volume);
  if (image === null) return [];
  return image.payload.map((file) => {
    const name = `${withoutSlash(mountPath)}/${file.path}`;
    return inspectFile(file, { name, volume, generation: image.dirName });
  });
}

function inspectFile(
  { source, resourceVersion, content }: PodFile,
  place: Pick<InspectedFile, "name" | "volume" | "generation">,
): InspectedFile {
  return {
    ...place,
    source: source ?? null,
    resourceVersion: resourceVersion ?? null,
    ...versionOf(content),
  };
}

function versionOf(content: ContentRef | undefined) {
  return {
    object: content?.object ?? null,
    version: content?.version ?? null,
    ordinal: content?.ordinal ?? null,
    form: content?.form ?? null,
  };
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function sorted<T extends Inspected>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => byCodeUnit(a.name, b.name));
}
