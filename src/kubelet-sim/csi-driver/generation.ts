/**
 * Which rotation a version of the driver has: its own reconciler up to 1.5, the kubelet's republish from 1.6 on.
 *
 * Source: csi-driver.md, the two generations; kubernetes-sigs/secrets-store-csi-driver v1.5.6 and v1.6.0
 */
import type { DurationMs } from "../../kernel/time.ts";

export type DriverGeneration = "reconciler" | "republish";

/** The flags and the version that a driver process was started with: a later change of the settings needs a restart. */
export interface DriverFlags {
  readonly version: string;
  readonly generation: DriverGeneration;
  /** `--enable-secret-rotation` */
  readonly rotation: boolean;
  /** `--rotation-poll-interval` */
  readonly intervalMs: DurationMs;
  /** Setting of the world: `NodeConfig.emptyVolumeHazard`. */
  readonly emptyVolumeHazard: boolean;
}

const FIRST_REPUBLISH = [1, 6] as const;
const FIRST_WITH_TOKENS = [1, 1] as const;

/** `version` as `1.5.6`. */
export function driverGeneration(version: string): DriverGeneration {
  return isFrom(version, FIRST_REPUBLISH) ? "republish" : "reconciler";
}

/** Whether the rotation reconciler asks for service account tokens; before 1.1 it sent the provider none. */
export function rotatesWithTokens(version: string): boolean {
  return isFrom(version, FIRST_WITH_TOKENS);
}

/** Versions read so far: a reconciler asks at each key. */
const read = new Map<string, readonly [major: number, minor: number]>();

function isFrom(version: string, first: readonly [number, number]): boolean {
  let known = read.get(version);
  if (known === undefined) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    read.set(version, (known = [major, minor]));
  }
  const [major, minor] = known;
  return major > first[0] || (major === first[0] && minor >= first[1]);
}
