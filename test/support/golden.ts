/** Golden files: what people read, compared as text. `npm run golden:update` rewrites them; CI refuses new ones. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Fact } from "../../src/emulator/index.ts";

/** Compares with the golden file of this name. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const file = fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
  await expect(text).toMatchFileSnapshot(file);
}

/** A trace as text, one fact a line: time, seq, what, where, about whom, from which causes, with which data. */
export function traceText(facts: readonly Fact[], start: number): string {
  return facts
    .map((fact) => {
      const { seq, t, type, at, about, causes, data, run } = fact;
      const parts = [
        `+${((t - start) / 1000).toFixed(3)}s`,
        `#${seq}`,
        type,
        at,
        about,
        `<- ${JSON.stringify(causes)}`,
        ...(run === undefined ? [] : [JSON.stringify(run)]),
        JSON.stringify(data),
      ];
      return `${parts.join("  ")}\n`;
    })
    .join("");
}
