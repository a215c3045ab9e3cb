/**
 * Writes `docs/fidelity.md` and `docs/timers.md` from the docstrings of `src/`.
 *
 *   tsx scripts/fidelity.ts           writes them
 *   tsx scripts/fidelity.ts --check   fails when they are out of step with the source
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { format } from "prettier";
import { byCodeUnit } from "../src/kernel/json.ts";
import type { Judgement, Remark, RemarkKind } from "./docs/remarks.ts";
import { judgementsOf, remarksOf } from "./docs/remarks.ts";
import { timersOf } from "./docs/timers.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

const ROOMS: Readonly<Record<string, string>> = {
  kernel: "Kernel: time, events, chance, trace",
  "keyvault-mock": "Key Vault",
  "azure-mock": "Azure around the vault",
  "cluster-sim": "The control plane",
  "kubelet-sim": "The node",
  emulator: "The emulator: scenarios, profiles, views",
};

const GENERATED =
  "<!-- Written by `npm run docs:fidelity` from the docstrings of src/: change them, not this page. -->";

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(end: string): Source[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join("src", name.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(end))
    .sort(byCodeUnit)
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

const roomOf = (path: string): string => path.split("/")[1]!;

/** `[pod-fs/pod-fs.ts](../src/kubelet-sim/pod-fs/pod-fs.ts)`, as seen from `docs/`; with its room where asked. */
function link(path: string, withRoom = false): string {
  const shown = path.split("/").slice(withRoom ? 1 : 2);
  return `[${shown.join("/")}](../${path})`;
}

/** Within a room each line names its kind; the list over all rooms has one kind and names the rooms. */
function byFile(remarks: readonly Remark[], ofOneRoom: boolean): string[] {
  const files = new Map<string, Remark[]>();
  for (const remark of remarks)
    files.set(remark.path, [...(files.get(remark.path) ?? []), remark]);
  return [...files].flatMap(([path, list]) => [
    `**${link(path, !ofOneRoom)}**`,
    "",
    ...list.map(({ kind, text }) =>
      ofOneRoom ? `- ${kind}: ${text}` : `- ${text}`,
    ),
    "",
  ]);
}

/** The page: what is uncertain, then room by room what is simpler or other than upstream. */
function fidelityPage(
  remarks: readonly Remark[],
  judgements: readonly Judgement[],
): string {
  const of = (...kinds: readonly RemarkKind[]) =>
    remarks.filter(({ kind }) => kinds.includes(kind));
  const rooms = Object.entries(ROOMS).flatMap(([room, title]) => {
    const own = of("Simplification", "Differs").filter(
      ({ path }) => roomOf(path) === room,
    );
    return own.length === 0 ? [] : [`## ${title}`, "", ...byFile(own, true)];
  });
  return [
    "# Fidelity",
    "",
    GENERATED,
    "",
    "What Keyturn leaves out, what it does otherwise than the real systems, and which facts nobody could confirm.",
    "",
    "## Uncertain facts that became settings",
    "",
    ...byFile(of("Setting"), false),
    "Numbers of the profiles that are judgements; a scenario may override each:",
    "",
    ...judgements.map(
      ({ path, setting, value, text }) =>
        `- \`${setting}: ${value}\` (${link(path)}): ${text}`,
    ),
    "",
    "## Facts known from upstream's code alone",
    "",
    "Read in the source of the version named, told by no document and no report:",
    "",
    ...byFile(of("From code alone"), false),
    ...rooms,
  ].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function timersPage(defaults: readonly Source[]): string {
  const files = defaults.flatMap(({ path, text }) => {
    const timers = timersOf(text);
    if (timers.length === 0) return [];
    return [
      `## ${ROOMS[roomOf(path)]}: ${link(path)}`,
      "",
      "| Timer | Length | What it is | Source |",
      "| --- | --- | --- | --- |",
      ...timers.map(
        ({ name, length, what, source }) =>
          `| \`${name}\` | ${length} | ${cell(what)} | ${cell(source || "the file's header")} |`,
      ),
      "",
    ];
  });
  return [
    "# Timers",
    "",
    GENERATED,
    "",
    "Every duration of the model that is no setting of a profile, and the defaults of those that are, each with where upstream has it.",
    "",
    ...files,
  ].join("\n");
}

/** Path and wanted content of each generated page. */
async function pages(): Promise<readonly Source[]> {
  const code = sources(".ts");
  const remarks = code.flatMap(({ path, text }) => remarksOf(path, text));
  const profiles = sources(".yaml");
  const judgements = profiles.flatMap(({ path, text }) =>
    judgementsOf(path, text),
  );
  const defaults = code.filter(({ path }) => path.endsWith("/defaults.ts"));
  const written = [
    { path: "docs/fidelity.md", text: fidelityPage(remarks, judgements) },
    { path: "docs/timers.md", text: timersPage(defaults) },
  ];
  return Promise.all(
    written.map(async ({ path, text }) => ({
      path,
      text: await format(text, { parser: "markdown" }),
    })),
  );
}

/** Paths of the pages that are missing or out of step. */
export async function stalePages(): Promise<string[]> {
  const stale = (await pages()).filter(({ path, text }) => {
    try {
      return readFileSync(join(ROOT, path), "utf8") !== text;
    } catch {
      return true;
    }
  });
  return stale.map(({ path }) => path);
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--check")) {
    const stale = await stalePages();
    for (const path of stale)
      console.error(
        `${path} is out of step with the docstrings: run npm run docs:fidelity`,
      );
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, text } of await pages())
    writeFileSync(join(ROOT, path), text);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.exitCode = await main(process.argv.slice(2));
