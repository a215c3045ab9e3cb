/** The version of the package, as it is installed. */
import { readFileSync } from "node:fs";

export const VERSION: string = (
  JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  ) as { version: string }
).version;
