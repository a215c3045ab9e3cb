/**
 * The directory of `--out`: Keyturn replaces what an earlier run of its own wrote there, leaves files of others alone,
 * and refuses where a file of somebody else has a name that it needs. Models no real component.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";

import { KeyturnError } from "../../kernel/errors.ts";
import { PARTIAL } from "./buffered-file.ts";
import { outputError } from "./output-error.ts";

export const TRACE_FILE = "trace.ndjson";
export const SUMMARY_FILE = "summary.json";
export const SEQUENCE_FILE = "sequence.mmd";
export const JUNIT_FILE = "junit.xml";
export const JOURNAL_FILE = "journal.yaml";
export const LANES_FILE = "lanes.md";
export const AUDIT_DIRECTORY = "audit";
const AUDIT_EXTENSION = ".ndjson";

/** What the header of every trace says in its member `format`. */
export const TRACE_FORMAT = "keyturn-trace/v1";

const OWN_FILES = [
  TRACE_FILE,
  SUMMARY_FILE,
  SEQUENCE_FILE,
  JUNIT_FILE,
  JOURNAL_FILE,
  LANES_FILE,
];

/**
 * Makes the directory if need be and removes what a killed run left half-written.
 * Returns the names of other people's files, sorted. Throws where one of them is in the way.
 */
export function prepareDirectory(directory: string): string[] {
  return guarded(directory, () => {
    mkdirSync(directory, { recursive: true });
    const names = readdirSync(directory).sort();
    const audits = auditFiles(directory);
    if (!isOurs(directory)) {
      const taken = names.find((name) => OWN_FILES.includes(name));
      const audit = audits.map((name) => join(AUDIT_DIRECTORY, name))[0];
      const inTheWay = taken ?? audit;
      if (inTheWay !== undefined) throw foreign(directory, inTheWay);
    }
    for (const name of OWN_FILES)
      rmSync(join(directory, name + PARTIAL), { force: true });
    for (const name of auditFiles(directory, AUDIT_EXTENSION + PARTIAL))
      rmSync(join(directory, AUDIT_DIRECTORY, name), { force: true });
    const own = [...OWN_FILES, ...OWN_FILES.map((name) => name + PARTIAL)];
    return names.filter((n) => !own.includes(n) && n !== AUDIT_DIRECTORY);
  });
}

/** Where the audit log of a vault goes; makes the directory above it. */
export function auditPath(directory: string, vault: string): string {
  const audit = join(directory, AUDIT_DIRECTORY);
  guarded(audit, () => mkdirSync(audit, { recursive: true }));
  return join(audit, vault + AUDIT_EXTENSION);
}

/** Removes what an earlier run wrote and this one has nothing for. */
export function removeStale(directory: string, name: string): void {
  const path = join(directory, name);
  guarded(path, () => rmSync(path, { force: true }));
}

/** Removes audit logs of an earlier run whose vaults this run does not have. */
export function removeOtherAudits(
  directory: string,
  vaults: readonly string[],
): void {
  const kept = vaults.map((vault) => vault + AUDIT_EXTENSION);
  for (const name of auditFiles(directory)) {
    if (kept.includes(name)) continue;
    const path = join(directory, AUDIT_DIRECTORY, name);
    guarded(path, () => rmSync(path));
  }
}

function auditFiles(directory: string, ending = AUDIT_EXTENSION): string[] {
  let names: string[];
  try {
    names = readdirSync(join(directory, AUDIT_DIRECTORY));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw outputError(join(directory, AUDIT_DIRECTORY), error);
  }
  return names.filter((name) => name.endsWith(ending)).sort();
}

/** Whether a run of ours was finished here: its trace starts with our header. */
function isOurs(directory: string): boolean {
  let fd: number;
  try {
    fd = openSync(join(directory, TRACE_FILE), "r");
  } catch {
    return false;
  }
  try {
    const start = `{"format":"${TRACE_FORMAT.split("/")[0]!}/`;
    const bytes = Buffer.alloc(start.length);
    readSync(fd, bytes, 0, bytes.length, 0);
    return bytes.toString("utf8") === start;
  } finally {
    closeSync(fd);
  }
}

/** What is thrown where a file of somebody else has a name that we need. */
export function foreign(directory: string, name: string): KeyturnError {
  return new KeyturnError(
    "OutputInTheWay",
    `Failed to write to ${directory}: it holds ${name}, which no run of Keyturn wrote; move it away or choose another directory with --out`,
  );
}

/** Errors of the file system as the user is told them. */
export function guarded<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw outputError(path, error);
  }
}
