/**
 * A run's journal as a scenario file that replays to the same facts. It holds the values of secrets: whoever writes it
 * to disk gives it mode 0600.
 *
 * Objects are written as `apply` steps at the start, not under `manifests`, since nothing is replaced in steps and the
 * journal's objects have had their variables replaced already.
 */
import { Document, visit } from "yaml";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { formatDuration, toRfc3339Ms } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { BUILT_IN_PROFILES } from "../profiles/load.ts";
import type {
  Command,
  JournalEntry,
  SecretAttributes,
  VaultAccess,
} from "../world/commands.ts";
import type { Settings, SettingsOverride } from "../world/settings.ts";
import { breakingStep } from "./record-faults.ts";
import { workloadStep } from "./record-workloads.ts";

const FALLBACK_PROFILE = "aks";

export interface RecordedRun {
  readonly name: string;
  readonly title: string;
  readonly seed: number;
  readonly start: EpochMs;
  readonly duration: DurationMs;
  readonly profile: string;
  readonly settings: Settings;
  readonly nodes: readonly string[];
  readonly journal: readonly JournalEntry[];
}

/** The scenario file's text, with a first line that warns of what it holds. */
export function journalText(run: RecordedRun): string {
  // Objects are read back by Kubernetes' rules, under which `yes` or `1_000` would be no text without quotes.
  const document = new Document(recordScenario(run), { compat: "yaml-1.1" });
  visit(document, {
    Scalar: (_, scalar) => {
      const { value } = scalar;
      if (typeof value === "string" && value.includes("\n"))
        scalar.type = isPlainBlock(value) ? "BLOCK_LITERAL" : "QUOTE_DOUBLE";
    },
  });
  const scenario = document.toString({ lineWidth: 0 });
  return `# The values of secrets stand in this file.\n${scenario}`;
}

/** Whether text of several lines may stand as a YAML block: what begins or ends in blanks, or is not ASCII, may not. */
function isPlainBlock(text: string): boolean {
  return (
    /^[!-~]/.test(text) &&
    !text.endsWith("\n\n") &&
    text.split("\n").every((line) => line === "" || /^[ -~]*[!-~]$/.test(line))
  );
}

/** The scenario as plain data. */
function recordScenario(run: RecordedRun): JsonObject {
  const { setup, vaults } = takeVaults(run.journal, run.start);
  return {
    apiVersion: "keyturn/v1",
    kind: "Scenario",
    metadata: {
      name: run.name,
      title: run.title,
      description: "Recorded by Keyturn. It holds the values of secrets.",
    },
    seed: run.seed,
    start: toRfc3339Ms(run.start),
    duration: formatDuration(run.duration),
    // Every setting is written; a profile of the user's own may not be found from where the journal lies.
    profile: BUILT_IN_PROFILES.includes(run.profile)
      ? run.profile
      : FALLBACK_PROFILE,
    settings: settingsText(run.settings),
    nodes: run.nodes,
    vaults,
    steps: run.journal.slice(setup).map((entry) => stepOf(entry, run.start)),
  };
}

/** Vaults with the secrets that the world began with, as far as the journal's order allows it; the rest are steps. */
function takeVaults(
  journal: readonly JournalEntry[],
  start: EpochMs,
): { readonly setup: number; readonly vaults: JsonValue[] } {
  const vaults: VaultText[] = [];
  let setup = 0;
  for (const { at, command } of journal) {
    const current = vaults.at(-1);
    if (at !== start || command.id !== undefined) break;
    if (command.kind === "createVault") {
      const access = accessText(command.access);
      vaults.push({ name: command.vault, access });
    } else if (!takeObject(current, command)) break;
    setup += 1;
  }
  return { setup, vaults: vaults as unknown as JsonValue[] };
}

interface VaultText {
  readonly name: string;
  readonly access: JsonValue;
  /** Maps keep their order whatever the names are. */
  secrets?: Map<string, JsonValue>;
  keys?: Map<string, JsonValue>;
  certificates?: Map<string, JsonValue>;
}

/** The order in which a scenario's vault is filled. */
const COLLECTIONS = ["secrets", "keys", "certificates"] as const;
const COLLECTION_OF = {
  setSecret: "secrets",
  setKey: "keys",
  setCertificate: "certificates",
} as const;

