/**
 * `npm run bench [-- start kernel day]`: how fast Keyturn is, on this machine, now. Figures go to stdout; the recorded ones
 * and how to read them are in README.md beside this file.
 */
import { benchDay } from "./day.ts";
import { benchKernel } from "./kernel.ts";
import { benchStart } from "./start.ts";

const BENCHES: Record<string, () => void> = {
  start: benchStart,
  kernel: benchKernel,
  day: benchDay,
};

const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!(name in BENCHES)) {
    console.error(
      `Failed to bench ${name}: there are ${Object.keys(BENCHES).join(", ")}`,
    );
    process.exit(2);
  }
for (const [name, bench] of Object.entries(BENCHES))
  if (wanted.length === 0 || wanted.includes(name)) bench();
