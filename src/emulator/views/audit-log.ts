/**
 * The audit log of every vault as a stream: `vault.request` facts in, ndjson lines out, per vault in order of
 * (time, seq, n). Runs are expanded; a record is written once the hour it belongs to is over, so at most one hour of
 * facts is held, folded as they came.
 *
 * Source: Azure Key Vault logging, container insights-logs-auditevent, blob PT1H.json (one JSON object a line, one
 * blob an hour); see audit-record.ts for the record.
 *
 * Simplification: audit records are there at once, in order; Azure delivers them within ten minutes.
 */
import type { EpochMs } from "../../kernel/time.ts";
import { HOUR_MS, SECOND_MS } from "../../kernel/time.ts";
import type { Fact, FactSink, Run } from "../../kernel/trace.ts";
import type {
  AccessMode,
  AuditConfig,
  RequestIds,
  VaultRequestFact,
} from "./audit-record.ts";
import { auditTime, recordParts, requestRef } from "./audit-record.ts";

export interface AuditLogOptions {
  readonly config: AuditConfig;
  readonly requestIds: RequestIds;
  /** Gets whole lines, each with its newline, in blocks of some 32 KB, the last one of an hour smaller. */
  readonly write: (vault: string, lines: string) => void;
}

/** Larger strings are slower: they leave V8's young generation and the processor's cache. */
const BLOCK_CHARS = 32 * 1024;

interface ModeChange {
  readonly t: EpochMs;
  readonly seq: number;
  readonly mode: AccessMode;
}

/** A fact with the first instance that is not written yet. */
interface Held {
  readonly fact: VaultRequestFact;
  from: number;
}

interface VaultLog {
  held: Held[];
  /** How the vault decides, from the start and since each change of this hour. */
  modes: ModeChange[];
}

export class AuditLog implements FactSink {
  readonly #options: AuditLogOptions;
  readonly #vaults = new Map<string, VaultLog>();
  /** The vault gives the facts of one stream of requests the same data. */
  readonly #made = new WeakMap<object, Map<AccessMode, Pieces>>();
  #hourEnds = -Infinity;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  fact(fact: Fact): void {
    // The recorder closes its runs at each full hour, before anything else of the new hour is written.
    const first = fact.run?.first ?? fact.t;
    if (first >= this.#hourEnds) {
      this.#writeUntil(this.#hourEnds);
      this.#hourEnds = (Math.floor(first / HOUR_MS) + 1) * HOUR_MS;
    }
    if (fact.type === "vault.request") {
      const request = fact as VaultRequestFact;
      this.#vault(request.data.vault).held.push({ fact: request, from: 0 });
    } else if (fact.type === "vault.access.changed") {
      const { vault, mode } = fact.data as { vault: string; mode: string };
      this.#vault(vault).modes.push({ t: fact.t, seq: fact.seq, mode });
    }
  }

  /** Writes what is left. The world must have closed its trace. */
  end(): void {
    this.#writeUntil(Infinity);
  }

  #vault(name: string): VaultLog {
    let log = this.#vaults.get(name);
    if (log === undefined) {
      const open = { t: -Infinity, seq: 0, mode: "open" };
      log = { held: [], modes: [open] };
      this.#vaults.set(name, log);
    }
    return log;
  }

  #writeUntil(end: EpochMs): void {
    for (const [vault, log] of this.#vaults) {
      if (log.held.length > 0) this.#writeVault(vault, log, end);
      log.modes = log.modes.slice(-1);
    }
  }

  #writeVault(vault: string, log: VaultLog, end: EpochMs): void {
    const { requestIds, write } = this.#options;
    const held = log.held.sort((a, b) => a.fact.seq - b.fact.seq);
    const texts = held.map((item) => this.#texts(item.fact, log.modes));
    const { keys, earliest } = inOrder(held, end);
    const clock = clockSpeller();
    let block = "";
    for (let i = 0; i < keys.length; i++) {
      // Exact: the quotient is small. The remainder operator is many times slower on numbers of this size.
      const offset = Math.floor(keys[i]! / held.length);
      const index = keys[i]! - offset * held.length;
      const at = earliest + offset;
      const { fact } = held[index]!;
      const { first, every } = runOf(fact);
      const n = every === 0 ? 0 : (at - first) / every;
      const text = texts[index]!(at, n);
      const ids = requestIds(requestRef(fact, n));
      block += `${clock(at)}${text.a}${ids.durationMs}${text.b}${ids.correlationId}${text.c}`;
      if (block.length < BLOCK_CHARS) continue;
      write(vault, block);
      block = "";
    }
    if (block !== "") write(vault, block);
    log.held = held.filter(({ fact, from }) => from < runOf(fact).count);
  }

  /** The constant text of a fact's records, by the access mode at each instance. */
  #texts(
    fact: VaultRequestFact,
    modes: readonly ModeChange[],
  ): (at: EpochMs, n: number) => Pieces {
    if (modes.length === 1) {
      const only = this.#pieces(fact.data, modes[0]!.mode);
      return () => only;
    }
    return (at, n) => {
      const mode = modeAt(modes, at, n === 0 ? fact.seq : Infinity);
      return this.#pieces(fact.data, mode);
    };
  }

  #pieces(data: VaultRequestFact["data"], mode: AccessMode): Pieces {
    let byMode = this.#made.get(data);
    if (byMode === undefined) this.#made.set(data, (byMode = new Map()));
    let made = byMode.get(mode);
    if (made === undefined) {
      made = piecesOf(data, this.#options.config, mode);
      byMode.set(mode, made);
    }
    return made;
  }
}

