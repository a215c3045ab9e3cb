/** The schema of `restart` and `fault` steps: exactly one thing that breaks, in exactly one way. */
import { didYouMean } from "../profiles/input/nearest-name.ts";
import {
  choice,
  durationText,
  filledText,
  isMapping,
  mapping,
  nothing,
  nothingOr,
  once,
  oneOf,
  optional,
  shortOr,
  text,
  wholeNumber,
  yes,
} from "../profiles/input/shape.ts";
import type { Misfit, Shape } from "../profiles/input/shape.ts";
import type { Members } from "./schema-vaults.ts";

/** A node's name, or nothing for every node. */
const aNode = () => nothingOr(text());

const RESTARTED: Readonly<Record<string, () => Shape>> = {
  node: aNode,
  kubelet: aNode,
  driver: aNode,
  provider: aNode,
  apiServer: nothing,
  reloader: aNode,
  lane: filledText,
};

export function restartShape(): Shape {
  return oneKeyed({
    what: "a restart is of one thing",
    branches: RESTARTED,
    others: { downFor: optional(durationText({ positive: true })) },
  });
}

/** HTTP status alone, or with what the body and the headers say. */
function respond(): Shape {
  const status = () => wholeNumber(400, 599);
  return shortOr(status(), () =>
    mapping({
      status: status(),
      code: optional(filledText()),
      message: optional(text()),
      retryAfter: optional(durationText()),
    }),
  );
}

const EFFECTS: Readonly<Record<string, () => Shape>> = {
  respond,
  latency: () => durationText({ positive: true }),
  drop: yes,
  refuse: yes,
};

interface Target {
  readonly name: () => Shape;
  readonly others?: () => Members;
  readonly effects: readonly string[];
}

const EVERY_EFFECT = Object.keys(EFFECTS);

/** What can break, what goes with its name, and in which ways it breaks. */
const TARGETS: Readonly<Record<string, Target>> = {
  vault: {
    name: filledText,
    others: () => ({
      operation: optional(filledText()),
      object: optional(filledText()),
    }),
    effects: EVERY_EFFECT,
  },
  link: {
    name: aNode,
    others: () => ({ to: oneOf(["vault", "entra", "apiServer"]) }),
    effects: ["latency", "drop", "refuse"],
  },
  entra: { name: nothing, effects: EVERY_EFFECT },
  provider: { name: aNode, effects: EVERY_EFFECT },
  apiServer: { name: nothing, effects: EVERY_EFFECT },
  watches: { name: aNode, effects: ["drop"] },
};

export function faultShape(): Shape {
  const branches = Object.entries(TARGETS).map(
    ([target, { name, others, effects }]) =>
      [
        target,
        once(() =>
          oneKeyed({
            what: "a fault breaks in one way",
            branches: Object.fromEntries(
              effects.map((effect) => [effect, EFFECTS[effect]!]),
            ),
            others: {
              [target]: name(),
              ...others?.(),
              for: durationText({ positive: true }),
            },
          }),
        ),
      ] as const,
  );
  return choice({
    pick: (value) => {
      if (!isMapping(value))
        return { message: "a fault is a mapping like {vault: …, drop: true}" };
      const [found, second] = branches.filter(([target]) => target in value);
      if (second !== undefined)
        return twice("a fault is of one thing", found![0], second[0]);
      if (found !== undefined) return found[1]();
      const others = [...EVERY_EFFECT, "for", "to", "operation", "object"];
      return missing(value, Object.keys(TARGETS), others);
    },
    branches: () => branches.map(([, branch]) => branch()),
  });
}

/** A mapping with exactly one of some keys, and others beside it. */
function oneKeyed(options: {
  /** The sentence for two of them. */
  readonly what: string;
  readonly branches: Readonly<Record<string, () => Shape>>;
  readonly others: Members;
}): Shape {
  const { what, others } = options;
  const branches = Object.entries(options.branches).map(
    ([key, shape]) =>
      [key, once(() => mapping({ ...others, [key]: shape() }))] as const,
  );
  return choice({
    pick: (value) => {
      const keys = branches.map(([key]) => key);
      if (!isMapping(value)) return { message: `needs one of ${listed(keys)}` };
      const [found, second] = branches.filter(([key]) => key in value);
      if (second !== undefined) return twice(what, found![0], second[0]);
      return found?.[1]() ?? missing(value, keys, Object.keys(others));
    },
    branches: () => branches.map(([, branch]) => branch()),
  });
}

function twice(what: string, first: string, second: string): Misfit {
  return {
    message: `${what}; this one has "${first}" and "${second}"`,
    key: second,
  };
}

/** None of the keys is there: perhaps one is misspelt. */
function missing(
  value: Record<string, unknown>,
  wanted: readonly string[],
  others: readonly string[],
): Misfit {
  const odd = Object.keys(value).find((key) => !others.includes(key));
  return odd === undefined
    ? { message: `needs one of ${listed(wanted)}` }
    : { message: `unknown key "${odd}"${didYouMean(odd, wanted)}`, key: odd };
}

function listed(words: readonly string[]): string {
  return words.join(", ");
}
