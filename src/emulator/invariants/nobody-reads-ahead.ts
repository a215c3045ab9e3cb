/**
 * Nobody reads a version before the vault had it: whatever a request returned, a file, a Secret, an environment variable,
 * a pinned file, a program or the end of a lane holds was made before by the vault, as a version of that very object. Literals have no vault and are
 * exempt.
 *
 * Nor does a reader of an API object see what was not in it: bytes that the kubelet read from a Secret or ConfigMap at some
 * resourceVersion are among those that the object held then.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { ObjectHistory } from "./object-history.ts";
import { heldAt, rememberContents, sourceKey } from "./object-history.ts";
import type { VaultVersions } from "./vault-versions.ts";
import {
  MAKERS,
  isFromVault,
  isVersionSet,
  madeVersion,
  objectOfRequest,
  rememberVersion,
} from "./vault-versions.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

interface Read {
  readonly object: string;
  readonly version: string;
}

/** What a sink holds, and where the kubelet read it. */
type SourcedRead = Read & {
  readonly form: string;
  readonly source?: string;
  readonly resourceVersion?: string;
};

interface ReadsState {
  versions: VaultVersions;
  objects: ObjectHistory;
}

export class NobodyReadsAhead implements Invariant {
  readonly name = "nobody-reads-ahead";
  state: ReadsState = { versions: new Map(), objects: new Map() };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    if (isVersionSet(any)) return rememberVersion(this.state.versions, any);
    switch (any.type) {
      case "vault.request":
        return this.#request(any);
      case "volume.switched":
      case "volume.verified": {
        const { namespace, volume, files } = any.data;
        for (const file of files)
          this.#held(any, namespace, `${volume}/${file.path} holds`, file);
        return;
      }
      case "container.created":
        return this.#created(any);
      case "app.holds": {
        const { namespace, container, reads } = any.data;
        const who = `the program in ${container}, which reads ${reads}, holds`;
        return this.#held(any, namespace, who, any.data);
      }
      case "lane.holds":
        return this.#check(any, `lane ${any.data.lane} holds`, any.data);
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        for (const content of any.data.contents ?? [])
          this.#check(any, `its key ${content.key} holds`, content);
        return rememberContents(this.state.objects, any);
      default:
        return;
    }
  }

  #request(fact: FactNamed<"vault.request">): void {
    const { operation, version } = fact.data;
    const object = objectOfRequest(fact);
    if (version === null || object === null || MAKERS.has(operation)) return;
    this.#check(fact, `${operation} read`, { object, version });
  }

  #created(fact: FactNamed<"container.created">): void {
    const { namespace, container, variables, pinned } = fact.data;
    for (const held of variables)
      this.#held(fact, namespace, `${container} has in ${held.variable}`, held);
    for (const held of pinned)
      this.#held(fact, namespace, `${container} pins at ${held.path}`, held);
  }

  #held(fact: Fact, namespace: string, who: string, held: SourcedRead): void {
    this.#check(fact, who, held);
    const { source, resourceVersion, object, version, form } = held;
    if (source === undefined || resourceVersion === undefined) return;
    const contents = heldAt(
      this.state.objects,
      sourceKey(namespace, source),
      Number(resourceVersion),
    );
    const found = contents?.some(
      (one) =>
        one.object === object && one.version === version && one.form === form,
    );
    if (found !== true)
      throw violation(
        "ReadAhead",
        `${who} version ${version} of ${object} (${form}), which ${source} did not hold at resourceVersion ${resourceVersion}`,
        placeOfFact(fact),
      );
  }

  #check(fact: Fact, who: string, { object, version }: Read): void {
    if (!isFromVault(object)) return;
    const { versions } = this.state;
    const made = madeVersion(versions, object, version);
    const place = placeOfFact(fact);
    const others = [...(versions.get(version)?.keys() ?? [])];
    if (made === undefined && others.length > 0)
      throw violation(
        "ReadAhead",
        `${who} version ${version} of ${object}, which is a version of ${others.join(", ")}`,
        place,
      );
    if (made === undefined || made.seq > place.seq || made.t > place.t)
      throw violation(
        "ReadAhead",
        `${who} version ${version} of ${object} before the vault had it`,
        place,
      );
  }
}
