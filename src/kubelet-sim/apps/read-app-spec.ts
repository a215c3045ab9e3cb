/**
 * Reads the annotation `keyturn.dev/app`: a mapping in YAML with the keys of `KEYS`. Keyturn's own; every value is checked
 * as far as the annotation alone tells.
 */
import { KeyturnError } from "../../kernel/errors.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { parseDuration } from "../../kernel/time.ts";
import { YamlError, parseYaml } from "../../kernel/yaml.ts";
import type { AppKind, AppSpec } from "./app-spec.ts";
import { APP_KINDS } from "./app-spec.ts";
import { APP_REQUEST_INTERVAL_MS } from "./defaults.ts";
import { nearestName } from "../../kernel/nearest-name.ts";

export type ReadAppSpec =
  | { readonly ok: true; readonly spec: AppSpec }
  | {
      readonly ok: false;
      /** A sentence without a full stop, to stand after the annotation's name. */
      readonly message: string;
    };

const KEYS = [
  "how",
  "container",
  "file",
  "env",
  "vault",
  "secret",
  "every",
  "schedule",
  "sidecar",
  "database",
  "requestEvery",
] as const;
type Key = (typeof KEYS)[number];

/** Where each kind may take its value from. */
const SOURCES: Readonly<Record<AppKind, readonly Key[]>> = {
  "reads-once": ["file", "env"],
  "reads-each-use": ["file", "env"],
  "polls-file": ["file"],
  "watches-directory": ["file"],
  "watches-file": ["file"],
  "watches-data-link": ["file"],
  "reloads-on-signal": ["file", "env"],
  "polls-vault": ["vault"],
  dotnet: ["vault"],
  spring: ["vault"],
  "caches-vault": ["vault"],
  "refetches-when-refused": ["vault"],
};

