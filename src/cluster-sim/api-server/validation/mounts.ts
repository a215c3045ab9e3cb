/**
 * Rules for a container's volume mounts.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidateVolumeMounts).
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { descendingPath } from "./file-paths.ts";
import { stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

/** The mounts of one container; `volumes` are the names that exist. */
export function validateMounts(
  mounts: readonly JsonObject[],
  volumes: ReadonlySet<string>,
  path: FieldPath,
  report: Report,
): void {
  const mountPaths = new Set<string>();
  mounts.forEach((mount, i) => {
    const at = [...path, i];
    const name = stringOf(mount["name"]);
    const mountPath = stringOf(mount["mountPath"]);
    if (name === "") report.required([...at, "name"]);
    if (!volumes.has(name)) report.notFound([...at, "name"], name);
    if (mountPath === "") report.required([...at, "mountPath"]);
    if (mountPaths.has(mountPath))
      report.invalid([...at, "mountPath"], mountPath, "must be unique");
    mountPaths.add(mountPath);
    const [subPath, expression] = [mount["subPath"], mount["subPathExpr"]];
    if (subPath)
      descendingPath(stringOf(subPath), [...path, "subPath"], report);
    if (!expression) return;
    if (subPath)
      report.invalid(
        [...at, "subPathExpr"],
        expression,
        "subPathExpr and subPath are mutually exclusive",
      );
    descendingPath(stringOf(expression), [...path, "subPathExpr"], report);
  });
}
