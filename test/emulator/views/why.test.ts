import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { why } from "../../../src/emulator/views/why.ts";
import type { Run } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  START,
  aPod,
  aRotation,
  aRun,
} from "../../support/facts.ts";
import {
  CSI_FILE,
  SECRET,
  SECRET_FILE,
  file,
} from "../../support/scenarios.ts";

const classes = classesOf([SECRET_PROVIDER_CLASS]);

function text(run: Run, sink: SinkName, at: string, width?: number): string {
  const options = { namespace: "default", classes, ...(width && { width }) };
  return why(run, sink, START + durationMs(at), options);
}

/** One line, for sentences that may be wrapped anywhere. */
const flat = (run: Run, sink: SinkName, at: string) =>
  text(run, sink, at).replace(/\s+/g, " ");

function rotation(): Run {
  return aRotation().run.end("20m");
}

describe("why", () => {
  test("prints the chain hop by hop with times, delays and rules", () => {
    expect(text(rotation(), SECRET_FILE, "20m")).toBe(
      `file busybox:/mnt/secrets-volume/mysecret1
at 2024-04-29 09:20:00.000 UTC holds v2 of kvdemo/secrets/secret1 since
09:12:21.256, 2m21.256s after it was set (pod busybox on node-0)

  09:10:00.000              command  step rotate: setSecret
                                     kvdemo/secrets/secret1
  09:10:00.000         +0s  set      the vault has a new version at once
  09:11:43.215  +1m43.215s  poll     the driver's ticker on node-0 asks every 2m
                                     (rotationPollInterval, first at
                                     09:01:43.150); its turn came 65ms after the
                                     tick of 09:11:43.150
  09:11:43.240       +25ms  file     AtomicWriter switches ..data when the vault
                                     has answered each request of the mount
                                     (latency.vault 25ms)
  09:11:43.244        +4ms  Secret   the driver patches the Secret in the same
                                     reconcile, after the files
  09:12:21.256    +38.012s  resync   the kubelet syncs the pod again 1m-1m30s
                                     after its last sync (syncFrequency 1m,
                                     jitter 0.5), seen by its 1s ticker; its
                                     volume loops add up to 200ms
`,
    );
  });

  test.each([40, 60, 80, 100])(
    "keeps every line within %d columns, 60 at least",
    (width) => {
      for (const at of ["10ms", "5m", "11m", "11m43.800s", "20m"])
        for (const sink of [CSI_FILE, SECRET, SECRET_FILE]) {
          const lines = text(rotation(), sink, at, width).split("\n");
          const longest = Math.max(...lines.map((line) => line.length));
          expect(longest).toBeLessThanOrEqual(Math.max(width, 60));
        }
    },
  );

  test("a file that is behind waits for the next tick of its node", () => {
    expect(flat(rotation(), CSI_FILE, "11m")).toContain(
      "The vault has v2 since 09:10:00.000. It waits for the next tick of the driver on node-0 at 09:11:43.150, one every 2m (rotationPollInterval). From the vault to this sink it takes at most 2m0.098s:",
    );
  });

  test("a tick of this instant has been, the next one is an interval later", () => {
    const { run } = aRotation();
    const tick = (at: string) =>
      /next tick of the driver on node-0 at (\S+),/.exec(
        flat(run, CSI_FILE, at),
      )?.[1];
    expect(tick("11m43.149s")).toBe("09:11:43.150");
    expect(tick("11m43.150s")).toBe("09:13:43.150");
  });

  test("a file whose driver has asked is being written", () => {
    expect(flat(rotation(), CSI_FILE, "11m43.220s")).toContain(
      "The driver asked for it at 09:11:43.215 and writes the file when its mount is complete.",
    );
  });

  test("a Secret waits for the reconcile that finds the version", () => {
    expect(flat(rotation(), SECRET, "11m")).toContain(
      "The driver writes v2 into the Secret in the reconcile that finds it. It waits for the next tick of the driver on node-0 at 09:11:43.150",
    );
  });

  test("a secret volume waits first for its Secret, then for the kubelet", () => {
    expect(flat(rotation(), SECRET_FILE, "11m")).toContain(
      "Secret default/app-secret still holds v1.",
    );
    expect(flat(rotation(), SECRET_FILE, "12m")).toContain(
      "Secret default/app-secret has it since 09:11:43.244. It waits for the kubelet's next sync of the pod, 1 to 1.5 times the syncFrequency of 1m after its last one: by 09:13:14.464 at the latest.",
    );
  });

  test("a sink without a bound never follows, with the reason", () => {
    const addon = { enableSecretRotation: false };
    const run = aRun({ settings: { addon }, firstTick: null });
    const pod = run.addPod(aPod());
    run.mount(pod, run.setSecret("secret1"));
    run.at("10m").setSecret("secret1", "rotate");
    run.end("20m");
    expect(flat(run, CSI_FILE, "20m")).toContain(
      "The vault has v2 since 09:10:00.000. This sink never follows: enableSecretRotation is false.",
    );
  });

  test("a driver that has yet to restart is waited for", () => {
    const addon = { enableSecretRotation: false };
    const run = aRun({ settings: { addon }, firstTick: null });
    const pod = run.addPod(aPod());
    run.mount(pod, run.setSecret("secret1"));
    run.at("10m").setSecret("secret1", "rotate");
    run.at("15m").settings({});
    run.end("20m");
    expect(flat(run, CSI_FILE, "15m")).toContain(
      "It waits for the driver of node-0 to start with rotation switched on.",
    );
  });

  test("a reconcile that failed since is told with its error", () => {
    const { run } = aRotation();
    const failed = {
      namespace: "default",
      name: "busybox",
      secretProviderClass: "azure-keyvault-wi",
      error: "403 Forbidden",
    };
    const behind = aRun();
    const pod = behind.addPod(aPod());
    behind.mount(pod, behind.setSecret("secret1"));
    behind.at("10m").setSecret("secret1", "rotate");
    for (const at of ["11m", "11m10s", "11m20s"])
      behind.at(at).repeat("csi.rotation.failed", "busybox", failed);
    behind.end("20m");
    expect(flat(behind, CSI_FILE, "11m15s")).toContain(
      "Its last reconcile failed at 09:11:10.000 and is tried again every 10s: 403 Forbidden",
    );
    expect(flat(run, CSI_FILE, "11m")).not.toContain("failed");
  });

  test("a volume that does not mount is told with its error and back-off", () => {
    const run = aRun();
    const { namespace, name, uid } = run.addPod(aPod());
    run.later(300).record("volume.failed", {
      namespace,
      name,
      uid,
      volume: "secrets-store",
      kind: "csi",
      error: "404 SecretNotFound",
      backoffMs: 500,
    });
    run.end("20m");
    expect(flat(run, CSI_FILE, "1s")).toContain(
      "has no value (pod busybox on node-0) Volume secrets-store is not mounted: at 09:00:00.300 its mount failed with: 404 SecretNotFound It is tried again 500ms after that",
    );
  });

  test("a name that stands for nothing says why", () => {
    expect(text(aRun(), CSI_FILE, "1m")).toBe(
      `file busybox:/mnt/secrets-store/secret1
at 2024-04-29 09:01:00.000 UTC has no value: no pod default/busybox came to
exist
`,
    );
  });

  test("dates a hop of another day", () => {
    const { run } = aRotation();
    run.end("1d");
    expect(text(run, CSI_FILE, "1d")).toContain(
      "\n  2024-04-29\n  09:10:00.000 ",
    );
  });

  test("of several pods explains the one that is furthest behind", () => {
    const run = aRun();
    const v1 = run.setSecret("secret1");
    const pods = ["web-0", "web-1", "web-2"].map((name) =>
      run.addPod(aPod({ name, workload: "default/statefulset/web" })),
    );
    for (const pod of pods) run.file(pod, { secret1: v1 });
    run.end("20m");
    const who = {
      kind: "statefulset",
      namespace: "default",
      name: "web",
    } as const;
    expect(flat(run, file(who, "/mnt/secrets-store/secret1"), "1m")).toContain(
      "The name stands for 2 more pods; web-0 is the one that is furthest behind.",
    );
  });

  test("lets no control character of the run through", () => {
    const run = aRun();
    const { namespace, name, uid } = run.addPod(aPod());
    run.record("volume.failed", {
      namespace,
      name,
      uid,
      volume: "v",
      kind: "csi",
      error: "a\x1B[31mred\r\nline",
      backoffMs: 500,
    });
    run.end("1m");
    expect(text(run, CSI_FILE, "1m")).toContain("a\\x1b[31mred\\r\\nline");
  });
});
