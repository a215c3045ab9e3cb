/**
 * How long a lane's end may stay behind the vault: one interval and one pass, or no bound where nothing makes it fetch.
 *
 * Source: alternatives.md 1 and 4 of the reference
 * Simplification: Bounds of lanes hold while the vault answers and their processes run.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { FactIndex, FactNamed } from "../trace/fact-index.ts";
import type { Bound } from "./bound.ts";
import { atStart, never, unbounded, within } from "./bound.ts";
import type { At } from "./csi-bounds.ts";
import type { SecretKey } from "./feeders.ts";

/** Requests of one pass: challenge and read. */
const VAULT_REQUESTS = 2;
/** Calls of one pass that publishes a Secret: read it, write it. */
const API_CALLS = 2;

/** Of what nothing makes fetch by itself, by where it publishes. */
const WITHOUT_INTERVAL = {
  secret: never("it fetches once, and again only when it is asked to"),
  environment: never("its process keeps its environment until it starts anew"),
  memory: unbounded("it asks the vault when the value is used"),
} as const;

export function laneBound(at: At, lane: string): Bound {
  const { index } = at.topology;
  const started = startedAt(index, lane, at.t);
  return started === null
    ? atStart("the lane had not begun; it begins with the newest version")
    : boundOfLane(at, started.data);
}

/** The bound of a Secret's key that a lane publishes; null where none does. */
export function laneBehind(
  at: At,
  { namespace, secret, key }: SecretKey,
): Bound | null {
  const target = `${namespace}/${secret}/${key}`;
  const started = at.topology.index
    .ofType("lane.started")
    .findLast(({ t, data }) => t <= at.t && data.target === target);
  return started === undefined ? null : boundOfLane(at, started.data);
}

function boundOfLane(
  { topology, t }: At,
  { lane, everyMs, publishes }: FactNamed<"lane.started">["data"],
): Bound {
  const spec = topology.lanes?.find(({ name }) => name === lane)?.spec ?? null;
  if (spec !== null && spec.version !== null)
    return never("the lane is pinned to a version");
  if (everyMs === 0) return never("it fetches once");
  if (everyMs === null) return WITHOUT_INTERVAL[publishes];
  const { latency } = topology.index.settingsAt(t);
  const pass =
    VAULT_REQUESTS * latency.vault +
    latency.entra +
    (publishes === "secret" ? API_CALLS * latency.apiServer : 0);
  const jitterMs = spec?.jitterMs ?? 0;
  const jitter = { ms: jitterMs, what: "jitter before each pass" };
  return within([
    { ms: everyMs, what: "the lane's interval" },
    ...(jitterMs === 0 ? [] : [jitter]),
    { ms: pass, what: "a pass" },
  ]);
}

/** The latest start by `t`. */
function startedAt(
  index: FactIndex,
  lane: string,
  t: EpochMs,
): FactNamed<"lane.started"> | null {
  const starts = index.ofType("lane.started");
  const own = starts.findLast((fact) => fact.t <= t && fact.data.lane === lane);
  return own ?? null;
}
