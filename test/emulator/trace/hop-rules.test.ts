/** The rules of issue 3: containers, publishes of a driver from 1.6 on, Secrets of its controller, what holds a hop up. */
import { describe, expect, test } from "vitest";
import type { Hop } from "../../../src/emulator/trace/causality.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { whyChain } from "../../../src/emulator/trace/why-chain.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { Run } from "../../support/facts.ts";
import { START, aMount, aPod, aRotation, aRun } from "../../support/facts.ts";
import {
  beginFault,
  createContainer,
  exitContainer,
  holdContainer,
  machineFact,
  republish,
} from "../../support/facts-node.ts";
import {
  CSI_FILE,
  SECRET,
  SECRET_FILE,
  file,
  podNamed,
} from "../../support/scenarios.ts";

const PASSWORD: SinkName = {
  kind: "env",
  who: podNamed("busybox"),
  container: "busybox",
  variable: "PASSWORD",
};

function lastHop(run: Run, sink: SinkName, at: string): Hop {
  const { hops } = whyChain(run, sink, START + durationMs(at));
  return hops.at(-1)!;
}

const text = ({ label, rule }: Hop) => `${label}: ${rule}`;
const labelsOf = (run: Run, sink: SinkName, at: string) =>
  whyChain(run, sink, START + durationMs(at)).hops.map(({ label }) => label);

describe("a container", () => {
  test("resolves its variables when it is created, from an object at a resourceVersion", () => {
    const { run, pod, v1, v2 } = aRotation();
    const at = { source: "Secret/app-secret", resourceVersion: "1" };
    const created = run.sinks.secretWrites("default", "app-secret");
    run.later(1000);
    createContainer(run, pod, {
      variables: { PASSWORD: { ...v1, ...at } },
      causes: [created[0]!.seq],
    });
    run.at("15m");
    exitContainer(run, pod, 1);
    const sync = run.later(231).sync(pod, "pleg");
    createContainer(run, pod, {
      attempt: 1,
      variables: { PASSWORD: { ...v2, ...at, resourceVersion: "2" } },
      causes: [created[1]!.seq, sync],
    });
    run.end("20m");
    expect(text(lastHop(run, PASSWORD, "14m"))).toBe(
      "container: environment variables are resolved when the container is created, never again: PASSWORD from Secret app-secret at resourceVersion 1",
    );
    expect(text(lastHop(run, PASSWORD, "16m"))).toBe(
      "restart: environment variables are resolved when the container is created, never again: PASSWORD from Secret app-secret at resourceVersion 2; it was created anew because the one before had ended at 09:15:00.000 with exit code 1",
    );
    expect(labelsOf(run, PASSWORD, "16m")).toEqual([
      "command",
      "set",
      "poll",
      "file",
      "Secret",
      "restart",
    ]);
  });

  test("follows the write that its variable was read from, where another one is newer", () => {
    const { run, pod, v1 } = aRotation();
    const newer = run.sinks.secretWrites("default", "app-secret").at(-1)!;
    const at = { source: "Secret/app-secret", resourceVersion: "1" };
    createContainer(run, pod, {
      variables: { PASSWORD: { ...v1, ...at } },
      causes: [newer.seq],
    });
    run.end("20m");
    const { hops } = whyChain(run, PASSWORD, START + durationMs("15m"));
    expect(hops.at(-2)!.fact.type).toBe("api.object.created");
  });

  test("binds the file of a subPath that is there when it is created", () => {
    const run = aRun();
    const mounts = [
      aMount({
        volume: "secret-volume",
        mountPath: "/etc/key",
        subPath: "mysecret1",
      }),
    ];
    const pod = run.addPod(aPod({ mounts }));
    const v1 = run.setSecret("secret1");
    run.mount(pod, v1);
    createContainer(run, pod, { pinned: { "/etc/key": v1 } });
    run.end("1m");
    expect(text(lastHop(run, file("busybox", "/etc/key"), "30s"))).toBe(
      "container: a subPath mount binds the file that is there when the container is created; later switches of ..data do not reach /etc/key",
    );
  });

  test("tells what it waited with", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    holdContainer(
      run,
      pod,
      "CreateContainerConfigError",
      'secret "app-secret" not found',
    );
    const secret = run.later(12_000).secret("created", "app-secret", {
      mysecret1: v1,
    });
    createContainer(run, pod, {
      variables: { PASSWORD: v1 },
      causes: [secret],
    });
    run.end("1m");
    expect(lastHop(run, PASSWORD, "30s").rule).toContain(
      "; since 09:00:00.000 it had waited with CreateContainerConfigError",
    );
  });

  test("that crashed tells its exit and its back-off", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    const secret = run.secret("created", "app-secret", { mysecret1: v1 });
    createContainer(run, pod, { causes: [secret] });
    run.later(5000);
    exitContainer(run, pod, 3);
    holdContainer(run, pod, "CrashLoopBackOff", "back-off 10s restarting");
    run.later(10_000);
    const variables = { PASSWORD: v1 };
    createContainer(run, pod, { attempt: 1, variables, causes: [secret] });
    run.end("1m");
    expect(lastHop(run, PASSWORD, "30s").rule).toContain(
      "ended at 09:00:05.000 with exit code 3, after its CrashLoopBackOff",
    );
  });
});

