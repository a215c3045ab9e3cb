/**
 * What every sink held and when, as a stream of facts tells it: one history per pod instance and file, one per key of a
 * Secret. Only changes are kept, so its size follows rotations and pods, not the length of a run.
 *
 * Source: design.md 6 (sinks), the scenario format ('Names', 'What expectations mean')
 */
import type { ApiObjectFact, ContentFact } from "../../cluster-sim/facts.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import {
  containersWithVariable,
  endLife,
  lifeOf,
  variableEntries,
} from "./container-history.ts";
import type { AnyFact } from "./facts.ts";
import type { FilePlace } from "./file-place.ts";
import { namesGeneration, placesOf } from "./file-place.ts";
import { distinct, fileSinks, givenSinks } from "./held-sinks.ts";
import type { SinkName, Who } from "./names.ts";
import type { PodInstance, PodRecord, SinkEntry } from "./pod-history.ts";
import { fileEntries, newPodRecord } from "./pod-history.ts";
import { changesOf } from "./sink-changes.ts";
import type { LostSink } from "./lost-sink.ts";
import { ambiguous, lost, noPod, notMounted, noVariable } from "./lost-sink.ts";
import { whoMatches } from "./who.ts";

/** One sink of one pod instance, or a Secret's key. Entries rise in time; two neighbours never hold the same version. */
export interface SinkTrack {
  /** Null for a Secret. */
  readonly pod: PodInstance | null;
  /** Null for a Secret, and where no container of the pod has the path (yet). */
  readonly place: FilePlace | null;
  readonly entries: readonly SinkEntry[];
}

export type SinkResolution =
  { readonly found: true; readonly tracks: readonly SinkTrack[] } | LostSink;

/** One write of a Secret. */
export interface SecretWrite {
  readonly t: EpochMs;
  readonly seq: number;
  /** `node-0/csi-driver`, `kubectl` … */
  readonly by: string;
  /** Null when the Secret was deleted. */
  readonly contents: readonly ContentFact[] | null;
}

type FileSink = Extract<SinkName, { kind: "file" }>;
type EnvSink = Extract<SinkName, { kind: "env" }>;

export class SinkHistory implements FactSink {
  readonly #pods = new Map<string, PodRecord>();
  readonly #secrets = new Map<string, SecretWrite[]>();

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "kubelet.pod.added": {
        const { node, volumes, mounts, environment } = fact.data;
        const { instance } = this.#pod(fact.data, fact.t);
        Object.assign(instance, { node, volumes, mounts, environment });
        return;
      }
      case "container.created":
        this.#pod(fact.data, fact.t).lives.push(lifeOf(fact));
        return;
      case "container.exited":
        endLife(this.#pod(fact.data, fact.t).lives, fact);
        return;
      case "kubelet.pod.terminating":
        this.#pod(fact.data, fact.t).instance.terminatingAt ??= fact.t;
        return;
      case "kubelet.pod.gone":
        this.#pod(fact.data, fact.t).instance.goneAt ??= fact.t;
        return;
      case "volume.switched":
      case "volume.verified": {
        const write = { t: fact.t, seq: fact.seq, files: fact.data.files };
        push(this.#pod(fact.data, fact.t).writes, fact.data.volume, write);
        return;
      }
      case "volume.unmounted": {
        const write = { t: fact.t, seq: fact.seq, files: null };
        push(this.#pod(fact.data, fact.t).writes, fact.data.volume, write);
        return;
      }
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        if (fact.data.kind === "Pod") this.#podObject(fact);
        else if (fact.data.kind === "Secret") this.#secretObject(fact);
        return;
      default:
        return;
    }
  }

  /** Every instance of the run, in order of appearance. */
  pods(): PodInstance[] {
    return [...this.#pods.values()].map((pod) => pod.instance);
  }

  /** All instances that a WHO names, in order of appearance. */
  podsOf(who: Who): PodInstance[] {
    return this.pods().filter((pod) =>
      whoMatches(who, pod.namespace, pod.name),
    );
  }

  /** The files of a pod's volume at `t`; null before its first write and after its unmount. */
  filesAt(uid: string, volume: string, t: EpochMs): readonly FileFact[] | null {
    const writes = this.#pods.get(uid)?.writes.get(volume) ?? [];
    return writes.findLast((write) => write.t <= t)?.files ?? null;
  }

  /** Each write of a Secret under this name, over re-creations, oldest first; empty for one that never was. */
  secretWrites(namespace: string, name: string): readonly SecretWrite[] {
    return this.#secrets.get(`${namespace}/${name}`) ?? [];
  }

  /** Every Secret that ever was, in order of appearance. */
  secrets(): { namespace: string; name: string }[] {
    return [...this.#secrets.keys()].map((key) => {
      const [namespace, name] = key.split("/") as [string, string];
      return { namespace, name };
    });
  }

  /** The histories that a name stands for: one for each pod instance, or one for a Secret's key. */
  resolve(sink: SinkName): SinkResolution {
    switch (sink.kind) {
      case "file":
        return this.#resolveFile(sink);
      case "secret":
        return this.#resolveSecret(sink);
      case "env":
        return this.#resolveVariable(sink);
      case "app":
      case "webhook":
        return lost(
          "unrecorded",
          `the trace does not tell what ${sink.kind} sinks hold`,
        );
    }
  }

  /** The sinks that ever held a version of `object`: CSI files, Secrets, other files, variables, each in order of appearance. */
  sinksHolding(object: string): SinkName[] {
    const csi: SinkName[] = [];
    const others: SinkName[] = [];
    for (const { instance, writes } of this.#pods.values())
      for (const { name, kind } of instance.volumes)
        for (const write of writes.get(name) ?? [])
          for (const file of write.files ?? [])
            if (file.object === object)
              (kind === "csi" ? csi : others).push(
                ...fileSinks(instance, name, file.path),
              );
    const given = [...this.#pods.values()].flatMap((pod) =>
      givenSinks(pod, object),
    );
    const secrets = this.#secretsHolding(object);
    return distinct([...csi, ...secrets, ...others, ...given]);
  }

  #secretsHolding(object: string): SinkName[] {
    const sinks: SinkName[] = [];
    for (const { namespace, name: secret } of this.secrets())
      for (const write of this.secretWrites(namespace, secret))
        for (const { key, object: held } of write.contents ?? [])
          if (held === object)
            sinks.push({ kind: "secret", namespace, secret, key });
    return sinks;
  }

  #resolveSecret(sink: Extract<SinkName, { kind: "secret" }>): SinkResolution {
    const name = `${sink.namespace}/${sink.secret}`;
    const writes = this.#secrets.get(name);
    if (writes === undefined)
      return lost("absent", `Secret ${name} never came to exist`);
    const entries = changesOf(writes, (write) =>
      write.contents?.find((content) => content.key === sink.key),
    );
    return { found: true, tracks: [{ pod: null, place: null, entries }] };
  }

