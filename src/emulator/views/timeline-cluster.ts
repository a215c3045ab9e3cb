/**
 * The timeline's words for what people and the API server do, and for what breaks. Secrets are told when what they hold
 * changes, and loudly when it goes back; warnings once.
 *
 * Source: design.md 2 ('Follow one rotation'); kubernetes-sigs/secrets-store-csi-driver v1.5 pkg/rotation/reconciler.go
 * (reasons of events and their source names).
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import { driverGeneration } from "../trace/defaults.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact, CommandFact } from "../trace/facts.ts";
import { brokenThing, faultText } from "../trace/interruptions.ts";
import { objectOf } from "../trace/versions.ts";
import { spokenDuration } from "./terminal.ts";
import type { Entry, EntryLog } from "./timeline-entries.ts";
import {
  API,
  FAULT,
  USER,
  actorOf,
  alike,
  appliedObjects,
  counted,
  essence,
  node,
  nodeOf,
  settingChanges,
  sharedOrdinal,
  spokenObject,
} from "./timeline-words.ts";

type Content = NonNullable<
  FactNamed<"api.object.modified">["data"]["contents"]
>[number];

/** Sources of the driver's events. */
const DRIVER_SOURCE = "csi-secrets-store";
/** Warnings of kubelets that come with something that has a line of its own. */
const TOLD_OTHERWISE = new Set(["Failed", "BackOff", "Rebooted"]);
/** A warning of the driver that comes with each failed rotation, which is told or counted. */
const ROTATION_FAILED = "MountRotationFailed";

const RIGHTS = new Set([
  "ServiceAccount",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
]);

/** What other commands did to their object. */
const DONE: ReadonlyMap<string, string> = new Map([
  ["patch", "patched"],
  ["scale", "scaled"],
  ["rolloutRestart", "rollout restart of"],
  ["refreshLane", "asks for a refresh of lane"],
]);

