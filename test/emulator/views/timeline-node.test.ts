/** The timeline of issue 3: containers, processes, faults, Secrets of a driver from 1.6 on, keys and certificates. */
import { expect, test } from "vitest";
import { Timeline } from "../../../src/emulator/views/timeline.ts";
import type { TimelineOptions } from "../../../src/emulator/views/timeline.ts";
import type { Run } from "../../support/facts.ts";
import { aMount, aPod, aRun } from "../../support/facts.ts";
import {
  beginFault,
  createContainer,
  exitContainer,
  holdContainer,
  machineFact,
  publish,
  republish,
  setCertificate,
  setKey,
} from "../../support/facts-node.ts";
import { tooWide } from "./story.ts";

const environment = [
  {
    container: "busybox",
    variable: "PASSWORD",
    source: "Secret/app-secret",
    key: "mysecret1",
    prefix: "",
  },
];

/** The lines from an instant on, spaces run together; everything within 80 columns. */
function told(run: Run, from: string, options: TimelineOptions = {}) {
  const timeline = new Timeline();
  for (const fact of run.facts) timeline.fact(fact);
  const lines = timeline.lines(options);
  expect(tooWide(lines, 80)).toEqual([]);
  const first = lines.findIndex((line) => line.includes(from));
  return lines.slice(first).map((line) => line.replace(/\s+/g, " ").trim());
}

/** A pod that runs, its container given the first version. */
function running(version = "1.5.6") {
  const run = aRun({ settings: { driver: { version } }, firstTick: "1m" });
  const pod = run.addPod(aPod({ environment }));
  const v1 = run.setSecret("secret1");
  const sync = run.at(400).sync(pod, "add");
  const request = run.get(pod, v1, sync);
  const file = run.later(25).file(pod, { secret1: v1 }, [request, sync]);
  const keys = { mysecret1: v1 };
  const secret = run
    .later(8)
    .secret("created", "app-secret", keys, { causes: [file] });
  run.later(500).secretFile(pod, keys, [secret, sync]);
  createContainer(run, pod, { variables: { PASSWORD: v1 } });
  run.pod("running", pod);
  return { run, pod, v1, secret };
}

test("what containers are given at the start of a pod is part of its line", () => {
  const { run } = running();
  run.end("1m");
  expect(told(run, "+00:00.933")).toEqual([
    "+00:00.933 kubelet node-0 v1 pod busybox is running with secret1,",
    "mysecret1, PASSWORD",
  ]);
});

test("a pod that starts with several versions says which is which", () => {
  const run = aRun({ firstTick: "1m" });
  const pod = run.addPod(aPod({ environment }));
  const v1 = run.setSecret("secret1");
  const v2 = run.later(1000).setSecret("secret1");
  run.file(pod, { secret1: v2 });
  createContainer(run, pod, { variables: { PASSWORD: v1 } });
  run.pod("running", pod).end("2m");
  expect(told(run, "pod busybox")).toEqual([
    "+00:01.000 kubelet node-0 pod busybox is running with secret1 v2,",
    "PASSWORD v1",
  ]);
});

test("a container that ends and the next one with what it newly holds take a line each", () => {
  const { run, pod } = running();
  const v2 = run.at("5m").setSecret("secret1");
  exitContainer(run.at("6m"), pod, 137);
  run.later(231);
  const variables = { PASSWORD: v2 };
  createContainer(run, pod, { attempt: 1, variables });
  exitContainer(run.at("7m"), pod, 0, { attempt: 1 });
  createContainer(run.later(231), pod, { attempt: 2, variables });
  run.end("8m");
  expect(told(run, "+06:00")).toEqual([
    "+06:00.000 kubelet node-0 container of busybox ended: 137 (Error)",
    "+06:00.231 kubelet node-0 v2 restarted busybox: new PASSWORD",
    "+07:00.000 kubelet node-0 container of busybox ended: 0 (Completed)",
    "+07:00.231 kubelet node-0 restarted busybox",
  ]);
});

