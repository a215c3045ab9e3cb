/**
 * Every staleness ends within its bound, or has a reason: at the end of a world, no file of a CSI volume is older than
 * the vault's newest version for more than twice the poll interval (or twice a whole pass, where that takes longer),
 * counted from the last thing that held the driver up: its start, a failure, a change of settings or of access.
 *
 * Reasons that excuse a file: rotation is off, its pod status is gone or was changed by somebody else, the pod is
 * ending, another volume of the pod uses the same class, or the version was asked for by its id.
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Settings } from "../world/settings.ts";
import type { AskedById } from "./asked-by-id.ts";
import { rememberAskedById, wasAskedById } from "./asked-by-id.ts";
import type { NewestVersions } from "./newest-versions.ts";
import { follow } from "./newest-versions.ts";
import { isFromVault } from "./vault-versions.ts";
import type { FactPlace, Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** Intervals, or passes, that a file may lie behind. */
const LIMIT_FACTOR = 2;

type HeldFile = {
  readonly path: string;
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
};

type CsiVolume = {
  readonly uid: string;
  readonly volume: string;
  files: readonly HeldFile[];
  place: FactPlace;
};

type PodLife = {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** SecretProviderClass of each csi volume. */
  readonly classes: readonly (readonly [volume: string, name: string])[];
  ending: boolean;
  /** The last failure of one of its volumes; 0 for none. */
  failedAt: EpochMs;
};

type Driver = {
  readonly polling: boolean;
  readonly intervalMs: DurationMs;
  readonly startedAt: EpochMs;
};

interface StalenessState {
  nodes: number;
  settings: Settings | null;
  /** Up to when a change of settings is still being rolled out. */
  settledAt: EpochMs;
  drivers: Map<string, Driver>;
  newest: NewestVersions;
  /** When access to a vault last changed. */
  access: Map<string, EpochMs>;
  asked: AskedById;
  pods: Map<string, PodLife>;
  /** Uid by `namespace/name`. */
  uids: Map<string, string>;
  /** By `<uid>/<volume>`. */
  volumes: Map<string, CsiVolume>;
  /** `about` of pod statuses as the driver wrote them. */
  statuses: Set<string>;
}

export class StalenessWithinBound implements Invariant {
  readonly name = "staleness-within-bound";
  state: StalenessState = {
    nodes: 1,
    settings: null,
    settledAt: 0,
    drivers: new Map(),
    newest: new Map(),
    access: new Map(),
    asked: new Set(),
    pods: new Map(),
    uids: new Map(),
    volumes: new Map(),
    statuses: new Set(),
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { state } = this;
    switch (any.type) {
      case "world.started":
        state.nodes = any.data.nodes.length;
        state.settings = any.data.settings as unknown as Settings;
        return;
      case "settings.changed":
        return this.#changeSettings(any);
      case "csi.driver.started":
        return this.#startDriver(any);
      case "vault.access.changed":
        state.access.set(any.data.vault, any.t);
        return;
      case "vault.request":
        return rememberAskedById(state.asked, any);
      case "volume.switched":
      case "volume.verified":
        if (any.data.kind === "csi") this.#write(any);
        return;
      case "volume.unmounted":
        state.volumes.delete(`${any.data.uid}/${any.data.volume}`);
        return;
      case "volume.failed":
      case "csi.rotation.failed":
        return this.#fail(any);
      default:
        if (any.type.startsWith("vault.secret.")) follow(state.newest, any);
        else if (any.type.startsWith("kubelet.pod.")) this.#pod(any);
        else if (any.type.startsWith("api.object.")) this.#object(any);
    }
  }

  end(t: EpochMs): void {
    for (const held of this.state.volumes.values())
      for (const file of held.files) this.#check(held, file, t);
  }

