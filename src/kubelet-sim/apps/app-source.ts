/**
 * What an application reads, through the mounts and the environment that its container really has, and which volume's
 * changes its watch tells it.
 *
 * Source: reloader.md 3.1
 * Simplification: A watch on a file that a subPath mount pins, or beside one, hears nothing; the real one gets one ATTRIB when the volume drops the file.
 * Simplification: Reading a file takes an application no time.
 */
import type { ContentRef } from "../../kernel/content.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import { fileOfContainer, volumeAt } from "../pod-files.ts";
import type { RunningContainer } from "../ports.ts";
import type { AppSpec } from "./app-spec.ts";
import type { Hearing } from "./application.machine.ts";

export type SourceRead =
  | {
      readonly ok: true;
      readonly content: ContentRef;
      /** The API object behind it, where the kubelet read it. */
      readonly source?: string | undefined;
      readonly resourceVersion?: string | undefined;
    }
  | { readonly ok: false; readonly error: string };

/** Of a file or a variable; a vault is not read at once. */
export function readSource(
  { source }: AppSpec,
  running: RunningContainer,
  volumes: NodeVolumes,
): SourceRead {
  if (source.kind === "variable") return readVariable(source.name, running);
  if (source.kind === "vault") return { ok: false, error: "not read yet" };
  const file = fileOfContainer(volumes, running, source.path);
  if (file === null)
    return {
      ok: false,
      error: `open ${source.path}: no such file or directory`,
    };
  const { content, source: from, resourceVersion } = file;
  return { ok: true, content, source: from, resourceVersion };
}

function readVariable(name: string, { config }: RunningContainer): SourceRead {
  const variable = config.env.find((known) => known.name === name);
  if (variable === undefined)
    return { ok: false, error: `the variable ${name} is not set` };
  if (variable.origin === null)
    return {
      ok: false,
      error: `the variable ${name} comes from no Secret or ConfigMap`,
    };
  const { content, source, resourceVersion } = variable.origin;
  return { ok: true, content, source, resourceVersion };
}

export interface Watch {
  /** Null: nothing that it could hear of. */
  readonly volume: string | null;
  readonly hears: Hearing;
  /** Why there is no watch although the program asked for one; empty when there is one, or none was wanted. */
  readonly refused: string;
}

const NO_WATCH: Watch = { volume: null, hears: "nothing", refused: "" };

/**
 * What the program's watch hears, as it is made when the program starts. A program that reads at each use has none; to it a
 * change of the volume says that its next use finds something new.
 */
export function watchOf(
  { how, source }: AppSpec,
  running: RunningContainer,
  volumes: NodeVolumes,
): Watch {
  // It hears the signal.
  if (how === "reloads-on-signal")
    return { volume: null, hears: "each", refused: "" };
  if (source.kind !== "file") return NO_WATCH;
  const { spec, pod } = running;
  const place = volumeAt(spec, source.path);
  const volume = place?.volume ?? null;
  const { uid } = pod.object.metadata;
  switch (how) {
    case "watches-directory":
      return { volume, hears: "each", refused: "" };
    case "watches-file":
      return fileOfContainer(volumes, running, source.path) === null
        ? noSuchFile(source.path)
        : { volume, hears: "one", refused: "" };
    case "watches-data-link": {
      const image = volume === null ? null : volumes.imageOf(uid, volume);
      return (image?.dirName ?? null) === null
        ? noSuchFile(`the ..data beside ${source.path}`)
        : { volume, hears: "one", refused: "" };
    }
    case "reads-each-use":
      return { volume, hears: "each", refused: "" };
    default:
      return NO_WATCH;
  }
}

/** The volume whose directory a sidecar watches for the application; null where it does not mount it whole. */
export function sidecarVolume(
  { source }: AppSpec,
  application: RunningContainer["spec"] | undefined,
  sidecar: RunningContainer["spec"],
): string | null {
  if (source.kind !== "file" || application === undefined) return null;
  const volume = volumeAt(application, source.path)?.volume ?? null;
  const mounts = (sidecar.volumeMounts ?? []).filter(
    (mount) => mount.name === volume,
  );
  const whole = mounts.some(
    ({ mountPath }) => volumeAt(sidecar, mountPath)?.volume === volume,
  );
  return whole ? volume : null;
}

function noSuchFile(path: string): Watch {
  return {
    volume: null,
    hears: "nothing",
    refused: `no watch on ${path}: no such file or directory`,
  };
}
