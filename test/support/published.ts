/** The published scenarios, each once, or once for each of its variants. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../../src/emulator/index.ts";
import { loadScenario, variantOf } from "../../src/emulator/index.ts";

const DIRECTORY = fileURLToPath(new URL("../../scenarios/", import.meta.url));

/** Names without the extension, sorted. */
export const PUBLISHED: readonly string[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();

/** What `keyturn run` plays of a scenario: itself, or its variants (`NAME@VARIANT`). */
export function playsOf(name: string): readonly Scenario[] {
  const scenario = loadScenario(`${DIRECTORY}${name}.yaml`);
  return scenario.variants.length === 0
    ? [scenario]
    : scenario.variants.map((variant) => variantOf(scenario, variant.name));
}
