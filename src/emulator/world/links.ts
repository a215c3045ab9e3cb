/**
 * Settings as each room wants them: who configures what. Read at each use, so that a `settings` command acts at once.
 *
 * Simplification: a world's vaults take tokens of every tenant, since a scenario gives a vault no tenant and manifests bring their own.
 */
import type { ApiServerConfig } from "../../cluster-sim/index.ts";
import type { NodeConfig } from "../../kubelet-sim/index.ts";
import { secretCacheTtl } from "../../kubelet-sim/index.ts";
import type { KeyVaultConfig } from "../../keyvault-mock/index.ts";
import { DEFAULT_KEY_VAULT_CONFIG } from "../../keyvault-mock/index.ts";
import type { Settings } from "./settings.ts";

/** What the CSIDriver object asks the kubelet for: the Azure chart's default audience. */
const TOKEN_AUDIENCES = ["api://AzureADTokenExchange"];

export function nodeConfig(settings: Settings, nodes: number): NodeConfig {
  const { kubernetes, kubelet, latency, driver, addon } = settings;
  return {
    kubernetesMinor: kubernetes.minor,
    syncFrequencyMs: kubelet.syncFrequency,
    changeDetection: kubelet.configMapAndSecretChangeDetectionStrategy,
    secretCacheTtlMs: secretCacheTtl(nodes),
    sandboxMs: latency.sandbox,
    containerStartMs: latency.containerStart,
    containerStopMs: latency.containerStop,
    driverVersion: driver.version,
    enableSecretRotation: addon.enableSecretRotation,
    rotationPollIntervalMs: addon.rotationPollInterval,
    rotationOrder: driver.rotationOrder,
    syncSecret: addon.syncSecret,
    tokenAudiences: TOKEN_AUDIENCES,
  };
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
  };
}

/** Node addresses, in order: 10.224.0.4, 10.224.0.5 … as AKS gives them in its default subnet. */
export function nodeIp(index: number): string {
  const host = index + 3;
  return `10.224.${Math.floor(host / 250)}.${(host % 250) + 1}`;
}
