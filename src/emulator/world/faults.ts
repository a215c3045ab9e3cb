/**
 * What is broken in a world, from `fault` and `restart` commands: tells the rooms, and tells the trace when a fault
 * began and when it is over. What each room then does is the room's own; `docs/faults.md` says what the real system does.
 */
import type { EntraTokens } from "../../azure-mock/index.ts";
import type { ApiServer } from "../../cluster-sim/index.ts";
import { KeyturnError } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { KeyVault } from "../../keyvault-mock/index.ts";
import type { Node } from "../../kubelet-sim/index.ts";
import type { Fault } from "./commands.ts";
import { aboutFault, effectText, nameOfFault } from "./fault-texts.ts";
import type { LinkFaults } from "./link-faults.ts";

export interface FaultParts {
  readonly sim: Simulation;
  readonly vaults: KeyVault;
  readonly tokens: EntraTokens;
  readonly apiServer: ApiServer;
  readonly links: LinkFaults;
  readonly nodes: () => readonly Node[];
}

interface EndEvent extends SimEvent {
  readonly type: "fault.ends";
  readonly target: string;
  readonly name: string;
  readonly effect: string;
  readonly about: string;
}

export class Faults implements Component {
  readonly name = "faults";
  /** Faults are remembered by those that they hit; their ends are in the queue. */
  state: unknown = null;
  readonly #parts: FaultParts;

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  /** From now up to, but not at, the end of `forMs`. `effect`: in words, where it has another name than its effect. */
  begin(fault: Fault, forMs: DurationMs, effect = effectText(fault)): void {
    const { sim } = this.#parts;
    const untilMs = sim.now + forMs;
    const about = aboutFault(fault);
    const data = { target: fault.target, name: nameOfFault(fault), effect };
    const began = sim.trace.record({
      type: "fault.began",
      at: "world",
      about,
      data,
    });
    const ends: EndEvent = { type: "fault.ends", about, ...data };
    sim.schedule({
      at: untilMs,
      rank: Rank.command,
      target: this.name,
      event: ends,
    });
    this.#tell(fault, began, untilMs);
  }

  handle(event: SimEvent): void {
    const { about, target, name, effect } = event as EndEvent;
    const data = { target, name, effect };
    this.#parts.sim.trace.record({
      type: "fault.ended",
      at: "world",
      about,
      data,
    });
  }

  #tell(fault: Fault, began: number, untilMs: EpochMs): void {
    const { vaults, tokens, apiServer } = this.#parts;
    switch (fault.target) {
      case "vault": {
        const { operation, object, effect } = fault;
        vaults.fault(fault.vault, { operation, object, effect }, untilMs);
        return;
      }
      case "entra":
        tokens.fault(fault.effect, untilMs);
        return;
      case "apiServer":
        apiServer.fault({ callers: null, effect: fault.effect }, untilMs);
        return;
      case "link":
        this.#breakLink(fault, began, untilMs);
        return;
      case "provider":
        for (const node of this.#nodes(fault.node))
          node.providerFault(fault.effect, untilMs);
        return;
      case "watch":
        for (const callers of this.#callers(fault.node))
          apiServer.breakWatches(callers, untilMs);
        return;
    }
  }

  #breakLink(
    { node, to, effect }: Extract<Fault, { target: "link" }>,
    began: number,
    untilMs: EpochMs,
  ): void {
    if (effect.kind === "respond")
      throw new KeyturnError(
        "NotModelled",
        "Failed to break a link: a link drops, refuses or slows down; what answers is a peer",
      );
    const { tokens, apiServer, links } = this.#parts;
    switch (to) {
      case "vault":
        links.begin({ node, effect, began, untilMs });
        return;
      case "entra":
        for (const { name } of this.#nodes(node))
          tokens.fault(effect, untilMs, name);
        return;
      case "apiServer":
        for (const callers of this.#callers(node))
          apiServer.fault({ callers, effect }, untilMs);
    }
  }

  #nodes(node: string | null): Node[] {
    return this.#parts
      .nodes()
      .filter(({ name }) => node === null || node === name);
  }

  /** What the API server calls those who sit on a node. */
  #callers(node: string | null): string[] {
    return this.#nodes(node).map(({ name }) => `${name}/`);
  }
}
