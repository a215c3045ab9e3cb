/**
 * Writing a Mermaid `sequenceDiagram`: participants, messages, notes and loops, safe against whatever names hold.
 *
 * Source: mermaid-js/mermaid packages/mermaid/src/diagrams/sequence/parser/sequenceDiagram.jison (grammar),
 * packages/mermaid/src/utils.ts encodeEntities (`#NUMBER;` is read before the grammar sees it).
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { sinceStart, spokenDuration } from "./terminal.ts";
import { counted, shortName } from "./timeline-words.ts";

/** Who takes part, in the order in which the diagram shows them. */
const ROLES = [
  "user",
  "vault",
  "lane",
  "driver",
  "api",
  "controller",
  "reloader",
  "kubelet",
  "pod",
  "database",
] as const;

export interface Participant {
  readonly role: (typeof ROLES)[number];
  /** Name of the vault, the lane, the node, the pod or the database; empty where there is only one. */
  readonly name: string;
}

export interface Message {
  readonly t: EpochMs;
  readonly seq: number;
  readonly from: Participant;
  readonly to: Participant;
  /** `->>` for a call, `-->>` for an answer. */
  readonly arrow: "->>" | "-->>";
  readonly text: string;
}

/** What a driver did in vain within some time. */
export interface Loop {
  readonly driver: Participant;
  /** Null where nobody saw which vault the pods read. */
  readonly vault: Participant | null;
  /** `busybox`, or `40 pods`. */
  readonly whom: string;
  readonly times: number;
  /** 0 where it kept no rhythm. */
  readonly every: DurationMs;
}

export interface Note {
  readonly over: Participant;
  readonly text: string;
}

export type Step = Message | Loop | Note;

/** The whole text, ending in a newline. Participants stand by role, then in order of appearance. */
export function diagram(steps: readonly Step[], start: EpochMs): string {
  const ids = idsOf(steps);
  const id = (participant: Participant) => ids.get(keyOf(participant))!;
  const lines = [...ids].map(([key, name]) => declaration(key, name));
  for (const step of steps) {
    if ("arrow" in step) {
      const text = `${sinceStart(step.t, start)} ${step.text}`;
      lines.push(
        `${id(step.from)}${step.arrow}${id(step.to)}: ${escaped(text)}`,
      );
    } else if ("over" in step) {
      lines.push(`Note over ${id(step.over)}: ${escaped(step.text)}`);
    } else {
      lines.push(...loopLines(step, id));
    }
  }
  return ["sequenceDiagram", ...lines.map((line) => `  ${line}`), ""].join(
    "\n",
  );
}

function loopLines(
  { driver, vault, whom, times, every }: Loop,
  id: (participant: Participant) => string,
): string[] {
  const rhythm = every === 0 ? "" : `, every ${spokenDuration(every)}`;
  const to = vault ?? driver;
  return [
    `loop ${escaped(counted(times, "quiet poll") + rhythm)}`,
    `  ${id(driver)}->>${id(to)}: ${escaped(`poll for ${whom}`)}`,
    `  ${id(to)}-->>${id(driver)}: nothing new`,
    "end",
  ];
}

/** The participants that take part, by role, then in order of appearance, with short ids. */
function idsOf(steps: readonly Step[]): Map<string, string> {
  const found = new Map<string, Participant>();
  for (const step of steps)
    for (const one of participantsOf(step)) found.set(keyOf(one), one);
  const ids = new Map<string, string>();
  for (const role of ROLES) {
    const alike = [...found].filter(([, { role: its }]) => its === role);
    for (const [i, [key]] of alike.entries()) ids.set(key, `${role}${i}`);
  }
  return ids;
}

function participantsOf(step: Step): Participant[] {
  if ("arrow" in step) return [step.from, step.to];
  if ("over" in step) return [step.over];
  return step.vault === null ? [step.driver] : [step.driver, step.vault];
}

function keyOf({ role, name }: Participant): string {
  return `${role} ${name}`;
}

function declaration(key: string, id: string): string {
  const role = key.slice(0, key.indexOf(" "));
  const name = key.slice(role.length + 1);
  switch (role as Participant["role"]) {
    case "user":
      return `actor ${id} as User`;
    case "vault":
      return `participant ${id} as ${escaped(`Key Vault ${name}`)}`;
    case "driver":
      return `participant ${id} as ${escaped(`CSI driver ${name}`)}`;
    case "lane":
      return `participant ${id} as ${escaped(`lane ${name}`)}`;
    case "api":
      return `participant ${id} as API server`;
    case "controller":
      return `participant ${id} as controllers`;
    case "reloader":
      return `participant ${id} as Reloader`;
    case "database":
      return `participant ${id} as ${escaped(`database ${name}`)}`;
    case "kubelet":
      return `participant ${id} as ${escaped(`kubelet ${name}`)}`;
    case "pod":
      return `participant ${id} as ${escaped(`pod ${spokenPod(name)}`)}`;
  }
}

function spokenPod(name: string): string {
  return name.startsWith("default/") ? shortName(name) : name;
}

/**
 * Text that Mermaid takes as it stands: its specials as entities, controls as spaces. Entities are decimal, since
 * Mermaid's own parser stops at `;` and `#` otherwise.
 */
export function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[#;<>"`%{}\\&]/g, (char) => `#${char.charCodeAt(0)};`);
}
