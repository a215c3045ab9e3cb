/**
 * Commands in the containers of one node, as `kubectl exec` runs them: on the virtual clock, against the container's own
 * files and environment. A command sees a volume as it is at each look; what it prints goes into the value book, and a
 * fact a stream and instant says so.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet.go (RunInContainer), containerd and opencontainers/runc for the
 * texts of what cannot be started
 * Simplification: From the request to the first instruction of a command no time passes; only sleeping takes time.
 * Simplification: A command has no standard input and no terminal.
 */
import { utf8ToBytes } from "../../kernel/bytes.ts";
import type { ValueBook } from "../../kernel/content.ts";
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import { withoutDoubles } from "../node-volumes.ts";
import type { ContainerLookup, RunningContainer } from "../ports.ts";
import { containerEnvironment } from "./container-environment.ts";
import { outputRef } from "./exec-output.ts";
import { workingDirectoryOf } from "./files/base-root.ts";
import { ContainerView } from "./files/container-view.ts";
import type { WritableDisksState } from "./files/writable-disks.ts";
import { noWritableDisks, WritableDisks } from "./files/writable-disks.ts";
import { withoutSecrets } from "./secret-words.ts";
import { failed } from "./system/effects.ts";
import { findProgram } from "./system/find-program.ts";
import { addStandardStreams, joined } from "./system/open-files.ts";
import type { Program, Session } from "./system/process.ts";
import { FIRST_PID } from "./system/process.ts";
import { SessionRunner } from "./system/session-runner.ts";
import { SIGKILL, SIGNALLED } from "./system/signals.ts";
import { startFailure } from "./start-failure.ts";
import type { WakeEvent } from "./system/system-calls.ts";
import { newProcess, stopWaiting, timerOf } from "./system/process-life.ts";

export interface ExecRequest {
  readonly uid: string;
  readonly container: string;
  /** Unique in the run. */
  readonly exec: string;
  readonly command: readonly string[];
}

export type ExecAnswer =
  | { readonly ok: true }
  /** The kubelet's words. */
  | { readonly ok: false; readonly error: string };

export interface ExecServiceParts {
  readonly sim: Simulation;
  readonly node: string;
  readonly containers: ContainerLookup;
  readonly volumes: NodeVolumes;
  readonly values: ValueBook;
}

interface ExecServiceState {
  readonly sessions: Map<string, Session>;
  readonly disks: WritableDisksState;
}

interface StartEvent extends SimEvent {
  readonly type: "exec.start";
  readonly exec: string;
}

export class ExecService implements Component {
  readonly name: string;
  state: ExecServiceState = { sessions: new Map(), disks: noWritableDisks() };
  readonly #parts: ExecServiceParts;

  constructor(parts: ExecServiceParts) {
    this.name = `${parts.node}/exec`;
    this.#parts = parts;
  }

