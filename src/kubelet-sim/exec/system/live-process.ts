/**
 * The generator of a process, which is no part of its state: made at need, and run against the process's log until it
 * stands where the process stands.
 */
import { invariant } from "../../../kernel/errors.ts";
import { subshell } from "../shell/main.ts";
import { programRoutine } from "../programs.ts";
import type { Effect, Routine } from "./effects.ts";
import type { Process } from "./process.ts";

export interface LiveProcess {
  readonly routine: Routine<number>;
  /** What it asks for now; null when it has ended. */
  effect: Effect | null;
  exitCode: number;
}

/** By process, so that what a restore puts in its place is a stranger. */
const alive = new WeakMap<Process, LiveProcess>();

export function liveProcess(process: Process): LiveProcess {
  const known = alive.get(process);
  if (known !== undefined) return known;
  const live: LiveProcess = {
    routine: routineOf(process),
    effect: null,
    exitCode: 0,
  };
  alive.set(process, live);
  resume(live, undefined);
  for (const result of process.log) {
    skipUnlogged(live);
    invariant(
      live.effect !== null,
      "ExecReplay",
      "Failed to replay a command: its log goes on after its end",
    );
    resume(live, result);
  }
  // Whoever waits, waits for a result that will be logged.
  if (process.waiting !== null) skipUnlogged(live);
  return live;
}

/** Hands a result to the program and lets it go on to its next effect. */
export function resume(live: LiveProcess, result: unknown): void {
  const next = live.routine.next(result);
  live.effect = next.done === true ? null : next.value;
  if (next.done === true) live.exitCode = next.value;
}

/** Effects whose results are not kept: they have none. */
export function isUnlogged({ op }: Effect): boolean {
  return op === "step" || op === "used" || op === "checkpoint";
}

function skipUnlogged(live: LiveProcess): void {
  while (live.effect !== null && isUnlogged(live.effect))
    resume(live, undefined);
}

function routineOf(process: Process): Routine<number> {
  const { program, environment, cwd, saved, pid, wired } = process;
  const io = new Map(wired.map((fd) => [fd, fd]));
  if (program.kind === "subshell") return subshell(program, io);
  const { name, argv } = program;
  return programRoutine(name, argv, { environment, cwd, io, saved, pid });
}
