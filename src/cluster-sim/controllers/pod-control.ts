/**
 * The requests that controllers make about pods, with their Events, and the reference to their owner.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_utils.go (RealPodControl, SlowStartInitialBatchSize)
 */
import type { JsonObject } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { objectOf } from "../api-server/validation/reading.ts";
import type { ApiObject, Lineage, OwnerReference, Stored } from "../ports.ts";
import type { Batch, PassRequest } from "./controller.ts";

/** `metav1.NewControllerRef`. */
export function ownerReference({
  apiVersion,
  kind,
  metadata: { name, uid },
}: ApiObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The workload at the top of what this object owns: `default/daemonset/agent`. */
export function workloadOf({ object, lineage }: Stored): string {
  const { namespace = "", name } = object.metadata;
  return (
    lineage?.workload ?? `${namespace}/${object.kind.toLowerCase()}/${name}`
  );
}

/** A pod of a template, of the owner's namespace; `metadata` and `spec` add to the template's. */
export function podOf(
  owner: Stored,
  template: JsonObject,
  more: {
    readonly metadata: JsonObject;
    readonly labels?: Readonly<Record<string, string>>;
    readonly spec?: JsonObject;
  },
): JsonObject {
  const { namespace = "" } = owner.object.metadata;
  const { labels, annotations, finalizers } = objectOf(template["metadata"]);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      labels: { ...objectOf(labels), ...more.labels },
      ...(isJsonObject(annotations) ? { annotations } : {}),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [ownerReference(owner.object) as unknown as JsonObject],
      ...more.metadata,
    },
    spec: { ...objectOf(template["spec"]), ...more.spec },
  };
}

export function createPod(object: JsonObject, lineage: Lineage): PassRequest {
  return {
    request: { verb: "create", object, lineage },
    succeeded: {
      type: "Normal",
      reason: "SuccessfulCreate",
      message: "Created pod: ${name}",
    },
    failed: {
      type: "Warning",
      reason: "FailedCreate",
      message: "Error creating: ${error}",
    },
  };
}

export function deletePod({ object }: Stored): PassRequest {
  const { namespace = "", name } = object.metadata;
  return {
    request: { verb: "delete", kind: "Pod", namespace, name },
    succeeded: {
      type: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted pod: ${name}`,
    },
    failed: {
      type: "Warning",
      reason: "FailedDelete",
      message: "Error deleting: ${error}",
    },
    forgiven: ["NotFound"],
  };
}

/** Batches of 1, 2, 4 … so that what fails alike fails few times. */
export function slowStart(requests: readonly PassRequest[]): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0, size = 1; from < requests.length; from += size, size *= 2)
    batches.push({ requests: requests.slice(from, from + size) });
  return batches;
}
