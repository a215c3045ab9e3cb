/**
 * Random journals: what operators, pods and misfortune do to a small cluster, in any order, as a scenario that can be
 * played, shrunk, and written to a file. `n` picks among alternatives, so that shrinking makes a step plainer.
 */
import fc from "fast-check";
import type { Scenario } from "../../src/emulator/scenario/model.ts";
import { journalText } from "../../src/emulator/journal/record.ts";
import type { Command, Fault } from "../../src/emulator/world/commands.ts";
import type { FaultEffect } from "../../src/cluster-sim/ports.ts";
import { durationMs } from "../../src/kernel/time.ts";
import type { DurationMs } from "../../src/kernel/time.ts";
import type { Generation, Strategy } from "./cluster.ts";
import {
  GENERATIONS,
  VAULT,
  WORKLOAD,
  WORKLOADS,
  aCluster,
  aMap,
  aPod,
  aWorkload,
  nodeOf,
  podOf,
} from "./cluster.ts";

/** One thing that happens: `after` the one before it. */
export interface RandomStep {
  readonly name: keyof typeof STEPS;
  readonly n: number;
  readonly after: DurationMs;
}

export interface RandomJournal {
  readonly seed: number;
  readonly generation: Generation;
  readonly strategy: Strategy;
  /** Whether there are a Deployment, Reloader, a lane and a database beside the pods. */
  readonly workloads: boolean;
  readonly steps: readonly RandomStep[];
}

const EFFECTS: readonly FaultEffect[] = [
  { kind: "respond", status: 403 },
  { kind: "respond", status: 429 },
  { kind: "respond", status: 503 },
  { kind: "slow", byMs: 3000 },
  { kind: "slow", byMs: 25_000 },
  { kind: "refuse" },
  { kind: "drop" },
];
const LONGEST_JOURNAL = 24;
const FAULT_TIMES = ["10s", "45s", "3m", "6m"].map(durationMs);
const DOWNTIMES = [null, 0, 2000, 150_000];

function fault(n: number, broken: Fault): Command {
  const forMs = FAULT_TIMES[n % FAULT_TIMES.length]!;
  return { kind: "fault", fault: broken, forMs };
}

function restart(
  what: "node" | "kubelet" | "driver" | "provider",
  n: number,
): Command {
  const downForMs = DOWNTIMES[n % DOWNTIMES.length]!;
  return { kind: "restart", what, node: nodeOf(n), downForMs };
}

const effectOf = (n: number, from = 0): FaultEffect =>
  EFFECTS[from + (n % (EFFECTS.length - from))]!;

