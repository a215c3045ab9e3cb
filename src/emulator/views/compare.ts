/**
 * The runs of a scenario's variants side by side: what an upgrade or a switch changes. `compare.json` is this object as
 * it stands. Models no real component.
 *
 * Simplification: thirty days are projected from the run's own rate, the mounts at its start and its rotations included.
 */
import { DAY_MS } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { Bound } from "./bound.ts";
import type { Summary } from "./summary.ts";

export interface ComparedRun {
  readonly variant: string;
  /** Every setting by its name, as a scenario would write it. */
  readonly settings: ReadonlyMap<string, string>;
  readonly summary: Summary;
}

export const COMPARISON_FORMAT = "keyturn-compare/v1";

/** One entry for each variant, in the order of `variants`. */
export type PerVariant<Value> = readonly Value[];

/** Plain JSON with its members in one order. Durations are milliseconds. */
export interface Comparison {
  readonly format: typeof COMPARISON_FORMAT;
  readonly scenario: {
    readonly name: string;
    readonly seed: number;
    readonly start: string;
    readonly profile: string;
    readonly durationMs: DurationMs;
  };
  readonly variants: readonly string[];
  /** Settings in which the variants differ. */
  readonly settings: readonly {
    readonly setting: string;
    readonly values: PerVariant<string>;
  }[];
  readonly rotations: readonly ComparedRotation[];
  readonly vault: {
    /** Audit records. */
    readonly operations: readonly {
      readonly operation: string;
      readonly counts: PerVariant<number>;
    }[];
    /** Those that were refused, by HTTP status; the 401 that asks for a token is none. */
    readonly refusals: readonly {
      readonly status: string;
      readonly counts: PerVariant<number>;
    }[];
  };
  readonly cost: {
    readonly billedOperations: PerVariant<number>;
    readonly usd: PerVariant<number>;
    readonly in30Days: {
      readonly billedOperations: PerVariant<number>;
      readonly usd: PerVariant<number>;
    };
  };
  readonly findings: readonly {
    readonly name: string;
    readonly title: string;
    readonly reference: string;
    readonly counts: PerVariant<number>;
  }[];
  readonly expectations: {
    readonly held: PerVariant<number>;
    readonly failed: PerVariant<number>;
  };
}

export interface ComparedRotation {
  readonly object: string;
  readonly ordinal: number;
  readonly step: string;
  readonly sinks: readonly {
    readonly kind: string;
    readonly sink: string;
    /** Null where the sink is not there. */
    readonly under: PerVariant<ComparedSink | null>;
  }[];
}

export interface ComparedSink {
  readonly bound: Bound;
  /** Null: it did not see the version before the end. */
  readonly delayMs: DurationMs | null;
}

const PROJECTED_MS = 30 * DAY_MS;

/** `scenario`: the name that the variants share. At least one run. */
export function compare(
  scenario: string,
  runs: readonly ComparedRun[],
): Comparison {
  const summaries = runs.map(({ summary }) => summary);
  const { seed, start, profile, durationMs } = summaries[0]!.scenario;
  const per = <Value>(read: (summary: Summary) => Value) => summaries.map(read);
  const inMonth = (value: number) => (value * PROJECTED_MS) / durationMs;
  return {
    format: COMPARISON_FORMAT,
    scenario: { name: scenario, seed, start, profile, durationMs },
    variants: runs.map(({ variant }) => variant),
    settings: differingSettings(runs),
    rotations: rotationsOf(summaries),
    vault: {
      operations: tally(
        per((summary) =>
          summary.vault.operations.map(({ operation, count }) => [
            operation,
            count,
          ]),
        ),
      ).map(([operation, counts]) => ({ operation, counts })),
      refusals: tally(
        per((summary) =>
          summary.vault.operations.flatMap(({ refused }) =>
            Object.entries(refused),
          ),
        ),
      ).map(([status, counts]) => ({ status, counts })),
    },
    cost: {
      billedOperations: per(({ cost }) => cost.billedOperations),
      usd: per(({ cost }) => cost.usd),
      in30Days: {
        billedOperations: per(({ cost }) =>
          Math.round(inMonth(cost.billedOperations)),
        ),
        usd: per(({ cost }) => roundToCent(inMonth(cost.usd))),
      },
    },
    findings: findingsOf(summaries),
    expectations: {
      held: per(({ expectations }) => countOf(expectations, true)),
      failed: per(({ expectations }) => countOf(expectations, false)),
    },
  };
}

function differingSettings(
  runs: readonly ComparedRun[],
): Comparison["settings"] {
  return [...runs[0]!.settings.keys()]
    .map((setting) => ({
      setting,
      values: runs.map(({ settings }) => settings.get(setting) ?? ""),
    }))
    .filter(({ values }) => new Set(values).size > 1);
}

type Rotation = Summary["rotations"][number];

/** In the order of the first variant that has them. */
function rotationsOf(summaries: readonly Summary[]): ComparedRotation[] {
  const keyOf = ({ object, ordinal }: Rotation) => `${object} ${ordinal}`;
  return keysOf(summaries, ({ rotations }) => rotations.map(keyOf)).map(
    (key) => {
      const found = summaries.map(({ rotations }) =>
        rotations.find((rotation) => keyOf(rotation) === key),
      );
      const { object, ordinal, step } = found.find((each) => each)!;
      return { object, ordinal, step, sinks: sinksOf(found) };
    },
  );
}

function sinksOf(
  rotations: readonly (Rotation | undefined)[],
): ComparedRotation["sinks"] {
  type Sink = Rotation["sinks"][number];
  const keyOf = ({ kind, sink }: Sink) => `${kind} ${sink}`;
  return keysOf(rotations, (rotation) =>
    (rotation?.sinks ?? []).map(keyOf),
  ).map((key) => {
    const found = rotations.map((rotation) =>
      rotation?.sinks.find((sink) => keyOf(sink) === key),
    );
    const { kind, sink } = found.find((each) => each)!;
    const under = found.map((each) =>
      each === undefined ? null : { bound: each.bound, delayMs: each.delayMs },
    );
    return { kind, sink, under };
  });
}

function findingsOf(summaries: readonly Summary[]): Comparison["findings"] {
  return keysOf(summaries, ({ findings }) =>
    findings.map(({ name }) => name),
  ).map((name) => {
    const found = summaries.map(({ findings }) =>
      findings.find((finding) => finding.name === name),
    );
    const { title, reference } = found.find((each) => each)!;
    const counts = found.map((each) => each?.count ?? 0);
    return { name, title, reference, counts };
  });
}

/** Each key once, in order of appearance. */
function keysOf<Item>(
  items: readonly Item[],
  read: (item: Item) => readonly string[],
): string[] {
  return [...new Set(items.flatMap(read))];
}

/** Counts by key, one for each variant. */
function tally(
  variants: readonly (readonly (readonly [key: string, count: number])[])[],
): [string, number[]][] {
  return keysOf(variants, (counts) => counts.map(([key]) => key)).map((key) => [
    key,
    variants.map((counts) =>
      counts.reduce(
        (sum, [other, count]) => (other === key ? sum + count : sum),
        0,
      ),
    ),
  ]);
}

function countOf(
  expectations: Summary["expectations"],
  passed: boolean,
): number {
  return expectations.filter((each) => each.passed === passed).length;
}

function roundToCent(value: number): number {
  return Math.round(value * 100) / 100;
}
