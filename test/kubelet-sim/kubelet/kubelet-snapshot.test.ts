/** Design 3 and 4: the node's life is the same on both back ends, and across a snapshot at any moment of it. */
import { expect, test } from "vitest";
import type { MachineBackend } from "../../../src/kernel/machine-runner.ts";
import type { TestWorld } from "../../support/world.ts";
import {
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";
import { aPodOf, kill, theNode } from "./support.ts";

/** A run with a crash loop, a job, a config error, restarts of everything and a deletion. */
function aBusyRun(backend: MachineBackend = "table"): TestWorld {
  const metadata = { annotations: { "keyturn.dev/exit-after": "3s" } };
  const w = aWorld({
    backend,
    manifests: [
      aSecret({ password: "one" }),
      aClass(),
      aPod({
        volumes: { secret: secretVolume("app-secret"), csi: csiVolume("kv") },
      }),
      { ...aPodOf([{ name: "main" }], { metadata }), ...named("crasher") },
      {
        ...aPodOf([{ name: "main" }], {
          metadata,
          spec: {
            restartPolicy: "Never",
            initContainers: [{ name: "init", image: "busybox" }],
          },
        }),
        ...named("job", metadata),
      },
    ],
  });
  const valueFrom = { secretKeyRef: { name: "late", key: "password" } };
  w.apply({
    ...aPodOf([{ name: "main", env: [{ name: "P", valueFrom }] }]),
    ...named("waiting"),
  });
  return w;
}

function named(name: string, metadata: object = {}) {
  return { metadata: { name, namespace: "default", ...metadata } };
}

function disturb(w: TestWorld): void {
  const { sim } = w.world;
  const node = theNode(w);
  kill(w, 1);
  sim.command(() => node.restartKubelet(w.now + 20_000, 5_000));
  sim.command(() => node.restartNode(w.now + 60_000, 30_000));
}

function finish(w: TestWorld): string {
  w.until("2m");
  w.apply(aSecret({ password: "two" }, { name: "late" }));
  w.until("3m");
  w.remove("pod/busybox");
  w.until("5m");
  return w.world.traceHash;
}

test("both back ends tell the same story", () => {
  const hashes = (["table", "actor"] as const).map((backend) => {
    const w = aBusyRun(backend).until("20s");
    disturb(w);
    return finish(w);
  });
  expect(hashes[0]).toBe(hashes[1]);
});

test.each([100, 700, 1_100, 20_500, 27_000, 85_000, 111_000])(
  "a world that is put back to a snapshot of %i ms later goes on as it would have",
  (ms) => {
    const w = aBusyRun().until("5s");
    disturb(w);
    w.advance(ms);
    const snapshot = w.world.snapshot();
    const hash = finish(w);
    const at = w.now;
    w.world.restore(snapshot);
    expect(w.world.now).toBeLessThan(at);
    expect(finish(w)).toBe(hash);
  },
);
