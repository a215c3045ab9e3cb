/**
 * Whether a text is a schedule of the standard form: five fields, or `@hourly` and the like.
 * Source: robfig/cron v3.0.1 parser.go (ParseStandard), whose error texts these are.
 */
interface Bounds {
  readonly min: number;
  readonly max: number;
  /** The first one means `min`. */
  readonly names: readonly string[];
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const DESCRIPTORS = [
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
];
const EVERY = "@every ";
const GO_DURATION =
  /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/;
const ZONE = /^(?:CRON_)?TZ=(\S*)\s*/;

class ScheduleError extends Error {}

/** What the parser says is wrong; null: nothing. A zone in front of it is passed over. */
export function cronScheduleProblem(schedule: string): string | null {
  const text = schedule.replace(ZONE, "");
  if (text.startsWith("@")) return descriptorProblem(text);
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length)
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(" ")}]`;
  try {
    fields.forEach((field, i) => readField(field, FIELDS[i]!));
    return null;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

function descriptorProblem(text: string): string | null {
  if (DESCRIPTORS.includes(text)) return null;
  if (!text.startsWith(EVERY)) return `unrecognized descriptor: ${text}`;
  const duration = text.slice(EVERY.length);
  return GO_DURATION.test(duration)
    ? null
    : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

function readField(field: string, bounds: Bounds): void {
  for (const range of field.split(","))
    if (range !== "") readRange(range, bounds);
}

function readRange(range: string, bounds: Bounds): void {
  const fail = (why: string): never => {
    throw new ScheduleError(`${why}: ${range}`);
  };
  const [span = "", steps, ...moreSteps] = range.split("/");
  const [low = "", high, ...moreEnds] = span.split("-");
  let [start, end] = [bounds.min, bounds.max];
  if (low !== "*" && low !== "?") {
    start = readNumber(low, bounds.names, bounds.min);
    end = start;
    if (moreEnds.length > 0) fail("too many hyphens");
    if (high !== undefined) end = readNumber(high, bounds.names, bounds.min);
  }
  let step = 1;
  if (moreSteps.length > 0) fail("too many slashes");
  if (steps !== undefined) {
    step = readNumber(steps, [], 0);
    if (high === undefined) end = bounds.max;
  }
  if (start < bounds.min)
    fail(`beginning of range (${start}) below minimum (${bounds.min})`);
  if (end > bounds.max)
    fail(`end of range (${end}) above maximum (${bounds.max})`);
  if (start > end)
    fail(`beginning of range (${start}) beyond end of range (${end})`);
  if (step === 0) fail("step of range should be a positive number");
}

function readNumber(
  text: string,
  names: readonly string[],
  first: number,
): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + first;
  if (!/^[+-]?\d+$/.test(text))
    throw new ScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  if (text.startsWith("-") && Number(text) < 0)
    throw new ScheduleError(
      `negative number (${Number(text)}) not allowed: ${text}`,
    );
  return Number(text);
}
