/**
 * A process of a program as its host keeps it, and what the host does for the program: requests, watches and timers that
 * are lost with the process.
 */
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type {
  ApiReply,
  ApiRequest,
  ProgramProcess,
  Selection,
  WatchEvent,
} from "../ports.ts";
import type { ProgramImage } from "./image.ts";
import type { ReloaderMemory } from "./reloader/memory.ts";
import type { WaveMemory } from "./wave/memory.ts";

export interface ProgramsConfig {
  /** What Reloader takes for one event before its first request. */
  readonly handlingMs: DurationMs;
  /** And for each matched workload beyond seven. */
  readonly perWorkloadMs: DurationMs;
  /** Kubernetes minor version. */
  readonly minor: number;
}

/** Plain data. */
export interface Running extends ProgramImage {
  readonly process: ProgramProcess;
  /** Name of its connection to the API server. */
  readonly caller: string;
  /** Which life of all lives of all processes this is; 0 while the process does not run. */
  life: number;
  /** Counts starts that were planned: only the latest happens. */
  starts: number;
  /** Ids of its watches. */
  watches: number[];
  /** Memory of Reloader; null while it does not run, and of other programs. */
  reloader: ReloaderMemory | null;
  wave: WaveMemory | null;
}

/** What an answer, a watch event or a timer belongs to. */
export interface Tag {
  readonly of: string;
  readonly [member: string]: JsonObject[string];
}

/** The program's own timer. */
export interface StepEvent extends SimEvent {
  readonly type: "step";
  readonly tag: JsonObject;
}

/** The host, as programs see it. */
export interface Host {
  /** Address of the host's events, and `at` of all facts. */
  readonly name: string;
  readonly sim: Simulation;
  config(): ProgramsConfig;
  /** The process of a life that goes on; null when it is over. */
  alive(life: number): Running | null;
  /** The answer comes back with the tag, unless the process has ended. */
  ask(running: Running, request: ApiRequest, tag: Tag): void;
  watch(running: Running, selection: Selection, tag: Tag): void;
  /** Comes back in the rank of controllers; returns the handle for `cancel`. */
  later(running: Running, delayMs: DurationMs, tag: Tag): number;
  /** The program ends by itself, saying why; its container goes on. */
  exit(running: Running, error: string): void;
  /** The program ends and begins anew after so long. */
  restart(running: Running, downForMs: DurationMs): void;
}

/** One program: its processes' memory is theirs, it has none. */
export interface Program {
  start(running: Running): void;
  /** Nothing of it runs any more; called before its memory goes. */
  stop(running: Running): void;
  observe(running: Running, tag: Tag, event: WatchEvent): void;
  answered(running: Running, tag: Tag, reply: ApiReply): void;
  step(running: Running, tag: Tag): void;
}
