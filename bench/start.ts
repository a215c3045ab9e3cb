/** From start to exit: the compiled program on `csi-file` beside `node -e 0`, in turn, as whole processes. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { seconds, spread } from "./figures.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PAIRS = 11;
const MS = 1000;

function run(args: readonly string[]): number {
  return seconds(() => {
    const { status } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      stdio: "ignore",
    });
    if (status !== 0)
      throw new Error(
        `Failed to bench: node ${args.join(" ")} ended with ${status}`,
      );
  });
}

export function benchStart(): void {
  const program = ["bin/keyturn.js", "run", "scenarios/csi-file.yaml"];
  const nothing = ["-e", "0"];
  run(program);
  run(nothing);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < PAIRS; i++) {
    ours.push(run(program) * MS);
    bare.push(run(nothing) * MS);
  }
  const ratios = ours.map((ms, i) => ms / bare[i]!);
  console.log(`start to exit, ${PAIRS} pairs (aim: ratio <= 6)`);
  console.log(`  keyturn run csi-file   ${spread(ours, 0)} ms`);
  console.log(`  node -e 0              ${spread(bare, 0)} ms`);
  console.log(`  ratio                  ${spread(ratios, 2)}`);
}
