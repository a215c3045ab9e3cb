/**
 * What every sink held and when, as a stream of facts tells it: one history per pod instance and file, one per key of a
 * Secret. Only changes are kept, so its size follows rotations and pods, not the length of a run.
 *
 * Source: design.md 6 (sinks), the scenario format ('Names', 'What expectations mean')
 */
import type { ApiObjectFact } from "../../cluster-sim/facts.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { FileFact } from "../../kubelet-sim/facts.ts";
import type { AppLife } from "./app-history.ts";
import { appEntries, followApp } from "./app-history.ts";
import {
  containersWithVariable,
  endLife,
  lifeOf,
  variableEntries,
} from "./container-history.ts";
import type { AnyFact } from "./facts.ts";
import type { FilePlace } from "./file-place.ts";
import { namesGeneration, placesOf } from "./file-place.ts";
import { appSinks, distinct, fileSinks, givenSinks } from "./held-sinks.ts";
import { LaneHistory } from "./lane-history.ts";
import type { SinkName, Who } from "./names.ts";
import type { PodInstance, PodRecord, SinkEntry } from "./pod-history.ts";
import { fileEntries, newPodRecord } from "./pod-history.ts";
import type { SecretWrite } from "./secret-history.ts";
import { SecretHistory } from "./secret-history.ts";
import type { LostSink } from "./lost-sink.ts";
import {
  ambiguous,
  lost,
  noApp,
  noPod,
  notMounted,
  noVariable,
} from "./lost-sink.ts";
import { whoMatches } from "./who.ts";

/** One sink of one pod instance, a Secret's key or a lane's end. Entries rise in time; two neighbours never hold the same version. */
export interface SinkTrack {
  /** Null for a Secret and a lane. */
  readonly pod: PodInstance | null;
  /** Null for what is no file, and where no container of the pod has the path (yet). */
  readonly place: FilePlace | null;
  readonly entries: readonly SinkEntry[];
}

export type SinkResolution =
  { readonly found: true; readonly tracks: readonly SinkTrack[] } | LostSink;

type FileSink = Extract<SinkName, { kind: "file" }>;
type EnvSink = Extract<SinkName, { kind: "env" }>;

export class SinkHistory implements FactSink {
  readonly #pods = new Map<string, PodRecord>();
  readonly #secrets = new SecretHistory();
  readonly #lanes = new LaneHistory();

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "kubelet.pod.added": {
        const { node, workload, volumes, mounts, environment } = fact.data;
        const { instance } = this.#pod(fact.data, fact.t);
        const seen = { node, workload, volumes, mounts, environment };
        Object.assign(instance, seen);
        return;
      }
      case "container.created":
        this.#pod(fact.data, fact.t).lives.push(lifeOf(fact));
        return;
      case "container.exited":
        endLife(this.#pod(fact.data, fact.t).lives, fact);
        return;
      case "app.started":
      case "app.ended":
      case "app.holds":
      case "app.deaf":
      case "app.signalled":
        return followApp(this.#pod(fact.data, fact.t).apps, fact);
      case "lane.started":
      case "lane.holds":
        return this.#lanes.fact(fact);
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
        else if (fact.data.kind === "Secret") this.#secrets.fact(fact);
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
    return this.pods().filter((pod) => whoMatches(who, pod));
  }

  /** The programs of a pod, one after the other; empty for one without. */
  appsOf(uid: string): readonly AppLife[] {
    return this.#pods.get(uid)?.apps ?? [];
  }

  /** The files of a pod's volume at `t`; null before its first write and after its unmount. */
  filesAt(uid: string, volume: string, t: EpochMs): readonly FileFact[] | null {
    const writes = this.#pods.get(uid)?.writes.get(volume) ?? [];
    return writes.findLast((write) => write.t <= t)?.files ?? null;
  }

  /** Each write of a Secret under this name, over re-creations, oldest first; empty for one that never was. */
  secretWrites(namespace: string, name: string): readonly SecretWrite[] {
    return this.#secrets.writes(namespace, name);
  }

  /** Every Secret that ever was, in order of appearance. */
  secrets(): { namespace: string; name: string }[] {
    return this.#secrets.names();
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
        return this.#resolveApp(sink);
      case "lane":
        return this.#resolveLane(sink);
      case "webhook":
        return lost(
          "unrecorded",
          `the trace does not tell what ${sink.kind} sinks hold`,
        );
    }
  }

  /**
   * The sinks that ever held a version of `object`: CSI files, Secrets, other files, variables, programs, lanes, each in
   * order of appearance. Pods of a workload go by its name.
   */
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
    const apps = [...this.#pods.values()].flatMap((pod) =>
      appSinks(pod, object),
    );
    const secrets = this.#secrets.holding(object);
    const lanes = this.#lanes.holding(object);
    return distinct([
      ...csi,
      ...secrets,
      ...others,
      ...given,
      ...apps,
      ...lanes,
    ]);
  }

  #resolveSecret(sink: Extract<SinkName, { kind: "secret" }>): SinkResolution {
    const entries = this.#secrets.entries(sink);
    if (entries === null)
      return lost(
        "absent",
        `Secret ${sink.namespace}/${sink.secret} never came to exist`,
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

  #resolveApp({ who }: Extract<SinkName, { kind: "app" }>): SinkResolution {
    const pods = this.#recordsOf(who);
    if (pods.length === 0) return noPod(who);
    const started = pods.filter(({ lives }) => lives.length > 0);
    if (started.length > 0 && pods.every(({ apps }) => apps.length === 0))
      return noApp(who);
    const tracks = pods.map(({ instance, apps }) => ({
      pod: instance,
      place: null,
      entries: appEntries(apps),
    }));
    return { found: true, tracks };
  }

  #resolveLane({ lane }: Extract<SinkName, { kind: "lane" }>): SinkResolution {
    const entries = this.#lanes.entries(lane);
    if (entries === null) return lost("absent", `lane ${lane} never began`);
    return { found: true, tracks: [{ pod: null, place: null, entries }] };
  }

  #recordsOf(who: Who): PodRecord[] {
    return [...this.#pods.values()].filter(({ instance }) =>
      whoMatches(who, instance),
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
    instance.workload = fact.data.workload ?? instance.workload;
    const deleted = fact.type === "api.object.deleted";
    if (deleted) instance.goneAt ??= fact.t;
    if (deleted || fact.data.terminating === true)
      instance.terminatingAt ??= fact.t;
  }
}

function push<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
