/**
 * One trouble in a small cluster, and what is left of it: the trouble begins at 5m, two rotations and a change of the
 * ConfigMap fall into it, it is over at 11m at the latest. After the longest recovery every container is killed once, so
 * that new ones show what environments and `subPath` mounts get now. All invariants are on.
 */
import { expect } from "vitest";
import type { Finding } from "../../src/emulator/findings/index.ts";
import { Findings } from "../../src/emulator/findings/index.ts";
import type { PlayedScenario } from "../../src/emulator/scenario/run.ts";
import { playScenario } from "../../src/emulator/scenario/run.ts";
import { countWithin } from "../../src/emulator/trace/fact-index.ts";
import type { FactNamed } from "../../src/emulator/trace/fact-index.ts";
import type { AnyFact } from "../../src/emulator/trace/facts.ts";
import { objectOf } from "../../src/emulator/trace/versions.ts";
import type { VersionSet } from "../../src/emulator/trace/versions.ts";
import type { Command, Fault } from "../../src/emulator/world/commands.ts";
import type { SettingsOverride } from "../../src/emulator/world/settings.ts";
import { bytesToUtf8 } from "../../src/kernel/bytes.ts";
import type { EpochMs } from "../../src/kernel/time.ts";
import { durationMs } from "../../src/kernel/time.ts";
import type { Fact } from "../../src/kernel/trace.ts";
import type { Generation, Strategy } from "../support/cluster.ts";
import { VAULT, aCluster, aMap, podOf } from "../support/cluster.ts";
import { START } from "../support/facts.ts";

/** When the trouble begins, and how long it lasts where it has a length. */
export const BEGINS = "5m";
export const LASTS = "6m";
export const OVER = "11m";

/**
 * From the end of any trouble until every sink has followed: back-offs and attempts that outlive it, a poll or a sync, a
 * Secret (from 1.6 on a lagging node may write it back until its own five minutes end), a sync of the volumes.
 */
const RECOVERY: Readonly<Record<Generation, string>> = {
  "1.5.6": "12m",
  "1.6.0": "18m",
};
/** Long enough for a new container, and for nothing else. */
const LAST_LOOK = "2m";
const PODS = [0, 1, 2];

export interface Plan {
  /** The trouble, at its instants. */
  readonly trouble: readonly (readonly [at: string, command: Command])[];
  readonly settings?: SettingsOverride;
  readonly strategy?: Strategy;
}

export const ROTATIONS: readonly (readonly [at: string, command: Command])[] = [
  ["6m", set("secret1", "the second value of secret1")],
  ["6m", { kind: "setCertificate", vault: VAULT, name: "web" }],
  ["6m", { kind: "apply", object: aMap(1) }],
  ["8m", set("secret1", "the third value of secret1")],
  ["8m", set("secret2", "the second value of secret2")],
];

export function set(name: string, value: string): Command {
  return { kind: "setSecret", vault: VAULT, name, value };
}

export function fault(broken: Fault, lasts = LASTS): Command {
  return { kind: "fault", fault: broken, forMs: durationMs(lasts) };
}

/** What is left of a trouble. */
export interface Aftermath extends PlayedScenario {
  readonly facts: readonly Fact[];
  readonly findings: readonly Finding[];
}

export function play(generation: Generation, plan: Plan): Aftermath {
  const facts: Fact[] = [];
  const findings = new Findings();
  const end = durationMs(OVER) + durationMs(RECOVERY[generation]);
  const kills = PODS.map((n): [string, Command] => [
    `${end}ms`,
    {
      kind: "kill",
      namespace: "default",
      pod: podOf(n),
      container: null,
      exitCode: 1,
    },
  ]);
  const steps = [...plan.trouble, ...ROTATIONS, ...kills]
    .map(([at, command]) => [durationMs(at), command] as const)
    .sort(([a], [b]) => a - b);
  const scenario = aCluster({
    generation,
    pods: PODS,
    steps,
    duration: end + durationMs(LAST_LOOK),
    ...(plan.settings && { settings: plan.settings }),
    ...(plan.strategy && { strategy: plan.strategy }),
  });
  const sinks = [findings, { fact: (fact: Fact) => void facts.push(fact) }];
  const played = playScenario(scenario, { sinks });
  return { ...played, facts, findings: findings.list() };
}

