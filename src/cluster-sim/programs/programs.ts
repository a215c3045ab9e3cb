/**
 * Runs the programs of the control plane that Keyturn knows by their image, Reloader and Wave, in the containers that
 * hold them: nodes say when such a container starts and ends.
 *
 * Timers   none of its own; see the programs
 * Emits    reloader.started | reloader.stopped | wave.started | wave.stopped, and what the programs report
 * Order    what comes for an earlier life of a process is dropped
 *
 * Simplification: A program that ends by itself (flags it does not know, a lost lease) leaves its container running, since a container's end is the node's affair: it is said to have stopped, and does nothing until the container starts anew.
 * Simplification: The Kubernetes Events of all processes of a program are written one after the other through one connection, and those still waiting are lost when the last of the processes ends.
 */
import { InvariantViolation } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { MachineBackend } from "../../kernel/machine-runner.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { ProgramProcessFact } from "../facts.ts";
import type {
  ApiClient,
  ApiReply,
  ApiRequest,
  ProgramHost,
  ProgramProcess,
  Selection,
  WatchEvent,
} from "../ports.ts";
import type { ProgramImage } from "./image.ts";
import { programOf } from "./image.ts";
import { Reloader } from "./reloader/reloader.ts";
import type {
  Host,
  Program,
  ProgramsConfig,
  Running,
  StepEvent,
  Tag,
} from "./running.ts";
import { Wave } from "./wave/wave.ts";

interface ProgramsState {
  /** By process id, in the order in which they started. */
  readonly processes: Map<string, Running>;
  lives: number;
}

/** A process begins, after the time that it was down. */
interface BeginEvent extends SimEvent {
  readonly type: "begin";
  readonly id: string;
  readonly start: number;
}

export class Programs implements Component, ProgramHost, Host {
  readonly name = "programs";
  state: ProgramsState = { processes: new Map(), lives: 0 };
  readonly sim: Simulation;
  readonly #api: (caller: string) => ApiClient;
  readonly #config: () => ProgramsConfig;
  /** A pure cache: a connection has no memory of its own. */
  readonly #clients = new Map<string, ApiClient>();
  readonly #programs: Readonly<
    Record<ProgramImage["program"], Program & { readonly reset: () => void }>
  >;

