/**
 * Rules for probes, hooks and ports.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (validateProbe, validateHandler).
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { portNameProblems } from "./names.ts";
import { isSet, objectOf, stringsOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

export const PROBES = [
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
] as const;

export const NOT_NEGATIVE = "must be greater than or equal to 0";
export const PORT_RANGE = "must be between 1 and 65535, inclusive";
export const isPort = (port: number): boolean => port >= 1 && port <= 65535;

export function validateProbe(
  probe: JsonObject,
  kind: (typeof PROBES)[number],
  path: FieldPath,
  report: Report,
): void {
  validateHandler(probe, path, report);
  for (const member of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ]) {
    const value = probe[member];
    if (typeof value === "number" && value < 0)
      report.invalid([...path, member], value, NOT_NEGATIVE);
  }
  const grace = [...path, "terminationGracePeriodSeconds"];
  const seconds = probe["terminationGracePeriodSeconds"];
  if (typeof seconds === "number" && seconds <= 0)
    report.invalid(grace, seconds, "must be greater than 0");
  if (kind === "readinessProbe") {
    if (isSet(seconds))
      report.invalid(grace, seconds, "must not be set for readinessProbes");
  } else if (probe["successThreshold"] && probe["successThreshold"] !== 1)
    report.invalid(
      [...path, "successThreshold"],
      probe["successThreshold"],
      "must be 1",
    );
}

/** What a probe or a hook does: exactly one of the handlers. */
export function validateHandler(
  handler: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  let found = 0;
  for (const kind of ["exec", "httpGet", "tcpSocket", "grpc", "sleep"]) {
    if (!isSet(handler[kind])) continue;
    found += 1;
    const body = objectOf(handler[kind]);
    const at = [...path, kind];
    if (found > 1)
      report.forbidden(at, "may not specify more than 1 handler type");
    else if (kind === "exec") {
      if (stringsOf(body["command"]).length === 0)
        report.required([...at, "command"]);
    } else if (kind !== "sleep") {
      validatePort(body["port"], [...at, "port"], report);
      report.oneOf([...at, "scheme"], body["scheme"], ["HTTP", "HTTPS"]);
    }
  }
  if (found === 0) report.required(path, "must specify a handler type");
}

function validatePort(
  port: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  if (typeof port === "string")
    report.eachInvalid(path, port, portNameProblems(port));
  else if (!isPort((port as number | undefined) ?? 0))
    report.invalid(path, port ?? 0, PORT_RANGE);
}
