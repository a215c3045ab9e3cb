/**
 * Getting at a pod's containers from outside: `exec` by way of the API server and the kubelet, `kill` on the node itself.
 * Source: kubernetes/kubernetes v1.35 pkg/registry/core/pod/strategy.go (streamLocation, podHasContainerWithName),
 * staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go and pkg/cmd/util/podcmd/podcmd.go (FindOrDefaultContainerByName)
 */
import type { ApiServer } from "../../cluster-sim/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { Node } from "../../kubelet-sim/index.ts";
import type { Command } from "./commands.ts";
import { choosePod } from "./pod-choice.ts";

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";
const ENDED_PHASES = ["Succeeded", "Failed"];

export type Access =
  { readonly ok: true } | { readonly ok: false; readonly error: string };

export interface PodAccessTarget {
  readonly apiServer: ApiServer;
  readonly nodes: readonly Node[];
}

type Exec = Extract<Command, { kind: "exec" }>;
type Kill = Extract<Command, { kind: "kill" }>;

const refused = (error: string): Access => ({ ok: false, error });

/** Starts a command in a container; refused in the words of kubectl and the API server. */
export function execInPod(world: PodAccessTarget, wanted: Exec): Access {
  const chosen = choosePod(world.apiServer, wanted);
  if (!chosen.ok) return chosen;
  const command = { ...wanted, pod: chosen.name };
  const { namespace } = command;
  const answer = world.apiServer.get("Pod", namespace, chosen.name, "kubectl");
  if (!answer.ok) return refused(answer.error.message);
  const found = findPod(world, command);
  if (!found.ok) return found;
  const { uid, pod } = found;
  const ended = child(pod, "status")["phase"];
  const phase = ENDED_PHASES.find((name) => name === ended);
  if (phase !== undefined)
    return refused(
      `cannot exec into a container in a completed pod; current phase is ${phase}`,
    );
  const container = command.container ?? defaultContainer(pod);
  const named = checkContainer(pod, command.pod, container);
  if (!named.ok) return named;
  if (found.node === null)
    return refused(`pod ${command.pod} does not have a host assigned`);
  const { exec, command: words } = command;
  return found.node.exec({ uid, container, exec, command: words });
}

/** Ends a container's main process, as its own crash or the kernel would. */
export function killContainer(world: PodAccessTarget, wanted: Kill): Access {
  const chosen = choosePod(world.apiServer, wanted);
  if (!chosen.ok) return chosen;
  const command = { ...wanted, pod: chosen.name };
  const found = findPod(world, command);
  if (!found.ok) return found;
  const { uid, pod, node } = found;
  const { container, exitCode } = command;
  if (container !== null) {
    const named = checkContainer(pod, command.pod, container);
    if (!named.ok) return named;
  }
  if (node === null)
    return refused(`pod ${command.pod} does not have a host assigned`);
  return node.kill(uid, container, exitCode);
}

type FoundPod =
  | {
      readonly ok: true;
      readonly uid: string;
      readonly pod: JsonObject;
      /** Null while the pod is not bound. */
      readonly node: Node | null;
    }
  | { readonly ok: false; readonly error: string };

function findPod(
  { apiServer, nodes }: PodAccessTarget,
  { namespace, pod: name }: Exec | Kill,
): FoundPod {
  const stored = apiServer.read("Pod", namespace, name);
  if (stored === null) return { ok: false, error: `pods "${name}" not found` };
  const pod = stored.object as unknown as JsonObject;
  const { nodeName } = child(pod, "spec");
  const node = nodes.find((each) => each.name === nodeName) ?? null;
  return { ok: true, uid: stored.object.metadata.uid, pod, node };
}

function checkContainer(
  pod: JsonObject,
  name: string,
  container: string,
): Access {
  const names = ["containers", "initContainers"].flatMap((member) =>
    namesIn(child(pod, "spec")[member]),
  );
  return names.includes(container)
    ? { ok: true }
    : refused(`container ${container} is not valid for pod ${name}`);
}

/** By the annotation, else the first one. */
function defaultContainer(pod: JsonObject): string {
  const annotations = child(child(pod, "metadata"), "annotations");
  const annotated = annotations[DEFAULT_CONTAINER];
  const names = namesIn(child(pod, "spec")["containers"]);
  return typeof annotated === "string" && names.includes(annotated)
    ? annotated
    : names[0]!;
}

function namesIn(containers: unknown): string[] {
  const list = Array.isArray(containers) ? containers.filter(isJsonObject) : [];
  return list.map(({ name }) => name as string);
}

function child(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
