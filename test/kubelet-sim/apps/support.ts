/**
 * Applications in a room of their own: containers start, end and see what the test says; volumes are a node's, the vault is
 * real, tokens come at once, and the database accepts what the test says. Times are counted from the start of the room.
 */
import type {
  ApiObject,
  CredentialChecker,
  CredentialReply,
  FaultEffect,
  TokenClaims,
  TokenReply,
  TokenSource,
  VaultClient,
  VaultRequest,
} from "../../../src/cluster-sim/ports.ts";
import { utf8ToBytes } from "../../../src/kernel/bytes.ts";
import type { ContentRef } from "../../../src/kernel/content.ts";
import { ValueBook } from "../../../src/kernel/content.ts";
import type { JsonObject, JsonValue } from "../../../src/kernel/json.ts";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import { sendReply } from "../../../src/kernel/port.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import type { DurationMs } from "../../../src/kernel/time.ts";
import { durationMs, formatDuration } from "../../../src/kernel/time.ts";
import type { Cause, Fact } from "../../../src/kernel/trace.ts";
import { instances } from "../../../src/kernel/trace.ts";
import { KeyVault } from "../../../src/keyvault-mock/index.ts";
import { Applications } from "../../../src/kubelet-sim/apps/applications.ts";
import { NodeVolumes } from "../../../src/kubelet-sim/node-volumes.ts";
import type {
  ContainerConfig,
  RunningContainer,
} from "../../../src/kubelet-sim/ports.ts";
import { CONFIG } from "../node-config.ts";

const START = Date.parse("2024-04-29T09:00:00Z");
const EXPIRES = START / 1000 + 400 * 86_400;
const NOTHING: ContainerConfig = { env: [], pinned: [] };
export const APP_MS = 10;
/** Where the room's volume `secrets` is mounted in every container. */
export const FILE = "/mnt/secrets/password";

export interface RoomOptions {
  readonly backend?: MachineBackend;
  readonly seed?: number;
}

export interface PodOptions {
  readonly name?: string;
  readonly spec?: JsonObject;
  readonly containers?: readonly string[];
  readonly config?: ContainerConfig;
  readonly mount?: JsonObject;
}

/** One thing that happened: when, and the parts of its data that a test looks at. */
export interface Seen {
  readonly at: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly causes: readonly Cause[];
}

export function aRoom(options: RoomOptions = {}): AppsRoom {
  return new AppsRoom(options);
}

export class AppsRoom {
  readonly sim: Simulation;
  readonly vaults: KeyVault;
  readonly volumes: NodeVolumes;
  readonly apps: Applications;
  readonly requests: VaultRequest[] = [];
  /** What the token endpoint answers; null: nothing ever. */
  tokens: (() => TokenReply) | null = () => ({ ok: true, token: TOKEN });
  /** Whether the database takes a version of the credential. */
  accepts: (credential: ContentRef) => boolean = () => true;
  /** What an answer of the vault takes. */
  vaultMs: (request: VaultRequest) => DurationMs = () => 0;
  readonly exits: string[] = [];
  readonly #running = new Map<string, RunningContainer>();
  readonly #facts: Fact[] = [];

