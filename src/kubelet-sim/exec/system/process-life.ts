/** How processes begin, and how their waiting ends. */
import type { Simulation } from "../../../kernel/simulation.ts";
import type { Process } from "./process.ts";

const FIRST_FREE_DESCRIPTOR = 3;

/** Cancels what would wake a process. */
export function stopWaiting(sim: Simulation, process: Process): void {
  const { waiting } = process;
  process.waiting = null;
  const timer = timerOf(waiting);
  if (timer !== null && timer.handle !== null) sim.cancel(timer.handle);
}

/** What a process waits for by the clock. */
export function timerOf(
  waiting: Process["waiting"],
): { handle: number | null } | null {
  if (waiting === null || waiting.for === "pipe") return null;
  return waiting.for === "time" ? waiting : waiting.limit;
}

export function newProcess(
  pid: number,
  parts: Pick<Process, "parent" | "program" | "environment" | "cwd" | "wired">,
): Process {
  return {
    pid,
    ...parts,
    descriptors: new Map(),
    nextDescriptor: Math.max(FIRST_FREE_DESCRIPTOR, ...parts.wired) + 1,
    log: [],
    loggedBytes: 0,
    saved: null,
    waiting: null,
    exitCode: null,
  };
}
