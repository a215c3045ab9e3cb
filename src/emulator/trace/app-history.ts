/** What the programs in the containers of a pod hold in memory: from their start on, and gone with their container. */
import type { EpochMs } from "../../kernel/time.ts";
import type { FactNamed } from "./fact-index.ts";
import type { SinkEntry } from "./pod-history.ts";
import { changesOf } from "./sink-changes.ts";
import type { SinkVersion } from "./versions.ts";

/** One run of a program, from the start of its container to its end. */
export interface AppLife {
  readonly container: string;
  readonly t: EpochMs;
  readonly seq: number;
  /** How it notices a new value: `reads-once`, `polls-file` … */
  readonly app: string;
  /** What it reads: an absolute path, `env NAME`, or `kvdemo/secrets/password`. */
  readonly reads: string;
  readonly everyMs: number | null;
  readonly writes: {
    readonly t: EpochMs;
    readonly seq: number;
    readonly held: SinkVersion;
  }[];
  /** When its watch died with what it watched; null while it hears. */
  deafAt: EpochMs | null;
  /** Whether a signal did not reach it. */
  unreached: boolean;
  /** Null while it lives. */
  ended: { readonly t: EpochMs; readonly seq: number } | null;
}

export type AppFact = FactNamed<
  "app.started" | "app.ended" | "app.holds" | "app.deaf" | "app.signalled"
>;

/** Takes in a fact about a program of the pod whose programs these are. */
export function followApp(apps: AppLife[], fact: AppFact): void {
  const { t, seq, data } = fact;
  const { container } = data;
  const life = apps.findLast((each) => each.container === container);
  switch (fact.type) {
    case "app.started": {
      const { app, reads, everyMs } = fact.data;
      const about = { container, t, seq, app, reads, everyMs };
      apps.push({
        ...about,
        writes: [],
        deafAt: null,
        unreached: false,
        ended: null,
      });
      return;
    }
    case "app.ended":
      if (life !== undefined) life.ended ??= { t, seq };
      return;
    case "app.holds":
      life?.writes.push({ t, seq, held: fact.data });
      return;
    case "app.deaf":
      if (life !== undefined) life.deafAt ??= t;
      return;
    case "app.signalled":
      if (life !== undefined) life.unreached ||= !fact.data.delivered;
      return;
    default:
      return;
  }
}

/** What a pod's program held, over the lives of its container. */
export function appEntries(apps: readonly AppLife[]): SinkEntry[] {
  const changes = apps.flatMap(({ writes, ended }) => [
    ...writes,
    ...(ended === null ? [] : [{ ...ended, held: undefined }]),
  ]);
  return changesOf<{ t: EpochMs; seq: number; held: SinkVersion | undefined }>(
    changes,
    ({ held }) => held,
  );
}

/** The program of a pod at `t`; null before its first start. */
export function appAt(apps: readonly AppLife[], t: EpochMs): AppLife | null {
  return apps.findLast((life) => life.t <= t) ?? null;
}
