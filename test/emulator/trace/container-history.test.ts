/** What a container was given when it was created: variables and files that a `subPath` mount pins. */
import { describe, expect, test } from "vitest";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import type { SinkVersion } from "../../../src/emulator/trace/versions.ts";
import { whyChain } from "../../../src/emulator/trace/why-chain.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cause } from "../../../src/kernel/trace.ts";
import type { EnvironmentFact } from "../../../src/kubelet-sim/facts.ts";
import type { Pod, Run, Version } from "../../support/facts.ts";
import { START, aMount, aPod, aRun } from "../../support/facts.ts";
import { file, podNamed } from "../../support/scenarios.ts";

const MAIN = "busybox";
const PASSWORD: SinkName = {
  kind: "env",
  who: podNamed("busybox"),
  container: null,
  variable: "PASSWORD",
};
const KEY = file("busybox", "/etc/key");

function changes(run: Run, sink: SinkName): string[] {
  const resolution = run.sinks.resolve(sink);
  if (!resolution.found) return [`${resolution.reason}: ${resolution.message}`];
  return resolution.tracks.flatMap(({ entries }) =>
    entries.map(
      ({ t, version }) =>
        `${t - START} ${version === null ? "-" : `v${version.ordinal}`}`,
    ),
  );
}

interface Given {
  readonly container?: string;
  readonly variables?: Readonly<Record<string, SinkVersion>>;
  readonly pinned?: Readonly<Record<string, SinkVersion>>;
  readonly causes?: readonly Cause[];
}

function plain({ object, version, ordinal, form }: SinkVersion): JsonObject {
  return { object, version, ordinal, form };
}

function create(run: Run, pod: Pod, given: Given): number {
  const { namespace, name, uid } = pod;
  const { container = MAIN, variables = {}, pinned = {} } = given;
  const data = {
    namespace,
    name,
    uid,
    container,
    attempt: 0,
    init: false,
    variables: Object.entries(variables).map(([variable, held]) => ({
      ...plain(held),
      variable,
      key: "password",
    })),
    pinned: Object.entries(pinned).map(([path, held]) => ({
      ...plain(held),
      path,
      volume: "secrets-store",
    })),
  };
  return run.record("container.created", data, given.causes ?? []);
}

function exit(run: Run, pod: Pod, container = MAIN): void {
  const { namespace, name, uid } = pod;
  const data = { namespace, name, uid, container, attempt: 0 };
  run.record("container.exited", { ...data, exitCode: 1, reason: "Error" });
}

interface PodWithVariables extends Pod {
  readonly environment: readonly EnvironmentFact[];
}

/** A pod whose containers take PASSWORD from a Secret's key. */
function withVariable(...containers: string[]): PodWithVariables {
  const environment = containers.map((container) => ({
    container,
    variable: "PASSWORD",
    source: "Secret/app-secret",
    key: "password",
    prefix: "",
  }));
  return { ...aPod(), environment };
}

function add(run: Run, pod: PodWithVariables): Pod {
  run.record("kubelet.pod.added", { ...pod });
  return pod;
}

function aWorld(): { run: Run; v1: Version } {
  const run = aRun();
  return { run, v1: run.setSecret("secret1") };
}

