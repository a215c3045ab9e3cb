/** Loaded scenarios with one expectation each, for tests that judge hand-made runs. */
import { durationMs } from "../../src/kernel/time.ts";
import { utf8ToBytes } from "../../src/kernel/bytes.ts";
import { ExpectationCounts } from "../../src/emulator/scenario/expectation-counts.ts";
import { WorkloadCounts } from "../../src/emulator/scenario/workload-counts.ts";
import { evaluate } from "../../src/emulator/scenario/expectations.ts";
import type {
  Expectation,
  Scenario,
} from "../../src/emulator/scenario/model.ts";
import type { SinkName, Who } from "../../src/emulator/trace/names.ts";
import type { ExpectationResult } from "../../src/emulator/trace/verdict.ts";
import type { RevealBytes } from "../../src/emulator/trace/versions.ts";
import type { Run } from "./facts.ts";
import { SETTINGS, START } from "./facts.ts";

export const POSITION = { file: "scenario.yaml", line: 30, column: 5 };

export function podNamed(name: string): Who {
  return { kind: "pod", namespace: "default", name };
}

export function file(
  who: string | Who,
  path: string,
  container: string | null = null,
): SinkName {
  return {
    kind: "file",
    who: typeof who === "string" ? podNamed(who) : who,
    container,
    path,
  };
}

export const CSI_FILE = file("busybox", "/mnt/secrets-store/secret1");
export const SECRET_FILE = file("busybox", "/mnt/secrets-volume/mysecret1");
export const SECRET: SinkName = {
  kind: "secret",
  namespace: "default",
  secret: "app-secret",
  key: "mysecret1",
};

type Parts<Kind extends Expectation["kind"]> = Partial<
  Omit<Extract<Expectation, { kind: Kind }>, "kind">
>;

export function sees(sink: SinkName, parts: Parts<"sees"> = {}): Expectation {
  return {
    kind: "sees",
    name: "sees",
    position: POSITION,
    sink,
    step: "rotate",
    exactly: false,
    within: null,
    after: null,
    never: false,
    ...parts,
  };
}

export function holds(sink: SinkName, at: string, value: string): Expectation {
  const rest = { name: "holds", position: POSITION };
  return { kind: "holds", ...rest, sink, at: durationMs(at), value };
}

export function audit(parts: Parts<"audit"> = {}): Expectation {
  return {
    kind: "audit",
    name: "audit",
    position: POSITION,
    vault: "kvdemo",
    operation: "SecretGet",
    pod: null,
    status: null,
    between: null,
    count: {
      min: 0,
      max: Infinity,
    },
    ...parts,
  };
}

export function event(parts: Parts<"event"> = {}): Expectation {
  return {
    kind: "event",
    name: "event",
    position: POSITION,
    reason: "SecretRotationComplete",
    object: null,
    message: null,
    objects: false,
    between: null,
    count: {
      min: 0,
      max: Infinity,
    },
    ...parts,
  };
}

export function object(parts: Parts<"object"> = {}): Expectation {
  return {
    kind: "object",
    name: "object",
    position: POSITION,
    object: {
      kind: "Secret",
      namespace: "default",
      name: "app-secret",
    },
    exists: true,
    at: null,
    between: null,
    ...parts,
  };
}

export function aScenario(
  expectations: readonly Expectation[],
  parts: Partial<Scenario> = {},
): Scenario {
  return {
    file: "scenario.yaml",
    name: "test",
    title: "",
    description: "",
    source: "",
    seed: 1,
    start: START,
    duration: durationMs("20m"),
    profile: "aks",
    settings: SETTINGS,
    namespace: "default",
    nodes: ["node-0"],
    setup: [],
    steps: [],
    lanes: [],
    databases: [],
    generated: [],
    watch: [],
    expectations,
    variants: [],
    ...parts,
  };
}

/** What a run's value book says when nobody cares about values. */
export const NO_VALUES: RevealBytes = () => null;

/** A value book by version id. */
export function revealing(
  values: Readonly<Record<string, string>>,
): RevealBytes {
  return ({ version }) => {
    const value = values[version];
    return value === undefined ? null : utf8ToBytes(value);
  };
}

/** Judges one line on a run that has ended. */
export function judge(
  run: Run,
  line: Expectation,
  {
    reveal = NO_VALUES,
    scenario = {},
  }: { reveal?: RevealBytes; scenario?: Partial<Scenario> } = {},
): ExpectationResult {
  const loaded = aScenario([line], scenario);
  const counts = new ExpectationCounts(loaded);
  const workloads = new WorkloadCounts(loaded);
  for (const fact of run.facts) {
    counts.fact(fact);
    workloads.fact(fact);
  }
  const { index, sinks } = run;
  const end = START + loaded.duration;
  const seen = { index, sinks, counts, workloads };
  return evaluate(loaded, { ...seen, reveal, end })[0]!;
}
