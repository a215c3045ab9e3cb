/** Settings of a node whose driver is of 1.6 and rotates, for rooms without a world. */
import type { NodeConfig } from "../../src/kubelet-sim/ports.ts";

export const CONFIG: NodeConfig = {
  kubernetesMinor: 35,
  syncFrequencyMs: 60_000,
  changeDetection: "Watch",
  secretCacheTtlMs: 60_000,
  sandboxMs: 300,
  containerStartMs: 200,
  containerStopMs: 1_000,
  appMs: 10,
  networkReadyMs: 5_000,
  driverVersion: "1.6.0",
  enableSecretRotation: true,
  rotationPollIntervalMs: 120_000,
  rotationOrder: "sorted",
  syncSecret: true,
  requiresRepublish: true,
  maxContainerRestartMs: 300_000,
  constructPemChain: true,
  writeCertAndKeyInSeparateFiles: false,
  emptyVolumeHazard: false,
  tokenAudiences: ["api://AzureADTokenExchange"],
};
