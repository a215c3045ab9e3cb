/**
 * One kubelet put together from its parts, as `NewMainKubelet` does it. The arrows between the parts are all here.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet.go (NewMainKubelet)
 */
import type { ApiClient } from "../../cluster-sim/ports.ts";
import type { ValueBook } from "../../kernel/content.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { NodeVolumes } from "../node-volumes.ts";
import type { NodePhases } from "../phases.ts";
import type { CsiNode, NodeOptions } from "../ports.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { Kubelet } from "./kubelet.ts";
import { Kuberuntime } from "./kuberuntime.ts";
import { ObjectManager } from "./object-manager.ts";
import { Pleg } from "./pleg.ts";
import { PodEvents } from "./pod-events.ts";
import { PodManager } from "./pod-manager.ts";
import { KubeletPodSources } from "./pod-sources.ts";
import { Readiness } from "./readiness.ts";
import { TokenManager } from "./service-account-token.ts";
import { SourceReader } from "./source-reader.ts";
import { StatusManager } from "./status-manager.ts";
import { VolumeManager } from "./volume-manager.ts";
import { WorkQueue } from "./work-queue.ts";

export interface MakeKubeletOptions extends NodeOptions {
  readonly sim: Simulation;
  readonly api: ApiClient;
  readonly csi: CsiNode;
  readonly volumes: NodeVolumes;
  readonly values: ValueBook;
  readonly runtime: ContainerRuntime;
}

/** Adds the kubelet and all its parts to the simulation; it runs once it is started. */
export function makeKubelet(options: MakeKubeletOptions): Kubelet {
  const { sim, node, api, config, runtime } = options;
  const phases = (): NodePhases => kubelet.state.phases;
  const secrets = sim.add(new ObjectManager({ ...options, kind: "Secret" }));
  const configMaps = sim.add(
    new ObjectManager({ ...options, kind: "ConfigMap" }),
  );
  const tokens = sim.add(new TokenManager(options));
  const managers = { secrets, configMaps, tokens };
  const reader = new SourceReader(managers);
  const sources = sim.add(
    new KubeletPodSources({ ...options, ...managers, reader }),
  );
  const volumes = sim.add(new VolumeManager({ ...options, phases, reader }));
  const events = sim.add(new PodEvents({ sim, node, api, config }));
  const statuses = sim.add(
    new StatusManager({ sim, node, api, phase: () => phases().statusPass }),
  );
  const readiness = sim.add(new Readiness({ sim, node }));
  const pleg = sim.add(new Pleg({ sim, node, runtime, phases }));
  const kuberuntime = sim.add(new Kuberuntime({ ...options, sources, events }));
  const pods = sim.add(new PodManager({ sim, node, api }));
  const queue = new WorkQueue({ sim, node, config, phases });
  const kubelet: Kubelet = sim.add(
    new Kubelet({
      ...options,
      sources,
      volumes,
      kuberuntime,
      pleg,
      readiness,
      statuses,
      events,
      queue,
      pods,
    }),
  );
  volumes.listener = kubelet;
  kuberuntime.listener = kubelet;
  pods.listener = kubelet;
  return kubelet;
}
