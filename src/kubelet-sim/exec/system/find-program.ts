/**
 * From the first word of a command to the program that runs.
 *
 * Source: POSIX.1-2017 exec (execvp, ENOEXEC), Linux fs/binfmt_script.c (the interpreter's one argument)
 */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import type { ContainerView, Place } from "../files/container-view.ts";
import type { Failure } from "./effects.ts";
import { failed } from "./effects.ts";
import { absolutePath } from "./paths.ts";
import type { Program } from "./process.ts";

const EXECUTABLE = 0o111;
/** A script that names no interpreter. */
const DEFAULT_INTERPRETER = "/bin/sh";

interface Search {
  readonly path: string;
  readonly cwd: string;
}

/** The path of the program, by the directories of PATH unless there is a slash in it. */
export function whereIs(
  view: ContainerView,
  name: string,
  { path, cwd }: Search,
): string | Failure {
  if (name === "") return { error: "ENOENT" };
  const candidates = name.includes("/")
    ? [absolutePath(cwd, name)]
    : path
        .split(":")
        .map((directory) => absolutePath(cwd, `${directory || "."}/${name}`));
  let failure: Failure = { error: "ENOENT" };
  for (const candidate of candidates) {
    const status = view.status(candidate, true);
    if (failed(status)) {
      if (status.error === "ENOTDIR" && name.includes("/")) failure = status;
      continue;
    }
    if (status.kind === "file" && (status.mode & EXECUTABLE) !== 0)
      return candidate;
    failure = { error: "EACCES" };
  }
  return failure;
}

export function findProgram(
  view: ContainerView,
  argv: readonly string[],
  search: Search,
): (Program & { readonly kind: "program" }) | Failure {
  const path = whereIs(view, argv[0] ?? "", search);
  if (failed(path)) return path;
  const name = programAt(view, path);
  if (name !== null) return { kind: "program", name, argv };
  const line = firstLine(view, path);
  const [interpreter = DEFAULT_INTERPRETER, argument] = line;
  const shell = programAt(view, absolutePath("/", interpreter));
  if (shell === null) return { error: "ENOENT" };
  const option = argument === undefined ? [] : [argument];
  const script = argv[0]!.includes("/") ? argv[0]! : path;
  const words = [interpreter, ...option, script, ...argv.slice(1)];
  return { kind: "program", name: shell, argv: words };
}

function programAt(view: ContainerView, path: string): string | null {
  const place = placeOf(view, path);
  const node = place === null ? null : view.node(place);
  return node?.kind === "program" ? node.name : null;
}

function placeOf(view: ContainerView, path: string): Place | null {
  const place = view.find(path);
  return failed(place) ? null : place;
}

/** What follows `#!`; empty without it. */
function firstLine(view: ContainerView, path: string): string[] {
  const place = placeOf(view, path);
  const node = place === null ? null : view.node(place);
  if (node?.kind !== "file") return [];
  const [line = ""] = bytesToUtf8(node.bytes.subarray(0, 256)).split("\n");
  if (!line.startsWith("#!")) return [];
  const match = /^#!\s*(\S+)(?:\s+(.*?))?\s*$/.exec(line);
  if (match === null) return [];
  const [, interpreter, argument] = match;
  const named = argument === undefined || argument === "" ? [] : [argument];
  return [interpreter!, ...named];
}
