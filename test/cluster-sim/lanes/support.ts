/** Lanes beside a vault, Entra ID and an API server, without latencies unless a test gives some; `start` is instant 0. */
import {
  AZURE_LANE_PRODUCTS,
  EntraTokens,
} from "../../../src/azure-mock/index.ts";
import {
  ApiServer,
  LANE_PRODUCTS,
  Lanes,
} from "../../../src/cluster-sim/index.ts";
import type { LaneKind, LaneSpec } from "../../../src/cluster-sim/index.ts";
import { base64ToBytes, bytesToUtf8 } from "../../../src/kernel/bytes.ts";
import { ValueBook } from "../../../src/kernel/content.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { SECOND_MS } from "../../../src/kernel/time.ts";
import type { DurationMs, EpochMs } from "../../../src/kernel/time.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import { instances } from "../../../src/kernel/trace.ts";
import { KeyVault } from "../../../src/keyvault-mock/index.ts";

export const START = Date.parse("2024-04-29T09:00:00Z");
export const VAULT = "kvdemo";

export interface LaneWorldOptions {
  readonly seed?: number;
  readonly backend?: MachineBackend;
  readonly vaultMs?: DurationMs;
  readonly entraMs?: DurationMs;
  readonly apiMs?: DurationMs;
  readonly watchMs?: DurationMs;
}

/** A lane of this product with a target where it needs one, and phase 0. */
export function aLane(kind: LaneKind, given: Partial<LaneSpec> = {}): LaneSpec {
  const all = [...LANE_PRODUCTS, ...AZURE_LANE_PRODUCTS];
  const product = all.find((each) => each.kind === kind)!;
  return {
    name: "lane",
    kind,
    vault: VAULT,
    secret: "password",
    version: null,
    everyMs: null,
    jitterMs: 0,
    phaseMs: 0,
    target:
      product.publishes === "secret"
        ? { namespace: "default", secret: "app", key: "password" }
        : null,
    refreshPolicy: null,
    ...given,
  };
}

export class LaneWorld {
  readonly sim: Simulation;
  readonly vaults: KeyVault;
  readonly entra: EntraTokens;
  readonly server: ApiServer;
  readonly lanes: Lanes;
  readonly facts: Fact[] = [];

  constructor(options: LaneWorldOptions = {}) {
    const { seed = 1, backend = "table" } = options;
    const { vaultMs = 0, entraMs = 0, apiMs = 0, watchMs = 0 } = options;
    const sim = new Simulation({ seed, start: START });
    this.sim = sim;
    sim.trace.addSink({ fact: (fact) => this.facts.push(fact) });
    const values = sim.add(new ValueBook());
    const vault = { latencyMs: vaultMs, anyTenant: true };
    const entra = {
      latencyMs: entraMs,
      federatedCredential: "present",
      vmIdentity: "assigned",
      podIdentityBinding: "present",
      clientSecret: "valid",
      tokenProxy: "running",
    } as const;
    const api = { latencyMs: apiMs, watchLatencyMs: watchMs };
    this.vaults = sim.add(new KeyVault({ sim, values, config: () => vault }));
    this.entra = sim.add(new EntraTokens({ sim, config: () => entra }));
    this.server = sim.add(new ApiServer({ sim, values, config: () => api }));
    this.lanes = sim.add(
      new Lanes({
        sim,
        api: (caller) => this.server.client(caller),
        vaults: this.vaults,
        tokens: this.entra,
        values,
        backend,
        products: [...LANE_PRODUCTS, ...AZURE_LANE_PRODUCTS],
      }),
    );
    sim.command(() => {
      this.server.bootstrap();
      this.vaults.createVault({ name: VAULT, access: { mode: "open" } });
      this.vaults.setSecret(VAULT, "password", { value: "v1" });
    });
  }

  /** Begins a lane now; throws where it is refused. */
  lane(kind: LaneKind, given: Partial<LaneSpec> = {}): this {
    const outcome = this.sim.command(() =>
      this.lanes.create(aLane(kind, given)),
    );
    if (!outcome.ok) throw new Error(outcome.error);
    return this;
  }

  /** Runs to so many seconds after the start, then acts before everything that is due there. */
  at(seconds: number, act: () => unknown): this {
    this.sim.runBefore(START + seconds * SECOND_MS);
    this.sim.command(act);
    return this;
  }

  /** A new version of the secret, so many seconds after the start. */
  setAt(seconds: number, value: string): this {
    return this.at(seconds, () =>
      this.vaults.setSecret(VAULT, "password", { value }),
    );
  }

  /** Two rotations as the reference's worked timelines have them. */
  rotated(): this {
    return this.setAt(100, "v2").setAt(130, "v3");
  }

  /** Runs everything that is due up to and at so many seconds after the start. */
  until(seconds: number): this {
    this.sim.runUntil(START + seconds * SECOND_MS);
    return this;
  }

  /** Everything that happened so far, repetitions taken apart, in order of time. */
  happened(type: string): {
    readonly t: EpochMs;
    readonly data: JsonObject;
    readonly fact: Fact;
  }[] {
    return [...this.facts, ...this.sim.trace.openRuns()]
      .filter((fact) => fact.type === type)
      .flatMap((fact) => [...instances(fact)])
      .map(({ t, fact }) => ({ t, data: fact.data, fact }))
      .sort((a, b) => a.t - b.t);
  }

  /** `[seconds after the start, trigger, outcome]` of every pass. */
  get passes(): (readonly [number, string, string])[] {
    return this.happened("lane.pass").map(({ t, data }) => [
      (t - START) / SECOND_MS,
      data["trigger"] as string,
      data["outcome"] as string,
    ]);
  }

  /** `[seconds after the start, version]` of everything that the lane's end ever held. */
  get held(): (readonly [number, string])[] {
    return this.happened("lane.holds").map(({ t, data }) => [
      (t - START) / SECOND_MS,
      `v${data["ordinal"] as number}`,
    ]);
  }

  /** Reads of the secret that were answered. */
  get reads(): number {
    return this.happened("vault.request").filter(
      ({ data }) => data["operation"] === "SecretGet" && data["status"] === 200,
    ).length;
  }

  /** What the target Secret has under the lane's key; null: nothing. */
  get published(): string | null {
    const stored = this.server.read("Secret", "default", "app");
    const data = stored?.object["data"] as Record<string, string> | undefined;
    const value = data?.["password"];
    return value === undefined ? null : bytesToUtf8(base64ToBytes(value));
  }
}
