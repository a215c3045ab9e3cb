/** `compare.json`: what several runs come to side by side, beside their directories. Models no real component. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { BufferedFile } from "./buffered-file.ts";
import { foreign, guarded } from "./output-directory.ts";

const COMPARISON_FILE = "compare.json";
/** How a file of ours begins, whatever its version. */
const OURS = '{\n  "format": "keyturn-compare/';

/**
 * Makes the directory. The result writes the document, plain data with its format as first member, and returns the path.
 * Both throw `KeyturnError` (`OutputFailed`); the first also where somebody else's file is in the way (`OutputInTheWay`).
 */
export function openComparison(
  directory: string,
): (document: { readonly format: string }) => string {
  guarded(directory, () => mkdirSync(directory, { recursive: true }));
  const path = join(directory, COMPARISON_FILE);
  if (!isOurs(path)) throw foreign(directory, COMPARISON_FILE);
  return (document) => {
    const file = new BufferedFile(path);
    try {
      file.write(`${JSON.stringify(document, null, 2)}\n`);
      file.finish();
    } catch (error) {
      file.abandon();
      throw error;
    }
    return path;
  };
}

/** Also where there is none. */
function isOurs(path: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
  return text.startsWith(OURS);
}
