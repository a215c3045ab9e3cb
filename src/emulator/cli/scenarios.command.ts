/** `keyturn scenarios`: what ships with the package. */
import { loadScenario } from "../index.ts";
import { pad, palette, printable, wrap } from "../views/terminal.ts";
import { builtInFile, builtInNames } from "./built-in.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import type { TerminalIo } from "./terminal-io.ts";

export function scenariosCommand(io: TerminalIo): ExitCode {
  const names = builtInNames();
  const { bold } = palette(io.color);
  const column = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const { title } = loadScenario(builtInFile(name));
    const [first = "", ...more] = wrap(printable(title), io.width - column - 2);
    io.out(`${bold(pad(name, column))}  ${first}\n`);
    for (const line of more) io.out(`${" ".repeat(column)}  ${line}\n`);
  }
  io.out("\nkeyturn demo NAME plays one and explains what it shows.\n");
  return EXIT.held;
}
