/**
 * What may hold up the way of a new version, and until when: faults, processes and machines that are down, changes of
 * settings and of access, attempts that failed. A staleness counts from the last of them, and after most of them for a
 * while longer: back-offs and requests that began before outlive what broke. Models no real component: it reads facts.
 *
 * Source: csi-driver.md 7.3, 12.0 and kubelet.md 1.1, 2.1, 6.3 of the reference (deadlines and back-offs)
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Settings } from "../world/settings.ts";

/**
 * After the way to the vault is whole again a mount that began before may wait on: four tries of 30 s of the Go dialer
 * and the SDK's pauses between them; a lost connection to the provider is tried again after at most 2 m and a fifth.
 */
const FETCH_AFTERMATH_MS: DurationMs = 3 * MINUTE_MS;
/** After the API server is back: a reflector's longest pause, and a call that waits for its dialer. */
const API_AFTERMATH_MS: DurationMs = 90 * SECOND_MS;
/** After a 429 or 5xx: the longest pause of the SDK. */
const THROTTLE_AFTERMATH_MS: DurationMs = MINUTE_MS;
const NEVER: EpochMs = 0;

/** What a way leads over. */
export type Over = "fetch" | "api" | "driver" | "kubelet" | "node";

/** One stretch in which something was broken: `until` Infinity while it is. */
type Stretch = { until: EpochMs; open: number };

/** Instances of one fact, as far as they matter here. */
type Failures = {
  readonly first: EpochMs;
  readonly every: DurationMs;
  readonly count: number;
  /** Until the next attempt. */
  readonly backoffMs: DurationMs;
};

export type HindrancesState = {
  nodes: readonly string[];
  settings: Settings | null;
  /** Up to when a change of settings is still being rolled out. */
  settledAt: EpochMs;
  /** By `<over>|<node>`; the node is empty for what concerns every node. */
  stretches: Map<string, Stretch>;
  /** When access to a vault last changed. */
  access: Map<string, EpochMs>;
  /** By `<namespace>/<pod>`, of this hour and the one before. */
  failures: Map<string, Failures[]>;
  /** Requests that a vault refused to serve for now, by vault. */
  refusals: Map<string, Failures[]>;
};

export function newHindrances(): HindrancesState {
  return {
    nodes: [],
    settings: null,
    settledAt: NEVER,
    stretches: new Map(),
    access: new Map(),
    failures: new Map(),
    refusals: new Map(),
  };
}

/** Takes in a fact; most change nothing. */
export function followHindrances(state: HindrancesState, fact: AnyFact): void {
  switch (fact.type) {
    case "world.started":
      state.nodes = fact.data.nodes;
      state.settings = fact.data.settings as unknown as Settings;
      return;
    case "settings.changed":
      return changeSettings(state, fact);
    case "fault.began":
    case "fault.ended":
      return followFault(state, fact);
    case "vault.access.changed":
      state.access.set(fact.data.vault, fact.t);
      return;
    case "vault.request": {
      const { status, vault } = fact.data;
      if (status === 429 || status >= 500)
        addFailure(state.refusals, vault, fact, THROTTLE_AFTERMATH_MS);
      return;
    }
    case "api.watch.resumed":
      return wasBroken(state, `api|${fact.data.by.split("/")[0]}`, fact.t);
    case "csi.rotation.failed":
    case "csi.publish.masked":
    case "csi.publish.failed": {
      const { namespace, name } = fact.data;
      return addFailure(state.failures, `${namespace}/${name}`, fact, 0);
    }
    case "volume.failed": {
      const { namespace, name, backoffMs } = fact.data;
      const pod = `${namespace}/${name}`;
      return addFailure(state.failures, pod, fact, backoffMs);
    }
    default:
      return followProcess(state, fact);
  }
}

/** Runs that began in the last hour are all written: what lies further back holds nobody up any more. */
export function forgetFailures(state: HindrancesState, now: EpochMs): void {
  for (const map of [state.failures, state.refusals])
    for (const [key, list] of map) {
      const kept = list.filter((one) => lastOf(one) > now - 2 * HOUR_MS);
      if (kept.length === 0) map.delete(key);
      else map.set(key, kept);
    }
}

/** Up to when something on the way was broken that is no failed attempt; Infinity while it is. */
export function brokenUntil(
  state: HindrancesState,
  node: string,
  over: readonly Over[],
): EpochMs {
  let until = state.settledAt;
  for (const part of over)
    for (const where of ["", node]) {
      const stretch = state.stretches.get(`${part}|${where}`);
      if (stretch !== undefined) until = Math.max(until, stretch.until);
    }
  return until;
}

