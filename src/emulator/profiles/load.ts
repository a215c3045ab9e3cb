/** Reads profiles: the built-in ones beside this file, and a user's own by path. */
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

import { KeyturnError } from "../../kernel/errors.ts";
import { overrideSettings } from "../world/settings.ts";
import type { Settings } from "../world/settings.ts";
import { CheckedDocument } from "./input/check-shape.ts";
import { didYouMean, listNames } from "./input/nearest-name.ts";
import { formatProblem, Problems } from "./input/problem.ts";
import type { InputProblem, Position } from "./input/problem.ts";
import { attempt, readTextFile } from "./input/read-file.ts";
import type { ReadFile } from "./input/read-file.ts";
import { CORE_RULES, YamlDocument } from "./input/yaml-document.ts";
import { readYaml } from "./input/yaml-source.ts";
import { profileShape } from "./schema.ts";
import { readSettings } from "./settings-text.ts";

export const BUILT_IN_PROFILES: readonly string[] = ["aks", "helm"];

export interface Profile {
  readonly name: string;
  readonly settings: Settings;
}

/** A profile that cannot be used. The message lists every problem with its place. */
export class ProfileError extends KeyturnError {
  readonly problems: readonly InputProblem[];
  constructor(nameOrPath: string, problems: readonly InputProblem[]) {
    const lines = problems.map(formatProblem).join("\n");
    super("InvalidProfile", `Failed to load profile ${nameOrPath}:\n${lines}`);
    this.name = "ProfileError";
    this.problems = problems;
  }
}

/**
 * A built-in profile by name, or a file: whatever holds a slash or ends in .yaml or .yml.
 * Throws `ProfileError`.
 */
export function loadProfile(
  nameOrPath: string,
  options: { readonly readFile?: ReadFile } = {},
): Profile {
  const problems = new Problems();
  const profile = readProfile({
    nameOrPath,
    mentionedAt: { file: nameOrPath, line: 1, column: 1 },
    relativeTo: ".",
    readFile: options.readFile ?? readTextFile,
    problems,
  });
  if (!profile || problems.size > 0)
    throw new ProfileError(nameOrPath, problems.sorted());
  return profile;
}

export interface ProfileRequest {
  readonly nameOrPath: string;
  /** Where the user named it: the place of the problem when there is no such profile. */
  readonly mentionedAt: Position;
  /** Folder that paths start from. */
  readonly relativeTo: string;
  readonly readFile: ReadFile;
  readonly problems: Problems;
  /** Profiles that extend this one, to notice a circle. */
  readonly extendedBy?: readonly string[];
}

/** A pure cache: built-in profiles never change. */
const builtIn = new Map<string, Profile>();

/** As `loadProfile`, with problems collected. Null when nothing usable was found. */
export function readProfile(request: ProfileRequest): Profile | null {
  const { nameOrPath, problems, mentionedAt, extendedBy = [] } = request;
  const isPath = /[/\\]|\.ya?ml$/.test(nameOrPath);
  if (!isPath && !BUILT_IN_PROFILES.includes(nameOrPath)) {
    const hint = didYouMean(nameOrPath, BUILT_IN_PROFILES);
    problems.add(
      mentionedAt,
      `there is no profile "${nameOrPath}"${hint}`,
      `built in: ${listNames(BUILT_IN_PROFILES, "none")}; a file needs a path like ./mine.yaml`,
    );
    return null;
  }
  const cached = isPath ? undefined : builtIn.get(nameOrPath);
  if (cached) return cached;
  const path = isPath
    ? isAbsolute(nameOrPath)
      ? nameOrPath
      : join(request.relativeTo, nameOrPath)
    : fileURLToPath(new URL(`../profiles/${nameOrPath}.yaml`, import.meta.url));
  const file = isPath ? path : `${nameOrPath}.yaml`;
  if (extendedBy.includes(path)) {
    problems.add(mentionedAt, "this profile extends itself", "");
    return null;
  }
  const read = isPath ? request.readFile : readTextFile;
  const text = attempt(() => read(path));
  if ("error" in text) {
    const { message, place } = text.error;
    problems.add(
      place ? { file, ...place } : mentionedAt,
      `Failed to read profile ${file}: ${message}`,
      isPath
        ? `built in: ${listNames(BUILT_IN_PROFILES, "none")}`
        : "reinstall keyturn",
    );
    return null;
  }
  const profile = readProfileText({
    ...request,
    file,
    path,
    text: text.value,
    isBuiltIn: !isPath,
  });
  if (profile && !isPath) builtIn.set(nameOrPath, profile);
  return profile;
}

function readProfileText(
  request: ProfileRequest & {
    readonly file: string;
    readonly path: string;
    readonly text: string;
    readonly isBuiltIn: boolean;
  },
): Profile | null {
  const { file, text, problems } = request;
  const source = readYaml(
    { file, text, schema: "core", documents: "one" },
    problems,
  );
  const root = source?.roots[0];
  if (!source || !root) {
    if (source) problems.add(source.position(0), "the file is empty");
    return null;
  }
  const document = new YamlDocument(source, root, CORE_RULES, problems);
  // Built-in profiles are checked by a test, not at every start.
  const shape = request.isBuiltIn ? null : profileShape();
  const checked = new CheckedDocument(document, shape, problems);
  const override = readSettings(checked, ["settings"], problems);
  const name = checked.get(["metadata", "name"]);
  const base = checked.get(["extends"]);
  if (typeof name !== "string") return null;
  if (typeof base !== "string")
    return { name, settings: override as unknown as Settings };
  const extended = readProfile({
    ...request,
    nameOrPath: base,
    mentionedAt: document.at(["extends"]),
    relativeTo: dirname(request.path),
    extendedBy: [...(request.extendedBy ?? []), request.path],
  });
  return (
    extended && {
      name,
      settings: overrideSettings(extended.settings, override),
    }
  );
}
