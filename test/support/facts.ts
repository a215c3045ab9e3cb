/**
 * Hand-made runs for everything that reads a trace: facts told to the real recorder at chosen instants, so that runs
 * fold as they do in a world. `aRun` starts one; its methods say what happened; `end` closes it and feeds the readers.
 */
import { Recorder } from "../../src/kernel/trace.ts";
import type { Cause, Fact } from "../../src/kernel/trace.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { durationMs } from "../../src/kernel/time.ts";
import type { EpochMs } from "../../src/kernel/time.ts";
import type {
  EnvironmentFact,
  MountFact,
  VolumeFact,
} from "../../src/kubelet-sim/facts.ts";
import { driverGeneration } from "../../src/kubelet-sim/index.ts";
import { FactIndex } from "../../src/emulator/trace/fact-index.ts";
import { SinkHistory } from "../../src/emulator/trace/sink-history.ts";
import { VaultUsage } from "../../src/emulator/trace/vault-usage.ts";
import type { SinkVersion } from "../../src/emulator/trace/versions.ts";
import type {
  Settings,
  SettingsOverride,
} from "../../src/emulator/world/settings.ts";
import { overrideSettings } from "../../src/emulator/world/settings.ts";

export const START: EpochMs = Date.UTC(2024, 3, 29, 9);

export const SETTINGS: Settings = {
  kubernetes: { minor: 35 },
  addon: {
    enableSecretRotation: true,
    rotationPollInterval: durationMs("2m"),
    syncSecret: true,
    rolloutDelay: durationMs("30s"),
    driverRestart: durationMs("3s"),
  },
  driver: {
    version: "1.5.6",
    rotationOrder: "sorted",
    requiresRepublish: "withRotation",
    tokenRequests: "azure",
    emptyVolumeHazard: false,
  },
  provider: {
    version: "1.8.2",
    constructPemChain: true,
    writeCertAndKeyInSeparateFiles: false,
  },
  identity: {
    federatedCredential: "present",
    vmIdentity: "assigned",
    podIdentityBinding: "present",
    clientSecret: "valid",
    tokenProxy: "running",
  },
  reloader: {
    installed: false,
    version: "1.4.14",
    replicas: 1,
    reloadStrategy: "env-vars",
    autoReloadAll: false,
    reloadOnCreate: false,
    reloadOnDelete: false,
    syncAfterRestart: false,
    enableHA: false,
    enableCSIIntegration: false,
  },
  downtime: {
    kubelet: 5000,
    provider: 3000,
    node: 60_000,
    apiServer: 30_000,
    reloader: 3000,
    lane: 3000,
    network: 5000,
  },
  kubelet: {
    syncFrequency: durationMs("1m"),
    configMapAndSecretChangeDetectionStrategy: "Watch",
    maxContainerRestartPeriod: durationMs("5m"),
  },
  latency: {
    vault: 25,
    entra: 40,
    apiServer: 4,
    watch: 20,
    reloader: 130,
    reloaderWorkload: 20,
    app: 10,
    database: 5,
    scheduler: 30,
    sandbox: 500,
    containerStart: 200,
    containerStop: 1000,
  },
  vault: {
    deleteTime: 4000,
    recoverTime: 4000,
    purgeTime: 10_000,
    throttling: true,
    transactionsPer10s: 4000,
    secretSetsPer10s: 300,
    keyCreatesPer10s: 20,
    subscriptionFactor: 5,
    throttledCount: false,
    retryAfter: 0,
    pricePer10kOperations: 0.03,
    pricePer10kOtherKeyOperations: 0.15,
    pricePerCertificateRenewal: 3,
    billUnauthenticated: false,
  },
};

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly workload: string;
  readonly volumes: readonly VolumeFact[];
  readonly mounts: readonly MountFact[];
  readonly environment: readonly EnvironmentFact[];
}

