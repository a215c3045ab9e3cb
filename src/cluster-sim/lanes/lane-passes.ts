/**
 * The passes of all lanes: signs in, asks the vault, writes the Secret, tells the trace. What a pass does is the product's
 * data; its phases and timers are `lane.machine.ts`.
 *
 * Emits    lane.pass, one for each pass; lane.holds, when a lane's end has another version
 * Source: alternatives.md 7.1; key-vault.md 5.2, 11
 */
import type { ValueBook } from "../../kernel/content.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type {
  MachineBackend,
  MachineSet,
} from "../../kernel/machine-runner.ts";
import { machineSet } from "../../kernel/machine-runner.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { LaneHoldsFact, LanePassFact } from "../facts.ts";
import type {
  ApiClient,
  ApiReply,
  TokenReply,
  TokenSource,
  VaultClient,
  VaultReply,
} from "../ports.ts";
import type { LaneProduct } from "./lane.ts";
import type { PassHost, Question } from "./lane-reader.ts";
import { LaneReader } from "./lane-reader.ts";
import type { LanePass, LaneRecord } from "./lane-record.ts";
import { newPass, passOf } from "./lane-record.ts";
import { LaneWriter } from "./lane-writer.ts";
import type { LanePassContext, LanePassEvent } from "./lane.machine.ts";
import { lanePassMachine } from "./lane.machine.ts";

export interface LanePassesOptions {
  readonly sim: Simulation;
  readonly api: (caller: string) => ApiClient;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  readonly backend: MachineBackend;
  /** Component that hands replies to `onReply`, and `at` of the facts. */
  readonly owner: string;
  readonly lane: (name: string) => LaneRecord;
  readonly product: (lane: LaneRecord) => LaneProduct;
  /** A pass is over and told; `again`: it repeats itself soon. */
  readonly ended: (
    lane: LaneRecord,
    how: {
      readonly ok: boolean;
      readonly again: boolean;
      readonly pass: LanePass;
    },
  ) => void;
}

export class LanePasses {
  readonly #options: LanePassesOptions;
  readonly #machines: MachineSet<LanePassContext, LanePassEvent>;
  readonly #reader: LaneReader;
  readonly #writer: LaneWriter;
  /** Made when first needed; a client has no state of its own. */
  readonly #clients = new Map<string, ApiClient>();

