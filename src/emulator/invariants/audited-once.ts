/**
 * Every vault call is in the audit log once and only once, with its real caller:
 * - the draws that give each request its correlation id go 0, 1, 2 … without a gap or a double, whatever was answered;
 * - who asks for a pod sits on the node whose kubelet had that pod before, and a lane asks from its beginning on;
 * - a refusal says why and names no version, and a success has no error;
 * - what the CSI driver wrote for a pod was answered to that very pod, with 200 and with a version that it wrote;
 * - each version was made by one request, and each successful request made what its operation makes: a secret, a key,
 *   or a certificate with its key and its secret.
 *
 * Requests stand in runs, written up to an hour later: what names one waits for it.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import { laneOf } from "../trace/callers.ts";
import type { VersionSet } from "../trace/versions.ts";
import { objectOf } from "../trace/versions.ts";
import type { DrawsUsed } from "./draws-used.ts";
import { checkDraws, countDraws } from "./draws-used.ts";
import {
  MAKERS,
  isSuccess,
  isVersionSet,
  objectOfRequest,
} from "./vault-versions.ts";
import type { FactPlace, Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

type RequestFact = Extract<AnyFact, { type: "vault.request" }>;
type WrittenFact = Extract<
  AnyFact,
  { type: "volume.switched" | "volume.verified" }
>;

/** What of a request stays known. */
type Answer = {
  readonly operation: string;
  readonly status: number;
  readonly pod: string | null;
  readonly object: string | null;
  readonly version: string | null;
  readonly first: EpochMs;
  readonly every: number;
  readonly count: number;
};

type Content = { readonly object: string; readonly version: string };

/** A driver's write that names instance `n` of a request. */
type Claim = {
  readonly n: number;
  readonly pod: string;
  readonly files: readonly Content[];
  readonly place: FactPlace;
};

/** A version whose request is not written yet. */
type Made = {
  /** Seqs of runs whose first instance may be it. */
  readonly requests: readonly number[];
  readonly place: FactPlace;
};

interface AuditedOnceState {
  draws: DrawsUsed;
  /** By `seq`, of this hour and of the one before. */
  answers: Map<number, Answer>;
  earlierAnswers: Map<number, Answer>;
  /** The newest request that is no longer known. */
  forgotten: number;
  claims: Map<number, Claim[]>;
  /** By object and version. */
  made: Map<string, Made>;
  /** When the kubelet of a node first had a pod of a name, by `<node>|<namespace>/<pod>`. */
  pods: Map<string, EpochMs>;
  /** When each lane began. */
  lanes: Map<string, EpochMs>;
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
    pods: new Map(),
    lanes: new Map(),
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    if (isVersionSet(any)) return this.#made(any);
    switch (any.type) {
      case "vault.request":
        return this.#request(any);
      case "kubelet.pod.added": {
        const { node, namespace, name } = any.data;
        const key = `${node}|${namespace}/${name}`;
        const { pods } = this.state;
        if (!pods.has(key)) pods.set(key, any.t);
        return;
      }
      case "lane.started": {
        const { lane } = any.data;
        const { lanes } = this.state;
        if (!lanes.has(lane)) lanes.set(lane, any.t);
        return;
      }
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
    for (const [made, { place }] of state.made)
      throw violation(
        "NotAudited",
        `version ${made} was made by no request that the audit log has`,
        place,
      );
    checkDraws(state.draws);
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
    countDraws(this.state.draws, fact);
    this.#checkCaller(fact, first);
    checkAnswer(fact);
    if (isSuccess(status)) this.#checkMaker(fact);
    const object = objectOfRequest(fact);
    const what = { operation, status, pod, object, version };
    const answer = { ...what, first, every, count };
    this.state.answers.set(seq, answer);
    for (const claim of this.state.claims.get(seq) ?? [])
      checkClaim(claim, seq, answer);
    this.state.claims.delete(seq);
  }

