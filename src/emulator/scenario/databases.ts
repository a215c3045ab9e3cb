/** `databases:` and `database` steps: services that take a secret of a vault as their password, and change it when the vault has a new one. */
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command, DatabaseSpec } from "../world/commands.ts";
import type { Declared } from "./declared.ts";
import {
  countAt,
  durationAt,
  pathsInSteps,
  positionAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";

export function declareDatabases(
  context: LoadContext,
  declared: Declared,
): void {
  for (const path of [
    ...listed(context),
    ...pathsInSteps(context, "database"),
  ]) {
    const at = [...path, "name"];
    const name = textAt(context, at);
    const earlier =
      name === null
        ? null
        : declared.addDatabase(name, positionAt(context, at));
    if (earlier !== null)
      reportAt(context, at, {
        message: `the database "${name}" stands twice here, first in line ${earlier.line}`,
        fix: "give each database a name of its own",
      });
  }
}

/** Those of the head. */
export function readDatabases(
  context: LoadContext,
  declared: Declared,
): readonly DatabaseSpec[] {
  return listed(context)
    .map((path) => readDatabase(context, declared, path))
    .filter((database) => database !== null);
}

export function createDatabase(database: DatabaseSpec): Command {
  return { kind: "createDatabase", database };
}

/** Null when something is wrong with the step, which is reported then. */
export function readDatabaseStep(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const database = readDatabase(context, declared, path);
  return database && createDatabase(database);
}

function listed(context: LoadContext): Path[] {
  const count = countAt(context, ["databases"]);
  return Array.from({ length: count }, (_, i) => ["databases", i]);
}

function readDatabase(
  context: LoadContext,
  declared: Declared,
  path: Path,
): DatabaseSpec | null {
  const text = (key: string) => textAt(context, [...path, key]);
  const at = (key: string) => positionAt(context, [...path, key]);
  const name = text("name");
  const named = text("vault");
  const vault = named === null ? null : declared.vault(named, at("vault"));
  const wanted = text("secret");
  const secret =
    vault === null || wanted === null
      ? null
      : declared.secret(vault, wanted, at("secret"));
  const credentials = text("credentials");
  if (name === null || vault === null || secret === null) return null;
  if (credentials !== "single" && credentials !== "dual") return null;
  const switchAfterMs = durationAt(context, [...path, "switchAfter"]) ?? 0;
  return { name, vault, secret, credentials, switchAfterMs };
}
