/**
 * A reader of one sink never goes back to an older version of the same object: per file of one pod's volume, per key of
 * one Secret. Two things are no going back: a version that somebody in the namespace asked for by its id (a pin that was
 * moved, a history), and an upstream finding that the caller allows by name.
 *
 * Whether a version was asked for by id may stand in a run that is still open; such a step waits for the end of its hour.
 */
import type { Fact } from "../../kernel/trace.ts";
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
};

/** What one volume or Secret has held, by `<object>|<path or key>`. */
type Sink = Map<string, Held>;

interface Content {
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
}

interface NoGoingBackState {
  versions: VaultVersions;
  asked: AskedById;
  /** By `<pod uid>/<volume>`, while it is mounted. */
  volumes: Map<string, Sink>;
  /** By uid, while there is such a Secret. */
  secrets: Map<string, Sink>;
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
      case "volume.switched":
      case "volume.verified": {
        const { namespace, uid, volume, files } = any.data;
        const sink = sinkOf(state.volumes, `${uid}/${volume}`);
        for (const file of files)
          this.#read(fact, sink, namespace, `${volume}/${file.path}`, file);
        return;
      }
      case "volume.unmounted":
        state.volumes.delete(`${any.data.uid}/${any.data.volume}`);
        return;
      case "api.object.created":
      case "api.object.modified": {
        const { namespace, uid, contents } = any.data;
        if (contents === undefined) return;
        const sink = sinkOf(state.secrets, uid);
        for (const content of contents)
          this.#read(fact, sink, namespace, content.key, content);
        return;
      }
      case "api.object.deleted":
        state.secrets.delete(any.data.uid);
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

  #read(
    fact: Fact,
    sink: Sink,
    namespace: string,
    where: string,
    content: Content,
  ): void {
    const { object, version, ordinal } = content;
    const key = `${object}|${where}`;
    const held = sink.get(key);
    if (held?.version === version) return;
    const order = isFromVault(object)
      ? this.state.versions.get(version)?.seq
      : ordinal;
    // A version that no vault made is another invariant's matter.
    if (order === undefined) return;
    if (held !== undefined && order < held.order) {
      const from = { version: held.version, ordinal: held.ordinal };
      const to = { version, ordinal };
      const reader = `${fact.about} ${where}`;
      const place = placeOfFact(fact);
      this.#wentBack({ namespace, reader, object, from, to, place });
    }
    sink.set(key, { version, ordinal, order });
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
