import { describe, expect, it } from "vitest";
import {
  childrenOf,
  isComplete,
} from "../../../src/cluster-sim/programs/wave/children.ts";
import { configHash } from "../../../src/cluster-sim/programs/wave/config-hash.ts";
import { readWaveOptions } from "../../../src/cluster-sim/programs/wave/options.ts";
import { takeToken } from "../../../src/cluster-sim/programs/wave/throttle.ts";
import type { ApiObject } from "../../../src/cluster-sim/ports.ts";
import { sha256Hex } from "../../../src/kernel/hash.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import { START, WATCH_LATENCY_MS } from "../support.ts";
import type { ProgramCluster } from "./support.ts";
import {
  aDeployment,
  aProgramCluster,
  aSecretOf,
  templateAnnotationsOf,
} from "./support.ts";

const WAVE = { image: "quay.io/wave-k8s/wave:v0.11.0", pod: "wave-1" };
const OPTED = { "wave.pusher.com/update-on-config-change": "true" };

/** Base64 of `one` and `two`. */
const ONE = "b25l";
const TWO = "dHdv";
const hashOf = (secrets: string): string =>
  sha256Hex(`{"configMaps":{},"secrets":${secrets}}`);

function aRunningWave(
  options: {
    readonly args?: readonly string[];
    readonly before?: readonly JsonObject[];
  } = {},
): ProgramCluster & { readonly id: string } {
  const { args = [], before } = options;
  const cluster = aProgramCluster();
  for (const each of before ?? [
    aSecretOf({ password: "one", other: "x" }),
    aDeployment({ annotations: OPTED }),
  ])
    cluster.apply(each);
  const id = cluster.start({ ...WAVE, args });
  cluster.runTo(MINUTE_MS);
  return { ...cluster, id };
}

const written = (cluster: ProgramCluster, name = "web"): string | undefined =>
  templateAnnotationsOf(cluster.read("Deployment", name))[
    "wave.pusher.com/config-hash"
  ];

