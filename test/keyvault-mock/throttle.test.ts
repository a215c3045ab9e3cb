import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeyVaultConfig, NewKey } from "../../src/keyvault-mock/index.ts";
import type { SlidingWindow } from "../../src/keyvault-mock/sliding-window.ts";
import {
  addWeight,
  emptyWindow,
  weightWithin,
} from "../../src/keyvault-mock/sliding-window.ts";
import {
  START,
  aRequest,
  aWorld,
  errorOf,
  inShort,
  resultOf,
} from "./support.ts";
import type { World } from "./support.ts";

const WINDOW_MS = 10_000;
const TEXT =
  "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached";

/** A vault with `secret1` and limits that are soon reached. */
function aBusyWorld(config: Partial<KeyVaultConfig> = {}): World {
  const world = aWorld({ config: { transactionsPer10s: 8, ...config } });
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  return world;
}

/** How many of `count` gets sent now go through. */
function passed(world: World, count: number, request = {}): number {
  const before = world.audit().length;
  for (let i = 0; i < count; i++) world.ask(request);
  const asked = world.audit().slice(before);
  expect(asked).toHaveLength(count);
  return asked.filter(({ data }) => data.status !== 429).length;
}

describe("transactions", () => {
  test("over the limit are refused with 429, in the real service's words, and logged", () => {
    const world = aBusyWorld();
    expect(passed(world, 8)).toBe(8);
    world.sim.runUntil(world.sim.now + 1000);
    const error = errorOf(world.reply());
    expect(error).toEqual({ status: 429, code: "Throttled", message: TEXT });
    expect(world.audit().at(-1)!.data).toMatchObject({
      operation: "SecretGet",
      status: 429,
      code: "Throttled",
      message: TEXT,
      pod: "default/busybox",
      version: null,
    });
  });

  test("are counted over the last ten seconds: 1 ms less than ten after the first one is too early, ten are enough", () => {
    const world = aBusyWorld();
    const first = world.sim.now;
    expect(passed(world, 1)).toBe(1);
    world.sim.runUntil(first + 5000);
    expect(passed(world, 8)).toBe(7);
    world.sim.runBefore(first + WINDOW_MS - 1);
    expect(passed(world, 1)).toBe(0);
    world.sim.runBefore(first + WINDOW_MS);
    expect(passed(world, 2)).toBe(1);
    world.sim.runBefore(first + 5000 + WINDOW_MS + 2);
    expect(passed(world, 9)).toBe(7);
  });

  test("are all requests for secrets and certificates, with a token or without, but not those for keys", () => {
    const world = aBusyWorld();
    world.run((v) => v.setKey("kvdemo", "key1"));
    expect(passed(world, 2, { token: null })).toBe(2);
    expect(passed(world, 2, { name: "nothing" })).toBe(2);
    expect(passed(world, 2, { operation: "SecretListVersions" })).toBe(2);
    expect(passed(world, 3, { operation: "CertificateGet" })).toBe(2);
    expect(passed(world, 9, { operation: "KeyGet", name: "key1" })).toBe(8);
  });

  test("without a token are logged as such when they are refused", () => {
    const world = aBusyWorld({ transactionsPer10s: 0 });
    const error = errorOf(world.reply({ token: null }));
    expect(inShort(error)).toBe("429 Throttled");
    expect(world.audit().at(-1)!.data).toMatchObject({
      operation: "Authentication",
      status: 429,
      oid: null,
    });
  });

  test("of another vault have a limit of their own, up to the subscription's", () => {
    const world = aBusyWorld({ subscriptionFactor: 2 });
    const vaults = ["kvtwo", "kvthree"];
    for (const name of vaults)
      world.run((v) => v.createVault({ name, access: { mode: "open" } }));
    expect(passed(world, 7)).toBe(7);
    expect(passed(world, 9, { vault: "kvtwo" })).toBe(8);
    expect(passed(world, 9, { vault: "kvthree" })).toBe(1);
    expect(passed(world, 1)).toBe(0);
  });

  test("that were refused fill the window only when told so", () => {
    for (const throttledCount of [false, true]) {
      const world = aBusyWorld({ throttledCount });
      const first = world.sim.now;
      expect(passed(world, 8)).toBe(8);
      world.sim.runUntil(first + 5000);
      expect(passed(world, 8)).toBe(0);
      world.sim.runBefore(first + WINDOW_MS);
      expect(passed(world, 8)).toBe(throttledCount ? 0 : 8);
    }
  });

  test("are never refused, nor counted, while throttling is off", () => {
    const world = aBusyWorld({ throttling: false });
    expect(passed(world, 100)).toBe(100);
    expect(world.vaults.state.vaults.get("kvdemo")!.windows.size).toBe(0);
    world.configure({ throttling: true });
    expect(passed(world, 9)).toBe(8);
  });

  test("are 4,000 in ten seconds by default", () => {
    const world = aBusyWorld({ transactionsPer10s: 4000 });
    expect(passed(world, 4001)).toBe(4000);
  });
});

