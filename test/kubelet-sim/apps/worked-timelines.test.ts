/**
 * The rows of alternatives.md 7.2 about applications that ask Key Vault themselves. The process starts at 0 with v1; the
 * vault gets v2 at 100 s and v3 at 130 s; latencies are 0 unless said.
 */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { AppsRoom } from "./support.ts";
import { aRoom } from "./support.ts";

/** `listMs`: what the list of the secrets takes, and with it a pass. */
function started(app: JsonObject, listMs = 0): AppsRoom {
  const room = aRoom();
  room.vaultMs = ({ operation, token }) =>
    operation === "SecretList" && token !== null ? listMs : 0;
  room.setSecret("password", "v1");
  room.pod({ vault: "kvdemo", secret: "password", ...app });
  room.before("100s").setSecret("password", "v2");
  room.before("130s").setSecret("password", "v3");
  return room;
}

const DOTNET = { how: "dotnet", every: "300s" };
const REFUSED = { kind: "respond", status: 403 } as const;

test("app-poll fixed-rate, P 300: runs at 0, 300, 600, never sees v2, sees v3 at 300 [ALT-7.2-01]", () => {
  const app = { how: "polls-vault", every: "300s", schedule: "fixed-rate" };
  const room = started(app).until("700s");
  expect(room.asked).toEqual([
    "0s Authentication",
    "0s SecretGet",
    "5m SecretGet",
    "10m SecretGet",
  ]);
  expect(room.held).toBe("1@0s 3@5m");
});

test("dotnet-kv-config, P 300, L 1: runs at 0-1, 301-302, 602-603, never sees v2, sees v3 at 302 [ALT-7.2-02]", () => {
  const room = started(DOTNET, 1_000).until("700s");
  expect(room.asked).toEqual([
    "0s Authentication",
    "0s SecretList",
    "1s SecretGet",
    "5m1s SecretList",
    "5m2s SecretGet",
    "10m2s SecretList",
  ]);
  expect(room.held).toBe("1@1s 3@5m2s");
  expect(room.seen("app.notified")).toMatchObject([
    { at: "5m2s", data: { delivered: true } },
  ]);
  expect(room.seen("app.looked")).toMatchObject([
    { at: "10m3s", data: { outcome: "unchanged" } },
  ]);
});

test("spring-kv, P 1800: runs at 0, 1800, never sees v2, sees v3 at 1800 [ALT-7.2-03]", () => {
  const room = started({ how: "spring" }).until("2000s");
  expect(room.asked).toEqual([
    "0s Authentication",
    "0s SecretList",
    "0s SecretGet",
    "30m SecretList",
    "30m SecretGet",
  ]);
  expect(room.held).toBe("1@0s 3@30m");
});

test("dotnet, poll at 301 fails: runs at 0-1, 301 (fail), 601-602, data at 602, no OnChange [ALT-7.2-13]", () => {
  const room = started(DOTNET, 1_000);
  const { vaultMs } = room;
  room.before("301s").fault(REFUSED, "302s");
  room.vaultMs = () => 0;
  room.until("301s").vaultMs = vaultMs;
  room.until("650s");
  expect(room.asked.slice(3)).toEqual([
    "5m1s SecretList",
    "10m1s SecretList",
    "10m2s SecretGet",
  ]);
  expect(room.seen("app.looked")).toMatchObject([
    { at: "5m1s", data: { outcome: "failed" } },
  ]);
  expect(room.held).toBe("1@1s 3@10m2s");
  expect(room.seen("app.notified")).toMatchObject([
    { at: "10m2s", data: { delivered: false } },
  ]);
});

test("spring, poll at 1800 fails: runs at 0, 1800 (fail), never sees v3 [ALT-7.2-14]", () => {
  const room = started({ how: "spring" });
  room.before("1800s").fault(REFUSED, "1801s");
  room.until("3h");
  expect(room.asked.slice(3)).toEqual(["30m SecretList"]);
  expect(room.held).toBe("1@0s");
  expect(room.seen("app.looked", "app.deaf")).toMatchObject([
    { at: "30m", type: "app.looked", data: { outcome: "failed" } },
    { at: "30m", type: "app.deaf" },
  ]);
});