  constructor(options: LanePassesOptions) {
    this.#options = options;
    const host = this.#host();
    const reader = new LaneReader({ ...options, host });
    const writer = new LaneWriter({
      ...options,
      host,
      client: (name) => this.client(name),
      published: (name) => this.#next(name),
    });
    this.#reader = reader;
    this.#writer = writer;
    this.#machines = machineSet<LanePassContext, LanePassEvent>({
      sim: options.sim,
      name: `${options.owner}/passes`,
      machine: lanePassMachine,
      rank: Rank.controller,
      backend: options.backend,
      effects: {
        begin: ({ key, context }) => this.#begin(key, context.trigger),
        ask: ({ key }) => reader.ask(key),
        signIn: ({ key }) => reader.signIn(key),
        publish: ({ key }) => writer.publish(key),
        giveUpSignIn: ({ key }) => this.#fail(key, "context deadline exceeded"),
      },
    });
  }

  add(name: string): void {
    this.#machines.start(name, {});
  }

  /** The lane's connection to the API server. */
  client(name: string): ApiClient {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = this.#options.api(`lane/${name}`);
      this.#clients.set(name, client);
    }
    return client;
  }

  /** Asks for a pass, for the ambient causes; one that is under way is followed by another. */
  request(name: string, trigger: string, waitMs: DurationMs): void {
    this.#lane(name).asked = this.#options.sim.trace.causes;
    this.#machines.send(name, { type: "requested", trigger, waitMs });
  }

  /** The process ends: what is under way comes to nothing. */
  stop(name: string): void {
    const lane = this.#lane(name);
    lane.turn += 1;
    lane.pass = null;
    this.#machines.send(name, { type: "stopped" });
  }

  start(name: string): void {
    this.#machines.send(name, { type: "started" });
  }

  onReply(tag: JsonObject, reply: unknown): void {
    const {
      lane: name,
      turn,
      question,
    } = tag as {
      readonly lane: string;
      readonly turn: number;
      readonly question: Question;
    };
    if (turn !== this.#lane(name).turn) return;
    switch (question) {
      case "vault":
        return this.#reader.onVault(name, reply as VaultReply);
      case "token":
        return this.#reader.onToken(name, reply as TokenReply);
      case "target":
        return this.#writer.onTarget(name, reply as ApiReply);
      case "create":
      case "patch":
        return this.#writer.onWritten(name, question, reply as ApiReply);
    }
  }

  /** Tells of a pass that asked nobody. */
  skip(
    lane: LaneRecord,
    trigger: string,
    outcome: "failed" | "skipped",
    error = "",
  ): void {
    const { causes } = this.#options.sim.trace;
    const pass = newPass(trigger, this.#options.sim.now, causes);
    this.#tell(lane, pass, { outcome, error, causes });
  }

  #begin(name: string, trigger: string): void {
    const { sim } = this.#options;
    const lane = this.#lane(name);
    const product = this.#options.product(lane);
    const causes = trigger === "retry" ? sim.trace.causes : lane.asked;
    lane.pass = newPass(trigger, sim.now - lane.warmMs, causes);
    lane.warmMs = 0;
    if (product.client !== "process") lane.client.challenged = false;
    if (product.token === "pass") lane.client.token = null;
    sim.trace.causes = causes;
  }

  /** The product's next GET, or the end of the pass. */
  #next(name: string): void {
    const lane = this.#lane(name);
    const pass = passOf(lane);
    const { gets, client } = this.#options.product(lane);
    if (pass.get + 1 >= gets.length) return this.#succeed(lane, pass);
    pass.get += 1;
    pass.tries = 0;
    if (client === "get") lane.client.challenged = false;
    this.#machines.send(name, { type: "continued" });
  }

  #succeed(lane: LaneRecord, pass: LanePass): void {
    const { sim, owner, ended } = this.#options;
    const { name } = lane.spec;
    const content = pass.content!;
    const isNew = lane.holds?.version !== content.version;
    lane.failures = 0;
    lane.refreshedAt = pass.startedAt;
    lane.knownVersion = lane.targetVersion;
    const told = this.#tell(lane, pass, {
      outcome: isNew || pass.wrote ? "changed" : "unchanged",
      error: "",
      causes: [content.from, ...pass.causes],
    });
    if (isNew) {
      const { object, version, ordinal, form } = content;
      const data: LaneHoldsFact["data"] = {
        lane: name,
        object,
        version,
        ordinal,
        form,
      };
      sim.trace.record({
        type: "lane.holds" satisfies LaneHoldsFact["type"],
        at: owner,
        about: name,
        data,
        causes: [pass.from ?? content.from, told],
      });
      lane.holds = content;
    }
    lane.pass = null;
    ended(lane, { ok: true, again: false, pass });
    this.#machines.send(name, { type: "finished", retryMs: 0 });
  }

  #fail(name: string, error: string): void {
    const { sim, ended, product } = this.#options;
    const lane = this.#lane(name);
    const pass = passOf(lane);
    lane.turn += 1;
    lane.failures += 1;
    const retryMs = product(lane).retry(lane.failures);
    if (retryMs === null) lane.failures = 0;
    const causes = [...sim.trace.causes, ...pass.causes];
    this.#tell(lane, pass, { outcome: "failed", error, causes });
    lane.pass = null;
    ended(lane, { ok: false, again: retryMs !== null, pass });
    this.#machines.send(name, { type: "finished", retryMs: retryMs ?? 0 });
  }

  #tell(
    { spec: { name } }: LaneRecord,
    { trigger, calls }: LanePass,
    end: Pick<LanePassFact["data"], "outcome" | "error"> & {
      readonly causes: readonly Cause[];
    },
  ): Cause {
    const { outcome, error, causes } = end;
    const data: LanePassFact["data"] = {
      lane: name,
      trigger,
      outcome,
      calls,
      error,
    };
    return this.#options.sim.trace.repeat({
      type: "lane.pass" satisfies LanePassFact["type"],
      at: this.#options.owner,
      about: name,
      data,
      causes: withoutDoubles(causes),
    });
  }

  #host(): PassHost {
    const { owner, lane, product } = this.#options;
    return {
      lane,
      product,
      replyTo: (of, question) => {
        of.turn += 1;
        const tag = { lane: of.spec.name, turn: of.turn, question };
        return { target: owner, tag };
      },
      send: (name, event) => this.#machines.send(name, event),
      fail: (name, error) => this.#fail(name, error),
    };
  }

  #lane(name: string): LaneRecord {
    return this.#options.lane(name);
  }
}

function withoutDoubles(causes: readonly Cause[]): readonly Cause[] {
  const texts = causes.map((cause) => String(cause));
  return causes.filter((_, index) => texts.indexOf(texts[index]!) === index);
}