  #changeSettings({ t, data }: FactNamed<"settings.changed">): void {
    const settings = data.settings as unknown as Settings;
    const { rolloutDelay, driverRestart } = settings.addon;
    this.state.settings = settings;
    this.state.settledAt = t + rolloutDelay + this.state.nodes * driverRestart;
  }

  #startDriver({ t, data }: FactNamed<"csi.driver.started">): void {
    const { node, rotation, rotationPollIntervalMs, firstTickMs } = data;
    this.state.drivers.set(node, {
      polling: rotation && firstTickMs !== null,
      intervalMs: rotationPollIntervalMs,
      startedAt: t,
    });
  }

  #pod(fact: AnyFact): void {
    const { pods, uids } = this.state;
    switch (fact.type) {
      case "kubelet.pod.added": {
        const { namespace, name, uid, node, volumes } = fact.data;
        const classes = volumes
          .filter(({ kind }) => kind === "csi")
          .map((volume) => [volume.name, volume.source] as const);
        const rest = { classes, ending: false, failedAt: 0 };
        pods.set(uid, { namespace, name, node, ...rest });
        uids.set(`${namespace}/${name}`, uid);
        return;
      }
      case "kubelet.pod.terminating": {
        const pod = pods.get(fact.data.uid);
        if (pod !== undefined) pod.ending = true;
        return;
      }
      case "kubelet.pod.gone": {
        const { namespace, name, uid } = fact.data;
        pods.delete(uid);
        if (uids.get(`${namespace}/${name}`) === uid)
          uids.delete(`${namespace}/${name}`);
        return;
      }
      default:
        return;
    }
  }

  /** Pods that have ended are not rotated; a pod status that is not as the driver wrote it may not be, either. */
  #object(fact: AnyFact): void {
    const { pods, statuses } = this.state;
    switch (fact.type) {
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted": {
        const { kind, uid, by, phase } = fact.data;
        if (kind === "SecretProviderClassPodStatus") {
          const own = by.endsWith("/csi-driver");
          if (!own || fact.type === "api.object.deleted")
            statuses.delete(fact.about);
          else if (fact.type === "api.object.created") statuses.add(fact.about);
        } else if (phase === "Succeeded" || phase === "Failed") {
          const pod = pods.get(uid);
          if (pod !== undefined) pod.ending = true;
        }
        return;
      }
      default:
        return;
    }
  }

  #write(fact: FactNamed<"volume.switched">): void {
    const { uid, volume, files } = fact.data;
    const place = placeOfFact(fact);
    this.state.volumes.set(`${uid}/${volume}`, { uid, volume, files, place });
  }

  #fail(
    fact: FactNamed<"volume.failed"> | FactNamed<"csi.rotation.failed">,
  ): void {
    const { namespace, name } = fact.data;
    const { pods, uids } = this.state;
    const pod = pods.get(uids.get(`${namespace}/${name}`) ?? "");
    if (pod === undefined) return;
    const { run } = fact;
    const t =
      run === undefined ? fact.t : run.first + run.every * (run.count - 1);
    pod.failedAt = Math.max(pod.failedAt, t);
  }

  #check(held: CsiVolume, file: HeldFile, t: EpochMs): void {
    const { state } = this;
    const { object, version, path } = file;
    const newest = state.newest.get(object);
    if (!isFromVault(object) || newest === undefined) return;
    if (newest.version === version || newest.since === null) return;
    const pod = state.pods.get(held.uid);
    const driver = pod === undefined ? undefined : state.drivers.get(pod.node);
    if (pod === undefined || driver === undefined) return;
    if (!driver.polling || this.#isExcused(held, pod)) return;
    if (wasAskedById(state.asked, pod.namespace, version)) return;
    const since = Math.max(
      newest.since,
      held.place.t,
      pod.failedAt,
      driver.startedAt,
      state.settledAt,
      state.access.get(object.slice(0, object.indexOf("/"))) ?? 0,
    );
    const limit =
      LIMIT_FACTOR * Math.max(driver.intervalMs, this.#pass(pod.node));
    if (t - since <= limit) return;
    throw violation(
      "StaleBeyondBound",
      `${pod.namespace}/${pod.name} ${held.volume}/${path} still holds v${file.ordinal} of ${object} at the end, ${formatDuration(t - since)} after the driver of ${pod.node}, which polls every ${formatDuration(driver.intervalMs)}, could read v${newest.ordinal} (limit ${formatDuration(limit)})`,
      held.place,
    );
  }

  #isExcused(held: CsiVolume, pod: PodLife): boolean {
    if (pod.ending) return true;
    const own = pod.classes.find(([volume]) => volume === held.volume)?.[1];
    if (pod.classes.filter(([, name]) => name === own).length !== 1)
      return true;
    const status = `${pod.namespace}/SecretProviderClassPodStatus/${pod.name}-${pod.namespace}-${own}`;
    return !this.state.statuses.has(status);
  }

  /** How long one pass of a node's driver over its volumes may take: each request with the most round trips it has. */
  #pass(node: string): DurationMs {
    const { volumes, pods, settings } = this.state;
    const { vault, entra, apiServer } = settings!.latency;
    let pass = 0;
    for (const { uid, files } of volumes.values())
      if (pods.get(uid)?.node === node)
        pass +=
          entra +
          (1 + 2 * files.length) * vault +
          (1 + files.length) * apiServer;
    return pass;
  }
}
