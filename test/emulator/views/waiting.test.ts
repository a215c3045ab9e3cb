/** What `why` says of sinks that are behind or empty: containers, publishes from 1.6 on, and what is broken. */
import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/kernel/time.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { why } from "../../../src/emulator/views/why.ts";
import type { Pod, Run, Version } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  START,
  aMount,
  aPod,
  aRun,
} from "../../support/facts.ts";
import {
  beginFault,
  createContainer,
  exitContainer,
  holdContainer,
  machineFact,
  publish,
  republish,
} from "../../support/facts-node.ts";
import {
  CSI_FILE,
  SECRET,
  SECRET_FILE,
  file,
  podNamed,
} from "../../support/scenarios.ts";

const classes = classesOf([SECRET_PROVIDER_CLASS]);
const PASSWORD: SinkName = {
  kind: "env",
  who: podNamed("busybox"),
  container: null,
  variable: "PASSWORD",
};
const KEY = file("busybox", "/etc/key");
const environment = [
  {
    container: "busybox",
    variable: "PASSWORD",
    source: "Secret/app-secret",
    key: "mysecret1",
    prefix: "",
  },
];

/** One line, since sentences may be wrapped anywhere. */
function said(run: Run, sink: SinkName, at: string): string {
  const options = { namespace: "default", classes };
  return why(run, sink, START + durationMs(at), options).replace(/\s+/g, " ");
}

interface Told {
  readonly run: Run;
  readonly pod: Pod;
  readonly v1: Version;
}

/** A pod with a variable and a pinned file beside its volumes; mounted, its container created. */
function running(version = "1.5.6", parts: Partial<Pod> = {}): Told {
  const run = aRun({ settings: { driver: { version } } });
  const mounts = [
    ...aPod().mounts,
    aMount({
      volume: "secret-volume",
      mountPath: "/etc/key",
      subPath: "mysecret1",
    }),
  ];
  const pod = run.addPod(aPod({ environment, mounts, ...parts }));
  const v1 = run.setSecret("secret1");
  run.at(400).mount(pod, v1);
  const read = { source: "Secret/app-secret", resourceVersion: "1" };
  createContainer(run, pod, {
    variables: { PASSWORD: { ...v1, ...read } },
    pinned: { "/etc/key": v1 },
  });
  return { run, pod, v1 };
}

describe("what a container was given", () => {
  test("stays until it is created anew, and would still be old while its Secret is", () => {
    const { run, pod } = running();
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    run.at("11m43.150s").poll(pod, v2);
    run.end("20m");
    expect(said(run, PASSWORD, "11m")).toContain(
      "The vault has v2 since 09:10:00.000. This sink never follows: an environment variable keeps its value until its container is created anew. A container that is created now gets v1: that is what Secret default/app-secret holds.",
    );
    expect(said(run, PASSWORD, "12m")).toContain(
      "A container that is created now gets v2: that is what Secret default/app-secret holds.",
    );
  });

  test("goes by the volume for a file behind a subPath", () => {
    const { run, pod } = running();
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    const { secret } = run.at("11m43.150s").poll(pod, v2);
    run.at("12m20s").resync(pod, v2, secret);
    run.end("20m");
    expect(said(run, KEY, "12m")).toContain(
      "This sink never follows: a subPath mount keeps its file until its container is created anew. A container that is created now gets v1: that is what volume secret-volume holds.",
    );
    expect(said(run, KEY, "13m")).toContain(
      "A container that is created now gets v2: that is what volume secret-volume holds.",
    );
  });

  test("is missing while the container cannot be configured", () => {
    const run = aRun();
    const pod = run.addPod(aPod({ environment }));
    expect(said(run, PASSWORD, "10ms")).toContain(
      "has no value (pod busybox on node-0) Container busybox is not created yet.",
    );
    holdContainer(
      run.later(500),
      pod,
      "CreateContainerConfigError",
      'secret "app-secret" not found',
    );
    run.end("1m");
    expect(said(run, PASSWORD, "30s")).toContain(
      'Container busybox waits with CreateContainerConfigError since 09:00:00.500: secret "app-secret" not found. The kubelet tries again every 10s-15s, for as long as it takes.',
    );
  });

  test("is missing while the container is held back by CrashLoopBackOff", () => {
    const { run, pod } = running();
    exitContainer(run.at("5m"), pod, 7);
    holdContainer(
      run.later(200),
      pod,
      "CrashLoopBackOff",
      "back-off 40s restarting failed container=busybox",
    );
    run.end("6m");
    expect(said(run, PASSWORD, "5m30s")).toContain(
      "Container busybox ended at 09:05:00.000 with exit code 7. Container busybox waits with CrashLoopBackOff since 09:05:00.200: back-off 40s restarting failed container=busybox. When that is over it is created anew",
    );
    expect(said(run, KEY, "5m30s")).toContain("with exit code 7");
    expect(said(run, CSI_FILE, "5m30s")).not.toContain("exit code");
  });
});

