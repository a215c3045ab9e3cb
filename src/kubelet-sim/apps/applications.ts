/**
 * The applications of a node's containers: what the program of a container does with its secret, said by the annotation
 * `keyturn.dev/app` of its pod. Each process has a machine (`application.machine.ts`) from the start of its container to its
 * end, and one more for its requests (`usage.machine.ts`); the sidecar that signals one is such a process too.
 *
 * Source: reloader.md 3 (watchers, reload sidecars), alternatives.md 2 (polling with the SDK)
 * Simplification: A .NET or Spring application that cannot load its secrets when it starts ends at once, with the exit code of its runtime.
 */
import type {
  CredentialChecker,
  CredentialReply,
} from "../../cluster-sim/ports.ts";
import type { ContentRef } from "../../kernel/content.ts";
import { contentKey } from "../../kernel/content.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import { tickFrom } from "../phases.ts";
import { specOf } from "../pod-spec.ts";
import type {
  ClientIdLookup,
  ContainerLookup,
  NodeOptions,
  RunningContainer,
} from "../ports.ts";
import { AppReporter } from "./app-facts.ts";
import {
  applicationOf,
  intervalOf,
  isProvider,
  looksByClock,
} from "./app-kinds.ts";
import type { AppRecord } from "./app-record.ts";
import type { SourceRead } from "./app-source.ts";
import { readSource, sidecarVolume, watchOf } from "./app-source.ts";
import type { AppSpec } from "./app-spec.ts";
import { APP_ANNOTATION } from "./app-spec.ts";
import type {
  ApplicationContext,
  ApplicationEvent,
} from "./application.machine.ts";
import { applicationMachine } from "./application.machine.ts";
import { CredentialUses } from "./credential-uses.ts";
import { DOTNET_ABORT_EXIT_CODE, SPRING_FAILED_EXIT_CODE } from "./defaults.ts";
import { newRecord } from "./new-record.ts";
import { readAppSpec } from "./read-app-spec.ts";
import type { CallTimer, VaultClientOptions } from "./vault-client.ts";
import { AppVaultClient } from "./vault-client.ts";
import type { PassOutcome } from "./vault-passes.ts";
import { VaultPasses } from "./vault-passes.ts";

export interface ApplicationsOptions
  extends NodeOptions, Pick<VaultClientOptions, "sim" | "vaults" | "tokens"> {
  readonly volumes: NodeVolumes;
  readonly containers: ContainerLookup;
  readonly databases: CredentialChecker;
  readonly clientIdOf: ClientIdLookup;
  /** Ends a container's program from inside. */
  readonly exit: (uid: string, container: string, exitCode: number) => void;
}

interface ApplicationsState {
  /** By pod uid, then by container. */
  readonly processes: Map<string, Map<string, AppRecord>>;
}

export class Applications implements Component {
  readonly name: string;
  state: ApplicationsState = { processes: new Map() };
  readonly #options: ApplicationsOptions;
  readonly #report: AppReporter;
  readonly #machines: MachineSet<ApplicationContext, ApplicationEvent>;
  readonly #uses: CredentialUses;
  readonly #client: AppVaultClient;
  readonly #passes: VaultPasses;

