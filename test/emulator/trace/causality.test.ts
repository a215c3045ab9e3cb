import { describe, expect, test } from "vitest";
import type { Hop } from "../../../src/emulator/trace/causality.ts";
import { chainOf } from "../../../src/emulator/trace/causality.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { whyChain } from "../../../src/emulator/trace/why-chain.ts";
import type { Run } from "../../support/facts.ts";
import { START, aPod, aRotation, aRun } from "../../support/facts.ts";
import { CSI_FILE, SECRET, SECRET_FILE } from "../../support/scenarios.ts";

function hopsAt(run: Run, sink: SinkName, ms: number): readonly Hop[] {
  return whyChain(run, sink, START + ms).hops;
}

const labels = (hops: readonly Hop[]) => hops.map((hop) => hop.label);

describe("the chain of a rotation", () => {
  const { run } = aRotation();
  run.end("20m");

  test("goes from the step over vault, poll, file and Secret to the resync", () => {
    const hops = hopsAt(run, SECRET_FILE, 900_000);
    expect(labels(hops)).toEqual([
      "command",
      "set",
      "poll",
      "file",
      "Secret",
      "resync",
    ]);
    expect(hops.map((hop) => hop.delayMs)).toEqual([
      0, 0, 103_215, 25, 4, 38_012,
    ]);
  });

  test("is a part of the same way for the sinks before it", () => {
    expect(labels(hopsAt(run, SECRET, 900_000)).at(-1)).toBe("Secret");
    expect(labels(hopsAt(run, CSI_FILE, 900_000)).at(-1)).toBe("file");
  });

  test("names the trigger of each hop", () => {
    const triggers = hopsAt(run, SECRET_FILE, 900_000).map(
      (hop) => hop.trigger?.fact.type ?? null,
    );
    expect(triggers.slice(2)).toEqual([
      "csi.rotation.tick",
      "csi.rotation.tick",
      "csi.rotation.tick",
      "kubelet.pod.sync",
    ]);
  });

  test("is that of the mount until the instant before the switch", () => {
    expect(labels(hopsAt(run, CSI_FILE, 703_239))).toContain("mount");
    expect(labels(hopsAt(run, CSI_FILE, 703_240))).toContain("poll");
  });

  test("tells the settings' numbers in its rules", () => {
    const rules = hopsAt(run, SECRET_FILE, 900_000).map((hop) => hop.rule);
    expect(rules).toEqual([
      "step rotate: setSecret kvdemo/secrets/secret1",
      "the vault has a new version at once",
      "the driver's ticker on node-0 asks every 2m (rotationPollInterval, first at 09:01:43.150); its turn came 65ms after the tick of 09:11:43.150",
      "AtomicWriter switches ..data when the vault has answered each request of the mount (latency.vault 25ms)",
      "the driver patches the Secret in the same reconcile, after the files",
      "the kubelet syncs the pod again 1m-1m30s after its last sync (syncFrequency 1m, jitter 0.5), seen by its 1s ticker; its volume loops add up to 200ms",
    ]);
  });
});

test("a cause that is not in the trace has no chain", () => {
  expect(chainOf(aRun().index, 999)).toEqual([]);
});

test("a folded poll is followed to the instance that read the version", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const v1 = run.setSecret("secret1");
  for (const tick of [1, 2, 3]) {
    const at = run.at(tick * 120_000).tick("node-0");
    const request = run.later(10).get(pod, v1, at);
    if (tick === 3) run.later(5).file(pod, { secret1: v1 }, [request, at]);
  }
  run.end("10m");
  const hops = hopsAt(run, CSI_FILE, 600_000);
  const poll = hops.find((hop) => hop.label === "poll");
  expect(poll).toMatchObject({ n: 2, t: START + 360_010 });
  expect(poll?.trigger?.t).toBe(START + 360_000);
  expect(hops.at(-1)).toMatchObject({ label: "file", delayMs: 5 });
});

test("each file of a volume is followed to its own request", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const one = run.setSecret("secret1", "one");
  const two = run.at("1s").setSecret("secret2", "two");
  const first = run.at("2s").get(pod, one, run.tick("node-0"));
  const second = run.get(pod, two, first);
  run.later(25).file(pod, { secret1: one, secret2: two }, [second]);
  run.end("10m");
  const rule = hopsAt(run, CSI_FILE, 600_000)[0]?.rule;
  expect(rule).toBe("step one: setSecret kvdemo/secrets/secret1");
});

test("a version that an earlier fact brought is followed to that fact", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const v1 = run.setSecret("secret1", "first");
  const sync = run.sync(pod, "add");
  const secret = run.secret("created", "app-secret", { mysecret1: v1 });
  run.later(100).secretFile(pod, { mysecret1: v1 }, [sync]);
  run.end("10m");
  const hops = hopsAt(run, SECRET_FILE, 600_000);
  expect(hops.map((hop) => hop.fact.seq)).toContain(secret);
  expect(hops.at(-1)).toMatchObject({ label: "mount", delayMs: 100 });
});

