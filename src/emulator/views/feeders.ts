/**
 * Which mounted volumes feed a sink: the pods whose driver brings a Secret's key up to date, and what a mount of theirs
 * asks the vault for.
 *
 * Source: csi-driver.md 2.2 step 14, 5.2 and 5.3 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { SecretProviderClasses } from "../trace/classes.ts";
import type { DeclaredLane } from "../trace/declared-lane.ts";
import type { FactIndex } from "../trace/fact-index.ts";
import type { PodInstance } from "../trace/pod-history.ts";
import type { SinkHistory } from "../trace/sink-history.ts";
import type { Evidence } from "../trace/why-chain.ts";

/** What bounds and summaries are worked out from. */
export interface Topology extends Evidence {
  readonly classes: SecretProviderClasses;
  /** The lanes that the scenario compares; default none. */
  readonly lanes?: readonly DeclaredLane[];
}

/** A CSI volume of a pod, with its files at an instant; null before its first mount. */
export interface MountedVolume {
  readonly pod: PodInstance;
  readonly node: string;
  readonly name: string;
  /** `namespace/name` of its SecretProviderClass. */
  readonly class: string;
  readonly files: readonly FileFact[] | null;
}

export interface SecretKey {
  readonly namespace: string;
  readonly secret: string;
  readonly key: string;
}

/** Every CSI volume of the pods that live at `t`, in order of appearance. */
export function csiVolumesAt(sinks: SinkHistory, t: EpochMs): MountedVolume[] {
  return sinks.pods().flatMap((pod) => {
    const { node, namespace } = pod;
    if (node === null || !livesAt(pod, t)) return [];
    return pod.volumes
      .filter(({ kind }) => kind === "csi")
      .map(({ name, source }) => ({
        pod,
        node,
        name,
        class: `${namespace}/${source}`,
        files: sinks.filesAt(pod.uid, name, t),
      }));
  });
}

/** Whether a pod is there and is not on its way out. */
export function livesAt(pod: PodInstance, t: EpochMs): boolean {
  return (
    pod.since <= t &&
    (pod.terminatingAt === null || pod.terminatingAt > t) &&
    (pod.goneAt === null || pod.goneAt > t)
  );
}

/**
 * The volumes whose driver writes a Secret's key at `t`. A class whose manifest is not known counts when the driver once
 * wrote the Secret with an object that the volume holds.
 */
export function feedersOf(
  { sinks, classes }: Topology,
  of: SecretKey,
  t: EpochMs,
): MountedVolume[] {
  return csiVolumesAt(sinks, t).filter((volume) => {
    if (volume.pod.namespace !== of.namespace) return false;
    const keys = classes.get(volume.class);
    if (keys === undefined) return holdsWhatDriverWrote(sinks, of, volume);
    return keys.some(
      ({ secret, key }) => secret === of.secret && key === of.key,
    );
  });
}

function holdsWhatDriverWrote(
  sinks: SinkHistory,
  { namespace, secret, key }: SecretKey,
  { files }: MountedVolume,
): boolean {
  return sinks
    .secretWrites(namespace, secret)
    .some(
      ({ by, contents }) =>
        isDriver(by) &&
        (contents ?? []).some(
          (content) =>
            content.key === key &&
            (files ?? []).some((file) => file.object === content.object),
        ),
    );
}

/** How many Secrets of a namespace drivers ever wrote: what a class may sync whose manifest is not known. */
export function driverSecretsIn(sinks: SinkHistory, namespace: string): number {
  return sinks
    .secrets()
    .filter(
      (secret) =>
        secret.namespace === namespace &&
        sinks
          .secretWrites(namespace, secret.name)
          .some(({ by }) => isDriver(by)),
    ).length;
}

/** Whether the writer of an API object is a node's driver. */
export function isDriver(by: string): boolean {
  return by.endsWith("/csi-driver");
}

/** Every Secret key that the classes of mounted volumes declare for a vault object, whether or not it came to exist. */
export function declaredKeysOf(
  { sinks, classes }: Topology,
  object: string,
  t: EpochMs,
): SecretKey[] {
  const keys: SecretKey[] = [];
  for (const volume of csiVolumesAt(sinks, t))
    for (const { secret, key, file } of classes.get(volume.class) ?? [])
      if (
        (volume.files ?? []).some(
          ({ path, object: held }) => path === file && held === object,
        )
      )
        keys.push({ namespace: volume.pod.namespace, secret, key });
  return keys;
}

/**
 * Whether a pod asks for one fixed version of an object: each of its requests names a version, and none lists versions
 * to take the newest ones.
 */
export function isPinned(
  index: FactIndex,
  pod: PodInstance,
  object: string,
): boolean {
  const own = `${pod.namespace}/${pod.name}`;
  let asked = false;
  for (const { data } of index.ofType("vault.request")) {
    if (data.pod !== own) continue;
    if (`${data.vault}/${data.collection}/${data.name}` !== object) continue;
    if (data.operation.endsWith("ListVersions")) return false;
    if (!data.operation.endsWith("Get")) continue;
    if (!namesVersion(data.uri)) return false;
    asked = true;
  }
  return asked;
}

/** `/secrets/secret1/0123…?api-version=7.4` names one, `/secrets/secret1/?api-version=7.4` does not. */
function namesVersion(uri: string): boolean {
  const path = uri.split("?")[0]!.replace(/^https?:\/\/[^/]*/, "");
  return path.split("/").filter((part) => part !== "").length > 2;
}