describe("a CSI file of a driver from 1.6 on", () => {
  test("waits until its mount is old enough, then for the next sync of its pod", () => {
    const { run, pod } = running("1.6.0");
    publish(run.at("1m"), pod, "skipped");
    run.at("1m30s").setSecret("secret1", "rotate");
    publish(run.at("2m20s"), pod, "unchanged");
    run.end("20m");
    expect(said(run, CSI_FILE, "1m40s")).toContain(
      "The mount is 1m39.575s old; until 09:02:00.425, when it has the rotationPollInterval of 2m, publishes ask for nothing (20.425s left). It waits for the kubelet's first sync of the pod after that, 1 to 1.5 times the syncFrequency of 1m after its last one, at 09:01:00.000: by 09:03:31.625 at the latest.",
    );
    expect(said(run, CSI_FILE, "2m0.424s")).toContain("(1ms left)");
    expect(said(run, CSI_FILE, "2m0.425s")).not.toContain("left)");
    expect(said(run, CSI_FILE, "2m30s")).toContain(
      "It waits for the kubelet's next sync of the pod, 1 to 1.5 times the syncFrequency of 1m after its last one, at 09:02:20.000: by 09:03:51.200 at the latest.",
    );
  });

  test("tells of failed fetches that nobody else tells of, and of the fault behind them", () => {
    const { run, pod } = running("1.6.0");
    const data = { target: "vault", name: "kvdemo", effect: "answers 403" };
    beginFault(run.at("9m"), "vault kvdemo", data);
    run.at("10m").setSecret("secret1", "rotate");
    publish(run.at("10m30s"), pod, "masked", {
      errorType: "GRPCProviderError",
      error: "403 Forbidden",
    });
    run.end("20m");
    expect(said(run, CSI_FILE, "11m")).toContain(
      "The vault has v2 since 09:10:00.000. Right now vault kvdemo answers 403 since 09:09:00.000. Its last fetch failed at 09:10:30.000; the driver tells its metrics alone, and the next sync of the pod tries again: 403 Forbidden It waits for the kubelet's next sync",
    );
  });

  test("is being written once the driver has asked", () => {
    const { run, pod } = running("1.6.0");
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    republish(run.at("11m"), pod, v2);
    run.end("20m");
    expect(said(run, CSI_FILE, "11m0.070s")).toContain(
      "The driver asked for it at 09:11:00.065 and writes the file",
    );
  });
});

test("a file whose driver has asked is not being written where another object of the mount fails", () => {
  const { run, pod } = running();
  const v2 = run.at("10m").setSecret("secret1", "rotate");
  run.at("11m43.215s").get(pod, v2, run.tick("node-0"));
  const { namespace, name } = pod;
  for (const at of ["11m43.300s", "11m53.300s", "12m3.300s"])
    run.at(at).repeat("csi.rotation.failed", "default/busybox", {
      namespace,
      name,
      secretProviderClass: "azure-keyvault-wi",
      errorType: "GRPCProviderError",
      error: "404 Not Found",
      durationMs: 85,
    });
  const request = run.at("13m").get(pod, v2, run.tick("node-0"));
  run.later(25).file(pod, { secret1: v2 }, [request]);
  run.end("20m");
  expect(said(run, CSI_FILE, "11m43.299s")).toContain(
    "The driver asked for it at 09:11:43.215 and writes the file",
  );
  expect(said(run, CSI_FILE, "12m")).toContain(
    "Its last reconcile failed at 09:11:53.300 and is tried again every 10s: 404 Not Found",
  );
  expect(said(run, CSI_FILE, "14m")).toContain(
    "3 polls of the pod failed meanwhile",
  );
});

describe("a Secret of a driver from 1.6 on", () => {
  test("waits for the first node that has the new files", () => {
    const { run } = running("1.6.0");
    run.at("10m").setSecret("secret1", "rotate");
    run.end("20m");
    expect(said(run, SECRET, "10m30s")).toContain(
      "The controller of the first node whose files have v2 writes it into the Secret, when the pod status tells of it. It waits for the kubelet's next sync of the pod",
    );
  });

  test("that was written back waits for a node whose files are newer", () => {
    const { run, pod, v1 } = running("1.6.0");
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    republish(run.at("11m"), pod, v2);
    run
      .at("15m")
      .secret(
        "modified",
        "app-secret",
        { mysecret1: v1 },
        { by: "node-1/csi-driver" },
      );
    run.end("20m");
    for (const sink of [SECRET, SECRET_FILE])
      expect(said(run, sink, "16m")).toContain(
        sink === SECRET
          ? "node-0 has v2 in the files of busybox; its controller replaces the Secret when the pod status changes, 5m after its last time, or when its driver starts."
          : "holds v1",
      );
  });
});

describe("what is broken now", () => {
  test("stands before what a file waits for", () => {
    const { run } = running();
    run.at("10m").setSecret("secret1", "rotate");
    machineFact(run.at("10m30s"), "csi.driver.stopped", "node-0");
    run.end("20m");
    expect(said(run, CSI_FILE, "11m")).toContain(
      "Right now the driver of node-0 is down since 09:10:30.000. It waits for the driver of node-0 to start with rotation switched on.",
    );
    expect(said(run, CSI_FILE, "10m29s")).not.toContain("Right now");
  });

  test("stands before what a secret volume waits for, with its failed refresh", () => {
    const { run, pod } = running();
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    run.at("11m43.150s").poll(pod, v2);
    const api = { target: "apiServer", name: "", effect: "does not answer" };
    beginFault(run.at("12m"), "apiServer", api);
    const { namespace, name, uid } = pod;
    run.at("12m10s").record("volume.failed", {
      namespace,
      name,
      uid,
      volume: "secret-volume",
      kind: "secret",
      error: "i/o timeout",
      backoffMs: 500,
    });
    run.end("20m");
    expect(said(run, SECRET_FILE, "12m20s")).toContain(
      "Secret default/app-secret has it since 09:11:43.244. Its last refresh failed at 09:12:10.000 and is tried again 500ms later: i/o timeout Right now the API server does not answer since 09:12:00.000. It waits for the kubelet's next sync",
    );
  });
});
