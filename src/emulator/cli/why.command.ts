/** `keyturn why SINK FILE`: why a sink holds what it holds at an instant, hop by hop. */
import { KeyturnError } from "../../kernel/errors.ts";
import { parseSink } from "../scenario/names.ts";
import type { SinkKind } from "../scenario/names.ts";
import { SINK_KINDS } from "../scenario/names.ts";
import type { SinkName } from "../trace/names.ts";
import { why } from "../views/why.ts";
import type { Choice } from "./chosen-scenario.ts";
import { loadOne } from "./chosen-scenario.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import { instantOf } from "./instant.ts";
import { refuseUnknownSink } from "./known-sinks.ts";
import { run } from "./play.ts";
import type { TerminalIo } from "./terminal-io.ts";

export interface WhyOptions extends Choice {
  /** From the scenario's start, or RFC 3339; default: the end. */
  readonly at?: string;
  readonly seed?: number;
}

export async function whyCommand(
  sinkText: string,
  file: string,
  options: WhyOptions,
  io: TerminalIo,
): Promise<ExitCode> {
  const scenario = loadOne(file, options);
  const { namespace, duration, start } = scenario;
  const sink = readSink(sinkText, namespace);
  const at =
    options.at === undefined
      ? start + duration
      : instantOf(options.at, scenario);
  const seed = options.seed ?? scenario.seed;
  const { played, classes } = await run({ scenario, seed, out: null });
  const { index, sinks } = played;
  refuseUnknownSink(sink, played, classes);
  const { width, color } = io;
  io.out(why({ index, sinks }, sink, at, { namespace, classes, width, color }));
  return EXIT.held;
}

/** `file:WHO:PATH` and the like; without a kind, a path means a file, WHO:NAME a variable and NAME/KEY a Secret. */
function readSink(text: string, namespace: string): SinkName {
  const kind = SINK_KINDS.find((each) => text.startsWith(`${each}:`));
  const guessed = guessedKind(text);
  const parsed =
    kind === undefined
      ? parseSink(guessed, text, namespace)
      : parseSink(kind, text.slice(kind.length + 1), namespace);
  if (parsed.ok) return parsed.value;
  throw new KeyturnError(
    "BadSink",
    `Failed to read the sink ${JSON.stringify(text)}: ${parsed.message}\n  ${parsed.fix}`,
  );
}

function guessedKind(text: string): SinkKind {
  if (text.includes(":/")) return "file";
  return text.includes(":") ? "env" : "secret";
}
