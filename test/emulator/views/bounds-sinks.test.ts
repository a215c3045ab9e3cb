/** Bounds of the sinks that containers and other volumes have: variables, projected and configMap volumes. */
import { describe, expect, test } from "vitest";
import type { VolumeFact } from "../../../src/kubelet-sim/facts.ts";
import { classesOf } from "../../../src/emulator/trace/classes.ts";
import type { SinkName } from "../../../src/emulator/trace/names.ts";
import { versionsOf } from "../../../src/emulator/trace/versions.ts";
import { boundSentence } from "../../../src/emulator/views/bound.ts";
import { boundOf } from "../../../src/emulator/views/bounds.ts";
import type { Run } from "../../support/facts.ts";
import {
  SECRET_PROVIDER_CLASS,
  aMount,
  aPod,
  aRun,
} from "../../support/facts.ts";
import { createContainer, exitContainer } from "../../support/facts-node.ts";
import { SECRET_FILE, file, podNamed } from "../../support/scenarios.ts";

const classes = classesOf([SECRET_PROVIDER_CLASS]);
const PASSWORD: SinkName = {
  kind: "env",
  who: podNamed("busybox"),
  container: null,
  variable: "PASSWORD",
};

function bound(run: Run, sink: SinkName) {
  const { index, sinks } = run;
  const set = versionsOf(index, "kvdemo/secrets/secret1").at(-1)!;
  return boundOf({ index, sinks, classes }, sink, set);
}

const sentence = (run: Run, sink: SinkName) => boundSentence(bound(run, sink));

const environment = [
  {
    container: "busybox",
    variable: "PASSWORD",
    source: "Secret/app-secret",
    key: "mysecret1",
    prefix: "",
  },
];

describe("an environment variable", () => {
  test("never follows: it keeps its value until its container is created anew", () => {
    const run = aRun();
    const pod = run.addPod(aPod({ environment }));
    const v1 = run.setSecret("secret1");
    run.at(400).mount(pod, v1);
    createContainer(run, pod, { variables: { PASSWORD: v1 } });
    run.at("10m").setSecret("secret1", "rotate");
    expect(sentence(run, PASSWORD)).toBe(
      "never: an environment variable keeps its value until its container is created anew",
    );
  });

  test("begins with what is there where no container had it", () => {
    const run = aRun();
    const pod = run.addPod(aPod({ environment }));
    const v1 = run.setSecret("secret1");
    run.at(400).mount(pod, v1);
    createContainer(run, pod, { variables: { PASSWORD: v1 } });
    run.at("9m");
    exitContainer(run, pod, 1);
    run.at("10m").setSecret("secret1", "rotate");
    expect(sentence(run, PASSWORD)).toBe(
      "no container had it then; it gets what is there when it is created",
    );
  });
});

describe("a volume that the kubelet fills", () => {
  function withVolume(volume: VolumeFact) {
    const run = aRun();
    const [csi] = aPod().volumes;
    const volumes = [csi!, volume];
    const mounts = [
      aMount({}),
      aMount({ volume: volume.name, mountPath: "/mnt/more" }),
    ];
    const pod = run.addPod(aPod({ volumes, mounts }));
    const v1 = run.setSecret("secret1");
    const sync = run.sync(pod, "add");
    const written = run.file(pod, { secret1: v1 }, [
      run.get(pod, v1, sync),
      sync,
    ]);
    const secret = run.secret(
      "created",
      "app-secret",
      { mysecret1: v1 },
      { causes: [written] },
    );
    run.secretFile(pod, { renamed: v1 }, [secret, sync], volume.kind);
    run.at("10m").setSecret("secret1", "rotate");
    return run;
  }
  const sink = file("busybox", "/mnt/more/renamed");

  test("from several objects is bound by the Secret that has the object", () => {
    const usual = aRun();
    const pod = usual.addPod(aPod());
    usual.at(400).mount(pod, usual.setSecret("secret1"));
    usual.at("10m").setSecret("secret1", "rotate");
    const projects = ["ConfigMap/settings", "Secret/app-secret", "Secret/none"];
    const run = withVolume({
      name: "all",
      kind: "projected",
      source: "",
      projects,
    });
    expect(bound(run, sink)).toEqual(bound(usual, SECRET_FILE));
  });

  test("from a ConfigMap never gets a version of the vault", () => {
    const run = withVolume({
      name: "settings",
      kind: "configMap",
      source: "settings",
    });
    expect(sentence(run, sink)).toBe(
      "never: no Secret behind this volume has the object",
    );
  });
});