  constructor({ backend = "table", seed = 1 }: RoomOptions) {
    const sim = new Simulation({ seed, start: START });
    this.sim = sim;
    sim.trace.addSink({ fact: (fact) => void this.#facts.push(fact) });
    const values = sim.add(new ValueBook());
    let latencyMs = 0;
    this.vaults = sim.add(
      new KeyVault({
        sim,
        values,
        config: () => ({ latencyMs, anyTenant: true }),
      }),
    );
    const vaults: VaultClient = {
      request: (request, replyTo) => {
        this.requests.push(request);
        latencyMs = this.vaultMs(request);
        this.vaults.request(request, replyTo);
      },
    };
    const tokens: TokenSource = {
      tokenProxy: false,
      getToken: (_, replyTo) => {
        const reply = this.tokens?.();
        if (reply !== undefined) sendReply(sim, replyTo, 0, reply);
      },
    };
    const databases: CredentialChecker = {
      request: ({ credential }, replyTo) =>
        sendReply(sim, replyTo, 0, {
          accepted: this.accepts(credential),
        } satisfies CredentialReply),
    };
    this.volumes = sim.add(new NodeVolumes(sim, "node-0"));
    this.apps = sim.add(
      new Applications({
        sim,
        node: "node-0",
        ip: "10.224.0.4",
        backend,
        config: () => ({ ...CONFIG, appMs: APP_MS }),
        vaults,
        tokens,
        databases,
        clientIdOf: () => null,
        volumes: this.volumes,
        containers: {
          runningContainer: (uid, container) =>
            this.#running.get(`${uid}/${container}`) ?? null,
        },
        exit: (uid, container, exitCode) => {
          this.exits.push(`${container} ${exitCode}`);
          this.#end(uid, container);
        },
      }),
    );
    this.volumes.onSwitched = (...change) =>
      this.apps.volumeSwitched(...change);
    sim.command(() =>
      this.vaults.createVault({ name: "kvdemo", access: { mode: "open" } }),
    );
  }

  /** A pod whose volume `secrets` has `v1`, and all of its containers running. Returns its uid. */
  pod(app: string | JsonObject, options: PodOptions = {}): string {
    const { name = "web", containers = ["main"] } = options;
    const uid = `uid-${name}`;
    this.sim.command(() =>
      this.volumes.mount({
        namespace: "default",
        pod: name,
        uid,
        volume: "secrets",
        kind: "secret",
      }),
    );
    this.write(1, name);
    for (const container of containers)
      this.start(container, app, { ...options, name });
    return uid;
  }

  start(
    container: string,
    app: string | JsonObject,
    options: PodOptions = {},
    attempt = 0,
  ): void {
    const { name = "web", containers = ["main"], config = NOTHING } = options;
    const uid = `uid-${name}`;
    const mount = { name: "secrets", mountPath: "/mnt/secrets" };
    const volumeMounts = [options.mount ?? mount] as never;
    const specs = containers.map((each) => ({ name: each, volumeMounts }));
    const running: RunningContainer = {
      pod: { object: aPodObject(name, uid, app, specs, options.spec ?? {}) },
      spec: { name: container, volumeMounts },
      attempt,
      startedAt: this.sim.now,
      config,
    };
    this.#running.set(`${uid}/${container}`, running);
    this.sim.command(() => this.apps.containerStarted(running));
  }

  end(container = "main", name = "web"): void {
    this.sim.command(() => this.#end(`uid-${name}`, container));
  }

  /** The volume gets this version of its one file. */
  write(ordinal: number, name = "web", sourceFile = "password"): void {
    const content = contentOf(ordinal);
    this.sim.command(() => {
      this.volumes.write(`uid-${name}`, "secrets", {
        files: [
          {
            path: sourceFile,
            bytes: utf8ToBytes(`v${ordinal}`),
            mode: 0o644,
            content,
          },
        ],
        writer: "kubelet",
        kubernetesMinor: 35,
        triggers: [],
        at: "node-0/kubelet",
      });
    });
  }

  setSecret(name: string, value: string): void {
    this.sim.command(() => this.vaults.setSecret("kvdemo", name, { value }));
  }

  /** Breaks the vault from now until an instant of the room. */
  fault(effect: FaultEffect, until: string): void {
    const fault = { operation: null, object: null, effect };
    this.sim.command(() =>
      this.vaults.fault("kvdemo", fault, START + durationMs(until)),
    );
  }

  /** Runs everything due by `100s` after the start. */
  until(when: string): this {
    this.sim.runUntil(START + durationMs(when));
    return this;
  }

  /** As `until`, but a command then still acts before everything due. */
  before(when: string): this {
    this.sim.runBefore(START + durationMs(when));
    return this;
  }

  /** What happened so far to applications, runs taken apart, by time and in order. */
  seen(...types: readonly string[]): Seen[] {
    return [...this.#facts, ...this.sim.trace.openRuns()]
      .filter((fact) => types.includes(fact.type))
      .sort((a, b) => a.seq - b.seq)
      .flatMap((fact) => [...instances(fact)])
      .map(({ t, fact, causes }) => ({
        at: formatDuration(t - START),
        type: fact.type,
        data: fact.data,
        causes,
      }))
      .sort((a, b) => durationMs(a.at) - durationMs(b.at));
  }

  /** `1@0s 3@300s`: which versions a program held from when on. */
  get held(): string {
    return this.seen("app.holds")
      .map(({ at, data }) => `${data["ordinal"] as number}@${at}`)
      .join(" ");
  }

  /** When it asked the vault with a token, and for what. */
  get asked(): string[] {
    return this.seen("vault.request")
      .filter(({ data }) => data["operation"] !== "SecretSet")
      .filter(({ data }) => data["pod"] !== null)
      .map(({ at, data }) => `${at} ${data["operation"] as string}`);
  }

  /** `seq` of the n-th fact of a type. */
  seqOf(type: string, n: number): number {
    return this.#facts.filter((fact) => fact.type === type)[n]!.seq;
  }

  #end(uid: string, container: string): void {
    this.#running.delete(`${uid}/${container}`);
    this.apps.containerEnded(uid, container);
  }
}

/** A version of what the room's volumes hold. */
export function contentOf(ordinal: number): ContentRef {
  return {
    object: "kvdemo/secrets/password",
    version: String(ordinal).padStart(32, "0"),
    ordinal,
    form: "as-is",
    from: 0,
  };
}

/** A container whose one variable came from a Secret. */
export function withVariable(name: string, ordinal: number): ContainerConfig {
  const origin = {
    source: "Secret/app",
    key: "password",
    resourceVersion: "7",
    content: contentOf(ordinal),
  };
  return { env: [{ name, value: "x", origin }], pinned: [] };
}

const TOKEN: TokenClaims = {
  aud: "https://vault.azure.net",
  iss: "https://sts.windows.net/8d1f0000-0000-4000-8000-000000000001/",
  tid: "8d1f0000-0000-4000-8000-000000000001",
  oid: "11111111-2222-4333-8444-555555555555",
  appid: "66666666-7777-4888-9999-000000000000",
  appidacr: "2",
  idtyp: "app",
  exp: EXPIRES,
};

export function aToken(claims: Partial<TokenClaims>): TokenClaims {
  return { ...TOKEN, ...claims };
}

function aPodObject(
  name: string,
  uid: string,
  app: string | JsonObject,
  containers: JsonValue,
  spec: JsonObject,
): ApiObject {
  const text = typeof app === "string" ? app : JSON.stringify(app);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2024-04-29T09:00:00Z",
      annotations: { "keyturn.dev/app": text },
    },
    spec: { containers, ...spec },
  };
}
