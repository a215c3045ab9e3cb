/**
 * The timeline's words for what happens in the vaults: new versions, changes of secrets and access, the polls that find
 * something new. Refusals are counted.
 *
 * Source: design.md 2 ('Follow one rotation')
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { isProgram, laneOf } from "../trace/callers.ts";
import type { VersionSet } from "../trace/versions.ts";
import { objectOf } from "../trace/versions.ts";
import type { VaultRequestFact } from "./audit-record.ts";
import type { Entry, EntryLog } from "./timeline-entries.ts";
import { VAULT, counted, node, shortName } from "./timeline-words.ts";

/** More versions than this at the start are told in one line. */
const SETS_TOLD = 3;
const UNAUTHENTICATED = 401;

export class VaultEntries {
  readonly #log: EntryLog;
  #start: EpochMs = Number.NaN;
  readonly #setAtStart: Entry[] = [];
  /** Facts of certificates, whose keys and secrets are not told again. */
  readonly #certificates = new Set<number>();
  /** Newest version that each caller has read of each object. */
  readonly #read = new Map<string, number>();

  constructor(log: EntryLog) {
    this.#log = log;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "vault.certificate.set":
        this.#certificates.add(fact.seq);
        return this.#set(fact);
      case "vault.secret.set":
      case "vault.key.set":
        return this.#set(fact);
      case "vault.secret.updated":
      case "vault.secret.deleted":
      case "vault.secret.recovered":
      case "vault.secret.purged":
        return this.#log.tell(fact, VAULT, {
          kind: "changes of secrets",
          tone: "set",
          text: changeText(fact),
          ordinal: "ordinal" in fact.data ? fact.data.ordinal : null,
        });
      case "vault.access.changed":
        return this.#accessChanged(fact);
      case "vault.request":
        return this.#request(fact);
      default:
        return;
    }
  }

  /** What the vaults held at the start, in few lines: it stands before everything else. */
  setup(): Entry[] {
    const entries = this.#setAtStart;
    if (entries.length <= SETS_TOLD) return entries;
    const kinds = new Set(entries.map(({ kind }) => kind));
    const what = kinds.size === 1 && kinds.has(SETS) ? "secret" : "object";
    const text = `${counted(entries.length, `${what} version`)} set`;
    const t = this.#start;
    return [{ t, seq: 0, actor: VAULT, ...ONE_FOR_ALL, text }];
  }

  #set(fact: VersionSet): void {
    const isPart = fact.causes.some(
      (cause) => typeof cause === "number" && this.#certificates.has(cause),
    );
    if (isPart) return;
    const { t, seq } = fact;
    const { ordinal } = fact.data;
    const line = { tone: "set", ordinal, ...setText(fact) } as const;
    if (t === this.#start)
      this.#setAtStart.push({ t, seq, actor: VAULT, ...line });
    else this.#log.tell(fact, VAULT, line);
  }

  #accessChanged(fact: FactNamed<"vault.access.changed">): void {
    if (fact.t === this.#start) return;
    const { vault, mode, policies } = fact.data;
    const rules =
      mode === "open" ? "" : `, ${counted(policies, "policy", "policies")}`;
    this.#log.tell(fact, VAULT, {
      kind: "changes of access",
      tone: "set",
      text: `access of ${vault}: ${mode}${rules}`,
    });
  }

  /** The first request of a caller that meets a version newer than those it has read. */
  #request(fact: VaultRequestFact): void {
    const { operation, status, pod, vault, name, collection } = fact.data;
    if (pod === null) return;
    // What lanes and programs find is told by what they hold then.
    if (status < 400 && (laneOf(fact.data) !== null || isProgram(fact.data)))
      return;
    if (status >= 400 && status !== UNAUTHENTICATED)
      return this.#log.count(`${vault} answers ${status}`, fact, "other");
    const { ordinal } = fact.data;
    if (!operation.endsWith("Get") || ordinal === null) return;
    const key = JSON.stringify([pod, vault, collection, name]);
    const last = this.#read.get(key);
    if (last !== undefined && last >= ordinal) return;
    this.#read.set(key, ordinal);
    // What a mount reads first is told by the line of the running pod.
    if (last === undefined) return;
    const what = KIND_NAMES.get(collection ?? "");
    this.#log.tell(fact, node("driver", fact.data.node), {
      kind: "polls that found a new version",
      tone: "found",
      ordinal,
      text: "polled for",
      place: shortName(pod),
      after: `: ${what === undefined ? "" : `${what} `}${name} is new`,
    });
  }
}

const SETS = "secrets set";
/** Of a line that stands for several versions. */
const ONE_FOR_ALL = { kind: SETS, tone: "plain", ordinal: null } as const;

/** Collections whose objects are no secrets. */
const KIND_NAMES: ReadonlyMap<string, string> = new Map([
  ["keys", "key"],
  ["certificates", "certificate"],
]);

function changeText({
  type,
  data,
}: FactNamed<"vault.secret.updated" | "vault.secret.deleted">): string {
  const verb = type.slice("vault.secret.".length);
  const off = "enabled" in data && !data.enabled ? ", disabled" : "";
  return `${data.name} ${verb} in ${data.vault}${off}`;
}

function setText(
  fact: VersionSet,
): Pick<Entry, "text" | "kind"> & Partial<Entry> {
  const { vault, name, version, ordinal, enabled } = fact.data;
  const off = enabled ? "" : ", disabled";
  switch (fact.type) {
    case "vault.secret.set": {
      const form = "as-is";
      const held = { object: objectOf(fact), version, ordinal, form };
      return {
        kind: SETS,
        text: `${name} set in ${vault}${off}`,
        version: held,
      };
    }
    case "vault.key.set":
      return {
        kind: "keys set",
        text: `key ${name} set in ${vault}: ${fact.data.keyKind}${off}`,
      };
    case "vault.certificate.set": {
      const verb = ordinal > 1 ? "renewed" : "created";
      return {
        kind: "certificates set",
        text: `certificate ${name} ${verb} in ${vault}${off}`,
      };
    }
  }
}
