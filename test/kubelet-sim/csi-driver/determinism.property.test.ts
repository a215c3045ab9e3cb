/** design.md 1, 3, 4: one journal gives one trace, whichever back end runs the machines and wherever it is cut in two. */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { TestWorld, WorldOptions } from "../../support/world.ts";
import {
  ROTATION,
  VAULT,
  aClass,
  aPod,
  aSecret,
  aSecretObject,
  aWorld,
  csiVolume,
  secretVolume,
} from "../../support/world.ts";

interface Story {
  readonly name: string;
  readonly options: WorldOptions;
  /** What is done, in order of time: seconds after the start. */
  readonly steps: readonly (readonly [
    seconds: number,
    act: (w: TestWorld) => void,
  ])[];
  readonly seconds: number;
}

const SYNCED = aClass({ secretObjects: [aSecretObject()] });
const BOTH = {
  csi: csiVolume("kv"),
  secret: secretVolume("app-secret"),
};

const STORIES: readonly Story[] = [
  {
    name: "a rotation that reaches the synced Secret's volume",
    options: {
      settings: ROTATION,
      manifests: [
        SYNCED,
        aPod({ volumes: BOTH }),
        aPod({ name: "second", volumes: BOTH }),
      ],
    },
    steps: [
      [150, (w) => w.setSecret("secret1", "v2")],
      [400, (w) => w.setSecret("secret1", "v2")],
      [500, (w) => w.remove("pod/second")],
    ],
    seconds: 900,
  },
  {
    name: "mounts that fail, back off and recover",
    options: {
      settings: ROTATION,
      secrets: {},
      manifests: [SYNCED, aPod({ volumes: BOTH })],
    },
    steps: [
      [140, (w) => w.setSecret("secret1", "v1")],
      [
        400,
        (w) => w.do({ kind: "deleteSecret", vault: VAULT, name: "secret1" }),
      ],
      [500, (w) => w.remove("secret/app-secret")],
    ],
    seconds: 900,
  },
  {
    name: "a driver that restarts under a slow vault",
    options: {
      settings: { ...ROTATION, latency: { vault: "9s" } },
      nodes: 2,
      manifests: [
        SYNCED,
        ...["a", "b", "c"].map((name) => aPod({ name, volumes: BOTH })),
      ],
    },
    steps: [
      [130, (w) => w.changeSettings({ addon: { rotationPollInterval: "1m" } })],
      [140, (w) => w.setSecret("secret1", "v2")],
      [155, (w) => w.apply(aPod({ name: "late", volumes: BOTH }))],
    ],
    seconds: 600,
  },
  {
    name: "Secrets read by Get, pods touched and made anew",
    options: {
      settings: {
        kubelet: { configMapAndSecretChangeDetectionStrategy: "Get" },
        addon: { syncSecret: false },
      },
      manifests: [
        aSecret({ password: "one" }),
        aPod({
          volumes: { secret: secretVolume("app-secret") },
          spec: { terminationGracePeriodSeconds: 0 },
        }),
      ],
    },
    steps: [
      [20, (w) => w.apply(aSecret({ password: "two" }))],
      [
        21,
        (w) =>
          w.patch("patch", "Pod/busybox", { metadata: { labels: { a: "b" } } }),
      ],
      [60, (w) => w.remove("pod/busybox")],
      [
        60,
        (w) =>
          w.apply(aPod({ volumes: { secret: secretVolume("app-secret") } })),
      ],
      [90, (w) => w.remove("secret/app-secret")],
    ],
    seconds: 400,
  },
  {
    name: "rotation by republish on two nodes, with a downgrade and an upgrade in mid-run",
    options: {
      settings: {
        addon: { enableSecretRotation: true, rotationPollInterval: "1m" },
        driver: { version: "1.6.0" },
      },
      nodes: 2,
      manifests: [
        SYNCED,
        aPod({ volumes: BOTH }),
        aPod({ name: "second", volumes: BOTH }),
      ],
    },
    steps: [
      [150, (w) => w.setSecret("secret1", "v2")],
      [
        200,
        (w) => w.do({ kind: "deleteSecret", vault: VAULT, name: "secret1" }),
      ],
      [260, (w) => w.changeSettings({ driver: { version: "1.5.6" } })],
      [400, (w) => w.changeSettings({ driver: { version: "1.6.1" } })],
      [460, (w) => w.remove("pod/second")],
    ],
    seconds: 700,
  },
];

/** Plays the part of a story from where the world's clock stands. */
function play(w: TestWorld, { steps, seconds }: Story): void {
  const from = w.now;
  for (const [second, act] of steps) {
    const at = w.start + second * 1000;
    if (at <= from) continue;
    w.untilQuiet(at);
    act(w);
  }
  w.until(w.start + seconds * 1000);
}

function hashOf(story: Story, options: Partial<WorldOptions> = {}): string {
  const w = aWorld({ ...story.options, ...options });
  play(w, story);
  return w.world.traceHash;
}

const byName = STORIES.map((story) => [story.name, story] as const);

test.each(byName)("the actor back end tells the same facts: %s", (_, story) => {
  // XState warns of actors that start inside an effect with a computed context, and starts them all the same.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const told = hashOf(story, { backend: "actor" });
  const warnings = warn.mock.calls.map(([text]) => String(text));
  warn.mockRestore();
  expect(told).toBe(hashOf(story));
  for (const text of warnings)
    expect(text).toContain("Custom actions should not call `assign()`");
});

test.each(byName)("the seed decides: %s", (_, story) => {
  expect(hashOf(story)).toBe(hashOf(story));
  expect(hashOf(story, { seed: 2 })).not.toBe(hashOf(story));
});

/** Plays up to an instant, puts the world into a snapshot and goes on in another one. */
function cutAt(story: Story, ms: number): string {
  const before = aWorld(story.options);
  const cut = before.start + ms;
  for (const [second, act] of story.steps) {
    const at = before.start + second * 1000;
    if (at > cut) break;
    before.untilQuiet(at);
    act(before);
  }
  before.until(cut);
  const snapshot = JSON.stringify(before.world.snapshot());
  const after = aWorld({ ...story.options, manifests: [], secrets: {} });
  after.world.restore(JSON.parse(snapshot) as never);
  play(after, story);
  return after.world.traceHash;
}

test.each(byName)(
  "a world put back in mid-run goes on to the same facts: %s",
  (_, story) => {
    const whole = hashOf(story);
    const instants = fc.integer({ min: 0, max: story.seconds * 1000 });
    fc.assert(
      fc.property(instants, (ms) => {
        expect(cutAt(story, ms)).toBe(whole);
      }),
      { seed: 20_240_429, numRuns: 8 },
    );
  },
);

test.each<[string, number, number]>([
  ["while a mount is in progress", 1, 300],
  ["during a mount's back-off", 1, 100_000],
  ["during a sync's back-off", 1, 126_000],
  ["while the driver is down", 2, 161_000],
  ["while a poll waits for the slow vault", 2, 125_000],
])("put back %s", (_, index, ms) => {
  const story = STORIES[index]!;
  expect(cutAt(story, ms)).toBe(hashOf(story));
});

test("put back between a tick and the vault's answer", () => {
  const story = STORIES[0]!;
  const tick = aWorld(story.options).firstTick();
  const start = aWorld(story.options).start;
  const whole = hashOf(story);
  for (const ms of [0, 1, 30, 70, 90, 92, 94, 100])
    expect(cutAt(story, tick + 120_000 - start + ms)).toBe(whole);
});
