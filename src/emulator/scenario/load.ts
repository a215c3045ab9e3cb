/**
 * Reads a scenario and everything it refers to. All mistakes are reported at once, each with its place; nothing is
 * played. The only file of this folder that knows there is a disk.
 */
import { basename, dirname, extname, isAbsolute, join } from "node:path";

import { CheckedDocument } from "../profiles/input/check-shape.ts";
import { listNames, nearestName } from "../profiles/input/nearest-name.ts";
import { Problems } from "../profiles/input/problem.ts";
import {
  attempt,
  readTextFile,
  yamlFilesBeside,
} from "../profiles/input/read-file.ts";
import type { ReadFile } from "../profiles/input/read-file.ts";
import { CORE_RULES, YamlDocument } from "../profiles/input/yaml-document.ts";
import { readYaml } from "../profiles/input/yaml-source.ts";
import { readProfile } from "../profiles/load.ts";
import { readSettings } from "../profiles/settings-text.ts";
import { checkManifest } from "../world/check-manifest.ts";
import { overrideSettings } from "../world/settings.ts";
import { Declared } from "./declared.ts";
import { execExpectations } from "./exec-expectations.ts";
import { readExpectations, readWatch } from "./expectation-lines.ts";
import { readHead } from "./head.ts";
import type { Head } from "./head.ts";
import type { CheckManifest, Files, LoadContext } from "./load-context.ts";
import { ManifestReader, readManifests } from "./manifests.ts";
import type { Scenario } from "./model.ts";
import { ScenarioError } from "./problems.ts";
import { scenarioShape } from "./schema.ts";
import { declareSteps, readSteps } from "./steps.ts";
import { readVariants } from "./variants.ts";
import { declareVaults, vaultCommands } from "./vaults.ts";

const DEFAULT_PROFILE = "aks";
/** Where scenarios lie in a checkout: looked through for names when a file is missing. */
const USUAL_FOLDER = "scenarios";

export interface LoadOptions {
  /** Instead of the disk, for the scenario, its manifests and its profile. Throws an error with the bare reason. */
  readonly readFile?: ReadFile;
  /** Default: what Kubernetes would reject, and what the world does not model. */
  readonly checkManifest?: CheckManifest;
}

/** Throws `ScenarioError` with every problem of the scenario, its manifests and its profile. */
export function loadScenario(
  file: string,
  options: LoadOptions = {},
): Scenario {
  const problems = new Problems();
  problems.openFile(file);
  const files: Files = {
    read: options.readFile ?? readTextFile,
    resolve: (reference) =>
      isAbsolute(reference) ? reference : join(dirname(file), reference),
    beside: options.readFile ? () => [] : yamlFilesBeside,
  };
  const checked = openScenario(file, files, problems);
  const scenario =
    checked &&
    build({
      file,
      checked,
      problems,
      files,
      checkManifest: options.checkManifest ?? checkManifest,
    });
  if (!scenario || problems.size > 0)
    throw new ScenarioError(file, problems.sorted());
  return scenario;
}

function openScenario(
  file: string,
  files: Files,
  problems: Problems,
): CheckedDocument | null {
  const text = attempt(() => files.read(file));
  if ("error" in text) {
    const { message, place } = text.error;
    problems.add(
      { file, line: 1, column: 1, ...place },
      `Failed to read scenario ${file}: ${message}`,
      place ? "" : nameSuggestion(file, files),
    );
    return null;
  }
  const source = readYaml(
    { file, text: text.value, schema: "core", documents: "one" },
    problems,
  );
  if (!source) return null;
  const [root] = source.roots;
  if (!root) {
    problems.add(
      source.position(0),
      "the file is empty",
      'a scenario starts with "apiVersion: keyturn/v1" and "kind: Scenario"',
    );
    return null;
  }
  const document = new YamlDocument(source, root, CORE_RULES, problems);
  return new CheckedDocument(document, scenarioShape(), problems);
}

/** The scenario that was probably meant, or those there are. */
function nameSuggestion(file: string, files: Files): string {
  const stem = (path: string) => basename(path, extname(path));
  // In the folder of the name, in the folder that it is, in the usual one.
  const paths = [file, join(file, "any"), join(USUAL_FOLDER, "any")].flatMap(
    (place) => [...files.beside(place)],
  );
  const nearest = nearestName(stem(file), paths.map(stem));
  const meant = paths.find((path) => stem(path) === nearest);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return paths.length === 0
    ? ""
    : `scenarios: ${listNames([...new Set(paths)], "none")}`;
}

type Opened = Omit<LoadContext, "namespace" | "variables" | "duration">;

function build(opened: Opened): Scenario {
  const { file, checked, problems } = opened;
  const head = readHead(checked, problems);
  const { namespace, variables, duration, nodes } = head;
  const context: LoadContext = { ...opened, namespace, variables, duration };
  const profile = readProfileAndSettings(context);
  const declared = new Declared(problems, nodes, namespace);
  declareVaults(context, declared);
  const reader = new ManifestReader(context);
  const manifests = readManifests(reader, context);
  for (const manifest of manifests) declared.addObject(manifest);
  const drafts = declareSteps(context, declared, reader);
  declared.objectsKnown = reader.complete;
  const steps = readSteps(context, declared, drafts);
  return {
    file,
    ...withoutVariables(head),
    ...profile,
    setup: [
      ...vaultCommands(context),
      ...manifests.map(({ object }) => ({ kind: "apply" as const, object })),
    ],
    steps,
    watch: readWatch(context, declared),
    expectations: [
      ...execExpectations(steps, namespace),
      ...readExpectations(context, declared),
    ],
    variants: readVariants(context, profile.settings),
  };
}

function withoutVariables({ variables: _, duration, ...head }: Head) {
  return { ...head, duration: duration ?? 0 };
}

/** Settings of a profile that cannot be read are never seen: the load fails. */
function readProfileAndSettings(
  context: LoadContext,
): Pick<Scenario, "profile" | "settings"> {
  const { checked, problems, file, files } = context;
  const written = checked.get(["profile"]);
  const nameOrPath = typeof written === "string" ? written : DEFAULT_PROFILE;
  const profile = readProfile({
    nameOrPath,
    mentionedAt: checked.document.at(["profile"]),
    relativeTo: dirname(file),
    readFile: files.read,
    problems,
  });
  const override = readSettings(checked, ["settings"], problems);
  return {
    profile: profile?.name ?? nameOrPath,
    settings: profile
      ? overrideSettings(profile.settings, override)
      : ({} as Scenario["settings"]),
  };
}
