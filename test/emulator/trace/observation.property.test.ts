import fc from "fast-check";
import { expect, test } from "vitest";
import { firstSeen, heldAt } from "../../../src/emulator/trace/observation.ts";
import { isVersion } from "../../../src/emulator/trace/versions.ts";
import type { Run, Version } from "../../support/facts.ts";
import { START, aPod, aRun } from "../../support/facts.ts";
import { file, judge, sees } from "../../support/scenarios.ts";

const WEB = { kind: "statefulset", namespace: "default", name: "web" } as const;
const SINK = file(WEB, "/mnt/secrets-store/secret1");
const PODS = 3;
const VERSIONS = 4;
const SLOTS = 30;

/** For each pod, at which second it takes up the newest version there is; versions come every 5 s. */
const writes = fc.array(
  fc.record({
    second: fc.integer({ min: 0, max: SLOTS - 1 }),
    pod: fc.integer({ min: 0, max: PODS - 1 }),
    stops: fc.boolean(),
  }),
  { maxLength: 40 },
);
type Writes = readonly { second: number; pod: number; stops: boolean }[];

/** A run in which pods follow now and then, and never go back; the last one may terminate. */
function played(plan: Writes, until = SLOTS): Run {
  const run = aRun();
  const pods = Array.from({ length: PODS }, (_, i) =>
    run.addPod(aPod({ name: `web-${i}` })),
  );
  let newest: Version | null = null;
  for (let second = 0; second < until; second++) {
    run.at(second * 1000);
    if (second % 5 === 0 && second / 5 < VERSIONS)
      newest = run.setSecret("secret1", `step-${second / 5}`);
    for (const write of plan) {
      if (write.second !== second) continue;
      const last = write.pod === PODS - 1;
      if (last && write.stops) run.pod("terminating", pods[write.pod]!);
      else run.later(1).file(pods[write.pod]!, { secret1: newest! });
    }
  }
  return run.at(Math.max(SLOTS, until) * 1000 + 1000);
}

function seenAt(run: Run, step: number): number | null {
  const set = run.index
    .ofType("vault.secret.set")
    .find((fact) => fact.data.ordinal === step + 1)!;
  const resolution = run.sinks.resolve(SINK);
  const tracks = resolution.found ? resolution.tracks : [];
  const seen = firstSeen(tracks, set.t, (held) =>
    isVersion(run.index, set, held),
  );
  return seen === null ? null : seen.t - START;
}

const settings = { seed: 2024, numRuns: 200 };
const steps = Array.from({ length: VERSIONS }, (_, i) => i);

test("a later version is never seen before an earlier one", () => {
  fc.assert(
    fc.property(writes, (plan) => {
      const run = played(plan);
      const times = steps.map((step) => seenAt(run, step) ?? Infinity);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }),
    settings,
  );
});

test("what happens later changes nothing about when a version was seen", () => {
  fc.assert(
    fc.property(writes, fc.integer({ min: 20, max: SLOTS }), (plan, until) => {
      const [part, whole] = [played(plan, until), played(plan)];
      for (const step of steps) {
        const early = seenAt(part, step);
        if (early !== null) expect(seenAt(whole, step)).toBe(early);
      }
    }),
    settings,
  );
});

test("a longer limit never fails where a shorter one held, and never is the opposite of sees", () => {
  fc.assert(
    fc.property(
      writes,
      fc.nat({ max: 31_000 }),
      fc.nat({ max: 31_000 }),
      (plan, a, b) => {
        const run = played(plan);
        const passes = (parts: Parameters<typeof sees>[1]) =>
          judge(run, sees(SINK, { step: "step-1", ...parts })).passed;
        const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
        if (passes({ within: shorter }))
          expect(passes({ within: longer })).toBe(true);
        expect(passes({ never: true })).toBe(!passes({}));
      },
    ),
    settings,
  );
});

test("at the instant of seeing, and not a millisecond before, every pod that counts holds it", () => {
  fc.assert(
    fc.property(writes, (plan) => {
      const run = played(plan);
      const resolution = run.sinks.resolve(SINK);
      const tracks = resolution.found ? resolution.tracks : [];
      const allHold = (t: number) =>
        tracks
          .filter(({ pod }) => (pod!.terminatingAt ?? Infinity) > t)
          .every((track) => (heldAt(track, t)?.ordinal ?? 0) >= 2);
      const t = seenAt(run, 1);
      if (t === null) return;
      expect(allHold(START + t)).toBe(true);
      if (t > 5000) expect(allHold(START + t - 1)).toBe(false);
    }),
    settings,
  );
});
