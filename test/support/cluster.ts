/**
 * A small cluster whose pods read in every way there is: a vault with two secrets and a certificate, a class that syncs
 * `app-secret`, a ConfigMap, two nodes. What random journals and tests of recovery play in.
 */
import type { Scenario } from "../../src/emulator/scenario/model.ts";
import type { Command } from "../../src/emulator/world/commands.ts";
import { loadProfile } from "../../src/emulator/profiles/load.ts";
import type { SettingsOverride } from "../../src/emulator/world/settings.ts";
import { overrideSettings } from "../../src/emulator/world/settings.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { DurationMs } from "../../src/kernel/time.ts";
import { POSITION } from "./scenarios.ts";
import { START } from "./facts.ts";

export const VAULT = "kvdemo";
export const NODES = ["node-0", "node-1"] as const;
const PODS = 4;

/** A driver of each generation. */
export type Generation = "1.5.6" | "1.6.0";
export const GENERATIONS: readonly Generation[] = ["1.5.6", "1.6.0"];

export type Strategy = "Watch" | "Cache" | "Get";

export const nodeOf = (n: number): string => NODES[n % NODES.length]!;
export const podOf = (n: number): string => `pod-${n % PODS}`;

/** Kinds of workload that there are, each by one name. */
export const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"] as const;
export type WorkloadKind = (typeof WORKLOADS)[number];
export const WORKLOAD = "web";

export interface ClusterPlan {
  readonly generation: Generation;
  readonly seed?: number;
  readonly strategy?: Strategy;
  readonly settings?: SettingsOverride;
  /** Ordinals of the pods that are there from the start; default 0, 1 and 2. */
  readonly pods?: readonly number[];
  /** A Deployment, Reloader, a lane and a database are there from the start. Default false. */
  readonly workloads?: boolean;
  readonly steps: readonly (readonly [at: DurationMs, command: Command])[];
  readonly duration: DurationMs;
}

/** The plan as a scenario without expectations, rotation switched on. */
export function aCluster(plan: ClusterPlan): Scenario {
  const { generation, strategy = "Watch", seed = 1, pods = [0, 1, 2] } = plan;
  const settings = overrideSettings(loadProfile("aks").settings, {
    addon: { enableSecretRotation: true },
    driver: { version: generation },
    kubelet: { configMapAndSecretChangeDetectionStrategy: strategy },
  });
  return {
    file: "cluster.yaml",
    name: "cluster",
    title: "A small cluster",
    description: "",
    source: "",
    seed,
    start: START,
    duration: plan.duration,
    profile: "aks",
    settings: overrideSettings(
      overrideSettings(settings, {
        reloader: { installed: plan.workloads === true },
      }),
      plan.settings ?? {},
    ),
    namespace: "default",
    nodes: NODES,
    setup: [
      ...SETUP,
      ...pods.map((n): Command => ({ kind: "apply", object: aPod(n) })),
      ...(plan.workloads === true ? WITH_WORKLOADS : []),
    ],
    steps: plan.steps.map(([at, command]) => ({
      at,
      command,
      position: POSITION,
    })),
    lanes: [],
    databases: [],
    generated: [],
    watch: [],
    expectations: [],
    variants: [],
  };
}

/** Programs that read the secret in different ways, the database behind them. */
const APPS = [
  "{how: polls-file, file: /mnt/store/secret1, every: 30s, database: orders, requestEvery: 20s}",
  "{how: watches-directory, file: /mnt/store/secret1}",
  "{how: watches-file, file: /mnt/store/secret1}",
  "{how: reads-once, env: PASSWORD}",
  "{how: polls-vault, vault: kvdemo, secret: secret1, every: 1m}",
];

const SETUP: readonly Command[] = [
  { kind: "createVault", vault: VAULT, access: { mode: "open" } },
  ...["secret1", "secret2"].map((name): Command => ({
    kind: "setSecret",
    vault: VAULT,
    name,
    value: `the first value of ${name}`,
  })),
  { kind: "setCertificate", vault: VAULT, name: "web" },
  { kind: "apply", object: aClass() },
  { kind: "apply", object: aMap(0) },
];

const WITH_WORKLOADS: readonly Command[] = [
  {
    kind: "createDatabase",
    database: {
      name: "orders",
      vault: VAULT,
      secret: "secret1",
      credentials: "single",
      switchAfterMs: 5000,
    },
  },
  { kind: "apply", object: aWorkload(0) },
  {
    kind: "createLane",
    lane: {
      name: "eso",
      kind: "external-secrets",
      vault: VAULT,
      secret: "secret1",
      version: null,
      everyMs: 60_000,
      jitterMs: 0,
      phaseMs: null,
      target: { namespace: "default", secret: "eso-secret", key: "password" },
      refreshPolicy: null,
    },
  },
];

