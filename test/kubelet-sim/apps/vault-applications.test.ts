/** alternatives.md 2: applications that ask Key Vault themselves, and what their SDKs do about errors (key-vault.md 5.2, 8.3). */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { AppsRoom } from "./support.ts";
import { aRoom, aToken } from "./support.ts";

const SOURCE = { vault: "kvdemo", secret: "password" };

/** Started at 0 with v1. */
function started(app: JsonObject, names: readonly string[] = []): AppsRoom {
  const room = aRoom();
  room.setSecret("password", "v1");
  for (const name of names) room.setSecret(name, "x");
  room.pod({ ...SOURCE, ...app });
  return room;
}

const status = (code: number) => ({ kind: "respond", status: code }) as const;

describe("plain code that polls", () => {
  test("finds a new version at its next poll, and nothing before", () => {
    const room = started({ how: "polls-vault" }).until("1s");
    room.setSecret("password", "v2");
    expect(room.until("299.999s").held).toBe("1@0s");
    expect(room.until("5m").held).toBe("1@0s 2@5m");
  });

  test("waits its interval from the end of one poll to the start of the next", () => {
    const room = aRoom();
    room.setSecret("password", "v1");
    room.vaultMs = ({ token }) => (token === null ? 0 : 2_000);
    room.pod({ ...SOURCE, how: "polls-vault", every: "10s" });
    room.until("30s");
    expect(room.asked.slice(1)).toEqual([
      "0s SecretGet",
      "12s SecretGet",
      "24s SecretGet",
    ]);
  });

  test("at a fixed rate makes up at once for the polls that a slow one has delayed", () => {
    const room = aRoom();
    room.setSecret("password", "v1");
    const app = { how: "polls-vault", every: "10s", schedule: "fixed-rate" };
    room.pod({ ...SOURCE, ...app });
    room.before("10s").vaultMs = () => 25_000;
    room.until("10s").vaultMs = () => 0;
    room.until("50s");
    expect(room.asked.slice(2)).toEqual([
      "10s SecretGet",
      "35s SecretGet",
      "35s SecretGet",
      "40s SecretGet",
      "50s SecretGet",
    ]);
  });

  test("keeps what it has when a poll fails, and says why", () => {
    const room = started({ how: "polls-vault", every: "10s" });
    room.before("10s").fault(status(403), "15s");
    room.setSecret("other", "x");
    room.until("25s");
    expect(room.held).toBe("1@0s");
    expect(room.seen("app.looked")).toMatchObject([
      { at: "10s", data: { outcome: "failed" } },
      { at: "20s", data: { outcome: "unchanged", error: "" } },
    ]);
    const [failed] = room.seen("app.looked");
    expect(failed!.data["error"]).toMatch(/^403 Forbidden: /);
  });

  test("asks for its token after the challenge, and keeps it while it lives", () => {
    const room = started({ how: "polls-vault", every: "10s" }).until("35s");
    expect(room.asked).toEqual([
      "0s Authentication",
      "0s SecretGet",
      "10s SecretGet",
      "20s SecretGet",
      "30s SecretGet",
    ]);
    expect(room.requests[0]!.caller).toMatchObject({
      pod: "default/web",
      node: "node-0",
    });
  });

  test("gets a new token when the old one has two minutes left", () => {
    let asked = 0;
    const room = aRoom();
    const start = room.sim.now / 1000;
    room.tokens = () => {
      asked += 1;
      const exp = start + 600 * asked;
      return { ok: true, token: aToken({ exp }) };
    };
    room.setSecret("password", "v1");
    room.pod({ ...SOURCE, how: "polls-vault", every: "1s" });
    room.until("479s");
    expect(asked).toBe(1);
    room.until("480s");
    expect(asked).toBe(2);
  });

  test("gives up on a token endpoint that does not answer, and asks three times more", () => {
    const room = started({ how: "polls-vault" });
    room.tokens = null;
    room.until("399s");
    expect(room.seen("app.looked")).toEqual([]);
    room.until("410s");
    expect(room.seen("app.looked")).toMatchObject([
      {
        data: {
          outcome: "failed",
          error: "the token endpoint did not answer in time",
        },
      },
    ]);
  });

  test("tries a server's error again with JavaScript's waits, and a 429 not at all", () => {
    const room = started({ how: "polls-vault", every: "1m" });
    room.before("1m").fault(status(503), "1m1.100s");
    room.until("1m30s");
    const [first, second, third] = room.asked.slice(2);
    expect([first, second]).toEqual(["1m SecretGet", expect.any(String)]);
    expect(third).toMatch(/^1m[12]s\d+ms SecretGet$/);
    room.before("2m").fault(status(429), "2m30s");
    room.until("2m50s");
    const busy = room.asked.filter((line) => line.startsWith("2m"));
    expect(busy).toHaveLength(1);
  });
});