/** Puts a first version into the vault where a replay would put it; false where that cannot be. */
function takeObject(vault: VaultText | undefined, command: Command): boolean {
  if (
    command.kind !== "setSecret" &&
    command.kind !== "setKey" &&
    command.kind !== "setCertificate"
  )
    return false;
  if (vault?.name !== command.vault) return false;
  const collection = COLLECTION_OF[command.kind];
  const later = COLLECTIONS.slice(COLLECTIONS.indexOf(collection) + 1);
  if (later.some((name) => vault[name] !== undefined)) return false;
  const objects = (vault[collection] ??= new Map<string, JsonValue>());
  if (objects.has(command.name)) return false;
  objects.set(
    command.name,
    command.kind === "setSecret" ? secretText(command) : madeText(command),
  );
  return true;
}

function stepOf({ at, command }: JournalEntry, start: EpochMs): JsonObject {
  const head = {
    at: formatDuration(at - start),
    ...(command.id === undefined ? {} : { id: command.id }),
  };
  return { ...head, ...stepBody(command) };
}

function stepBody(command: Command): JsonObject {
  switch (command.kind) {
    case "setSecret":
    case "updateSecret": {
      const { kind, vault, name } = command;
      const version =
        command.kind === "updateSecret" && command.version !== undefined
          ? { version: command.version }
          : {};
      return { [kind]: { vault, name, ...version, ...secretText(command) } };
    }
    case "deleteSecret":
    case "recoverSecret":
    case "purgeSecret": {
      const { kind, vault, name } = command;
      return { [kind]: { vault, name } };
    }
    case "createVault":
    case "access":
      return {
        access: {
          vault: command.vault,
          ...(accessText(command.access) as JsonObject),
        },
      };
    case "apply":
      return { apply: command.object };
    case "delete": {
      const { namespace, objectKind, name } = command;
      return { delete: `${namespace}/${objectKind}/${name}` };
    }
    case "settings":
      return { settings: settingsText(command.settings) };
    case "setKey":
    case "setCertificate":
      return { [command.kind]: objectText(command) };
    case "patch":
    case "scale":
    case "rolloutRestart":
    case "refreshLane":
    case "createLane":
    case "createDatabase":
      return workloadStep(command);
    case "exec":
    case "kill":
    case "restart":
    case "fault":
      return breakingStep(command);
  }
}

/** A key or certificate with its vault and name. */
function objectText(
  command: Extract<Command, { kind: "setKey" | "setCertificate" }>,
): JsonObject {
  const { vault, name } = command;
  return { vault, name, ...madeText(command) };
}

function secretText(
  command: Extract<Command, { kind: "setSecret" | "updateSecret" }>,
): JsonObject {
  return {
    ...(command.kind === "setSecret" && { value: command.value }),
    ...attributesText(command),
  };
}

/** What a key or certificate is made of. */
function madeText(
  command: Extract<Command, { kind: "setKey" | "setCertificate" }>,
): JsonObject {
  const { keyType, keySize, curve } = command;
  return {
    ...(keyType !== undefined && { keyType }),
    ...(keySize !== undefined && { keySize }),
    ...(curve !== undefined && { curve }),
    ...(command.kind === "setCertificate" &&
      command.chain !== undefined && { chain: command.chain }),
    ...attributesText(command),
  };
}

function attributesText(attributes: SecretAttributes): JsonObject {
  const { enabled, notBefore, expires, contentType, tags } = attributes;
  return {
    ...(enabled !== undefined && { enabled }),
    ...(notBefore !== undefined && { notBefore: toRfc3339Ms(notBefore) }),
    ...(expires !== undefined && { expires: toRfc3339Ms(expires) }),
    ...(contentType !== undefined && { contentType }),
    ...(tags !== undefined && { tags: { ...tags } }),
  };
}

function accessText(access: VaultAccess): JsonValue {
  return access.mode === "open"
    ? { mode: "open" }
    : { mode: access.mode, policies: access.policies as unknown as JsonValue };
}

/** Settings that are no lengths of time although they are numbers. */
const PLAIN_NUMBERS = new Set([
  "minor",
  "replicas",
  "transactionsPer10s",
  "secretSetsPer10s",
  "keyCreatesPer10s",
  "subscriptionFactor",
  "pricePer10kOperations",
  "pricePer10kOtherKeyOperations",
  "pricePerCertificateRenewal",
]);

function settingsText(settings: Settings | SettingsOverride): JsonObject {
  const groups = Object.entries(settings).map(([group, values]) => [
    group,
    Object.fromEntries(
      Object.entries(values as Record<string, JsonValue>).map(
        ([key, value]) => [
          key,
          typeof value === "number" && !PLAIN_NUMBERS.has(key)
            ? formatDuration(value)
            : value,
        ],
      ),
    ),
  ]);
  return Object.fromEntries(groups) as JsonObject;
}
