/** Settings that ask for behaviour of a later version: refused when a world is made, not played wrongly. */
import { KeyturnError } from "../../kernel/errors.ts";
import type { Settings } from "./settings.ts";

const FIRST_REPUBLISH_VERSION = [1, 6];
const OLDEST_RECONCILER_VERSION = [0, 1];

/** Major and minor of `1.5.6`. */
function majorMinor(version: string): readonly [number, number] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return [major, minor];
}

function atLeast(version: string, limit: readonly number[]): boolean {
  const [major, minor] = majorMinor(version);
  return major > limit[0]! || (major === limit[0]! && minor >= limit[1]!);
}

/** Throws a `KeyturnError` (NotModelled) that names the setting. */
export function refuseUnmodelled({ driver }: Settings): void {
  if (atLeast(driver.version, FIRST_REPUBLISH_VERSION))
    throw new KeyturnError(
      "NotModelled",
      `Failed to make a world: settings.driver.version is ${driver.version}, but this version of Keyturn models the rotation reconciler of driver 1.5 and earlier; the republish generation (1.6) is not modelled yet. Use 1.5.6`,
    );
  if (!atLeast(driver.version, OLDEST_RECONCILER_VERSION))
    throw new KeyturnError(
      "NotModelled",
      `Failed to make a world: settings.driver.version is ${driver.version}, older than the driver versions modelled (0.1 to 1.5)`,
    );
}
