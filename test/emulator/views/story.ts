/**
 * Hand-made runs: facts told to the real recorder at chosen instants, so that runs fold as they do in a world.
 * `rotationStory` is one rotation of a synced secret as the articles describe it.
 */
import { stripVTControlCharacters } from "node:util";

import { textWidth } from "../../../src/emulator/views/terminal.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Fact, FactInput, FactSink } from "../../../src/kernel/trace.ts";
import { Recorder } from "../../../src/kernel/trace.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import { aRequest } from "./audit-support.ts";

export const START = Date.UTC(2024, 3, 29, 9);

/** A recorder whose clock the test moves forward. `facts` holds what was written. */
export class Story {
  readonly facts: Fact[] = [];
  readonly #recorder: Recorder;
  #now = START;

  constructor() {
    this.#recorder = new Recorder(START, () => this.#now);
    this.#recorder.addSink({ fact: (fact) => void this.facts.push(fact) });
  }

  /** Milliseconds after the start; must not go back. */
  at(ms: number): this {
    this.#now = START + ms;
    return this;
  }

  record(type: string, at: string, about: string, data: JsonObject): this {
    this.#recorder.causes = [];
    this.#recorder.record({ type, at, about, data });
    return this;
  }

  repeat(
    input: Omit<FactInput, "causes">,
    draw?: { name: string; index: number },
  ): this {
    this.#recorder.repeat({ ...input, causes: [], ...(draw && { draw }) });
    return this;
  }

  end(ms: number): this {
    this.at(ms);
    this.#recorder.close();
    return this;
  }

  tell<Sink extends FactSink>(sink: Sink): Sink {
    for (const fact of this.facts) sink.fact(fact);
    return sink;
  }
}

export const SETTINGS = {
  addon: { enableSecretRotation: true, rotationPollInterval: 2 * MINUTE_MS },
  kubelet: { syncFrequency: MINUTE_MS },
};

export interface StoryPod {
  readonly name: string;
  readonly node: string;
  /** From start to the first tick of the driver. */
  readonly phase: number;
  /** From the rotation's tick to the kubelet's next sync. */
  readonly sync: number;
}

export const BUSYBOX: StoryPod = {
  name: "busybox",
  node: "node-0",
  phase: 103_150,
  sync: 37_862,
};

const VERSIONS = ["0".repeat(31) + "1", "0".repeat(31) + "2"];

export function version(ordinal: number) {
  return {
    object: "kvdemo/secrets/secret1",
    version: VERSIONS[ordinal - 1]!,
    ordinal,
    form: "as-is",
  };
}

const values = new Map([
  [VERSIONS[0]!, "the first value"],
  [VERSIONS[1]!, "the second value"],
]);

/** The value book of the stories; `others` replaces values by ordinal. */
export function revealing(...others: string[]) {
  return (held: { version: string }) => {
    const text =
      others[VERSIONS.indexOf(held.version)] ?? values.get(held.version);
    return text === undefined ? null : new TextEncoder().encode(text);
  };
}

