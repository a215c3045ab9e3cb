/**
 * What Kubernetes would take in a pod but Keyturn has not built: refused by name, instead of playing half of it.
 *
 * Simplification: Sidecar containers (init containers with restartPolicy Always), ephemeral containers, restartPolicyRules, clusterTrustBundle and podCertificate sources and variables from fileKeyRef are refused.
 * Simplification: No namespace gets a ConfigMap kube-root-ca.crt, and no pod a volume kube-api-access.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { notModelledText } from "../status.ts";
import { isSet, listOf, objectOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const SPEC: FieldPath = ["spec"];
const PROJECTIONS = ["clusterTrustBundle", "podCertificate"];

export function reportUnmodelled(pod: JsonObject, report: Report): void {
  const spec = objectOf(pod["spec"]);
  const refuse = (path: FieldPath, what: string): void =>
    report.add("unmodelled", path, notModelledText(what));
  if (listOf(spec["ephemeralContainers"]).length > 0)
    refuse([...SPEC, "ephemeralContainers"], "ephemeralContainers");
  for (const role of ["initContainers", "containers"])
    listOf(spec[role]).forEach((container, i) => {
      const at = [...SPEC, role, i];
      if (role === "initContainers" && isSet(container["restartPolicy"]))
        refuse(
          [...at, "restartPolicy"],
          "a sidecar (an init container with restartPolicy Always)",
        );
      if (listOf(container["restartPolicyRules"]).length > 0)
        refuse([...at, "restartPolicyRules"], "restartPolicyRules");
      listOf(container["env"]).forEach((variable, j) => {
        if (isSet(objectOf(variable["valueFrom"])["fileKeyRef"]))
          refuse([...at, "env", j, "valueFrom", "fileKeyRef"], "fileKeyRef");
      });
    });
  listOf(spec["volumes"]).forEach((volume, i) => {
    const sources = listOf(objectOf(volume["projected"])["sources"]);
    sources.forEach((source, j) => {
      for (const kind of PROJECTIONS)
        if (isSet(source[kind]))
          refuse(
            [...SPEC, "volumes", i, "projected", "sources", j, kind],
            `a ${kind} source`,
          );
    });
  });
}
