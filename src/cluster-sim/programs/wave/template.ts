/** Wave's annotation in a pod template. Source: wave-k8s/wave v0.11.0 pkg/core/{hash,types}.go. */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { objectOf, stringOf } from "../../api-server/validation/reading.ts";
import type { ApiObject } from "../../ports.ts";

const CONFIG_HASH = "wave.pusher.com/config-hash";

/** Empty: none was written yet. */
export function configHashOf(workload: ApiObject): string {
  const spec = objectOf(workload["spec"] as JsonValue);
  const metadata = objectOf(objectOf(spec["template"])["metadata"]);
  return stringOf(objectOf(metadata["annotations"])[CONFIG_HASH]);
}

/** The workload with another hash, for an update. */
export function withConfigHash(workload: ApiObject, hash: string): JsonObject {
  const whole = workload as unknown as JsonObject;
  const spec = objectOf(whole["spec"]);
  const template = objectOf(spec["template"]);
  const metadata = objectOf(template["metadata"]);
  const annotations = {
    ...objectOf(metadata["annotations"]),
    [CONFIG_HASH]: hash,
  };
  return {
    ...whole,
    spec: {
      ...spec,
      template: { ...template, metadata: { ...metadata, annotations } },
    },
  };
}
