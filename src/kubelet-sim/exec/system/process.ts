/**
 * One command that runs in a container, as plain data: its processes, what they have open, and what each of them did so
 * far. Generators, which cannot be kept, are made anew from it (`live-process.ts`).
 */
import type { JsonValue } from "../../../kernel/json.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import type { Cause } from "../../../kernel/trace.ts";
import type { FileStatus } from "../files/inode.ts";
import type { Node } from "../shell/syntax.ts";
import type { ShellState } from "../shell/shell-state.ts";

/** What a process runs. */
export type Program =
  | {
      readonly kind: "program";
      /** Of `utilities/names.ts`. */
      readonly name: string;
      readonly argv: readonly string[];
    }
  /** A part of a script in a copy of the shell that met it. */
  | {
      readonly kind: "subshell";
      readonly node: Node;
      readonly shell: ShellState;
    };

/** What a file descriptor stands for. Descriptors that were copied share one. */
export type Description = { refs: number } & (
  | {
      readonly kind: "file";
      /** A writable disk of the container. */
      readonly disk: string;
      readonly inode: number;
      readonly device: number;
      readonly append: boolean;
      readonly readable: boolean;
      offset: number;
    }
  /** An open file that nobody can change: it keeps its bytes whatever becomes of its name. */
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array;
      readonly status: FileStatus;
      readonly from: Cause | null;
      offset: number;
    }
  | { readonly kind: "directory" }
  | { readonly kind: "null" }
  | {
      readonly kind: "pipe";
      readonly pipe: number;
      readonly end: "read" | "write";
    }
  | { readonly kind: "stream"; readonly stream: "stdout" | "stderr" }
);

export interface Pipe {
  chunks: Uint8Array[];
  bytes: number;
  readers: number;
  writers: number;
}

/** Why a process stands still. */
export type Waiting =
  | {
      readonly for: "time";
      readonly until: EpochMs;
      /** Of the queued event; null when it has come. */
      handle: number | null;
    }
  | {
      readonly for: "child";
      readonly pid: number;
      /** When the child gets a signal; null without a limit. */
      readonly limit: {
        readonly at: EpochMs;
        readonly signal: number;
        handle: number | null;
      } | null;
    }
  /** Something to read, or room to write. */
  | { readonly for: "pipe" };

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly program: Program;
  readonly environment: ReadonlyMap<string, string>;
  readonly cwd: string;
  /** The descriptors it was started with. */
  readonly wired: readonly number[];
  readonly descriptors: Map<number, number>;
  nextDescriptor: number;
  /** Results of its effects since it started, or since the checkpoint. */
  log: unknown[];
  /** In the results of the log. */
  loggedBytes: number;
  /** What the latest checkpoint saved. */
  saved: JsonValue;
  waiting: Waiting | null;
  /** Null while it runs. */
  exitCode: number | null;
}

export interface Session {
  readonly exec: string;
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly attempt: number;
  readonly command: readonly string[];
  /** Empty until it starts. */
  readonly processes: Map<number, Process>;
  readonly descriptions: Map<number, Description>;
  readonly pipes: Map<number, Pipe>;
  nextPid: number;
  /** Numbers of descriptions and pipes. */
  nextNumber: number;
  /** Over the logs of all its processes. */
  readonly remembered: { results: number; bytes: number };
  /** Facts of output so far. */
  readonly pieces: { stdout: number; stderr: number };
}

/** The first process: the session ends with it. */
export const FIRST_PID = 1;
