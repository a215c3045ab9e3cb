/** Worlds that go back, go on elsewhere, or fork; and worlds that keep no trace. */
import { expect, test } from "vitest";
import { FactLog } from "../support/facts-log.ts";
import { CSI_FILE, aWorld, refusal } from "./fixture-support.ts";

test("a snapshot goes back in the same world, as often as one likes, and the future repeats", () => {
  const world = aWorld();
  world.advance("7m30s");
  const snapshot = world.snapshot();
  const facts = world.trace();
  const play = () => {
    world.vault("kvdemo").setSecret("secret1", "the second value");
    world.advance("5m");
    return {
      hash: world.traceHash,
      file: world.readFile("busybox", CSI_FILE),
      facts: world.trace(),
    };
  };
  const first = play();
  expect(first.file).toBe("the second value");
  for (let i = 0; i < 2; i++) {
    world.restore(snapshot);
    expect(world.now).toBe("2024-04-29T09:07:30.000Z");
    expect(world.trace()).toEqual(facts);
    expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
    expect(play()).toEqual(first);
  }
});

test("a snapshot survives JSON and goes on in another world", () => {
  const world = aWorld();
  world.advance("7m30s");
  const text = JSON.stringify(world.snapshot());
  const other = aWorld();
  other.restore(JSON.parse(text));
  world.advance("10m");
  other.advance("10m");
  expect(other.traceHash).toBe(world.traceHash);
  expect(other.trace()).toEqual(world.trace());
  expect(other.audit("kvdemo")).toEqual(world.audit("kvdemo"));
});

test("a fork tells another story from the same past", () => {
  const world = aWorld();
  world.advance("5m");
  const snapshot = world.snapshot();
  const fork = aWorld();
  fork.restore(snapshot);
  fork.vault("kvdemo").setSecret("secret1", "another value");
  fork.advance("5m");
  world.advance("5m");
  expect(fork.readFile("busybox", CSI_FILE)).toBe("another value");
  expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
});

test("a snapshot of another kind of world is refused, and so is no snapshot", () => {
  const snapshot = aWorld().snapshot();
  expect(refusal(() => aWorld({ nodes: 2 }).restore(snapshot)).code).toBe(
    "OtherWorld",
  );
  expect(refusal(() => aWorld({ seed: 2 }).restore(snapshot)).code).toBe(
    "OtherWorld",
  );
  for (const nothing of [null, {}, [], "x", 5])
    expect(refusal(() => aWorld().restore(nothing)).code).toBe("NoSnapshot");
});

test("a world that keeps no trace plays the same, feeds its sinks, and says why it has none", () => {
  const log = new FactLog();
  const world = aWorld({ keepTrace: false, sinks: [log] });
  const keeping = aWorld();
  world.advance("10m");
  keeping.advance("10m");
  expect(world.traceHash).toBe(keeping.traceHash);
  expect(log.facts.length).toBeGreaterThan(10);
  expect(refusal(() => world.trace()).message).toContain("keepTrace: false");
  expect(refusal(() => world.audit("kvdemo")).message).toContain(
    "keepTrace: false",
  );
  const other = aWorld({ keepTrace: false });
  other.restore(world.snapshot());
  other.advance("5m");
  world.advance("5m");
  expect(other.traceHash).toBe(world.traceHash);
});
