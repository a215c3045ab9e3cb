/**
 * What the workload identity webhook knows of ServiceAccounts, asked of the API server's objects at once, as an admission
 * webhook has them in its cache.
 * Source: Azure/azure-workload-identity pkg/webhook/webhook.go (getServiceAccount), pkg/webhook/consts.go
 */
import type { ApiServer } from "../../cluster-sim/index.ts";
import type { ClientIdLookup } from "../../kubelet-sim/index.ts";

const CLIENT_ID_ANNOTATION = "azure.workload.identity/client-id";

export function clientIds(apiServer: ApiServer): ClientIdLookup {
  return (namespace, serviceAccount) => {
    const stored = apiServer.read("ServiceAccount", namespace, serviceAccount);
    if (stored === null) return null;
    return stored.object.metadata.annotations?.[CLIENT_ID_ANNOTATION] ?? "";
  };
}
