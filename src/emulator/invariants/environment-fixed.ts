/**
 * Environment values and pinned files change only with a new container: both stand in `container.created` alone, and a
 * container is created only in a pod that a kubelet has and after the one before it has ended; its attempt is the next
 * one. It pins what its volumes hold at that instant. It is started once, ends once, is ready only while it runs, and
 * commands run in it only while it runs, and so does its program, which reads of its environment what it was given. No container outlives its node's processes.
 *
 * A container that was created and never started leaves no trace: its attempt is given again.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

type ContainerLife = {
  attempt: number;
  state: "created" | "running" | "exited";
  /** What it was given, by variable: object and version. */
  readonly variables: ReadonlyMap<string, string>;
};

type PodLife = {
  readonly node: string;
  /** By container name. */
  readonly containers: Map<string, ContainerLife>;
  /** Files by volume, as they were written last. */
  readonly volumes: Map<string, readonly FileFact[]>;
};

/** A command that runs in a container. */
type Execution = { readonly uid: string; readonly container: string };

interface EnvironmentState {
  /** By uid, while the kubelet has the pod. */
  pods: Map<string, PodLife>;
  /** By the name of the execution. */
  executions: Map<string, Execution>;
  /** Executions that have ended. */
  finished: Set<string>;
}

type ContainerFact = FactNamed<
  | "container.created"
  | "container.started"
  | "container.exited"
  | "container.ready"
>;
type ExecFact = FactNamed<
  "container.exec.started" | "container.exec.output" | "container.exec.finished"
>;

export class EnvironmentFixed implements Invariant {
  readonly name = "environment-fixed";
  state: EnvironmentState = {
    pods: new Map(),
    executions: new Map(),
    finished: new Set(),
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { pods } = this.state;
    switch (any.type) {
      case "kubelet.pod.added":
        pods.set(any.data.uid, {
          node: any.data.node,
          containers: new Map(),
          volumes: new Map(),
        });
        return;
      case "node.started":
        return this.#rebooted(any);
      case "kubelet.pod.gone":
        pods.delete(any.data.uid);
        return;
      case "volume.switched":
      case "volume.verified":
        pods.get(any.data.uid)?.volumes.set(any.data.volume, any.data.files);
        return;
      case "volume.unmounted":
        pods.get(any.data.uid)?.volumes.delete(any.data.volume);
        return;
      case "container.created":
        return this.#created(any);
      case "container.started":
        return this.#started(any);
      case "container.exited":
        return this.#exited(any);
      case "container.ready":
        if (any.data.ready) this.#mustRun(any, "is ready");
        return;
      case "container.exec.started":
      case "container.exec.output":
      case "container.exec.finished":
        return this.#exec(any);
      case "app.holds":
        return this.#programHolds(any);
      default:
        return;
    }
  }

