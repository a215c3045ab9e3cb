/** The names of the places where containers of a pod hold something: of files, and of what they were given at creation. */
import { containersWithVariable } from "./container-history.ts";
import { pathThrough, placesOf } from "./file-place.ts";
import type { SinkName } from "./names.ts";
import type { PodInstance, PodRecord } from "./pod-history.ts";
import { whoIs } from "./who.ts";

/** Every spelling under which a container reads a volume's file; the container is left out where it goes without. */
export function fileSinks(
  pod: PodInstance,
  volume: string,
  file: string,
): SinkName[] {
  const who = whoIs(pod);
  const sinks: SinkName[] = [];
  for (const mount of pod.mounts) {
    // What a subPath mount holds is told by the containers.
    if (mount.volume !== volume || mount.subPath !== null) continue;
    const path = pathThrough(mount, file);
    if (path === null) continue;
    const alone = placesOf(pod.mounts, null, path).length === 1;
    const container = alone ? null : mount.container;
    sinks.push({ kind: "file", who, container, path });
  }
  return sinks;
}

/** What programs of a pod ever held of `object` in memory. */
export function appSinks(
  { instance, apps }: PodRecord,
  object: string,
): SinkName[] {
  const holds = apps.some(({ writes }) =>
    writes.some(({ held }) => held.object === object),
  );
  return holds ? [{ kind: "app", who: whoIs(instance) }] : [];
}

export function distinct(sinks: readonly SinkName[]): SinkName[] {
  const byText = new Map(sinks.map((sink) => [JSON.stringify(sink), sink]));
  return [...byText.values()];
}

/** Files that a `subPath` mount pinned, and variables, that ever held a version of `object`. */
export function givenSinks(
  { instance, lives }: PodRecord,
  object: string,
): SinkName[] {
  const who = whoIs(instance);
  const files: SinkName[] = [];
  const variables: SinkName[] = [];
  for (const { container, pinned, variables: given } of lives) {
    for (const { path, object: held } of pinned)
      if (held === object) {
        const alone = placesOf(instance.mounts, null, path).length === 1;
        const named = alone ? null : container;
        files.push({ kind: "file", who, container: named, path });
      }
    for (const { variable, object: held } of given)
      if (held === object) {
        const { environment } = instance;
        const alone =
          containersWithVariable(environment, lives, variable).length === 1;
        const named = alone ? null : container;
        variables.push({ kind: "env", who, container: named, variable });
      }
  }
  return [...files, ...variables];
}
