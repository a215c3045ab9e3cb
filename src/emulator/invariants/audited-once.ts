/**
 * Every vault call is in the audit log once and only once, with its real caller:
 * - the draws that give each request its correlation id go 0, 1, 2 … without a gap or a double;
 * - what the CSI driver wrote for a pod was answered to that very pod, with 200 and with a version that it wrote;
 * - each version was made by one SecretSet, and each successful SecretSet made one.
 *
 * Requests stand in runs, written up to an hour later: what names one waits for it.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { FactPlace, Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

type RequestFact = Extract<AnyFact, { type: "vault.request" }>;
type SetFact = Extract<AnyFact, { type: "vault.secret.set" }>;
type WrittenFact = Extract<
  AnyFact,
  { type: "volume.switched" | "volume.verified" }
>;

/** What of a request stays known. */
type Answer = {
  readonly operation: string;
  readonly status: number;
  readonly pod: string | null;
  readonly version: string | null;
  readonly first: EpochMs;
  readonly every: number;
  readonly count: number;
};

/** A driver's write that names instance `n` of a request. */
type Claim = {
  readonly n: number;
  readonly pod: string;
  readonly versions: readonly string[];
  readonly place: FactPlace;
};

/** The draws of one name that written requests have used. */
type DrawsUsed = { count: number; sum: number; highest: number };

/** A version whose SecretSet is not written yet. */
type Made = {
  /** Seqs of runs whose first instance may be it. */
  readonly requests: readonly number[];
  readonly place: FactPlace;
};

interface AuditedOnceState {
  /** By name: a caller, a vault and an operation. */
  draws: Map<string, DrawsUsed>;
  /** By `seq`, of this hour and of the one before. */
  answers: Map<number, Answer>;
  earlierAnswers: Map<number, Answer>;
  /** The newest request that is no longer known. */
  forgotten: number;
  claims: Map<number, Claim[]>;
  /** By version. */
  made: Map<string, Made>;
}

export class AuditedOnce implements Invariant {
  readonly name = "audited-once";
  state: AuditedOnceState = {
    draws: new Map(),
    answers: new Map(),
    earlierAnswers: new Map(),
    forgotten: 0,
    claims: new Map(),
    made: new Map(),
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    switch (any.type) {
      case "vault.request":
        return this.#request(any);
      case "vault.secret.set":
        return this.#made(any);
      case "volume.switched":
      case "volume.verified":
        if (any.data.kind === "csi") this.#written(any);
        return;
      default:
        return;
    }
  }

  hourEnded(): void {
    const { state } = this;
    for (const [seq, claims] of state.claims)
      throw violation(
        "NotAudited",
        `the driver wrote what request ${seq} answered, which the audit log does not have`,
        claims[0]!.place,
      );
    for (const [version, { place }] of state.made)
      throw violation(
        "NotAudited",
        `version ${version} was made by no SecretSet that the audit log has`,
        place,
      );
    for (const [name, used] of state.draws) checkDraws(name, used);
    for (const seq of state.earlierAnswers.keys())
      if (seq > state.forgotten) state.forgotten = seq;
    state.earlierAnswers = state.answers;
    state.answers = new Map();
  }

  #request(fact: RequestFact): void {
    const { seq, run, data } = fact;
    const { operation, status, pod, version } = data;
    const { first, every, count } = run ?? {
      first: fact.t,
      every: 0,
      count: 1,
    };
    this.#countDraws(fact);
    if (operation === "SecretSet" && status === 200) this.#secretSet(fact);
    const answer = { operation, status, pod, version, first, every, count };
    this.state.answers.set(seq, answer);
    for (const claim of this.state.claims.get(seq) ?? [])
      checkClaim(claim, seq, answer);
    this.state.claims.delete(seq);
  }

  #countDraws({ run }: RequestFact): void {
    if (run?.draw === undefined) return;
    const { count } = run;
    const { name, index, stride } = run.draw;
    let used = this.state.draws.get(name);
    if (used === undefined) {
      used = { count: 0, sum: 0, highest: -1 };
      this.state.draws.set(name, used);
    }
    used.count += count;
    used.sum += count * index + (stride * count * (count - 1)) / 2;
    used.highest = Math.max(used.highest, index + stride * (count - 1));
  }

  #made(fact: SetFact): void {
    const requests = fact.causes.flatMap((cause) =>
      typeof cause === "number" ? [] : [cause[0]],
    );
    const { version } = fact.data;
    if (requests.length === 0)
      throw violation(
        "NotAudited",
        `version ${version} was made by no request`,
        placeOfFact(fact),
      );
    this.state.made.set(version, { requests, place: placeOfFact(fact) });
  }

  /** Every SecretSet makes another version, so none of them folds. */
  #secretSet(fact: RequestFact): void {
    const { seq, run } = fact;
    const version = fact.data.version ?? "";
    const made = this.state.made.get(version);
    if (made === undefined || !made.requests.includes(seq))
      throw violation(
        "AuditedTwice",
        `a SecretSet of version ${version} succeeded that made no version of its own`,
        placeOfFact(fact),
      );
    if (run !== undefined && run.count !== 1)
      throw violation(
        "AuditedTwice",
        `${run.count} requests say that they made version ${version}`,
        placeOfFact(fact),
      );
    this.state.made.delete(version);
  }

  #written(fact: WrittenFact): void {
    const { namespace, name, files } = fact.data;
    const place = placeOfFact(fact);
    const [cause] = fact.causes;
    // A payload without a file was fetched by nobody.
    if (files.length === 0) return;
    if (cause === undefined || typeof cause === "number")
      throw violation(
        "NotAudited",
        "the driver wrote files that do not come from a vault request",
        place,
      );
    const [seq, n] = cause;
    const versions = files.map(({ version }) => version);
    const claim: Claim = { n, pod: `${namespace}/${name}`, versions, place };
    const { answers, earlierAnswers, claims, forgotten } = this.state;
    const answer = answers.get(seq) ?? earlierAnswers.get(seq);
    if (answer !== undefined) return checkClaim(claim, seq, answer);
    if (seq <= forgotten) return;
    const waiting = claims.get(seq);
    if (waiting === undefined) claims.set(seq, [claim]);
    else waiting.push(claim);
  }
}

function checkClaim(claim: Claim, seq: number, answer: Answer): void {
  const { n, pod, versions, place } = claim;
  const { operation, status, version, first, every, count } = answer;
  const fail = (why: string) => {
    throw violation(
      "AuditedWrongly",
      `the driver wrote for ${pod} ${why}`,
      place,
    );
  };
  if (operation !== "SecretGet" || status !== 200)
    return fail(
      `what request ${seq} answered, which was ${operation} with status ${status}`,
    );
  if (answer.pod !== pod)
    return fail(`what request ${seq} answered to ${answer.pod ?? "nobody"}`);
  if (version === null || !versions.includes(version))
    return fail(
      `versions ${versions.join(", ")}, but request ${seq} answered ${version}`,
    );
  if (n >= count || first + n * every > place.t)
    return fail(
      `what instance ${n} of request ${seq} answered, before there was one`,
    );
}

/** Draws 0 to `highest`, each once, have this count and this sum. */
function checkDraws(name: string, { count, sum, highest }: DrawsUsed): void {
  if (count === highest + 1 && sum === (highest * (highest + 1)) / 2) return;
  throw new InvariantViolation(
    "AuditedTwice",
    `Failed to keep the invariant AuditedTwice: the ${count} requests of ${name} do not use the draws 0 to ${highest} once each`,
  );
}
