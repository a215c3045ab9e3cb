/**
 * What a rotated credential cost: for each database and pod the requests that were refused, and how long it lasted from
 * the switch to the program's new value. A pod that is faster than the database is refused, too, until that switches.
 *
 * Source: alternatives.md 6 of the reference (single and dual credential)
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";
import { Workloads } from "./workloads.ts";

export interface DatabaseOutages {
  readonly database: string;
  readonly switches: readonly DatabaseSwitch[];
  /** In order of their first request. */
  readonly pods: readonly PodOutage[];
  /** In order of their first pod; bare pods stand for themselves. */
  readonly workloads: readonly WorkloadOutage[];
}

/** When a database took another credential. Ordinals of versions. */
export interface DatabaseSwitch {
  readonly at: string;
  readonly object: string;
  readonly accepts: readonly number[];
  readonly refuses: readonly number[];
}

export interface PodOutage {
  /** `namespace/name` */
  readonly pod: string;
  /** Empty for a bare pod. */
  readonly workload: string;
  readonly requests: number;
  readonly refused: number;
  readonly firstRefusedAt: string | null;
  readonly lastRefusedAt: string | null;
  /** All its outages together, each from what made the credential wrong to what made it right. */
  readonly outageMs: DurationMs;
  /** Whether the last one lasted to the end of the run, or of the pod. */
  readonly open: boolean;
}

export interface WorkloadOutage {
  readonly workload: string;
  readonly pods: number;
  readonly refused: number;
  /** Of the pod that was out longest. */
  readonly outageMs: DurationMs;
}

/** Requests of one outcome at even distances. */
interface Stretch {
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly count: number;
  readonly accepted: boolean;
}

interface PodRequests {
  readonly uid: string;
  readonly pod: string;
  readonly container: string;
  readonly stretches: Stretch[];
}

/** `from` is included, `to` is not. */
interface Window {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const WHOLE_RUN: Window = { from: -Infinity, to: Infinity };

/**
 * By database, in the order of their first request or switch. `within` says which part of outages counts for their length;
 * requests are counted over the whole run.
 */
export function databaseOutages(
  index: FactIndex,
  end: EpochMs,
  within: Window = WHOLE_RUN,
): DatabaseOutages[] {
  const switches = index.ofType("database.switched");
  const requests = index.ofType("app.request");
  const names = new Set(
    [...switches, ...requests].map(({ data }) => data.database),
  );
  const workloads = new Workloads();
  for (const fact of index.ofType("kubelet.pod.added")) workloads.fact(fact);
  return [...names].map((database) => {
    const own = switches.filter(({ data }) => data.database === database);
    const pods = podsOf(requests.filter((f) => f.data.database === database))
      .map((pod) => outageOf(index, pod, own, { end, within }))
      .map((pod): PodOutage => {
        const [namespace = "", name = ""] = pod.pod.split("/");
        return { ...pod, workload: workloads.of(namespace, name) };
      });
    return {
      database,
      switches: own.map(({ t, data: { object, accepts, refuses } }) => ({
        at: toRfc3339Ms(t),
        object,
        accepts,
        refuses,
      })),
      pods,
      workloads: totals(pods),
    };
  });
}

function podsOf(requests: readonly FactNamed<"app.request">[]): PodRequests[] {
  const pods = new Map<string, PodRequests>();
  for (const { t, run, data } of requests) {
    const { uid, namespace, name, container, accepted } = data;
    const key = `${uid}/${container}`;
    const pod = pods.get(key) ?? {
      uid,
      pod: `${namespace}/${name}`,
      container,
      stretches: [],
    };
    pods.set(key, pod);
    const { first, every, count } = run ?? { first: t, every: 0, count: 1 };
    const last = first + every * (count - 1);
    pod.stretches.push({ first, last, count, accepted });
  }
  return [...pods.values()].map((pod) => ({
    ...pod,
    stretches: pod.stretches.sort((a, b) => a.first - b.first),
  }));
}

function outageOf(
  index: FactIndex,
  { uid, pod, container, stretches }: PodRequests,
  switches: readonly FactNamed<"database.switched">[],
  { end, within }: { readonly end: EpochMs; readonly within: Window },
): Omit<PodOutage, "workload"> {
  const refused = stretches.filter(({ accepted }) => !accepted);
  const holds = index
    .ofType("app.holds")
    .filter(({ data }) => data.uid === uid && data.container === container);
  const turns = [...switches, ...holds].map(({ t }) => t).sort((a, b) => a - b);
  const gone = index
    .ofType("kubelet.pod.gone")
    .find(({ data }) => data.uid === uid);
  const over = Math.min(gone?.t ?? Infinity, end);
  let outageMs = 0;
  let open = false;
  for (const [i, each] of stretches.entries()) {
    if (each.accepted || stretches[i - 1]?.accepted === false) continue;
    const before = stretches[i - 1]?.last ?? -Infinity;
    const next = stretches.slice(i).find(({ accepted }) => accepted);
    const from = turns.findLast((t) => t <= each.first && t >= before);
    const until =
      next === undefined
        ? over
        : (turns.findLast((t) => t <= next.first && t > each.first) ??
          next.first);
    const since = Math.max(from ?? each.first, within.from);
    outageMs += Math.max(Math.min(until, within.to) - since, 0);
    open = next === undefined;
  }
  const sum = (list: readonly Stretch[]) =>
    list.reduce((total, { count }) => total + count, 0);
  const at = (t: EpochMs | undefined) =>
    t === undefined ? null : toRfc3339Ms(t);
  return {
    pod,
    requests: sum(stretches),
    refused: sum(refused),
    firstRefusedAt: at(refused[0]?.first),
    lastRefusedAt: at(refused.at(-1)?.last),
    outageMs,
    open,
  };
}

function totals(pods: readonly PodOutage[]): WorkloadOutage[] {
  const byName = new Map<string, WorkloadOutage>();
  for (const { workload, pod, refused, outageMs } of pods) {
    const name = workload === "" ? pod : workload;
    const known = byName.get(name);
    byName.set(name, {
      workload: name,
      pods: (known?.pods ?? 0) + 1,
      refused: (known?.refused ?? 0) + refused,
      outageMs: Math.max(known?.outageMs ?? 0, outageMs),
    });
  }
  return [...byName.values()];
}
