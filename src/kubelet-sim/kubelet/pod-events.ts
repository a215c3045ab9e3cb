/**
 * The Events that a kubelet tells about its pods, with the words of its version.
 *
 * Source: kubernetes/kubernetes v1.25-v1.36 pkg/kubelet/events/event.go, pkg/kubelet/images/image_manager.go,
 *         pkg/kubelet/kuberuntime/{kuberuntime_container,kuberuntime_manager}.go, pkg/kubelet/kubelet.go; kubelet.md 8.4, 8.5, 8.7
 * Simplification: Every image counts as present on the node, whatever its pull policy: no image is ever pulled.
 */
import type {
  EventObject,
  EventRecorderState,
} from "../../cluster-sim/client/index.ts";
import {
  EventRecorder,
  eventObject,
  newEventRecorderState,
} from "../../cluster-sim/client/index.ts";
import type { ApiClient, Stored } from "../../cluster-sim/ports.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type { ContainerEvent, NodeConfig } from "../ports.ts";

import { isInit } from "./container-facts.ts";

export interface PodEventsOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly api: ApiClient;
  readonly config: () => NodeConfig;
}

/** The kubelet's event recorder, and which object each Event is about. */
export class PodEvents implements Component {
  readonly name: string;
  state: EventRecorderState = newEventRecorderState();
  readonly #recorder: EventRecorder;
  readonly #node: string;

  constructor({ sim, node, api, config }: PodEventsOptions) {
    this.name = `${node}/kubelet/events`;
    this.#node = node;
    this.#recorder = new EventRecorder({
      sim,
      client: api,
      at: `${node}/kubelet`,
      component: "kubelet",
      host: node,
      minor: () => config().kubernetesMinor,
    });
  }

  handle(): void {
    // Nothing is ever scheduled for the events.
  }

  pod({ object }: Stored, event: ContainerEvent): void {
    this.#emit(eventObject(object), event);
  }

  container(pod: Stored, container: string, event: ContainerEvent): void {
    const list = isInit(pod, container) ? "initContainers" : "containers";
    const fieldPath = `spec.${list}{${container}}`;
    this.#emit({ ...eventObject(pod.object), fieldPath }, event);
  }

  /** About the node itself, which kubelets refer to by its name as if it were a uid. */
  node(event: ContainerEvent): void {
    const name = this.#node;
    this.#emit(
      { apiVersion: "v1", kind: "Node", namespace: "", name, uid: name },
      event,
    );
  }

  /** A new process counts afresh; the names of Events go on, so that none is given twice. */
  restart(): void {
    const counted = [...this.state.objects].map(
      ([uid, { names }]) =>
        [uid, { series: new Map(), buckets: new Map(), names }] as const,
    );
    this.state = { objects: new Map(counted) };
  }

  #emit(object: EventObject, { type, reason, message }: ContainerEvent): void {
    this.#recorder.emit(this.state, { object, type, reason, message });
  }
}

function normal(reason: string, message: string): ContainerEvent {
  return { type: "Normal", reason, message };
}

function warning(reason: string, message: string): ContainerEvent {
  return { type: "Warning", reason, message };
}

/** From this minor version on texts name containers after a colon. */
const COLON_MINOR = 29;
/** From this minor version on texts of a container leave its name to the field path. */
const SHORT_MINOR = 35;

export function pulled(image: string, kubernetesMinor: number): ContainerEvent {
  const access =
    kubernetesMinor >= SHORT_MINOR ? " and can be accessed by the pod" : "";
  return normal(
    "Pulled",
    `Container image "${image}" already present on machine${access}`,
  );
}

export function created(container: string, minor: number): ContainerEvent {
  if (minor >= SHORT_MINOR) return normal("Created", "Container created");
  const colon = minor >= COLON_MINOR ? ":" : "";
  return normal("Created", `Created container${colon} ${container}`);
}

export function started(container: string, minor: number): ContainerEvent {
  return minor >= SHORT_MINOR
    ? normal("Started", "Container started")
    : normal("Started", `Started container ${container}`);
}

export function killing(container: string): ContainerEvent {
  return normal("Killing", `Stopping container ${container}`);
}

export function definitionChanged(container: string): ContainerEvent {
  return normal(
    "Killing",
    `Container ${container} definition changed, will be restarted`,
  );
}

export function createFailed(message: string): ContainerEvent {
  return warning("Failed", `Error: ${message}`);
}

export function crashing(container: string, pod: Stored): ContainerEvent {
  return warning(
    "BackOff",
    `Back-off restarting failed container ${container} in pod ${podText(pod)}`,
  );
}

export const SANDBOX_CHANGED = normal(
  "SandboxChanged",
  "Pod sandbox changed, it will be killed and re-created.",
);

export function networkNotReady(text: string): ContainerEvent {
  return warning("NetworkNotReady", text);
}

export function rebooted(node: string, bootId: string): ContainerEvent {
  return warning(
    "Rebooted",
    `Node ${node} has been rebooted, boot id: ${bootId}`,
  );
}

export function deadlineExceeded(message: string): ContainerEvent {
  return normal("DeadlineExceeded", message);
}

export function mountFailed(message: string): ContainerEvent {
  return warning("FailedMount", message);
}

/** `web_default(4c1e…)` */
export function podText({ object }: Stored): string {
  const { name, namespace = "", uid } = object.metadata;
  return `${name}_${namespace}(${uid})`;
}

/** Whole seconds as Go prints a duration: `40s`, `1m20s`, `5m0s`. */
export function goDuration(ms: DurationMs): string {
  const seconds = Math.floor(ms / SECOND_MS);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  const rest = `${minutes % 60}m${seconds % 60}s`;
  return hours === 0 ? rest : `${hours}h${rest}`;
}
