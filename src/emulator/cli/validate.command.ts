/** `keyturn validate FILE…`: reports every mistake of scenario files without playing them. */
import { loadScenario } from "../index.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT, gravest } from "./exit-codes.ts";
import { reportError } from "./report-error.ts";
import type { TerminalIo } from "./terminal-io.ts";

export function validateCommand(
  files: readonly string[],
  io: TerminalIo,
): ExitCode {
  const codes = files.map((file) => {
    try {
      const { steps, expectations, variants } = loadScenario(file);
      const more =
        variants.length === 0 ? "" : `, ${counted(variants.length, "variant")}`;
      io.out(
        `${file}: valid, ${counted(steps.length, "step")}, ${counted(expectations.length, "expectation")}${more}\n`,
      );
      return EXIT.held;
    } catch (error) {
      return reportError(error, io);
    }
  });
  return gravest(codes);
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
