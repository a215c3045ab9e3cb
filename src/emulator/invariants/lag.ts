/** How far a file lies behind what it should hold. Models no real component. */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { FactPlace } from "./violation.ts";

export type Lag = {
  readonly namespace: string;
  readonly pod: string;
  readonly volume: string;
  readonly file: FileFact;
  /** The vault that it comes from; null for what the kubelet reads from an object. */
  readonly vault: string | null;
  /** From when on nothing but failures held it up. */
  readonly since: EpochMs;
  /** When it was judged. */
  readonly t: EpochMs;
  readonly limitMs: DurationMs;
  /** `the driver of node-0, which polls every 2m, could read v2`. */
  readonly couldRead: string;
  /** Where the file was written. */
  readonly place: FactPlace;
};
