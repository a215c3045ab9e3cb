/** Reads the project's own source: files and the imports between them, for the tests that guard its shape. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

export interface SourceFile {
  /** From the project's root, with slashes: `src/kernel/time.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly line: number;
  /** As written: `./time.ts`, `xstate`. */
  readonly specifier: string;
  /** From the project's root; null for a package. */
  readonly target: string | null;
  readonly typeOnly: boolean;
}

/** Files below `folder` with one of the extensions, in order of their paths; none where there is no such folder. */
export function sourceFiles(
  folder: string,
  extensions: readonly string[] = [".ts", ".mjs"],
): SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((path) => extensions.some((end) => path.endsWith(end)))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, imports: importsOf(path, text) };
    });
}

/** Prettier's layout makes this reading safe: a statement starts its line, and its names hold no quote. */
const STATEMENT =
  /^(?:import|export)\s+(?<type>type\s+)?(?:[\w$*{}\s,]*?\sfrom\s+)?"(?<specifier>[^"\n]+)";/gm;
const DYNAMIC = /\bimport\(\s*"(?<specifier>[^"\n]+)"\s*\)/g;

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  for (const pattern of [STATEMENT, DYNAMIC])
    for (const match of text.matchAll(pattern)) {
      const specifier = match.groups!["specifier"]!;
      found.push({
        line: text.slice(0, match.index).split("\n").length,
        specifier,
        target: specifier.startsWith(".")
          ? posix.join(posix.dirname(path), specifier)
          : null,
        typeOnly: match.groups!["type"] !== undefined,
      });
    }
  return found;
}

/** `xstate`, `@noble/hashes`, `node:`: what a specifier that is no path belongs to. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return "node:";
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
