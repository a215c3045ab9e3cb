/**
 * Who polls follows within its interval: a program that polls a file what the file holds, a program that polls the vault
 * and a lane with an interval what the vault has. Each may lie twice its interval behind. A program whose look failed, or
 * that lost its pass, has its reason and is judged no more; what breaks on the way puts the count off.
 *
 * Failures stand in runs, written up to an hour later: who is late waits for the end of the hour.
 *
 * Source: alternatives.md 1 and 2, reloader.md 3 of the reference
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { MINUTE_MS, formatDuration } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import { placesOf } from "../trace/file-place.ts";
import type { MountFact } from "../../kubelet-sim/facts.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { laneOf } from "../trace/callers.ts";
import type { AskedById } from "./asked-by-id.ts";
import { rememberAskedById, wasAskedById } from "./asked-by-id.ts";
import type { HindrancesState } from "./hindrances.ts";
import {
  brokenUntil,
  followHindrances,
  forgetFailures,
  newHindrances,
} from "./hindrances.ts";
import type { NewestVersions } from "./newest-versions.ts";
import { follow } from "./newest-versions.ts";
import { isFromVault, isVersionSet } from "./vault-versions.ts";
import type { FactPlace, Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** Intervals that a reader may lie behind. */
const LIMIT_FACTOR = 2;
/** The longest pass: challenge, token, a list of pages, a read, each slow. */
const LONGEST_PASS_MS: DurationMs = MINUTE_MS;
const UNAUTHENTICATED = 401;
const POLLS_VAULT: readonly string[] = ["polls-vault", "dotnet", "spring"];

/** What somebody holds, or a file does. */
type Held = {
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
  readonly t: EpochMs;
};

type Reader = {
  readonly who: string;
  readonly node: string;
  readonly everyMs: DurationMs;
  /** Of its pod; of a lane `lane`. */
  readonly namespace: string;
  /** What it polls in which pod, `<volume>/<path>`; null for the vault. */
  readonly file: { readonly uid: string; readonly key: string } | null;
  /** Of its latest start. */
  since: EpochMs;
  held: Held | null;
  place: FactPlace;
  /** Set where it has a reason not to follow. */
  excused: boolean;
};

/** A reader that was too late, unless a failure in an open run explains it. */
type Late = {
  readonly reader: string;
  readonly namespace: string;
  /** What it held. */
  readonly version: string;
  readonly text: string;
  readonly place: FactPlace;
};

type PodFiles = {
  readonly node: string;
  readonly mounts: readonly MountFact[];
  /** By `<volume>/<path>`. */
  readonly files: Map<string, Held>;
};

interface ReadersState {
  asked: AskedById;
  newest: NewestVersions;
  hindrances: HindrancesState;
  /** By uid, while the kubelet has the pod. */
  pods: Map<string, PodFiles>;
  /** By `<uid>/<container>` or `lane/<name>`. */
  readers: Map<string, Reader>;
  waiting: Late[];
  /** Of the latest fact. */
  now: EpochMs;
}

