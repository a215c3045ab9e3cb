/**
 * The timeline's words for what happens on nodes: the driver's polls, switched volumes, the lives of pods. What a pod
 * mounts before it runs is told by the line of the running pod.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/util/atomic_writer.go (switching `..data`);
 * kubernetes-sigs/secrets-store-csi-driver v1.5 pkg/rotation/reconciler.go.
 */
import type { EpochMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { sinceStart } from "./terminal.ts";
import type { EntryLog } from "./timeline-entries.ts";
import { FAILED_POLL, QUIET_POLL } from "./timeline-entries.ts";
import type { FileFact, MountFact } from "./timeline-words.ts";
import {
  alike,
  counted,
  node,
  nodeOf,
  placeOf,
  sameContent,
  sharedOrdinal,
} from "./timeline-words.ts";

/** More files than this in one switch are told in one line. */
const FILES_TOLD = 3;

interface Pod {
  readonly mounts: readonly MountFact[];
  running: boolean;
  /** The payload of each volume. */
  readonly volumes: Map<string, readonly FileFact[]>;
}

export class NodeEntries {
  readonly #log: EntryLog;
  #start: EpochMs = Number.NaN;
  readonly #pods = new Map<string, Pod>();

  constructor(log: EntryLog) {
    this.#log = log;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "csi.driver.started":
        return this.#driverStarted(fact);
      case "csi.rotation.unchanged":
        return this.#log.count(QUIET_POLL, fact);
      case "csi.rotation.failed":
        return this.#rotationFailed(fact);
      case "volume.switched":
      case "volume.verified":
        return this.#volumeWritten(fact);
      case "volume.unmounted":
        this.#pods.get(fact.data.uid)?.volumes.delete(fact.data.volume);
        return;
      case "kubelet.pod.added": {
        const { uid, mounts } = fact.data;
        this.#pods.set(uid, { mounts, running: false, volumes: new Map() });
        return;
      }
      case "kubelet.pod.running":
        return this.#podRunning(fact);
      case "kubelet.pod.terminating":
      case "kubelet.pod.gone":
        return this.#podEnding(fact);
      default:
        return;
    }
  }

  #driverStarted(fact: FactNamed<"csi.driver.started">): void {
    const { rotation, rotationPollIntervalMs, firstTickMs } = fact.data;
    const every = `polls every ${formatDuration(rotationPollIntervalMs)}`;
    const first =
      firstTickMs === null
        ? ""
        : `, first at ${sinceStart(firstTickMs, this.#start)}`;
    this.#log.tell(fact, node("driver", fact.data.node), {
      kind: "starts of drivers",
      text: rotation ? every + first : "rotation is off: it never polls",
    });
  }

  #rotationFailed(fact: FactNamed<"csi.rotation.failed">): void {
    const { namespace, name, error } = fact.data;
    const key = JSON.stringify([namespace, name, alike(error)]);
    const actor = node("driver", nodeOf(fact));
    this.#log.tellOnce(
      fact,
      { key, label: FAILED_POLL, actor },
      {
        kind: "failed polls",
        text: `rotation of ${name} failed`,
        detail: error,
      },
    );
  }

  #volumeWritten(fact: FactNamed<"volume.switched">): void {
    const { uid, volume, name, kind, files } = fact.data;
    const pod = this.#pods.get(uid);
    const before = pod?.volumes.get(volume) ?? [];
    pod?.volumes.set(volume, files);
    if (pod !== undefined && !pod.running) return;
    const verified = fact.type === "volume.verified";
    const verb = verified ? "equal bytes, kept" : "switched";
    const line = {
      kind: verified ? "volumes left as they were" : "switched volumes",
      tone: "changed",
    } as const;
    const actor = node(kind === "csi" ? "driver" : "kubelet", nodeOf(fact));
    const place = (file: string) =>
      `${name}:${placeOf(pod?.mounts ?? [], volume, file)}`;
    const changed = files.filter(
      (file) => !before.some((old) => sameContent(old, file)),
    );
    if (changed.length > FILES_TOLD || changed.length === 0)
      return this.#log.tell(fact, actor, {
        ...line,
        ordinal: sharedOrdinal(changed),
        text: `${verb} ${counted(changed.length, "changed file")} of`,
        place: place(""),
      });
    for (const { path, ordinal } of changed)
      this.#log.tell(fact, actor, {
        ...line,
        ordinal,
        text: verb,
        place: place(path),
      });
  }

  #podRunning(fact: FactNamed<"kubelet.pod.running">): void {
    const { uid, name } = fact.data;
    const pod = this.#pods.get(uid);
    if (pod === undefined || pod.running) return;
    pod.running = true;
    const files = [...pod.volumes.values()].flat();
    const held = [...new Set(files.map((file) => file.path))].join(", ");
    this.#log.tell(fact, node("kubelet", nodeOf(fact)), {
      kind: "pods running",
      ordinal: sharedOrdinal(files),
      text: "pod",
      place: name,
      after: ` is running${held === "" ? "" : ` with ${held}`}`,
    });
  }

  #podEnding(fact: FactNamed<"kubelet.pod.running">): void {
    const { uid, name } = fact.data;
    const state = fact.type === "kubelet.pod.gone" ? "gone" : "terminating";
    if (state === "gone") this.#pods.delete(uid);
    this.#log.tell(fact, node("kubelet", nodeOf(fact)), {
      kind: `pods ${state}`,
      text: "pod",
      place: name,
      after: ` is ${state}`,
    });
  }
}
