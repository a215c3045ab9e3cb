/**
 * Every staleness ends within its bound, or has a reason. Judged when a file that was behind is written, and at the end of
 * a world:
 *
 * - a file of a CSI volume is not older than the vault's newest version for more than twice the poll interval (or twice a
 *   whole pass, where that takes longer) under a driver up to 1.5; from 1.6 on, for not more than two syncs of its pod
 *   after its mount directory has come of age;
 * - a file of a Secret, ConfigMap or projected volume is not older than its source for more than two syncs of its pod.
 *
 * Both count from the last thing that held the new version up (`hindrances.ts`). What never follows has a reason: rotation
 * is off, the pod is ending, the version was asked for by its id, the source was immutable; up to 1.5 also a pod status
 * that is gone or was changed by somebody else, and another volume of the pod that uses the same class. Environment values
 * and pinned files never follow, until their container is made anew (`environment-fixed`).
 *
 * Attempts that failed stand in runs, written up to an hour later: a judgement waits for the end of its hour.
 */
import type { EpochMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { AskedById } from "./asked-by-id.ts";
import { rememberAskedById, wasAskedById } from "./asked-by-id.ts";
import type { HindrancesState } from "./hindrances.ts";
import {
  failedUntil,
  followHindrances,
  forgetFailures,
  newHindrances,
  refusedUntil,
} from "./hindrances.ts";
import type { NewestVersions } from "./newest-versions.ts";
import { follow } from "./newest-versions.ts";
import { csiLag } from "./csi-lag.ts";
import type { Lag } from "./lag.ts";
import { sourceLag } from "./source-lag.ts";
import type { Mounts } from "./mounts.ts";
import { followMounts, mountOf, newMounts } from "./mounts.ts";
import type { SourceObjects } from "./source-objects.ts";
import { followSources } from "./source-objects.ts";
import { isVersionSet } from "./vault-versions.ts";
import type { Invariant } from "./violation.ts";
import { violation } from "./violation.ts";

interface StalenessState {
  newest: NewestVersions;
  asked: AskedById;
  hindrances: HindrancesState;
  mounts: Mounts;
  sources: SourceObjects;
  /** Lags that only a failure in an open run can still explain. */
  waiting: Lag[];
  /** Of the latest fact. */
  now: EpochMs;
}

export class StalenessWithinBound implements Invariant {
  readonly name = "staleness-within-bound";
  state: StalenessState = {
    newest: new Map(),
    asked: new Set(),
    hindrances: newHindrances(),
    mounts: newMounts(),
    sources: new Map(),
    waiting: [],
    now: 0,
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { state } = this;
    state.now = any.t;
    if (any.type === "vault.request") rememberAskedById(state.asked, any);
    if (any.type === "volume.switched" || any.type === "volume.verified")
      this.#judge(any);
    if (isVersionSet(any) || any.type.startsWith("vault.secret."))
      follow(state.newest, any);
    followHindrances(state.hindrances, any);
    followMounts(state.mounts, any);
    followSources(state.sources, any);
  }

  hourEnded(): void {
    const { waiting, hindrances, now } = this.state;
    for (const lag of waiting) this.#check(lag);
    this.state.waiting = [];
    forgetFailures(hindrances, now);
  }

  end(t: EpochMs): void {
    for (const [key] of this.state.mounts.volumes)
      for (const lag of this.#lags(key, t)) this.#check(lag);
  }

  /** What a volume held up to now. */
  #judge({ t, data }: FactNamed<"volume.switched">): void {
    const lags = this.#lags(`${data.uid}/${data.volume}`, t);
    for (const lag of lags)
      if (t - lag.since > lag.limitMs) this.state.waiting.push(lag);
  }

  #lags(key: string, t: EpochMs): Lag[] {
    const { state } = this;
    const found = mountOf(state.mounts, key);
    if (found === null) return [];
    const { mounted } = found;
    return mounted.files.flatMap((file) => {
      const lag =
        mounted.kind === "csi"
          ? csiLag(state, found, file, t)
          : sourceLag(state, found, file, t);
      return lag === null ? [] : [lag];
    });
  }

  #check(lag: Lag): void {
    const { hindrances, asked } = this.state;
    const { namespace, pod, file, vault, t, limitMs } = lag;
    if (wasAskedById(asked, namespace, file.version)) return;
    const since = Math.max(
      lag.since,
      failedUntil(hindrances, `${namespace}/${pod}`, t),
      vault === null ? 0 : refusedUntil(hindrances, vault, t),
    );
    if (t - since <= limitMs) return;
    throw violation(
      "StaleBeyondBound",
      `${namespace}/${pod} ${lag.volume}/${file.path} held v${file.ordinal} of ${file.object} ${formatDuration(t - since)} after ${lag.couldRead} (limit ${formatDuration(limitMs)})`,
      lag.place,
    );
  }
}