  /** A provider asks for pods of its own node only, and for none that the kubelet has not had. */
  #checkCaller(fact: RequestFact, first: EpochMs): void {
    const { pod, node, operation } = fact.data;
    if (pod === null) return;
    const lane = laneOf(fact.data);
    if (lane !== null) return this.#checkLane(fact, lane, first);
    const since = this.state.pods.get(`${node}|${pod}`);
    if (since !== undefined && since <= first) return;
    throw violation(
      "AuditedWrongly",
      `${operation} was asked for ${pod} by ${node ?? "nobody"}, whose kubelet did not have it`,
      placeOfFact(fact),
    );
  }

  /** A lane asks from its first start on. */
  #checkLane(fact: RequestFact, lane: string, first: EpochMs): void {
    const since = this.state.lanes.get(lane);
    if (since !== undefined && since <= first) return;
    throw violation(
      "AuditedWrongly",
      `${fact.data.operation} was asked for lane ${lane}, which had not begun`,
      placeOfFact(fact),
    );
  }

  #made(fact: VersionSet): void {
    const requests = fact.causes.flatMap((cause) =>
      typeof cause === "number" ? [] : [cause[0]],
    );
    const made = madeKey(objectOf(fact), fact.data.version);
    const place = placeOfFact(fact);
    if (requests.length === 0)
      throw violation(
        "NotAudited",
        `version ${made} was made by no request`,
        place,
      );
    this.state.made.set(made, { requests, place });
  }

  /** Every request that makes something makes other versions, so none of them folds. */
  #checkMaker(fact: RequestFact): void {
    const { seq, run, data } = fact;
    const { vault, name, operation } = data;
    const version = data.version ?? "";
    for (const collection of MAKERS.get(operation) ?? []) {
      const key = madeKey(`${vault}/${collection}/${name}`, version);
      const made = this.state.made.get(key);
      if (made === undefined || !made.requests.includes(seq))
        throw violation(
          "AuditedTwice",
          `a ${operation} of version ${key} succeeded that made no version of its own`,
          placeOfFact(fact),
        );
      if (run !== undefined && run.count !== 1)
        throw violation(
          "AuditedTwice",
          `${run.count} requests say that they made version ${key}`,
          placeOfFact(fact),
        );
      this.state.made.delete(key);
    }
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
    const contents = files.map(({ object, version }) => ({ object, version }));
    const pod = `${namespace}/${name}`;
    const claim: Claim = { n, pod, files: contents, place };
    const { answers, earlierAnswers, claims, forgotten } = this.state;
    const answer = answers.get(seq) ?? earlierAnswers.get(seq);
    if (answer !== undefined) return checkClaim(claim, seq, answer);
    if (seq <= forgotten) return;
    const waiting = claims.get(seq);
    if (waiting === undefined) claims.set(seq, [claim]);
    else waiting.push(claim);
  }
}

function madeKey(object: string, version: string): string {
  return `${version} of ${object}`;
}

/** A refusal says why, and names no version. */
function checkAnswer(fact: RequestFact): void {
  const { operation, status, code, version } = fact.data;
  const said = isSuccess(status)
    ? code === null
    : code !== null && version === null;
  if (said) return;
  throw violation(
    "AuditedWrongly",
    `${operation} with status ${status} has the error ${code} and the version ${version}`,
    placeOfFact(fact),
  );
}

/** Operations that answer with what a provider writes into files. */
const READERS: ReadonlySet<string> = new Set([
  "SecretGet",
  "KeyGet",
  "CertificateGet",
]);

function checkClaim(claim: Claim, seq: number, answer: Answer): void {
  const { n, pod, files, place } = claim;
  const { operation, status, object, version, first, every, count } = answer;
  const fail = (why: string) => {
    throw violation(
      "AuditedWrongly",
      `the driver wrote for ${pod} ${why}`,
      place,
    );
  };
  if (!READERS.has(operation) || status !== 200)
    return fail(
      `what request ${seq} answered, which was ${operation} with status ${status}`,
    );
  if (answer.pod !== pod)
    return fail(`what request ${seq} answered to ${answer.pod ?? "nobody"}`);
  const wrote = files.some(
    (file) => file.version === version && file.object === object,
  );
  if (!wrote)
    return fail(
      `versions ${files.map(({ version: id }) => id).join(", ")}, but request ${seq} answered ${version} of ${object}`,
    );
  if (n >= count || first + n * every > place.t)
    return fail(
      `what instance ${n} of request ${seq} answered, before there was one`,
    );
}
