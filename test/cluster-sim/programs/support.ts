/** A control plane with programs, workloads that Reloader or Wave may change, and what they did. */
import { Programs } from "../../../src/cluster-sim/index.ts";
import type {
  ApiObject,
  ProgramProcess,
} from "../../../src/cluster-sim/ports.ts";
import { bytesToBase64, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import type { Fact } from "../../../src/kernel/trace.ts";
import type { Cluster } from "../support.ts";
import { LATENCY_MS, START, WATCH_LATENCY_MS, aCluster } from "../support.ts";

export const HANDLING_MS = 50;
export const PER_WORKLOAD_MS = 20;

/** From a write to the patch of a Deployment by Reloader: the watch, the handling, the list of Deployments. */
export const PATCHED_AFTER_MS = WATCH_LATENCY_MS + HANDLING_MS + LATENCY_MS;
/** Enough for one change to be handled to the end. */
export const SETTLED_MS = 2000;

export interface ProgramCluster extends Cluster {
  readonly programs: Programs;
  /** Starts a process; its id. */
  readonly start: (process?: Partial<ProgramProcess>) => string;
  readonly end: (id: string) => void;
  readonly wait: (ms?: number) => void;
  /** To this long after `START`, before anything that is due then. */
  readonly runTo: (ms: number) => void;
  /** Facts of these types since the last call, or since the beginning. */
  readonly told: (...types: string[]) => Fact[];
  /** Times (after `START`) and objects of writes by Reloader or Wave to an object. */
  readonly writes: (kind: string, name: string) => number[];
  readonly read: (kind: string, name: string) => ApiObject;
}

export function aProgramCluster(seed = 1): ProgramCluster {
  const cluster = aCluster({ seed });
  const { sim, server, facts } = cluster;
  const config = {
    handlingMs: HANDLING_MS,
    perWorkloadMs: PER_WORKLOAD_MS,
    minor: 33,
  };
  const programs = sim.add(
    new Programs({
      sim,
      api: (caller) => server.client(caller),
      config: () => config,
    }),
  );
  let processes = 0;
  return {
    ...cluster,
    programs,
    start: (given = {}) => {
      const process = aProcess(++processes, given);
      sim.command(() => programs.started(process));
      return process.id;
    },
    end: (id) => sim.command(() => programs.ended(id)),
    wait: (ms = SETTLED_MS) => void sim.runUntil(sim.now + ms),
    runTo: (ms) => void sim.runBefore(START + ms),
    told: (...types) => facts.filter(({ type }) => types.includes(type)),
    writes: (kind, name) =>
      facts
        .filter(
          ({ type, about, data }) =>
            type.startsWith("api.object.") &&
            about === `default/${kind}/${name}` &&
            /^(reloader|wave)/.test(data["by"] as string),
        )
        .map(({ t }) => t - START),
    read: (kind, name) => server.read(kind, "default", name)!.object,
  };
}

export function aProcess(
  n: number,
  given: Partial<ProgramProcess> = {},
): ProgramProcess {
  return {
    id: `uid-${n}/reloader-reloader/0`,
    namespace: "default",
    pod: `reloader-${n}`,
    serviceAccount: "reloader-reloader",
    image: "ghcr.io/stakater/reloader:v1.4.21",
    args: [],
    env: {},
    ...given,
  };
}

/** What a pod of a replica is told with `--enable-ha`. */
export function aReplica(pod: string): Partial<ProgramProcess> {
  const env = { POD_NAME: pod, POD_NAMESPACE: "default" };
  return { pod, args: ["--enable-ha=true"], env };
}

export const base64 = (text: string): string =>
  bytesToBase64(utf8ToBytes(text));

export function aSecretOf(
  data: Readonly<Record<string, string>>,
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "app", namespace: "default", ...metadata },
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, base64(text)]),
    ),
  };
}

/** Its only container, `main`, reads the Secret `app` into a variable. */
export const READS_APP: JsonObject = {
  containers: [
    {
      name: "main",
      image: "busybox:1.36",
      env: [
        {
          name: "PASSWORD",
          valueFrom: { secretKeyRef: { name: "app", key: "password" } },
        },
      ],
    },
  ],
};

export function aWorkload(
  kind: "Deployment" | "StatefulSet" | "DaemonSet" | "Job",
  options: {
    readonly name?: string;
    readonly annotations?: JsonObject;
    readonly spec?: JsonObject;
    readonly podSpec?: JsonObject;
  } = {},
): JsonObject {
  const { name = "web", annotations = {}, spec = {}, podSpec } = options;
  const labels = { app: name };
  const isJob = kind === "Job";
  return {
    apiVersion: isJob ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name, namespace: "default", annotations },
    spec: {
      ...(isJob ? {} : { selector: { matchLabels: labels } }),
      template: {
        metadata: { labels },
        spec: {
          ...(isJob ? { restartPolicy: "Never" } : {}),
          ...(podSpec ?? READS_APP),
        },
      },
      ...spec,
    },
  };
}

export const aDeployment = (
  options: Parameters<typeof aWorkload>[1] = {},
): JsonObject => aWorkload("Deployment", options);

/** The variables of a template's first container, by name. */
export function variablesOf(workload: ApiObject): Record<string, string> {
  const { template } = workload["spec"] as {
    template: {
      spec: { containers: { env?: { name: string; value: string }[] }[] };
    };
  };
  const env = template.spec.containers[0]?.env ?? [];
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

export function templateAnnotationsOf(
  workload: ApiObject,
): Record<string, string> {
  const { template } = workload["spec"] as {
    template: { metadata: { annotations?: Record<string, string> } };
  };
  return template.metadata.annotations ?? {};
}

/** Names the Secret `app`. */
export const NAMED = { "secret.reloader.stakater.com/reload": "app" };

/** Reloader runs, its caches are filled, and a minute has begun. */
export function aRunningReloader(
  options: {
    readonly args?: readonly string[];
    readonly data?: Record<string, string>;
    readonly before?: readonly JsonObject[];
  } = {},
): ProgramCluster & { readonly id: string } {
  const { args = [], data = { password: "one" }, before } = options;
  const cluster = aProgramCluster();
  cluster.apply(aSecretOf(data));
  for (const each of before ?? [aDeployment({ annotations: NAMED })])
    cluster.apply(each);
  const id = cluster.start({ args });
  cluster.runTo(MINUTE_MS);
  return { ...cluster, id };
}

/** How the handling of each change ended. */
export const outcomes = (cluster: ProgramCluster): unknown[] =>
  cluster.told("reloader.event").map(({ data }) => data["outcome"]);
