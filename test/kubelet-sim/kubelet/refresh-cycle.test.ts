/** kubelet.md 1 and 13.7: one refresh cycle, and everything in it that is left to chance. */
import { expect, test } from "vitest";
import type { Draws } from "../../../src/kernel/draw.ts";
import type { JsonValue } from "../../../src/kernel/json.ts";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import { aPod, aSecret, aWorld, secretVolume } from "../../support/world.ts";
import { aConfigMap, aNode } from "./sources-support.ts";
import type { TestNode } from "./sources-support.ts";

const POD = aPod({ volumes: { secret: secretVolume("app-secret") } });

/** Names of draws as they are made from now on. */
function spyOn(draws: Draws): Set<string> {
  const names = new Set<string>();
  for (const method of ["uint32", "hex", "between", "uuid"] as const) {
    const real = draws[method].bind(draws) as (...args: never[]) => never;
    const spy = (...args: (string | number)[]) => {
      const name = args.find((arg) => typeof arg === "string");
      if (name !== undefined) names.add(name);
      return real(...(args as never[]));
    };
    Object.assign(draws, { [method]: spy });
  }
  return names;
}

test("a refresh draws the pod's resync and the name of its directory, and nothing else [KUBELET-13.7-01]", () => {
  const w = aWorld({ manifests: [aSecret({ password: "one" }), POD] });
  w.until("2m");
  const names = spyOn(w.world.sim.draws);
  w.setSecret("secret1", "unrelated");
  w.apply(aSecret({ password: "two" }));
  w.advance("3m");
  expect(w.read("/mnt/secret/password")).toBe("two");
  const ofTheNode = [...names].filter((name) => !name.startsWith("apiserver/"));
  expect(ofTheNode.filter((name) => !/vault|uid/.test(name)).sort()).toEqual([
    "kubelet/node-0/default/busybox/resync",
    "volume/default/busybox/secret/dir",
  ]);
});

test("syncs of a quiet pod lie 60 to 91 s apart, each drawn anew [CSI-12.0-10]", () => {
  const w = aWorld({ manifests: [aSecret({ password: "0" }), POD] }).until(
    "1m",
  );
  const refreshed: number[] = [];
  for (let i = 1; i <= 40; i++) {
    w.apply(aSecret({ password: String(i) }));
    refreshed.push(w.untilFact("volume.switched").t);
  }
  const gaps = refreshed.slice(1).map((t, i) => t - refreshed[i]!);
  expect(Math.min(...gaps)).toBeGreaterThan(60_000);
  expect(Math.max(...gaps)).toBeLessThan(91_300);
  expect(new Set(gaps).size).toBeGreaterThan(15);
});

/** A day of a node's sources: every kind of volume, changes, failures and restarts. */
function story(node: TestNode): void {
  const sources = [
    { secret: { name: "app-secret" } },
    { configMap: { name: "settings", optional: true } },
    { serviceAccountToken: { path: "token", expirationSeconds: 600 } },
    {
      downwardAPI: {
        items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }],
      },
    },
  ];
  node.apply(aSecret({ password: "one" }));
  const pod = node.apply(
    aPod({
      volumes: {
        all: { projected: { sources } },
        late: secretVolume("late-secret"),
      },
    }),
  );
  node.sync(pod).advance("20s");
  node.apply(aSecret({ password: "x" }, { name: "late-secret" }));
  node.advance("1m");
  for (let i = 0; i < 10; i++) {
    if (i % 3 === 0) node.apply(aSecret({ password: String(i) }));
    if (i === 4) node.remove("Secret", "late-secret");
    if (i === 6) node.apply(aConfigMap({ greeting: "hello" }));
    if (i === 8) node.outage(30_000);
    node.sync(pod).advance("70s");
  }
  node.sim.command(() => node.manager.endPod(pod.object.metadata.uid));
  node.advance("5m");
}

test.each(["Watch", "Cache", "Get"] as const)(
  "both machine back ends tell the same story of a node that reads by %s",
  (changeDetection) => {
    const told = (backend: MachineBackend) => {
      const node = aNode({ backend, changeDetection });
      story(node);
      return [node.sim.trace.hash, node.told];
    };
    expect(told("table")).toEqual(told("actor"));
  },
);

test.each(["Watch", "Cache", "Get"] as const)(
  "a snapshot between any two steps goes on as if nothing had happened, by %s",
  (changeDetection) => {
    const whole = aNode({ changeDetection });
    story(whole);
    const broken = aNode({ changeDetection });
    const advance = broken.advance.bind(broken);
    let snapshots = 0;
    broken.advance = (duration) => {
      const half = typeof duration === "number" ? duration : null;
      if (half === null) {
        const snapshot: JsonValue = broken.sim.snapshot();
        broken.sim.restore(JSON.parse(JSON.stringify(snapshot)) as JsonValue);
        snapshots += 1;
      }
      return advance(duration);
    };
    story(broken);
    expect(snapshots).toBeGreaterThan(10);
    expect(broken.sim.trace.hash).toBe(whole.sim.trace.hash);
  },
);
