/**
 * The lanes of a world, the component `lanes`: other ways in which a change of a vault's secret reaches an application,
 * side by side. Each is one product with one secret: when its process fetches is here, what a pass does in `lane-passes.ts`.
 *
 * A lane fetches at its creation: that is what it holds when the run begins. Its later passes go by the start of its process,
 * `phaseMs` before the creation: with 0 they are at P, 2P … after it; with null the phase is drawn uniformly from the interval
 * (`lane/NAME/phase`), as of a process that had been running for a while.
 *
 * A request acts after every command of its millisecond: a vault that is written at the instant of a poll is written first.
 *
 * Emits    lane.started; what `lane-passes.ts` emits
 * Source: alternatives.md 4, 5, 7
 */
import type { ValueBook } from "../../kernel/content.ts";
import { InvariantViolation, invariant } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { MachineBackend } from "../../kernel/machine-runner.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { LaneStartedFact } from "../facts.ts";
import type {
  ApiClient,
  TokenSource,
  VaultClient,
  WatchEvent,
} from "../ports.ts";
import { intervalOf, laneError } from "./lane-check.ts";
import type { LaneEvent } from "./lane-clock.ts";
import { LaneClock } from "./lane-clock.ts";
import { LANE_PRODUCTS } from "./lane-products.ts";
import { LanePasses } from "./lane-passes.ts";
import type { LanePass, LaneRecord } from "./lane-record.ts";
import { newLane, noteTarget, versionOf } from "./lane-record.ts";
import type { LaneSpec } from "./lane-spec.ts";
import type { LaneProduct } from "./lane.ts";
import { isMarked, keyOfTarget } from "./secret-target.ts";

export type LaneOutcome =
  { readonly ok: true } | { readonly ok: false; readonly error: string };

export interface LanesOptions {
  readonly sim: Simulation;
  readonly api: (caller: string) => ApiClient;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  readonly backend: MachineBackend;
  /** Default: those of the cluster. Products of other rooms are added here. */
  readonly products?: readonly LaneProduct[];
}

interface LanesState {
  /** By name, in order of creation. */
  readonly lanes: Map<string, LaneRecord>;
}

const OK: LaneOutcome = { ok: true };
const SIDECAR_REFUSED = "dial tcp 127.0.0.1:3500: connect: connection refused";

export class Lanes implements Component {
  readonly name = "lanes";
  state: LanesState = { lanes: new Map() };
  readonly #sim: Simulation;
  readonly #products: ReadonlyMap<string, LaneProduct>;
  readonly #passes: LanePasses;
  readonly #clock: LaneClock;

