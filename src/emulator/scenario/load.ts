/**
 * Reads a scenario and everything it refers to. All mistakes are reported at once, each with its place; nothing is
 * played. The only file of this folder that knows there is a disk.
 */
import { basename, dirname, extname, isAbsolute, join } from "node:path";

import { CheckedDocument } from "../profiles/input/check-shape.ts";
import { nearestName } from "../../kernel/nearest-name.ts";
import { listNames } from "../profiles/input/nearest-name.ts";
import { Problems } from "../profiles/input/problem.ts";
import {
  attempt,
  readTextFile,
  yamlFilesBeside,
} from "../profiles/input/read-file.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ReadFile } from "../profiles/input/read-file.ts";
import { CORE_RULES, YamlDocument } from "../profiles/input/yaml-document.ts";
import { readYaml } from "../profiles/input/yaml-source.ts";
import { readProfile } from "../profiles/load.ts";
import { readSettings } from "../profiles/settings-text.ts";
import { checkManifest } from "../world/check-manifest.ts";
import { installedObjects } from "../world/reloader.ts";
import { overrideSettings } from "../world/settings.ts";
import { Applications } from "./applications.ts";
import {
  createDatabase,
  declareDatabases,
  readDatabases,
} from "./databases.ts";
import { Declared } from "./declared.ts";
import { execExpectations } from "./exec-expectations.ts";
import { readExpectations, readWatch } from "./expectation-lines.ts";
import { readHead } from "./head.ts";
import type { Head } from "./head.ts";
import { createLane, declareLanes, laneOf, readLanes } from "./lanes.ts";
import type { CheckManifest, Files, LoadContext } from "./load-context.ts";
import { ManifestReader, readManifests } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";
import type { Scenario, Step } from "./model.ts";
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
  /** Whether vaults, databases and objects may be there that it does not say; default false. */
  readonly isPart?: boolean;
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
      isPart: options.isPart ?? false,
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
  declareLanes(context, declared);
  declareDatabases(context, declared);
  const applications = new Applications(context);
  const reader = new ManifestReader(context, applications);
  const manifests = readManifests(reader, context);
  for (const manifest of manifests) declared.addObject(manifest);
  const variants = readVariants(context, profile.settings);
  for (const { settings } of [profile, ...variants])
    for (const object of installedObjects(settings))
      declared.addObject(manifestOf(object));
  const drafts = declareSteps(context, declared, reader);
  declared.objectsKnown = reader.complete;
  const steps = readSteps(context, declared, drafts);
  applications.check(declared);
  const lanes = readLanes(context, declared);
  const databases = readDatabases(context, declared);
  const watch = readWatch(context, declared);
  const lines = readExpectations(context, declared);
  return {
    file,
    ...withoutVariables(head),
    ...profile,
    setup: [
      ...vaultCommands(context),
      ...databases.map(createDatabase),
      ...manifests.map(({ object }) => ({ kind: "apply" as const, object })),
      ...lanes.flatMap(createLane),
    ],
    steps,
    lanes: [...lanes, ...steps.flatMap(lanesOf)],
    databases: [...databases, ...steps.flatMap(databasesOf)],
    watch,
    expectations: [...execExpectations(steps, namespace), ...lines],
    generated: declared.generated,
    variants,
  };
}

/** What the world applies by itself, as if the scenario said it. */
function manifestOf(object: JsonObject): Omit<Manifest, "position"> {
  const { name, namespace = "" } = object["metadata"] as {
    readonly name: string;
    readonly namespace?: string;
  };
  return { kind: object["kind"] as string, namespace, name, object };
}

function lanesOf({ command }: Step) {
  return command.kind === "createLane" ? [laneOf(command.lane)] : [];
}

function databasesOf({ command }: Step) {
  return command.kind === "createDatabase" ? [command.database] : [];
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