describe(".NET's configuration provider", () => {
  const dotnet = (more: JsonObject = {}) => ({ how: "dotnet", ...more });

  test("does not reload unless it is told an interval", () => {
    const room = started(dotnet()).until("10s");
    room.setSecret("password", "v2");
    expect(room.until("24h").held).toBe("1@0s");
    expect(room.asked).toHaveLength(3);
  });

  test("lists 25 secrets a page and gets each at its start, then lists alone", () => {
    const names = Array.from({ length: 30 }, (_, i) => `extra-${i}`);
    const room = started(dotnet({ every: "5m" }), names).until("6m");
    const [first, later] = ["0s", "5m"].map((at) =>
      room.asked.filter((line) => line.startsWith(`${at} `)),
    );
    expect(first!.filter((line) => line.endsWith("List"))).toHaveLength(2);
    expect(first!.filter((line) => line.endsWith("Get"))).toHaveLength(31);
    expect(later).toEqual(["5m SecretList", "5m SecretList"]);
  });

  test("notifies of an update of attributes alone, though the value is the same", () => {
    const room = started(dotnet({ every: "5m" })).until("10s");
    room.sim.command(() =>
      room.vaults.updateSecret("kvdemo", "password", { tags: { a: "b" } }),
    );
    room.until("6m");
    expect(room.held).toBe("1@0s");
    expect(room.seen("app.notified")).toMatchObject([
      { at: "5m", data: { delivered: true } },
    ]);
  });

  test("drops a secret that is disabled", () => {
    const room = started(dotnet({ every: "5m" })).until("10s");
    room.sim.command(() =>
      room.vaults.updateSecret("kvdemo", "password", { enabled: false }),
    );
    room.until("6m");
    expect(room.apps.runningApp("uid-web")).toEqual({ content: null });
    expect(room.seen("app.looked")).toMatchObject([
      {
        at: "5m",
        data: { error: "the vault lists no enabled secret password" },
      },
    ]);
    expect(room.seen("app.notified")).toHaveLength(1);
  });

  test("that cannot load at its start ends its program", () => {
    const room = aRoom();
    room.fault(status(403), "1m");
    room.pod({ ...SOURCE, how: "dotnet" });
    room.until("10s");
    expect(room.exits).toEqual(["main 134"]);
    expect(room.seen("app.looked", "app.ended")).toMatchObject([
      { type: "app.looked", data: { outcome: "failed" } },
      { type: "app.ended" },
    ]);
  });
});

describe("Spring's property source", () => {
  test("reads every secret again at each refresh", () => {
    const room = started({ how: "spring" }, ["other"]).until("31m");
    expect(room.asked.filter((line) => line.startsWith("30m"))).toEqual([
      "30m SecretList",
      "30m SecretGet",
      "30m SecretGet",
    ]);
  });

  test("that cannot load at its start ends its program", () => {
    const room = aRoom();
    room.fault(status(403), "1m");
    room.pod({ ...SOURCE, how: "spring" });
    expect(room.until("10s").exits).toEqual(["main 1"]);
  });

  test("presents itself as Java's SDK under Spring", () => {
    const room = started({ how: "spring" }).until("1s");
    expect(room.requests[0]!.caller.userAgent).toMatch(
      /^az-sp-kv\/[\d.]+ azsdk-java-azure-security-keyvault-secrets\//,
    );
  });
});

describe("a cache in front of the vault", () => {
  const app = { how: "caches-vault", every: "1m" };

  test("fetches at the first use after its time is over, and not before", () => {
    const room = started(app).until("10s");
    room.setSecret("password", "v2");
    expect(room.until("59.999s").held).toBe("1@0s");
    expect(room.until("1m").held).toBe("1@0s 2@1m");
  });

  test("fetches no more often than it is used", () => {
    const room = started({ ...app, requestEvery: "45s" }).until("3m");
    expect(room.asked.slice(1)).toEqual([
      "0s SecretGet",
      "1m30s SecretGet",
      "3m SecretGet",
    ]);
  });
});