describe("Wave", () => {
  it("writes the hash of the keys that a workload refers to, as soon as it runs", () => {
    const cluster = aRunningWave();
    expect(written(cluster)).toBe(hashOf(`{"app":{"password":"${ONE}"}}`));
    expect(cluster.told("wave.started")).toMatchObject([
      { about: "default/wave-1", data: { version: "0.11.0" } },
    ]);
    expect(cluster.writes("Deployment", "web")).toEqual([WATCH_LATENCY_MS]);
  });

  it("writes another one when they change, with an Event", () => {
    const cluster = aRunningWave();
    cluster.apply(aSecretOf({ password: "two", other: "x" }));
    cluster.wait();
    const hash = hashOf(`{"app":{"password":"${TWO}"}}`);
    expect(written(cluster)).toBe(hash);
    cluster.sim.trace.close();
    const events = cluster.told("k8s.event");
    expect(events.at(-1)?.data).toMatchObject({
      reason: "ConfigChanged",
      source: "wave",
      message: `Configuration hash updated to ${hash}`,
    });
    const [, updated] = cluster.told("wave.updated");
    expect(updated?.t).toBe(START + MINUTE_MS + WATCH_LATENCY_MS);
  });

  it("leaves a workload alone when other keys change", () => {
    const cluster = aRunningWave();
    cluster.apply(aSecretOf({ password: "one", other: "y" }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("leaves a workload alone that did not opt in", () => {
    const cluster = aRunningWave({
      before: [aSecretOf({ password: "one" }), aDeployment()],
    });
    expect(cluster.writes("Deployment", "web")).toEqual([]);
  });

  it("makes up for what changed while it was down, many changes as one", () => {
    const cluster = aRunningWave();
    cluster.end(cluster.id);
    for (const password of ["a", "b", "two"])
      cluster.apply(aSecretOf({ password }));
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
    cluster.start(WAVE);
    cluster.wait();
    expect(cluster.writes("Deployment", "web")).toHaveLength(2);
    expect(written(cluster)).toBe(hashOf(`{"app":{"password":"${TWO}"}}`));
  });

  it("waits for what must be there", () => {
    const cluster = aRunningWave({
      before: [aDeployment({ annotations: OPTED })],
    });
    expect(written(cluster)).toBeUndefined();
    cluster.apply(aSecretOf({ password: "one" }));
    cluster.wait();
    expect(written(cluster)).toBe(hashOf(`{"app":{"password":"${ONE}"}}`));
  });

  it("puts back a hash that somebody else wrote", () => {
    const cluster = aRunningWave();
    const hash = written(cluster);
    const annotations = { "wave.pusher.com/config-hash": "mine" };
    cluster.ask({
      verb: "patch",
      kind: "Deployment",
      namespace: "default",
      name: "web",
      patch: { spec: { template: { metadata: { annotations } } } },
    });
    expect(written(cluster)).toBe("mine");
    cluster.wait();
    expect(written(cluster)).toBe(hash);
  });

  it("tries an update that failed again, later each time", () => {
    const cluster = aRunningWave();
    const { sim, server } = cluster;
    const refuse = { kind: "refuse" } as const;
    cluster.apply(aSecretOf({ password: "two" }));
    cluster.runTo(MINUTE_MS + WATCH_LATENCY_MS - 1);
    const until = sim.now + 100;
    sim.command(() => server.fault({ callers: "wave", effect: refuse }, until));
    cluster.wait();
    const tries = cluster.told("wave.updated").slice(1);
    const gaps = tries.slice(1).map(({ t }, i) => t - tries[i]!.t);
    expect(gaps).toEqual([15, 20, 30, 50]);
    expect(cluster.writes("Deployment", "web")).toHaveLength(2);
  });

  it("looks at everything every 10 h, and writes nothing when nothing changed", () => {
    const cluster = aRunningWave();
    cluster.runTo(25 * HOUR_MS);
    expect(cluster.writes("Deployment", "web")).toHaveLength(1);
  });

  it("does not start with what is not modelled or not known", () => {
    const cluster = aProgramCluster();
    cluster.start({ ...WAVE, args: ["--enable-webhooks=true"] });
    cluster.start({ ...WAVE, args: ["-update-speed=1"] });
    cluster.wait();
    expect(
      cluster.told("wave.stopped").map(({ data }) => data["error"]),
    ).toEqual([
      "-enable-webhooks is not modelled",
      "flag provided but not defined: -update-speed",
    ]);
  });

  it("sends no more updates than its bucket has, then one a second", () => {
    const names = ["a", "b", "c", "d"];
    const cluster = aRunningWave({
      args: ["--update-burst=2"],
      before: [
        aSecretOf({ password: "one" }),
        ...names.map((name) => aDeployment({ name, annotations: OPTED })),
      ],
    });
    const times = names.flatMap((name) => cluster.writes("Deployment", name));
    expect(times).toHaveLength(4);
    const [first = 0, second, third, fourth] = times;
    expect(second).toBe(first + 10);
    expect(third).toBe(first + 1000);
    expect(fourth).toBe(first + 2000);
  });
});

describe("Wave's flags", () => {
  it("have defaults", () => {
    expect(readWaveOptions([])).toEqual({
      ok: true,
      options: {
        syncPeriodMs: 10 * HOUR_MS,
        updateRate: 1,
        updateBurst: 100,
        namespaces: null,
      },
    });
  });

  it("are read with one dash or two", () => {
    const args = ["-sync-period=5m", "--update-rate", "0.5", "-namespaces=a,b"];
    expect(readWaveOptions(args)).toMatchObject({
      options: {
        syncPeriodMs: 5 * MINUTE_MS,
        updateRate: 0.5,
        namespaces: ["a", "b"],
      },
    });
  });

  it("need their argument", () => {
    expect(readWaveOptions(["-sync-period"])).toEqual({
      ok: false,
      error: "flag needs an argument: -sync-period",
    });
    expect(readWaveOptions(["-sync-period=soon"])).toMatchObject({ ok: false });
  });
});

describe("Wave's token bucket", () => {
  it("fills at its rate, up to its burst", () => {
    const bucket = { tokens: 1, tokensAt: 0 };
    const limits = { updateRate: 1, updateBurst: 2 };
    expect(takeToken(bucket, limits, 0)).toBe(0);
    expect(takeToken(bucket, limits, 0)).toBe(1000);
    expect(takeToken(bucket, limits, 500)).toBe(1500);
    expect(takeToken(bucket, limits, 10_000)).toBe(0);
    expect(takeToken(bucket, limits, 10_000)).toBe(0);
    expect(takeToken(bucket, limits, 10_000)).toBe(1000);
  });
});

describe("what Wave takes for a workload's configuration", () => {
  const object = (podSpec: JsonObject, annotations: JsonObject = {}) =>
    aDeployment({ podSpec, annotations }) as unknown as ApiObject;
  const main = { name: "main", image: "busybox:1.36" };
  const named = (podSpec: JsonObject, annotations?: JsonObject): string[] =>
    childrenOf(object(podSpec, annotations)).map(
      ({ kind, namespace, name, required, keys }) =>
        `${kind} ${namespace}/${name}${required ? "" : "?"} ${keys?.join() ?? "*"}`,
    );

  it("is in volumes, projected ones by their keys", () => {
    const items = [{ key: "k", path: "p" }];
    const volumes = [
      { name: "a", secret: { secretName: "s", optional: true } },
      { name: "b", configMap: { name: "c" } },
      {
        name: "d",
        projected: {
          sources: [
            { secret: { name: "s", items } },
            { configMap: { name: "c" } },
          ],
        },
      },
    ];
    expect(named({ containers: [main], volumes })).toEqual([
      "ConfigMap default/c *",
      "ConfigMap default/c *",
      "Secret default/s? *",
      "Secret default/s k",
    ]);
  });

  it("is in the environment of containers, but not of init containers", () => {
    const env = [
      { name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
    ];
    const envFrom = [{ configMapRef: { name: "c", optional: true } }];
    const container = { ...main, env, envFrom };
    expect(named({ containers: [container] })).toEqual([
      "ConfigMap default/c? *",
      "Secret default/s k",
    ]);
    const init = { initContainers: [container], containers: [main] };
    expect(named(init)).toEqual([]);
  });

  it("is in the annotations, of any namespace", () => {
    const annotations = {
      "wave.pusher.com/extra-secrets": "a,other/b,x/y/z",
      "wave.pusher.com/extra-configmaps": "c",
    };
    expect(named({ containers: [main] }, annotations)).toEqual([
      "ConfigMap default/c? *",
      "Secret default/a? *",
      "Secret other/b? *",
    ]);
  });

  it("is complete when every key that must be there is", () => {
    const children = childrenOf(
      object({
        containers: [
          {
            ...main,
            env: [
              {
                name: "A",
                valueFrom: { secretKeyRef: { name: "s", key: "k" } },
              },
            ],
          },
        ],
      }),
    );
    expect(isComplete(children, () => null)).toBe(false);
    expect(isComplete(children, () => ({ other: "" }))).toBe(false);
    expect(isComplete(children, () => ({ k: "" }))).toBe(true);
  });

  it("is hashed by sorted names and keys, one entry for one name", () => {
    const child = { namespace: "default", required: true } as const;
    const children = [
      { ...child, kind: "Secret" as const, name: "z", keys: ["2"] },
      { ...child, kind: "Secret" as const, name: "a", keys: null },
      { ...child, kind: "Secret" as const, name: "z", keys: ["10"] },
    ];
    const data = { "2": ONE, "10": TWO };
    expect(configHash(children, () => data)).toBe(
      hashOf(
        `{"a":{"10":"${TWO}","2":"${ONE}"},"z":{"10":"${TWO}","2":"${ONE}"}}`,
      ),
    );
  });
});
