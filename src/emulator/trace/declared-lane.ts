/** What a scenario says of the ways that it compares. Facts do not carry it, so whoever loaded the scenario hands it in. */
import type { LaneKind, LaneSpec } from "../../cluster-sim/index.ts";
import type { SinkName } from "./names.ts";

/** One of the products, or a sink of a pod that stands for a way of its own. */
export interface DeclaredLane {
  readonly name: string;
  /** What people read. */
  readonly title: string;
  readonly kind: LaneKind | null;
  readonly spec: LaneSpec | null;
  /** Where its value arrives; null: at the product's own end. */
  readonly sink: SinkName | null;
}