  constructor(options: LanesOptions) {
    const { products = LANE_PRODUCTS, ...ports } = options;
    this.#sim = options.sim;
    this.#clock = new LaneClock(options.sim, this.name);
    this.#products = new Map(products.map((each) => [each.kind, each]));
    this.#passes = new LanePasses({
      ...ports,
      owner: this.name,
      lane: (name) => this.#lane(name),
      product: (lane) => this.#product(lane),
      ended: (lane, how) => this.#ended(lane, how),
    });
  }

  /** Begins a lane; what cannot be is refused, and then there is none. */
  create(spec: LaneSpec): LaneOutcome {
    const { name, kind } = spec;
    const { now, draws } = this.#sim;
    if (this.state.lanes.has(name))
      return refused(`Failed to create lane ${name}: there is one already`);
    const product = this.#products.get(kind);
    if (product === undefined)
      return refused(
        `Failed to create lane ${name}: kind ${kind} is none of ${[...this.#products.keys()].join(", ")}`,
      );
    const error = laneError(spec, product);
    if (error !== null) return refused(error);
    const everyMs = intervalOf(spec, product);
    const warmMs =
      everyMs === null
        ? 0
        : (spec.phaseMs ?? draws.between(0, everyMs, `lane/${name}/phase`, 0));
    const started = this.#tellStart(spec, product, everyMs);
    const tenantId = draws.uuid(`lane/${name}/tenant`, 0);
    const lane = newLane(spec, { everyMs, started, warmMs, now, tenantId });
    this.state.lanes.set(name, lane);
    this.#passes.add(name);
    this.#watch(lane);
    this.#clock.askSoon(lane, "start");
    if (product.rhythm === "ticker") this.#clock.scheduleTick(lane);
    return OK;
  }

  /** What makes the product fetch now; refused where nothing does. */
  refresh(name: string): LaneOutcome {
    const lane = this.state.lanes.get(name);
    if (lane === undefined) return this.#unknown("refresh", name);
    const { refresh, title, publishes, rhythm } = this.#product(lane);
    if (refresh === null)
      return refused(
        rhythm === "none" && publishes === "environment"
          ? `Failed to refresh lane ${name}: ${title} fetches only when its container starts; restart it`
          : `Failed to refresh lane ${name}: nothing makes ${title} fetch before its interval is over`,
      );
    this.#clock.askSoon(lane, refresh);
    return OK;
  }

  /** Ends its process, which starts again after `downForMs`. */
  restart(name: string, downForMs: DurationMs): LaneOutcome {
    const lane = this.state.lanes.get(name);
    if (lane === undefined) return this.#unknown("restart", name);
    const { restart, neededForUse } = this.#product(lane);
    lane.epoch += 1;
    if (restart !== "nothing") this.#clock.cancelDue(lane);
    if (restart !== "nothing" || neededForUse) {
      lane.running = false;
      this.#passes.stop(name);
      this.#unwatch(lane);
    }
    this.#clock.schedule(this.#sim.now + downForMs, lane, "start", "start");
    return OK;
  }

  handle(event: SimEvent): void {
    switch (event.type) {
      case "due":
        return this.#onDue(this.#lane((event as LaneEvent).lane));
      case "ask":
        return this.#onAsk(event as LaneEvent);
      case "start":
        return this.#onStart(event as LaneEvent);
      case "watch":
        return this.#onWatch(event as WatchEvent);
      case "reply": {
        const { tag, reply } = event as ReplyEvent;
        return this.#passes.onReply(tag, reply);
      }
      default:
        throw new InvariantViolation(
          "UnexpectedEvent",
          `Failed to handle ${event.type}: lanes do not know it`,
        );
    }
  }

  #onDue(lane: LaneRecord): void {
    lane.due = 0;
    const { rhythm, tick } = this.#product(lane);
    if (rhythm === "ticker") this.#clock.scheduleTick(lane);
    this.#request(lane, tick);
  }

  #onAsk({ lane: name, trigger }: LaneEvent): void {
    const lane = this.#lane(name);
    if (trigger !== "repair" || this.#isSpoilt(lane))
      this.#request(lane, trigger);
  }

  #request(lane: LaneRecord, trigger: string): void {
    const { spec, holds, running } = lane;
    const { jitters, neededForUse, rhythm, anyPassShifts } =
      this.#product(lane);
    if (!running) {
      if (neededForUse)
        this.#passes.skip(lane, trigger, "failed", SIDECAR_REFUSED);
      else lane.missed = true;
      return;
    }
    const isKept =
      spec.refreshPolicy === "CreatedOnce" &&
      holds !== null &&
      trigger === "forced";
    if (isKept) return this.#passes.skip(lane, trigger, "skipped");
    const isFirst = lane.refreshedAt === null && trigger === "start";
    const waitMs =
      jitters && !isFirst
        ? this.#sim.draws.between(
            0,
            spec.jitterMs + 1,
            `lane/${spec.name}/jitter`,
            lane.jitters++,
          )
        : 0;
    if (rhythm === "since-start" && anyPassShifts) this.#clock.cancelDue(lane);
    this.#passes.request(spec.name, trigger, waitMs);
  }

  #onStart({ lane: name, epoch }: LaneEvent): void {
    const lane = this.#lane(name);
    if (epoch !== lane.epoch) return;
    const { restart, rhythm, leastWaitMs } = this.#product(lane);
    if (lane.running) return this.#passes.skip(lane, "start", "skipped");
    lane.running = true;
    lane.client.challenged = false;
    lane.client.token = null;
    this.#passes.start(name);
    if (restart === "nothing") return;
    this.#watch(lane);
    lane.tickerFrom = this.#sim.now;
    if (rhythm === "ticker") this.#clock.scheduleTick(lane);
    const isWanted =
      restart === "fetches" || lane.missed || isOverdue(lane, this.#sim.now);
    lane.missed = false;
    if (isWanted) this.#request(lane, "start");
    else this.#clock.scheduleSince(lane, lane.refreshedAt!, leastWaitMs);
  }

  /** A pass is over: the next one that comes by itself, and what somebody did to the Secret meanwhile. */
  #ended(
    lane: LaneRecord,
    {
      ok,
      again,
      pass,
    }: {
      readonly ok: boolean;
      readonly again: boolean;
      readonly pass: LanePass;
    },
  ): void {
    const { rhythm, anyPassShifts, leastWaitMs } = this.#product(lane);
    const shifts = anyPassShifts || lane.due === 0;
    if (rhythm === "since-start" && shifts && !again)
      this.#clock.scheduleSince(lane, pass.startedAt, leastWaitMs);
    if (ok) this.#repair(lane);
  }

  #onWatch({ tag, change, stored }: WatchEvent): void {
    const lane = this.#lane(tag["lane"] as string);
    if (tag["epoch"] !== lane.epoch) return;
    if (change === "SYNCED" || stored === null) lane.watchSynced = true;
    else {
      const gone = change === "DELETED";
      noteTarget(lane, gone ? null : stored, versionOf(stored));
    }
    this.#repair(lane);
  }

  /** Fetches when somebody else changed or deleted the Secret. */
  #repair(lane: LaneRecord): void {
    if (this.#isSpoilt(lane)) this.#clock.askSoon(lane, "repair");
  }

  #isSpoilt(lane: LaneRecord): boolean {
    const { running, pass, written, watchSynced, target } = lane;
    if (!running || pass !== null || written === null || !watchSynced)
      return false;
    if (target === null) return true;
    const product = this.#product(lane);
    return product.watches === "validity"
      ? !isMarked(product, target)
      : versionOf(target) !== lane.knownVersion;
  }

  #watch(lane: LaneRecord): void {
    const { spec, epoch } = lane;
    if (this.#product(lane).watches === "no") return;
    const { kind, namespace, name } = keyOfTarget(spec.target!);
    lane.watchSynced = false;
    lane.target = null;
    lane.watch = this.#passes
      .client(spec.name)
      .watch(
        { kind, namespace, fieldSelector: `metadata.name=${name}` },
        { target: this.name, tag: { lane: spec.name, epoch } },
      );
  }

  #unwatch(lane: LaneRecord): void {
    if (lane.watch !== null)
      this.#passes.client(lane.spec.name).unwatch(lane.watch);
    lane.watch = null;
  }

  #tellStart(
    spec: LaneSpec,
    { publishes }: LaneProduct,
    everyMs: DurationMs | null,
  ): number {
    const { name, kind, vault, secret, target } = spec;
    const data: LaneStartedFact["data"] = {
      lane: name,
      kind,
      vault,
      secret,
      everyMs,
      publishes,
      target:
        target === null
          ? ""
          : `${target.namespace}/${target.secret}/${target.key}`,
    };
    return this.#sim.trace.record({
      type: "lane.started" satisfies LaneStartedFact["type"],
      at: this.name,
      about: name,
      data,
    });
  }

  #unknown(verb: string, name: string): LaneOutcome {
    const known = [...this.state.lanes.keys()];
    const which =
      known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
    return refused(`Failed to ${verb} lane ${name}: no such lane; ${which}`);
  }

  #lane(name: string): LaneRecord {
    const lane = this.state.lanes.get(name);
    invariant(
      lane !== undefined,
      "NoSuchLane",
      `Failed to find lane ${name}: it was never created`,
    );
    return lane;
  }

  #product({ spec }: LaneRecord): LaneProduct {
    return this.#products.get(spec.kind)!;
  }
}

function isOverdue(
  { refreshedAt, everyMs }: LaneRecord,
  now: EpochMs,
): boolean {
  if (refreshedAt === null) return true;
  return everyMs !== null && refreshedAt + everyMs <= now;
}

function refused(error: string): LaneOutcome {
  return { ok: false, error };
}
