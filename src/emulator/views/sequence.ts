/**
 * The run as a Mermaid `sequenceDiagram`, as the articles draw it: who told whom, in order of time, with quiet polls as
 * loops. No values: versions are v1, v2. A pure function of the facts; the same facts give the same text.
 *
 * Source: Mermaid's sequence diagram syntax (mermaid-js/mermaid packages/mermaid/src/diagrams/sequence/parser/sequenceDiagram.jison).
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import { countWithin } from "../trace/fact-index.ts";
import { isProgram } from "../trace/callers.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { VersionSet } from "../trace/versions.ts";
import type { VaultRequestFact } from "./audit-record.ts";
import { resultSignature } from "./audit-record.ts";
import type { Loop, Message, Participant, Step } from "./mermaid.ts";
import { diagram } from "./mermaid.ts";
import { WorkloadMessages } from "./sequence-workloads.ts";
import { SHORT_GAP_MS } from "./timeline-folds.ts";
import { alike, counted, nodeOf, shortName } from "./timeline-words.ts";

export interface SequenceOptions {
  /** Most messages; default 200. Mermaid refuses long texts, and nobody reads longer diagrams. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 200;

const USER: Participant = { role: "user", name: "" };
const API: Participant = { role: "api", name: "" };

export class SequenceDiagram implements FactSink {
  #start: EpochMs = 0;
  readonly #messages: Counted[] = [];
  /** The message of each failure. */
  readonly #failures = new Map<string, Counted>();
  readonly #quiet: Fact[] = [];
  readonly #read = new Map<string, number>();
  readonly #held = new Map<string, string>();
  /** Facts of certificates, whose keys and secrets are drawn with them. */
  readonly #certificates = new Set<number>();
  /** The vault that a pod's files come from. */
  readonly #vaults = new Map<string, string>();

  readonly #workloads = new WorkloadMessages((...message) => {
    this.#say(...message);
  });

  fact(input: Fact): void {
    const fact = input as AnyFact;
    this.#workloads.fact(fact);
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "vault.secret.set":
      case "vault.key.set":
      case "vault.certificate.set":
        return this.#set(fact);
      case "vault.request":
        return this.#request(fact);
      case "csi.publish.unchanged":
        if (!fact.data.first) this.#quiet.push(fact);
        return;
      case "csi.rotation.unchanged":
        this.#quiet.push(fact);
        return;
      case "csi.rotation.failed":
      case "csi.publish.masked":
        return this.#rotationFailed(fact);
      case "volume.switched":
        return this.#switched(fact);
      case "api.object.created":
      case "api.object.modified":
      case "api.object.deleted":
        if (fact.data.kind === "Secret") this.#secretObject(fact);
        return;
      case "k8s.event":
        if (fact.data.type === "Warning") this.#warning(fact);
        return;
      case "kubelet.pod.running": {
        const kubelet = onNode("kubelet", fact);
        this.#say(fact, kubelet, podOf(fact.data), "containers run");
        return;
      }
      case "container.created":
        return this.#containerCreated(fact);
      default:
        return;
    }
  }

  /** The whole diagram, ending in a newline. */
  text({ limit = DEFAULT_LIMIT }: SequenceOptions = {}): string {
    const sorted = this.#messages.toSorted(
      (a, b) => a.t - b.t || a.seq - b.seq,
    );
    const shown = sorted.slice(0, limit).map(withTimes);
    const steps = this.#steps(shown);
    const left = sorted.length - shown.length;
    if (left > 0) {
      const over = shown.length === 0 ? USER : shown.at(-1)!.from;
      steps.push({ over, text: `${left} more messages` });
    }
    return diagram(steps, this.#start);
  }

  #say(
    fact: Fact,
    from: Participant,
    to: Participant,
    text: string,
    arrow: Message["arrow"] = "->>",
  ): Counted {
    const t = fact.run?.first ?? fact.t;
    const times = fact.run?.count ?? 1;
    const message = { t, seq: fact.seq, from, to, arrow, text, times };
    this.#messages.push(message);
    return message;
  }

  /** Counts a failure that was drawn before; else `draw` draws it and returns the message that counts. */
  #failure(key: string, fact: Fact, draw: () => Counted): void {
    const drawn = this.#failures.get(key);
    if (drawn === undefined) this.#failures.set(key, draw());
    else drawn.times += fact.run?.count ?? 1;
  }

  /** A pod's reads that meet a version for the first time, and its refused ones. */
  #request(fact: VaultRequestFact): void {
    const { operation, status, vault, collection, name, ordinal, pod, node } =
      fact.data;
    if (!operation.endsWith("Get") || pod === null || node === null) return;
    this.#vaults.set(pod, vault);
    const own = isProgram(fact.data);
    const key = JSON.stringify([own, pod, vault, collection, name]);
    const asker: Participant = own
      ? { role: "pod", name: pod }
      : { role: "driver", name: node };
    const asked = { role: "vault", name: vault } as const;
    const draw = (answer: string) => {
      const question = `get ${name}${own ? "" : ` for ${shortName(pod)}`}`;
      this.#say(fact, asker, asked, question).times = 1;
      return this.#say(fact, asked, asker, answer, "-->>");
    };
    if (ordinal === null) {
      const answer = `${status} ${resultSignature(status)}`;
      this.#failure(`${key} ${status}`, fact, () => draw(answer));
    } else if ((this.#read.get(key) ?? 0) < ordinal) {
      this.#read.set(key, ordinal);
      draw(`${name} v${ordinal}`).times = 1;
    }
  }

  #set(fact: VersionSet): void {
    const { vault, name, ordinal } = fact.data;
    if (fact.type === "vault.certificate.set") this.#certificates.add(fact.seq);
    const isPart = fact.causes.some(
      (cause) => typeof cause === "number" && this.#certificates.has(cause),
    );
    if (isPart) return;
    const to = { role: "vault", name: vault } as const;
    const what = SET_WORDS[fact.type];
    this.#say(fact, USER, to, `set ${what}${name} v${ordinal}`);
  }

  /** A container that is not the first of its name. */
  #containerCreated(fact: FactNamed<"container.created">): void {
    const { container, attempt, variables, pinned } = fact.data;
    if (attempt === 0) return;
    const held = [
      ...variables.map((each) => `${each.variable} v${each.ordinal}`),
      ...pinned.map((each) => `${each.path} v${each.ordinal}`),
    ];
    const what =
      held.length > FILES_TOLD
        ? counted(held.length, "value")
        : held.join(", ");
    const text = `restart ${container}${what === "" ? "" : `: ${what}`}`;
    this.#say(fact, onNode("kubelet", fact), podOf(fact.data), text);
  }

  #rotationFailed(
    fact: FactNamed<"csi.rotation.failed"> | FactNamed<"csi.publish.masked">,
  ): void {
    const { error } = fact.data;
    const key = JSON.stringify([fact.about, alike(error)]);
    this.#failure(key, fact, () =>
      this.#say(
        fact,
        onNode("driver", fact),
        podOf(fact.data),
        fact.type === "csi.rotation.failed"
          ? "rotation failed"
          : "poll failed unnoticed",
      ),
    );
  }

  #switched(fact: FactNamed<"volume.switched">): void {
    const { uid, volume, kind, files } = fact.data;
    const key = `${uid}/${volume}`;
    const versions = files.map(({ path, ordinal }) => `${path} v${ordinal}`);
    const before = new Set((this.#held.get(key) ?? "").split("\n"));
    const changed = versions.filter((version) => !before.has(version));
    this.#held.set(key, versions.join("\n"));
    const from = onNode(kind === "csi" ? "driver" : "kubelet", fact);
    const what =
      changed.length > FILES_TOLD
        ? counted(changed.length, "file")
        : changed.join(", ");
    this.#say(fact, from, podOf(fact.data), `switch ${volume}: ${what}`);
  }

  #secretObject(fact: FactNamed<"api.object.modified">): void {
    const { namespace, name, by, contents = [] } = fact.data;
    const key = `Secret/${namespace}/${name}`;
    const versions = contents.map(({ key, ordinal }) => `${key} v${ordinal}`);
    const held = versions.join(", ");
    const deleted = fact.type === "api.object.deleted";
    const known = this.#held.get(key);
    if (!deleted && known === held) return;
    if (deleted) this.#held.delete(key);
    else this.#held.set(key, held);
    const [node, component] = by.split("/");
    const from =
      component === "csi-driver" || component === "kubelet"
        ? ({
            role: component === "kubelet" ? "kubelet" : "driver",
            name: node!,
          } as const)
        : by.startsWith("lane/")
          ? ({ role: "lane", name: by.slice("lane/".length) } as const)
          : by === "kubectl"
            ? USER
            : API;
    const verb = deleted ? "delete" : known === undefined ? "create" : "patch";
    const what =
      versions.length > FILES_TOLD ? counted(versions.length, "key") : held;
    const text = `${verb} Secret ${name}${deleted || held === "" ? "" : `: ${what}`}`;
    this.#say(fact, from, API, text);
  }

  #warning(fact: FactNamed<"k8s.event">): void {
    const { reason, source, host, name, message } = fact.data;
    const role = source === "kubelet" ? "kubelet" : "driver";
    const from = host === "" ? API : ({ role, name: host } as const);
    const key = JSON.stringify([reason, fact.about, alike(message)]);
    this.#failure(key, fact, () =>
      this.#say(fact, from, API, `event ${reason} on ${name}`),
    );
  }

  /** Messages with the quiet polls between them. */
  #steps(messages: readonly Message[]): Step[] {
    const steps: Step[] = [];
    let from = -Infinity;
    for (const message of messages) {
      if (message.t - from >= SHORT_GAP_MS) {
        steps.push(...this.#loops(from, message.t));
        from = message.t;
      }
      steps.push(message);
    }
    return [...steps, ...this.#loops(from, Infinity)];
  }

  /** One loop for each pod that was polled in vain within [from, to), or one for each node where they are many. */
  #loops(from: EpochMs, to: EpochMs): Loop[] {
    const quiet = this.#quiet
      .map((fact) => ({ fact, times: countWithin(fact, from, to) }))
      .filter(({ times }) => times > 0);
    const pods = new Set(quiet.map(({ fact }) => fact.about));
    const many = pods.size > LOOPS_DRAWN;
    const groups = new Map<string, typeof quiet>();
    for (const one of quiet) {
      const key = many ? nodeOf(one.fact) : one.fact.about;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
    return [...groups.values()].map((group) => this.#loop(group));
  }

  #loop(
    group: readonly { readonly fact: Fact; readonly times: number }[],
  ): Loop {
    const { fact } = group[0]!;
    const pods = new Set(group.map((one) => one.fact.about));
    // Only a ticker has a rhythm.
    const rhythms = new Set(
      group
        .filter((one) => one.times > 1 && one.fact.type === TICKED)
        .map((one) => one.fact.run!.every),
    );
    const [every = 0] = rhythms;
    const vault = this.#vaults.get(fact.about);
    return {
      driver: onNode("driver", fact),
      vault: vault === undefined ? null : { role: "vault", name: vault },
      whom: pods.size > 1 ? `${pods.size} pods` : shortName(fact.about),
      times: group.reduce((sum, one) => sum + one.times, 0),
      every: rhythms.size === 1 ? every : 0,
    };
  }
}

const SET_WORDS = {
  "vault.secret.set": "",
  "vault.key.set": "key ",
  "vault.certificate.set": "certificate ",
} as const;
const TICKED: AnyFact["type"] = "csi.rotation.unchanged";
/** More pods than this share a loop a node. */
const LOOPS_DRAWN = 3;
/** More files or keys than this are counted. */
const FILES_TOLD = 3;

/** A message that stands for several. */
interface Counted extends Message {
  times: number;
}

function withTimes(message: Counted): Message {
  const { times, text } = message;
  return times === 1
    ? message
    : { ...message, text: `${text}, ${times} times` };
}

function onNode(role: "driver" | "kubelet", fact: Fact): Participant {
  return { role, name: nodeOf(fact) };
}

function podOf({
  namespace,
  name,
}: {
  namespace: string;
  name: string;
}): Participant {
  return { role: "pod", name: `${namespace}/${name}` };
}
