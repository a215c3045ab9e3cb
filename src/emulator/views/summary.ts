/**
 * What a run comes to: for each rotation and sink the bound, the delay and its hops; who asked the vaults for what, and
 * what that costs. `summary.json` is this object as it stands. It holds versions, never values.
 *
 * Source: design.md 6; prices as the profile gives them
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import type { DatabaseOutages } from "../trace/database-outages.ts";
import { databaseOutages } from "../trace/database-outages.ts";
import type {
  BilledOperations,
  UsageLine,
  VaultUsage,
} from "../trace/vault-usage.ts";
import type { ExpectationResult } from "../trace/verdict.ts";
import type { Settings } from "../world/settings.ts";
import type { Topology } from "./feeders.ts";
import type { LaneTable } from "./lanes.ts";
import { laneTables } from "./lanes.ts";
import type { Outage } from "./outages.ts";
import { outagesOf } from "./outages.ts";
import type { RolloutSummary } from "./rollouts.ts";
import { rolloutsOf } from "./rollouts.ts";
import type { RotationSummary } from "./rotations.ts";
import { rotationsOf } from "./rotations.ts";

export type { HopSummary, RotationSummary, SinkSummary } from "./rotations.ts";

/** A finished run and what it was. */
export interface SummaryInput extends Topology {
  readonly usage: VaultUsage;
  /** What upstream did wrong; default nothing. */
  readonly findings?: readonly UpstreamFinding[];
  readonly results: readonly ExpectationResult[];
  readonly end: EpochMs;
  readonly scenario: {
    readonly name: string;
    readonly seed: number;
    readonly start: EpochMs;
    readonly profile: string;
    readonly namespace: string;
  };
}

/** Plain JSON with its members in one order. Instants are RFC 3339 with milliseconds, durations milliseconds. */
export interface Summary {
  readonly scenario: {
    readonly name: string;
    readonly seed: number;
    readonly start: string;
    readonly profile: string;
    readonly durationMs: DurationMs;
  };
  /** In the order the vaults made the versions. */
  readonly rotations: readonly RotationSummary[];
  /** Faults, restarts and killed containers, in order of beginning. */
  readonly outages: readonly OutageSummary[];
  /** Rollouts of Deployments, StatefulSets and DaemonSets, in order of beginning. */
  readonly rollouts: readonly RolloutSummary[];
  /** What databases refused, by pod. */
  readonly databases: readonly DatabaseOutages[];
  /** Every lane of the scenario, for each rotation. */
  readonly lanes: readonly LaneTable[];
  /** Audit records by who asked and for what. */
  readonly vault: { readonly operations: readonly UsageLine[] };
  readonly cost: Cost;
  /** The gravest first. */
  readonly findings: readonly FindingSummary[];
  readonly expectations: readonly Omit<
    ExpectationResult,
    "chain" | "problem"
  >[];
}

/** Something that the real system does wrong, seen in this run. */
export interface UpstreamFinding {
  readonly name: string;
  /** One sentence. */
  readonly title: string;
  /** The upstream issue, or the code. */
  readonly reference: string;
  readonly firstAt: EpochMs;
  readonly count: number;
  /** What it was seen on. */
  readonly objects: readonly string[];
}

export type FindingSummary = Omit<UpstreamFinding, "firstAt"> & {
  readonly firstAt: string;
};

export type OutageSummary = Omit<Outage, "from" | "to"> & {
  readonly began: string;
  /** Null: it lasted beyond the end of the run. */
  readonly ended: string | null;
};

/** By the prices of the profile at the end of the run; sums are rounded to a millionth of a dollar. */
export interface Cost {
  /** All requests that are paid for. */
  readonly billedOperations: number;
  /** USD for 10,000 operations on secrets, software keys and RSA 2048 keys. */
  readonly usdPer10kOperations: number;
  /** Those of `billedOperations` on other keys, and USD for 10,000 of them. */
  readonly otherKeyOperations: number;
  readonly usdPer10kOtherKeyOperations: number;
  readonly certificateRenewals: number;
  readonly usdPerCertificateRenewal: number;
  readonly usd: number;
}

export function summary(input: SummaryInput): Summary {
  const { scenario, usage, index, end, results } = input;
  const { name, seed, start, profile } = scenario;
  const { findings = [] } = input;
  return {
    scenario: {
      name,
      seed,
      start: toRfc3339Ms(start),
      profile,
      durationMs: end - start,
    },
    rotations: rotationsOf(input),
    outages: outagesOf(index).map(({ what, from, to }) => ({
      what,
      began: toRfc3339Ms(from),
      ended: to === null || to > end ? null : toRfc3339Ms(to),
    })),
    rollouts: rolloutsOf(index, end),
    databases: databaseOutages(index, end),
    lanes: laneTables({ ...input, start }),
    vault: { operations: usage.lines() },
    cost: costOf(usage.billed(), index.settingsAt(end)),
    findings: findings.map((finding) => ({
      ...finding,
      firstAt: toRfc3339Ms(finding.firstAt),
    })),
    expectations: results.map((result) => ({
      name: result.name,
      position: result.position,
      passed: result.passed,
      expected: result.expected,
      actual: result.actual,
    })),
  };
}

function costOf(billed: BilledOperations, { vault }: Settings): Cost {
  const { otherKeys, unauthenticated, renewals } = billed;
  const usual =
    billed.usual + (vault.billUnauthenticated ? unauthenticated : 0);
  const operations =
    usual * vault.pricePer10kOperations +
    otherKeys * vault.pricePer10kOtherKeyOperations;
  return {
    billedOperations: usual + otherKeys,
    usdPer10kOperations: vault.pricePer10kOperations,
    otherKeyOperations: otherKeys,
    usdPer10kOtherKeyOperations: vault.pricePer10kOtherKeyOperations,
    certificateRenewals: renewals,
    usdPerCertificateRenewal: vault.pricePerCertificateRenewal,
    usd: roundToMillionth(
      operations / 10_000 + renewals * vault.pricePerCertificateRenewal,
    ),
  };
}

function roundToMillionth(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