  #resolveFile(sink: FileSink): SinkResolution {
    const { container, path } = sink;
    if (namesGeneration(path))
      return lost(
        "unrecorded",
        `${path} leads through the directory of one single write; leave that directory out`,
      );
    const pods = this.#recordsOf(sink.who);
    if (pods.length === 0) return noPod(sink.who);
    const tracks: SinkTrack[] = [];
    for (const pod of pods) {
      const places = placesOf(pod.instance.mounts, container, path);
      const holders = places.map((place) => place.container);
      if (places.length > 1) return ambiguous(sink, path, holders);
      const place = places[0] ?? null;
      const entries = fileEntries(pod, place, path);
      tracks.push({ pod: pod.instance, place, entries });
    }
    const seen = tracks.filter((track) => track.pod?.node != null);
    if (seen.length > 0 && seen.every((track) => track.place === null))
      return notMounted(sink, seen[0]!.pod!);
    return { found: true, tracks };
  }

  #resolveVariable(sink: EnvSink): SinkResolution {
    const { variable } = sink;
    const pods = this.#recordsOf(sink.who);
    if (pods.length === 0) return noPod(sink.who);
    const tracks: SinkTrack[] = [];
    let known = false;
    for (const { instance, lives } of pods) {
      const { environment } = instance;
      const holders = containersWithVariable(
        environment,
        lives,
        variable,
      ).filter((name) => (sink.container ?? name) === name);
      if (holders.length > 1) return ambiguous(sink, variable, holders);
      known ||= holders.length === 1 || instance.node === null;
      const entries =
        holders.length === 0
          ? []
          : variableEntries(lives, holders[0]!, variable);
      tracks.push({ pod: instance, place: null, entries });
    }
    return known ? { found: true, tracks } : noVariable(sink);
  }

  #recordsOf(who: Who): PodRecord[] {
    return [...this.#pods.values()].filter(({ instance }) =>
      whoMatches(who, instance.namespace, instance.name),
    );
  }

  #pod(
    id: Pick<PodInstance, "namespace" | "name" | "uid">,
    since: EpochMs,
  ): PodRecord {
    let pod = this.#pods.get(id.uid);
    if (pod === undefined) {
      pod = newPodRecord(id, since);
      this.#pods.set(id.uid, pod);
    }
    return pod;
  }

  #podObject(fact: ApiObjectFact): void {
    const { instance } = this.#pod(fact.data, fact.t);
    const deleted = fact.type === "api.object.deleted";
    if (deleted) instance.goneAt ??= fact.t;
    if (deleted || fact.data.terminating === true)
      instance.terminatingAt ??= fact.t;
  }

  #secretObject(fact: ApiObjectFact): void {
    const { t, seq, data } = fact;
    const deleted = fact.type === "api.object.deleted";
    const contents = deleted ? null : (data.contents ?? []);
    const write = { t, seq, by: data.by, contents };
    push(this.#secrets, `${data.namespace}/${data.name}`, write);
  }
}

function push<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
