/**
 * Everything about a world that a profile fixes and a scenario may override: which cluster is this? Durations are
 * milliseconds here and text (`2m`) in files. Each number's source stands beside it in `profiles/*.yaml`.
 */
import type { DurationMs } from "../../kernel/time.ts";

export interface Settings {
  readonly kubernetes: {
    /** Minor version whose rules the node and the control plane follow: 25 to 36. */
    readonly minor: number;
  };
  readonly addon: {
    readonly enableSecretRotation: boolean;
    readonly rotationPollInterval: DurationMs;
    /** Whether the driver may write Kubernetes Secrets (Helm `syncSecret.enabled`; always on in the AKS add-on). */
    readonly syncSecret: boolean;
    /** From `az aks addon update` to the restart of the first node's driver. */
    readonly rolloutDelay: DurationMs;
    /** How long a driver is down while its DaemonSet pod is replaced, one node after the other. */
    readonly driverRestart: DurationMs;
  };
  readonly driver: {
    /** `1.5.6`; below 1.6.0 the rotation reconciler generation. */
    readonly version: string;
    /** In which order one rotation pass takes the pods of a node: upstream's is that of a Go map. */
    readonly rotationOrder: "sorted" | "shuffled";
    /** `requiresRepublish` of the CSIDriver object (1.6 and later): as the chart sets it, or true as in the plain manifest. */
    readonly requiresRepublish: "withRotation" | "always";
    /** `tokenRequests` of the CSIDriver object: the audiences that the provider's chart asks for, or none. */
    readonly tokenRequests: "azure" | "none";
    /** Whether a young directory left by a failed first mount counts as mounted, as the code of 1.6.0 reads. */
    readonly emptyVolumeHazard: boolean;
  };
  readonly provider: {
    readonly version: string;
    /** Provider flag --construct-pem-chain. */
    readonly constructPemChain: boolean;
    /** Provider flag --write-cert-and-key-in-separate-files. */
    readonly writeCertAndKeyInSeparateFiles: boolean;
  };
  /** What Entra ID and the nodes' metadata service know of the identities that pods use. */
  readonly identity: {
    /** The federated identity credential of a workload identity. */
    readonly federatedCredential: "present" | "missing" | "wrongSubject";
    /** The user-assigned identity on the node's scale set. */
    readonly vmIdentity: "assigned" | "notAssigned";
    /** The AzureIdentityBinding of pod identity. */
    readonly podIdentityBinding: "present" | "missing";
    /** The secret of a service principal. */
    readonly clientSecret: "valid" | "invalid" | "expired";
    /** The in-cluster token proxy of identity binding. */
    readonly tokenProxy: "running" | "absent";
  };
  /** stakater Reloader: the flags that its Deployment is installed with. */
  readonly reloader: {
    /** Whether its usual objects are there when the run begins. Applying them is the other way. */
    readonly installed: boolean;
    /** Of the image that is installed: `1.4.14`. Its rules are those of that release. */
    readonly version: string;
    readonly replicas: number;
    /** --reload-strategy */
    readonly reloadStrategy: "env-vars" | "annotations";
    /** --auto-reload-all, --reload-on-create, --reload-on-delete, --sync-after-restart */
    readonly autoReloadAll: boolean;
    readonly reloadOnCreate: boolean;
    readonly reloadOnDelete: boolean;
    readonly syncAfterRestart: boolean;
    /** --enable-ha */
    readonly enableHA: boolean;
    /** --enable-csi-integration */
    readonly enableCSIIntegration: boolean;
  };
  readonly kubelet: {
    readonly syncFrequency: DurationMs;
    readonly configMapAndSecretChangeDetectionStrategy:
      "Watch" | "Cache" | "Get";
    /** KubeletConfiguration crashLoopBackOff.maxContainerRestartPeriod (1.35 and later). */
    readonly maxContainerRestartPeriod: DurationMs;
  };
  /** How long something that is restarted stays down unless the restart says it. A driver's is `addon.driverRestart`. */
  readonly downtime: {
    readonly kubelet: DurationMs;
    readonly provider: DurationMs;
    readonly node: DurationMs;
    readonly apiServer: DurationMs;
    readonly reloader: DurationMs;
    readonly lane: DurationMs;
    /** From a rebooted node's kubelet to its network plugin. */
    readonly network: DurationMs;
  };
  /** One hop's delay. A request acts when it is sent; the whole round trip is paid on the way back. */
  readonly latency: {
    readonly vault: DurationMs;
    readonly entra: DurationMs;
    readonly apiServer: DurationMs;
    /** From a write to a watcher's event. */
    readonly watch: DurationMs;
    /** What Reloader takes for one event before its first patch, beside its requests, and for each matched workload beyond seven. */
    readonly reloader: DurationMs;
    readonly reloaderWorkload: DurationMs;
    /** From a change that a watching program hears of to its new value. */
    readonly app: DurationMs;
    /** One request to a database and back. */
    readonly database: DurationMs;
    readonly scheduler: DurationMs;
    readonly sandbox: DurationMs;
    readonly containerStart: DurationMs;
    /** Least time between the end of a container and the next state of its pod. */
    readonly containerStop: DurationMs;
  };
  readonly vault: {
    /** How long deleting, recovering and purging stay in progress. */
    readonly deleteTime: DurationMs;
    readonly recoverTime: DurationMs;
    readonly purgeTime: DurationMs;
    /** Whether the published limits hold, per vault and sliding 10 s window. */
    readonly throttling: boolean;
    /** Secrets and vault transactions, and the weighted budget of RSA 2048 and EC keys. */
    readonly transactionsPer10s: number;
    /** SecretSet, and imports of keys and certificates. */
    readonly secretSetsPer10s: number;
    readonly keyCreatesPer10s: number;
    /** Limit of all vaults of a subscription together, as a multiple of one vault's. */
    readonly subscriptionFactor: number;
    /** Whether refused requests fill the window, too. */
    readonly throttledCount: boolean;
    /** `Retry-After` of a 429 in whole seconds; 0: the header is absent, as recorded. */
    readonly retryAfter: DurationMs;
    /** USD for 10,000 operations on secrets, software keys and RSA 2048 keys. */
    readonly pricePer10kOperations: number;
    /** USD for 10,000 operations on other keys. */
    readonly pricePer10kOtherKeyOperations: number;
    /** USD for each renewal of a certificate. */
    readonly pricePerCertificateRenewal: number;
    /** Whether unauthenticated requests (401) cost, too. */
    readonly billUnauthenticated: boolean;
  };
}

/**
 * Groups that cannot change while a world runs: an upgrade of the cluster replaces its nodes, and AKS takes a kubelet's
 * configuration when a node pool is created.
 */
export const FIXED_SETTINGS: readonly string[] = ["kubernetes", "kubelet"];

/** A setting-by-setting override, as a scenario's `settings:` or a `settings` step gives it. */
export type SettingsOverride = {
  readonly [Group in keyof Settings]?: Partial<Settings[Group]>;
};

/** Applies an override; groups and settings that it does not name stay. */
export function overrideSettings(
  base: Settings,
  override: SettingsOverride,
): Settings {
  const groups = Object.entries(base).map(([group, values]) => [
    group,
    { ...values, ...override[group as keyof Settings] },
  ]);
  return Object.fromEntries(groups) as Settings;
}
