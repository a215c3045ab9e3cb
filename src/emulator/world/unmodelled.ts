/** Settings that ask for behaviour of versions that are not modelled: refused when a world is made, not played wrongly. */
import { KeyturnError } from "../../kernel/errors.ts";
import { isSince } from "../../kernel/release.ts";
import type { Settings } from "./settings.ts";

const OLDEST_DRIVER = "0.1.0";
/** No driver of this major version exists yet. */
const FIRST_UNKNOWN_DRIVER = "2.0.0";

/** Throws a `KeyturnError` (NotModelled) that names the setting. */
export function refuseUnmodelled({ driver }: Settings): void {
  if (isSince(driver.version, FIRST_UNKNOWN_DRIVER))
    throw new KeyturnError(
      "NotModelled",
      `Failed to make a world: settings.driver.version is ${driver.version}, newer than the driver versions modelled (0.1 to 1.6 and later minor versions of 1). Use 1.5.6 or 1.6.0`,
    );
  if (!isSince(driver.version, OLDEST_DRIVER))
    throw new KeyturnError(
      "NotModelled",
      `Failed to make a world: settings.driver.version is ${driver.version}, older than the driver versions modelled (0.1 and later)`,
    );
}
