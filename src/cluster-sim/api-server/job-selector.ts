/**
 * The labels by which a Job knows its pods: the server gives them when the Job is made, and selects by its uid.
 * Source: kubernetes/kubernetes v1.35 pkg/registry/batch/job/strategy.go (generateSelector), pkg/apis/batch/types.go.
 */
import type { JsonObject } from "../../kernel/json.ts";
import { isSet, objectOf } from "./validation/reading.ts";

const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
const JOB_NAME = "batch.kubernetes.io/job-name";

/** A new Job as it is stored, whose template and selector name it; as it came when it selects by itself (`manualSelector`). */
export function withGeneratedSelector(
  job: JsonObject,
  { name, uid }: { readonly name: string; readonly uid: string },
): JsonObject {
  const spec = objectOf(job["spec"]);
  const template = objectOf(spec["template"]);
  const given = objectOf(objectOf(template["metadata"])["labels"]);
  const manual = spec["manualSelector"] === true;
  const labels = manual
    ? given
    : {
        ...given,
        [CONTROLLER_UID]: uid,
        [JOB_NAME]: name,
        "controller-uid": uid,
        "job-name": name,
      };
  const metadata = objectOf(job["metadata"]);
  const labelled = Object.keys(objectOf(metadata["labels"])).length > 0;
  // A Job without labels has those of its template (SetDefaults_Job).
  const own = labelled ? metadata : { ...metadata, labels };
  if (manual) return { ...job, metadata: own };
  const selector = isSet(spec["selector"])
    ? spec["selector"]!
    : { matchLabels: { [CONTROLLER_UID]: uid } };
  return {
    ...job,
    metadata: own,
    spec: {
      ...spec,
      selector,
      template: {
        ...template,
        metadata: { ...objectOf(template["metadata"]), labels },
      },
    },
  };
}
