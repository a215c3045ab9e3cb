import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Failure } from "../../../../src/kubelet-sim/csi-driver/azure-provider/sdk-retry.ts";
import {
  ADAL_IMDS_RETRY,
  AUTOREST_RETRY,
  AZCORE_RETRY,
  IMDS_RETRY,
  afterFailure,
} from "../../../../src/kubelet-sim/csi-driver/azure-provider/sdk-retry.ts";
import type { Answer } from "./support.ts";
import {
  START_MS,
  TARGET,
  VAULT_LATENCY_MS,
  aRequest,
  aVaultWith,
  aWorld,
  challenge,
  errorOf,
  filesOf,
  mountNow,
  refusal,
} from "./support.ts";

const least = (low: number) => low;
const most = (_low: number, high: number) => high - 1;

const sdkRetryDelay = (
  failure: Failure,
  tries: number,
  draw: typeof most,
): number | null =>
  afterFailure(AZCORE_RETRY, failure, tries, draw)?.waitMs ?? null;

describe("the schedule of azcore", () => {
  test.each([
    [1, 640, 1039],
    [2, 1920, 3119],
    [3, 4480, 7279],
  ])("waits after try %i for %i to %i ms", (tries, from, to) => {
    expect(sdkRetryDelay({ status: 503 }, tries, least)).toBe(from);
    expect(sdkRetryDelay({ status: 503 }, tries, most)).toBe(to);
  });

  test.each([0, 408, 429, 500, 502, 503, 504])("retries %i", (status) => {
    expect(sdkRetryDelay({ status }, 1, least)).toBe(640);
    expect(sdkRetryDelay({ status }, 4, least)).toBeNull();
  });

  test.each([400, 401, 403, 404, 405, 409, 501])("gives up on %i", (status) => {
    expect(sdkRetryDelay({ status }, 1, least)).toBeNull();
  });

  test.each([
    [1, 1000],
    [60, 60_000],
    [61, null],
    [0, 640],
  ])("Retry-After: %i gives %j", (retryAfterSeconds, delay) => {
    const error = { status: 429, retryAfterSeconds };
    expect(sdkRetryDelay(error, 1, least)).toBe(delay);
  });

  test("needs 7.04 to 11.44 s for all three retries [CSI-12.0-16]", () => {
    const sum = (draw: typeof most) =>
      [1, 2, 3].reduce(
        (total, tries) => total + sdkRetryDelay({ status: 500 }, tries, draw)!,
        0,
      );
    expect([sum(least), sum(most)]).toEqual([7040, 11_437]);
  });
});