/** A pod that mounts the CSI volume at /mnt/secrets-store and the synced Secret's volume at /mnt/secrets-volume. */
export function aPod(parts: Partial<Pod> = {}): Pod {
  const name = parts.name ?? "busybox";
  return {
    namespace: "default",
    name,
    uid: `uid-${name}`,
    node: "node-0",
    workload: "",
    volumes: [
      { name: "secrets-store", kind: "csi", source: "azure-keyvault-wi" },
      { name: "secret-volume", kind: "secret", source: "app-secret" },
    ],
    mounts: [
      aMount({ volume: "secrets-store", mountPath: "/mnt/secrets-store" }),
      aMount({ volume: "secret-volume", mountPath: "/mnt/secrets-volume" }),
    ],
    environment: [],
    ...parts,
  };
}

/** A pod of the StatefulSet `web`: `aWebPod(0)` is `web-0`. */
export function aWebPod(ordinal: number): Pod {
  return aPod({ name: `web-${ordinal}`, workload: WEB_WORKLOAD });
}

/** How facts name that StatefulSet. */
export const WEB_WORKLOAD = "default/statefulset/web";

export function aMount(parts: Partial<MountFact>): MountFact {
  return {
    container: "busybox",
    volume: "secrets-store",
    mountPath: "/mnt/secrets-store",
    subPath: null,
    ...parts,
  };
}

/** The SecretProviderClass that `aPod` mounts. */
export const SECRET_PROVIDER_CLASS: JsonObject = {
  kind: "SecretProviderClass",
  metadata: { name: "azure-keyvault-wi", namespace: "default" },
  spec: {
    secretObjects: [
      {
        secretName: "app-secret",
        type: "Opaque",
        data: [{ key: "mysecret1", objectName: "secret1" }],
      },
    ],
  },
};

/** A version as facts name it, with the fact that made it. */
export interface Version extends SinkVersion {
  readonly set: number;
}

export class Run {
  readonly facts: Fact[] = [];
  readonly index = new FactIndex();
  readonly sinks = new SinkHistory();
  readonly usage = new VaultUsage();
  now: EpochMs = START;
  readonly #recorder = new Recorder(START, () => this.now);
  readonly #ordinals = new Map<string, number>();
  #resourceVersion = 1;

