/** The scenarios that ship with the package. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KeyturnError } from "../../kernel/errors.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";

const DIRECTORY = fileURLToPath(
  new URL("../../../scenarios/", import.meta.url),
);
const ENDING = ".yaml";

/** Names, sorted: file names without their ending. */
export function builtInNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort(byCodeUnit);
}

/** The file of a built-in scenario. Throws a `KeyturnError` that names the nearest one. */
export function builtInFile(name: string): string {
  const names = builtInNames();
  if (!names.includes(name))
    throw new KeyturnError(
      "NoSuchScenario",
      `Failed to find the built-in scenario ${JSON.stringify(name)}${didYouMean(name, names)}\n  \`keyturn scenarios\` lists them; \`keyturn run FILE\` plays a file of yours`,
    );
  return join(DIRECTORY, name + ENDING);
}