/** When the last attempt before `t` for a pod had failed, its back-off included. To be asked when its runs are written. */
export function failedUntil(
  { failures }: HindrancesState,
  pod: string,
  t: EpochMs,
): EpochMs {
  return lastBefore(failures.get(pod) ?? [], t);
}

/** When a vault had refused to serve for the last time before `t`, with the pause that follows. */
export function refusedUntil(
  { refusals }: HindrancesState,
  vault: string,
  t: EpochMs,
): EpochMs {
  return lastBefore(refusals.get(vault) ?? [], t);
}

function changeSettings(
  state: HindrancesState,
  { t, data }: FactNamed<"settings.changed">,
): void {
  const settings = data.settings as unknown as Settings;
  const { rolloutDelay, driverRestart } = settings.addon;
  const { provider } = settings.downtime;
  state.settings = settings;
  const roll = state.nodes.length * Math.max(driverRestart, provider);
  state.settledAt = t + rolloutDelay + roll;
}

function followFault(
  state: HindrancesState,
  fact: FactNamed<"fault.began">,
): void {
  const { target, name } = fact.data;
  const toApi = fact.about.endsWith("-> apiServer");
  const api = target === "apiServer" || target === "watch" || toApi;
  const key = `${api ? "api" : "fetch"}|${target === "vault" ? "" : name}`;
  if (fact.type === "fault.began") return begin(state, key);
  end(state, key, fact.t, api ? API_AFTERMATH_MS : FETCH_AFTERMATH_MS);
}

function followProcess(state: HindrancesState, fact: AnyFact): void {
  switch (fact.type) {
    case "csi.driver.stopped":
      return begin(state, `driver|${fact.data.node}`);
    case "csi.driver.started":
      return end(state, `driver|${fact.data.node}`, fact.t, 0);
    case "csi.provider.stopped":
      return begin(state, `fetch|${fact.data.node}`);
    case "csi.provider.started":
      return end(state, `fetch|${fact.data.node}`, fact.t, FETCH_AFTERMATH_MS);
    case "kubelet.stopped":
      return begin(state, `kubelet|${fact.data.node}`);
    case "kubelet.started":
      return end(state, `kubelet|${fact.data.node}`, fact.t, 0);
    case "node.stopped":
      return begin(state, `node|${fact.data.node}`);
    case "node.started": {
      const network = state.settings?.downtime.network ?? 0;
      return end(state, `node|${fact.data.node}`, fact.t, network);
    }
    default:
      return;
  }
}

function begin({ stretches }: HindrancesState, key: string): void {
  const stretch = stretches.get(key) ?? { until: NEVER, open: 0 };
  stretches.set(key, { until: Infinity, open: stretch.open + 1 });
}

/** Something that nobody saw begin is whole again. */
function wasBroken(
  { stretches }: HindrancesState,
  key: string,
  t: EpochMs,
): void {
  const stretch = stretches.get(key) ?? { until: NEVER, open: 0 };
  stretch.until = Math.max(stretch.until, t);
  stretches.set(key, stretch);
}

/** Of several that overlap the last one counts. */
function end(
  { stretches }: HindrancesState,
  key: string,
  t: EpochMs,
  aftermath: DurationMs,
): void {
  const stretch = stretches.get(key) ?? { until: NEVER, open: 0 };
  const open = Math.max(0, stretch.open - 1);
  const before = stretch.until === Infinity ? NEVER : stretch.until;
  const until = open > 0 ? Infinity : Math.max(before, t + aftermath);
  stretches.set(key, { until, open });
}

function addFailure(
  failures: Map<string, Failures[]>,
  key: string,
  { t, run }: Fact,
  backoffMs: DurationMs,
): void {
  const { first, every, count } = run ?? { first: t, every: 0, count: 1 };
  const one = { first, every, count, backoffMs };
  const known = failures.get(key);
  if (known === undefined) failures.set(key, [one]);
  else known.push(one);
}

function lastOf({ first, every, count, backoffMs }: Failures): EpochMs {
  return first + every * (count - 1) + backoffMs;
}

function lastBefore(list: readonly Failures[], t: EpochMs): EpochMs {
  let last = NEVER;
  for (const { first, every, count, backoffMs } of list) {
    if (first > t) continue;
    const n = every === 0 ? count : Math.floor((t - first) / every) + 1;
    const at = first + every * (Math.min(n, count) - 1) + backoffMs;
    last = Math.max(last, at);
  }
  return last;
}
