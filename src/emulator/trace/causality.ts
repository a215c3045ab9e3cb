/**
 * From what a sink holds back to who set it: the chain of hops along provenance, each with its delay, its trigger and
 * the rule behind it. The delays of a chain add up to the time from its origin to its end.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause, Fact, Instance } from "../../kernel/trace.ts";
import { countWithin } from "./fact-index.ts";
import type { FactIndex } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import { ruleOf } from "./hop-rules.ts";
import type { Way } from "./interruptions.ts";
import { interruptionText, interruptionsOf } from "./interruptions.ts";
import { provenanceOf, triggerOf } from "./provenance.ts";
import { wayOfPod } from "./rollout-way.ts";
import type { SinkVersion } from "./versions.ts";

export interface Hop {
  readonly fact: Fact;
  /** Which instance of a run fact; null for a plain fact. */
  readonly n: number | null;
  readonly t: EpochMs;
  /** Since the hop before; 0 at the origin. */
  readonly delayMs: DurationMs;
  /** What made it happen now; null when the content's arrival alone did. */
  readonly trigger: Instance | null;
  /** A word for tables: `poll`, `file`, `Secret`, `resync` … */
  readonly label: string;
  /** One sentence with the numbers of the settings in force, without a full stop. */
  readonly rule: string;
}

/**
 * The hops from the origin (a command, or the first fact without provenance) to the fact that `cause` names, in the
 * order they happened. `version` says whose provenance is followed where a fact moved several contents; null follows
 * the newest. Empty when the cause is not in the index.
 */
export function chainOf(
  index: FactIndex,
  cause: Cause,
  version: SinkVersion | null = null,
): Hop[] {
  const path: Instance[] = [];
  const walked = new Set<number>();
  let at = index.resolve(cause);
  while (at !== null && !walked.has(at.fact.seq)) {
    path.push(at);
    walked.add(at.fact.seq);
    at = provenanceOf(index, at, version);
  }
  path.reverse();
  const whole = withRollouts(index, path);
  return whole.map((instance, i) =>
    hopOf(index, instance, whole[i - 1] ?? null, version),
  );
}

/** Between two hops the way of the pod whose coming the second one waited for: what changed its workload, and so on. */
function withRollouts(
  index: FactIndex,
  path: readonly Instance[],
): readonly Instance[] {
  const told = new Set<string>();
  return path.flatMap((instance, i) => {
    const before = path[i - 1];
    const uid = podOf(index, instance);
    if (before === undefined || uid === null || told.has(uid))
      return [instance];
    const way = wayOfPod(index, uid);
    if (way.length === 0 || way.at(-1)!.t < before.t) return [instance];
    told.add(uid);
    const between = way.filter(
      ({ t, fact }) =>
        t >= before.t && t <= instance.t && fact.seq !== before.fact.seq,
    );
    return [...between, instance];
  });
}

/** The uid of the pod for which a hop was taken; null where it is for none. */
function podOf(index: FactIndex, { fact: plain, t }: Instance): string | null {
  const fact = plain as AnyFact;
  switch (fact.type) {
    case "volume.switched":
    case "container.created":
    case "app.holds":
      return fact.data.uid;
    case "vault.request": {
      const { pod } = fact.data;
      const added = index
        .ofType("kubelet.pod.added")
        .findLast(
          (each) =>
            each.t <= t && `${each.data.namespace}/${each.data.name}` === pod,
        );
      return added?.data.uid ?? null;
    }
    default:
      return null;
  }
}

function hopOf(
  index: FactIndex,
  instance: Instance,
  before: Instance | null,
  version: SinkVersion | null,
): Hop {
  const { fact: plain, n, t } = instance;
  const fact = plain as AnyFact;
  const trigger = triggerOf(index, instance);
  const settings = index.startedAt() === null ? null : index.settingsAt(t);
  const { label, rule } = ruleOf({
    index,
    fact,
    t,
    causes: instance.causes,
    trigger,
    settings,
    version,
  });
  const since = before?.t ?? t;
  const held = [
    ...failedPolls(index, fact, since, t),
    ...heldUpBy(index, fact, since, t),
  ];
  return {
    fact,
    n,
    t,
    delayMs: t - since,
    trigger,
    label,
    rule: [rule, ...held].join("; "),
  };
}

/** What was broken on the way of a hop while it was awaited. */
function heldUpBy(
  index: FactIndex,
  fact: AnyFact,
  from: EpochMs,
  to: EpochMs,
): string[] {
  const way = wayOf(fact);
  if (way === null || from === to) return [];
  const texts = interruptionsOf(index, way, from, to).map((each) =>
    interruptionText(each, to),
  );
  return texts.length === 0 ? [] : [`held up because ${texts.join(" and ")}`];
}

/** How many polls of a pod failed while a hop to or from the vault was awaited. */
function failedPolls(
  index: FactIndex,
  fact: AnyFact,
  from: EpochMs,
  to: EpochMs,
): string[] {
  const pod =
    fact.type === "vault.request"
      ? fact.data.pod
      : fact.type === "volume.switched" && fact.data.kind === "csi"
        ? `${fact.data.namespace}/${fact.data.name}`
        : null;
  if (pod === null) return [];
  const count = [
    ...index.ofType("csi.rotation.failed"),
    ...index.ofType("csi.publish.masked"),
  ]
    .filter(({ data }) => `${data.namespace}/${data.name}` === pod)
    .reduce((sum, failed) => sum + countWithin(failed, from + 1, to + 1), 0);
  if (count === 0) return [];
  return [
    `${count === 1 ? "one poll" : `${count} polls`} of the pod failed meanwhile`,
  ];
}

/** Null for a hop that comes by nothing that can break. */
function wayOf(fact: AnyFact): Way | null {
  switch (fact.type) {
    case "vault.request": {
      const { node, vault, pod } = fact.data;
      if (pod === null) return null;
      const processes = ["csi.driver", "csi.provider", "kubelet"] as const;
      return { node, vault, api: false, processes };
    }
    case "api.object.created":
    case "api.object.modified": {
      const [node = null, component] = fact.data.by.split("/");
      if (component !== "csi-driver") return null;
      return { node, vault: null, api: true, processes: ["csi.driver"] };
    }
    case "container.created":
    case "volume.switched": {
      if (fact.type === "volume.switched" && fact.data.kind === "csi")
        return null;
      const node = fact.at.split("/")[0] ?? null;
      return { node, vault: null, api: true, processes: ["kubelet"] };
    }
    default:
      return null;
  }
}