describe("a driver from 1.6 on", () => {
  const driver = { version: "1.6.0" };

  function rotated() {
    const run = aRun({ settings: { driver } });
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    run.at(400).mount(pod, v1);
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    const written = republish(run.at("11m"), pod, v2);
    return { run, pod, v1, v2, written };
  }

  test("fetches at a pod sync, since its mount is old enough", () => {
    const { run } = rotated();
    run.end("20m");
    expect(labelsOf(run, SECRET, "15m")).toEqual([
      "command",
      "set",
      "republish",
      "file",
      "Secret",
    ]);
    const hop = whyChain(run, CSI_FILE, START + durationMs("15m")).hops[2]!;
    expect(hop.rule).toBe(
      "the kubelet publishes the volume again at each pod sync (1m-1m30s); the driver fetched because the mount, 10m59.640s old, was older than rotationPollInterval 2m",
    );
    expect(lastHop(run, SECRET, "15m").rule).toBe(
      "the driver's controller replaces the Secret from the files of node-0, as the pod status's watch event tells it",
    );
  });

  test("still mounts at the start", () => {
    const { run } = rotated();
    run.end("20m");
    expect(labelsOf(run, CSI_FILE, "5m")).toContain("mount");
  });

  test("a node whose files are older writes the old value back, and the chain says so", () => {
    const { run, v1, written } = rotated();
    const other = run.file(aPod({ name: "other", node: "node-1" }), {
      secret1: v1,
    });
    run
      .at("15m")
      .secret(
        "modified",
        "app-secret",
        { mysecret1: v1 },
        { causes: [other, written.secret], by: "node-1/csi-driver" },
      );
    run.driver("node-1", null, { version: "1.6.0" });
    run.end("20m");
    expect(text(lastHop(run, SECRET, "16m"))).toBe(
      "write-back: the driver's controller replaces the Secret from the files of node-1, which were older than the Secret: it writes without looking, 5m after its last time",
    );
  });

  test("rewriting a Secret without news is no part of the way", () => {
    const { run, pod, v2, written } = rotated();
    const keys = { mysecret1: v2 };
    let causes = [written.secret];
    for (const at of ["11m3s", "16m", "16m3s"])
      causes = [run.at(at).secret("modified", "app-secret", keys, { causes })];
    run.later(500).secretFile(pod, keys, [...causes, run.sync(pod, "resync")]);
    run.end("20m");
    expect(labelsOf(run, SECRET_FILE, "19m")).toEqual([
      "command",
      "set",
      "republish",
      "file",
      "Secret",
      "resync",
    ]);
  });

  test.each([
    ["driver start", 50, "since the driver has just started"],
    ["requeue", 300_000, "5m after its last time"],
  ])("a Secret written at a %s says why", (label, later, why) => {
    const { run, pod, v2 } = rotated();
    const v3 = run.at("12m").setSecret("secret1");
    const started = run.at("13m").record("csi.driver.started", {
      node: "node-0",
      version: "1.6.0",
      rotation: true,
      rotationPollIntervalMs: 120_000,
      firstTickMs: null,
    });
    const file = run.file(pod, { secret1: v3 });
    run
      .later(later)
      .secret(
        "modified",
        "app-secret",
        { mysecret1: v3, other: v2 },
        { causes: [file, started] },
      );
    run.end("20m");
    expect(text(lastHop(run, SECRET, "19m"))).toBe(
      `${label}: the driver's controller replaces the Secret from the files of node-0, ${why}`,
    );
  });
});

