/**
 * Whole worlds for behaviour tests: `aWorld` makes one with a vault, its methods do what an operator does, and what
 * happened is read from the facts. Builders for manifests show only what a test is about.
 */
import { loadScenario } from "../../src/emulator/scenario/load.ts";
import type { Scenario } from "../../src/emulator/scenario/model.ts";
import { printedBytes } from "../../src/emulator/trace/exec-output.ts";
import { execName } from "../../src/emulator/world/commands.ts";
import type {
  CommandBody,
  Fault,
  KeyKind,
} from "../../src/emulator/world/commands.ts";
import type { Settings } from "../../src/emulator/world/settings.ts";
import { World } from "../../src/emulator/world/world.ts";
import {
  bytesToBase64,
  bytesToUtf8,
  utf8ToBytes,
} from "../../src/kernel/bytes.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { MachineBackend } from "../../src/kernel/machine-runner.ts";
import { durationMs } from "../../src/kernel/time.ts";
import type { DurationMs, EpochMs } from "../../src/kernel/time.ts";
import type { Fact } from "../../src/kernel/trace.ts";
import { instances } from "../../src/kernel/trace.ts";
import {
  drawPhases,
  tickAfter,
  tickFrom,
} from "../../src/kubelet-sim/phases.ts";
import type { NodePhases } from "../../src/kubelet-sim/phases.ts";

export const VAULT = "kvdemo";
const CLIENT = "5c3f0000-0000-4000-8000-000000000002";
const TENANT = "8d1f0000-0000-4000-8000-000000000001";

type NewCertificate = Omit<
  Extract<CommandBody, { kind: "setCertificate" }>,
  "kind" | "vault" | "name"
>;

/** Overrides as a scenario file has them: durations as text. */
export type SettingsText = {
  readonly [Group in keyof Settings]?: {
    readonly [Key in keyof Settings[Group]]?: string | number | boolean;
  };
};

export interface WorldOptions {
  readonly seed?: number;
  readonly profile?: string;
  readonly settings?: SettingsText;
  readonly nodes?: number;
  /** Secrets of the vault; default `{ secret1: "v1" }`. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** As a scenario's vault has them: `{ tls: {} }`. */
  readonly keys?: Readonly<Record<string, JsonObject>>;
  readonly certificates?: Readonly<Record<string, JsonObject>>;
  readonly manifests?: readonly JsonObject[];
  readonly backend?: MachineBackend;
}

/** Rotation switched on, with its usual interval. */
export const ROTATION: SettingsText = { addon: { enableSecretRotation: true } };

/** One thing that happened: run facts are taken apart. */
export interface Happening {
  readonly t: EpochMs;
  readonly about: string;
  readonly data: JsonObject;
  readonly fact: Fact;
}

const FILE = "world.yaml";