describe("other schedules", () => {
  test("autorest waits 30 s, 60 s and 120 s between its four tries, and 240 s before it tells the last failure", () => {
    const waits = [1, 2, 3, 4].map((tries) =>
      afterFailure(AUTOREST_RETRY, { status: 503 }, tries, least),
    );
    expect(waits).toEqual([
      { waitMs: 30_000, again: true },
      { waitMs: 60_000, again: true },
      { waitMs: 120_000, again: true },
      { waitMs: 240_000, again: false },
    ]);
    const told = { status: 429, retryAfterSeconds: 90 };
    expect(afterFailure(AUTOREST_RETRY, told, 1, least)?.waitMs).toBe(90_000);
    expect(afterFailure(AUTOREST_RETRY, { status: 404 }, 1, least)).toBeNull();
  });

  test("adal waits 2, 6, 14, 30 and 60 s at a node's metadata service, and not at all when nobody listens", () => {
    const waits = [1, 2, 3, 4, 5].map((tries) =>
      afterFailure(ADAL_IMDS_RETRY, { status: 500 }, tries, least),
    );
    expect(waits.map((wait) => wait?.waitMs)).toEqual([
      2000, 6000, 14_000, 30_000, 60_000,
    ]);
    expect(waits.map((wait) => wait?.again)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(afterFailure(ADAL_IMDS_RETRY, { status: 0 }, 1, least)).toBeNull();
  });

  test.each([
    ["1.3", 5, [410, 503]],
    ["1.6", 5, []],
    ["1.14", 6, []],
  ] as const)(
    "azidentity %s tries a metadata service again %i times, but not after %j",
    (sdk, retries, never) => {
      const wait = (status: number, tries: number) =>
        afterFailure(IMDS_RETRY[sdk], { status }, tries, least);
      expect(wait(404, 1)).toEqual({ waitMs: 1600, again: true });
      expect(wait(500, retries)).not.toBeNull();
      expect(wait(500, retries + 1)).toBeNull();
      expect(wait(400, 1)).toBeNull();
      expect([410, 503].filter((status) => wait(status, 1) === null)).toEqual(
        never,
      );
    },
  );

  test("azidentity waits no longer than 25 s between two tries", () => {
    const wait = afterFailure(IMDS_RETRY["1.14"], { status: 500 }, 6, most);
    expect(wait?.waitMs).toBe(25_000);
  });
});

const BUSY = refusal({
  status: 503,
  code: "ServiceUnavailable",
  message: "busy",
});

/** Challenges the probe, then refuses the first `times` requests with a token. */
function busyFor(times: number): Answer {
  const healthy = aVaultWith({ secret1: "hunter2" });
  return (request, count) =>
    request.token !== null && count <= times + 1
      ? BUSY
      : healthy(request, count);
}

describe("a mount at a busy vault", () => {
  test("succeeds at the fourth try, with one probe and one token [CSI-12.0-16]", () => {
    const world = aWorld({ answer: busyFor(3) });
    expect(filesOf(mountNow(world).reply)).toEqual({ secret1: "hunter2 644" });
    expect(world.vault.log).toEqual([
      "SecretGet secret1 without token",
      ...Array<string>(4).fill("SecretGet secret1"),
    ]);
    expect(world.tokens.requests).toHaveLength(1);
  });

  test("fails after the fourth try with the last answer", () => {
    const world = aWorld({ answer: busyFor(4) });
    expect(errorOf(world, aRequest())).toContain(
      "RESPONSE 503: 503 Service Unavailable\nERROR CODE: ServiceUnavailable\n",
    );
    expect(world.vault.log).toHaveLength(5);
  });

  test("counts tries for each request anew", () => {
    const answer: Answer = (request, count) =>
      request.token !== null && count % 2 === 0
        ? BUSY
        : aVaultWith({ a: "1", b: "2", c: "3", d: "4", e: "5" })(
            request,
            count,
          );
    const world = aWorld({ answer });
    const objects = `array:\n${[..."abcde"].map((name) => `  - "{objectName: ${name}, objectType: secret}"\n`).join("")}`;
    const { reply } = mountNow(world, aRequest({ objects }));
    expect(Object.keys(filesOf(reply))).toEqual([..."abcde"]);
  });

  test("retries the probe without a token", () => {
    const world = aWorld({
      answer: (request, count) =>
        count === 1 ? BUSY : aVaultWith({ secret1: "x" })(request, count),
    });
    mountNow(world);
    expect(world.vault.log).toEqual([
      "SecretGet secret1 without token",
      "SecretGet secret1 without token",
      "SecretGet secret1",
    ]);
  });

  test("sends nothing 1 ms before a retry is due and the request when it is", () => {
    const world = aWorld({
      answer: () =>
        refusal({
          status: 429,
          code: "Throttled",
          message: "x",
          retryAfterSeconds: 60,
        }),
    });
    world.provider.mount(aRequest(), TARGET);
    const refusedAt = START_MS + VAULT_LATENCY_MS;
    world.sim.runUntil(refusedAt + 59_999);
    expect(world.vault.requests).toHaveLength(1);
    world.sim.runUntil(refusedAt + 60_000);
    expect(world.vault.requests).toHaveLength(2);
    expect(world.vault.requests[1]?.at).toBe(refusedAt + 60_000);
  });

  test("sends nothing before the least jittered delay, and has sent it by the greatest", () => {
    const world = aWorld({ answer: () => BUSY });
    world.provider.mount(aRequest(), TARGET);
    let sentAt = START_MS;
    for (const [tries, from, to] of [
      [1, 640, 1039],
      [2, 1920, 3119],
      [3, 4480, 7279],
    ] as const) {
      world.sim.runUntil(sentAt + VAULT_LATENCY_MS + from - 1);
      expect(world.vault.requests).toHaveLength(tries);
      world.sim.runUntil(sentAt + VAULT_LATENCY_MS + to);
      expect(world.vault.requests).toHaveLength(tries + 1);
      sentAt = world.vault.requests[tries]!.at;
    }
  });

  test("ends at once where Retry-After is longer than the SDK waits", () => {
    const world = aWorld({
      answer: ({ token }) =>
        token === null
          ? challenge()
          : refusal({
              status: 429,
              code: "Throttled",
              message: "x",
              retryAfterSeconds: 61,
            }),
    });
    expect(errorOf(world, aRequest())).toContain(
      "RESPONSE 429: 429 Too Many Requests",
    );
    expect(world.vault.log).toHaveLength(2);
  });

  test("a vault that is not in DNS is tried four times, without ever a token", () => {
    const world = aWorld({
      answer: () => refusal({ status: 0, code: "DnsNotFound", message: "" }),
    });
    expect(errorOf(world, aRequest())).toBe(
      'failed to get objectType:secret, objectName:secret1, objectVersion:: Get "https://kv1.vault.azure.net/secrets/secret1/?api-version=7.4": dial tcp: lookup kv1.vault.azure.net: no such host',
    );
    expect(world.vault.requests).toHaveLength(4);
    expect(world.tokens.requests).toEqual([]);
  });
});

describe("the jitter", () => {
  /** Waits between the tries of one mount at a vault that is always busy. */
  function waits(
    seed: number,
    pods: readonly string[],
    lineage?: string,
  ): number[] {
    const world = aWorld({ seed, answer: () => BUSY });
    for (const pod of pods)
      world.provider.mount(
        aRequest(
          { "csi.storage.k8s.io/pod.name": pod },
          lineage === undefined ? {} : { lineage },
        ),
        TARGET,
      );
    while (world.sim.step());
    const mine = world.vault.requests.filter(
      ({ request }) => request.caller.pod === "shop/web",
    );
    return mine
      .slice(1)
      .map(({ at }, i) => at - mine[i]!.at - VAULT_LATENCY_MS);
  }

  test("stays within its bounds for every seed and is the same for the same seed", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [first, second, third] = waits(seed, ["web"]);
        expect(first).toBeGreaterThanOrEqual(640);
        expect(first).toBeLessThan(1040);
        expect(second).toBeGreaterThanOrEqual(1920);
        expect(second).toBeLessThan(3120);
        expect(third).toBeGreaterThanOrEqual(4480);
        expect(third).toBeLessThan(7280);
        expect(waits(seed, ["web"])).toEqual([first, second, third]);
      }),
      { seed: 42, numRuns: 50 },
    );
  });

  test("of one pod is not shifted by another pod", () => {
    expect(waits(7, ["other", "web"])).toEqual(waits(7, ["web"]));
  });

  test("is drawn by the owner's name where the driver gives one", () => {
    const drawn = (seed: number) =>
      waits(seed, ["web"], "deployment/shop/web/0");
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(waits(7, ["web"]));
  });

  test("goes on with new draws in the pod's next mount", () => {
    const world = aWorld({ answer: () => BUSY });
    const first = mountNow(world).tookMs;
    expect(mountNow(world).tookMs).not.toBe(first);
  });
});
