/** `keyturn why SINK FILE`: why a sink holds what it holds at an instant, hop by hop. */
import { KeyturnError } from "../../kernel/errors.ts";
import {
  formatDuration,
  parseDuration,
  parseInstant,
} from "../../kernel/time.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Scenario } from "../index.ts";
import { loadScenario } from "../index.ts";
import { parseSink } from "../scenario/names.ts";
import type { SinkKind } from "../scenario/names.ts";
import { SINK_KINDS } from "../scenario/names.ts";
import type { SinkName } from "../trace/names.ts";
import { why } from "../views/why.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import { refuseUnknownSink } from "./known-sinks.ts";
import { run } from "./play.ts";
import type { TerminalIo } from "./terminal-io.ts";

export interface WhyOptions {
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
  const scenario = loadScenario(file);
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

/** `file:WHO:PATH` and the like; without a kind, a path means a file and NAME/KEY a Secret. */
function readSink(text: string, namespace: string): SinkName {
  const kind = SINK_KINDS.find((each) => text.startsWith(`${each}:`));
  const guessed: SinkKind = text.includes(":/") ? "file" : "secret";
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

function instantOf(text: string, { start, duration }: Scenario): EpochMs {
  const offset = parseDuration(text);
  const at = offset === null ? parseInstant(text) : start + offset;
  if (at === null)
    throw new KeyturnError(
      "BadInstant",
      `Failed to read --at ${JSON.stringify(text)}: it is neither a duration from the start, like 12m30s, nor an RFC 3339 instant`,
    );
  if (at < start || at > start + duration)
    throw new KeyturnError(
      "BadInstant",
      `Failed to look at ${text}: the scenario plays ${formatDuration(duration)} from its start`,
    );
  return at;
}
