/**
 * Carries out what a process asks for, or says that it must wait. A process that waits asks again whenever something of
 * its command moved.
 *
 * Source: POSIX.1-2017 system interfaces
 */
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import type { Effect, Launch, Wiring } from "./effects.ts";
import { failed } from "./effects.ts";
import { findProgram, whereIs } from "./find-program.ts";
import {
  addDescription,
  addDescriptor,
  closeDescriptor,
  describe,
  descriptionOf,
  makePipe,
  put,
  setDescriptor,
  take,
} from "./open-files.ts";
import { newProcess, stopWaiting } from "./process-life.ts";
import type { Process, Program } from "./process.ts";
import type { SessionRunner } from "./session-runner.ts";
import { SIGPIPE } from "./signals.ts";

export type Outcome = { readonly result: unknown } | "blocked" | "killed";

/** A process of a command has waited long enough. */
export interface WakeEvent extends SimEvent {
  readonly type: "exec.wake";
  readonly exec: string;
  readonly pid: number;
}

type Of<Op extends Effect["op"]> = Extract<Effect, { op: Op }>;

const NOTHING: Outcome = { result: null };
/** Without PATH. Source: glibc posix/execvpe.c (_CS_PATH) */
const DEFAULT_PATH = "/bin:/usr/bin";

export class SystemCalls {
  readonly #runner: SessionRunner;

  constructor(runner: SessionRunner) {
    this.#runner = runner;
  }

  perform(process: Process, effect: Effect): Outcome {
    const { session, view, parts } = this.#runner;
    switch (effect.op) {
      case "step":
        return NOTHING;
      case "used":
        return this.#used(effect);
      case "checkpoint":
        return this.#checkpoint(process, effect);
      case "now":
        return { result: parts.sim.now };
      case "sleep":
        return this.#sleep(process, effect);
      case "read":
        return this.#take(process, effect, { max: effect.max, line: false });
      case "readLine":
        return this.#take(process, effect, { max: Infinity, line: true });
      case "write":
        return this.#write(process, effect);
      case "rewind":
        return this.#rewind(process, effect);
      case "open":
        return this.#open(process, effect);
      case "close":
        closeDescriptor(session, process, effect.fd);
        return NOTHING;
      case "pipe":
        return { result: makePipe(session, process) };
      case "stat":
        return { result: view.status(effect.path, effect.follow) };
      case "fstat":
        return { result: this.#fstat(process, effect) };
      case "list":
        return { result: view.list(effect.path) };
      case "realPath":
        return { result: view.realPath(effect.path) };
      case "which": {
        const { name, path } = effect;
        return { result: whereIs(view, name, { path, cwd: "/" }) };
      }
      case "run":
        return this.#run(process, effect);
      case "fork":
        return { result: this.#start(process, effect.program, effect) };
      case "wait":
        return this.#wait(process, effect.pid);
    }
  }

  stopWaiting(process: Process): void {
    stopWaiting(this.#runner.parts.sim, process);
  }

  #used({ name, value }: Of<"used">): Outcome {
    const source = this.#runner.parts.originOf(name, value);
    if (source !== null) this.#runner.readFrom(source);
    return NOTHING;
  }

  #checkpoint(process: Process, { saved }: Of<"checkpoint">): Outcome {
    const { remembered } = this.#runner.session;
    remembered.results -= process.log.length;
    remembered.bytes -= process.loggedBytes;
    process.log = [];
    process.loggedBytes = 0;
    process.saved = saved;
    return NOTHING;
  }

  #sleep(process: Process, { ms }: Of<"sleep">): Outcome {
    const { sim } = this.#runner.parts;
    if (process.waiting === null) {
      if (ms <= 0) return NOTHING;
      const until = sim.now + ms;
      const handle = this.#wakeAt(process, until);
      process.waiting = { for: "time", until, handle };
      return "blocked";
    }
    if (process.waiting.for === "time" && process.waiting.until > sim.now)
      return "blocked";
    this.stopWaiting(process);
    return NOTHING;
  }

