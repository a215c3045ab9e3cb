/**
 * Lets the processes of one command run until each of them waits: for time, for a child, for a pipe. Nothing of it takes
 * virtual time.
 *
 * Simplification: A process that ends or is killed takes the processes it started with it.
 * Simplification: Processes of a command take turns in the order of their start; nothing is drawn.
 */
import type { Simulation } from "../../../kernel/simulation.ts";
import type { Cause } from "../../../kernel/trace.ts";
import type { ContainerView } from "../files/container-view.ts";
import {
  OUTPUT_BYTES_PER_INSTANT,
  REMEMBERED_BYTES,
  REMEMBERED_RESULTS,
  STEPS_PER_INSTANT,
} from "../defaults.ts";
import { closeAll } from "./open-files.ts";
import { isUnlogged, liveProcess, resume } from "./live-process.ts";
import type { Process, Session } from "./process.ts";
import { FIRST_PID } from "./process.ts";
import { SIGKILL, SIGNALLED } from "./signals.ts";
import type { Outcome } from "./system-calls.ts";
import { SystemCalls } from "./system-calls.ts";

/** Effects of one process before the next gets its turn. */
const TURN = 100;

export type Stream = "stdout" | "stderr";

export interface RunnerParts {
  readonly sim: Simulation;
  /** Component that gets the wake-up events. */
  readonly target: string;
  readonly session: Session;
  readonly view: ContainerView;
  /** The fact that brought the value of a variable of the container, if it has that value there. */
  readonly originOf: (variable: string, value: string) => Cause | null;
}

export class SessionRunner {
  readonly session: Session;
  readonly view: ContainerView;
  /** What was printed since the runner was made, in order. */
  readonly printed: { readonly stream: Stream; readonly bytes: Uint8Array }[] =
    [];
  /** The facts that brought what was read, in the order of reading, each once. */
  readonly sources: Cause[] = [];
  readonly parts: RunnerParts;
  readonly #calls: SystemCalls;
  #steps = 0;
  #printedBytes = 0;
  #overrun: string | null = null;

  constructor(parts: RunnerParts) {
    this.parts = parts;
    this.session = parts.session;
    this.view = parts.view;
    this.#calls = new SystemCalls(this);
  }

  /** The exit code when the command has ended, else null. */
  run(): number | null {
    const { processes } = this.session;
    for (let moved = true; moved;) {
      moved = false;
      for (const process of processes.values()) {
        if (processes.get(process.pid) !== process) continue;
        if (process.exitCode !== null) continue;
        if (this.#turn(process)) moved = true;
        const { exitCode } = processes.get(FIRST_PID)!;
        if (exitCode !== null) return exitCode;
        if (this.#overrun !== null) return this.#stop(this.#overrun);
      }
    }
    return null;
  }

  print(stream: Stream, bytes: Uint8Array): void {
    this.#printedBytes += bytes.length;
    if (bytes.length > 0) this.printed.push({ stream, bytes });
  }

  readFrom(source: Cause): void {
    const key = String(source);
    if (this.sources.every((known) => String(known) !== key))
      this.sources.push(source);
  }

  /** Ends a process and all that it started. */
  kill(process: Process, signal: number): void {
    this.end(process, SIGNALLED + signal);
  }

  end(process: Process, exitCode: number): void {
    const { processes, remembered } = this.session;
    for (const child of processes.values())
      if (child.parent === process.pid) {
        this.end(child, exitCode);
        processes.delete(child.pid);
      }
    this.#calls.stopWaiting(process);
    closeAll(this.session, process);
    remembered.results -= process.log.length;
    remembered.bytes -= process.loggedBytes;
    process.log = [];
    process.loggedBytes = 0;
    process.exitCode = exitCode;
  }

  /** Whether it got anything done. */
  #turn(process: Process): boolean {
    const live = liveProcess(process);
    for (let done = 0; done < TURN; done++) {
      const { effect } = live;
      if (effect === null) {
        this.end(process, live.exitCode);
        return true;
      }
      const outcome = this.#calls.perform(process, effect);
      if (outcome === "blocked") return done > 0;
      if (outcome === "killed") return true;
      if (!isUnlogged(effect)) this.#remember(process, outcome);
      resume(live, outcome.result);
      if (this.#overran()) return true;
    }
    return true;
  }

  #remember(process: Process, { result }: Exclude<Outcome, string>): void {
    const { remembered } = this.session;
    const bytes = sizeOf(result);
    process.log.push(result);
    process.loggedBytes += bytes;
    remembered.results += 1;
    remembered.bytes += bytes;
  }

  #overran(): boolean {
    this.#steps += 1;
    const { remembered } = this.session;
    if (this.#steps > STEPS_PER_INSTANT)
      this.#overrun = `it took ${STEPS_PER_INSTANT} steps without virtual time passing: a loop that never sleeps never ends`;
    else if (this.#printedBytes > OUTPUT_BYTES_PER_INSTANT)
      this.#overrun = `it printed more than ${OUTPUT_BYTES_PER_INSTANT} bytes without virtual time passing`;
    else if (remembered.results > REMEMBERED_RESULTS)
      this.#overrun = `it ran for more than ${REMEMBERED_RESULTS} system calls: start it anew`;
    else if (remembered.bytes > REMEMBERED_BYTES)
      this.#overrun = `it read more than ${REMEMBERED_BYTES} bytes: start it anew`;
    return this.#overrun !== null;
  }

  #stop(reason: string): number {
    const text = `keyturn: Failed to run the command on: ${reason}\n`;
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    this.printed.push({ stream: "stderr", bytes });
    const first = this.session.processes.get(FIRST_PID)!;
    this.kill(first, SIGKILL);
    return first.exitCode!;
  }
}

/** Roughly, in bytes. */
function sizeOf(result: unknown): number {
  if (result instanceof Uint8Array || typeof result === "string")
    return result.length;
  if (!Array.isArray(result)) return 0;
  return result.reduce<number>((sum, item) => sum + sizeOf(item), 0);
}
