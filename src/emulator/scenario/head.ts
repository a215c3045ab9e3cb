/** What stands at the head of a scenario: seed, start, length, nodes, variables. */
import { isJsonObject } from "../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import {
  LONGEST_DURATION_MS,
  parseDuration,
  parseInstant,
} from "../../kernel/time.ts";
import type { CheckedDocument } from "../profiles/input/check-shape.ts";
import type { Problems } from "../profiles/input/problem.ts";
import { isLabel, isSubdomain } from "./names.ts";
import { VARIABLE_NAME } from "./variables.ts";
import type { Variables } from "./variables.ts";

const DEFAULT_SEED = 1;
const DEFAULT_START = parseInstant("2024-04-29T09:00:00Z")!;
/** With the longest duration the year still has four digits. */
const LATEST_START = parseInstant("9899-01-01T00:00:00Z")!;

export interface Head {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly seed: number;
  readonly start: EpochMs;
  /** Null when it is missing or wrong. */
  readonly duration: DurationMs | null;
  readonly namespace: string;
  readonly nodes: readonly string[];
  readonly variables: Variables;
}

/** Defaults stand in for what is wrong, so that the rest can be checked. */
export function readHead(checked: CheckedDocument, problems: Problems): Head {
  const text = (path: readonly string[], or: string) => {
    const value = checked.get(path);
    return typeof value === "string" ? value : or;
  };
  const name = text(["metadata", "name"], "");
  const seed = checked.get(["seed"]);
  return {
    name,
    title: text(["metadata", "title"], name),
    description: text(["metadata", "description"], ""),
    source: text(["metadata", "source"], ""),
    seed: typeof seed === "number" ? seed : DEFAULT_SEED,
    start: readStart(checked, problems),
    duration: parseDuration(text(["duration"], "")),
    namespace: readNamespace(checked, problems),
    nodes: readNodes(checked, problems),
    variables: readVariables(checked, problems),
  };
}

function readStart(checked: CheckedDocument, problems: Problems): EpochMs {
  const written = checked.get(["start"]);
  if (typeof written !== "string") return DEFAULT_START;
  const start = parseInstant(written)!;
  if (start >= 0 && start <= LATEST_START) return start;
  problems.add(
    checked.document.at(["start"]),
    `start: a scenario starts between 1970 and ${9999 - Math.round(LONGEST_DURATION_MS / 31_557_600_000)}`,
  );
  return DEFAULT_START;
}

function readNamespace(checked: CheckedDocument, problems: Problems): string {
  const namespace = checked.get(["namespace"]);
  if (typeof namespace !== "string") return "default";
  if (!isLabel(namespace))
    problems.add(
      checked.document.at(["namespace"]),
      `"${namespace}" is no name of a namespace`,
      "use up to 63 lower-case letters, digits and dashes",
    );
  return namespace;
}

function readNodes(
  checked: CheckedDocument,
  problems: Problems,
): readonly string[] {
  const nodes = checked.get(["nodes"]) ?? 1;
  if (typeof nodes === "number")
    return Array.from({ length: nodes }, (_, i) => `node-${i}`);
  if (!Array.isArray(nodes)) return [];
  const names = nodes.map(String);
  names.forEach((name, i) => {
    const at = checked.document.at(["nodes", i]);
    if (!isSubdomain(name))
      problems.add(
        at,
        `"${name}" is no name of a node`,
        "use lower-case letters, digits, dashes and dots",
      );
    if (names.indexOf(name) < i)
      problems.add(
        at,
        `the node "${name}" stands twice here`,
        "remove one of them",
      );
  });
  return names;
}

/** As they are written: `1.10` stays `1.10`, since envsubst works on text. */
function readVariables(
  checked: CheckedDocument,
  problems: Problems,
): Variables {
  const { document } = checked;
  const variables = new Map<string, string>();
  if (!isJsonObject(checked.raw(["variables"]))) return variables;
  for (const name of document.keys(["variables"])) {
    const path = ["variables", name];
    if (!VARIABLE_NAME.test(name))
      problems.add(
        document.atKey(path),
        `"${name}" is no name of a variable`,
        "use letters, digits and underscores, not starting with a digit",
      );
    variables.set(name, document.scalar(path)?.source ?? "");
  }
  return variables;
}