  constructor(options: {
    readonly sim: Simulation;
    /** A connection to the API server by its caller's name. */
    readonly api: (caller: string) => ApiClient;
    readonly config: () => ProgramsConfig;
    readonly backend?: MachineBackend;
  }) {
    const { sim, api, config, backend = "table" } = options;
    this.sim = sim;
    this.#api = api;
    this.#config = config;
    this.#programs = {
      reloader: new Reloader(this, api("reloader"), backend),
      wave: new Wave(this, api("wave")),
    };
  }

  config(): ProgramsConfig {
    return this.#config();
  }

  alive(life: number): Running | null {
    for (const running of this.state.processes.values())
      if (running.life === life) return running;
    return null;
  }

  knows(image: string): boolean {
    return programOf(image) !== null;
  }

  started(process: ProgramProcess): void {
    const image = programOf(process.image);
    if (image === null)
      throw new InvariantViolation(
        "UnknownProgram",
        `Failed to start ${process.id}: ${process.image} is no program that Keyturn knows`,
      );
    const running: Running = {
      ...image,
      process,
      caller: this.#freeCaller(image.program),
      life: 0,
      starts: 0,
      watches: [],
      reloader: null,
      wave: null,
    };
    this.state.processes.set(process.id, running);
    this.#aside(() => this.#begin(running));
  }

  ended(id: string): void {
    const running = this.state.processes.get(id);
    if (running === undefined) return;
    this.#aside(() => this.#end(running, null));
    this.state.processes.delete(id);
  }

  /**
   * Stops Reloader in its containers and starts it there again `downForMs` later, its memory lost. `pod` is the name of one
   * of its pods, with or without its namespace; null: all of them.
   */
  restartReloader(
    pod: string | null,
    downForMs: DurationMs,
  ): { readonly ok: true } | { readonly ok: false; readonly error: string } {
    const all = [...this.state.processes.values()].filter(
      ({ program }) => program === "reloader",
    );
    const wanted = all.filter(
      ({ process }) =>
        pod === null || pod === process.pod || pod === placeOf(process),
    );
    if (wanted.length === 0)
      return { ok: false, error: notRunning(pod, all.map(podOf)) };
    for (const running of wanted) this.restart(running, downForMs);
    return { ok: true };
  }

  handle(event: SimEvent): void {
    if (event.type === "begin") return this.#beginAgain(event as BeginEvent);
    const { tag } = event as StepEvent;
    const { id, life, ...rest } = tag;
    const running = this.state.processes.get(id as string);
    if (running === undefined || running.life !== life) return;
    const program = this.#programs[running.program];
    const own = rest as unknown as Tag;
    switch (event.type) {
      case "watch":
        return program.observe(running, own, event as WatchEvent);
      case "reply":
        return program.answered(
          running,
          own,
          (event as ReplyEvent<ApiReply>).reply,
        );
      case "step":
        return program.step(running, own);
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: the programs do not know it`,
        );
    }
  }

  ask(running: Running, request: ApiRequest, tag: Tag): void {
    this.#client(running.caller).call(request, this.#to(running, tag));
  }

  watch(running: Running, selection: Selection, tag: Tag): void {
    const client = this.#client(running.caller);
    running.watches.push(client.watch(selection, this.#to(running, tag)));
  }

  later(running: Running, delayMs: DurationMs, tag: Tag): number {
    const event: StepEvent = { type: "step", tag: this.#to(running, tag).tag };
    const { controller: rank } = Rank;
    return this.sim.after(delayMs, { rank, target: this.name, event });
  }

  exit(running: Running, error: string): void {
    this.#end(running, error);
  }

  restart(running: Running, downForMs: DurationMs): void {
    this.#end(running, null);
    running.starts += 1;
    const { id } = running.process;
    const event: BeginEvent = { type: "begin", id, start: running.starts };
    const { controller: rank } = Rank;
    this.sim.after(downForMs, { rank, target: this.name, event });
  }

  #beginAgain({ id, start }: BeginEvent): void {
    const running = this.state.processes.get(id);
    if (running?.starts === start) this.#begin(running);
  }

  #begin(running: Running): void {
    running.life = ++this.state.lives;
    this.#programs[running.program].start(running);
  }

  #end(running: Running, error: string | null): void {
    if (running.life === 0) return;
    const { program } = running;
    this.#programs[program].stop(running);
    const client = this.#client(running.caller);
    for (const id of running.watches) client.unwatch(id);
    running.life = 0;
    running.watches = [];
    running.reloader = null;
    running.wave = null;
    const alive = [...this.state.processes.values()].some(
      (each) => each.program === program && each.life !== 0,
    );
    if (!alive) this.#programs[program].reset();
    this.#report(running, error);
  }

  #report(running: Running, error: string | null): void {
    const { process, version, program } = running;
    const { namespace, pod } = process;
    const data: ProgramProcessFact["data"] = {
      namespace,
      pod,
      version,
      leading: false,
      ...(error === null ? {} : { error }),
    };
    const type = `${program}.stopped` satisfies ProgramProcessFact["type"];
    const about = placeOf(process);
    this.sim.trace.record({ type, at: this.name, about, data });
  }

  #client(caller: string): ApiClient {
    const client = this.#clients.get(caller) ?? this.#api(caller);
    this.#clients.set(caller, client);
    return client;
  }

  /** `reloader`, `reloader-1` …: not by the pod's name, which is generated. */
  #freeCaller(program: string): string {
    const taken = [...this.state.processes.values()].map((each) => each.caller);
    for (let n = 0; ; n++) {
      const caller = n === 0 ? program : `${program}-${n}`;
      if (!taken.includes(caller)) return caller;
    }
  }

  #to(running: Running, tag: Tag): ReplyTo {
    const { life, process } = running;
    const whole: JsonObject = { ...tag, id: process.id, life };
    return { target: this.name, tag: whole };
  }

  /** A node's own causes stay as they are. */
  #aside(act: () => void): void {
    const { causes } = this.sim.trace;
    act();
    this.sim.trace.causes = causes;
  }
}

/** `namespace/name` of the pod that a process runs in. */
function placeOf({ namespace, pod }: ProgramProcess): string {
  return `${namespace}/${pod}`;
}

function podOf({ process }: Running): string {
  return process.pod;
}

function notRunning(pod: string | null, pods: readonly string[]): string {
  if (pods.length === 0)
    return "Failed to restart Reloader: no container runs it";
  return `Failed to restart Reloader: no pod ${JSON.stringify(pod)} runs it; these do: ${pods.join(", ")}`;
}