export class ReadersWithinBound implements Invariant {
  readonly name = "readers-within-bound";
  state: ReadersState = {
    asked: new Set(),
    newest: new Map(),
    hindrances: newHindrances(),
    pods: new Map(),
    readers: new Map(),
    waiting: [],
    now: 0,
  };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { state } = this;
    state.now = any.t;
    followHindrances(state.hindrances, any);
    if (isVersionSet(any) || any.type.startsWith("vault.secret."))
      follow(state.newest, any);
    switch (any.type) {
      case "kubelet.pod.added": {
        const { uid, node, mounts } = any.data;
        state.pods.set(uid, { node, mounts, files: new Map() });
        return;
      }
      case "kubelet.pod.gone":
        return this.#forgetPod(any.data.uid);
      case "kubelet.pod.terminating":
        return this.#excusePod(any.data.uid);
      case "volume.switched":
      case "volume.verified":
        return this.#written(any);
      case "app.started":
        return this.#programStarted(any);
      case "app.ended":
        state.readers.delete(`${any.data.uid}/${any.data.container}`);
        return;
      case "app.looked":
        if (any.data.outcome === "failed")
          this.#excuse(`${any.data.uid}/${any.data.container}`);
        return;
      case "app.holds":
        return this.#holds(`${any.data.uid}/${any.data.container}`, any);
      case "lane.started":
        return this.#laneStarted(any);
      case "lane.pass":
        if (any.data.outcome === "failed") this.#excuse(laneKey(any.data.lane));
        return;
      case "lane.holds":
        return this.#holds(laneKey(any.data.lane), any);
      case "command":
        if (any.data.kind === "restart" || any.data.kind === "access")
          this.#interrupted(any);
        return;
      case "vault.request":
        return this.#request(any);
      default:
        return;
    }
  }

  hourEnded(): void {
    const { waiting, readers, asked, hindrances, now } = this.state;
    for (const { reader, namespace, version, text, place } of waiting)
      if (
        readers.get(reader)?.excused !== true &&
        !wasAskedById(asked, namespace, version)
      )
        throw violation("StaleBeyondBound", text, place);
    this.state.waiting = [];
    forgetFailures(hindrances, now);
  }

  end(t: EpochMs): void {
    for (const [key, reader] of this.state.readers) this.#judge(key, reader, t);
    this.hourEnded();
  }

  #programStarted(fact: FactNamed<"app.started">): void {
    const { uid, container, app, reads, everyMs } = fact.data;
    const pod = this.state.pods.get(uid);
    const key = `${uid}/${container}`;
    this.state.readers.delete(key);
    if (pod === undefined || everyMs === null) return;
    const polls = app === "polls-file" || POLLS_VAULT.includes(app);
    if (!polls) return;
    const [place] =
      app === "polls-file" ? placesOf(pod.mounts, container, reads) : [];
    if (app === "polls-file" && (place === undefined || place.pinned)) return;
    this.state.readers.set(key, {
      who: `the program of ${fact.about}`,
      node: pod.node,
      everyMs,
      namespace: fact.data.namespace,
      file:
        place === undefined
          ? null
          : { uid, key: `${place.volume}/${place.path}` },
      since: fact.t,
      held: null,
      place: placeOfFact(fact),
      excused: false,
    });
  }

  #laneStarted(fact: FactNamed<"lane.started">): void {
    const { lane, everyMs } = fact.data;
    const key = laneKey(lane);
    const known = this.state.readers.get(key);
    if (!everyMs) return;
    this.state.readers.set(key, {
      who: key.replace("/", " "),
      node: "",
      namespace: "lane",
      everyMs,
      file: null,
      since: fact.t,
      held: known?.held ?? null,
      place: placeOfFact(fact),
      excused: false,
    });
  }

  #written({ t, data }: FactNamed<"volume.switched">): void {
    const { uid, volume } = data;
    const files = this.state.pods.get(uid)?.files;
    if (files === undefined) return;
    for (const { path, object, version, ordinal } of data.files) {
      const key = `${volume}/${path}`;
      const before = files.get(key);
      if (before?.version === version && before.object === object) continue;
      if (before !== undefined)
        for (const [name, reader] of this.state.readers)
          if (reader.file?.uid === uid && reader.file.key === key)
            this.#judge(name, reader, t);
      files.set(key, { object, version, ordinal, t });
    }
  }

  #holds(key: string, fact: FactNamed<"app.holds" | "lane.holds">): void {
    const reader = this.state.readers.get(key);
    if (reader === undefined) return;
    this.#judge(key, reader, fact.t);
    const { object, version, ordinal } = fact.data;
    reader.held = { object, version, ordinal, t: fact.t };
    reader.place = placeOfFact(fact);
  }

  /** What it held up to `t`. */
  #judge(key: string, reader: Reader, t: EpochMs): void {
    const { held, everyMs, excused } = reader;
    if (held === null || excused) return;
    const wanted = this.#wanted(reader, held);
    if (wanted === null) return;
    const over =
      reader.file === null ? ["fetch" as const] : ["kubelet" as const];
    const since = Math.max(
      wanted.t,
      reader.since,
      brokenUntil(this.state.hindrances, reader.node, [...over, "node"]),
    );
    const limit = LIMIT_FACTOR * everyMs + LONGEST_PASS_MS;
    if (t - since <= limit) return;
    const text = `${reader.who} held v${held.ordinal} of ${held.object} ${formatDuration(t - since)} after it could read v${wanted.ordinal} (limit ${formatDuration(limit)})`;
    const { namespace, place } = reader;
    const { version } = held;
    this.state.waiting.push({ reader: key, namespace, version, text, place });
  }

  /** What it should hold; null where it does. */
  #wanted(
    { file }: Reader,
    held: Held,
  ): { readonly ordinal: number; readonly t: EpochMs } | null {
    if (file !== null) {
      const there = this.state.pods.get(file.uid)?.files.get(file.key);
      const same =
        there?.version === held.version && there.object === held.object;
      return there === undefined || same ? null : there;
    }
    const newest = this.state.newest.get(held.object);
    if (!isFromVault(held.object) || newest === undefined) return null;
    if (newest.version === held.version || newest.since === null) return null;
    return { ordinal: newest.ordinal, t: newest.since };
  }

  #excuse(key: string): void {
    const reader = this.state.readers.get(key);
    if (reader !== undefined) reader.excused = true;
  }

  #excusePod(uid: string): void {
    for (const [key, reader] of this.state.readers)
      if (key.startsWith(`${uid}/`)) reader.excused = true;
  }

  /** A lane that is refused has its reason; the 401 that asks for a token refuses nothing. */
  #request(fact: FactNamed<"vault.request">): void {
    rememberAskedById(this.state.asked, fact);
    const { status } = fact.data;
    const lane = laneOf(fact.data);
    if (lane !== null && status >= 400 && status !== UNAUTHENTICATED)
      this.#excuse(laneKey(lane));
  }

  /** What is restarted is down for a while, and nobody says that it is. */
  #interrupted(fact: FactNamed<"command">): void {
    for (const [key, reader] of this.state.readers)
      if (fact.data.kind === "access" || key.startsWith("lane/"))
        reader.excused = true;
  }

  #forgetPod(uid: string): void {
    const { pods, readers } = this.state;
    pods.delete(uid);
    for (const key of readers.keys())
      if (key.startsWith(`${uid}/`)) readers.delete(key);
  }
}

function laneKey(lane: string): string {
  return `lane/${lane}`;
}