  /** Starts a command; it runs as an application of this instant does. */
  start({ uid, container, exec, command }: ExecRequest): ExecAnswer {
    if (command.length === 0)
      return {
        ok: false,
        error: "you must specify at least one command for the container",
      };
    const running = this.#parts.containers.runningContainer(uid, container);
    if (running === null)
      return { ok: false, error: `container not found ("${container}")` };
    if (this.state.sessions.has(exec))
      throw new InvariantViolation(
        "ExecTwice",
        `Failed to start a command: ${exec} is running already`,
      );
    const { sim, values } = this.#parts;
    const session = newSession(running, { uid, container, exec, command });
    this.state.sessions.set(exec, session);
    this.#record(session, "started", {
      command: withoutSecrets(values, command),
    });
    const event: StartEvent = { type: "exec.start", exec };
    sim.after(0, { rank: Rank.application, target: this.name, event });
    return { ok: true };
  }

  /** A container is gone: its commands are killed, and what it wrote is lost. */
  containerEnded(uid: string, container: string): void {
    for (const session of this.state.sessions.values())
      if (session.uid === uid && session.container === container)
        this.#finish(session, SIGNALLED + SIGKILL);
    new WritableDisks(this.state.disks).dropRoot(uid, container);
  }

  /** A pod is gone: its emptyDir volumes are, too. */
  podGone(uid: string): void {
    new WritableDisks(this.state.disks).dropPod(uid);
  }

  /** The node rebooted: emptyDir volumes in memory are empty again. */
  rebooted(): void {
    new WritableDisks(this.state.disks).dropMemory();
  }

  handle(event: SimEvent): void {
    const { exec } = event as StartEvent | WakeEvent;
    const session = this.state.sessions.get(exec);
    if (session === undefined) return;
    const { uid, container, attempt } = session;
    const running = this.#parts.containers.runningContainer(uid, container);
    if (running === null || running.attempt !== attempt)
      return this.#finish(session, SIGNALLED + SIGKILL);
    const runner = this.#runner(session, running);
    if (event.type === "exec.start") {
      const failure = startFirst(runner, running);
      if (failure !== null) {
        runner.print("stderr", utf8ToBytes(`${failure.text}\n`));
        this.#printed(runner);
        return this.#finish(session, failure.exitCode);
      }
    } else {
      const process = session.processes.get((event as WakeEvent).pid);
      const timer = process === undefined ? null : timerOf(process.waiting);
      if (timer !== null) timer.handle = null;
    }
    const exitCode = runner.run();
    this.#printed(runner);
    if (exitCode !== null) this.#finish(session, exitCode);
  }

  #runner(session: Session, container: RunningContainer): SessionRunner {
    const { sim, volumes } = this.#parts;
    const disks = new WritableDisks(this.state.disks);
    return new SessionRunner({
      sim,
      target: this.name,
      session,
      view: new ContainerView({ container, volumes, disks }),
      originOf: (variable, value) => originOf(container, variable, value),
    });
  }

  /** One fact a stream, whatever the number of writes. */
  #printed({ session, printed, sources }: SessionRunner): void {
    const { sim, values } = this.#parts;
    const streams = new Set(printed.map(({ stream }) => stream));
    const causes = withoutDoubles([...sources, ...sim.trace.causes]);
    for (const stream of streams) {
      const bytes = joined(
        printed.filter((piece) => piece.stream === stream).map((p) => p.bytes),
      );
      const index = session.pieces[stream]++;
      values.put(outputRef(session.exec, stream, index), bytes);
      const data = { stream, index, bytes: bytes.length };
      this.#record(session, "output", data, causes);
    }
  }

  #finish(session: Session, exitCode: number): void {
    const { sim } = this.#parts;
    for (const process of session.processes.values()) stopWaiting(sim, process);
    this.state.sessions.delete(session.exec);
    const { stdout, stderr } = session.pieces;
    this.#record(session, "finished", { exitCode, stdout, stderr });
  }

  #record(
    { namespace, pod, uid, container, exec }: Session,
    what: "started" | "output" | "finished",
    data: Readonly<Record<string, string | number | readonly string[]>>,
    causes: readonly Cause[] = this.#parts.sim.trace.causes,
  ): void {
    this.#parts.sim.trace.record({
      type: `container.exec.${what}`,
      at: this.name,
      about: `${namespace}/${pod}`,
      causes,
      data: { namespace, name: pod, uid, container, exec, ...data },
    });
  }
}

function newSession(
  { pod, attempt }: RunningContainer,
  { uid, container, exec, command }: ExecRequest,
): Session {
  const { namespace = "", name } = pod.object.metadata;
  return {
    exec,
    namespace,
    pod: name,
    uid,
    container,
    attempt,
    command: [...command],
    processes: new Map(),
    descriptions: new Map(),
    pipes: new Map(),
    nextPid: FIRST_PID,
    nextNumber: 1,
    remembered: { results: 0, bytes: 0 },
    pieces: { stdout: 0, stderr: 0 },
  };
}

/** Makes the first process of a command; the answer is why it cannot be. */
function startFirst(
  { session, view }: SessionRunner,
  container: RunningContainer,
): { readonly text: string; readonly exitCode: number } | null {
  const environment = containerEnvironment(container);
  const cwd = workingDirectoryOf(container);
  const path = environment.get("PATH") ?? "";
  const program = findProgram(view, session.command, { path, cwd });
  if (failed(program)) return startFailure(session.command[0]!, program.error);
  const first = newProcess(session.nextPid++, {
    parent: 0,
    program: program satisfies Program,
    environment,
    cwd,
    wired: [0, 1, 2],
  });
  session.processes.set(first.pid, first);
  addStandardStreams(session, first);
  return null;
}

/** Where the value of a variable came from, if the container was made with that value. */
function originOf(
  { config }: RunningContainer,
  variable: string,
  value: string,
): Cause | null {
  const found = config.env.findLast(({ name }) => name === variable);
  return found?.value === value ? (found.origin?.content.from ?? null) : null;
}
