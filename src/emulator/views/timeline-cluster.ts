/**
 * The timeline's words for what people, the vault and the API server do. Polls are told when they find a new version;
 * Secrets when what they hold changes; warnings once.
 *
 * Source: design.md 2 ('Follow one rotation'); kubernetes-sigs/secrets-store-csi-driver v1.5 pkg/rotation/reconciler.go
 * (reasons of events and their source names).
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact, CommandFact } from "../trace/facts.ts";
import type { SecretSet } from "../trace/versions.ts";
import type { VaultRequestFact } from "./audit-record.ts";
import type { Entry, EntryLog } from "./timeline-entries.ts";
import {
  API,
  USER,
  VAULT,
  alike,
  appliedObjects,
  counted,
  node,
  nodeOf,
  settingChanges,
  sharedOrdinal,
  shortName,
  spokenObject,
} from "./timeline-words.ts";

/** More secrets than this at the start are told in one line. */
const SECRETS_TOLD = 3;
/** Sources of the driver's events. */
const DRIVER_SOURCE = "csi-secrets-store";

export class ClusterEntries {
  readonly #log: EntryLog;
  #start: EpochMs = Number.NaN;
  #settings: JsonObject = {};
  readonly #applied: string[] = [];
  readonly #setAtStart: Entry[] = [];
  readonly #secrets = new Map<string, string>();
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
        this.#settings = fact.data.settings;
        return;
      case "settings.changed":
        return this.#settingsChanged(fact, fact.data.settings);
      case "command":
        return this.#command(fact);
      case "command.refused":
        return this.#log.tell(fact, USER, {
          kind: "refused commands",
          tone: "bad",
          text: `${fact.data.kind} refused`,
          detail: fact.data.error,
        });
      case "vault.secret.set":
        return this.#secretSet(fact);
      case "vault.secret.updated":
      case "vault.secret.deleted":
      case "vault.secret.recovered":
      case "vault.secret.purged":
        return this.#log.tell(fact, VAULT, {
          kind: "changes of secrets",
          tone: "set",
          text: `${fact.data.name} ${fact.type.slice("vault.secret.".length)} in ${fact.data.vault}`,
          ordinal: "ordinal" in fact.data ? fact.data.ordinal : null,
        });
      case "vault.access.changed":
        return this.#accessChanged(fact, fact.data);
      case "vault.request":
        return this.#request(fact);
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        if (fact.data.kind === "Secret") this.#secretObject(fact);
        return;
      case "k8s.event":
        return this.#event(fact);
      default:
        return;
    }
  }

  /** What the setup did, in few lines: it stands before everything else. */
  setup(): Entry[] {
    const line = {
      t: this.#start,
      seq: 0,
      tone: "plain",
      ordinal: null,
    } as const;
    const entries: Entry[] = [];
    if (this.#applied.length > 0)
      entries.push({
        ...line,
        actor: USER,
        kind: "apply commands",
        text: `applied ${appliedObjects(this.#applied)}`,
      });
    if (this.#setAtStart.length <= SECRETS_TOLD)
      return [...entries, ...this.#setAtStart];
    const text = `${counted(this.#setAtStart.length, "secret version")} set`;
    return [...entries, { ...line, actor: VAULT, kind: "secrets set", text }];
  }

  #settingsChanged(fact: Fact, settings: JsonObject): void {
    const changes = settingChanges(this.#settings, settings);
    this.#settings = settings;
    for (const text of changes)
      this.#log.tell(fact, USER, {
        kind: "changes of settings",
        tone: "set",
        text,
      });
  }

  #command(fact: CommandFact): void {
    const { kind } = fact.data;
    if (kind !== "apply" && kind !== "delete") return;
    const target = fact.data.target || fact.about;
    if (kind === "apply" && fact.t === this.#start) {
      this.#applied.push(target);
      return;
    }
    const verb = kind === "apply" ? "applied" : "deleted";
    const text = `${verb} ${spokenObject(target)}`;
    this.#log.tell(fact, USER, { kind: `${kind} commands`, text });
  }

  #accessChanged(
    fact: Fact,
    {
      vault,
      mode,
      policies,
    }: { vault: string; mode: string; policies: number },
  ): void {
    if (fact.t === this.#start) return;
    const rules =
      mode === "open" ? "" : `, ${counted(policies, "policy", "policies")}`;
    this.#log.tell(fact, VAULT, {
      kind: "changes of access",
      tone: "set",
      text: `access of ${vault}: ${mode}${rules}`,
    });
  }

  #secretSet(fact: SecretSet): void {
    const { t, seq } = fact;
    const { vault, name, version, ordinal, enabled } = fact.data;
    const object = `${vault}/secrets/${name}`;
    const line = {
      kind: "secrets set",
      tone: "set",
      ordinal,
      text: `${name} set in ${vault}${enabled ? "" : ", disabled"}`,
      version: { object, version, ordinal, form: "as-is" },
    } as const;
    if (t === this.#start)
      this.#setAtStart.push({ t, seq, actor: VAULT, ...line });
    else this.#log.tell(fact, VAULT, line);
  }

  /** The first request of a caller that meets a version newer than those it has read. */
  #request(fact: VaultRequestFact): void {
    const { operation, status, pod, vault, name, ordinal } = fact.data;
    if (operation !== "SecretGet" || status !== 200) return;
    if (pod === null || ordinal === null) return;
    const key = JSON.stringify([pod, vault, name]);
    const last = this.#read.get(key);
    if (last !== undefined && last >= ordinal) return;
    this.#read.set(key, ordinal);
    // What a mount reads first is told by the line of the running pod.
    if (last === undefined) return;
    this.#log.tell(fact, node("driver", fact.data.node), {
      kind: "polls that found a new version",
      tone: "found",
      ordinal,
      text: "polled for",
      place: shortName(pod),
      after: `: ${name} is new`,
    });
  }

  #secretObject(fact: FactNamed<"api.object.modified">): void {
    const { namespace, name, contents = [] } = fact.data;
    const object = `${namespace}/${name}`;
    const line = { kind: "writes of Secrets", tone: "changed" } as const;
    if (fact.type === "api.object.deleted") {
      this.#secrets.delete(object);
      const text = `Secret ${name} deleted by ${fact.data.by}`;
      return this.#log.tell(fact, API, { ...line, text });
    }
    const known = this.#secrets.get(object);
    const versions = JSON.stringify(contents);
    if (known === versions) return;
    this.#secrets.set(object, versions);
    const verb = known === undefined ? "created" : "modified";
    const [only] = contents;
    const keys =
      contents.length === 1 ? only!.key : counted(contents.length, "key");
    this.#log.tell(fact, API, {
      ...line,
      ordinal: sharedOrdinal(contents),
      text: `Secret ${name} ${verb}: ${keys}`,
    });
  }

  #event(fact: FactNamed<"k8s.event">): void {
    const { reason, type, message, source, host, name } = fact.data;
    const fromDriver = source.startsWith(DRIVER_SOURCE);
    if (type === "Normal") {
      if (fromDriver) this.#log.count(reason, fact);
      return;
    }
    const key = JSON.stringify([reason, fact.about, alike(message)]);
    const actor = node(fromDriver ? "driver" : source, host || nodeOf(fact));
    this.#log.tellOnce(
      fact,
      { key, label: reason, actor },
      {
        kind: `events ${reason}`,
        text: `event ${reason} on ${name}`,
        detail: message,
      },
    );
  }
}
