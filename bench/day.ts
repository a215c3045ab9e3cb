/**
 * A day of a fleet: 1,000 pods on 10 nodes for 24 h, poll 2m, one secret each, trace and audit log written to disk. Played
 * in a process of its own, so that its memory is its own.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PLAYER = fileURLToPath(new URL("day-player.mjs", import.meta.url));
const MB = 1e6;

export function benchDay(): void {
  const directory = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    console.log(
      "1,000 pods on 10 nodes for 24 h, trace and audit log to disk (aim: <= 15 s, <= 300 MB)",
    );
    const { status } = spawnSync(process.execPath, [PLAYER, directory], {
      stdio: "inherit",
    });
    if (status !== 0) throw new Error("Failed to bench the day (see above)");
    for (const name of ["trace.ndjson", ...audits(directory)]) {
      const { size } = statSync(join(directory, name));
      console.log(`  ${name.padEnd(22)} ${(size / MB).toFixed(0)} MB`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function audits(directory: string): string[] {
  return readdirSync(join(directory, "audit")).map((name) => `audit/${name}`);
}