describe("rules", () => {
  test.each([
    ["resync", "resync"],
    ["add", "mount"],
    ["update", "update"],
    ["pleg", "pleg"],
    ["backoff", "backoff"],
    ["other", "refresh"],
  ])("a secret volume written at a %s sync is a hop %s", (trigger, label) => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    const write = run.secret("created", "app-secret", { mysecret1: v1 });
    const sync = run.sync(pod, trigger);
    run.secretFile(pod, { mysecret1: v1 }, [write, sync]);
    run.end("1m");
    expect(labels(hopsAt(run, SECRET_FILE, 0)).at(-1)).toBe(label);
  });

  test("a retried mount names the back-off that it waited for", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    const { namespace, name, uid } = pod;
    const failed = run.record("volume.failed", {
      namespace,
      name,
      uid,
      volume: "secrets-store",
      kind: "csi",
      error: "refused",
      backoffMs: 2e3,
    });
    const request = run.at("2s").get(pod, v1, failed);
    run.file(pod, { secret1: v1 }, [request, failed]);
    run.end("1m");
    const hop = hopsAt(run, CSI_FILE, 60_000).at(-2);
    expect(hop).toMatchObject({
      label: "remount",
      rule: "the kubelet tries a failed mount again after 2s; each failure doubles the wait",
    });
  });

  test("a retried reconcile names the driver's flat pause", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    const failed = run.repeat("csi.rotation.failed", "x", { error: "x" });
    const request = run.at("10s").get(pod, v1, failed);
    run.file(pod, { secret1: v1 }, [request, failed]);
    run.end("1m");
    expect(hopsAt(run, CSI_FILE, 60_000).at(-2)).toMatchObject({
      label: "retry",
      rule: "the driver tries again 10s after a failed rotation reconcile",
    });
  });

  test("equal bytes count as seen without a write", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    run.file(pod, { secret1: run.setSecret("secret1") });
    const v2 = run.at("1m").setSecret("secret1");
    const request = run.at("2m").get(pod, v2, run.tick("node-0"));
    run.file(pod, { secret1: v2 }, [request], "volume.verified");
    run.end("5m");
    expect(hopsAt(run, CSI_FILE, 300_000).at(-1)?.label).toBe("verified");
  });

  test("a literal from a manifest begins with the command that applied it", () => {
    const run = aRun();
    const apply = run.record("command", {
      kind: "apply",
      id: "",
      target: "default/Secret/app-secret",
    });
    const literal = {
      object: "default/secret/app-secret/mysecret1",
      version: "l1",
      ordinal: 1,
      form: "as-is",
    };
    run.secret(
      "created",
      "app-secret",
      { mysecret1: literal },
      { causes: [apply], by: "kubectl" },
    );
    expect(hopsAt(run, SECRET, 0)).toMatchObject([
      { rule: "a command: apply default/Secret/app-secret" },
      { rule: "written by kubectl" },
    ]);
  });
});

describe("whyChain", () => {
  test("explains the pod that is furthest behind", () => {
    const run = aRun({ nodes: ["node-0", "node-1"] });
    const web = {
      kind: "statefulset",
      namespace: "default",
      name: "web",
    } as const;
    const [first, second] = ["web-0", "web-1"].map((name, i) =>
      run.addPod(
        aPod({
          name,
          node: `node-${i}`,
          workload: "default/statefulset/web",
        }),
      ),
    );
    const v1 = run.setSecret("secret1");
    run.file(first!, { secret1: v1 });
    run.file(second!, { secret1: v1 });
    const v2 = run.at("1m").setSecret("secret1");
    run.file(first!, { secret1: v2 });
    const sink = { ...CSI_FILE, who: web } as SinkName;
    const chain = whyChain(run, sink, START + 60_000);
    expect(chain.track?.pod?.name).toBe("web-1");
    expect(chain.others.map((pod) => pod.name)).toEqual(["web-0"]);
    expect(chain.holds?.ordinal).toBe(1);
    expect(chain.newer?.data.ordinal).toBe(2);
  });

  test("has nothing newer to tell of before the vault has it", () => {
    const { run } = aRotation();
    const newer = (ms: number) => whyChain(run, CSI_FILE, START + ms).newer;
    expect(newer(599_999)).toBeNull();
    expect(newer(600_000)?.data.ordinal).toBe(2);
    expect(newer(703_240)).toBeNull();
  });

  test("says why a name stands for nothing", () => {
    const { run } = aRotation();
    expect(whyChain(run, CSI_FILE, START + 19).missing).toBe(
      "it does not exist at that time",
    );
    expect(whyChain(aRun(), CSI_FILE, START).missing).toBe(
      "no pod default/busybox came to exist",
    );
  });
});
