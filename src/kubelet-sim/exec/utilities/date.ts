/**
 * `date`: the virtual time, in UTC.
 *
 * Source: busybox 1.36 coreutils/date.c, libbb/time.c (parse_datestr)
 * Simplification: `date` reads the spellings `@seconds`, `YYYY-MM-DD`, `YYYY-MM-DD hh:mm[:ss]` and `hh:mm[:ss]`, cannot set the clock, and knows no time zone but UTC, whatever TZ says.
 */
import type { EpochMs } from "../../../kernel/time.ts";
import { parseInstant, SECOND_MS } from "../../../kernel/time.ts";
import type { Routine } from "../system/effects.ts";
import { errorText, failed, now, stat } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import type { OptionSpec, Options } from "./options.ts";
import { argumentOf, has, readOptions, wrongUsage } from "./options.ts";
import { strftime } from "./strftime.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "uRd:r:I::",
  others: "sDc",
  long: {
    "rfc-822": "R",
    "rfc-2822": "R",
    utc: "u",
    date: "d",
    reference: "r",
  },
  usage: "date [OPTIONS] [+FMT] [[-s] TIME]",
};

const ISO_FORMATS: ReadonlyMap<string, string> = new Map([
  ["", "%Y-%m-%d"],
  ["date", "%Y-%m-%d"],
  ["hours", "%Y-%m-%dT%H+00:00"],
  ["minutes", "%Y-%m-%dT%H:%M+00:00"],
  ["seconds", "%Y-%m-%dT%H:%M:%S+00:00"],
  ["ns", "%Y-%m-%dT%H:%M:%S,000000000+00:00"],
]);
const DEFAULT_FORMAT = "%a %b %e %H:%M:%S UTC %Y";
const MAIL_FORMAT = "%a, %d %b %Y %H:%M:%S +0000";

export const date: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const { operands } = options;
  const format = operands.find((operand) => operand.startsWith("+"));
  const setting = operands.find((operand) => operand !== format);
  if (setting !== undefined) {
    yield* complain(context, `invalid date '${setting}'`);
    return 1;
  }
  const chosen = formatOf(options, format);
  if (chosen === null) return yield* wrongUsage(context, SPEC);
  const at = yield* instantOf(context, options);
  if (at === null) return 1;
  return (yield* print(context, `${strftime(chosen, at)}\n`)) ? 0 : 1;
};

function formatOf(options: Options, format: string | undefined) {
  if (format !== undefined) return format.slice(1);
  if (has(options, "R")) return MAIL_FORMAT;
  const iso = argumentOf(options, "I");
  return iso === null ? DEFAULT_FORMAT : (ISO_FORMATS.get(iso) ?? null);
}

/** Null when it cannot be told, which has been said then. */
function* instantOf(
  context: Context,
  options: Options,
): Routine<EpochMs | null> {
  const current = yield* now();
  const file = argumentOf(options, "r");
  if (file !== null) {
    const status = yield* stat(absolutePath(context.cwd, file));
    if (!failed(status)) return status.mtimeMs;
    yield* complain(context, `${file}: ${errorText(status.error)}`);
    return null;
  }
  const text = argumentOf(options, "d");
  if (text === null) return current;
  const at = read(text, current);
  if (at !== null) return at;
  yield* complain(context, `invalid date '${text}'`);
  return null;
}

function read(text: string, current: EpochMs): EpochMs | null {
  if (/^@-?[0-9]{1,12}$/.test(text)) return Number(text.slice(1)) * SECOND_MS;
  const match =
    /^(?:(\d{4}-\d{2}-\d{2})(?:[ T](?=\d)|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(
      text,
    );
  if (match === null || text === "") return null;
  const [, day, hour = "0", minute = "00", second = "00"] = match;
  const date = day ?? strftime("%Y-%m-%d", current);
  return parseInstant(`${date}T${hour.padStart(2, "0")}:${minute}:${second}Z`);
}
