/**
 * Settings as each room wants them: who configures what. Read at each use, so that a `settings` command acts at once.
 *
 * Simplification: a world's vaults take tokens of every tenant, since a scenario gives a vault no tenant and manifests bring their own.
 */
import type { EntraConfig } from "../../azure-mock/index.ts";
import type {
  ApiServerConfig,
  ProgramsConfig,
} from "../../cluster-sim/index.ts";
import type { NodeConfig } from "../../kubelet-sim/index.ts";
import { driverGeneration, secretCacheTtl } from "../../kubelet-sim/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { KeyVaultConfig } from "../../keyvault-mock/index.ts";
import { DEFAULT_KEY_VAULT_CONFIG } from "../../keyvault-mock/index.ts";
import type { Settings } from "./settings.ts";

/** What the provider's chart makes the CSIDriver object ask the kubelet for: `tokenRequests`. */
const TOKEN_AUDIENCES = [
  "api://AzureADTokenExchange",
  "api://AKSIdentityBinding",
];
const NO_AUDIENCES: readonly string[] = [];

export function nodeConfig(settings: Settings, nodes: number): NodeConfig {
  const { kubernetes, kubelet, latency, driver, addon, provider } = settings;
  return {
    kubernetesMinor: kubernetes.minor,
    syncFrequencyMs: kubelet.syncFrequency,
    changeDetection: kubelet.configMapAndSecretChangeDetectionStrategy,
    secretCacheTtlMs: secretCacheTtl(nodes),
    sandboxMs: latency.sandbox,
    containerStartMs: latency.containerStart,
    containerStopMs: latency.containerStop,
    appMs: latency.app,
    networkReadyMs: settings.downtime.network,
    driverVersion: driver.version,
    enableSecretRotation: addon.enableSecretRotation,
    rotationPollIntervalMs: addon.rotationPollInterval,
    rotationOrder: driver.rotationOrder,
    syncSecret: addon.syncSecret,
    requiresRepublish: requiresRepublish(settings),
    maxContainerRestartMs: kubelet.maxContainerRestartPeriod,
    constructPemChain: provider.constructPemChain,
    writeCertAndKeyInSeparateFiles: provider.writeCertAndKeyInSeparateFiles,
    emptyVolumeHazard: driver.emptyVolumeHazard,
    tokenAudiences:
      driver.tokenRequests === "azure" ? TOKEN_AUDIENCES : NO_AUDIENCES,
  };
}

/** What the CSIDriver object says: drivers before 1.6 bring one that does not ask for it. */
export function requiresRepublish({ driver, addon }: Settings): boolean {
  if (driverGeneration(driver.version) === "reconciler") return false;
  return addon.enableSecretRotation || driver.requiresRepublish === "always";
}

export function apiServerConfig({ latency }: Settings): ApiServerConfig {
  return { latencyMs: latency.apiServer, watchLatencyMs: latency.watch };
}

export function keyVaultConfig({ latency, vault }: Settings): KeyVaultConfig {
  return {
    ...DEFAULT_KEY_VAULT_CONFIG,
    anyTenant: true,
    latencyMs: latency.vault,
    deleteTimeMs: vault.deleteTime,
    recoverTimeMs: vault.recoverTime,
    purgeTimeMs: vault.purgeTime,
    throttling: vault.throttling,
    transactionsPer10s: vault.transactionsPer10s,
    secretSetsPer10s: vault.secretSetsPer10s,
    keyCreatesPer10s: vault.keyCreatesPer10s,
    subscriptionFactor: vault.subscriptionFactor,
    throttledCount: vault.throttledCount,
    retryAfterMs: vault.retryAfter,
  };
}

export function entraConfig({ latency, identity }: Settings): EntraConfig {
  return { latencyMs: latency.entra, ...identity };
}

export function programsConfig(settings: Settings): ProgramsConfig {
  const { latency, kubernetes } = settings;
  return {
    handlingMs: latency.reloader,
    perWorkloadMs: latency.reloaderWorkload,
    minor: kubernetes.minor,
  };
}

/** Node addresses, in order: 10.224.0.4, 10.224.0.5 … as AKS gives them in its default subnet. */
export function nodeIp(index: number): string {
  const host = index + 3;
  return `10.224.${Math.floor(host / 250)}.${(host % 250) + 1}`;
}

/** Makes a room's configuration once for each set of settings: the rooms ask for it at every turn. */
export function remembered<Config>(
  settings: () => Settings,
  read: (settings: Settings) => Config,
): () => Config {
  let last: Settings | null = null;
  let config: Config;
  return () => {
    const current = settings();
    if (current !== last) {
      last = current;
      config = read(current);
    }
    return config;
  };
}

/** The Node object that AKS makes for a machine. */
export function nodeManifest(name: string, ip: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    status: {
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
    },
  };
}
