/**
 * The timeline's words for machines and processes that go down and come up. What a machine takes down with it is not
 * told apart.
 *
 * Source: csi-driver.md 9 and kubelet.md 10 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import { driverGeneration } from "../trace/defaults.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import { sinceStart } from "./terminal.ts";
import type { EntryLog } from "./timeline-entries.ts";
import { node } from "./timeline-words.ts";

type ProcessName = "kubelet" | "driver" | "provider";

export class ProcessEntries {
  readonly #log: EntryLog;
  #start: EpochMs = Number.NaN;
  /** Machines that are down, or came up at the instant given. */
  readonly #machines = new Map<string, EpochMs | null>();

  constructor(log: EntryLog) {
    this.#log = log;
  }

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "world.started":
        this.#start = fact.t;
        return;
      case "csi.driver.started":
        return this.#driverStarted(fact);
      case "node.stopped":
        this.#machines.set(fact.data.node, null);
        return this.#machine(fact, "goes down");
      case "node.started":
        this.#machines.set(fact.data.node, fact.t);
        return this.#machine(fact, "is up again, its memory empty");
      case "kubelet.stopped":
        return this.#process(fact, "kubelet", "stops; containers run on");
      case "kubelet.started":
        return this.#process(fact, "kubelet", "is up again");
      case "csi.driver.stopped":
        return this.#process(fact, "driver", "stops; mounts stay");
      case "csi.provider.stopped":
        return this.#process(fact, "provider", "stops");
      case "csi.provider.started":
        return this.#process(fact, "provider", "is up again");
      default:
        return;
    }
  }

  #machine(fact: FactNamed<"node.stopped">, text: string): void {
    const tone = fact.type === "node.stopped" ? "bad" : "plain";
    const line = { kind: "machines down and up", tone, text } as const;
    this.#log.tell(fact, node("node", fact.data.node), line);
  }

  #process(
    fact: FactNamed<"node.stopped">,
    role: ProcessName,
    text: string,
  ): void {
    if (this.#goesWithMachine(fact)) return;
    const tone = fact.type.endsWith(".stopped") ? "bad" : "plain";
    const line = { kind: "processes down and up", tone, text } as const;
    this.#log.tell(fact, node(role, fact.data.node), line);
  }

  #goesWithMachine({ t, data }: FactNamed<"node.stopped">): boolean {
    const upAt = this.#machines.get(data.node);
    return upAt !== undefined && (upAt === null || upAt === t);
  }

  #driverStarted(fact: FactNamed<"csi.driver.started">): void {
    const { rotation, node: name } = fact.data;
    this.#log.tell(fact, node("driver", name), {
      kind: "starts of drivers",
      text: rotation ? this.#pollText(fact) : "rotation is off: it never polls",
    });
  }

  #pollText({ data }: FactNamed<"csi.driver.started">): string {
    const { version, rotationPollIntervalMs, firstTickMs } = data;
    const interval = formatDuration(rotationPollIntervalMs);
    if (driverGeneration(version) === "republish")
      return `polls at pod syncs, mounts ${interval} old`;
    const first =
      firstTickMs === null
        ? ""
        : `, first at ${sinceStart(firstTickMs, this.#start)}`;
    return `polls every ${interval}${first}`;
  }
}