function modeAt(
  modes: readonly ModeChange[],
  at: EpochMs,
  seq: number,
): AccessMode {
  const held = modes.findLast(
    (change) => change.t < at || (change.t === at && change.seq < seq),
  );
  return held!.mode;
}

/** The text between the varying members of a record. */
interface Pieces {
  readonly a: string;
  readonly b: string;
  readonly c: string;
}

function piecesOf(
  data: VaultRequestFact["data"],
  config: AuditConfig,
  mode: AccessMode,
): Pieces {
  const parts = recordParts(data, config, mode);
  const members = (part: object) => JSON.stringify(part).slice(1, -1);
  return {
    a: `",${members(parts.beforeDuration)},"durationMs":"`,
    b: `",${members(parts.beforeCorrelation)},"correlationId":"`,
    c: `",${members(parts.rest)}}\n`,
  };
}

/** Instances in order of (time, index into the held facts). */
interface Order {
  /** One number an instance: (time - `earliest`) x facts + index, exact below 2^53. Sorted. */
  readonly keys: Float64Array;
  readonly earliest: EpochMs;
}

/** The instances before `end`; moves each fact's `from` behind them. */
function inOrder(held: readonly Held[], end: EpochMs): Order {
  const from = held.map((item) => item.from);
  let total = 0;
  let earliest = Infinity;
  for (const item of held) {
    const { first, every, count } = runOf(item.fact);
    earliest = Math.min(earliest, first + item.from * every);
    const due = every > 0 ? (end - first) / every : first < end ? 1 : 0;
    const to = Math.max(item.from, Math.min(count, Math.ceil(due)));
    total += to - item.from;
    item.from = to;
  }
  const keys = new Float64Array(total);
  let filled = 0;
  for (const [index, item] of held.entries()) {
    const { first, every } = runOf(item.fact);
    for (let n = from[index]!; n < item.from; n++)
      keys[filled++] = (first + n * every - earliest) * held.length + index;
  }
  return { keys: keys.sort(), earliest };
}

function runOf(fact: Fact): Run {
  return fact.run ?? { first: fact.t, every: 0, count: 1 };
}

/** The start of a record with its time; remembers the second, since neighbours share it. */
function clockSpeller(): (at: EpochMs) => string {
  let second = Number.NaN;
  let text = "";
  return (at) => {
    const now = Math.floor(at / SECOND_MS);
    if (now !== second) {
      second = now;
      text = `{"time":"${auditTime(now * SECOND_MS).slice(0, 20)}`;
    }
    return text + FRACTIONS[at - now * SECOND_MS]!;
  };
}

const FRACTIONS = Array.from(
  { length: SECOND_MS },
  (_, ms) => `${String(ms).padStart(3, "0")}0000Z`,
);
