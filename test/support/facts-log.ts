/** Keeps every fact of a run, for tests that read them. */
import type { Fact, FactSink } from "../../src/emulator/index.ts";

export class FactLog implements FactSink {
  readonly facts: Fact[] = [];

  fact(fact: Fact): void {
    this.facts.push(fact);
  }
}