  #wakeAt({ pid }: Process, at: EpochMs): number {
    const { sim, target } = this.#runner.parts;
    const { exec } = this.#runner.session;
    const event: WakeEvent = { type: "exec.wake", exec, pid };
    return sim.schedule({ at, rank: Rank.application, target, event });
  }

  #take(
    process: Process,
    { fd }: Of<"read" | "readLine">,
    want: { readonly max: number; readonly line: boolean },
  ): Outcome {
    const description = descriptionOf(this.#runner.session, process, fd);
    if (description === null) return { result: { error: "EBADF" } };
    const taken = take(this.#runner, description, want);
    if (taken === null) return this.#waitForPipe(process);
    process.waiting = null;
    if (failed(taken)) return { result: taken };
    if (taken.from !== null && taken.bytes.length > 0)
      this.#runner.readFrom(taken.from);
    return { result: taken.bytes };
  }

  #waitForPipe(process: Process): Outcome {
    process.waiting = { for: "pipe" };
    return "blocked";
  }

  #write(process: Process, { fd, bytes }: Of<"write">): Outcome {
    const { session, view, parts } = this.#runner;
    const description = descriptionOf(session, process, fd);
    if (description === null) return { result: { error: "EBADF" } };
    const print = this.#runner.print.bind(this.#runner);
    const files = { session, view, nowMs: parts.sim.now, print };
    const outcome = put(files, description, bytes);
    if (outcome === null) return this.#waitForPipe(process);
    process.waiting = null;
    if (outcome === "broken pipe") {
      this.#runner.kill(process, SIGPIPE);
      return "killed";
    }
    return { result: outcome === "done" ? null : outcome };
  }

  #rewind(process: Process, { fd }: Of<"rewind">): Outcome {
    const { session } = this.#runner;
    const description = descriptionOf(session, process, fd);
    if (description?.kind === "file" || description?.kind === "bytes")
      description.offset = 0;
    return NOTHING;
  }

  #open(process: Process, { path, mode }: Of<"open">): Outcome {
    const { session, view, parts } = this.#runner;
    const place = view.open(path, mode, parts.sim.now);
    if (failed(place)) return { result: place };
    const node = view.node(place);
    if (node?.kind === "device" && node.device !== "null") {
      const number = process.descriptors.get(node.device === "stdout" ? 1 : 2);
      if (number === undefined) return { result: { error: "EACCES" } };
      return { result: addDescriptor(session, process, number) };
    }
    const description = describe(view, place, mode);
    if (failed(description)) return { result: description };
    return { result: addDescription(session, process, description) };
  }

  #fstat(process: Process, { fd }: Of<"fstat">): unknown {
    const { session, view } = this.#runner;
    const description = descriptionOf(session, process, fd);
    if (description?.kind === "bytes")
      return { ...description.status, offset: description.offset };
    if (description?.kind !== "file") return { error: "EBADF" };
    const status = view.openStatus(description.disk, description.inode);
    return failed(status) ? status : { ...status, offset: description.offset };
  }

  #run(process: Process, { launch, limit }: Of<"run">): Outcome {
    if (process.waiting === null) {
      const program = this.#find(launch);
      if (failed(program)) return { result: program };
      const pid = this.#start(process, program, launch);
      process.waiting = { for: "child", pid, limit: null };
      if (limit !== null) {
        const at = this.#runner.parts.sim.now + limit.ms;
        const handle = this.#wakeAt(process, at);
        const { signal } = limit;
        process.waiting = {
          for: "child",
          pid,
          limit: { at, signal, handle },
        };
      }
    }
    return process.waiting.for === "child"
      ? this.#wait(process, process.waiting.pid)
      : "blocked";
  }

  #find({ argv, environment, cwd }: Launch) {
    const path = environment.get("PATH") ?? DEFAULT_PATH;
    return findProgram(this.#runner.view, argv, { path, cwd });
  }

  #wait(process: Process, pid: number): Outcome {
    const { session, parts } = this.#runner;
    process.waiting ??= { for: "child", pid, limit: null };
    const child = session.processes.get(pid)!;
    if (child.exitCode === null && process.waiting.for === "child") {
      const { limit } = process.waiting;
      if (limit === null || limit.at > parts.sim.now) return "blocked";
      this.#runner.kill(child, limit.signal);
    }
    session.processes.delete(pid);
    this.stopWaiting(process);
    return { result: child.exitCode };
  }

  #start(
    parent: Process,
    program: Program,
    options: {
      readonly environment: ReadonlyMap<string, string>;
      readonly cwd: string;
      readonly wiring: Wiring;
    },
  ): number {
    const { session } = this.#runner;
    const { environment, cwd, wiring } = options;
    const child = newProcess(session.nextPid++, {
      parent: parent.pid,
      program,
      environment,
      cwd,
      wired: wiring.map(([fd]) => fd),
    });
    session.processes.set(child.pid, child);
    for (const [fd, of] of wiring) {
      const number = parent.descriptors.get(of);
      if (number !== undefined) setDescriptor(session, child, fd, number);
    }
    return child.pid;
  }
}