/** Set v1, mount, quiet polls, set v2 after ten minutes, the poll that finds it, file, Secret, secret volume. */
export function rotationStory(pod: StoryPod = BUSYBOX): Story {
  const story = new Story();
  const { name, node, phase, sync } = pod;
  const id = { namespace: "default", name, uid: `uid-${name}` };
  const driver = `${node}/csi-driver`;
  const about = `default/${name}`;
  story.record("world.started", "world", "world", {
    nodes: [node],
    settings: SETTINGS,
  });
  set(story, 1);
  for (const target of [
    "default/SecretProviderClass/azure-keyvault-wi",
    `default/Pod/${name}`,
  ])
    story.record("command", "world", target, { kind: "apply", id: "", target });
  story.record("csi.driver.started", driver, node, {
    node,
    version: "1.5.6",
    rotation: true,
    rotationPollIntervalMs: 2 * MINUTE_MS,
    firstTickMs: START + phase,
  });
  story.at(20).record("kubelet.pod.added", `${node}/kubelet`, about, {
    ...id,
    node,
    volumes: [
      { name: "secrets-store", kind: "csi", source: "azure-keyvault-wi" },
      { name: "secret-volume", kind: "secret", source: "app-secret" },
    ],
    mounts: [
      {
        container: "busybox",
        volume: "secrets-store",
        mountPath: "/mnt/secrets-store",
        subPath: null,
      },
      {
        container: "busybox",
        volume: "secret-volume",
        mountPath: "/mnt/secrets-volume",
        subPath: null,
      },
    ],
  });
  let draw = 0;
  const get = (ms: number, ordinal: number) => {
    const {
      seq: _seq,
      t: _t,
      ...input
    } = aRequest({
      version: VERSIONS[ordinal - 1]!,
      ordinal,
      pod: about,
      node,
    });
    story
      .at(ms)
      .repeat(
        { ...input, about: `${about}/SecretGet` },
        { name: "vault/requests", index: draw++ },
      );
  };
  const rotation = {
    namespace: "default",
    name,
    secretProviderClass: "azure-keyvault-wi",
    error: "",
  };
  const event = (reason: string, message: string) =>
    story.repeat({
      type: "k8s.event",
      at: "api-server",
      about: `default/Pod/${name}/${reason}`,
      data: {
        reason,
        type: "Normal",
        message,
        kind: "Pod",
        ...id,
        source: "csi-secrets-store-rotation",
        host: node,
      },
    });
  const csi = (ms: number, ordinal: number) =>
    story.at(ms).record("volume.switched", driver, about, {
      ...id,
      volume: "secrets-store",
      kind: "csi",
      files: [{ path: "secret1", ...version(ordinal) }],
    });
  const secret = (ms: number, ordinal: number) =>
    story
      .at(ms)
      .record(
        ordinal === 1 ? "api.object.created" : "api.object.modified",
        "api-server",
        "default/Secret/app-secret",
        {
          kind: "Secret",
          namespace: "default",
          name: "app-secret",
          uid: "uid-secret",
          resourceVersion: 10 + ordinal,
          generation: 0,
          by: driver,
          contents: [{ key: "mysecret1", ...version(ordinal) }],
        },
      );
  const mounted = (ms: number, ordinal: number) =>
    story.at(ms).record("volume.switched", `${node}/kubelet`, about, {
      ...id,
      volume: "secret-volume",
      kind: "secret",
      files: [{ path: "mysecret1", ...version(ordinal) }],
    });
  get(400, 1);
  csi(450, 1);
  secret(480, 1);
  mounted(700, 1);
  story.at(1_870).record("kubelet.pod.running", `${node}/kubelet`, about, id);
  let rotated = false;
  for (let tick = phase; tick < 20 * MINUTE_MS; tick += 2 * MINUTE_MS) {
    if (!rotated && tick > 10 * MINUTE_MS) {
      rotated = true;
      set(story.at(10 * MINUTE_MS), 2);
      get(tick + 40, 2);
      csi(tick + 60, 2);
      event(
        "MountRotationComplete",
        "successfully rotated mounted contents for spc default/azure-keyvault-wi",
      );
      secret(tick + 80, 2);
      event(
        "SecretRotationComplete",
        "successfully rotated K8s secret app-secret",
      );
      mounted(tick + 80 + sync, 2);
      continue;
    }
    get(tick + 40, rotated ? 2 : 1);
    story.at(tick + 60).repeat({
      type: "csi.rotation.unchanged",
      at: driver,
      about,
      data: rotation,
    });
    story.at(tick + 80);
    event(
      "SecretRotationComplete",
      "successfully rotated K8s secret app-secret",
    );
  }
  return story.end(20 * MINUTE_MS);
}

function set(story: Story, ordinal: number): void {
  story.record("vault.secret.set", "kvdemo", "kvdemo/secrets/secret1", {
    vault: "kvdemo",
    name: "secret1",
    version: VERSIONS[ordinal - 1]!,
    ordinal,
    enabled: true,
  });
}

/** Text without its colours. */
export function withoutColor(text: string): string {
  return stripVTControlCharacters(text);
}

/** The lines that a terminal of `width` columns would wrap. */
export function tooWide(lines: readonly string[], width: number): string[] {
  return lines.filter((line) => textWidth(line) > width);
}
