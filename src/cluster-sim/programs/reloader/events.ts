/** The Kubernetes Events that Reloader tells of a workload. Source: stakater/Reloader v1.4.21 internal/pkg/handler/upgrade.go. */
import type { EventInput } from "../../client/index.ts";
import { eventObject } from "../../client/index.ts";
import type { ApiError } from "../../ports.ts";
import type { Handling } from "./memory.ts";

export function reloadedEvent(handling: Handling): EventInput {
  const { name, type, namespace, workload } = handling;
  const { kind, metadata } = workload!.object;
  return {
    object: eventObject(workload!.object),
    reason: "Reloaded",
    type: "Normal",
    message: `Changes detected in '${name}' of type '${type}' in namespace '${namespace}', Updated '${metadata.name}' of type '${kind}' in namespace '${namespace}'`,
  };
}

export function failEvent(
  handling: Handling,
  { message }: ApiError,
): EventInput {
  const { namespace, workload } = handling;
  const { kind, metadata } = workload!.object;
  return {
    object: eventObject(workload!.object),
    reason: "ReloadFail",
    type: "Warning",
    message: `Update for '${metadata.name}' of type '${kind}' in namespace '${namespace}' failed with error ${message}`,
  };
}
