/**
 * What a run comes to: for each rotation and sink the bound, the delay and its hops; who asked the vaults for what, and
 * what that costs. `summary.json` is this object as it stands. It holds versions, never values.
 *
 * Source: design.md 6; prices as the profile gives them
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import { chainOf } from "../trace/causality.ts";
import type { SinkName } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import { existsAt, firstSeen } from "../trace/observation.ts";
import type {
  BilledOperations,
  UsageLine,
  VaultUsage,
} from "../trace/vault-usage.ts";
import type { ExpectationResult } from "../trace/verdict.ts";
import type { VersionSet } from "../trace/versions.ts";
import {
  allSets,
  cameWithCertificate,
  isVersion,
  objectOf,
  stepOf,
} from "../trace/versions.ts";
import type { Settings } from "../world/settings.ts";
import type { Bound } from "./bound.ts";
import { boundOf } from "./bounds.ts";
import type { Topology } from "./feeders.ts";
import { declaredKeysOf, feedersOf } from "./feeders.ts";
import type { Outage } from "./outages.ts";
import { outagesOf } from "./outages.ts";

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

export interface RotationSummary {
  /** `kvdemo/secrets/secret1` */
  readonly object: string;
  readonly ordinal: number;
  /** Empty for a rotation that no step with an id made. */
  readonly step: string;
  readonly setAt: string;
  readonly sinks: readonly SinkSummary[];
}

export interface SinkSummary {
  readonly kind: SinkName["kind"];
  /** As a scenario would spell it. */
  readonly sink: string;
  readonly bound: Bound;
  /** When it held this version or a newer one; null when it did not before the end. */
  readonly seenAt: string | null;
  readonly delayMs: DurationMs | null;
  /** From the vault to the sink. */
  readonly hops: readonly HopSummary[];
}

export interface HopSummary {
  readonly label: string;
  readonly fact: string;
  readonly at: string;
  readonly delayMs: DurationMs;
  readonly rule: string;
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

/**
 * Versions that came after the start: later ones of an object, and first ones that a step set. Of the three versions of
 * a certificate those that something in the cluster holds; the certificate's where nothing does.
 */
function rotationsOf(input: SummaryInput): RotationSummary[] {
  const { index, scenario } = input;
  const rotations = allSets(index)
    .filter(
      (set) =>
        set.data.ordinal > 1 ||
        set.t > scenario.start ||
        stepOf(index, set) !== "",
    )
    .map((set) => ({ set, rotation: rotationSummary(input, set) }));
  const held = new Set(
    rotations
      .filter(({ rotation }) => rotation.sinks.length > 0)
      .map(({ set }) => set.data.version),
  );
  return rotations
    .filter(({ set, rotation }) =>
      held.has(set.data.version)
        ? rotation.sinks.length > 0
        : !cameWithCertificate(index, set),
    )
    .map(({ rotation }) => rotation);
}

function rotationSummary(
  input: SummaryInput,
  set: VersionSet,
): RotationSummary {
  return {
    object: objectOf(set),
    ordinal: set.data.ordinal,
    step: stepOf(input.index, set),
    setAt: toRfc3339Ms(set.t),
    sinks: sinksFor(input, set).map((sink) => sinkSummary(input, sink, set)),
  };
}

/** Sinks that hold the object at some time and were there, or were to be there, when the version was set. */
function sinksFor(input: SummaryInput, set: VersionSet): SinkName[] {
  const object = objectOf(set);
  const held = input.sinks.sinksHolding(object);
  const declared = [set.t, input.end]
    .flatMap((t) => declaredKeysOf(input, object, t))
    .map((key): SinkName => ({ kind: "secret", ...key }));
  const texts = new Set<string>();
  const there: SinkName[] = [];
  for (const sink of [...held, ...declared]) {
    const text = `${sink.kind} ${formatSink(sink, "")}`;
    if (texts.has(text) || !wasThere(input, sink, set.t)) continue;
    texts.add(text);
    there.push(sink);
  }
  return there.sort((a, b) => byCodeUnit(orderOf(input, a), orderOf(input, b)));
}

function wasThere(input: SummaryInput, sink: SinkName, t: EpochMs): boolean {
  if (sink.kind === "secret" && feedersOf(input, sink, t).length > 0)
    return true;
  const resolution = input.sinks.resolve(sink);
  if (!resolution.found) return false;
  return resolution.tracks.some((track) =>
    track.pod === null
      ? track.entries.some((entry) => entry.t <= t)
      : existsAt(track, t),
  );
}

/** The way of a rotation: CSI files, Secrets, then what follows Secrets; within each in the order of the run. */
function orderOf({ sinks }: SummaryInput, sink: SinkName): string {
  if (sink.kind === "secret") return "1";
  const resolution = sinks.resolve(sink);
  const track = resolution.found ? resolution.tracks[0] : undefined;
  const volume = track?.pod?.volumes.find(
    ({ name }) => name === track.place?.volume,
  );
  return volume?.kind === "csi" ? "0" : "2";
}

function sinkSummary(
  input: SummaryInput,
  sink: SinkName,
  set: VersionSet,
): SinkSummary {
  const { index, sinks, scenario, end } = input;
  const resolution = sinks.resolve(sink);
  const tracks = resolution.found ? resolution.tracks : [];
  const first = firstSeen(tracks, set.t, (held) => isVersion(index, set, held));
  const seen = first === null || first.t > end ? null : first;
  const hops =
    seen === null ? [] : chainOf(index, seen.entry.cause, seen.entry.version);
  return {
    kind: sink.kind,
    sink: formatSink(sink, scenario.namespace),
    bound: boundOf(input, sink, set),
    seenAt: seen === null ? null : toRfc3339Ms(seen.t),
    delayMs: seen === null ? null : seen.t - set.t,
    hops: hops
      .filter(({ fact }) => !ORIGINS.includes(fact.type))
      .map(({ label, fact, t, delayMs, rule }) => ({
        label,
        fact: fact.type,
        at: toRfc3339Ms(t),
        delayMs,
        rule,
      })),
  };
}

/** Where a rotation begins: no part of a delay. */
const ORIGINS: readonly string[] = [
  "command",
  "vault.secret.set",
  "vault.key.set",
  "vault.certificate.set",
];

function roundToMillionth(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
