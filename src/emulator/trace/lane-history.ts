/** What the ends of lanes held and when. A lane's end outlives restarts of its controller: what it published stays. */
import type { EpochMs } from "../../kernel/time.ts";
import type { FactNamed } from "./fact-index.ts";
import type { SinkName } from "./names.ts";
import type { SinkEntry } from "./pod-history.ts";
import { changesOf } from "./sink-changes.ts";
import type { SinkVersion } from "./versions.ts";

interface LaneWrite {
  readonly t: EpochMs;
  readonly seq: number;
  readonly held: SinkVersion;
}

export class LaneHistory {
  readonly #writes = new Map<string, LaneWrite[]>();

  fact(fact: FactNamed<"lane.started" | "lane.holds">): void {
    const { lane } = fact.data;
    const writes = this.#writes.get(lane) ?? [];
    this.#writes.set(lane, writes);
    if (fact.type === "lane.holds")
      writes.push({ t: fact.t, seq: fact.seq, held: fact.data });
  }

  /** Null for a lane that never began. */
  entries(lane: string): SinkEntry[] | null {
    const writes = this.#writes.get(lane);
    return writes === undefined ? null : changesOf(writes, ({ held }) => held);
  }

  /** The lanes that ever held a version of `object`, in order of beginning. */
  holding(object: string): SinkName[] {
    return [...this.#writes]
      .filter(([, writes]) => writes.some(({ held }) => held.object === object))
      .map(([lane]) => ({ kind: "lane", lane }));
  }
}
