/** The schema of sinks and expectation lines. */
import * as z from "zod";

import {
  choice,
  durationText,
  isMapping,
  mapping,
  shortOr,
  wholeNumber,
} from "../profiles/input/shape.ts";
import type { Misfit } from "../profiles/input/shape.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import { SINK_KINDS } from "./names.ts";

const name = () => z.string().min(1, { error: () => "must not be empty" });

/** `{file: …}`, `{secret: …}` …: one key, one text. */
export function sinkType(): z.ZodType {
  const branches = new Map(
    SINK_KINDS.map((kind) => [kind as string, mapping({ [kind]: name() })]),
  );
  return choice({
    pick: (value) => {
      if (!isMapping(value))
        return { message: 'a sink is a mapping like {file: "pod:/path"}' };
      const keys = Object.keys(value);
      const kind = keys.find((key) => branches.has(key));
      return kind === undefined
        ? unknownKey("sink", keys[0], SINK_KINDS)
        : branches.get(kind)!;
    },
    branches: [...branches.values()],
  });
}

function unknownKey(
  what: string,
  key: string | undefined,
  known: readonly string[],
): Misfit {
  return key === undefined
    ? { message: `a ${what} needs one of ${known.join(", ")}` }
    : { message: `unknown ${what} "${key}"${didYouMean(key, known)}`, key };
}

const between = () =>
  z.array(durationText()).length(2, {
    error: () => "takes two durations, [FROM, TO)",
  });

const count = () => {
  const most = Number.MAX_SAFE_INTEGER;
  return shortOr(
    wholeNumber(0, most),
    mapping({
      min: wholeNumber(0, most).optional(),
      max: wholeNumber(0, most).optional(),
    }),
  );
};

function lineTypes() {
  const head = { name: name().optional() };
  const counted = { between: between().optional(), count: count().optional() };
  return {
    sees: mapping({
      ...head,
      sink: sinkType(),
      sees: name(),
      exactly: z.boolean().optional(),
      within: durationText().optional(),
      after: sinkType().optional(),
      never: z.boolean().optional(),
    }),
    holds: mapping({
      ...head,
      sink: sinkType(),
      at: durationText().optional(),
      holds: z.string(),
    }),
    audit: mapping({
      ...head,
      audit: mapping({
        vault: name(),
        operation: name(),
        pod: name().optional(),
        status: wholeNumber(100, 599).optional(),
      }),
      ...counted,
    }),
    event: mapping({
      ...head,
      event: mapping({
        reason: name(),
        object: name().optional(),
        message: name().optional(),
        objects: z.boolean().optional(),
      }),
      ...counted,
    }),
    object: mapping({
      ...head,
      object: name(),
      exists: z.boolean(),
      at: durationText().optional(),
      between: between().optional(),
    }),
  };
}

const SUBJECTS = ["sink", "audit", "event", "object"] as const;

export function expectationType(): z.ZodType {
  const types = lineTypes();
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
      if (subject === undefined) {
        const known = lineKeys();
        const odd = Object.keys(value).find((key) => !known.includes(key));
        return unknownKey("expectation", odd, SUBJECTS);
      }
      return subject === "sink" ? sinkLine(value) : types[subject];
    },
    branches: Object.values(types),
  });

  function sinkLine(value: Record<string, unknown>): z.ZodType | Misfit {
    if ("sees" in value && "holds" in value)
      return { message: 'use "sees" or "holds", not both', key: "holds" };
    if ("holds" in value) return types.holds;
    if ("sees" in value) return types.sees;
    const verbs = ["sees", "holds"];
    const known = lineKeys();
    const odd = Object.keys(value).find((key) => !known.includes(key));
    return odd === undefined
      ? { message: 'a sink\'s line needs "sees: STEP" or "holds: VALUE"' }
      : { message: `unknown key "${odd}"${didYouMean(odd, verbs)}`, key: odd };
  }

  function lineKeys(): string[] {
    return Object.values(types).flatMap((type) => Object.keys(type.shape));
  }
}
