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
  };
  readonly provider: {
    readonly version: string;
  };
  readonly kubelet: {
    readonly syncFrequency: DurationMs;
    readonly configMapAndSecretChangeDetectionStrategy:
      "Watch" | "Cache" | "Get";
  };
  /** One hop's delay. A request acts when it is sent; the whole round trip is paid on the way back. */
  readonly latency: {
    readonly vault: DurationMs;
    readonly entra: DurationMs;
    readonly apiServer: DurationMs;
    /** From a write to a watcher's event. */
    readonly watch: DurationMs;
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
    /** USD for 10,000 operations. */
    readonly pricePer10kOperations: number;
  };
}

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
