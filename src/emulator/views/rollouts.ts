/** The rollouts of a run: which workload, since when, until when, and why. `summary.json` has them. */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { parseInstant, toRfc3339Ms } from "../../kernel/time.ts";
import type { FactIndex } from "../trace/fact-index.ts";
import { RolloutHistory } from "../trace/rollout-history.ts";
import type { ObjectFact } from "../trace/rollout-way.ts";
import { causeOfTemplate } from "../trace/rollout-way.ts";
import { spoken } from "../trace/spoken.ts";
import type { PrintOptions } from "./terminal.ts";
import { leastWidth, palette, sinceStart } from "./terminal.ts";
import { textTable } from "./text-table.ts";

export interface RolloutSummary {
  /** `default/deployment/web` */
  readonly workload: string;
  readonly revision: string;
  readonly began: string;
  /** Null: it was not over at the end of the run, or another one overtook it. */
  readonly completed: string | null;
  readonly durationMs: DurationMs | null;
  /** Whether the next one began before this one was over. */
  readonly overtaken: boolean;
  /** `Reloader: Secret app-secret`, `step restart: rolloutRestart`. */
  readonly cause: string;
}

/** In the order in which their first ReplicaSets or revisions showed. */
export function rolloutsOf(index: FactIndex, end: EpochMs): RolloutSummary[] {
  const history = new RolloutHistory();
  const writes = [
    ...index.ofType("api.object.created"),
    ...index.ofType("api.object.modified"),
  ].sort((a, b) => a.seq - b.seq);
  for (const write of writes) history.fact(write);
  return history.rollouts
    .filter(({ beganAt }) => beganAt <= end)
    .map(({ kind, namespace, name, revision, ...rollout }) => {
      const { beganAt, overtakenAt } = rollout;
      const over = rollout.completedAt;
      const completedAt = over === null || over > end ? null : over;
      const write = index.get(rollout.beganBy) as unknown as ObjectFact;
      return {
        workload: `${namespace}/${kind.toLowerCase()}/${name}`,
        revision,
        began: toRfc3339Ms(beganAt),
        completed: completedAt === null ? null : toRfc3339Ms(completedAt),
        durationMs: completedAt === null ? null : completedAt - beganAt,
        overtaken: overtakenAt !== null && overtakenAt <= end,
        cause: causeOfTemplate(index, write),
      };
    });
}

export interface RolloutsTextOptions extends PrintOptions {
  /** RFC 3339: instants are told as time since then. */
  readonly start: string;
}

/** Lines within `width`, with a final newline; empty where nothing was rolled out after the start. */
export function rolloutsText(
  rollouts: readonly RolloutSummary[],
  options: RolloutsTextOptions,
): string {
  const later = rollouts.filter(({ began }) => began !== options.start);
  if (later.length === 0) return "";
  const { bold, dim } = palette(options.color ?? false);
  const start = parseInstant(options.start)!;
  const rows = later.map((each) => [
    each.workload.replace(/^default\//, ""),
    each.revision,
    sinceStart(parseInstant(each.began)!, start),
    each.durationMs !== null
      ? spoken(each.durationMs)
      : each.overtaken
        ? "overtaken"
        : "not over",
    each.cause,
  ]);
  const titles = ["workload", "revision", "began", "took", "cause"];
  const [head = "", ...body] = textTable(
    [titles, ...rows],
    leastWidth(options.width),
  );
  return `${[bold("rollouts"), dim(head), ...body].join("\n")}\n`;
}
