/**
 * Looking into containers from outside, as no real cluster lets one: files, variables, and where each comes from. Changes
 * nothing in the world.
 */
import type { ApiServer } from "../../cluster-sim/index.ts";
import type { Stored } from "../../cluster-sim/ports.ts";
import { KeyturnError } from "../../kernel/errors.ts";
import type {
  InspectedContainer,
  Node,
  PodFs,
} from "../../kubelet-sim/index.ts";
import {
  fileInVolume,
  fileOfContainer,
  inspectContainer,
  openVolume,
  volumePaths,
} from "../../kubelet-sim/index.ts";

/** What is looked into. */
export interface Insides {
  readonly apiServer: ApiServer;
  readonly nodes: readonly Node[];
}

/** A pod, and one of its containers; undefined: any that fits. */
export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
}

/** Null where there is no such file. Throws when there is no such pod. */
export function readFile(
  world: Insides,
  place: ContainerPlace,
  path: string,
): Uint8Array | null {
  const pod = podOf(world, place, `read ${path}`);
  const { uid } = pod.object.metadata;
  const places = volumePaths(pod.object, path).filter((each) =>
    isMeant(place, each.container),
  );
  for (const node of world.nodes)
    for (const each of places) {
      const running = node.runningContainer(uid, each.container);
      const file =
        running === null
          ? fileInVolume(node.volumes, uid, each)
          : fileOfContainer(node.volumes, running, path);
      if (file !== null) return file.bytes;
    }
  return null;
}

/** Null where no running container has the variable. Throws when there is no such pod. */
export function readVariable(
  world: Insides,
  place: ContainerPlace,
  name: string,
): string | null {
  const found = runningIn(world, place, `read ${name}`)
    .map(({ running }) => running.config.env.find((env) => env.name === name))
    .find((env) => env !== undefined);
  return found?.value ?? null;
}

/** The first container that is meant and runs; null where none does. Throws when there is no such pod. */
export function inspect(
  world: Insides,
  place: ContainerPlace,
): InspectedContainer | null {
  const [found] = runningIn(world, place, "inspect a container");
  return found === undefined
    ? null
    : inspectContainer(found.node.volumes, found.running);
}

/** Opens a pod's volume as a file system, `fs`, which follows it until `close`. Throws when it is not mounted. */
export function openVolumeOf(
  world: Insides,
  { namespace, pod }: Omit<ContainerPlace, "container">,
  volume: string,
  fs: PodFs,
): { readonly fs: PodFs; readonly close: () => void } {
  const stored = world.apiServer.read("Pod", namespace, pod);
  const uid = stored?.object.metadata.uid ?? "";
  for (const node of world.nodes) {
    const opened = openVolume(node.volumes, uid, volume, fs);
    if (opened !== null) return opened;
  }
  throw new KeyturnError(
    "NotMounted",
    `Failed to open the volume ${volume}: pod ${namespace}/${pod} has not mounted it`,
  );
}

function podOf(
  { apiServer }: Insides,
  { namespace, pod }: ContainerPlace,
  what: string,
): Stored {
  const stored = apiServer.read("Pod", namespace, pod);
  if (stored !== null) return stored;
  throw new KeyturnError(
    "NoSuchPod",
    `Failed to ${what}: pods "${pod}" not found in namespace ${namespace}`,
  );
}

/** The containers that are meant and run, in the pod's order. */
function runningIn(world: Insides, place: ContainerPlace, what: string) {
  const { object } = podOf(world, place, what);
  const { uid } = object.metadata;
  const names = containerNames(object).filter((name) => isMeant(place, name));
  return world.nodes.flatMap((node) =>
    names.flatMap((name) => {
      const running = node.runningContainer(uid, name);
      return running === null ? [] : [{ node, running }];
    }),
  );
}

function containerNames(pod: Stored["object"]): string[] {
  const { containers = [], initContainers = [] } = (pod["spec"] ?? {}) as {
    readonly containers?: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string }[];
  };
  return [...containers, ...initContainers].map(({ name }) => name);
}

function isMeant({ container }: ContainerPlace, name: string): boolean {
  return container === undefined || container === name;
}