/** The kinds that a key has a meaning for; keys that are not here have one for all. */
const ONLY_FOR: Readonly<Partial<Record<Key, readonly AppKind[]>>> = {
  every: [
    "reads-each-use",
    "polls-file",
    "polls-vault",
    "dotnet",
    "spring",
    "caches-vault",
  ],
  schedule: ["polls-file", "polls-vault"],
  sidecar: ["reloads-on-signal"],
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Thrown and caught within this file. */
class Mistake extends KeyturnError {
  constructor(message: string) {
    super("InvalidApp", message);
  }
}

export function readAppSpec(text: string): ReadAppSpec {
  try {
    return { ok: true, spec: specFrom(parseYaml(text)) };
  } catch (error) {
    if (error instanceof YamlError)
      return {
        ok: false,
        message: `is no YAML: line ${error.line}, column ${error.column}: ${error.reason}`,
      };
    if (error instanceof Mistake) return { ok: false, message: error.message };
    throw error;
  }
}

function specFrom(value: JsonValue): AppSpec {
  if (!isJsonObject(value))
    throw new Mistake(
      "is no mapping: write {how: polls-file, file: /mnt/secrets-store/password}",
    );
  for (const key of Object.keys(value))
    if (!(KEYS as readonly string[]).includes(key))
      throw new Mistake(`has an unknown key "${key}"${meant(key, KEYS)}`);
  const how = readHow(value);
  for (const key of KEYS) {
    const kinds = ONLY_FOR[key];
    if (value[key] !== undefined && kinds !== undefined && !kinds.includes(how))
      throw new Mistake(
        `has "${key}", which ${how} does not use; ${kinds.join(", ")} ${kinds.length === 1 ? "does" : "do"}`,
      );
  }
  const database = textOf(value, "database");
  if (how === "refetches-when-refused" && database === null)
    throw new Mistake(
      `needs "database": ${how} looks again when one refuses its credential`,
    );
  const sidecar = textOf(value, "sidecar");
  if (how === "reloads-on-signal" && sidecar === null)
    throw new Mistake(
      `needs "sidecar": the container that watches and sends SIGHUP`,
    );
  return {
    how,
    container: textOf(value, "container"),
    source: readSource(value, how),
    everyMs: readEvery(value, how),
    schedule: readSchedule(value),
    sidecar,
    database,
    requestEveryMs: readRequestEvery(value, how),
  };
}

function readHow(value: JsonObject): AppKind {
  const how = textOf(value, "how");
  if (how === null) throw new Mistake(`needs "how": ${APP_KINDS.join(", ")}`);
  const known = APP_KINDS.find((kind) => kind === how);
  if (known !== undefined) return known;
  throw new Mistake(
    `has an unknown "how", "${how}"${meant(how, APP_KINDS)}; it is one of ${APP_KINDS.join(", ")}`,
  );
}

function readSource(value: JsonObject, how: AppKind): AppSpec["source"] {
  const allowed = SOURCES[how];
  const file = textOf(value, "file");
  const env = textOf(value, "env");
  const vault = textOf(value, "vault");
  const secret = textOf(value, "secret");
  const given = [
    ...(file === null ? [] : (["file"] as const)),
    ...(env === null ? [] : (["env"] as const)),
    ...(vault === null && secret === null ? [] : (["vault"] as const)),
  ];
  const wanted = allowed
    .map((key) => (key === "vault" ? `"vault" and "secret"` : `"${key}"`))
    .join(" or ");
  const stray = given.find((key) => !allowed.includes(key));
  if (stray !== undefined)
    throw new Mistake(`has "${stray}", but ${how} reads ${wanted}`);
  if (given.length > 1)
    throw new Mistake(`has both "file" and "env": it reads one of them`);
  if (given.length === 0) throw new Mistake(`needs ${wanted} for ${how}`);
  if (file !== null) {
    if (!file.startsWith("/") || file.endsWith("/"))
      throw new Mistake(
        `has "file" "${file}", which is no absolute path of a file`,
      );
    return { kind: "file", path: file };
  }
  if (env !== null) {
    if (!VARIABLE.test(env))
      throw new Mistake(`has "env" "${env}", which is no variable's name`);
    return { kind: "variable", name: env };
  }
  if (vault === null || secret === null)
    throw new Mistake(
      `needs "${vault === null ? "vault" : "secret"}" beside "${vault === null ? "secret" : "vault"}"`,
    );
  return { kind: "vault", vault, secret };
}

/** Null: the default of its kind, or never. */
function readEvery(value: JsonObject, how: AppKind): DurationMs | null {
  const { every } = value;
  if (every === "never") {
    if (how === "dotnet") return null;
    throw new Mistake(`has "every" never, which only dotnet can be told`);
  }
  return durationOf(value, "every");
}

function readSchedule(value: JsonObject): AppSpec["schedule"] {
  const schedule = textOf(value, "schedule") ?? "fixed-delay";
  if (schedule === "fixed-delay" || schedule === "fixed-rate") return schedule;
  throw new Mistake(
    `has "schedule" "${schedule}", which is neither fixed-delay nor fixed-rate`,
  );
}

function readRequestEvery(value: JsonObject, how: AppKind): DurationMs {
  const uses = ["reads-each-use", "caches-vault"].includes(how);
  if (
    value["requestEvery"] !== undefined &&
    value["database"] === undefined &&
    !uses
  )
    throw new Mistake(`has "requestEvery" without a "database"`);
  return durationOf(value, "requestEvery") ?? APP_REQUEST_INTERVAL_MS;
}

function durationOf(value: JsonObject, key: Key): DurationMs | null {
  const text = value[key];
  if (text === undefined || text === null) return null;
  const ms = typeof text === "string" ? parseDuration(text) : null;
  if (ms !== null && ms > 0) return ms;
  const zero = ms === 0 || text === 0 || text === "0";
  throw new Mistake(
    zero
      ? `has "${key}" 0, which would never let time pass`
      : `has "${key}" ${JSON.stringify(text)}, which is no duration (30s, 5m)`,
  );
}

function textOf(value: JsonObject, key: Key): string | null {
  const text = value[key];
  if (text === undefined || text === null) return null;
  if (typeof text === "string" && text !== "") return text;
  throw new Mistake(`has "${key}" ${JSON.stringify(text)}, which is no text`);
}

function meant(word: string, known: readonly string[]): string {
  const nearest = nearestName(word, known);
  return nearest === null ? "" : `; did you mean "${nearest}"?`;
}
