/**
 * The downward API: what a container may read of its own pod, as text.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go,
 *         pkg/kubelet/kubelet_pods.go (podFieldSelectorRuntimeValue), pkg/volume/downwardapi/downwardapi.go
 * Simplification: a limit that a container does not set is what a node of AKS's default size can allocate, whatever the node.
 */
import type { ApiObject } from "../../cluster-sim/ports.ts";
import { invariant } from "../../kernel/errors.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import {
  NODE_ALLOCATABLE_CPU,
  NODE_ALLOCATABLE_EPHEMERAL_STORAGE,
  NODE_ALLOCATABLE_MEMORY,
} from "../defaults.ts";
import type { ContainerSpec } from "../pod-spec.ts";
import { specOf } from "../pod-spec.ts";
import { ceilDivide, quantityNanos } from "./quantity.ts";
import type { FieldRef, ResourceFieldRef } from "./volume-sources.ts";

export interface NodeIdentity {
  readonly node: string;
  readonly ip: string;
  /** Of the pod's sandbox; absent: what the pod's status says. */
  readonly podIp?: string;
}

const ALLOCATABLE: ReadonlyMap<string, string> = new Map([
  ["cpu", NODE_ALLOCATABLE_CPU],
  ["memory", NODE_ALLOCATABLE_MEMORY],
  ["ephemeral-storage", NODE_ALLOCATABLE_EPHEMERAL_STORAGE],
]);

/** `metadata.labels['app']` */
const SUBSCRIPT = /^metadata\.(annotations|labels)\['([^']+)'\]$/;

/** `node`: where the pod runs. Its status is read from the pod as the kubelet has it. */
export function fieldText(
  pod: ApiObject,
  { fieldPath }: FieldRef,
  { node, ip, podIp }: NodeIdentity,
): string {
  const { metadata } = pod;
  const subscript = SUBSCRIPT.exec(fieldPath);
  if (subscript !== null) {
    const [, member, key] = subscript as unknown as [string, string, string];
    return metadata[member as "annotations" | "labels"]?.[key] ?? "";
  }
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid;
    case "metadata.labels":
      return mapText(metadata.labels);
    case "metadata.annotations":
      return mapText(metadata.annotations);
    case "spec.nodeName":
      return specOf(pod).nodeName ?? node;
    case "spec.serviceAccountName":
      return specOf(pod).serviceAccountName ?? "default";
    case "status.hostIP":
    case "status.hostIPs":
      return ip;
    case "status.podIP":
    case "status.podIPs":
      return podIp ?? podIpOf(pod);
    default:
      invariant(
        false,
        "FieldPath",
        `Failed to read ${fieldPath} of a pod: validation let it pass`,
      );
  }
}

function podIpOf(pod: ApiObject): string {
  const { podIP = "" } = (pod["status"] ?? {}) as { readonly podIP?: string };
  return podIP;
}

/** One `key="value"` a line, sorted. */
function mapText(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort(byCodeUnit)
    .join("\n");
}

/**
 * Rounded up to whole divisors. `own`: the container that a reference without a name means. Null: the pod has no container
 * of that name.
 */
export function resourceText(
  pod: ApiObject,
  { containerName = "", resource, divisor = "0" }: ResourceFieldRef,
  own: ContainerSpec | null,
): string | null {
  const { containers, initContainers = [] } = specOf(pod);
  const named = [...containers, ...initContainers].find(
    ({ name }) => name === containerName,
  );
  const container = containerName === "" ? own : (named ?? null);
  if (container === null) return null;
  const dot = resource.indexOf(".");
  const name = resource.slice(dot + 1);
  const { limits = {}, requests = {} } = container.resources ?? {};
  const value = resource.startsWith("limits.")
    ? limitOf(limits[name], name)
    : (requests[name] ?? limits[name] ?? 0);
  return wholeDivisors(value, name, divisor);
}

function limitOf(
  limit: string | number | undefined,
  name: string,
): string | number {
  if (limit !== undefined && quantityNanos(limit) !== 0n) return limit;
  return ALLOCATABLE.get(name) ?? 0;
}

function wholeDivisors(
  value: string | number,
  name: string,
  divisor: string | number,
): string {
  const one = quantityNanos(1)!;
  const unit = quantityNanos(divisor) ?? 0n;
  // CPUs are counted in thousandths, everything else in whole units, before they are divided.
  const grain = name === "cpu" ? quantityNanos("1m")! : one;
  const counted = ceilDivide(quantityNanos(value) ?? 0n, grain);
  return String(ceilDivide(counted, ceilDivide(unit || one, grain)));
}