export class ClusterEntries {
  readonly #log: EntryLog;
  #start: EpochMs = Number.NaN;
  #settings: JsonObject = {};
  readonly #applied: string[] = [];
  /** Entries of commands to scale whose write is still to come, by target. */
  readonly #scaling = new Map<string, number>();
  /** What was applied last, and gives rights. */
  #rights: {
    readonly t: EpochMs;
    readonly entry: number;
    readonly targets: string[];
  } | null = null;
  readonly #secrets = new Map<string, readonly Content[]>();
  /** Versions by the order in which the vaults made them. */
  readonly #order = new Map<string, number>();
  /** Whether a driver replaces Secrets that exist, as it does from 1.6 on. */
  #replaces = false;
  readonly #resumed = new Set<string>();

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
      case "vault.key.set":
      case "vault.certificate.set":
        this.#order.set(`${objectOf(fact)}/${fact.data.version}`, fact.seq);
        return;
      case "csi.driver.started":
        this.#replaces ||= driverGeneration(fact.data.version) === "republish";
        return;
      case "fault.began":
        return this.#log.tell(fact, FAULT, {
          kind: "faults",
          tone: "bad",
          text: faultText(fact),
          wraps: true,
        });
      case "fault.ended":
        return this.#log.tell(fact, FAULT, {
          kind: "ends of faults",
          text: `${brokenThing(fact.about, fact.data)} is whole again`,
          wraps: true,
        });
      case "api.watch.resumed":
        return this.#watchResumed(fact);
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        if (fact.data.kind === "Secret") this.#secretObject(fact);
        if (this.#scaling.size > 0) this.#scaled(fact);
        return;
      case "k8s.event":
        return this.#event(fact);
      default:
        return;
    }
  }

  /** What the setup applied, in one line: it stands before everything else. */
  setup(): Entry[] {
    if (this.#applied.length === 0) return [];
    return [
      {
        t: this.#start,
        seq: 0,
        actor: USER,
        tone: "plain",
        ordinal: null,
        kind: "apply commands",
        text: `applied ${appliedObjects(this.#applied)}`,
      },
    ];
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
    const target = fact.data.target || fact.about;
    const done = DONE.get(kind);
    if (done !== undefined) {
      const entry = this.#log.open(fact, USER, {
        kind: `${kind} commands`,
        tone: "set",
        text: done,
        place: spokenObject(target),
      });
      if (kind === "scale") this.#scaling.set(target, entry);
      return;
    }
    if (kind === "delete")
      return this.#log.tell(fact, USER, {
        kind: "delete commands",
        text: `deleted ${spokenObject(target)}`,
      });
    if (kind !== "apply") return;
    if (fact.t === this.#start) this.#applied.push(target);
    else this.#laterApplied(fact, target);
  }

  /** What only gives rights to the rest of a manifest is told in one line. */
  #laterApplied(fact: Fact, target: string): void {
    const line = { kind: "apply commands" };
    const text = `applied ${spokenObject(target)}`;
    if (!RIGHTS.has(target.split("/").at(-2) ?? "")) {
      this.#rights = null;
      this.#log.tell(fact, USER, { ...line, text });
      return;
    }
    if (this.#rights?.t === fact.t) {
      const { entry, targets } = this.#rights;
      targets.push(target);
      const kinds = targets.map((each) => each.split("/").at(-2)!);
      const all = [...new Set(kinds)].join(", ");
      return this.#log.amend(entry, { text: `applied ${all}`, wraps: true });
    }
    const entry = this.#log.open(fact, USER, { ...line, text });
    this.#rights = { t: fact.t, entry, targets: [target] };
  }

  /** The write that a command to scale led to says to how many. */
  #scaled({ data }: FactNamed<"api.object.modified">): void {
    const target = `${data.namespace}/${data.kind}/${data.name}`;
    const entry = this.#scaling.get(target);
    if (entry === undefined || data.rollout === undefined) return;
    this.#scaling.delete(target);
    this.#log.amend(entry, { after: ` to ${data.rollout.wanted}` });
  }

  /** All that one component lost at one instant is told once. */
  #watchResumed(fact: FactNamed<"api.watch.resumed">): void {
    const { by, afterMs } = fact.data;
    const key = `${by} ${fact.t - afterMs}`;
    if (this.#resumed.has(key)) return;
    this.#resumed.add(key);
    const actor = actorOf(by);
    const whose = actor === API ? `watches of ${by}` : "watches";
    this.#log.tell(fact, actor, {
      kind: "watches that came back",
      text: `${whose} are back after ${spokenDuration(afterMs)}`,
      wraps: true,
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
    this.#secrets.set(object, contents);
    if (known !== undefined && sameContents(known, contents)) {
      if (this.#replaces && fact.data.by.endsWith("/csi-driver"))
        this.#log.count(`${name} rewritten`, fact, "other");
      return;
    }
    if (known !== undefined && this.#goesBack(known, contents))
      return this.#wroteBack(fact, known);
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

  /** Whether a key has an older version of its object than before. */
  #goesBack(before: readonly Content[], after: readonly Content[]): boolean {
    const rank = ({ object, version }: Content) =>
      this.#order.get(`${object}/${version}`) ?? 0;
    return after.some((content) => {
      const old = before.find(({ key }) => key === content.key);
      return old?.object === content.object && rank(content) < rank(old);
    });
  }

  #wroteBack(
    fact: FactNamed<"api.object.modified">,
    before: readonly Content[],
  ): void {
    const { name, by, contents = [] } = fact.data;
    const was = sharedOrdinal(before);
    const over = was === null ? "newer versions" : `v${was}`;
    this.#log.tell(fact, API, {
      kind: "older versions that came back",
      tone: "bad",
      ordinal: sharedOrdinal(contents),
      text: `Secret ${name}: AN OLDER VERSION CAME BACK`,
      detail: `${by} wrote the files of its own node over ${over}, which it does not look at`,
    });
  }

  #event(fact: FactNamed<"k8s.event">): void {
    const { reason, type, message, source, host, name } = fact.data;
    const fromDriver = source.startsWith(DRIVER_SOURCE);
    if (type === "Normal") {
      if (fromDriver) this.#log.count(reason, fact);
      return;
    }
    if (TOLD_OTHERWISE.has(reason) && source === "kubelet") return;
    if (reason === ROTATION_FAILED) return;
    const why = JSON.stringify([reason, alike(essence(message))]);
    const key = JSON.stringify([fact.about, why]);
    const actor = node(fromDriver ? "driver" : source, host || nodeOf(fact));
    this.#log.tellOnce(
      fact,
      { key, why, label: reason, actor },
      {
        kind: `events ${reason}`,
        text: `event ${reason} on ${name}`,
        detail: message,
      },
    );
  }
}

function sameContents(a: readonly Content[], b: readonly Content[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