/** After its end plus the bound every sink holds the newest version, nothing was lost, and nothing invented. */
export function expectRecovery(after: Aftermath): void {
  expectNewest(after);
  expectNothingLost(after);
  expectNothingInvented(after);
}

function setsOf({ facts }: Aftermath): VersionSet[] {
  const sets: ReadonlySet<string> = new Set([
    "vault.secret.set",
    "vault.key.set",
    "vault.certificate.set",
  ]);
  return facts.filter(({ type }) => sets.has(type)) as VersionSet[];
}

function newestOf(after: Aftermath): Map<string, string> {
  return new Map(
    setsOf(after).map((made) => [objectOf(made), made.data.version]),
  );
}

/** By what is read and where, the version that is held: files, pinned files, variables, keys, pod statuses. */
function expectNewest(after: Aftermath): void {
  const { world } = after;
  const newest = newestOf(after);
  const level = acknowledged(after).filter(isMap).length - 1;
  for (const n of PODS) {
    const pod = podOf(n);
    const seen = world.inspect("default", pod);
    const all = [
      ...(seen?.files ?? []),
      ...(seen?.pinned ?? []),
      ...(seen?.variables ?? []),
    ].filter(({ object }) => newest.has(object ?? ""));
    const held = all.map(({ name, version }) => [pod, name, version]);
    const wanted = all.map(({ name, object }) => [
      pod,
      name,
      newest.get(object!),
    ]);
    expect(held).toEqual(wanted);
    expect(new Set(all.map(({ name }) => name))).toEqual(
      new Set([...CSI_FILES, ...SYNCED]),
    );
    expect(world.readVariable("default", pod, "level")).toBe(
      `the level ${level}`,
    );
    expect(textOf(after, pod, "/mnt/settings/level")).toBe(
      `the level ${level}`,
    );
    expect(new Set(versionsInStatus(after, pod))).toEqual(
      new Set(MOUNTED.map((object) => newest.get(object))),
    );
  }
  expect(secretHolds(after)).toEqual({
    other: newest.get(SECRET2),
    password: newest.get("kvdemo/secrets/secret1"),
  });
}

const SECRET2 = "kvdemo/secrets/secret2";
const MOUNTED = ["kvdemo/certificates/web", "kvdemo/secrets/secret1", SECRET2];
const CSI_FILES = ["secret1", "secret2", "web.crt"].map(
  (name) => `/mnt/store/${name}`,
);
const SYNCED = [
  "/mnt/secret/password",
  "/mnt/secret/other",
  "/etc/password",
  "/etc/secret1",
  "PASSWORD",
];

/** Version by key. */
function secretHolds({ facts }: Aftermath): Record<string, string> {
  const last = facts.findLast(
    (fact): fact is FactNamed<"api.object.modified"> =>
      fact.type.startsWith("api.object.") &&
      fact.about === "default/Secret/app-secret",
  );
  return Object.fromEntries(
    (last?.data.contents ?? []).map(({ key, version }) => [key, version]),
  );
}

function versionsInStatus({ world }: Aftermath, pod: string): string[] {
  const name = `${pod}-default-azure-kv`;
  const stored = world.read("SecretProviderClassPodStatus", "default", name);
  const { objects = [] } = (stored?.object["status"] ?? {}) as {
    readonly objects?: readonly { readonly version: string }[];
  };
  return objects.map(({ version }) => version);
}

