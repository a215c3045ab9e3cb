/**
 * A reader of one sink never goes back to an older version of the same object: per file of one pod's volume, per key of
 * one Secret or ConfigMap, per environment variable and pinned file of the containers of one name in one pod, per life of a
 * program that asks the vault itself, per lane.
 *
 * What the kubelet reads from an API object it must read forwards: the resourceVersion of a source never decreases. That
 * object may itself have gone back; then its own write is judged, and those who follow it are not. A pinned file is one of
 * its volume's, and is judged there (environment-fixed holds that it is).
 *
 * Three things are no going back: a version that somebody in the namespace asked for by its id (a pin that was moved, a
 * history), an object that was deleted and made anew, which is another sink and may start with what a lagging node has,
 * and an upstream finding that the caller allows by name.
 *
 * Whether a version was asked for by id may stand in a run that is still open; such a step waits for the end of its hour.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { AskedById } from "./asked-by-id.ts";
import { rememberAskedById, wasAskedById } from "./asked-by-id.ts";
import type { DriverFiles } from "./driver-files.ts";
import { followDriverFiles, newDriverFiles } from "./driver-files.ts";
import type { GoingBack, SeenVersions, UpstreamFinding } from "./going-back.ts";
import { newSeenVersions, stepsBack } from "./going-back.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";
import { overtakenFetch, writeBack } from "./write-back.ts";

/** Where the kubelet read what a sink holds. */
interface Content {
  readonly source?: string;
  readonly resourceVersion?: string;
}

interface NoGoingBackState {
  seen: SeenVersions;
  asked: AskedById;
  files: DriverFiles;
  /** By `<pod uid>`, while the kubelet has the pod: resourceVersions by `<volume or container>|<file or variable>|<source>`. */
  sources: Map<string, Map<string, number>>;
  /** Steps back that only a request in an open run can still explain. */
  waiting: GoingBack[];
}

export class NoGoingBack implements Invariant {
  readonly name = "no-going-back";
  state: NoGoingBackState = {
    seen: newSeenVersions(),
    asked: new Set(),
    files: newDriverFiles(),
    sources: new Map(),
    waiting: [],
  };
  readonly #findings: readonly UpstreamFinding[];

  constructor(
    findings: readonly UpstreamFinding[] = [writeBack, overtakenFetch],
  ) {
    this.#findings = findings;
  }

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { state } = this;
    followDriverFiles(state.files, any);
    for (const step of stepsBack(state.seen, any)) this.#wentBack(step);
    switch (any.type) {
      case "vault.request":
        return rememberAskedById(state.asked, any);
      case "kubelet.pod.gone":
        state.sources.delete(any.data.uid);
        return;
      case "volume.switched":
      case "volume.verified": {
        const { uid, volume, files } = any.data;
        for (const file of files)
          this.#readsForwards(any, uid, `${volume}/${file.path}`, file);
        return;
      }
      case "container.created": {
        const { uid, container, variables } = any.data;
        for (const held of variables)
          this.#readsForwards(any, uid, `${container}/$${held.variable}`, held);
        return;
      }
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

  /** What comes from no API object has been judged by its version. */
  #readsForwards(
    fact: Fact,
    uid: string,
    where: string,
    { source, resourceVersion }: Content,
  ): void {
    if (source === undefined || resourceVersion === undefined) return;
    const { sources } = this.state;
    let seen = sources.get(uid);
    if (seen === undefined) sources.set(uid, (seen = new Map()));
    const key = `${where}|${source}`;
    const before = seen.get(key) ?? 0;
    const now = Number(resourceVersion);
    if (!(now >= before))
      throw violation(
        "WentBack",
        `${fact.about} ${where} went back from resourceVersion ${before} to ${resourceVersion} of ${source}`,
        placeOfFact(fact),
      );
    seen.set(key, now);
  }

  #wentBack(step: GoingBack): void {
    const { asked, waiting, files } = this.state;
    if (this.#findings.some((finding) => finding.covers(step, files))) return;
    if (!wasAskedById(asked, step.namespace, step.to.version))
      waiting.push(step);
  }
}