  constructor() {
    this.#recorder.addSink({
      fact: (fact) => {
        this.facts.push(fact);
        for (const sink of [this.index, this.sinks, this.usage])
          sink.fact(fact);
      },
    });
  }

  /** Goes on to an instant, as time since the start: `10m`, or milliseconds. */
  at(since: string | number): this {
    this.now = START + (typeof since === "string" ? durationMs(since) : since);
    return this;
  }

  /** Goes on by milliseconds. */
  later(ms: number): this {
    this.now += ms;
    return this;
  }

  record(
    type: string,
    data: JsonObject,
    causes: readonly Cause[] = [],
    { at = "test", about = "test" } = {},
  ): number {
    return this.#recorder.record({ type, at, about, causes, data });
  }

  repeat(
    type: string,
    about: string,
    data: JsonObject,
    causes: readonly Cause[] = [],
    at = "test",
  ): Cause {
    return this.#recorder.repeat({ type, at, about, causes, data });
  }

  settings(override: SettingsOverride): this {
    const settings = overrideSettings(SETTINGS, override);
    this.record("settings.changed", { settings: json(settings) });
    return this;
  }

  /** A command of the step `step` and the version it sets. */
  setSecret(name: string, step = ""): Version {
    const object = `kvdemo/secrets/${name}`;
    const ordinal = (this.#ordinals.get(object) ?? 0) + 1;
    this.#ordinals.set(object, ordinal);
    const version = `${name}-version-${ordinal}`;
    const command = this.record("command", {
      kind: "setSecret",
      id: step,
      target: object,
    });
    const data = { vault: "kvdemo", name, version, ordinal, enabled: true };
    const places = { at: "keyvault/kvdemo", about: object };
    const set = this.record("vault.secret.set", data, [command], places);
    return { object, version, ordinal, form: "as-is", set };
  }

  /** The driver of a node starts. */
  driver(node: string, firstTick: string | null, parts: JsonObject = {}): this {
    const data = {
      node,
      version: "1.5.6",
      rotation: firstTick !== null,
      rotationPollIntervalMs: durationMs("2m"),
      firstTickMs: firstTick === null ? null : START + durationMs(firstTick),
      ...parts,
    };
    const places = { at: `${node}/csi-driver`, about: node };
    this.record("csi.driver.started", data, [], places);
    return this;
  }

  addPod(pod: Pod): Pod {
    this.record("kubelet.pod.added", json(pod), [], onNode(pod));
    return pod;
  }

  pod(what: "running" | "terminating" | "gone", pod: Pod): this {
    const { namespace, name, uid } = pod;
    const data = { namespace, name, uid };
    this.record(`kubelet.pod.${what}`, data, [], onNode(pod));
    return this;
  }

  tick(node: string): Cause {
    return this.repeat("csi.rotation.tick", node, { node });
  }

  sync(pod: Pod, trigger: string): number {
    const { namespace, name, uid } = pod;
    const data = { namespace, name, uid, trigger };
    return this.record("kubelet.pod.sync", data, [], onNode(pod));
  }

  /** The 401 and then the read of a version on behalf of a pod. */
  get(
    pod: Pod,
    version: Version,
    trigger: Cause,
    parts: JsonObject = {},
  ): Cause {
    const request = aRequest(pod, version, parts);
    const refused = {
      ...request,
      operation: "Authentication",
      status: 401,
      version: null,
      ordinal: null,
    };
    const about = `${pod.namespace}/${pod.name}/${version.object}`;
    const asked = this.repeat("vault.request", `${about}/401`, refused, [
      trigger,
    ]);
    return this.repeat("vault.request", about, request, [version.set, asked]);
  }

  /** A CSI volume with these files, by path. */
  file(
    pod: Pod,
    files: Readonly<Record<string, SinkVersion>>,
    causes: readonly Cause[] = [],
    type = "volume.switched",
  ): number {
    return this.#volume(pod, "csi", files, causes, type);
  }

  /** A secret volume (or one of another kind) with these files, by path. */
  secretFile(
    pod: Pod,
    files: Readonly<Record<string, SinkVersion>>,
    causes: readonly Cause[] = [],
    kind = "secret",
  ): number {
    return this.#volume(pod, kind, files, causes, "volume.switched");
  }

  #volume(
    pod: Pod,
    kind: string,
    files: Readonly<Record<string, SinkVersion>>,
    causes: readonly Cause[],
    type: string,
  ): number {
    const volume = pod.volumes.find((each) => each.kind === kind)!.name;
    const { namespace, name, uid } = pod;
    const list = Object.entries(files).map(([path, held]) => ({
      path,
      ...plain(held),
    }));
    return this.record(
      type,
      json({ namespace, name, uid, volume, kind, files: list }),
      causes,
      onNode(pod, kind === "csi" ? "csi-driver" : "kubelet"),
    );
  }

  /** A Secret with these keys, written by the driver unless said otherwise. */
  secret(
    change: "created" | "modified" | "deleted",
    name: string,
    keys: Readonly<Record<string, SinkVersion>>,
    {
      causes = [],
      by = "node-0/csi-driver",
    }: { causes?: readonly Cause[]; by?: string } = {},
  ): number {
    const contents = Object.entries(keys).map(([key, held]) => ({
      key,
      ...plain(held),
    }));
    return this.apiObject(change, "Secret", name, { by, contents }, causes);
  }

  apiObject(
    change: "created" | "modified" | "deleted",
    kind: string,
    name: string,
    parts: object = {},
    causes: readonly Cause[] = [],
  ): number {
    const data = {
      kind,
      namespace: "default",
      name,
      uid: `uid-${name}`,
      resourceVersion: this.#resourceVersion++,
      generation: 0,
      by: "kubectl",
      ...parts,
    };
    const places = { at: "api-server", about: `default/${kind}/${name}` };
    return this.record(`api.object.${change}`, json(data), causes, places);
  }

  /** First mount of a pod of `aPod`: request, file, Secret (unless it is there), secret volume. */
  mount(pod: Pod, version: Version): this {
    const sync = this.sync(pod, "add");
    const request = this.get(pod, version, sync);
    const file = this.later(25).file(pod, { secret1: version }, [
      request,
      sync,
    ]);
    const there = this.sinks
      .secretWrites("default", "app-secret")
      .some(({ contents }) => contents !== null);
    if (!there)
      this.later(8).secret(
        "created",
        "app-secret",
        { mysecret1: version },
        { causes: [file] },
      );
    this.later(500).secretFile(pod, { mysecret1: version }, [sync]);
    return this.pod("running", pod);
  }

  /** A tick that finds a new version: request after 65 ms, file 25 ms and Secret 29 ms after that. */
  poll(pod: Pod, version: Version): { file: number; secret: number } {
    const tick = this.tick(pod.node);
    const request = this.later(65).get(pod, version, tick);
    const file = this.later(25).file(pod, { secret1: version }, [
      request,
      tick,
    ]);
    const secret = this.later(4).secret(
      "modified",
      "app-secret",
      { mysecret1: version },
      { causes: [file, tick] },
    );
    return { file, secret };
  }

  /** The kubelet's resync that brings a Secret's new version into the pod's volume, 150 ms after the sync. */
  resync(pod: Pod, version: Version, secret: number): number {
    const sync = this.sync(pod, "resync");
    return this.later(150).secretFile(pod, { mysecret1: version }, [
      secret,
      sync,
    ]);
  }

  end(since: string): this {
    this.at(since);
    this.#recorder.close();
    return this;
  }
}