describe("what holds a hop up", () => {
  test("is named with its time: a fault of the vault, a driver that is down", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    run.at(400).mount(pod, run.setSecret("secret1"));
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    const about = "vault kvdemo";
    const data = { target: "vault", name: "kvdemo", effect: "answers 429" };
    const end = beginFault(run.at("11m"), about, data);
    run.at("12m");
    end();
    machineFact(run.at("12m30s"), "csi.driver.stopped", "node-0");
    run.at("12m33s").driver("node-0", "14m33s");
    beginFault(run, "vault other", { ...data, name: "other" });
    run.at("14m33s").poll(pod, v2);
    run.end("20m");
    const { hops } = whyChain(run, CSI_FILE, START + durationMs("15m"));
    expect(hops[2]!.rule).toContain(
      "; held up because vault kvdemo answers 429 from 09:11:00.000 to 09:12:00.000 and the driver of node-0 is down from 09:12:30.000 to 09:12:33.000",
    );
    expect(hops[2]!.rule).not.toContain("other");
    expect(hops[3]!.rule).not.toContain("held up");
  });

  test("is named for a refresh: an API server that was away, a kubelet, a watch", () => {
    const { run, pod } = aRotation();
    const v3 = run.at("15m").setSecret("secret1");
    const { secret } = run.at("15m43.150s").poll(pod, v3);
    const api = {
      target: "apiServer",
      name: "",
      effect: "refuses connections",
    };
    const end = beginFault(run.at("16m"), "apiServer", api);
    run.at("17m");
    end();
    run.at("18m").resync(pod, v3, secret);
    run.end("20m");
    const hop = lastHop(run, SECRET_FILE, "19m");
    expect(hop.rule).toContain(
      "held up because the API server refuses connections from 09:16:00.000 to 09:17:00.000",
    );
  });

  test("counts the tries that the vault refused before", () => {
    const run = aRun();
    const pod = run.addPod(aPod());
    const v1 = run.setSecret("secret1");
    run.at(400).mount(pod, v1);
    const v2 = run.at("10m").setSecret("secret1", "rotate");
    let cause = run.at("11m43.150s").tick("node-0");
    for (const ms of [700, 2500]) {
      const refused = { status: 429, version: null, ordinal: null };
      cause = run.later(ms).get(pod, v2, cause, refused);
    }
    const request = run.later(5000).get(pod, v2, cause);
    run.later(25).file(pod, { secret1: v2 }, [request]);
    run.end("20m");
    const { hops } = whyChain(run, CSI_FILE, START + durationMs("15m"));
    expect(hops[2]!.rule).toMatch(
      /; the provider had asked 2 times before, answered 429, 429$/,
    );
  });
});

describe("after a reboot", () => {
  test("volumes are mounted anew because the memory of the node is gone", () => {
    const { run, pod } = aRotation();
    const v2 = run.setSecret("secret1");
    machineFact(run.at("15m"), "node.stopped", "node-0");
    const started = machineFact(run.at("16m"), "node.started", "node-0");
    const kubelet = run.record("kubelet.started", { node: "node-0" }, [
      started,
    ]);
    const { namespace, name, uid } = pod;
    for (const volume of ["secrets-store", "secret-volume"])
      run.record("volume.unmounted", { namespace, name, uid, volume });
    const sync = run.record(
      "kubelet.pod.sync",
      { namespace, name, uid, trigger: "add" },
      [kubelet],
    );
    const request = run.later(300).get(pod, v2, sync);
    const csi = run.later(25).file(pod, { secret1: v2 }, [request, sync]);
    const secret = run
      .later(4)
      .secret("modified", "app-secret", { mysecret1: v2 }, { causes: [csi] });
    run.secretFile(pod, { mysecret1: v2 }, [secret, sync]);
    run.end("20m");
    const { hops } = whyChain(run, CSI_FILE, START + durationMs("19m"));
    expect(text(hops.at(-2)!)).toMatch(
      /^reboot: the node came back without what was in its memory/,
    );
    expect(lastHop(run, SECRET_FILE, "19m").label).toBe("reboot");
  });

  test("a kubelet that starts alone sets up every volume again", () => {
    const { run, pod } = aRotation();
    const v2 = run.setSecret("secret1");
    const started = machineFact(run.at("15m"), "kubelet.started", "node-0");
    const { namespace, name, uid } = pod;
    const sync = run.record(
      "kubelet.pod.sync",
      { namespace, name, uid, trigger: "add" },
      [started],
    );
    run.secretFile(pod, { mysecret1: v2 }, [v2.set, sync]);
    run.end("20m");
    expect(lastHop(run, SECRET_FILE, "19m").label).toBe("kubelet start");
  });
});

test.each(["configMap", "projected"] as const)(
  "a %s volume is refreshed as a secret volume is",
  (kind) => {
    const run = aRun();
    const volumes = [
      { name: "settings", kind, source: "", projects: ["Secret/app-secret"] },
    ];
    const mounts = [aMount({ volume: "settings", mountPath: "/mnt/settings" })];
    const pod = run.addPod(aPod({ volumes, mounts }));
    const v1 = run.setSecret("secret1");
    const secret = run.secret("created", "app-secret", { mysecret1: v1 });
    const sync = run.sync(pod, "resync");
    run.later(150).secretFile(pod, { mysecret1: v1 }, [secret, sync], kind);
    run.end("1m");
    const sink = file("busybox", "/mnt/settings/mysecret1");
    expect(lastHop(run, sink, "30s").label).toBe("resync");
  },
);
