/**
 * Each rollout of each Deployment, StatefulSet and DaemonSet: from the write that brought its template to the moment at
 * which `kubectl rollout status` would say that it is over.
 *
 * Source: kubelet.md 9.1, 9.3 and 9.4 of the reference; kubernetes/kubectl pkg/polymorphichelpers/rollout_status.go
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";

export interface Rollout {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `deployment.kubernetes.io/revision`, or the hash of the ControllerRevision. */
  readonly revision: string;
  readonly beganAt: EpochMs;
  /** `seq` of the write that brought the template. */
  readonly beganBy: number;
  /** Null while it goes on, and for one that another one overtook. */
  completedAt: EpochMs | null;
  /** When the next one began before it was complete. */
  overtakenAt: EpochMs | null;
}

interface Known {
  generation: number;
  /** The write that brought this generation. */
  broughtAt: EpochMs;
  broughtBy: number;
  current: Rollout | null;
}

const KINDS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

/** What a fact did to a rollout; null for most. */
export interface RolloutStep {
  readonly what: "began" | "completed";
  readonly rollout: Rollout;
}

export class RolloutHistory implements FactSink {
  readonly rollouts: Rollout[] = [];
  readonly #known = new Map<string, Known>();

  fact(fact: Fact): void {
    this.follow(fact);
  }

  /** Takes in a fact and says what it did. */
  follow(input: Fact): RolloutStep | null {
    const fact = input as AnyFact;
    if (
      fact.type !== "api.object.created" &&
      fact.type !== "api.object.modified"
    )
      return null;
    return KINDS.includes(fact.data.kind) ? this.#written(fact) : null;
  }

  #written(fact: FactNamed<"api.object.created">): RolloutStep | null {
    const known = this.#generationOf(fact);
    const { rollout } = fact.data;
    if (rollout === undefined || rollout.revision === "") return null;
    const { current } = known;
    if (current?.revision !== rollout.revision)
      return this.#began(fact, known, rollout.revision);
    if (!rollout.complete || current.completedAt !== null) return null;
    current.completedAt = fact.t;
    return { what: "completed", rollout: current };
  }

  #generationOf({ t, seq, data }: FactNamed<"api.object.created">): Known {
    const { uid, generation } = data;
    let known = this.#known.get(uid);
    if (known === undefined) {
      known = { generation, broughtAt: t, broughtBy: seq, current: null };
      this.#known.set(uid, known);
    } else if (generation !== known.generation) {
      known.generation = generation;
      known.broughtAt = t;
      known.broughtBy = seq;
    }
    return known;
  }

  #began(
    { data, t }: FactNamed<"api.object.created">,
    known: Known,
    revision: string,
  ): RolloutStep {
    const { kind, namespace, name, uid } = data;
    const before = known.current;
    if (before !== null && before.completedAt === null)
      before.overtakenAt ??= t;
    const rollout: Rollout = {
      kind,
      namespace,
      name,
      uid,
      revision,
      beganAt: known.broughtAt,
      beganBy: known.broughtBy,
      completedAt: null,
      overtakenAt: null,
    };
    known.current = rollout;
    this.rollouts.push(rollout);
    return { what: "began", rollout };
  }
}
