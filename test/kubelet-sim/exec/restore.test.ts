import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Fact } from "../../../src/kernel/trace.ts";
import type { TestContainer } from "./support.ts";
import { aContainer } from "./support.ts";

const STORE = { a: "one\n", log: "start\n" };

/** Commands that wait in every way there is. */
const SCRIPTS: readonly string[] = [
  "watch -n 1 -t cat /mnt/store/a",
  "while true; do cat /mnt/store/a; sleep 1; done | head -n 6; echo end",
  "i=0; while [ $i -lt 8 ]; do i=$((i+1)); x=$(cat /mnt/store/a; sleep 0.4); echo $i $x; done",
  "tail -F /mnt/store/a | grep -n . ",
  "tail -f /mnt/store/log",
  "exec 3</mnt/store/a; sleep 2.5; cat <&3; cat /mnt/store/a; cd /etc; sleep 1; pwd",
  'for w in a b c d; do echo $w; sleep 1; done | while read l; do echo "[$l]" >>/tmp/o; sleep 0.3; cat /tmp/o; done',
  "timeout 3 sh -c 'while :; do date +%T; sleep 0.7; done'; echo $?",
  "(sleep 2; echo sub; exit 4); echo $?; { sleep 1; echo group; } | cat -n",
  "set -e; export X=$(sleep 1; echo v); sh -c 'sleep 1; echo $X $0' name; [ $X = w ] || sleep 1; false; echo no",
  "until grep -q three /mnt/store/a; do sleep 0.25; done; date +%s",
  "seq 1 3000 | while read n; do [ $n = 2500 ] && sleep 2; done; echo done",
];

/** The world around: the volume is switched twice. */
function play(container: TestContainer, fromMs: number, toMs: number): void {
  const start = container.sim.now - fromMs;
  for (const [at, text] of [
    [1700, "two\n"],
    [4100, "three\n"],
  ] as const) {
    if (at < fromMs || at >= toMs) continue;
    container.sim.runBefore(start + at);
    container.write({ a: text, log: "start\n" });
  }
  container.sim.runUntil(start + toMs);
}

const END_MS = 9000;

/** What happens from an instant on, with or without a snapshot and a restore into another world there. */
function factsFrom(script: string, atMs: number, restored: boolean): Fact[] {
  const container = aContainer({ store: STORE, env: { E: "1" } });
  container.start("sh", "-c", script);
  play(container, 0, atMs);
  let world = container;
  if (restored) {
    world = aContainer({ store: STORE, env: { E: "1" } });
    world.sim.restore(structuredClone(container.sim.snapshot()));
    // As a checkpoint file would: nothing of the old world is there.
    world.facts.length = 0;
  } else world.facts.length = 0;
  play(world, atMs, END_MS);
  return world.facts;
}

describe("a snapshot in the middle of a command", () => {
  it.each(SCRIPTS)("changes nothing: %s", (script) => {
    for (const at of [0, 1000, 1700, 3000, 4500]) {
      const plain = factsFrom(script, at, false);
      expect(factsFrom(script, at, true)).toEqual(plain);
    }
  });

  it("at any instant changes nothing", () => {
    const script = fc.constantFrom(...SCRIPTS.slice(0, -1));
    fc.assert(
      fc.property(
        script,
        fc.integer({ min: 0, max: END_MS - 1 }),
        (text, at) => {
          expect(factsFrom(text, at, true)).toEqual(factsFrom(text, at, false));
        },
      ),
      { seed: 3, numRuns: 30 },
    );
  });

  it("before its first instruction changes nothing", () => {
    const container = aContainer({ store: STORE });
    const exec = container.start("sh", "-c", "echo begun; sleep 1; echo done");
    const world = aContainer({ store: STORE });
    world.sim.restore(container.sim.snapshot());
    world.advance(1000);
    expect(world.ran(exec)).toMatchObject({
      stdout: "begun\ndone\n",
      exitCode: 0,
    });
  });

  it("goes on where it was taken, not where the old world went", () => {
    const container = aContainer({ store: STORE });
    const exec = container.start(
      "sh",
      "-c",
      "x=1; sleep 1; echo $x; sleep 1; cat /mnt/store/a",
    );
    container.advance(500);
    const snapshot = container.sim.snapshot();
    container.advance(5000);
    container.sim.restore(snapshot);
    container.write({ a: "again\n" });
    container.advance(1500);
    expect(container.facts.at(-1)!.type).toBe("container.exec.finished");
    expect(container.pieces(exec).at(-1)).toEqual([2, "again\n"]);
  });
});