describe("a variable", () => {
  test("is there with its container, stays whatever the Secret does, and goes with it", () => {
    const { run, v1 } = aWorld();
    const pod = add(run, withVariable(MAIN));
    create(run.later(100), pod, { variables: { PASSWORD: v1 } });
    const v2 = run.at("1m").setSecret("secret1");
    run.secret("modified", "app-secret", { password: v2 });
    exit(run.at("2m"), pod);
    create(run.later(500), pod, { variables: { PASSWORD: v2 } });
    expect(changes(run, PASSWORD)).toEqual(["100 v1", "120000 -", "120500 v2"]);
  });

  test("of a pod without a container yet has no value", () => {
    const { run } = aWorld();
    add(run, withVariable(MAIN));
    expect(changes(run, PASSWORD)).toEqual([]);
  });

  test("that two containers have must be named with one of them", () => {
    const { run, v1 } = aWorld();
    const pod = add(run, withVariable(MAIN, "side"));
    create(run.later(100), pod, {
      container: "side",
      variables: { PASSWORD: v1 },
    });
    expect(changes(run, PASSWORD)).toEqual([
      "ambiguous: several containers of default/busybox have PASSWORD: busybox, side; name one as busybox@busybox",
    ]);
    expect(changes(run, { ...PASSWORD, container: "side" })).toEqual([
      "100 v1",
    ]);
  });

  test("that no container has is not there", () => {
    const { run } = aWorld();
    add(run, withVariable(MAIN));
    expect(changes(run, { ...PASSWORD, variable: "PASWORD" })).toEqual([
      "unmounted: no container of default/busybox has the variable PASWORD from a Secret or ConfigMap",
    ]);
    expect(changes(run, { ...PASSWORD, container: "side" })).toEqual([
      "unmounted: container side of default/busybox does not have the variable PASSWORD from a Secret or ConfigMap",
    ]);
  });

  test("of envFrom is known once a container was given it", () => {
    const { run, v1 } = aWorld();
    const whole: PodWithVariables = {
      ...aPod(),
      environment: [
        {
          container: MAIN,
          variable: null,
          source: "Secret/app-secret",
          key: null,
          prefix: "APP_",
        },
      ],
    };
    const pod = add(run, whole);
    const sink: SinkName = { ...PASSWORD, variable: "APP_password" };
    expect(changes(run, sink)).toEqual([]);
    expect(changes(run, PASSWORD)[0]).toContain("unmounted");
    create(run.later(100), pod, { variables: { APP_password: v1 } });
    expect(changes(run, sink)).toEqual(["100 v1"]);
  });
});

describe("a file behind a subPath", () => {
  const mounts = [aMount({ mountPath: "/etc/key", subPath: "secret1" })];

  test("stays what it was when its container was created", () => {
    const { run, v1 } = aWorld();
    const pod = run.addPod(aPod({ mounts }));
    run.later(100).file(pod, { secret1: v1 });
    create(run.later(100), pod, { pinned: { "/etc/key": v1 } });
    const v2 = run.at("1m").setSecret("secret1");
    run.file(pod, { secret1: v2 });
    expect(changes(run, KEY)).toEqual(["200 v1"]);
    exit(run.at("2m"), pod);
    create(run, pod, { pinned: { "/etc/key": v2 } });
    expect(changes(run, KEY)).toEqual(["200 v1", "120000 -", "120000 v2"]);
  });

  test("is explained by the write that the container found", () => {
    const { run, v1 } = aWorld();
    const pod = run.addPod(aPod({ mounts }));
    const request = run.get(pod, v1, run.sync(pod, "add"));
    const written = run.later(25).file(pod, { secret1: v1 }, [request]);
    const made = create(run.later(100), pod, {
      pinned: { "/etc/key": v1 },
      causes: [written],
    });
    const { hops } = whyChain(run.end("2m"), KEY, START + 60_000);
    expect(hops.map(({ fact }) => fact.type)).toEqual([
      "command",
      "vault.secret.set",
      "vault.request",
      "volume.switched",
      "container.created",
    ]);
    expect(hops.at(-1)!.fact.seq).toBe(made);
  });
});

test("sinksHolding names what containers were given, the container only where several have it", () => {
  const { run, v1 } = aWorld();
  const pod = add(run, withVariable(MAIN, "side"));
  create(run, pod, { variables: { PASSWORD: v1, OTHER: v1 } });
  expect(run.sinks.sinksHolding(v1.object)).toEqual([
    { ...PASSWORD, container: MAIN },
    { ...PASSWORD, variable: "OTHER" },
  ]);
});