/** What may happen. */
const STEPS = {
  set: (n: number): Command => ({
    kind: "setSecret",
    vault: VAULT,
    name: `secret${1 + (n % 2)}`,
    value: `the value number ${n}`,
  }),
  setMap: (n: number): Command => ({ kind: "apply", object: aMap(n) }),
  renew: (): Command => ({ kind: "setCertificate", vault: VAULT, name: "web" }),
  disable: (n: number): Command => ({
    kind: "updateSecret",
    vault: VAULT,
    name: "secret1",
    enabled: n % 2 === 0,
  }),
  remove: (n: number): Command => ({
    kind: n % 3 === 0 ? "deleteSecret" : "recoverSecret",
    vault: VAULT,
    name: "secret2",
  }),
  pod: (n: number): Command => ({ kind: "apply", object: aPod(n) }),
  deletePod: (n: number): Command => ({
    kind: "delete",
    objectKind: "Pod",
    namespace: "default",
    name: podOf(n),
  }),
  deleteSecret: (): Command => ({
    kind: "delete",
    objectKind: "Secret",
    namespace: "default",
    name: "app-secret",
  }),
  kill: (n: number): Command => ({
    kind: "kill",
    namespace: "default",
    pod: podOf(n),
    container: null,
    exitCode: n % 3,
  }),
  exec: (n: number): Command => ({
    kind: "exec",
    exec: `look-${n}`,
    namespace: "default",
    pod: podOf(n),
    container: null,
    command: ["sh", "-c", "cat /mnt/store/*; echo $PASSWORD; sleep 40; ls /"],
  }),
  settings: (n: number): Command => ({
    kind: "settings",
    settings: [
      { addon: { enableSecretRotation: false } },
      { addon: { enableSecretRotation: true } },
      { addon: { rotationPollInterval: durationMs("1m") } },
      { driver: { version: "1.6.0" } },
      { driver: { version: "1.5.6" } },
      { vault: { transactionsPer10s: 5 } },
      { vault: { transactionsPer10s: 4000 } },
    ][n % 7]!,
  }),
  vaultFault: (n: number) =>
    fault(n, {
      target: "vault",
      vault: VAULT,
      operation: null,
      object: n % 2 === 0 ? null : "secret1",
      effect: effectOf(n),
    }),
  entraFault: (n: number) =>
    fault(n, { target: "entra", effect: effectOf(n, 2) }),
  linkFault: (n: number) =>
    fault(n, {
      target: "link",
      node: nodeOf(n),
      to: (["vault", "entra", "apiServer"] as const)[n % 3]!,
      effect: effectOf(n, 3),
    }),
  providerFault: (n: number) =>
    fault(n, { target: "provider", node: nodeOf(n), effect: effectOf(n, 3) }),
  apiFault: (n: number) =>
    fault(n, { target: "apiServer", effect: effectOf(n, 2) }),
  watchFault: (n: number) =>
    fault(n, { target: "watch", node: n % 2 === 0 ? null : nodeOf(n) }),
  restartNode: (n: number) => restart("node", n),
  restartKubelet: (n: number) => restart("kubelet", n),
  restartDriver: (n: number) => restart("driver", n),
  restartProvider: (n: number) => restart("provider", n),
  restartApi: (n: number): Command => ({
    kind: "restart",
    what: "apiServer",
    node: null,
    downForMs: DOWNTIMES[n % DOWNTIMES.length]!,
  }),
  workload: (n: number): Command => ({ kind: "apply", object: aWorkload(n) }),
  deleteWorkload: (n: number): Command => ({
    kind: "delete",
    ...workloadOf(n),
  }),
  rolloutRestart: (n: number): Command => ({
    kind: "rolloutRestart",
    ...workloadOf(n),
  }),
  scale: (n: number): Command => ({
    kind: "scale",
    // A DaemonSet has no scale.
    ...workloadOf(n % 2),
    replicas: n % 4,
  }),
  pause: (n: number): Command => ({
    kind: "patch",
    ...workloadOf(0),
    patchType: "strategic",
    body: { spec: { paused: n % 3 === 0 } },
  }),
  restartReloader: (n: number): Command => ({
    kind: "restart",
    what: "reloader",
    node: null,
    downForMs: DOWNTIMES[n % DOWNTIMES.length]!,
  }),
} as const satisfies Record<string, (n: number) => Command>;

function workloadOf(n: number): {
  readonly objectKind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const objectKind = WORKLOADS[n % WORKLOADS.length]!;
  return { objectKind, namespace: "default", name: WORKLOAD };
}

/** How much likelier than others some steps are: most of what matters begins with a rotation. */
const WEIGHTS: Partial<Record<keyof typeof STEPS, number>> = {
  set: 6,
  setMap: 2,
  pod: 3,
  deletePod: 2,
};
/** The kinds of step that there are. */
export const STEP_NAMES = Object.keys(STEPS) as (keyof typeof STEPS)[];
const WEIGHTED = STEP_NAMES.map((name) => ({
  arbitrary: fc.constant(name),
  weight: WEIGHTS[name] ?? 1,
}));

/** After the last step the world is left alone for as long as every fault and back-off needs to end. */
const QUIET = durationMs("25m");

export const randomJournal: fc.Arbitrary<RandomJournal> = fc.record({
  seed: fc.nat(100_000),
  generation: fc.constantFrom(...GENERATIONS),
  strategy: fc.constantFrom("Watch", "Cache", "Get"),
  workloads: fc.boolean(),
  steps: fc.array(
    fc.record({
      name: fc.oneof(...WEIGHTED),
      n: fc.nat(11),
      after: fc.constantFrom(0, 1, 40, 3000, 30_000, 120_000, 300_000),
    }),
    { minLength: 1, maxLength: LONGEST_JOURNAL, size: "max" },
  ),
});

/** The journal as a scenario without expectations: invariants judge it. */
export function scenarioOf(journal: RandomJournal): Scenario {
  const steps: [at: DurationMs, command: Command][] = [];
  let at = 0;
  for (const [i, { name, n, after }] of journal.steps.entries()) {
    at += after;
    const command = STEPS[name](n);
    const unique =
      command.kind === "exec" ? { ...command, exec: `look-${i}` } : command;
    steps.push([at, unique]);
  }
  return aCluster({ ...journal, steps, duration: at + QUIET });
}

/** The same as a scenario file that anybody can play. */
export function scenarioText(journal: RandomJournal): string {
  const scenario = scenarioOf(journal);
  const { setup, steps, start } = scenario;
  return journalText({
    ...scenario,
    journal: [
      ...setup.map((command) => ({ at: start, command })),
      ...steps.map(({ at, command }) => ({ at: start + at, command })),
    ],
  });
}
