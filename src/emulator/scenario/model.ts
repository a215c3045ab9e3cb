/**
 * A loaded scenario: everything resolved, every default filled in, positions kept for messages. What the YAML means is
 * fixed by the scenario format; `load.ts` makes this from files, `run.ts` plays it, `expectations.ts` judges it.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { SinkName, Who } from "../trace/names.ts";
import type { Command, DatabaseSpec, LaneSpec } from "../world/commands.ts";
import type { Settings } from "../world/settings.ts";
import type { ObjectName } from "./names.ts";

/** 1-based line and column in a file as the user named it. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Scenario {
  readonly file: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly seed: number;
  readonly start: EpochMs;
  readonly duration: DurationMs;
  /** Name of the profile, and its settings with the scenario's overrides applied. */
  readonly profile: string;
  readonly settings: Settings;
  readonly namespace: string;
  /** Node names: `node-0`, `node-1` … unless the scenario lists its own. */
  readonly nodes: readonly string[];
  /** What happens at `start`, in order: vaults and what is in them, databases, manifests, lanes. */
  readonly setup: readonly Command[];
  readonly steps: readonly Step[];
  /** Ways to compare on the same rotation, in the order of the file. */
  readonly lanes: readonly ScenarioLane[];
  readonly databases: readonly DatabaseSpec[];
  readonly watch: readonly SinkName[];
  readonly expectations: readonly Expectation[];
  /** Objects that lines name although no manifest declares them, since controllers name them: bad input if the run has none. */
  readonly generated: readonly ObjectName[];
  /** The same journal is played under each, in this order; empty: once, under `settings`. */
  readonly variants: readonly Variant[];
}

/** One row of the table of lanes. */
export interface ScenarioLane {
  /** Unique in the scenario. */
  readonly name: string;
  /** What people read; the name unless it says otherwise. */
  readonly title: string;
  /** Of another product; null for a way that the scenario plays anyway. */
  readonly kind: LaneSpec["kind"] | null;
  readonly spec: LaneSpec | null;
  /** Where its value arrives; null: at the product's own end. */
  readonly sink: SinkName | null;
}

export interface Variant {
  /** Unique, and fit to name a directory. */
  readonly name: string;
  /** Those of the scenario with the variant's overrides applied. */
  readonly settings: Settings;
}

export interface Step {
  /** From `start`. */
  readonly at: DurationMs;
  readonly command: Command;
  readonly position: Position;
  /** What an `exec` must come to, where it says so. */
  readonly expect?: ExecOutcome;
}

/** Null members: whatever it is. */
export interface ExecOutcome {
  /** One newline at the end is ignored, of this and of what was printed. */
  readonly stdout: string | null;
  readonly exitCode: number | null;
}

interface ExpectationBase {
  /** The line's `name`, or a sentence made from it. */
  readonly name: string;
  readonly position: Position;
  /** The only variants under which it is expected; absent: all. */
  readonly variants?: readonly string[];
}

export interface Count {
  readonly min: number;
  /** Infinity when only `min` is given. */
  readonly max: number;
}

/** Instants from `start`; `to` is excluded. */
export interface Between {
  readonly from: DurationMs;
  readonly to: DurationMs;
}

export type Expectation =
  | (ExpectationBase & {
      readonly kind: "sees";
      readonly sink: SinkName;
      /** Id of a setSecret, setKey or setCertificate step. */
      readonly step: string;
      readonly exactly: boolean;
      /** Null with `never` and for "at some time". */
      readonly within: DurationMs | null;
      readonly after: SinkName | null;
      readonly never: boolean;
    })
  | (ExpectationBase & {
      readonly kind: "holds";
      readonly sink: SinkName;
      readonly at: DurationMs;
      readonly value: string;
    })
  | (ExpectationBase & {
      /** Of an `exec` step. Its texts may hold secret values. */
      readonly kind: "exec";
      readonly at: DurationMs;
      readonly command: Extract<Command, { kind: "exec" }>;
      readonly outcome: ExecOutcome;
    })
  | (ExpectationBase & {
      readonly kind: "audit";
      readonly vault: string;
      readonly operation: string;
      readonly pod: Who | null;
      readonly status: number | null;
      readonly between: Between | null;
      readonly count: Count;
    })
  | (ExpectationBase & {
      readonly kind: "event";
      readonly reason: string;
      /** `[NAMESPACE/]KIND/NAME`, resolved; null: any object. Kind as written in Kubernetes (`Pod`). */
      readonly object: {
        readonly kind: string;
        readonly namespace: string;
        readonly name: string;
      } | null;
      /** A part of the message, or null. */
      readonly message: string | null;
      /** Count Event objects instead of emissions. */
      readonly objects: boolean;
      readonly between: Between | null;
      readonly count: Count;
    })
  | (ExpectationBase & {
      /** Rollouts that came to their end, the first one left out. */
      readonly kind: "rollouts";
      readonly object: ObjectName;
      readonly between: Between | null;
      readonly count: Count;
    })
  | (ExpectationBase & {
      /** Writes that changed an object's spec. */
      readonly kind: "patches";
      readonly object: ObjectName;
      /** Whose; null: anybody's. */
      readonly by: string | null;
      readonly between: Between | null;
      readonly count: Count;
    })
  | (ExpectationBase & {
      /** How long a database refused what the pods of an application presented, for each of them. */
      readonly kind: "outage";
      readonly who: Who;
      readonly database: string;
      readonly atLeast: DurationMs;
      /** Infinity when only `atLeast` is given. */
      readonly atMost: DurationMs;
      readonly between: Between | null;
    })
  | (ExpectationBase & {
      readonly kind: "object";
      readonly object: {
        readonly kind: string;
        readonly namespace: string;
        readonly name: string;
      };
      readonly exists: boolean;
      /** One of `at` and `between`; null and null: at the end. */
      readonly at: DurationMs | null;
      readonly between: Between | null;
    });

/** One mistake of the user, where it stands and what to do. */
export interface ScenarioProblem {
  readonly position: Position;
  /** What is wrong and why. */
  readonly message: string;
  /** What to type next; may be empty. */
  readonly fix: string;
}