test("a crash loop is told once, then its restarts are counted unless they bring something", () => {
  const { run, pod, v1 } = running();
  const v2 = run.at("2m").setSecret("secret1");
  const crash = (attempt: number, held: typeof v1) => {
    const variables = { PASSWORD: held };
    createContainer(run.later(1000), pod, { attempt, variables });
    exitContainer(run.later(1000), pod, 1, { attempt });
    const message = `back-off ${attempt * 10}s restarting failed container=busybox`;
    holdContainer(run.later(1000), pod, "CrashLoopBackOff", message);
  };
  exitContainer(run.at("5m"), pod, 1);
  for (const attempt of [1, 2, 3]) crash(attempt, v1);
  run.at("6m");
  crash(4, v2);
  run.end("8m");
  expect(told(run, "+05:00")).toEqual([
    "+05:00.000 kubelet node-0 container of busybox ended: 1 (Error)",
    "+05:01.000 kubelet node-0 restarted busybox",
    "+05:02.000 kubelet node-0 container of busybox ended: 1 (Error)",
    "+05:03.000 kubelet node-0 CrashLoopBackOff of busybox, 10s at first",
    "… busybox restarted ×2",
    "+06:01.000 kubelet node-0 v2 restarted busybox: new PASSWORD",
  ]);
});

test("a container that cannot be configured is told with its reason, its events are not", () => {
  const run = aRun();
  const pod = run.addPod(aPod({ environment }));
  const message = 'secret "app-secret" not found';
  holdContainer(run.at(500), pod, "CreateContainerConfigError", message);
  for (const [reason, at] of [
    ["Failed", 500],
    ["BackOff", 12_000],
    ["Failed", 24_000],
  ] as const)
    run.at(at).repeat("k8s.event", "default/Pod/busybox", {
      reason,
      type: "Warning",
      message: `Error: ${message}`,
      kind: "Pod",
      namespace: "default",
      name: "busybox",
      uid: pod.uid,
      source: "kubelet",
      host: "node-0",
    });
  run.end("1m");
  expect(told(run, "+00:00.500").join(" ")).toBe(
    '+00:00.500 kubelet node-0 container of busybox waits CreateContainerConfigError: secret "app-secret" not found',
  );
});

test("what ends with its pod, and init containers that are done, have no line", () => {
  const { run, pod } = running();
  createContainer(run.at("1m"), pod, { container: "setup", init: true });
  exitContainer(run, pod, 0, { container: "setup" });
  run.at("2m").pod("terminating", pod);
  exitContainer(run, pod, 143);
  run.later(1000).pod("gone", pod);
  run.end("3m");
  expect(told(run, "+02:00")).toEqual([
    "+02:00.000 kubelet node-0 pod busybox is terminating",
    "+02:01.000 kubelet node-0 pod busybox is gone",
  ]);
});

test("processes say when they stop and come back", () => {
  const run = aRun({ firstTick: "1m" });
  machineFact(run.at("2m"), "csi.provider.stopped", "node-0");
  machineFact(run.at("2m3s"), "csi.provider.started", "node-0");
  machineFact(run.at("3m"), "kubelet.stopped", "node-0");
  machineFact(run.at("3m5s"), "kubelet.started", "node-0");
  machineFact(run.at("4m"), "csi.driver.stopped", "node-0");
  run.at("4m3s").driver("node-0", "6m3s");
  run.end("7m");
  expect(told(run, "+02:00")).toEqual([
    "+02:00.000 provider node-0 stops",
    "+02:03.000 provider node-0 is up again",
    "+03:00.000 kubelet node-0 stops; containers run on",
    "+03:05.000 kubelet node-0 is up again",
    "+04:00.000 driver node-0 stops; mounts stay",
    "+04:03.000 driver node-0 polls every 2m, first at +06:03.000",
  ]);
});

