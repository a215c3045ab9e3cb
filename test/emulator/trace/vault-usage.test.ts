/** What is counted of the requests to the vaults, and what of it is paid for. */
import { expect, test } from "vitest";
import { VaultUsage } from "../../../src/emulator/trace/vault-usage.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { START } from "../../support/facts.ts";

const FREE = ["Authentication", "VaultPut"];

function usageOf(
  lines: readonly (readonly [type: string, data: JsonObject, times?: number])[],
): VaultUsage {
  const usage = new VaultUsage();
  for (const [i, [type, data, times]] of lines.entries()) {
    const fact = { seq: i + 1, t: START, type, at: "", about: "", causes: [] };
    const run = { first: START, every: 1, count: times ?? 1 };
    usage.fact({ ...fact, data, ...(times ? { run } : {}) });
  }
  return usage;
}

function asked(
  operation: string,
  parts: JsonObject = {},
  times?: number,
): readonly [string, JsonObject, number?] {
  const collection = FREE.includes(operation) ? null : "secrets";
  const data = {
    vault: "kv",
    operation,
    status: 200,
    collection,
    name: "s",
    pod: null,
    ...parts,
  };
  return times === undefined
    ? ["vault.request", data]
    : ["vault.request", data, times];
}

const key = (operation: string, status = 200) =>
  asked(operation, { collection: "keys", name: "k", status });
const keySet = (keyKind: string, ordinal = 1) =>
  ["vault.key.set", { vault: "kv", name: "k", keyKind, ordinal }] as const;

test("counts by vault, pod and operation, outsiders first, runs without expanding them", () => {
  const pod = { pod: "default/web" };
  const usage = usageOf([
    asked("SecretGet", pod, 30),
    asked("SecretGet", { ...pod, vault: "a" }),
    asked("SecretSet"),
    asked("SecretGet", pod),
  ]);
  expect(usage.lines()).toEqual([
    line("a", "default/web", "SecretGet", 1),
    line("kv", null, "SecretSet", 1),
    line("kv", "default/web", "SecretGet", 31),
  ]);
});

function line(
  vault: string,
  pod: string | null,
  operation: string,
  count: number,
) {
  return { vault, pod, operation, count, refused: {} };
}

test("says how many were refused, by status; the 401 that asks for a token is none", () => {
  const [first, second] = usageOf([
    asked("Authentication", { status: 401 }, 9),
    asked("Authentication", { status: 429 }, 2),
    asked("SecretGet", { status: 429 }, 12),
    asked("SecretGet", { status: 403 }),
    asked("SecretGet", {}, 3),
  ]).lines();
  expect(first).toMatchObject({ count: 11, refused: { "429": 2 } });
  expect(second).toMatchObject({ count: 16, refused: { "403": 1, "429": 12 } });
});

test("bills what goes to a vault with a token, and nothing that goes to the resource manager", () => {
  const usage = usageOf([
    asked("VaultPut"),
    asked("Authentication", { status: 401 }, 4),
    asked("SecretGet", {}, 4),
    asked("SecretGet", { status: 403 }),
  ]);
  expect(usage.billed()).toEqual({
    usual: 5,
    otherKeys: 0,
    unauthenticated: 4,
    renewals: 0,
  });
});

test("tells operations on keys that cost more from others, their creation included", () => {
  expect(
    usageOf([
      key("KeyCreate"),
      keySet("EC P-256"),
      key("KeyGet"),
      key("KeyGet", 403),
      asked("SecretGet"),
    ]).billed(),
  ).toMatchObject({ usual: 1, otherKeys: 3 });
  expect(
    usageOf([key("KeyCreate"), keySet("RSA 2048"), key("KeyGet")]).billed(),
  ).toMatchObject({ usual: 2, otherKeys: 0 });
});

test("does not take a refused creation for one of the key that a certificate brings", () => {
  expect(
    usageOf([
      key("KeyCreate", 403),
      asked("CertificateCreate", { collection: "certificates", name: "k" }),
      keySet("EC P-256"),
    ]).billed(),
  ).toMatchObject({ usual: 2, otherKeys: 0 });
});

test("counts a renewal for each CertificateRenew that was accepted", () => {
  const certificate = { collection: "certificates", name: "c" };
  expect(
    usageOf([
      asked("CertificateCreate", { ...certificate, status: 202 }),
      asked("CertificateRenew", { ...certificate, status: 202 }, 2),
      asked("CertificateRenew", { ...certificate, status: 403 }),
    ]).billed(),
  ).toMatchObject({ renewals: 2, usual: 4 });
});
