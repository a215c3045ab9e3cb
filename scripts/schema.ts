/**
 * Writes `schema/scenario.schema.json` from the loader's own schema; with `--check` only says whether the file is up to
 * date (exit code 1 when it is not).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { scenarioJsonSchema } from "../src/emulator/scenario/schema.ts";

const file = fileURLToPath(
  new URL("../schema/scenario.schema.json", import.meta.url),
);
const text = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;

if (process.argv.includes("--check")) {
  if (readCommitted() !== text) {
    console.error(
      "schema/scenario.schema.json differs from the loader's schema; run: npm run schema",
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(new URL("../schema/", import.meta.url), { recursive: true });
  writeFileSync(file, text);
}

/** Empty when the file is not there. */
function readCommitted(): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
