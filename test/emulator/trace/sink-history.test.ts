import { describe, expect, test } from "vitest";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { formatSink } from "../../../src/emulator/trace/names.ts";
import type { Run, Version } from "../../support/facts.ts";
import { START, aMount, aPod, aRotation, aRun } from "../../support/facts.ts";
import {
  CSI_FILE,
  SECRET,
  SECRET_FILE,
  file,
} from "../../support/scenarios.ts";

/** `ms v1`, `ms -` for each change of a sink's only history. */
function changes(run: Run, sink: SinkName): string[] {
  return tracks(run, sink).flatMap((track) =>
    track.entries.map(
      ({ t, version }) =>
        `${t - START} ${version === null ? "-" : `v${version.ordinal}`}`,
    ),
  );
}

function tracks(run: Run, sink: SinkName) {
  const resolution = run.sinks.resolve(sink);
  return resolution.found ? resolution.tracks : [];
}

function message(run: Run, sink: SinkName): string {
  const resolution = run.sinks.resolve(sink);
  return resolution.found ? "" : `${resolution.reason}: ${resolution.message}`;
}

function mountedPod(): { run: Run; v1: Version } {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  return { run, v1 };
}

describe("a file's history", () => {
  test("has the mount and the rotation, each with the fact that brought it", () => {
    const { run } = aRotation();
    expect(changes(run, CSI_FILE)).toEqual(["425 v1", "703240 v2"]);
    expect(changes(run, SECRET_FILE)).toEqual(["933 v1", "741256 v2"]);
    const last = tracks(run, CSI_FILE)[0]!.entries[1]!;
    expect(run.index.resolve(last.cause)?.fact.type).toBe("volume.switched");
  });

  test("is the same through ..data", () => {
    const { run } = aRotation();
    const through = file("busybox", "/mnt/secrets-store/..data/secret1");
    expect(changes(run, through)).toEqual(changes(run, CSI_FILE));
  });

  test("has a newer version of equal bytes, although nothing was written", () => {
    const { run, v1 } = mountedPod();
    const pod = run.addPod(aPod());
    run.file(pod, { secret1: v1 });
    const v2 = run.at("1m").setSecret("secret1");
    run.later(10).file(pod, { secret1: v2 }, [], "volume.verified");
    expect(changes(run, CSI_FILE)).toEqual(["0 v1", "60010 v2"]);
  });

  test("stays as it is when only another file of the volume changes", () => {
    const { run, v1 } = mountedPod();
    const other = run.setSecret("secret2");
    const pod = run.addPod(aPod());
    run.file(pod, { secret1: v1, secret2: other });
    const newer = run.at("1m").setSecret("secret2");
    run.file(pod, { secret1: v1, secret2: newer });
    expect(changes(run, CSI_FILE)).toEqual(["0 v1"]);
  });

  test("ends when the file is removed and when the volume is unmounted", () => {
    const { run, v1 } = mountedPod();
    const pod = run.addPod(aPod());
    run.file(pod, { secret1: v1 });
    run.at("1m").file(pod, {});
    run.at("2m").file(pod, { secret1: v1 });
    const { namespace, name, uid } = pod;
    const volume = "secrets-store";
    run.at("3m").record("volume.unmounted", { namespace, name, uid, volume });
    expect(changes(run, CSI_FILE)).toEqual([
      "0 v1",
      "60000 -",
      "120000 v1",
      "180000 -",
    ]);
  });

  test("belongs to one pod instance: a pod of the same name has one of its own", () => {
    const { run, v1 } = mountedPod();
    const first = run.addPod(aPod());
    run.file(first, { secret1: v1 });
    run.at("1m").pod("terminating", first).later(1000).pod("gone", first);
    const second = run.at("2m").addPod(aPod({ uid: "uid-second" }));
    run.later(5).file(second, { secret1: v1 });
    const found = tracks(run, CSI_FILE);
    expect(found.map((track) => track.pod)).toMatchObject([
      {
        uid: "uid-busybox",
        terminatingAt: START + 60_000,
        goneAt: START + 61_000,
      },
      { uid: "uid-second", terminatingAt: null, goneAt: null },
    ]);
    expect(changes(run, CSI_FILE)).toEqual(["0 v1", "120005 v1"]);
  });

  test("of a pod that only the API server knows is empty", () => {
    const run = aRun();
    run.apiObject("created", "Pod", "busybox");
    expect(tracks(run, CSI_FILE)).toMatchObject([{ entries: [], place: null }]);
  });

  test("ends with the Pod object where no kubelet said so", () => {
    const run = aRun();
    run.apiObject("created", "Pod", "busybox");
    run.at("1m").apiObject("modified", "Pod", "busybox", { terminating: true });
    run.at("2m").apiObject("deleted", "Pod", "busybox");
    expect(run.sinks.pods()).toMatchObject([
      { terminatingAt: START + 60_000, goneAt: START + 120_000 },
    ]);
  });
});

