import { describe, expect, test } from "vitest";
import type { Fact } from "../../../../src/kernel/trace.ts";
import {
  START_MS,
  TARGET,
  TOKEN_LATENCY_MS,
  VAULT_LATENCY_MS,
  aRequest,
  aVaultWith,
  aWorld,
  anObjectsText,
  mountNow,
  notFound,
} from "./support.ts";
import type { World } from "./support.ts";

const MOUNT_MS = 2 * VAULT_LATENCY_MS + TOKEN_LATENCY_MS;
const EOF = {
  ok: false,
  code: "Unavailable",
  message: "error reading from server: EOF",
};

const command = (world: World, act: () => void) => world.sim.command(act);
const replies = (world: World) => world.driver.state.map(({ reply }) => reply);
const answers = (world: World) =>
  world.driver.state.map(({ at, reply }) => [at - START_MS, reply.ok]);

describe("a provider that stops", () => {
  test("breaks the mounts under way off with Unavailable and asks nothing more", () => {
    const world = aWorld();
    world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + VAULT_LATENCY_MS);
    command(world, () => world.provider.stop());
    while (world.sim.step());
    expect(replies(world)).toEqual([EOF]);
    expect(world.vault.log).toHaveLength(1);
  });

  test("has no socket for a driver that never met it, until it is back", () => {
    const world = aWorld();
    const seen = [world.provider.socketPresent];
    command(world, () => world.provider.stop());
    seen.push(world.provider.socketPresent);
    command(world, () => world.provider.start());
    seen.push(world.provider.socketPresent);
    expect(seen).toEqual([true, false, true]);
  });

  test("and starts leaves a fact each, once", () => {
    const world = aWorld();
    const facts: Fact[] = [];
    world.sim.trace.addSink({ fact: (fact) => void facts.push(fact) });
    command(world, () => world.provider.restart(world.sim.now, 3000));
    world.sim.runUntil(START_MS + 10_000);
    command(world, () => world.provider.start());
    expect(facts).toMatchObject([
      {
        type: "csi.provider.stopped",
        at: "node-0/provider-azure",
        about: "node-0",
        t: START_MS,
        data: { node: "node-0" },
      },
      { type: "csi.provider.started", t: START_MS + 3000 },
    ]);
  });
});

describe("a mount begun while the provider is down", () => {
  /** Down at once, up again after `downFor`; one mount at the start. */
  function mountWhileDown(downFor: number, seed = 1): World {
    const world = aWorld({ seed });
    command(world, () => {
      world.provider.stop();
      world.provider.restart(world.sim.now, downFor);
      world.provider.mount(aRequest(), TARGET);
    });
    return world;
  }

  test("waits without an answer, however long", () => {
    const world = mountWhileDown(3_600_000);
    world.sim.runUntil(START_MS + 3_600_000 - 1);
    expect(replies(world)).toEqual([]);
    expect(world.vault.requests).toEqual([]);
  });

  test("goes on when the channel has connected: 0.8 to 1.2 s after its first try", () => {
    const world = mountWhileDown(500);
    world.sim.runUntil(START_MS + 799);
    expect(world.vault.requests).toEqual([]);
    world.sim.runUntil(START_MS + 1200 + MOUNT_MS);
    expect(replies(world)).toMatchObject([{ ok: true }]);
  });

  test("waits for the channel longer each time, by 1.6, with 20 % of jitter, at most 2 min", () => {
    const delay = (downFor: number, seed: number) => {
      const world = mountWhileDown(downFor, seed);
      world.sim.runUntil(START_MS + downFor + 200_000);
      return world.vault.requests[0]!.at - START_MS;
    };
    for (let seed = 0; seed < 20; seed++) {
      const second = delay(1300, seed);
      expect(second).toBeGreaterThanOrEqual(1300);
      expect(second).toBeLessThanOrEqual(1200 + 1920);
      // 1 + 1.6 + 2.56 + … + 68.7 s are 181.5 s; the next wait would be 110 s.
      const late = delay(600_000, seed);
      expect(late).toBeLessThanOrEqual(600_000 + 144_000);
    }
  });

  test("connects at once when nobody has waited for the provider", () => {
    const world = aWorld();
    command(world, () => world.provider.stop());
    world.sim.runUntil(START_MS + 5000);
    command(world, () => world.provider.start());
    expect(mountNow(world).tookMs).toBe(MOUNT_MS);
  });

  test("is forgotten when its caller gives up", () => {
    const world = aWorld();
    command(world, () => world.provider.stop());
    const mount = world.provider.mount(aRequest(), TARGET);
    world.provider.cancel(mount);
    command(world, () => world.provider.start());
    while (world.sim.step());
    expect(replies(world)).toEqual([]);
    expect(world.vault.requests).toEqual([]);
  });
});

