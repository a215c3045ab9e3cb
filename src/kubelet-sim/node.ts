/**
 * One node put together: kubelet, secret manager, volume manager, CSI driver and Azure provider, connected as the real
 * processes are. The node's arrows are all here.
 */
import type {
  ApiClient,
  TokenSource,
  VaultClient,
} from "../cluster-sim/ports.ts";
import type { ValueBook } from "../kernel/content.ts";
import type { Simulation } from "../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import { AzureProvider } from "./csi-driver/azure-provider/index.ts";
import { CsiDriver } from "./csi-driver/driver.ts";
import { Kubelet } from "./kubelet/kubelet.ts";
import { SecretManager } from "./kubelet/secret-manager.ts";
import { VolumeManager } from "./kubelet/volume-manager.ts";
import { NodeVolumes } from "./node-volumes.ts";
import { drawPhases } from "./phases.ts";
import type { NodeOptions } from "./ports.ts";

export interface NodeParts extends NodeOptions {
  readonly sim: Simulation;
  /** A connection of the API server for a caller of this node. */
  readonly api: (caller: string) => ApiClient;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  readonly providerVersion: () => string;
}

export class Node {
  readonly name: string;
  readonly volumes: NodeVolumes;
  readonly #driver: CsiDriver;
  readonly #kubelet: Kubelet;

  constructor(parts: NodeParts) {
    const { sim, node, values, vaults, tokens } = parts;
    this.name = node;
    this.volumes = sim.add(new NodeVolumes(sim, node));
    const provider = sim.add(
      new AzureProvider({
        sim,
        node,
        nodeIp: parts.ip,
        vaults,
        tokens,
        values,
        config: () => ({ version: parts.providerVersion() }),
      }),
    );
    this.#driver = sim.add(
      new CsiDriver({
        ...parts,
        api: parts.api(`${node}/csi-driver`),
        volumes: this.volumes,
        provider,
      }),
    );
    const kubeletApi = parts.api(`${node}/kubelet`);
    const secrets = sim.add(new SecretManager({ ...parts, api: kubeletApi }));
    const phases = drawPhases(sim.draws, node, 0);
    const volumes = sim.add(
      new VolumeManager({
        ...parts,
        phases: () => this.#kubelet.state.phases,
        secrets,
        csi: this.#driver.service,
        volumes: this.volumes,
      }),
    );
    this.#kubelet = sim.add(
      new Kubelet({ ...parts, api: kubeletApi, secrets, volumes, phases }),
    );
    volumes.listener = this.#kubelet;
    secrets.onRead = (key, read) => volumes.secretRead(key, read);
  }

  /** Starts the node's processes, which have run for a while when the world begins. Call once. */
  start(): void {
    this.#driver.startWarm();
    this.#kubelet.start();
  }

  /** Replaces the driver's process. */
  restartDriver(at: EpochMs, downFor: DurationMs): void {
    this.#driver.restart(at, downFor);
  }
}
