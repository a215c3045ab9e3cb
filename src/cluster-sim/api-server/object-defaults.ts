/**
 * What the server fills into a new or changed object before it judges and stores it.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/v1/defaults.go, pkg/registry/core/{pod,namespace}/strategy.go,
 * pkg/apis/storage/v1/defaults.go; pods in `pod-defaults.ts`, workloads in `workload-defaults.ts`.
 */
import type { JsonObject } from "../../kernel/json.ts";
import { podSpecDefaults } from "./pod-defaults.ts";
import { objectOf, stringOf } from "./validation/reading.ts";
import {
  initialWorkloadStatus,
  workloadDefaults,
} from "./workload-defaults.ts";

/** A copy with the kind's defaults; members that are set stay as they are. */
export function withDefaults(object: JsonObject): JsonObject {
  switch (object["kind"]) {
    case "Pod":
      return { ...object, spec: podSpecDefaults(objectOf(object["spec"])) };
    case "Secret":
      return { ...object, type: stringOf(object["type"]) || "Opaque" };
    case "Namespace":
      return namespace(object);
    case "CSIDriver":
      return { ...object, spec: csiDriverSpec(objectOf(object["spec"])) };
    default:
      return workloadDefaults(object);
  }
}

/** The status of a new object whose kind has a status subresource. */
export function initialStatus(kind: string): JsonObject | null {
  if (kind === "Pod") return { phase: "Pending" };
  if (kind === "Namespace") return { phase: "Active" };
  return initialWorkloadStatus(kind);
}

function namespace(object: JsonObject): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const label = { "kubernetes.io/metadata.name": metadata["name"]! };
  const labels = { ...objectOf(metadata["labels"]), ...label };
  return {
    ...object,
    metadata: { ...metadata, labels },
    spec: { finalizers: ["kubernetes"], ...objectOf(object["spec"]) },
  };
}

function csiDriverSpec(spec: JsonObject): JsonObject {
  return {
    attachRequired: true,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    podInfoOnMount: false,
    requiresRepublish: false,
    seLinuxMount: false,
    storageCapacity: false,
    volumeLifecycleModes: ["Persistent"],
    ...spec,
  };
}