test("a machine takes its processes, containers and mounts with it, and mounts again", () => {
  const { run, pod, v1 } = running();
  const v2 = run.at("4m").setSecret("secret1");
  machineFact(run.at("5m"), "node.stopped", "node-0");
  machineFact(run, "kubelet.stopped", "node-0");
  machineFact(run, "csi.driver.stopped", "node-0");
  exitContainer(run, pod, 137);
  const { namespace, name, uid } = pod;
  for (const volume of ["secrets-store", "secret-volume"])
    run.record("volume.unmounted", { namespace, name, uid, volume });
  machineFact(run.at("6m"), "node.started", "node-0");
  machineFact(run, "kubelet.started", "node-0");
  run.driver("node-0", "8m");
  run.later(400).file(pod, { secret1: v2 });
  run.later(4).secretFile(pod, { mysecret1: v1 });
  createContainer(run.later(500), pod, {
    attempt: 1,
    variables: { PASSWORD: v2 },
  });
  run.end("7m");
  expect(told(run, "+05:00")).toEqual([
    "+05:00.000 node node-0 goes down",
    "+06:00.000 node node-0 is up again, its memory empty",
    "+06:00.000 driver node-0 polls every 2m, first at +08:00.000",
    "+06:00.400 driver node-0 v2 mounted again: …box:/mnt/secrets-store/secret1",
    "+06:00.404 kubelet node-0 v1 mounted again: …:/mnt/secrets-volume/mysecret1",
    "+06:00.904 kubelet node-0 v2 restarted busybox: new PASSWORD",
  ]);
});

test("faults are told in plain words, and what a vault refuses is counted", () => {
  const { run, pod, v1 } = running();
  const fault = (about: string, target: string, name: string) =>
    beginFault(run, about, { target, name, effect: "does not answer" });
  run.at("2m");
  const ends = [
    fault("vault kvdemo", "vault", "kvdemo"),
    fault("link node-0 -> entra", "link", "node-0"),
    fault("apiServer", "apiServer", ""),
  ];
  for (const at of ["2m10s", "2m20s", "2m30s"]) {
    const refused = { status: 429, version: null, ordinal: null };
    run.at(at).get(pod, v1, run.tick("node-0"), refused);
  }
  run.at("3m");
  for (const end of ends) end();
  run.end("4m");
  expect(told(run, "+02:00")).toEqual([
    "+02:00.000 fault vault kvdemo does not answer",
    "+02:00.000 fault the way from node-0 to Entra ID does not",
    "answer",
    "+02:00.000 fault the API server does not answer",
    "… kvdemo answers 429 ×3",
    "+03:00.000 fault vault kvdemo is whole again",
    "+03:00.000 fault the way from node-0 to Entra ID is whole again",
    "+03:00.000 fault the API server is whole again",
  ]);
});

test("watches of one component that were lost together come back in one line", () => {
  const { run } = running();
  for (const [by, afterMs] of [
    ["node-0/kubelet", 12_000],
    ["node-0/kubelet", 12_500],
    ["garbage-collector", 12_500],
  ] as const) {
    run.at(60_000 + afterMs);
    const data = { by, selection: "Pod", afterMs, failed: 3, learned: 0 };
    run.record("api.watch.resumed", data);
  }
  run.end("2m");
  expect(told(run, "+01:12")).toEqual([
    "+01:12.000 kubelet node-0 watches are back after 12s",
    "+01:12.500 api watches of garbage-collector are back after",
    "12.500s",
  ]);
});

