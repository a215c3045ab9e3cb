/** The schema of sinks and expectation lines. */
import { didYouMean } from "../profiles/input/nearest-name.ts";
import {
  choice,
  deferred,
  durationText,
  filledText,
  flag,
  isMapping,
  list,
  mapping,
  once,
  oneOf,
  optional,
  shortOr,
  text,
  wholeNumber,
} from "../profiles/input/shape.ts";
import type { Misfit, Shape } from "../profiles/input/shape.ts";
import { SINK_KINDS } from "./names.ts";

/** `{file: …}`, `{secret: …}` …: one key, one text. */
export const sinkShape = once(() => {
  const branches = new Map(
    SINK_KINDS.map((kind) => [
      kind as string,
      once(() => mapping({ [kind]: filledText() })),
    ]),
  );
  return choice({
    pick: (value) => {
      if (!isMapping(value))
        return { message: 'a sink is a mapping like {file: "pod:/path"}' };
      const keys = Object.keys(value);
      const kind = keys.find((key) => branches.has(key));
      return kind === undefined
        ? unknownKey("sink", keys[0], SINK_KINDS)
        : branches.get(kind)!();
    },
    branches: () => [...branches.values()].map((branch) => branch()),
  });
});

function unknownKey(
  what: string,
  key: string | undefined,
  known: readonly string[],
): Misfit {
  return key === undefined
    ? { message: `a line needs one of ${known.join(", ")}` }
    : { message: `unknown ${what} "${key}"${didYouMean(key, known)}`, key };
}

function between(): Shape {
  const limits = { min: 2, max: 2 };
  const message = "takes two durations, [FROM, TO)";
  return list(durationText(), { ...limits, message });
}

function count(): Shape {
  const number = () => wholeNumber(0, Number.MAX_SAFE_INTEGER);
  return shortOr(number(), () =>
    mapping({ min: optional(number()), max: optional(number()) }),
  );
}

const head = () => ({
  name: optional(filledText()),
  variants: optional(
    list(filledText(), { min: 1, message: "names at least one variant" }),
    "only under these; default all",
  ),
});
const counted = () => ({
  between: optional(between()),
  count: optional(count()),
});

/** Who changes the spec of objects in a run. */
const CALLERS = ["kubectl", "reloader", "wave"];

const LINES = {
  sees: once(() =>
    mapping({
      ...head(),
      sink: deferred(sinkShape),
      sees: filledText(),
      exactly: optional(flag()),
      within: optional(durationText()),
      after: optional(deferred(sinkShape)),
      never: optional(flag()),
    }),
  ),
  holds: once(() =>
    mapping({
      ...head(),
      sink: deferred(sinkShape),
      at: optional(durationText()),
      holds: text(),
    }),
  ),
  audit: once(() =>
    mapping({
      ...head(),
      audit: mapping({
        vault: filledText(),
        operation: filledText(),
        pod: optional(filledText()),
        status: optional(wholeNumber(100, 599)),
      }),
      ...counted(),
    }),
  ),
  event: once(() =>
    mapping({
      ...head(),
      event: mapping({
        reason: filledText(),
        object: optional(filledText()),
        message: optional(filledText()),
        objects: optional(flag()),
      }),
      ...counted(),
    }),
  ),
  rollouts: once(() =>
    mapping({ ...head(), rollouts: filledText(), ...counted() }),
  ),
  patches: once(() =>
    mapping({
      ...head(),
      patches: filledText(),
      by: optional(oneOf(CALLERS), "default anybody"),
      ...counted(),
    }),
  ),
  outage: once(() =>
    mapping({
      ...head(),
      outage: mapping({ app: filledText(), database: filledText() }),
      between: optional(between()),
      atLeast: optional(durationText()),
      atMost: optional(durationText()),
    }),
  ),
  object: once(() =>
    mapping({
      ...head(),
      object: filledText(),
      exists: flag(),
      at: optional(durationText()),
      between: optional(between()),
    }),
  ),
};

const SUBJECTS = [
  "sink",
  "audit",
  "event",
  "object",
  "rollouts",
  "patches",
  "outage",
] as const;
/** Keys that say nothing about what a line is about. */
const COMMON_KEYS = [
  "name",
  "variants",
  "exactly",
  "within",
  "after",
  "never",
  "at",
  "between",
  "count",
  "exists",
  "by",
  "atLeast",
  "atMost",
  "sink",
];

export function expectationShape(): Shape {
  return choice({
    pick: (value) => {
      if (!isMapping(value))
        return {
          message: "an expectation is a mapping like {sink: …, sees: …}",
        };
      const [subject, second] = SUBJECTS.filter((key) => key in value);
      if (second !== undefined)
        return {
          message: `an expectation is about one thing; this one has "${subject}" and "${second}"`,
          key: second,
        };
      if (subject === "sink") return sinkLine(value);
      return subject === undefined
        ? unknownKey("expectation", oddKey(value), SUBJECTS)
        : LINES[subject]();
    },
    branches: () => Object.values(LINES).map((line) => line()),
  });
}

function sinkLine(value: Record<string, unknown>): Shape | Misfit {
  if ("sees" in value && "holds" in value)
    return { message: 'use "sees" or "holds", not both', key: "holds" };
  if ("holds" in value) return LINES.holds();
  if ("sees" in value) return LINES.sees();
  const key = oddKey(value);
  return key === undefined
    ? { message: 'a sink\'s line needs "sees: STEP" or "holds: VALUE"' }
    : {
        message: `unknown key "${key}"${didYouMean(key, ["sees", "holds"])}`,
        key,
      };
}

function oddKey(value: Record<string, unknown>): string | undefined {
  return Object.keys(value).find((key) => !COMMON_KEYS.includes(key));
}