export function textOf(
  { world }: Aftermath,
  pod: string,
  path: string,
): string | null {
  const bytes = world.readFile("default", pod, path);
  return bytes === null ? null : bytesToUtf8(bytes);
}

/** Commands that were not refused. */
function acknowledged({ scenario, refusals }: Aftermath): Command[] {
  const refused = new Set(refusals.map(({ command }) => command));
  return [
    ...scenario.setup,
    ...scenario.steps.map(({ command }) => command),
  ].filter((command) => !refused.has(command));
}

function isMap(command: Command): boolean {
  return command.kind === "apply" && command.object["kind"] === "ConfigMap";
}

/** Every acknowledged write is there, in order and with its value, and in the audit log once. */
function expectNothingLost(after: Aftermath): void {
  const { world, index, end } = after;
  const done = acknowledged(after);
  const values = (name: string) =>
    setsOf(after)
      .filter((made) => objectOf(made) === `${VAULT}/secrets/${name}`)
      .map(({ data }) =>
        bytesToUtf8(
          world.values.get({
            object: `${VAULT}/secrets/${name}`,
            version: data.version,
            ordinal: data.ordinal,
            form: "as-is",
          })!,
        ),
      );
  for (const name of ["secret1", "secret2"])
    expect(values(name)).toEqual(
      done.flatMap((command) =>
        command.kind === "setSecret" && command.name === name
          ? [command.value]
          : [],
      ),
    );
  const audited = (...operations: string[]) =>
    index
      .ofType("vault.request")
      .filter(
        ({ data }) => operations.includes(data.operation) && data.status < 300,
      )
      .reduce((sum, fact) => sum + countWithin(fact, 0, end + 1), 0);
  const count = (kind: Command["kind"]) =>
    done.filter((command) => command.kind === kind).length;
  expect(audited("SecretSet")).toBe(count("setSecret"));
  expect(audited("CertificateCreate", "CertificateRenew")).toBe(
    count("setCertificate"),
  );
}

/** No version that nobody set, in no file, key or variable. */
function expectNothingInvented(after: Aftermath): void {
  const made = new Set(setsOf(after).map(({ data }) => data.version));
  const invented = (after.facts as readonly AnyFact[])
    .flatMap(contentsOf)
    .filter(({ object }) => object.startsWith(`${VAULT}/`))
    .filter(({ version }) => !made.has(version));
  expect(invented).toEqual([]);
}

function contentsOf(
  fact: AnyFact,
): readonly { readonly object: string; readonly version: string }[] {
  switch (fact.type) {
    case "volume.switched":
    case "volume.verified":
      return fact.data.files;
    case "container.created":
      return [...fact.data.variables, ...fact.data.pinned];
    case "api.object.created":
    case "api.object.modified":
      return fact.data.contents ?? [];
    default:
      return [];
  }
}

/** The ordinal of an object in a CSI file of a pod at some time since the start; null while there is no such file. */
export function fileAt(
  { facts }: Aftermath,
  pod: string,
  path: string,
  at: string,
): number | null {
  const t: EpochMs = START + durationMs(at);
  const written = (facts as readonly AnyFact[]).findLast(
    (fact): fact is FactNamed<"volume.switched"> =>
      (fact.type === "volume.switched" || fact.type === "volume.verified") &&
      fact.t <= t &&
      fact.data.name === pod &&
      fact.data.kind === "csi",
  );
  const file = written?.data.files.find((each) => each.path === path);
  return file?.ordinal ?? null;
}

/** How often a fact of a type happened within [from, to), runs taken apart. */
export function happened(
  { facts }: Aftermath,
  type: string,
  from: string,
  to: string,
  which: (data: AnyFact["data"]) => boolean = () => true,
): number {
  return facts
    .filter((fact) => fact.type === type && which(fact.data as AnyFact["data"]))
    .reduce(
      (sum, fact) =>
        sum +
        countWithin(fact, START + durationMs(from), START + durationMs(to)),
      0,
    );
}
