/** The command line. Each verb answers one question; libraries that only one verb needs are loaded by that verb. */
import {
  Command,
  CommanderError,
  InvalidArgumentError,
  Option,
} from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import type { InspectOptions } from "./inspect.command.ts";
import type { MetricsOptions } from "./metrics.command.ts";
import { reportError } from "./report-error.ts";
import type { RunOptions } from "./run.command.ts";
import type { SeedRange } from "./seeds.ts";
import { processIo } from "./terminal-io.ts";
import type { TerminalIo } from "./terminal-io.ts";
import { VERSION } from "./version.ts";

/** Runs one command line (without `node` and script) and returns the exit code; never throws for a user's mistake. */
export async function main(
  argv: readonly string[],
  io: TerminalIo = processIo(),
): Promise<ExitCode> {
  let code: ExitCode = EXIT.held;
  const program = programOf(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its own message; help and version end with 0.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? EXIT.held : EXIT.badInput;
    return reportError(error, io);
  }
}

function programOf(io: TerminalIo, done: (code: ExitCode) => void): Command {
  const program = new Command("keyturn")
    .description(
      "When will my pods see the rotated secret, what will they see until then, and what does finding out cost?\nPlays Key Vault, the Secrets Store CSI driver and the kubelet on one virtual clock.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showHelpAfterError("(--help lists what there is)")
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.width,
      getErrHelpWidth: () => io.width,
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 held, 1 an expectation failed, 2 bad usage or input,\n3 an invariant of Keyturn's own broke, 4 no progress.\n\nStart with: keyturn demo",
    );
  addRun(program, io, done);
  addWhy(program, io, done);
  addInspect(program, io, done);
  addMetrics(program, io, done);
  addDemo(program, io, done);
  addOthers(program, io, done);
  for (const command of program.commands)
    command.version(VERSION, "-V, --version", "print the version");
  return program;
}

type Done = (code: ExitCode) => void;

const AT =
  "instant to look at, from the start (12m30s) or RFC 3339; default: the end";

/** What decides the world that a scenario is played in. */
function worldOptions(command: Command): Command {
  return command
    .option("--seed <n>", "instead of the scenario's own seed", wholeNumber)
    .option(
      "--set <group.key=value>",
      "a setting instead of the scenario's; may be given again",
      (setting: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        setting,
      ],
    )
    .option(
      "--variant <name>",
      `${command.name() === "run" ? "only this one" : "which one"} of the scenario's variants`,
    );
}

function addRun(program: Command, io: TerminalIo, done: Done): void {
  const command = program
    .command("run")
    .description("play scenarios and check their expectations")
    .argument("<file...>", "scenario files");
  worldOptions(command)
    .option(
      "--seeds <a..b>",
      "play many seeds; print how each delay is distributed",
      seedRange,
    )
    .option(
      "--out <dir>",
      "write trace, journal, audit logs, summary, diagram and JUnit; of variants each into a directory of its own, and compare.json",
    )
    .addOption(
      new Option("--format <format>", "what to print")
        .choices(["text", "json", "junit"])
        .default("text"),
    )
    .option(
      "--show-values",
      "show values in text output that goes to a pipe or file, too",
      false,
    )
    .action(async (files: string[], options: RunOptions) => {
      const { runCommand } = await import("./run.command.ts");
      done(await runCommand(files, options, io));
    });
}

function addWhy(program: Command, io: TerminalIo, done: Done): void {
  const command = program
    .command("why")
    .description("why a sink holds what it holds: the causal chain, hop by hop")
    .argument(
      "<sink>",
      "POD:/PATH, POD:VARIABLE or SECRET/KEY, as scenarios name sinks",
    )
    .argument("<file>", "scenario file")
    .option("--at <time>", AT);
  worldOptions(command).action(
    async (sink: string, file: string, options: object) => {
      const { whyCommand } = await import("./why.command.ts");
      done(await whyCommand(sink, file, options, io));
    },
  );
}

function addInspect(program: Command, io: TerminalIo, done: Done): void {
  const command = program
    .command("inspect")
    .description(
      "what a container sees: variables and files, each with the versions behind it",
    )
    .argument("<file>", "scenario file")
    .requiredOption("--pod <pod>", "[NAMESPACE/]POD")
    .option("--container <name>", "default: the first one that runs")
    .option("--at <time>", AT);
  worldOptions(command)
    .option(
      "--show-values",
      "show values in output that goes to a pipe or file, too",
      false,
    )
    .action(async (file: string, options: InspectOptions) => {
      const { inspectCommand } = await import("./inspect.command.ts");
      done(inspectCommand(file, options, io));
    });
}

function addMetrics(program: Command, io: TerminalIo, done: Done): void {
  const command = program
    .command("metrics")
    .description("what the processes' metrics endpoints answer at an instant")
    .argument("<file>", "scenario file")
    .option("--at <time>", AT)
    .option("--node <node>", "default: every node, and Reloader")
    .addOption(
      new Option("--of <process>", "default: all of them").choices([
        "csi-driver",
        "provider-azure",
        "kubelet",
        "reloader",
      ] satisfies NonNullable<MetricsOptions["of"]>[]),
    );
  worldOptions(command).action(
    async (file: string, options: MetricsOptions) => {
      const { metricsCommand } = await import("./metrics.command.ts");
      done(metricsCommand(file, options, io));
    },
  );
}

function addDemo(program: Command, io: TerminalIo, done: Done): void {
  program
    .command("demo")
    .description("play a built-in scenario and explain what it shows")
    .argument("[name]", "see `keyturn scenarios`; default synced-secret")
    .option(
      "--speed <n>",
      "virtual seconds for each real second, to watch it happen",
      positiveNumber,
    )
    .action(async (name: string | undefined, options: object) => {
      const { demoCommand, DEFAULT_DEMO } = await import("./demo.command.ts");
      done(await demoCommand(name ?? DEFAULT_DEMO, options, io));
    });
}

function addOthers(program: Command, io: TerminalIo, done: Done): void {
  program
    .command("scenarios")
    .description("list the scenarios that ship with Keyturn")
    .action(async () => {
      const { scenariosCommand } = await import("./scenarios.command.ts");
      done(scenariosCommand(io));
    });
  program
    .command("validate")
    .description("report every mistake of scenario files without playing them")
    .argument("<file...>", "scenario files")
    .action(async (files: string[]) => {
      const { validateCommand } = await import("./validate.command.ts");
      done(validateCommand(files, io));
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError(
      "It must be a whole number from 0 to 2^53 - 1.",
    );
  return value;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

function seedRange(text: string): SeedRange {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It must be like 1..100.");
  const from = wholeNumber(match[1]!);
  const to = wholeNumber(match[2]!);
  if (to < from)
    throw new InvalidArgumentError(
      "Its end must not lie before its beginning.",
    );
  return { from, to };
}
