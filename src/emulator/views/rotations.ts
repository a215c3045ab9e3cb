/**
 * The rotations of a run: for each version and each sink that holds its object the bound, the delay and its hops.
 *
 * Source: design.md 6
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { toRfc3339Ms } from "../../kernel/time.ts";
import type { Hop } from "../trace/causality.ts";
import { chainOf } from "../trace/causality.ts";
import type { SinkName } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import { existsAt, firstSeen } from "../trace/observation.ts";
import type { VersionSet } from "../trace/versions.ts";
import {
  allSets,
  cameWithCertificate,
  isVersion,
  objectOf,
  stepOf,
} from "../trace/versions.ts";
import type { Bound } from "./bound.ts";
import { boundOf } from "./bounds.ts";
import type { Topology } from "./feeders.ts";
import { declaredKeysOf, feedersOf } from "./feeders.ts";

/** What rotations are read from. */
export interface RotationsInput extends Topology {
  readonly end: EpochMs;
  readonly scenario: { readonly start: EpochMs; readonly namespace: string };
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

/**
 * Versions that came after the start: later ones of an object, and first ones that a step set. Of the three versions of
 * a certificate those that something in the cluster holds; the certificate's where nothing does.
 */
export function rotationsOf(input: RotationsInput): RotationSummary[] {
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
  input: RotationsInput,
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
function sinksFor(input: RotationsInput, set: VersionSet): SinkName[] {
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

function wasThere(input: RotationsInput, sink: SinkName, t: EpochMs): boolean {
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

/** The way of a rotation: CSI files, Secrets, what follows Secrets, programs, lanes; within each in the order of the run. */
function orderOf({ sinks }: RotationsInput, sink: SinkName): string {
  if (sink.kind === "secret") return "1";
  if (sink.kind === "app") return "3";
  if (sink.kind === "lane") return "4";
  const resolution = sinks.resolve(sink);
  const track = resolution.found ? resolution.tracks[0] : undefined;
  const volume = track?.pod?.volumes.find(
    ({ name }) => name === track.place?.volume,
  );
  return volume?.kind === "csi" ? "0" : "2";
}

function sinkSummary(
  input: RotationsInput,
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
    hops: withoutOrigin(hops).map(({ label, fact, t, delayMs, rule }) => ({
      label,
      fact: fact.type,
      at: toRfc3339Ms(t),
      delayMs,
      rule,
    })),
  };
}

/** Where a rotation begins is no part of its delay: up to the version's making, or to the command behind a literal. */
function withoutOrigin(hops: readonly Hop[]): readonly Hop[] {
  const made = hops.findLastIndex(({ fact }) => SETS.includes(fact.type));
  if (made >= 0) return hops.slice(made + 1);
  return hops[0]?.fact.type === "command" ? hops.slice(1) : hops;
}

const SETS: readonly string[] = [
  "vault.secret.set",
  "vault.key.set",
  "vault.certificate.set",
];