/** By the scenario loader, as `createWorld` does it. */
function load(options: WorldOptions, steps: readonly JsonObject[]): Scenario {
  const { manifests = [], profile, secrets = { secret1: "v1" } } = options;
  const { keys = {}, certificates = {} } = options;
  const files = new Map(
    manifests.map((object, i) => [`manifest-${i}`, JSON.stringify(object)]),
  );
  const scenario = {
    apiVersion: "keyturn/v1",
    kind: "Scenario",
    metadata: { name: "world" },
    duration: "1s",
    ...(profile === undefined ? {} : { profile }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    nodes: options.nodes ?? 1,
    vaults: [{ name: VAULT, secrets, keys, certificates }],
    manifests: [...files.keys()],
    steps,
  };
  return loadScenario(FILE, {
    readFile: (file) =>
      file === FILE ? JSON.stringify(scenario) : files.get(file)!,
  });
}

/** A world whose clock stands at its start, everything of `manifests` applied. */
export function aWorld(options: WorldOptions = {}): TestWorld {
  return new TestWorld(options);
}

export class TestWorld {
  readonly start: EpochMs;
  /** The loops of `node-0`. */
  readonly phases: NodePhases;
  #world: World;
  readonly #options: WorldOptions;
  readonly #facts: Fact[] = [];

  constructor(options: WorldOptions) {
    this.#options = options;
    const { seed, start, settings, nodes, setup } = load(options, []);
    const { backend = "table" } = options;
    const sink = { fact: (fact: Fact) => void this.#facts.push(fact) };
    const sinks = [sink];
    this.#world = new World({ seed, start, settings, nodes, backend, sinks });
    this.start = start;
    this.phases = drawPhases(this.#world.sim.draws, "node-0", 0);
    for (const command of setup) this.do(command);
  }

  get world(): World {
    return this.#world;
  }

  get now(): EpochMs {
    return this.#world.now;
  }

  /** Says what the world answered if it refused. */
  do(command: CommandBody): void {
    const outcome = this.#world.execute(command);
    if (!outcome.ok) throw new Error(outcome.error);
  }

  /** `10m` after the start, or an instant. Runs everything due by then. */
  until(when: string | EpochMs): this {
    const at = typeof when === "number" ? when : this.at(when);
    this.#world.runUntil(at);
    return this;
  }

  /** As `until`, but a command at that instant still acts before everything due then; returns the instant. */
  untilQuiet(at: EpochMs): EpochMs {
    this.#world.runBefore(at);
    return this.now;
  }

  advance(duration: string | DurationMs): this {
    const ms = typeof duration === "number" ? duration : durationMs(duration);
    return this.until(this.now + ms);
  }

  /** The instant `+10m` after the start. */
  at(offset: string): EpochMs {
    return this.start + durationMs(offset);
  }

  /** What `look` says one millisecond before an instant, and what it says when everything due then has happened. */
  around<T>(due: EpochMs, look: () => T): [before: T, at: T] {
    this.until(due - 1);
    const before = look();
    this.until(due);
    return [before, look()];
  }

  /** Runs to the first fact of a type from now on; throws when there is none within `limit`. */
  untilFact(type: string, limit = "30m", about?: string): Happening {
    const end = this.now + durationMs(limit);
    const seen = this.all(type, about).length;
    while (this.all(type, about).length === seen) {
      const next = this.#world.sim.nextDueAt;
      if (next === null || next > end)
        throw new Error(`Failed to see ${type}: not within ${limit}`);
      this.#world.runUntil(next);
    }
    return this.all(type, about)[seen]!;
  }

  setSecret(name: string, value: string): void {
    this.do({ kind: "setSecret", vault: VAULT, name, value });
  }

  setKey(name: string, key: KeyKind = {}): void {
    this.do({ kind: "setKey", vault: VAULT, name, ...key });
  }

  setCertificate(name: string, certificate: NewCertificate = {}): void {
    this.do({ kind: "setCertificate", vault: VAULT, name, ...certificate });
  }

  /** Returns the instant at which it is over. */
  fault(fault: Fault, lasts: string): EpochMs {
    const forMs = durationMs(lasts);
    this.do({ kind: "fault", fault, forMs });
    return this.now + forMs;
  }

  restart(
    what: Extract<CommandBody, { kind: "restart" }>["what"],
    node: string | null = null,
    downForMs: DurationMs | null = null,
  ): void {
    this.do({ kind: "restart", what, node, downForMs });
  }

  kill(pod = "busybox", exitCode = 137, container: string | null = null): void {
    const namespace = "default";
    this.do({ kind: "kill", namespace, pod, container, exitCode });
  }

  /** Runs a command to its end, at most `limit` later; what it printed on stdout, then its exit code. */
  exec(
    command: readonly string[],
    pod = "busybox",
    limit = "1m",
  ): [stdout: string, exitCode: number] {
    const { world } = this;
    const runs = world.journal.filter((entry) => entry.command.kind === "exec");
    const exec = execName(runs.length + 1);
    const namespace = "default";
    const of = { namespace, pod, container: null, command };
    this.do({ kind: "exec", exec, ...of });
    const { data } = this.untilFact("container.exec.finished", limit);
    const reveal = world.values.get.bind(world.values);
    const pieces = data["stdout"] as number;
    const bytes = printedBytes(exec, "stdout", pieces, reveal);
    return [bytesToUtf8(bytes), data["exitCode"] as number];
  }

  apply(object: JsonObject): void {
    this.do({ kind: "apply", object });
  }

  /** `pod/busybox` of the namespace default. */
  remove(object: string): void {
    const [objectKind = "", name = ""] = object.split("/");
    this.do({ kind: "delete", namespace: "default", objectKind, name });
  }

  /** A write by somebody whose request has no command: a status, a merge patch. */
  patch(
    verb: "patch" | "patchStatus",
    object: string,
    patch: JsonObject,
  ): void {
    const [kind = "", name = ""] = object.split("/");
    const to = { target: "", tag: {} };
    const request = { verb, kind, namespace: "default", name, patch };
    const { sim, apiServer } = this.#world;
    sim.command(() => apiServer.client("somebody").call(request, to));
  }

  changeSettings(settings: SettingsText): void {
    const step = { at: "0s", settings: settings as unknown as JsonObject };
    const { manifests: _, ...options } = this.#options;
    for (const { command } of load(options, [step]).steps) this.do(command);
  }

  /** Facts of a type in order of time, runs taken apart. */
  all(type: string, about?: string): Happening[] {
    const facts = [...this.#facts, ...this.#world.sim.trace.openRuns()];
    return facts
      .filter((fact) => fact.type === type)
      .filter((fact) => about === undefined || fact.about === about)
      .flatMap((fact) =>
        [...instances(fact)].map(({ t }) => {
          const { about: of, data } = fact;
          return { t, about: of, data, fact };
        }),
      )
      .sort((a, b) => a.t - b.t);
  }

  first(type: string, about?: string): Happening {
    const found = this.all(type, about)[0];
    if (found === undefined) throw new Error(`Failed to find a ${type}`);
    return found;
  }

  last(type: string, about?: string): Happening {
    const found = this.all(type, about).at(-1);
    if (found === undefined) throw new Error(`Failed to find a ${type}`);
    return found;
  }

  times(type: string, about?: string): EpochMs[] {
    return this.all(type, about).map(({ t }) => t);
  }

  /** Kubernetes Events as emitted. */
  events(reason: string, pod = "busybox"): Happening[] {
    return this.all("k8s.event").filter(
      ({ data }) => data["reason"] === reason && data["name"] === pod,
    );
  }

  messages(reason: string, pod = "busybox"): string[] {
    return this.events(reason, pod).map(
      ({ data }) => data["message"] as string,
    );
  }

  /** Text that a container of the pod would read; null where there is no file. */
  read(path: string, pod = "busybox"): string | null {
    const bytes = this.#world.readFile("default", pod, path);
    return bytes === null ? null : bytesToUtf8(bytes);
  }

  get(kind: string, name: string): JsonObject | null {
    const stored = this.#world.read(kind, "default", name);
    return stored === null ? null : (stored.object as unknown as JsonObject);
  }

  /** A key of a Secret's data as text; null without the Secret or the key. */
  secret(name: string, key: string): string | null {
    const data = this.get("Secret", name)?.["data"] as JsonObject | undefined;
    const text = data?.[key];
    return typeof text === "string" ? atob(text) : null;
  }

  /** The driver of `node-0` when it started last. */
  firstTick(): EpochMs {
    return this.last("csi.driver.started", "node-0").data[
      "firstTickMs"
    ] as number;
  }

  /** Where the loops of `node-0` carry a sync of `at` to: the reconciler pass that sets a flagged volume up. */
  refreshAfter(at: EpochMs): EpochMs {
    const marked = tickFrom(at, 100, this.phases.populator);
    return tickFrom(marked, 100, this.phases.reconciler);
  }

  /** The sync ticker that sees a due time: strictly after it. */
  syncTickAfter(due: EpochMs): EpochMs {
    return tickAfter(due, 1000, this.phases.syncTicker);
  }

  /** PLEG's first relist after an instant. */
  relistAfter(at: EpochMs): EpochMs {
    return tickAfter(at, 1000, this.phases.pleg);
  }
}

/** Volumes of `aPod`: `{ store: csiVolume("kv") }` is mounted at /mnt/store. */
export function csiVolume(
  secretProviderClass: string,
  more: JsonObject = {},
): JsonObject {
  return {
    csi: {
      driver: "secrets-store.csi.k8s.io",
      readOnly: true,
      volumeAttributes: { secretProviderClass },
      ...more,
    },
  };
}

export function secretVolume(
  secretName: string,
  more: JsonObject = {},
): JsonObject {
  return { secret: { secretName, ...more } };
}

export function aPod(
  options: {
    readonly name?: string;
    readonly volumes?: Readonly<Record<string, JsonObject>>;
    /** Declared, but mounted by no container. */
    readonly unused?: Readonly<Record<string, JsonObject>>;
    readonly metadata?: JsonObject;
    readonly spec?: JsonObject;
  } = {},
): JsonObject {
  const { name = "busybox", volumes = {}, unused = {} } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...options.metadata },
    spec: {
      containers: [
        {
          name: "main",
          image: "busybox",
          volumeMounts: Object.keys(volumes).map((volume) => ({
            name: volume,
            mountPath: `/mnt/${volume}`,
          })),
        },
      ],
      volumes: Object.entries({ ...volumes, ...unused }).map(
        ([volume, source]) => ({ name: volume, ...source }),
      ),
      ...options.spec,
    },
  };
}

/** An Azure class over objects given by name, or with more members of one: `{ objectName: "secret1", … }`. */
export function aClass(
  options: {
    readonly name?: string;
    readonly objects?: readonly (string | JsonObject)[];
    readonly secretObjects?: readonly JsonObject[];
    readonly parameters?: JsonObject;
    readonly spec?: JsonObject;
  } = {},
): JsonObject {
  const { name = "kv", objects = ["secret1"], secretObjects } = options;
  const array = objects.map((object) =>
    JSON.stringify(
      typeof object === "string"
        ? { objectName: object, objectType: "secret" }
        : { objectType: "secret", ...object },
    ),
  );
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name, namespace: "default" },
    spec: {
      provider: "azure",
      parameters: {
        clientID: CLIENT,
        keyvaultName: VAULT,
        tenantID: TENANT,
        objects: JSON.stringify({ array }),
        ...options.parameters,
      },
      ...(secretObjects === undefined ? {} : { secretObjects }),
      ...options.spec,
    },
  };
}

