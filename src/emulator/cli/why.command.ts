/** `keyturn why SINK FILE`: why a sink holds what it holds at an instant, hop by hop. */
import { KeyturnError } from "../../kernel/errors.ts";
import type { Scenario } from "../index.ts";
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
  const sink = readSink(sinkText, scenario);
  const at =
    options.at === undefined
      ? start + duration
      : instantOf(options.at, scenario);
  const seed = options.seed ?? scenario.seed;
  const { played, classes } = await run({ scenario, seed, out: null });
  const { index, sinks } = played;
  refused(sinkText, () => refuseUnknownSink(sink, played, classes));
  const { width, color } = io;
  io.out(why({ index, sinks }, sink, at, { namespace, classes, width, color }));
  return EXIT.held;
}

/**
 * `file:WHO:PATH` and the like; without a kind, a path means a file, WHO:NAME a variable, NAME/KEY a Secret, and a name
 * alone a lane, or else what the program of a pod holds: as tables print them.
 */
function readSink(text: string, { namespace, lanes }: Scenario): SinkName {
  const kind = SINK_KINDS.find((each) => text.startsWith(`${each}:`));
  const lane = lanes.find(({ name }) => name === text);
  // A way that the scenario plays anyway ends at a sink of its own.
  if (lane?.spec === null && lane.sink !== null) return lane.sink;
  const guessed = lane === undefined ? guessedKind(text) : "lane";
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

/** A name alone is easily a name of something else. */
function refused(text: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof KeyturnError) || /[:/]/.test(text)) throw error;
    throw new KeyturnError(
      error.code,
      `${error.message}\n  a file is WHO:/PATH, a variable WHO:NAME, a key of a Secret SECRET/KEY`,
    );
  }
}

function guessedKind(text: string): SinkKind {
  if (text.includes(":/")) return "file";
  if (text.includes(":")) return "env";
  return !text.includes("/") || WORKLOAD.test(text) ? "app" : "secret";
}

const WORKLOAD = /^([^/]+\/)?(deployment|daemonset|statefulset)\/[^/]+$/;
