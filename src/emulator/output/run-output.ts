/**
 * The files of `--out DIR`: the trace and the audit logs grow while the run plays, the others are written at its end.
 * Each gets its name when it is whole. No file but the journal holds a secret value.
 *
 * Source: design.md 6 (files and their promises).
 */
import { join } from "node:path";

import { invariant } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import { AuditLog } from "../views/audit-log.ts";
import type { AuditConfig, RequestIds } from "../views/audit-record.ts";
import { BufferedFile } from "./buffered-file.ts";
import {
  JOURNAL_FILE,
  JUNIT_FILE,
  LANES_FILE,
  SEQUENCE_FILE,
  SUMMARY_FILE,
  TRACE_FILE,
  TRACE_FORMAT,
  auditPath,
  prepareDirectory,
  removeOtherAudits,
  removeStale,
} from "./output-directory.ts";

/** First line of a trace, behind the member `format`, which is ours to say. */
export interface TraceHeader extends JsonObject {
  /** Version of the package. */
  readonly keyturn: string;
  readonly scenario: string;
  readonly seed: number;
  /** RFC 3339. */
  readonly start: string;
  readonly profile: string;
}

export interface OutputOptions {
  readonly directory: string;
  readonly header: TraceHeader;
  readonly audit: {
    readonly config: AuditConfig;
    readonly requestIds: RequestIds;
  };
}

/** What is known only when a run is over. */
export interface FinalFiles {
  /** Plain data; written as indented JSON. */
  readonly summary: unknown;
  readonly sequence: string;
  readonly junit: string;
  readonly journal: string;
  /** The table of lanes in Markdown; empty or absent where the scenario compares none, and then no file is written. */
  readonly lanes?: string;
}

/** Names relative to the directory, sorted. */
export interface WrittenFiles {
  readonly written: readonly string[];
  /** Files of others in the same directory, left as they were. */
  readonly others: readonly string[];
}

const OWNER_ONLY = 0o600;
const VAULT_NAME = /^[A-Za-z][0-9A-Za-z-]*$/;

/**
 * Makes the directory and starts its trace. Throws `KeyturnError` (`OutputFailed`, `OutputInTheWay`) with path and fix;
 * so do all methods of the result.
 */
export function openOutput(options: OutputOptions): RunOutput {
  return new RunOutput(options);
}

export class RunOutput implements FactSink {
  readonly #directory: string;
  readonly #others: readonly string[];
  readonly #trace: BufferedFile;
  readonly #audits = new Map<string, BufferedFile>();
  readonly #auditLog: AuditLog;

  constructor({ directory, header, audit }: OutputOptions) {
    this.#directory = directory;
    this.#others = prepareDirectory(directory);
    this.#trace = new BufferedFile(join(directory, TRACE_FILE));
    const first = { format: TRACE_FORMAT, ...header };
    this.#trace.write(`${JSON.stringify(first)}\n`);
    this.#auditLog = new AuditLog({
      ...audit,
      write: (vault, lines) => this.#audit(vault).write(lines),
    });
  }

  fact(fact: Fact, line?: string): void {
    this.#trace.write(line === undefined ? traceLine(fact) : `${line}\n`);
    this.#auditLog.fact(fact);
  }

  /** Completes all files. The world must have closed its trace. If it throws, `abandon` clears up. */
  finish(files: FinalFiles): WrittenFiles {
    this.#auditLog.end();
    const others: readonly (readonly [string, string, number?])[] = [
      [SUMMARY_FILE, `${JSON.stringify(files.summary, null, 2)}\n`],
      [SEQUENCE_FILE, files.sequence],
      [JUNIT_FILE, files.junit],
      [JOURNAL_FILE, files.journal, OWNER_ONLY],
      ...(files.lanes ? [[LANES_FILE, files.lanes] as const] : []),
    ];
    // The trace first: its header is what makes the directory ours.
    this.#trace.finish();
    for (const file of this.#audits.values()) file.finish();
    for (const [name, text, mode] of others) this.#put(name, text, mode);
    if (!files.lanes) removeStale(this.#directory, LANES_FILE);
    removeOtherAudits(this.#directory, [...this.#audits.keys()]);
    const audits = [...this.#audits.values()].map((file) =>
      file.path.slice(join(this.#directory, "/").length),
    );
    const names = [TRACE_FILE, ...others.map(([name]) => name), ...audits];
    return { written: names.sort(), others: this.#others };
  }

  /** Gives up: removes what is half-written. Never throws. */
  abandon(): void {
    this.#trace.abandon();
    for (const file of this.#audits.values()) file.abandon();
  }

  #audit(vault: string): BufferedFile {
    let file = this.#audits.get(vault);
    if (file === undefined) {
      invariant(
        VAULT_NAME.test(vault),
        "VaultNameUnsafe",
        `Failed to name an audit log: ${JSON.stringify(vault)} is no name of a vault`,
      );
      file = new BufferedFile(auditPath(this.#directory, vault));
      this.#audits.set(vault, file);
    }
    return file;
  }

  #put(name: string, text: string, mode?: number): void {
    const file = new BufferedFile(join(this.#directory, name), mode);
    try {
      file.write(text);
      file.finish();
    } catch (error) {
      file.abandon();
      throw error;
    }
  }
}

/** A fact as one line, its members always in the same order. */
export function traceLine(fact: Fact): string {
  const { seq, t, type, at, about, causes, data, run } = fact;
  return `${JSON.stringify({ seq, t, type, at, about, causes, data, run })}\n`;
}
