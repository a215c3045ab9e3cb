/** The schema of `applications:`, `lanes:` and `databases:`. */
import { didYouMean } from "../profiles/input/nearest-name.ts";
import {
  choice,
  deferred,
  durationText,
  filledText,
  isMapping,
  mapping,
  once,
  oneOf,
  optional,
  record,
} from "../profiles/input/shape.ts";
import type { Shape } from "../profiles/input/shape.ts";
import { APP_KINDS, LANE_KINDS, REFRESH_POLICIES } from "../world/kinds.ts";
import { sinkShape } from "./schema-expectations.ts";

/** By WHO; what contradicts itself is told by whoever reads the annotation that it becomes. */
export function applicationsShape(): Shape {
  return record(
    mapping({
      how: oneOf(APP_KINDS),
      container: optional(filledText(), "default the pod's first one"),
      file: optional(filledText(), "absolute path in the container"),
      env: optional(filledText(), "name of a variable"),
      vault: optional(filledText(), "with secret: read from the vault itself"),
      secret: optional(filledText()),
      every: optional(everyOrNever(), "default as the program's own"),
      schedule: optional(
        oneOf(["fixed-delay", "fixed-rate"]),
        "how its interval counts; default fixed-delay",
      ),
      sidecar: optional(filledText(), "container that sends SIGHUP"),
      database: optional(filledText(), "where it presents the value"),
      requestEvery: optional(durationText({ positive: true }), "default 1s"),
    }),
  );
}

/** `never`: as .NET's provider has it unless told otherwise. */
function everyOrNever(): Shape {
  const interval = durationText({ positive: true });
  const never = oneOf(["never"]);
  return choice({
    pick: (value) => (value === "never" ? never : interval),
    branches: () => [interval, never],
  });
}

const title = () => optional(filledText(), "what the table says; default name");

const product = () => ({
  name: filledText(),
  kind: oneOf(LANE_KINDS),
  vault: filledText(),
  secret: filledText(),
  version: optional(filledText(), "pinned; default the newest"),
  every: optional(
    durationText(),
    "default its own; 0s where the product then fetches once",
  ),
  jitter: optional(durationText(), "random, before each pass"),
  phase: optional(
    durationText(),
    "how long before the start its process began; default drawn",
  ),
  target: optional(filledText(), "[NAMESPACE/]SECRET/KEY that it writes"),
  refreshPolicy: optional(oneOf(REFRESH_POLICIES), "of external-secrets"),
});

/** What a `lane` step makes. */
export const productShape = once(() => mapping(product()));

const PRODUCT = once(() =>
  mapping({
    ...product(),
    title: title(),
    sink: optional(
      deferred(sinkShape),
      "further down its way; default its own end",
    ),
  }),
);

const PATH = once(() =>
  mapping({ name: filledText(), title: title(), sink: deferred(sinkShape) }),
);

/** Another product, or a way that the scenario plays anyway. */
export function laneShape(): Shape {
  return choice({
    pick: (value) => {
      if (!isMapping(value))
        return {
          message: "a lane is a mapping like {name: …, kind: …, vault: …}",
        };
      if ("kind" in value) return PRODUCT();
      if ("sink" in value) return PATH();
      const odd = Object.keys(value).find((key) => !COMMON.includes(key));
      return odd === undefined
        ? { message: 'a lane needs "kind" or "sink"' }
        : {
            message: `unknown key "${odd}"${didYouMean(odd, ["kind", "sink"])}`,
            key: odd,
          };
    },
    branches: () => [PRODUCT(), PATH()],
  });
}

/** Keys that do not say which of the two a lane is. */
const COMMON = [
  "name",
  "title",
  "vault",
  "secret",
  "version",
  "every",
  "jitter",
  "phase",
  "target",
  "refreshPolicy",
];

export function databaseShape(): Shape {
  return mapping({
    name: filledText(),
    vault: filledText(),
    secret: filledText(),
    credentials: oneOf(["single", "dual"]),
    switchAfter: optional(
      durationText(),
      "from the new version to its own change; default 0s",
    ),
  });
}
