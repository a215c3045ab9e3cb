/** A container on a node of its own, and commands in it: `aContainer` makes one whose volumes tests write themselves. */
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { utf8ToBytes } from "../../../src/kernel/bytes.ts";
import type { ContentRef } from "../../../src/kernel/content.ts";
import { ValueBook } from "../../../src/kernel/content.ts";
import { sha256Hex } from "../../../src/kernel/hash.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { parseInstant, SECOND_MS } from "../../../src/kernel/time.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import { execOutput } from "../../../src/kubelet-sim/exec/exec-output.ts";
import { ExecService } from "../../../src/kubelet-sim/exec/exec-service.ts";
import type { PodFile } from "../../../src/kubelet-sim/node-volumes.ts";
import { NodeVolumes } from "../../../src/kubelet-sim/node-volumes.ts";
import type {
  ContainerConfig,
  RunningContainer,
} from "../../../src/kubelet-sim/ports.ts";

export const UID = "uid-1";
const START = parseInstant("2024-04-29T09:00:00Z")!;

export interface ContainerOptions {
  /** Environment of the pod, literals. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files of a volume `store` at /mnt/store. */
  readonly store?: Readonly<Record<string, string>>;
  /** More of the container's spec. */
  readonly container?: JsonObject;
  /** More of the pod's spec. */
  readonly spec?: JsonObject;
  readonly config?: Partial<ContainerConfig>;
  readonly hostname?: string;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Null while it runs. */
  readonly exitCode: number | null;
}

export class TestContainer {
  readonly sim = new Simulation({ seed: 1, start: START });
  readonly values: ValueBook;
  readonly volumes: NodeVolumes;
  readonly service: ExecService;
  readonly facts: Fact[] = [];
  running: RunningContainer | null;
  #execs = 0;

  constructor(options: ContainerOptions) {
    const { sim } = this;
    sim.trace.addSink({ fact: (fact) => void this.facts.push(fact) });
    this.values = sim.add(new ValueBook());
    this.volumes = sim.add(new NodeVolumes(sim, "node-0"));
    this.running = runningContainer(options);
    const containers = {
      runningContainer: (uid: string, container: string) =>
        uid === UID && container === "main" ? this.running : null,
    };
    const { values, volumes } = this;
    const parts = { sim, node: "node-0", containers, volumes, values };
    this.service = sim.add(new ExecService(parts));
    this.volumes.mount({
      namespace: "default",
      pod: "web",
      uid: UID,
      volume: "store",
      kind: "secret",
    });
    this.write(options.store ?? {});
  }

  /** Writes the volume `store` as the kubelet would. */
  write(files: Readonly<Record<string, string>>): void {
    const outcome = this.sim.command(() =>
      this.volumes.write(UID, "store", {
        files: Object.entries(files).map(([path, text]) =>
          this.file(path, text),
        ),
        writer: "kubelet",
        kubernetesMinor: 35,
        triggers: [],
        at: "node-0/kubelet",
      }),
    );
    if (!outcome.ok) throw new Error(outcome.error);
  }

  /** A file that a fact brought, its value in the value book. */
  file(path: string, text: string): PodFile {
    // By the text, so that a restored container counts as the old one did.
    const ordinal = text.length;
    const ref: ContentRef = {
      object: `kv/secrets/${path}`,
      version: sha256Hex(text).slice(0, 32),
      ordinal,
      form: "as-is",
      from: this.sim.trace.record({
        type: "vault.secret.set",
        at: "kv",
        about: path,
        data: {},
      }),
    };
    const bytes = utf8ToBytes(text);
    this.values.put(ref, bytes);
    return { path, bytes, mode: 0o644, content: ref };
  }

  /** Starts a command and returns its name; nothing has run yet. */
  start(...command: readonly string[]): string {
    const exec = `exec-${++this.#execs}`;
    const request = { uid: UID, container: "main", exec, command };
    const answer = this.sim.command(() => this.service.start(request));
    if (!answer.ok) throw new Error(answer.error);
    return exec;
  }

  /** Runs a command for a while, 0 s unless told. */
  run(command: readonly string[], forMs = 0): Ran {
    const exec = this.start(...command);
    this.advance(forMs);
    return this.ran(exec);
  }

  /** Runs a script as `sh -c`. */
  sh(script: string, forMs = 0): Ran {
    return this.run(["sh", "-c", script], forMs);
  }

  /** What a script prints that must end well. */
  prints(script: string): string {
    const { stdout, stderr, exitCode } = this.sh(script);
    if (exitCode !== 0 || stderr !== "")
      throw new Error(`${script}: exit code ${exitCode}, ${stderr}`);
    return stdout;
  }

  advance(ms: number): void {
    this.sim.runUntil(this.sim.now + ms);
  }

  ran(exec: string): Ran {
    const own = this.facts.filter(({ data }) => data["exec"] === exec);
    const finished = own.find(({ type }) => type.endsWith(".finished"));
    return {
      stdout: execOutput(this.values, own, "stdout"),
      stderr: execOutput(this.values, own, "stderr"),
      exitCode: (finished?.data["exitCode"] as number | undefined) ?? null,
    };
  }

  /** When each piece of a stream was printed, in seconds after the start, and the piece. */
  pieces(exec: string, stream = "stdout"): [seconds: number, text: string][] {
    return this.facts
      .filter(({ type }) => type === "container.exec.output")
      .filter(({ data }) => data["exec"] === exec && data["stream"] === stream)
      .map((fact) => [
        (fact.t - START) / SECOND_MS,
        execOutput(this.values, [fact]),
      ]);
  }

  of(type: string): Fact[] {
    return this.facts.filter((fact) => fact.type === type);
  }
}

export function aContainer(options: ContainerOptions = {}): TestContainer {
  return new TestContainer(options);
}

function runningContainer(options: ContainerOptions): RunningContainer {
  const { env = {}, container = {}, spec = {}, config = {} } = options;
  const own = {
    name: "main",
    image: "busybox",
    volumeMounts: [{ name: "store", mountPath: "/mnt/store", readOnly: true }],
    ...container,
  };
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      namespace: "default",
      uid: UID,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2024-04-29T09:00:00Z",
    },
    spec: {
      containers: [own],
      volumes: [{ name: "store", secret: { secretName: "app" } }],
      ...spec,
    },
    status: { podIP: "10.244.0.5" },
  };
  const variables = Object.entries(env).map(([name, value]) => ({
    name,
    value,
    origin: null,
  }));
  return {
    pod: { object } satisfies Stored,
    spec: own,
    attempt: 0,
    startedAt: START,
    config: { env: variables, pinned: [], ...config },
  };
}