describe("a name that stands for nothing", () => {
  test("says that no such pod came to exist", () => {
    expect(message(aRun(), CSI_FILE)).toBe(
      "absent: no pod default/busybox came to exist",
    );
  });

  test("lists what is mounted when no container has the path", () => {
    const { run } = aRotation();
    expect(message(run, file("busybox", "/etc/key"))).toBe(
      "unmounted: no container of default/busybox has /etc/key: mounted are /mnt/secrets-store, /mnt/secrets-volume",
    );
    expect(message(run, file("busybox", "/etc/key", "sidecar"))).toBe(
      "unmounted: container sidecar of default/busybox does not have /etc/key: it mounts no volume",
    );
  });

  test("lists the containers when several have the path, and takes the named one", () => {
    const run = aRun();
    const mounts = ["app", "sidecar"].map((container) => aMount({ container }));
    run.addPod(aPod({ mounts }));
    expect(message(run, CSI_FILE)).toBe(
      "ambiguous: several containers of default/busybox have /mnt/secrets-store/secret1: app, sidecar; name one as busybox@app",
    );
    const named = file("busybox", "/mnt/secrets-store/secret1", "sidecar");
    expect(tracks(run, named)).toMatchObject([
      { place: { container: "sidecar" } },
    ]);
  });

  test("refuses a timestamped directory and kinds of sinks that the trace does not tell", () => {
    const run = aRun();
    const generation = file(
      "busybox",
      "/mnt/x/..2024_04_29_09_00_00.1/secret1",
    );
    expect(message(run, generation)).toContain("leave that directory out");
    expect(message(run, { kind: "webhook", subscription: "s" })).toBe(
      "unrecorded: the trace does not tell what webhook sinks hold",
    );
  });
});

describe("a Secret's history", () => {
  test("goes on over its deletion and re-creation", () => {
    const { run, v1 } = mountedPod();
    run.secret("created", "app-secret", { mysecret1: v1 });
    run.at("1m").secret("deleted", "app-secret", { mysecret1: v1 });
    run.at("2m").secret("created", "app-secret", { mysecret1: v1 });
    expect(changes(run, SECRET)).toEqual(["0 v1", "60000 -", "120000 v1"]);
  });

  test("does not change with writes that keep the key's content", () => {
    const { run, v1 } = mountedPod();
    run.secret("created", "app-secret", { mysecret1: v1 });
    run.at("1m").secret("modified", "app-secret", { mysecret1: v1 });
    expect(changes(run, SECRET)).toEqual(["0 v1"]);
  });

  test("loses a key that is taken out", () => {
    const { run, v1 } = mountedPod();
    run.secret("created", "app-secret", { mysecret1: v1 });
    run.at("1m").secret("modified", "app-secret", { other: v1 });
    expect(changes(run, SECRET)).toEqual(["0 v1", "60000 -"]);
  });

  test("of a Secret that never was is not there", () => {
    expect(message(aRun(), SECRET)).toBe(
      "absent: Secret default/app-secret never came to exist",
    );
  });
});

test("sinksHolding names CSI files, then Secrets, then other files, each once", () => {
  const { run } = aRotation();
  const names = run.sinks.sinksHolding("kvdemo/secrets/secret1");
  expect(names.map((sink) => formatSink(sink, "default"))).toEqual([
    "busybox:/mnt/secrets-store/secret1",
    "app-secret/mysecret1",
    "busybox:/mnt/secrets-volume/mysecret1",
  ]);
  expect(run.sinks.sinksHolding("kvdemo/secrets/other")).toEqual([]);
});

test("sinksHolding names the container only where several have the path", () => {
  const { run, v1 } = mountedPod();
  const mounts = [
    aMount({ container: "app" }),
    aMount({ container: "sidecar" }),
    aMount({ container: "sidecar", mountPath: "/alone" }),
  ];
  run.file(run.addPod(aPod({ mounts })), { secret1: v1 });
  const names = run.sinks.sinksHolding("kvdemo/secrets/secret1");
  expect(names.map((sink) => formatSink(sink, "default"))).toEqual([
    "busybox@app:/mnt/secrets-store/secret1",
    "busybox@sidecar:/mnt/secrets-store/secret1",
    "busybox:/alone/secret1",
  ]);
});
