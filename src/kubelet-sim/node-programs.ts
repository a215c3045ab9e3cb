/**
 * A node's containers that run a program of the control plane (Reloader, Wave): who hosts such programs is told when one
 * starts, with what it was started with, and when it ends, however it does.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/container/helpers.go (ExpandContainerCommandAndArgs)
 * Simplification: A program is known by its container's image alone; the first word of a `command` does not change which program runs, its further words are arguments.
 */
import type { ProgramHost, ProgramProcess } from "../cluster-sim/ports.ts";
import type { Component } from "../kernel/simulation.ts";
import { expand } from "./kubelet/expansion.ts";
import { specOf } from "./pod-spec.ts";
import type { RunningContainer } from "./ports.ts";

export class NodePrograms implements Component {
  readonly name: string;
  /** Ids of the processes that run, by pod uid and container name. */
  state = new Map<string, Map<string, string>>();
  readonly #host: ProgramHost;

  constructor(node: string, host: ProgramHost) {
    this.name = `${node}/programs`;
    this.#host = host;
  }

  handle(): void {
    // Nothing is ever scheduled: the host runs the programs.
  }

  started(running: RunningContainer): void {
    const { pod, spec } = running;
    if (!this.#host.knows(spec.image ?? "")) return;
    const { uid } = pod.object.metadata;
    const process = processOf(running);
    const ids = this.state.get(uid) ?? new Map<string, string>();
    this.state.set(uid, ids.set(spec.name, process.id));
    this.#host.started(process);
  }

  /** A container that runs no such program is no matter. */
  ended(uid: string, container: string): void {
    const ids = this.state.get(uid);
    const id = ids?.get(container);
    if (ids === undefined || id === undefined) return;
    ids.delete(container);
    if (ids.size === 0) this.state.delete(uid);
    this.#host.ended(id);
  }
}

function processOf({
  pod,
  spec,
  attempt,
  config,
}: RunningContainer): ProgramProcess {
  const { namespace = "", name, uid } = pod.object.metadata;
  const { serviceAccountName = "default" } = specOf(pod.object);
  const env = Object.fromEntries(
    config.env.map((variable) => [variable.name, variable.value]),
  );
  const { command = [], args = [] } = spec;
  const words = [...command.slice(1), ...args];
  return {
    id: `${uid}/${spec.name}/${attempt}`,
    namespace,
    pod: name,
    serviceAccount: serviceAccountName,
    image: spec.image ?? "",
    args: words.map((word) => expand(word, (key) => env[key] ?? null)),
    env,
  };
}
