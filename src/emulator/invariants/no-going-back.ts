/**
 * A reader of one sink never goes back to an older version of the same object: per file of one pod's volume, per key of
 * one Secret. Three things are no going back: a version that somebody in the namespace asked for by its id (a pin that was
 * moved, a history), a Secret that was deleted and made anew, which is another sink and may start with what a lagging
 * node has, and an upstream finding that the caller allows by name.
 *
 * Whether a version was asked for by id may stand in a run that is still open; such a step waits for the end of its hour.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { AskedById } from "./asked-by-id.ts";
import { rememberAskedById, wasAskedById } from "./asked-by-id.ts";
import type { VaultVersions } from "./vault-versions.ts";
import { isFromVault, rememberVersion } from "./vault-versions.ts";
import type { FactPlace, Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** A reader that went from a newer version to an older one. */
export type GoingBack = {
  readonly namespace: string;
  /** `default/busybox secrets-store/secret1`, `default/Secret/app-secret mysecret1`. */
  readonly reader: string;
  readonly object: string;
  readonly from: { readonly version: string; readonly ordinal: number };
  readonly to: { readonly version: string; readonly ordinal: number };
  readonly place: FactPlace;
};

/** A place where the real system does go back, by the name under which it is reported. */
export interface UpstreamFinding {
  readonly name: string;
  covers(step: GoingBack): boolean;
}

type Held = {
  readonly version: string;
  readonly ordinal: number;
  /** What orders versions: the fact that made it, or a literal's ordinal. */
  readonly order: number;
  /** The fact that it came from; in a secret volume, the write of the Secret. */
  readonly from: number;
};

/** What one volume or Secret has held, by `<object>|<path or key>`. */
type Sink = Map<string, Held>;

interface Content {
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
}

/** Who reads: `since` is the first fact from which what it holds comes from the same source. */
interface Reader {
  readonly sink: Sink;
  readonly namespace: string;
  readonly since: number;
}

interface NoGoingBackState {
  versions: VaultVersions;
  asked: AskedById;
  /** By `<pod uid>/<volume>`, while it is mounted. */
  volumes: Map<string, Sink>;
  /** By uid, while there is such a Secret. */
  secrets: Map<string, Sink>;
  /** The fact that created a Secret, by `<namespace>/<name>`, while there is one. */
  born: Map<string, number>;
  /** `<namespace>/<name>` of a secret volume's Secret, by pod uid and volume, while the kubelet has the pod. */
  sources: Map<string, Map<string, string>>;
  /** Steps back that only a request in an open run can still explain. */
  waiting: GoingBack[];
}

export class NoGoingBack implements Invariant {
  readonly name = "no-going-back";
  state: NoGoingBackState = {
    versions: new Map(),
    asked: new Set(),
    volumes: new Map(),
    secrets: new Map(),
    born: new Map(),
    sources: new Map(),
    waiting: [],
  };
  readonly #findings: readonly UpstreamFinding[];

  constructor(findings: readonly UpstreamFinding[] = []) {
    this.#findings = findings;
  }

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { state } = this;
    switch (any.type) {
      case "vault.secret.set":
        return rememberVersion(state.versions, any);
      case "vault.request":
        return rememberAskedById(state.asked, any);
      case "kubelet.pod.added":
        state.sources.set(any.data.uid, secretsOf(any));
        return;
      case "kubelet.pod.gone":
        state.sources.delete(any.data.uid);
        return;
      case "volume.switched":
      case "volume.verified":
        return this.#volume(any);
      case "volume.unmounted":
        state.volumes.delete(`${any.data.uid}/${any.data.volume}`);
        return;
      case "api.object.created":
      case "api.object.modified":
        if (any.data.contents !== undefined) this.#secret(any);
        return;
      case "api.object.deleted":
        if (any.data.kind !== "Secret") return;
        state.secrets.delete(any.data.uid);
        state.born.delete(`${any.data.namespace}/${any.data.name}`);
        return;
      default:
        return;
    }
  }

  hourEnded(): void {
    const { waiting, asked } = this.state;
    for (const step of waiting)
      if (!wasAskedById(asked, step.namespace, step.to.version))
        throw violation(
          "WentBack",
          `${step.reader} went back from v${step.from.ordinal} to v${step.to.ordinal} of ${step.object}, which nobody asked for by its id`,
          step.place,
        );
    this.state.waiting = [];
  }

  #volume(fact: FactNamed<"volume.switched">): void {
    const { namespace, uid, volume, files } = fact.data;
    const sink = sinkOf(this.state.volumes, `${uid}/${volume}`);
    const source = this.state.sources.get(uid)?.get(volume) ?? "";
    const since = this.state.born.get(source) ?? 0;
    for (const file of files)
      this.#read(fact, `${volume}/${file.path}`, file, {
        sink,
        namespace,
        since,
      });
  }

  #secret(fact: FactNamed<"api.object.created">): void {
    const { namespace, name, uid, contents = [] } = fact.data;
    if (fact.type === "api.object.created")
      this.state.born.set(`${namespace}/${name}`, fact.seq);
    const sink = sinkOf(this.state.secrets, uid);
    for (const content of contents)
      this.#read(fact, content.key, content, { sink, namespace, since: 0 });
  }

  #read(
    fact: Fact,
    where: string,
    { object, version, ordinal }: Content,
    { sink, namespace, since }: Reader,
  ): void {
    const key = `${object}|${where}`;
    const held = sink.get(key);
    if (held?.version === version) return;
    const order = isFromVault(object)
      ? this.state.versions.get(version)?.seq
      : ordinal;
    // A version that no vault made is another invariant's matter.
    if (order === undefined) return;
    if (held !== undefined && order < held.order && held.from >= since) {
      const from = { version: held.version, ordinal: held.ordinal };
      const to = { version, ordinal };
      const reader = `${fact.about} ${where}`;
      const place = placeOfFact(fact);
      this.#wentBack({ namespace, reader, object, from, to, place });
    }
    sink.set(key, { version, ordinal, order, from: firstCause(fact) });
  }

  #wentBack(step: GoingBack): void {
    if (this.#findings.some((finding) => finding.covers(step))) return;
    const { asked, waiting } = this.state;
    if (!wasAskedById(asked, step.namespace, step.to.version))
      waiting.push(step);
  }
}

function sinkOf(sinks: Map<string, Sink>, key: string): Sink {
  let sink = sinks.get(key);
  if (sink === undefined) sinks.set(key, (sink = new Map<string, Held>()));
  return sink;
}

function secretsOf(fact: FactNamed<"kubelet.pod.added">): Map<string, string> {
  const { namespace, volumes } = fact.data;
  return new Map(
    volumes
      .filter(({ kind }) => kind === "secret")
      .map(({ name, source }) => [name, `${namespace}/${source}`]),
  );
}

function firstCause({ causes: [first] }: Fact): number {
  if (first === undefined) return 0;
  return typeof first === "number" ? first : first[0];
}
