/**
 * Whom an application signs in as: what `DefaultAzureCredential` finds in its environment, and the node's managed identity
 * where it finds nothing. The environment is the container's own, with what the workload identity webhook adds to it: a pod
 * with the label `azure.workload.identity/use: "true"` has the client id of its ServiceAccount's annotation and a token file.
 *
 * Source: npm @azure/identity 4.13.1 DefaultAzureCredential (environment, workload identity, managed identity);
 *         Azure/azure-workload-identity pkg/webhook/webhook.go (mutateContainers, addEnvironmentVariables); key-vault.md 10
 * Simplification: The workload identity webhook does not change pods: what it would add to a container's environment is known to applications alone, as of their process's start, and neither the variables nor the token's volume can be seen.
 * Simplification: An application's federated token file is always good.
 * Simplification: An application signs in at the tenant that the vault's challenge names, whatever AZURE_TENANT_ID says.
 */
import type { Identity } from "../../cluster-sim/ports.ts";
import { specOf } from "../pod-spec.ts";
import type { ClientIdLookup, RunningContainer } from "../ports.ts";

const USE_LABEL = "azure.workload.identity/use";
/** Names of containers, with semicolons between them. */
const SKIP_ANNOTATION = "azure.workload.identity/skip-containers";

export function identityOf(
  running: RunningContainer,
  clientIdOf: ClientIdLookup,
): Identity {
  const injected = injectedClientId(running, clientIdOf);
  const { env } = running.config;
  const value = (name: string) =>
    env.find((variable) => variable.name === name)?.value;
  const isInjected = injected !== null;
  const clientId = value("AZURE_CLIENT_ID") ?? injected ?? "";
  if (clientId === "") return { mode: "vmSystemAssigned" };
  const hasTenant = isInjected || (value("AZURE_TENANT_ID") ?? "") !== "";
  if (hasTenant && (value("AZURE_CLIENT_SECRET") ?? "") !== "")
    return { mode: "servicePrincipal", clientId };
  const hasTokenFile =
    isInjected || (value("AZURE_FEDERATED_TOKEN_FILE") ?? "") !== "";
  return hasTokenFile
    ? { mode: "workloadIdentity", clientId }
    : { mode: "vmUserAssigned", clientId };
}

/** What the webhook puts into AZURE_CLIENT_ID where there is none; null where it leaves the container alone. */
function injectedClientId(
  { pod, spec }: RunningContainer,
  clientIdOf: ClientIdLookup,
): string | null {
  const { labels, annotations, namespace = "" } = pod.object.metadata;
  if (labels?.[USE_LABEL] !== "true") return null;
  const skipped = (annotations?.[SKIP_ANNOTATION] ?? "").split(";");
  if (skipped.some((name) => name.trim() === spec.name)) return null;
  const { serviceAccountName = "default" } = specOf(pod.object);
  return clientIdOf(namespace, serviceAccountName);
}
