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

const PROJECTIONS = ["clusterTrustBundle", "podCertificate"];

/** `spec` of a pod, or of a workload's template, at `path`. */
export function reportUnmodelled(
  spec: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const refuse = (where: FieldPath, what: string): void =>
    report.add("unmodelled", where, notModelledText(what));
  if (listOf(spec["ephemeralContainers"]).length > 0)
    refuse([...path, "ephemeralContainers"], "ephemeralContainers");
  for (const role of ["initContainers", "containers"])
    listOf(spec[role]).forEach((container, i) => {
      const at = [...path, role, i];
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
            [...path, "volumes", i, "projected", "sources", j, kind],
            `a ${kind} source`,
          );
    });
  });
}
