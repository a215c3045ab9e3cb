/** Each write of each Secret, as the API server reports it. */
import type { ApiObjectFact, ContentFact } from "../../cluster-sim/facts.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { SinkName } from "./names.ts";
import type { SinkEntry } from "./pod-history.ts";
import { changesOf } from "./sink-changes.ts";

/** One write of a Secret. */
export interface SecretWrite {
  readonly t: EpochMs;
  readonly seq: number;
  /** `node-0/csi-driver`, `kubectl` … */
  readonly by: string;
  /** Null when the Secret was deleted. */
  readonly contents: readonly ContentFact[] | null;
}

type SecretSink = Extract<SinkName, { kind: "secret" }>;

export class SecretHistory {
  readonly #writes = new Map<string, SecretWrite[]>();

  fact(fact: ApiObjectFact): void {
    const { t, seq, data } = fact;
    const deleted = fact.type === "api.object.deleted";
    const contents = deleted ? null : (data.contents ?? []);
    const write = { t, seq, by: data.by, contents };
    const name = `${data.namespace}/${data.name}`;
    const writes = this.#writes.get(name);
    if (writes === undefined) this.#writes.set(name, [write]);
    else writes.push(write);
  }

  /** Oldest first, over re-creations; empty for one that never was. */
  writes(namespace: string, name: string): readonly SecretWrite[] {
    return this.#writes.get(`${namespace}/${name}`) ?? [];
  }

  /** Every Secret that ever was, in order of appearance. */
  names(): { namespace: string; name: string }[] {
    return [...this.#writes.keys()].map((key) => {
      const [namespace, name] = key.split("/") as [string, string];
      return { namespace, name };
    });
  }

  /** What a key held; null for a Secret that never was. */
  entries({ namespace, secret, key }: SecretSink): SinkEntry[] | null {
    const writes = this.#writes.get(`${namespace}/${secret}`);
    if (writes === undefined) return null;
    return changesOf(writes, (write) =>
      write.contents?.find((content) => content.key === key),
    );
  }

  /** The keys that ever held a version of `object`, with doubles. */
  holding(object: string): SinkName[] {
    const sinks: SinkName[] = [];
    for (const { namespace, name: secret } of this.names())
      for (const write of this.writes(namespace, secret))
        for (const { key, object: held } of write.contents ?? [])
          if (held === object)
            sinks.push({ kind: "secret", namespace, secret, key });
    return sinks;
  }
}
