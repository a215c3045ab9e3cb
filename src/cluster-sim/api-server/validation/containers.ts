/**
 * Rules for containers.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (validateContainers,
 * validateInitContainers, validateContainerCommon, ValidateEnv, validateProbe).
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { byCodeUnit } from "../../../kernel/json.ts";
import { validateEnv, validateEnvFrom } from "./env.ts";
import { validateMounts } from "./mounts.ts";
import { labelProblems, portNameProblems } from "./names.ts";
import {
  NOT_NEGATIVE,
  PORT_RANGE,
  PROBES,
  isPort,
  validateHandler,
  validateProbe,
} from "./probes.ts";
import { quantityAmount, quantityText } from "./quantity.ts";
import { isSet, listOf, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";
import { validateContainerSecurity } from "./security.ts";

export type ContainerRole =
  "containers" | "initContainers" | "ephemeralContainers";

/** All containers of one list; `taken` are names that earlier lists use, and gets those of this one. */
export function validateContainers(
  containers: readonly JsonObject[],
  role: ContainerRole,
  known: {
    /** Of the pod's spec. */
    readonly at: FieldPath;
    readonly volumes: ReadonlySet<string>;
    readonly taken: Set<string>;
  },
  report: Report,
): void {
  const path: FieldPath = [...known.at, role];
  if (role === "containers" && containers.length === 0)
    return report.required(path);
  containers.forEach((container, i) => {
    const at = [...path, i];
    validateContainer(container, known.volumes, at, report);
    const name = stringOf(container["name"]);
    if (known.taken.has(name)) report.duplicate([...at, "name"], name);
    if (name !== "") known.taken.add(name);
    validateRole(container, role, at, report);
  });
}

/** What only some kinds of container may have. */
function validateRole(
  container: JsonObject,
  role: ContainerRole,
  path: FieldPath,
  report: Report,
): void {
  const policy = container["restartPolicy"];
  const live = ["lifecycle", ...PROBES].filter((m) => isSet(container[m]));
  if (role === "ephemeralContainers") {
    for (const member of [...live, "ports", "resources"])
      if (isSet(container[member]))
        report.forbidden(
          [...path, member],
          "cannot be set for an Ephemeral Container",
        );
    return;
  }
  if (
    role === "containers" &&
    isSet(policy) &&
    !isSet(container["restartPolicyRules"])
  )
    report.forbidden(
      [...path, "restartPolicy"],
      "may not be set for non-init containers",
    );
  if (role === "initContainers" && isSet(policy) && policy !== "Always")
    report.notSupported([...path, "restartPolicy"], policy, ["Always"]);
  if (role === "initContainers" && policy !== "Always") {
    for (const member of live)
      report.forbidden(
        [...path, member],
        "may not be set for init containers without restartPolicy=Always",
      );
    return;
  }
  for (const probe of PROBES)
    if (isSet(container[probe]))
      validateProbe(
        objectOf(container[probe]),
        probe,
        [...path, probe],
        report,
      );
  const lifecycle = objectOf(container["lifecycle"]);
  for (const hook of ["postStart", "preStop"])
    if (isSet(lifecycle[hook]))
      validateHandler(
        objectOf(lifecycle[hook]),
        [...path, "lifecycle", hook],
        report,
      );
}

function validateContainer(
  container: JsonObject,
  volumes: ReadonlySet<string>,
  path: FieldPath,
  report: Report,
): void {
  const name = stringOf(container["name"]);
  if (name === "") report.required([...path, "name"]);
  else report.eachInvalid([...path, "name"], name, labelProblems(name));
  if (!container["image"]) report.required([...path, "image"]);
  report.oneOf(
    [...path, "terminationMessagePolicy"],
    container["terminationMessagePolicy"],
    POLICIES.message,
  );
  validatePorts(listOf(container["ports"]), [...path, "ports"], report);
  validateEnv(listOf(container["env"]), [...path, "env"], report);
  validateEnvFrom(listOf(container["envFrom"]), [...path, "envFrom"], report);
  const mounts = listOf(container["volumeMounts"]);
  validateMounts(mounts, volumes, [...path, "volumeMounts"], report);
  report.oneOf(
    [...path, "imagePullPolicy"],
    container["imagePullPolicy"],
    POLICIES.pull,
  );
  validateContainerSecurity(
    container["securityContext"],
    [...path, "securityContext"],
    report,
  );
  validateResources(
    objectOf(container["resources"]),
    [...path, "resources"],
    report,
  );
}

const POLICIES = {
  message: ["File", "FallbackToLogsOnError"],
  pull: ["Always", "IfNotPresent", "Never"],
  protocol: ["SCTP", "TCP", "UDP"],
} as const;

function validatePorts(
  ports: readonly JsonObject[],
  path: FieldPath,
  report: Report,
): void {
  const names = new Set<string>();
  ports.forEach((port, i) => {
    const at = [...path, i];
    const name = stringOf(port["name"]);
    if (name !== "") {
      const problems = portNameProblems(name);
      report.eachInvalid([...at, "name"], name, problems);
      if (problems.length === 0 && names.has(name))
        report.duplicate([...at, "name"], name);
      names.add(name);
    }
    const [container, host] = [port["containerPort"], port["hostPort"]];
    if (!container) report.required([...at, "containerPort"]);
    else if (!isPort(container as number))
      report.invalid([...at, "containerPort"], container, PORT_RANGE);
    if (host && !isPort(host as number))
      report.invalid([...at, "hostPort"], host, PORT_RANGE);
    report.oneOf([...at, "protocol"], port["protocol"], POLICIES.protocol);
  });
}

function validateResources(
  resources: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const limits = objectOf(resources["limits"]);
  const requests = objectOf(resources["requests"]);
  for (const [member, map] of [
    ["limits", limits],
    ["requests", requests],
  ] as const)
    for (const name of Object.keys(map).sort(byCodeUnit))
      if (quantityAmount(map[name]) < 0)
        report.invalid(
          [...path, member, { key: name }],
          map[name],
          NOT_NEGATIVE,
        );
  for (const name of Object.keys(requests).sort(byCodeUnit))
    if (quantityAmount(requests[name]) > quantityAmount(limits[name]))
      report.invalid(
        [...path, "requests"],
        quantityText(requests[name]),
        `must be less than or equal to ${name} limit of ${quantityText(limits[name])}`,
      );
}