test("a driver from 1.6 on polls at pod syncs; masked failures are told, rewriting is counted", () => {
  const { run, pod, v1 } = running("1.6.0");
  for (const at of ["1m", "1m30s"]) publish(run.at(at), pod, "skipped");
  for (const at of ["3m", "4m10s", "5m30s"])
    publish(run.at(at), pod, "unchanged");
  for (const ms of [340_000, 344_000])
    run.at(ms).secret("modified", "app-secret", { mysecret1: v1 });
  const error = "403 Forbidden";
  for (const at of ["6m", "7m10s"])
    publish(run.at(at), pod, "masked", { error });
  run.end("8m");
  expect(told(run, "polls at")).toEqual([
    "+00:00.000 driver node-0 polls at pod syncs, mounts 2m old",
    "+00:00.000 vault v1 secret1 set in kvdemo",
    "+00:00.433 api v1 Secret app-secret created: mysecret1",
    "+00:00.933 kubelet node-0 v1 pod busybox is running with secret1,",
    "mysecret1, PASSWORD",
    "… 3 quiet and 2 skipped polls · app-secret rewritten ×2",
    "+06:00.000 driver node-0 poll for busybox failed unnoticed",
    "403 Forbidden",
    "… 1 failed poll",
  ]);
});

test("an older version that comes back is a loud line", () => {
  const { run, pod, v1 } = running("1.6.0");
  const v2 = run.at("5m").setSecret("secret1");
  republish(run.at("6m"), pod, v2);
  const keys = { mysecret1: v1 };
  const by = "node-1/csi-driver";
  run.at("9m").secret("modified", "app-secret", keys, { by });
  run.end("10m");
  expect(told(run, "+09:00")).toEqual([
    "+09:00.000 api v1 Secret app-secret: AN OLDER VERSION CAME BACK",
    "node-1/csi-driver wrote the files of its own",
    "node over v2, which it does not look at",
  ]);
});

test("a renewed certificate takes one line, a key one of its own", () => {
  const run = aRun();
  setCertificate(run, "web");
  setKey(run, "signing");
  setCertificate(run.at("1m"), "web", { ordinal: 2 });
  setKey(run.at("2m"), "signing", 2);
  run.end("3m");
  expect(told(run, "certificate web created")).toEqual([
    "+00:00.000 vault v1 certificate web created in kvdemo",
    "+00:00.000 vault v1 key signing set in kvdemo: EC P-256",
    "+01:00.000 vault v2 certificate web renewed in kvdemo",
    "+02:00.000 vault v2 key signing set in kvdemo: EC P-256",
  ]);
});

test("a poll that finds a key or a certificate says which it is", () => {
  const { run, pod } = running();
  const first = setCertificate(run, "web");
  const asked = { operation: "CertificateGet" };
  run.get(pod, first.certificate, run.tick("node-0"), asked);
  const second = setCertificate(run.at("1m"), "web", { ordinal: 2 });
  const tick = run.at("2m").tick("node-0");
  run.get(pod, second.certificate, tick, asked);
  run.get(pod, second.key, tick, { operation: "KeyGet" });
  run.end("3m");
  expect(told(run, "+02:00")).toEqual([
    "+02:00.000 driver node-0 v2 polled for busybox: certificate web is new",
  ]);
});

test("a volume that every mount pins is switched unseen", () => {
  const run = aRun();
  const mounts = [
    aMount({
      volume: "secret-volume",
      mountPath: "/etc/key",
      subPath: "mysecret1",
    }),
  ];
  const pod = run.addPod(aPod({ mounts }));
  run.mount(pod, run.setSecret("secret1"));
  run.at("1m").secretFile(pod, { mysecret1: run.setSecret("secret1") });
  run.end("2m");
  expect(told(run, "+01:00").at(-1)).toMatch(/, seen by no container$/);
});

test("failures of one kind at many pods are explained once, named twice, then counted", () => {
  const run = aRun({ settings: { driver: { version: "1.6.0" } } });
  const error = "403 Forbidden";
  for (const [i, name] of ["a", "b", "c", "d"].entries()) {
    const pod = run.addPod(aPod({ name }));
    publish(run.at(60_000 + i * 100), pod, "masked", { error });
  }
  run.end("2m");
  expect(told(run, "+01:00")).toEqual([
    "+01:00.000 driver node-0 poll for a failed unnoticed",
    "403 Forbidden",
    "+01:00.100 driver node-0 poll for b failed unnoticed",
    "… 2 failed polls for 2 pods",
  ]);
});