  #rebooted(fact: FactNamed<"node.started">): void {
    const { node } = fact.data;
    for (const [uid, pod] of this.state.pods)
      for (const [container, { state }] of pod.containers)
        if (pod.node === node && state === "running")
          throw violation(
            "ContainerLife",
            `container ${container} of pod uid ${uid} runs although ${node} was down`,
            placeOfFact(fact),
          );
  }

  #created(fact: FactNamed<"container.created">): void {
    const { uid, container, attempt, pinned } = fact.data;
    const pod = this.state.pods.get(uid);
    if (pod === undefined)
      throw broken(fact, "was created although no kubelet has the pod");
    const before = pod.containers.get(container);
    if (before?.state === "running")
      throw broken(
        fact,
        `was created while attempt ${before.attempt} was running`,
      );
    const next = nextAttempt(before);
    if (attempt !== next)
      throw broken(fact, `was created as attempt ${attempt}, not ${next}`);
    for (const file of pinned)
      if (!holds(pod.volumes.get(file.volume) ?? [], file))
        throw broken(
          fact,
          `pinned v${file.ordinal} of ${file.object} at ${file.path}, which its volume ${file.volume} does not hold`,
        );
    const variables = new Map(
      fact.data.variables.map((held) => [held.variable, heldText(held)]),
    );
    pod.containers.set(container, { attempt, state: "created", variables });
  }

  #started(fact: FactNamed<"container.started">): void {
    const life = this.#lifeOf(fact, fact.data.attempt);
    if (life?.state !== "created")
      throw broken(
        fact,
        `was started as attempt ${fact.data.attempt}, which ${stateText(life)}`,
      );
    life.state = "running";
  }

  #exited(fact: FactNamed<"container.exited">): void {
    const life = this.#lifeOf(fact, fact.data.attempt);
    if (life?.state !== "running")
      throw broken(
        fact,
        `ended as attempt ${fact.data.attempt}, which ${stateText(life)}`,
      );
    life.state = "exited";
  }

  #exec(fact: ExecFact): void {
    const { executions, finished } = this.state;
    const { exec, uid, container } = fact.data;
    if (fact.type === "container.exec.started") {
      this.#mustRun(fact, `runs the command ${exec}`);
      if (executions.has(exec) || finished.has(exec))
        throw broken(fact, `runs the command ${exec} a second time`);
      executions.set(exec, { uid, container });
      return;
    }
    const running = executions.get(exec);
    if (running?.uid !== uid || running.container !== container)
      throw broken(fact, `says that the command ${exec} runs in it`);
    if (fact.type === "container.exec.output")
      return this.#mustRun(fact, `prints what the command ${exec} says`);
    executions.delete(exec);
    finished.add(exec);
  }

  /** A program holds something while its container runs; of its environment, what the container was given. */
  #programHolds(fact: FactNamed<"app.holds">): void {
    const { uid, container, reads } = fact.data;
    const life = this.state.pods.get(uid)?.containers.get(container) ?? null;
    if (life?.state !== "running")
      throw broken(
        fact,
        `has a program that reads ${reads} although it ${stateText(life)}`,
      );
    if (!reads.startsWith(VARIABLE)) return;
    const variable = reads.slice(VARIABLE.length);
    if (life.variables.get(variable) !== heldText(fact.data))
      throw broken(
        fact,
        `has a program that holds v${fact.data.ordinal} of ${fact.data.object} from ${variable}, which was not given that`,
      );
  }

  /** Null when there is no such attempt. */
  #lifeOf(
    { data: { uid, container } }: ContainerFact,
    attempt: number,
  ): ContainerLife | null {
    const life = this.state.pods.get(uid)?.containers.get(container);
    return life?.attempt === attempt ? life : null;
  }

  #mustRun(fact: ContainerFact | ExecFact, what: string): void {
    const { uid, container } = fact.data;
    const life = this.state.pods.get(uid)?.containers.get(container) ?? null;
    if (life?.state !== "running")
      throw broken(fact, `${what} although it ${stateText(life)}`);
  }
}

/** How facts name a variable that a program reads. */
const VARIABLE = "env ";

function heldText({
  object,
  version,
  form,
}: Pick<FileFact, "object" | "version" | "form">): string {
  return `${object} ${version} ${form}`;
}

function nextAttempt(before: ContainerLife | undefined): number {
  if (before === undefined) return 0;
  return before.state === "created" ? before.attempt : before.attempt + 1;
}

function stateText(life: ContainerLife | null): string {
  switch (life?.state) {
    case "created":
      return "was not started";
    case "running":
      return "is running";
    case "exited":
      return "has ended";
    default:
      return "was not created";
  }
}

function holds(
  files: readonly FileFact[],
  { object, version, form }: Omit<FileFact, "path">,
): boolean {
  return files.some(
    (file) =>
      file.object === object && file.version === version && file.form === form,
  );
}

function broken(
  fact: ContainerFact | ExecFact | FactNamed<"app.holds">,
  why: string,
) {
  const { namespace, name, container } = fact.data;
  return violation(
    "ContainerLife",
    `container ${container} of ${namespace}/${name} ${why}`,
    placeOfFact(fact),
  );
}
