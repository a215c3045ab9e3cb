/**
 * The uses that applications make of their credentials: requests to a database with what is held, and for some kinds a look
 * that a use waits for (`usage.machine.ts`).
 *
 * Source: alternatives.md 2.1 (TTL cache, refetch on auth failure)
 * Simplification: An application makes one request at a time with its credential; connections and their pools are not modelled.
 */
import type {
  CredentialChecker,
  CredentialReply,
} from "../../cluster-sim/ports.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { MachineSet } from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import { tickFrom } from "../phases.ts";
import type { NodeOptions } from "../ports.ts";
import type { AppReporter } from "./app-facts.ts";
import { intervalOf } from "./app-kinds.ts";
import type { AppRecord } from "./app-record.ts";
import type { UsageContext, UsageEvent } from "./usage.machine.ts";
import { usageMachine } from "./usage.machine.ts";

export interface CredentialUsesOptions extends NodeOptions {
  readonly sim: Simulation;
  readonly databases: CredentialChecker;
  /** Component that gets the databases' replies. */
  readonly target: string;
  readonly report: AppReporter;
  readonly record: (key: string) => AppRecord;
  /** Reads the file or variable again, at once. */
  readonly readAgain: (record: AppRecord) => void;
  /** Makes the application look; `looked` follows, always later. */
  readonly wanted: (record: AppRecord) => void;
}

export class CredentialUses {
  readonly #options: CredentialUsesOptions;
  readonly #machines: MachineSet<UsageContext, UsageEvent>;

  constructor(options: CredentialUsesOptions) {
    this.#options = options;
    const { sim, node, backend, record } = options;
    this.#machines = machineSet<UsageContext, UsageEvent>({
      sim,
      name: `${node}/apps/uses`,
      machine: usageMachine,
      rank: Rank.application,
      backend,
      effects: {
        prepare: ({ key }) => this.#prepare(record(key)),
        ask: ({ key }) => this.#ask(record(key)),
        refetch: ({ key }) => this.#look(record(key)),
      },
    });
  }

  /** Begins the uses of an application that makes any. */
  start({ key, spec }: AppRecord): void {
    if (spec.database !== null || spec.how === "caches-vault")
      this.#machines.start(key, undefined);
  }

  stop(key: string): void {
    if (this.#machines.has(key)) this.#machines.stop(key);
  }

  /** A look has ended: a use that waited for it goes on. */
  looked(record: AppRecord): void {
    if (!record.useWaits) return;
    record.useWaits = false;
    this.#machines.send(record.key, { type: "value.ready" });
  }

  /** The database's answer to the latest request. */
  answered(record: AppRecord, { accepted }: CredentialReply): void {
    this.#options.report.request(record, accepted);
    const refetches = !accepted && record.spec.how === "refetches-when-refused";
    this.#ended(record, refetches);
  }

  #prepare(record: AppRecord): void {
    const { sim, readAgain } = this.#options;
    const { key, spec, started, fetchedAt, held, pass } = record;
    sim.trace.causes = [started];
    // Without a value there is nothing to be refused with.
    const isEmpty = held === null && pass === null;
    if (spec.how === "refetches-when-refused" && isEmpty)
      return this.#look(record);
    if (spec.how === "caches-vault") {
      const fresh =
        fetchedAt !== null && sim.now < fetchedAt + intervalOf(spec)!;
      if (!fresh) return this.#look(record);
    }
    if (spec.how === "reads-each-use") readAgain(record);
    this.#machines.send(key, { type: "value.ready" });
  }

  #look(record: AppRecord): void {
    record.useWaits = true;
    this.#options.wanted(record);
  }

  #ask(record: AppRecord): void {
    const { sim, databases, target } = this.#options;
    const { key, attempt, namespace, name, spec, held } = record;
    const { database } = spec;
    record.presented = held;
    if (database === null || held === null) return this.#ended(record, false);
    sim.trace.causes = [held.from];
    const call = ++record.requests;
    databases.request(
      { database, pod: `${namespace}/${name}`, credential: held },
      { target, tag: { app: key, attempt, of: "database", call } },
    );
  }

  #ended(record: AppRecord, refetches: boolean): void {
    const { now } = this.#options.sim;
    const { key, spec, startedAt, fetchedAt } = record;
    const { requestEveryMs, database } = spec;
    // Without a database nobody sees a use that takes the value from the cache.
    const from =
      database === null && fetchedAt !== null
        ? Math.max(now + 1, fetchedAt + intervalOf(spec)!)
        : now + 1;
    const nextMs =
      tickFrom(from, requestEveryMs, startedAt % requestEveryMs) - now;
    this.#machines.send(key, { type: "use.ended", refetches, nextMs });
  }
}
