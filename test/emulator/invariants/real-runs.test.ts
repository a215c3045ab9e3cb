import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Fact } from "../../../src/kernel/trace.ts";
import { createWorld } from "../../../src/emulator/fixture.ts";
import {
  Invariants,
  allInvariants,
} from "../../../src/emulator/invariants/index.ts";
import { CanarySearch } from "../../../src/emulator/invariants/canary-search.ts";
import { loadScenario } from "../../../src/emulator/scenario/load.ts";
import { playScenario } from "../../../src/emulator/scenario/run.ts";
import { instant } from "./support.ts";

const SEEDS = [1, 2, 3, 4, 5];
const SCENARIOS = readdirSync("scenarios").filter((file) =>
  file.endsWith(".yaml"),
);

function factsOf(file: string, seed: number) {
  const facts: Fact[] = [];
  const sinks = [{ fact: (fact: Fact) => void facts.push(fact) }];
  const played = playScenario(loadScenario(`scenarios/${file}`), {
    seed,
    sinks,
  });
  return { facts, played };
}

/** What breaks first when a real trace is altered; null when nothing does. */
function codeOf(facts: readonly Fact[]): string | null {
  const invariants = new Invariants();
  try {
    for (const fact of facts) invariants.fact(fact);
    invariants.end(instant("20m"));
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("real runs", () => {
  test.each(SCENARIOS)(
    "of %s keep every invariant, and hold no value of a secret",
    (file) => {
      for (const seed of SEEDS) {
        const { facts, played } = factsOf(file, seed);
        const values = [...played.world.values.state.values()];
        const search = new CanarySearch(values);
        expect(facts.filter((f) => search.find(JSON.stringify(f)))).toEqual([]);
        expect(facts.length).toBeGreaterThan(10);
      }
    },
  );

  test("break an invariant as soon as one line is altered", () => {
    const { facts } = factsOf("synced-secret.yaml", 7);
    expect(codeOf(facts)).toBeNull();
    const nth = (type: string, n = 0) =>
      facts.indexOf(facts.filter((fact) => fact.type === type).at(n)!);
    const without = (at: number) => facts.toSpliced(at, 1);
    const twice = (at: number) => facts.toSpliced(at, 0, facts[at]!);
    expect(codeOf(without(nth("vault.request", -1)))).toBe("FactLost");
    expect(codeOf(twice(nth("vault.request")))).toBe("SeqOrder");
    expect(codeOf(without(nth("vault.secret.set")))).toBe("ReadAhead");
    expect(codeOf(without(nth("kubelet.pod.added")))).toBe(
      "WrittenWithoutMount",
    );
    expect(codeOf([...facts.slice(1), facts[0]!])).toBe("TimeDecreased");
  });
});

describe("a fixture", () => {
  test("checks invariants, also after it went back to a snapshot", () => {
    const world = createWorld({ vaults: { kvdemo: { secret1: "value 1" } } });
    const snapshot = world.snapshot();
    world.advance("3h");
    world.vault("kvdemo").setSecret("secret1", "value 2");
    const { traceHash } = world;
    world.restore(snapshot);
    world.advance("3h");
    world.vault("kvdemo").setSecret("secret1", "value 2");
    expect(world.traceHash).toBe(traceHash);
  });
});

describe("the invariants' memory", () => {
  test("goes through a snapshot in mid-run", () => {
    const { facts } = factsOf("synced-secret.yaml", 7);
    const half = Math.floor(facts.length / 2);
    const first = new Invariants();
    for (const fact of facts.slice(0, half)) first.fact(fact);
    const second = new Invariants();
    second.restore(JSON.parse(JSON.stringify(first.snapshot())));
    for (const fact of facts.slice(half)) {
      first.fact(fact);
      second.fact(fact);
    }
    first.end(instant("20m"));
    second.end(instant("20m"));
    expect(second.snapshot()).toEqual(first.snapshot());
  });

  test("names each invariant once", () => {
    const values = { values: () => [] };
    const names = allInvariants({ values }).map(({ name }) => name);
    expect(new Set(names).size).toBe(11);
  });
});