/** A run that has begun: the world, and a driver on each node whose first tick is at 1m43.150s. */
export function aRun({
  nodes = ["node-0"],
  settings = {},
  firstTick = "1m43.150s",
}: {
  nodes?: readonly string[];
  settings?: SettingsOverride;
  firstTick?: string | null;
} = {}): Run {
  const run = new Run();
  const all = overrideSettings(SETTINGS, settings);
  run.record("world.started", json({ nodes, settings: all }));
  const { version } = all.driver;
  const republish = driverGeneration(version) === "republish";
  for (const node of nodes)
    run.driver(node, republish ? null : firstTick, {
      version,
      ...(republish && { rotation: firstTick !== null }),
    });
  return run;
}

export interface Rotation {
  readonly run: Run;
  readonly pod: Pod;
  readonly v1: Version;
  readonly v2: Version;
}

/**
 * One rotation of a synced secret, as the articles tell it: mounted at the start, `rotate` at 10m, polled at 11m43.150s,
 * Secret at +94 ms, the pod's resync `resync` later. Not ended, so that tests can go on.
 */
export function aRotation(resync = "37.862s"): Rotation {
  const run = aRun();
  const pod = aPod();
  const v1 = run.setSecret("secret1");
  run.at(20).addPod(pod);
  run.at(400).mount(pod, v1);
  const v2 = run.at("10m").setSecret("secret1", "rotate");
  const { secret } = run.at("11m43.150s").poll(pod, v2);
  run.later(durationMs(resync)).resync(pod, v2, secret);
  return { run, pod, v1, v2 };
}

function aRequest(pod: Pod, version: Version, parts: JsonObject): JsonObject {
  const [vault, collection, name] = version.object.split("/");
  return {
    vault: vault!,
    operation: "SecretGet",
    status: 200,
    code: null,
    innerCode: null,
    message: null,
    method: "GET",
    uri: `/${collection}/${name}/?api-version=7.4`,
    collection: collection!,
    name: name!,
    version: version.version,
    ordinal: version.ordinal,
    apiVersion: "7.4",
    pod: `${pod.namespace}/${pod.name}`,
    node: pod.node,
    ip: "10.224.0.4",
    userAgent: "azsdk-go-azsecrets/v0.13.0",
    oid: null,
    appid: null,
    appidacr: null,
    idtyp: null,
    upn: null,
    tid: null,
    ...parts,
  };
}

/** Where a fact about a pod happens. */
function onNode(
  { node, namespace, name }: Pod,
  component = "kubelet",
): { at: string; about: string } {
  return { at: `${node}/${component}`, about: `${namespace}/${name}` };
}

function plain({ object, version, ordinal, form }: SinkVersion): SinkVersion {
  return { object, version, ordinal, form };
}

function json(value: unknown): JsonObject {
  return value as JsonObject;
}
