/** The way from a node to the vault: who asks over it gets Go's error at its time, and the vault nothing. */
import { describe, expect, test } from "vitest";

import type {
  FaultEffect,
  VaultRequest,
} from "../../../src/cluster-sim/ports.ts";
import { LinkFaults } from "../../../src/emulator/world/link-faults.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { sendReply } from "../../../src/kernel/port.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";

const START = 1_714_381_200_000;
const LATENCY = 25;
const REQUEST: VaultRequest = {
  vault: "kvdemo",
  operation: "SecretGet",
  name: "secret1",
  version: null,
  apiVersion: "7.4",
  token: null,
  caller: { pod: null, node: null, ip: "10.224.0.4", userAgent: "test" },
};

/** A vault that answers "fine" after 25 ms, and somebody on node-0 and node-1 who asks it. */
class Asker {
  readonly name = "asker";
  state: unknown = null;
  readonly sim = new Simulation({ seed: 1, start: START });
  readonly answers: (readonly [at: number, reply: unknown])[] = [];
  reached = 0;
  readonly links = this.sim.add(
    new LinkFaults({
      sim: this.sim,
      vaults: {
        request: (_, replyTo) => {
          this.reached += 1;
          sendReply(this.sim, replyTo, LATENCY, "fine");
        },
      },
    }),
  );

  constructor() {
    this.sim.add(this);
  }

  handle(event: SimEvent): void {
    this.answers.push([this.sim.now - START, (event as ReplyEvent).reply]);
  }

  break(effect: Exclude<FaultEffect, { kind: "respond" }>, more = {}): void {
    const untilMs = this.sim.now + 60_000;
    this.links.begin({ node: null, effect, began: 1, untilMs, ...more });
  }

  ask(node = "node-0"): this {
    const to = { target: this.name, tag: { node } };
    this.links.vaultsFrom(node).request(REQUEST, to);
    return this;
  }

  at(ms: number): this {
    this.sim.runUntil(START + ms);
    return this;
  }
}

const failed = (message: string, code: string) => ({
  ok: false,
  error: { status: 0, code, message: `dial tcp 198.51.100.20:443: ${message}` },
});
const TIMED_OUT = failed("i/o timeout", "ConnectionTimedOut");
const REFUSED = failed("connect: connection refused", "ConnectionRefused");

describe("a link", () => {
  test("that is well takes nothing and adds nothing", () => {
    const asker = new Asker().ask().at(60_000);
    expect(asker.answers).toEqual([[LATENCY, "fine"]]);
  });

  test("that drops answers after the 30 s of the dialer, not before, and nothing arrives", () => {
    const asker = new Asker();
    asker.break({ kind: "drop" });
    expect(asker.ask().at(29_999).answers).toEqual([]);
    expect(asker.at(30_000).answers).toEqual([[30_000, TIMED_OUT]]);
    expect(asker.reached).toBe(0);
  });

  test("that refuses answers at once", () => {
    const asker = new Asker();
    asker.break({ kind: "refuse" });
    expect(asker.ask().at(60_000).answers).toEqual([[1, REFUSED]]);
    expect(asker.reached).toBe(0);
  });

  test("that is slow pays on the way back, several delays together", () => {
    const asker = new Asker();
    asker.break({ kind: "slow", byMs: 3000 });
    asker.break({ kind: "slow", byMs: 2000 });
    asker.ask();
    expect(asker.reached).toBe(1);
    expect(asker.at(5024).answers).toEqual([]);
    expect(asker.at(5025).answers).toEqual([[5025, "fine"]]);
  });

  test("is one node's, or every node's", () => {
    const asker = new Asker();
    asker.break({ kind: "refuse" }, { node: "node-1" });
    asker.ask("node-0").ask("node-1").at(1000);
    expect(asker.answers).toEqual([
      [1, REFUSED],
      [LATENCY, "fine"],
    ]);
  });

  test("is whole again at the end of its fault, and not a millisecond before", () => {
    const asker = new Asker();
    asker.break({ kind: "refuse" });
    asker.at(59_999).ask().at(60_000).ask().at(61_000);
    expect(asker.answers).toEqual([
      [60_000, REFUSED],
      [60_025, "fine"],
    ]);
  });

  test("breaks as the fault that began first says", () => {
    const asker = new Asker();
    asker.break({ kind: "refuse" });
    asker.break({ kind: "drop" });
    expect(asker.ask().at(60_000).answers).toEqual([[1, REFUSED]]);
  });

  test("survives a snapshot with an answer on its way", () => {
    const asker = new Asker();
    asker.break({ kind: "slow", byMs: 3000 });
    asker.ask().at(1000);
    const twin = new Asker();
    twin.sim.restore(asker.sim.snapshot());
    expect(twin.at(10_000).answers).toEqual([[3025, "fine"]]);
    expect(twin.ask().at(20_000).answers.at(-1)).toEqual([13_025, "fine"]);
  });

  test("has its fault among the causes of what fails", () => {
    const asker = new Asker();
    const began = asker.sim.trace.record({
      type: "fault.began",
      at: "world",
      about: "link",
      data: {},
    });
    asker.sim.trace.causes = [];
    asker.break({ kind: "drop" }, { began });
    asker.handle = () => {
      const { trace } = asker.sim;
      asker.answers.push([0, trace.causes]);
    };
    expect(asker.ask().at(30_000).answers).toEqual([[0, [began]]]);
    expect(asker.sim.trace.causes).toEqual([]);
  });
});
