/**
 * Writes one audit fact for each request, folded into runs.
 *
 * A stream is what one caller asks again and again: its facts have one `at` (`keyvault/<vault>`) and one `about`, and so
 * join one run as long as nothing changes, whatever other callers do in between. `about` reads
 * `<vault>[/<collection>/<name>[/<version asked for>]][|<namespace>/<pod>]|<operation as logged>[|<turn>]`; what stands
 * before the first `|` is the object. Callers without a pod share the streams without one. A caller that makes the same
 * request several times in each of its passes has a stream for each turn, the first without its number.
 *
 * Each request uses the next draw of `keyvault/<vault>/<lineage, else namespace/pod, or "operator">/<operation as logged>`.
 *
 * What the facts of a stream have in common is built once and kept beside the world's state; the cache changes no fact.
 * Source: Key Vault reference sheet, section 7.2.
 */
import type { Simulation } from "../kernel/simulation.ts";
import type { Cause } from "../kernel/trace.ts";
import type {
  AuditedOutcome,
  AuditedRequest,
  VaultRequestData,
} from "./audit.ts";
import { requestData, tells } from "./audit.ts";
import type { RequestLine } from "./operations/catalogue.ts";
import { apiVersionOf, requestUri, shapeOf } from "./operations/catalogue.ts";
import type { Operation } from "./operations/catalogue.ts";
import type { DrawCounter } from "./state.ts";
import type { Vault } from "./vault.ts";
import { objectName } from "./vault.ts";

export interface AuditEntry extends AuditedOutcome {
  readonly vault: Vault;
  readonly line: RequestLine;
  /** The object's name as the vault spells it, or as asked for when there is none. */
  readonly name: string | null;
  readonly apiVersion: string;
  /** Whether the token was accepted; else the request is logged as Authentication. */
  readonly authenticated: boolean;
  readonly causes: readonly Cause[];
}

interface Stream {
  readonly line: RequestLine;
  readonly apiVersion: string;
  readonly authenticated: boolean;
  readonly turn: number;
  readonly request: AuditedRequest;
  readonly at: string;
  readonly about: string;
  readonly drawName: string;
  /** The draw's own, in the state that the vault is of: a restore replaces both. */
  readonly counter: DrawCounter;
  /** Of the latest fact; the same object serves the next one that tells the same. */
  data: VaultRequestData | null;
}

/** Streams by pod, then by name. */
type StreamsOfVault = Map<string | null, Map<string | null, Stream[]>>;

/** Where the vault's facts happen. */
export function placeOf(vault: Vault): string {
  return `keyvault/${vault.name}`;
}

export class AuditLog {
  readonly #sim: Simulation;
  readonly #streams = new WeakMap<Vault, StreamsOfVault>();

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** Writes the fact and returns its place in the trace. `counters`: those of the vault's state; takes the next draw. */
  write(counters: Map<string, DrawCounter>, entry: AuditEntry): Cause {
    const stream = this.#streamOf(counters, entry);
    const { at, about, drawName } = stream;
    if (stream.data === null || !tells(stream.data, entry))
      stream.data = requestData(stream.request, entry);
    const index = stream.counter.used++;
    return this.#sim.trace.repeat({
      type: "vault.request",
      at,
      about,
      causes: entry.causes,
      data: stream.data,
      draw: { name: drawName, index },
    });
  }

  #streamOf(counters: Map<string, DrawCounter>, entry: AuditEntry): Stream {
    const { vault, name, caller } = entry;
    let pods = this.#streams.get(vault);
    if (pods === undefined) this.#streams.set(vault, (pods = new Map()));
    let names = pods.get(caller.pod);
    if (names === undefined) pods.set(caller.pod, (names = new Map()));
    let streams = names.get(name);
    if (streams === undefined) names.set(name, (streams = []));
    for (const stream of streams) if (isOf(stream, entry)) return stream;
    const stream = newStream(counters, entry);
    streams.push(stream);
    return stream;
  }
}

function isOf(stream: Stream, entry: AuditEntry): boolean {
  const { line, apiVersion, authenticated, turn } = stream;
  return (
    line.operation === entry.line.operation &&
    line.version === entry.line.version &&
    line.name === entry.line.name &&
    apiVersion === entry.apiVersion &&
    authenticated === entry.authenticated &&
    turn === (entry.caller.turn ?? 0)
  );
}

function newStream(
  counters: Map<string, DrawCounter>,
  entry: AuditEntry,
): Stream {
  const { vault, line, name, authenticated, caller } = entry;
  const { method, collection } = shapeOf(line.operation);
  const operation = authenticated ? line.operation : "Authentication";
  const apiVersion = apiVersionOf(line.operation, entry.apiVersion);
  const object = objectOf(vault, line.operation, name);
  const version = line.version === null ? "" : `/${line.version}`;
  const pod = caller.pod === null ? "" : `|${caller.pod}`;
  const { turn = 0 } = caller;
  const ofTurn = turn === 0 ? "" : `|${turn}`;
  const owner = caller.lineage ?? caller.pod ?? "operator";
  const drawName = `${placeOf(vault)}/${owner}/${operation}`;
  return {
    line,
    apiVersion: entry.apiVersion,
    authenticated,
    turn,
    request: {
      vault: vault.name,
      operation,
      method,
      uri: requestUri(vault, line, apiVersion),
      collection,
      name,
      apiVersion,
    },
    at: placeOf(vault),
    about: `${object}${version}${pod}|${operation}${ofTurn}`,
    drawName,
    counter: counterOf(counters, drawName),
    data: null,
  };
}

function counterOf(
  counters: Map<string, DrawCounter>,
  drawName: string,
): DrawCounter {
  let counter = counters.get(drawName);
  if (counter === undefined) counters.set(drawName, (counter = { used: 0 }));
  return counter;
}

function objectOf(
  vault: Vault,
  operation: Operation,
  name: string | null,
): string {
  const { collection } = shapeOf(operation);
  if (collection === null || name === null) return vault.name;
  const of = collection === "deletedsecrets" ? "secrets" : collection;
  return objectName(vault, of, name);
}