describe("a provider that hangs", () => {
  const hang = (world: World, forMs: number) =>
    command(world, () =>
      world.provider.fault({ kind: "drop" }, world.sim.now + forMs),
    );

  test("answers nothing until it goes on, then everything", () => {
    const world = aWorld();
    hang(world, 60_000);
    world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + 59_999);
    expect(world.vault.requests).toEqual([]);
    while (world.sim.step());
    expect(answers(world)).toEqual([[60_000 + MOUNT_MS, true]]);
  });

  test("goes on with a mount where it stood, the vault's answer in hand", () => {
    const world = aWorld();
    world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + 1);
    hang(world, 60_000);
    const hungAt = world.sim.now;
    world.sim.runUntil(hungAt + 59_999);
    expect(world.vault.log).toHaveLength(1);
    while (world.sim.step());
    const rest = MOUNT_MS - VAULT_LATENCY_MS;
    expect(answers(world)).toEqual([[hungAt - START_MS + 60_000 + rest, true]]);
    expect(world.vault.log).toHaveLength(2);
  });

  test("does not remember mounts that were given up meanwhile", () => {
    const world = aWorld({
      answer: () => ({
        ok: false,
        error: { status: 503, code: "Busy", message: "busy" },
      }),
    });
    const waiting = world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + VAULT_LATENCY_MS);
    hang(world, 60_000);
    const held = world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + 30_000);
    world.provider.cancel(waiting);
    world.provider.cancel(held);
    while (world.sim.step());
    expect(replies(world)).toEqual([]);
    expect(world.vault.log).toHaveLength(1);
  });

  test("and is replaced breaks off what it held", () => {
    const world = aWorld();
    hang(world, 60_000);
    world.provider.mount(aRequest(), TARGET);
    command(world, () => world.provider.stop());
    while (world.sim.step());
    expect(replies(world)).toEqual([EOF]);
  });

  test("round-trips through a snapshot", () => {
    const run = (interrupt: boolean) => {
      const world = aWorld();
      world.provider.mount(aRequest(), TARGET);
      hang(world, 5000);
      world.sim.runUntil(START_MS + 1000);
      if (interrupt)
        world.sim.restore(
          JSON.parse(JSON.stringify(world.sim.snapshot())) as never,
        );
      while (world.sim.step());
      return world.driver.state;
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe("other faults of the process", () => {
  test("refuse breaks each new mount off, and no more when it is over", () => {
    const world = aWorld();
    command(world, () =>
      world.provider.fault({ kind: "refuse" }, START_MS + 1000),
    );
    world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + 999);
    world.provider.mount(aRequest(), TARGET);
    world.sim.runUntil(START_MS + 1000);
    expect(replies(world)).toEqual([EOF, EOF]);
    expect(mountNow(world).reply.ok).toBe(true);
  });

  test("slow delays each answer", () => {
    const world = aWorld();
    command(world, () =>
      world.provider.fault({ kind: "slow", byMs: 700 }, START_MS + 10_000),
    );
    expect(mountNow(world).tookMs).toBe(MOUNT_MS + 700);
  });

  test.each([
    [
      { status: 500, message: "failed to mount objects, error: broken" },
      { ok: false, message: "failed to mount objects, error: broken" },
    ],
    [
      { status: 503 },
      {
        ok: false,
        code: "Unavailable",
        message:
          "unexpected HTTP status code received from server: 503 (Service Unavailable)",
      },
    ],
  ])("respond %j answers with %j", (effect, reply) => {
    const world = aWorld();
    command(world, () =>
      world.provider.fault({ kind: "respond", ...effect }, START_MS + 1000),
    );
    world.provider.mount(aRequest(), TARGET);
    while (world.sim.step());
    expect(replies(world)).toEqual([reply]);
  });

  test("a later one takes the place of an earlier one", () => {
    const world = aWorld();
    command(world, () => {
      world.provider.fault({ kind: "drop" }, START_MS + 60_000);
      world.provider.mount(aRequest(), TARGET);
      world.provider.fault({ kind: "slow", byMs: 5 }, START_MS + 1000);
    });
    while (world.sim.step());
    expect(answers(world)).toEqual([[MOUNT_MS + 5, true]]);
  });
});

describe("an answer", () => {
  const sizeOf = (characters: number) => {
    const world = aWorld({
      answer: aVaultWith({ secret1: "x".repeat(characters) }),
    });
    return mountNow(world).reply;
  };
  // One file and one version: 4 MiB less the names, the numbers and the lengths around the value.
  const LONGEST = 4 * 1024 * 1024 - 74;

  test("of 4 MiB on the wire is the longest that the driver takes", () => {
    expect(sizeOf(LONGEST).ok).toBe(true);
    expect(sizeOf(LONGEST + 1)).toEqual({
      ok: false,
      code: "ResourceExhausted",
      message: "grpc: received message larger than max (4194305 vs. 4194304)",
    });
  });
});

test("an idle provider is asked nothing, and asks nothing, for 10 minutes: its health check is off [CSI-12.0-18]", () => {
  const world = aWorld();
  mountNow(world);
  const asked = world.vault.requests.length;
  const ran = world.sim.eventsRun;
  world.sim.runUntil(world.sim.now + 600_000);
  expect(world.vault.requests).toHaveLength(asked);
  expect(world.sim.eventsRun).toBe(ran);
  expect(world.sim.nextDueAt).toBeNull();
});

test("mounts before and after a restart do not mix", () => {
  const world = aWorld({
    answer: (request, count) =>
      count === 1 ? null : aVaultWith({ secret1: "new" })(request, count),
  });
  world.provider.mount(aRequest(), TARGET);
  command(world, () => world.provider.stop());
  command(world, () => world.provider.start());
  while (world.sim.step());
  const { reply } = mountNow(world);
  expect(replies(world)).toEqual([EOF, reply]);
  expect(reply.ok).toBe(true);
});

test("objects that fail after a restart fail as ever", () => {
  const world = aWorld({ answer: ({ name }) => notFound(name) });
  command(world, () => {
    world.provider.stop();
    world.provider.start();
  });
  const objects = anObjectsText("objectName: gone\nobjectType: secret");
  const { reply } = mountNow(world, aRequest({ objects }));
  expect(reply).toMatchObject({ ok: false });
  expect("code" in reply).toBe(false);
});
