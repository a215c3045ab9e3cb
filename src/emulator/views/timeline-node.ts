/**
 * The timeline's words for pods and their volumes: the driver's polls, switched volumes, the lives of pods. What a pod
 * mounts and what its containers are given before it runs is told by the line of the running pod.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/util/atomic_writer.go (switching `..data`);
 * kubernetes-sigs/secrets-store-csi-driver v1.5 pkg/rotation/reconciler.go.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { EntryLog } from "./timeline-entries.ts";
import {
  FAILED_POLL,
  QUIET_POLL,
  SKIPPED_PUBLISH,
} from "./timeline-entries.ts";
import type { PodStories } from "./timeline-pods.ts";
import { newPodStory } from "./timeline-pods.ts";
import type { MountFact } from "./timeline-words.ts";
import {
  alike,
  counted,
  essence,
  node,
  nodeOf,
  placeOf,
  sameContent,
  sharedOrdinal,
} from "./timeline-words.ts";

/** More files than this in one switch are told in one line. */
const FILES_TOLD = 3;

export class NodeEntries {
  readonly #log: EntryLog;
  readonly #pods: PodStories;

  constructor(log: EntryLog, pods: PodStories) {
    this.#log = log;
    this.#pods = pods;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "csi.rotation.unchanged":
        return this.#log.count(QUIET_POLL, fact, "poll");
      case "csi.publish.unchanged":
        // The poll of a first mount is told by the line of the running pod.
        if (!fact.data.first) this.#log.count(QUIET_POLL, fact, "poll");
        return;
      case "csi.publish.skipped":
        return this.#log.count(SKIPPED_PUBLISH, fact, "poll");
      case "csi.rotation.failed":
        return this.#pollFailed(fact, `rotation of ${fact.data.name} failed`);
      case "csi.publish.masked":
        return this.#pollFailed(
          fact,
          `poll for ${fact.data.name} failed unnoticed`,
        );
      case "volume.switched":
      case "volume.verified":
        return this.#volumeWritten(fact);
      case "volume.unmounted":
        this.#pods.get(fact.data.uid)?.lost.add(fact.data.volume);
        return;
      case "kubelet.pod.added":
        this.#pods.set(fact.data.uid, newPodStory(fact.data.mounts));
        return;
      case "kubelet.pod.running":
        return this.#podRunning(fact);
      case "kubelet.pod.terminating":
      case "kubelet.pod.gone":
        return this.#podEnding(fact);
      default:
        return;
    }
  }

  /** `polls` of a driver from 1.6 on answer the kubelet with success: its masked failures are told here alone. */
  #pollFailed(
    fact: FactNamed<"csi.rotation.failed"> | FactNamed<"csi.publish.masked">,
    text: string,
  ): void {
    const { namespace, name, error } = fact.data;
    const why = JSON.stringify([fact.type, alike(essence(error))]);
    const key = JSON.stringify([namespace, name, why]);
    const actor = node("driver", nodeOf(fact));
    this.#log.tellOnce(
      fact,
      { key, why, label: FAILED_POLL, actor, kind: "poll" },
      { kind: "failed polls", text, detail: error },
    );
  }

  #volumeWritten(fact: FactNamed<"volume.switched">): void {
    const { uid, volume, name, kind, files } = fact.data;
    const pod = this.#pods.get(uid);
    const before = pod?.volumes.get(volume) ?? [];
    pod?.volumes.set(volume, files);
    if (pod !== undefined && !pod.running) return;
    const again = pod?.lost.delete(volume) === true;
    const verified = fact.type === "volume.verified";
    const verb = verified
      ? "equal bytes, kept"
      : again
        ? "mounted again:"
        : "switched";
    const line = {
      kind: verified ? "volumes left as they were" : "switched volumes",
      tone: "changed",
    } as const;
    const actor = node(kind === "csi" ? "driver" : "kubelet", nodeOf(fact));
    const place = (file: string) =>
      `${name}:${placeOf(pod?.mounts ?? [], volume, file)}`;
    const after = seenByNone(pod?.mounts ?? [], volume);
    const changed = files.filter(
      (file) => !before.some((old) => sameContent(old, file)),
    );
    if (again && changed.length === 0 && files.length === 1)
      changed.push(...files);
    if (changed.length > FILES_TOLD || changed.length === 0)
      return this.#log.tell(fact, actor, {
        ...line,
        ordinal: sharedOrdinal(again ? files : changed),
        text: `${verb} ${again ? counted(files.length, "file") : counted(changed.length, "changed file")} of`,
        place: place(""),
        after,
      });
    for (const { path, ordinal } of changed)
      this.#log.tell(fact, actor, {
        ...line,
        ordinal,
        text: verb,
        place: place(path),
        after,
      });
  }

  #podRunning(fact: FactNamed<"kubelet.pod.running">): void {
    const { uid, name } = fact.data;
    const pod = this.#pods.get(uid);
    if (pod === undefined || pod.running) return;
    pod.running = true;
    const held = [
      ...[...pod.volumes.values()]
        .flat()
        .map((file) => ({ name: file.path, ordinal: file.ordinal })),
      ...[...pod.containers.values()].flatMap((container) =>
        [...container.given].map(([variable, { ordinal }]) => ({
          name: variable,
          ordinal,
        })),
      ),
    ];
    const ordinal = sharedOrdinal(held);
    // What a pod has of several versions is told one by one: it is what its line is about.
    const things = held.map((each) =>
      ordinal === null ? `${each.name} v${each.ordinal}` : each.name,
    );
    const line = { kind: "pods running", ordinal } as const;
    const actor = node("kubelet", nodeOf(fact));
    if (things.length === 0)
      return this.#log.tell(fact, actor, {
        ...line,
        text: "pod",
        place: name,
        after: " is running",
      });
    const all = [...new Set(things)].join(", ");
    this.#log.tell(fact, actor, {
      ...line,
      text: `pod ${name} is running with ${all}`,
      wraps: true,
    });
  }

  #podEnding(fact: FactNamed<"kubelet.pod.running">): void {
    const { uid, name } = fact.data;
    const state = fact.type === "kubelet.pod.gone" ? "gone" : "terminating";
    const pod = this.#pods.get(uid);
    if (pod !== undefined) pod.ending = true;
    if (state === "gone") this.#pods.delete(uid);
    this.#log.tell(fact, node("kubelet", nodeOf(fact)), {
      kind: `pods ${state}`,
      text: "pod",
      place: name,
      after: ` is ${state}`,
    });
  }
}

/** What every mount of a volume pins is seen by containers to come alone. */
function seenByNone(mounts: readonly MountFact[], volume: string): string {
  const own = mounts.filter((mount) => mount.volume === volume);
  const pinned = own.length > 0 && own.every(({ subPath }) => subPath !== null);
  return pinned ? ", seen by no container" : "";
}