/** A workload of a kind by `n`, with another template for another `n`; Reloader rolls it. */
export function aWorkload(n: number): JsonObject {
  const kind: WorkloadKind = WORKLOADS[n % WORKLOADS.length]!;
  const labels = { app: kind.toLowerCase() };
  const secretKeyRef = { name: "app-secret", key: "password", optional: true };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: {
      name: WORKLOAD,
      namespace: "default",
      annotations: { "reloader.stakater.com/auto": "true" },
    },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas: 2 }),
      ...(kind === "StatefulSet" ? { serviceName: WORKLOAD } : {}),
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels,
          annotations: {
            "keyturn.dev/app": APPS[n % APPS.length]!,
            round: String(n),
          },
        },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: "app",
              image: "busybox",
              ...(n % 4 === 3 ? { command: ["/bin/sleep", "10000"] } : {}),
              env: [{ name: "PASSWORD", valueFrom: { secretKeyRef } }],
              volumeMounts: [aMount("store", "/mnt/store")],
            },
          ],
          volumes: [aStore()],
        },
      },
    },
  };
}

function aClass(): JsonObject {
  const entry = (name: string, type: string, alias = name) =>
    `  - |\n    objectName: ${name}\n    objectType: ${type}\n    objectAlias: ${alias}\n`;
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "azure-kv", namespace: "default" },
    spec: {
      provider: "azure",
      parameters: {
        usePodIdentity: "false",
        clientID: "5c3f0000-0000-4000-8000-000000000002",
        keyvaultName: VAULT,
        tenantId: "8d1f0000-0000-4000-8000-000000000001",
        objects: `array:\n${entry("secret1", "secret")}${entry("secret2", "secret")}${entry("web", "cert", "web.crt")}`,
      },
      secretObjects: [
        {
          secretName: "app-secret",
          type: "Opaque",
          data: [
            { objectName: "secret1", key: "password" },
            { objectName: "secret2", key: "other" },
          ],
        },
      ],
    },
  };
}

export function aMap(n: number): JsonObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "default" },
    data: { level: `the level ${n}`, [`key-${n % 3}`]: "on" },
  };
}

/** Pods that read in every way there is; which, and which fail without the Secret, depends on `n`. */
export function aPod(n: number): JsonObject {
  const optional = n % 2 === 0;
  const secretKeyRef = { name: "app-secret", key: "password", optional };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podOf(n),
      namespace: "default",
      ...(n % 7 === 6 && {
        annotations: {
          "keyturn.dev/exit-after": "50s",
          "keyturn.dev/exit-code": String(n % 2),
        },
      }),
    },
    spec: {
      nodeName: nodeOf(n),
      restartPolicy: n % 5 === 4 ? "Never" : "Always",
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: "app",
          image: "busybox",
          env: [{ name: "PASSWORD", valueFrom: { secretKeyRef } }],
          envFrom: [{ configMapRef: { name: "settings" } }],
          volumeMounts: [
            aMount("store", "/mnt/store"),
            aMount("secret", "/mnt/secret"),
            aMount("settings", "/mnt/settings"),
            aMount("secret", "/etc/password", "password"),
            aMount("store", "/etc/secret1", "secret1"),
          ],
        },
      ],
      volumes: [
        aStore(),
        aSecretVolume(n, optional),
        { name: "settings", configMap: { name: "settings" } },
      ],
    },
  };
}

function aStore(): JsonObject {
  return {
    name: "store",
    csi: {
      driver: "secrets-store.csi.k8s.io",
      readOnly: true,
      volumeAttributes: { secretProviderClass: "azure-kv" },
    },
  };
}

function aMount(name: string, mountPath: string, subPath?: string): JsonObject {
  const mount = { name, mountPath, readOnly: true };
  return subPath === undefined ? mount : { ...mount, subPath };
}

function aSecretVolume(n: number, optional: boolean): JsonObject {
  const name = "secret";
  if (n % 3 > 0)
    return { name, secret: { secretName: "app-secret", optional } };
  const sources = [
    { secret: { name: "app-secret", optional } },
    {
      configMap: { name: "settings", items: [{ key: "level", path: "level" }] },
    },
  ];
  return { name, projected: { sources } };
}
