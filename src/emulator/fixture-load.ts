/** A fixture's input, read by the scenario loader: a mistake has its place and its fix there. */
import type { JsonObject } from "../kernel/json.ts";
import { asErrorOf, refusePath } from "./fixture-checks.ts";
import type { FixtureConfig } from "./fixture-config.ts";
import { readTextFile } from "./profiles/input/read-file.ts";
import { loadScenario } from "./scenario/load.ts";
import type { Scenario } from "./scenario/model.ts";

const CONFIG_FILE = "createWorld";

interface LoadParts extends Record<string, unknown> {
  readonly files?: ReadonlyMap<string, string>;
}

/** Manifests as files beside the configuration. Throws for a path where the text is wanted. */
export function manifestsOf(
  manifests: readonly (string | JsonObject)[],
): LoadParts {
  const files = new Map<string, string>();
  for (const [i, manifest] of manifests.entries()) {
    if (typeof manifest === "string") refusePath(manifest);
    files.set(
      `manifest ${i + 1}`,
      typeof manifest === "string" ? manifest : JSON.stringify(manifest),
    );
  }
  return { files, manifests: [...files.keys()] };
}

/** Reads parts of a scenario of a fixture's world; `what` names the call in errors. */
export function loadParts(
  config: FixtureConfig,
  what: string,
  parts: LoadParts,
): Scenario {
  const { files = new Map<string, string>(), ...rest } = parts;
  const { seed, profile, variables, namespace } = config;
  const scenario = {
    apiVersion: "keyturn/v1",
    kind: "Scenario",
    metadata: { name: "world" },
    duration: "1s",
    ...(seed === undefined ? {} : { seed }),
    ...(profile === undefined ? {} : { profile }),
    ...(variables === undefined ? {} : { variables }),
    ...(namespace === undefined ? {} : { namespace }),
    ...rest,
  };
  try {
    return loadScenario(CONFIG_FILE, {
      isPart: !("vaults" in parts),
      // JSON is YAML; the manifests are files beside it, so that their own rules and positions hold.
      readFile: (file) =>
        file === CONFIG_FILE
          ? JSON.stringify(scenario)
          : (files.get(file) ?? readTextFile(file)),
    });
  } catch (error) {
    throw asErrorOf(what, error, CONFIG_FILE);
  }
}
