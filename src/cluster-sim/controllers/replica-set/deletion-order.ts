/**
 * Which pods a ReplicaSet deletes first.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/controller_utils.go (ActivePodsWithRanks, logarithmicRankDiff); kubelet.md 9.2.
 */
import { byCodeUnit } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { parseInstant } from "../../../kernel/time.ts";
import { listOf } from "../../api-server/validation/reading.ts";
import type { Stored } from "../../ports.ts";
import {
  intOf,
  isReady,
  nodeOf,
  phaseOf,
  readySinceOf,
  statusOf,
} from "../pod-state.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const PHASES = ["Pending", "Unknown", "Running"];
const INTEGER = /^(0|-?[1-9]\d*)$/;

/** What a pod is judged by. */
interface Ranked {
  readonly pod: Stored;
  readonly uid: string;
  readonly isScheduled: boolean;
  readonly phase: number;
  readonly isReady: boolean;
  readonly cost: number;
  /** Active pods of the same workload on its node. */
  readonly neighbours: number;
  /** Null: not ready. */
  readonly readySince: EpochMs | null;
  readonly restarts: number;
  readonly created: EpochMs;
}

/** The pods in the order in which they go. `related`: the active pods of all ReplicaSets of the same owner. */
export function inDeletionOrder(
  pods: readonly Stored[],
  related: readonly Stored[],
  now: EpochMs,
): Stored[] {
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const node = nodeOf(pod);
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  return pods
    .map((pod) => ranked(pod, perNode))
    .sort((a, b) => compare(a, b, now))
    .map(({ pod }) => pod);
}

function ranked(pod: Stored, perNode: ReadonlyMap<string, number>): Ranked {
  const { uid, creationTimestamp } = pod.object.metadata;
  const status = statusOf(pod.object);
  const node = nodeOf(pod);
  const containers = listOf(status["containerStatuses"]);
  return {
    pod,
    uid,
    isScheduled: node !== "",
    phase: PHASES.indexOf(phaseOf(pod)),
    isReady: isReady(pod),
    cost: costOf(pod),
    neighbours: perNode.get(node) ?? 0,
    readySince: readySinceOf(pod),
    restarts: Math.max(
      0,
      ...containers.map(({ restartCount }) => intOf(restartCount, 0)),
    ),
    created: parseInstant(creationTimestamp) ?? 0,
  };
}

function costOf({ object }: Stored): number {
  const text = object.metadata.annotations?.[DELETION_COST] ?? "";
  return INTEGER.test(text) ? Number(text) : 0;
}

function compare(a: Ranked, b: Ranked, now: EpochMs): number {
  return (
    Number(a.isScheduled) - Number(b.isScheduled) ||
    a.phase - b.phase ||
    Number(a.isReady) - Number(b.isReady) ||
    a.cost - b.cost ||
    b.neighbours - a.neighbours ||
    (a.isReady && b.isReady
      ? youngerFirst([a, a.readySince], [b, b.readySince], now)
      : 0) ||
    b.restarts - a.restarts ||
    youngerFirst([a, a.created], [b, b.created], now)
  );
}

/** Ages count by their order of magnitude, a power of two; of one order the uid decides. */
function youngerFirst(
  [a, aSince]: readonly [Ranked, EpochMs | null],
  [b, bSince]: readonly [Ranked, EpochMs | null],
  now: EpochMs,
): number {
  if (aSince === bSince) return 0;
  const difference = magnitude(aSince, now) - magnitude(bSince, now);
  return difference || byCodeUnit(a.uid, b.uid);
}

const NANOSECONDS_IN_MS = 1_000_000n;

/** The whole part of the binary logarithm of an age in nanoseconds; -1 for none. */
function magnitude(since: EpochMs | null, now: EpochMs): number {
  const age = now - (since ?? 0);
  if (age <= 0) return -1;
  return (BigInt(age) * NANOSECONDS_IN_MS).toString(2).length - 1;
}