/** `secretObjects` entry: the Secret's key `password` from a file, `secret1` unless told. */
export function aSecretObject(more: JsonObject = {}): JsonObject {
  return {
    secretName: "app-secret",
    type: "Opaque",
    data: [{ objectName: "secret1", key: "password" }],
    ...more,
  };
}

export function aSecret(
  data: Readonly<Record<string, string>>,
  more: {
    readonly name?: string;
    readonly metadata?: JsonObject;
    readonly immutable?: boolean;
  } = {},
): JsonObject {
  const { name = "app-secret", metadata = {}, immutable } = more;
  const entries = Object.entries(data).map(([key, text]) => [
    key,
    bytesToBase64(utf8ToBytes(text)),
  ]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default", ...metadata },
    ...(immutable === undefined ? {} : { immutable }),
    data: Object.fromEntries(entries),
  };
}

/** A workload of pods like `aPod`'s, `web` with label `app: web` unless told; `spec` goes beside its template. */
export function aWorkload(
  kind: "Deployment" | "StatefulSet" | "DaemonSet",
  options: Parameters<typeof aPod>[0] & {
    /** Default 1; a DaemonSet has none. */
    readonly replicas?: number;
    readonly workload?: JsonObject;
  } = {},
): JsonObject {
  const { replicas = 1, workload = {}, ...pod } = options;
  const { name = "web" } = pod;
  const labels = { app: name };
  const { metadata, spec } = aPod(pod) as {
    readonly metadata: JsonObject;
    readonly spec: JsonObject;
  };
  const { name: _, namespace: __, ...own } = metadata;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "default" },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { ...own, labels }, spec },
      ...workload,
    },
  };
}