  constructor(options: ApplicationsOptions) {
    const { sim, node, backend } = options;
    this.name = `${node}/apps`;
    this.#options = options;
    this.#report = new AppReporter(sim, node);
    this.#client = new AppVaultClient({
      ...options,
      target: this.name,
      ended: (...call) => this.#passes.onCall(...call),
    });
    this.#passes = new VaultPasses({
      client: this.#client,
      ended: (record, outcome) => this.#passEnded(record, outcome),
    });
    this.#machines = machineSet<ApplicationContext, ApplicationEvent>({
      sim,
      name: `${node}/apps/machines`,
      machine: applicationMachine,
      rank: Rank.application,
      backend,
      effects: {
        look: ({ key }) => this.#look(this.#record(key)),
        deafened: ({ key }) => this.#deafened(this.#record(key)),
      },
    });
    this.#uses = new CredentialUses({
      ...options,
      target: this.name,
      report: this.#report,
      record: (key) => this.#record(key),
      readAgain: (record) => this.#take(record, this.#read(record), false),
      wanted: ({ key }) => this.#machines.send(key, { type: "value.wanted" }),
    });
  }

  /** What the pod's application holds in memory now; null when none runs. */
  runningApp(uid: string): { readonly content: ContentRef | null } | null {
    for (const { role, held } of this.state.processes.get(uid)?.values() ?? [])
      if (role === "application") return { content: held };
    return null;
  }

  /** An annotation that cannot be read counts as absent: it was refused when the pod was applied. */
  containerStarted(running: RunningContainer): void {
    const { object } = running.pod;
    const text = object.metadata.annotations?.[APP_ANNOTATION];
    if (text === undefined) return;
    const read = readAppSpec(text);
    if (!read.ok) return;
    const { spec } = read;
    const { name } = running.spec;
    if (name === applicationOf(spec, running))
      this.#startApplication(spec, running);
    else if (name === spec.sidecar) this.#startSidecar(spec, running);
  }

  containerEnded(uid: string, container: string): void {
    const processes = this.state.processes.get(uid);
    const record = processes?.get(container);
    if (processes === undefined || record === undefined) return;
    const { key, role } = record;
    this.#machines.stop(key);
    this.#uses.stop(key);
    processes.delete(container);
    if (processes.size === 0) this.state.processes.delete(uid);
    if (role === "application") this.#report.life("app.ended", record);
  }

  /** `..data` of a volume was moved: those hear of it that watch there. */
  volumeSwitched(uid: string, volume: string): void {
    for (const record of this.state.processes.get(uid)?.values() ?? []) {
      if (record.volume !== volume) continue;
      const delayMs = this.#reactionOf(record);
      this.#machines.send(record.key, { type: "change.heard", delayMs });
    }
  }

  handle(event: SimEvent): void {
    if (event.type !== "reply") {
      const timer = event as CallTimer;
      const record = this.#find(timer.app, timer.attempt);
      if (record !== null) this.#client.onTimer(record, timer);
      return;
    }
    const reply = event as ReplyEvent;
    const { app, attempt, of, call } = reply.tag;
    const record = this.#find(app as string, attempt as number);
    if (record === null) return;
    if (of !== "database") this.#client.onReply(record, reply);
    else if (call === record.requests)
      this.#uses.answered(record, reply.reply as CredentialReply);
  }

  #startApplication(spec: AppSpec, running: RunningContainer): void {
    const { volumes } = this.#options;
    const record = this.#add("application", spec, running);
    record.started = this.#report.life("app.started", record);
    const watch = watchOf(spec, running, volumes);
    record.volume = watch.volume;
    if (watch.refused !== "")
      this.#report.event("app.deaf", record, false, watch.refused);
    const looksFirst = spec.how !== "caches-vault";
    this.#machines.start(record.key, { looksFirst, hears: watch.hears });
    this.#uses.start(record);
  }

  #startSidecar(spec: AppSpec, running: RunningContainer): void {
    const record = this.#add("sidecar", spec, running);
    const { containers } = specOf(running.pod.object);
    const own = applicationOf(spec, running);
    record.volume = sidecarVolume(
      spec,
      containers.find(({ name }) => name === own),
      running.spec,
    );
    this.#machines.start(record.key, { looksFirst: false, hears: "each" });
  }

  #add(
    role: AppRecord["role"],
    spec: AppSpec,
    running: RunningContainer,
  ): AppRecord {
    const record = this.#newRecord(role, spec, running);
    const { processes } = this.state;
    const { uid, container } = record;
    const ofPod = processes.get(uid) ?? new Map<string, AppRecord>();
    processes.set(uid, ofPod.set(container, record));
    return record;
  }

  #newRecord(
    role: AppRecord["role"],
    spec: AppSpec,
    running: RunningContainer,
  ): AppRecord {
    const { sim, clientIdOf } = this.#options;
    return newRecord(role, spec, running, { now: sim.now, clientIdOf });
  }

  #find(key: string, attempt: number): AppRecord | null {
    const [uid = "", container = ""] = key.split("/");
    const record = this.state.processes.get(uid)?.get(container);
    return record?.attempt === attempt ? record : null;
  }

  #record(key: string): AppRecord {
    const [uid = "", container = ""] = key.split("/");
    return this.state.processes.get(uid)!.get(container)!;
  }

  /** From what it hears to its look: until its next use where it reads at each. */
  #reactionOf({ spec, startedAt }: AppRecord): DurationMs {
    const { sim, config } = this.#options;
    if (spec.how !== "reads-each-use") return config().appMs;
    const every = intervalOf(spec)!;
    return tickFrom(sim.now, every, startedAt % every) - sim.now;
  }

  #look(record: AppRecord): void {
    const { role, spec, started } = record;
    if (role === "sidecar") {
      this.#signal(record);
      return this.#lookEnded(record, null);
    }
    if (looksByClock(spec)) this.#options.sim.trace.causes = [started];
    if (spec.source.kind === "vault") return this.#passes.begin(record);
    this.#take(record, this.#read(record), spec.how !== "reads-each-use");
    this.#lookEnded(record, this.#nextLook(record));
  }

  #read({ uid, container, spec }: AppRecord): SourceRead {
    const { containers, volumes } = this.#options;
    const running = containers.runningContainer(uid, container)!;
    return readSource(spec, running, volumes);
  }

  /** `tells`: whether a look that finds nothing new is reported. A newer version of the same bytes counts as new. */
  #take(record: AppRecord, read: SourceRead, tells: boolean): void {
    const { held } = record;
    if (!read.ok) {
      if (tells || held === null) this.#report.looked(record, read.error);
    } else if (held === null || contentKey(held) !== contentKey(read.content))
      record.held = this.#report.holds(record, read);
    else if (tells) this.#report.looked(record, "");
  }

  #lookEnded(record: AppRecord, nextMs: DurationMs | null): void {
    this.#machines.send(record.key, { type: "look.ended", nextMs });
    this.#uses.looked(record);
  }

  /** From the end of a look to the next by the clock; null: none. */
  #nextLook(record: AppRecord): DurationMs | null {
    const { how, schedule } = record.spec;
    const every = looksByClock(record.spec) ? intervalOf(record.spec) : null;
    if (every === null) return null;
    if (how !== "spring" && schedule === "fixed-delay") return every;
    const due = record.nextLookAt;
    record.nextLookAt = due + every;
    return Math.max(0, due - this.#options.sim.now);
  }

  #passEnded(record: AppRecord, outcome: PassOutcome): void {
    const { sim } = this.#options;
    const { spec } = record;
    if (!outcome.ok) return this.#passFailed(record, outcome.error);
    // Java's timer begins when the first load has ended.
    if (spec.how === "spring" && !record.everLoaded)
      record.nextLookAt = sim.now + intervalOf(spec)!;
    record.everLoaded = true;
    record.fetchedAt = sim.now;
    const { content, notified } = outcome;
    if (content !== null) this.#take(record, { ok: true, content }, true);
    else {
      record.held = null;
      this.#report.looked(record, noSecret(spec));
    }
    if (notified !== null)
      this.#report.event(
        "app.notified",
        record,
        notified,
        notified ? "IOptionsMonitor.OnChange" : LOST_NOTIFICATION,
      );
    this.#lookEnded(record, this.#nextLook(record));
  }

  #passFailed(record: AppRecord, error: string): void {
    const { key, uid, container, spec, everLoaded } = record;
    this.#report.looked(record, error);
    const exitCode =
      spec.how === "spring" ? SPRING_FAILED_EXIT_CODE : DOTNET_ABORT_EXIT_CODE;
    if (isProvider(spec) && !everLoaded)
      return this.#options.exit(uid, container, exitCode);
    if (spec.how !== "spring")
      return this.#lookEnded(record, this.#nextLook(record));
    this.#report.event("app.deaf", record, false, DEAD_TIMER);
    this.#machines.send(key, { type: "look.died" });
  }

  #deafened(record: AppRecord): void {
    record.volume = null;
    const { spec } = record;
    const what =
      spec.how === "watches-file" ? "file" : "directory behind ..data";
    const detail = `the watch ended with the ${what} that it was on`;
    this.#report.event("app.deaf", record, false, detail);
  }

  /** The sidecar sends SIGHUP to the application, if it can. */
  #signal({ uid, container, spec }: AppRecord): void {
    const { containers, config } = this.#options;
    const running = containers.runningContainer(uid, container)!;
    const own = applicationOf(spec, running);
    const record = this.state.processes.get(uid)?.get(own);
    const shared = specOf(running.pod.object).shareProcessNamespace === true;
    const delivered = shared && record !== undefined;
    const about = record ?? {
      ...this.#newRecord("application", spec, running),
      container: own,
    };
    const detail = delivered
      ? `SIGHUP from ${container}`
      : shared
        ? `no process of ${own} runs`
        : `${container} does not see the processes of ${own}: the pod does not set shareProcessNamespace`;
    this.#report.event("app.signalled", about, delivered, detail);
    if (!delivered) return;
    const delayMs = config().appMs;
    this.#machines.send(record.key, { type: "change.heard", delayMs });
  }
}

const LOST_NOTIFICATION =
  "the pass before it failed, and with nothing to compare with no change token fires";
const DEAD_TIMER =
  "the error ended the timer's thread, and no refresh follows until a restart";

function noSecret({ source }: AppSpec): string {
  const name = source.kind === "vault" ? source.secret : "";
  return `the vault lists no enabled secret ${name}`;
}
