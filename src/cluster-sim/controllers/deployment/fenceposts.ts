/**
 * How far a rolling update may go above and below the wanted size.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/deployment/util/deployment_util.go (ResolveFenceposts, MaxSurge,
 * MaxUnavailable), apimachinery pkg/util/intstr; kubelet.md 9.1.
 */
import type { JsonValue } from "../../../kernel/json.ts";

const PERCENT = 100;

export interface Fenceposts {
  readonly surge: number;
  readonly unavailable: number;
}

/**
 * `maxSurge` rounded up and `maxUnavailable` rounded down; when both come to 0, one pod may be unavailable. Never more
 * unavailable than there are replicas.
 */
export function fencepostsOf(
  rollingUpdate: {
    readonly maxSurge: JsonValue | undefined;
    readonly maxUnavailable: JsonValue | undefined;
  },
  replicas: number,
): Fenceposts {
  const surge = scaled(rollingUpdate.maxSurge, replicas, Math.ceil);
  const asked = scaled(rollingUpdate.maxUnavailable, replicas, Math.floor);
  const unavailable = surge === 0 && asked === 0 ? 1 : asked;
  return { surge, unavailable: Math.min(unavailable, replicas) };
}

/** A number, or a share of `total`: `25%`. */
function scaled(
  value: JsonValue | undefined,
  total: number,
  round: (share: number) => number,
): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !value.endsWith("%")) return 0;
  return round((Number(value.slice(0, -1)) * total) / PERCENT);
}
