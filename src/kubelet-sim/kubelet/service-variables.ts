/**
 * The variables that every container has of the service `kubernetes`, whatever `enableServiceLinks` says.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/envvars/envvars.go (FromServices), pkg/kubelet/kubelet_pods.go (getServiceEnvVarMap)
 */
import { KUBERNETES_SERVICE_IP, KUBERNETES_SERVICE_PORT } from "../defaults.ts";

/** In the order in which upstream makes them. */
export function serviceVariables(): ReadonlyMap<string, string> {
  return VARIABLES;
}

const PORT = String(KUBERNETES_SERVICE_PORT);
const URL_TEXT = `tcp://${KUBERNETES_SERVICE_IP}:${PORT}`;
const PREFIX = `KUBERNETES_PORT_${PORT}_TCP`;

const VARIABLES: ReadonlyMap<string, string> = new Map([
  ["KUBERNETES_SERVICE_HOST", KUBERNETES_SERVICE_IP],
  ["KUBERNETES_SERVICE_PORT", PORT],
  ["KUBERNETES_SERVICE_PORT_HTTPS", PORT],
  ["KUBERNETES_PORT", URL_TEXT],
  [PREFIX, URL_TEXT],
  [`${PREFIX}_PROTO`, "tcp"],
  [`${PREFIX}_PORT`, PORT],
  [`${PREFIX}_ADDR`, KUBERNETES_SERVICE_IP],
]);