test.each([
  [0, undefined],
  [1, 1],
  [7000, 7],
])("a Retry-After of %i ms is sent as %s", (retryAfterMs, seconds) => {
  const world = aBusyWorld({ transactionsPer10s: 0, retryAfterMs });
  expect(errorOf(world.reply()).retryAfterSeconds).toBe(seconds);
});

test("secret sets have a limit of their own, which imports of certificates share", () => {
  const world = aWorld({ config: { secretSetsPer10s: 3 } });
  const set = () =>
    world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  const first = world.sim.now;
  resultOf(set());
  resultOf(world.run((v) => v.setCertificate("kvdemo", "c", { chain: true })));
  resultOf(set());
  expect(inShort(errorOf(set()))).toBe("429 Throttled");
  expect(world.sets()).toHaveLength(3);
  world.sim.runUntil(first + WINDOW_MS - 1);
  expect(inShort(errorOf(set()))).toBe("429 Throttled");
  world.sim.runUntil(first + WINDOW_MS);
  resultOf(set());
});

test("creations of keys have a limit of their own: those in an HSM count twice, certificates once", () => {
  const world = aWorld({ config: { keyCreatesPer10s: 5 } });
  const make = (kind: NewKey) =>
    world.run((v) => v.setKey("kvdemo", "k", kind));
  resultOf(make({}));
  resultOf(make({ keyType: "EC-HSM" }));
  resultOf(world.run((v) => v.setCertificate("kvdemo", "c")));
  expect(inShort(errorOf(make({ keyType: "RSA-HSM" })))).toBe("429 Throttled");
  resultOf(make({ keyType: "EC" }));
  expect(inShort(errorOf(make({})))).toBe("429 Throttled");
});

test.each([
  [{ keySize: 2048 }, 16],
  [{ keySize: 3072 }, 4],
  [{ keySize: 4096 }, 2],
  [{ keyType: "EC", curve: "P-521" }, 16],
  [{ keyType: "RSA-HSM", keySize: 2048 }, 8],
  [{ keyType: "RSA-HSM", keySize: 3072 }, 2],
  [{ keyType: "RSA-HSM", keySize: 4096 }, 1],
  [{ keyType: "EC-HSM", curve: "P-256" }, 8],
] as const)(
  "of keys like %j a budget of 16 is used up by %i reads",
  (kind, reads) => {
    const world = aWorld({ config: { transactionsPer10s: 16 } });
    world.run((v) => v.setKey("kvdemo", "key1", kind));
    expect(passed(world, 20, { operation: "KeyGet", name: "key1" })).toBe(
      reads,
    );
  },
);

test("a pinned old version counts by its own kind, a key that is not there like the smallest", () => {
  const world = aWorld({ config: { transactionsPer10s: 16 } });
  const make = (kind: NewKey) =>
    world.run((v) => v.setKey("kvdemo", "key1", kind));
  const { version } = resultOf(make({ keySize: 4096 })).key;
  make({});
  expect(passed(world, 1, { operation: "KeyGet", name: "key1", version })).toBe(
    1,
  );
  expect(
    passed(world, 9, { operation: "KeyListVersions", name: "nothing" }),
  ).toBe(8);
});

test("requests to the resource manager are not counted", () => {
  const world = aBusyWorld({ transactionsPer10s: 1 });
  for (let i = 0; i < 5; i++)
    resultOf(world.run((v) => v.setAccess("kvdemo", { mode: "open" })));
  expect(passed(world, 2)).toBe(1);
});

test("a real client over the limit is refused like a simulated one, before anything else is looked at", () => {
  const world = aBusyWorld({ transactionsPer10s: 0 });
  const client = aRequest({ token: null });
  const done = world.run((v) => v.secrets.list("kvdemo", {}, client));
  expect(inShort(errorOf(done))).toBe("429 Throttled");
});

test("the window sums up what a plain list of all entries does, and holds on to no more than twice as much as counts", () => {
  const entry = fc.record({
    afterMs: fc.oneof(
      fc.constantFrom(0, 1, 9999, 10_000, 10_001),
      fc.integer({ min: 0, max: 40 }),
    ),
    weight: fc.integer({ min: 0, max: 16 }),
  });
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 3000, size: "max" }),
      (entries) => {
        let window: SlidingWindow = emptyWindow();
        const all: { at: number; weight: number }[] = [];
        let now = START;
        for (const [i, { afterMs, weight }] of entries.entries()) {
          now += afterMs;
          addWeight(window, now, weight);
          all.push({ at: now, weight });
          if (i % 7 !== 0) continue;
          const counted = all.filter(({ at }) => at > now - WINDOW_MS);
          const sum = counted.reduce((total, one) => total + one.weight, 0);
          expect(weightWithin(window, now)).toBe(sum);
          expect(window.times.length).toBeLessThanOrEqual(
            Math.max(513, 2 * counted.length) + counted.length,
          );
          window = structuredClone(window);
        }
      },
    ),
    { seed: 17, numRuns: 40 },
  );
});
