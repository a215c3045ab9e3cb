import { describe, expect, test } from "vitest";
import { bytesToBase64, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import { CanarySearch } from "../../../src/emulator/invariants/canary-search.ts";
import { NoSecretValues } from "../../../src/emulator/invariants/no-secret-values.ts";
import { Trace, broken } from "./support.ts";

const CANARY = utf8ToBytes("canary 1?>~");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const find = (text: string, ...values: Uint8Array[]) =>
  new CanarySearch(values).find(text);

describe("the canary search", () => {
  test("finds a raw value and says which and where", () => {
    const values = [utf8ToBytes("another value"), CANARY];
    expect(find("it is canary 1?>~.", ...values)).toEqual({
      value: 1,
      spelling: "raw",
      at: 6,
    });
  });

  test("finds a value as JSON writes it", () => {
    const value = utf8ToBytes('line 1\n"line 2"');
    expect(find(JSON.stringify({ a: 'line 1\n"line 2"' }), value)).toEqual({
      value: 0,
      spelling: "raw",
      at: 6,
    });
  });

  test.each(["", "x", "xy", "xyz"])(
    "finds a value in the base64 of something longer that begins with %j",
    (before) => {
      const text = Buffer.concat([
        Buffer.from(before),
        CANARY,
        Buffer.from("!"),
      ]);
      expect(find(text.toString("base64"), CANARY)?.spelling).toBe("base64");
      expect(find(text.toString("base64url"), CANARY)?.spelling).toBe("base64");
    },
  );

  test("finds a value in hexadecimal, small and capital", () => {
    expect(find(`0x${hex(CANARY)}`, CANARY)?.spelling).toBe("hex");
    expect(find(hex(CANARY).toUpperCase(), CANARY)?.spelling).toBe("hex");
  });

  test("looks for bytes that are no text in base64 and hexadecimal only", () => {
    const bytes = Uint8Array.from([255, 254, 0, 1, 2, 3, 4, 5]);
    expect(
      find("\uFFFD\uFFFD\u0000\u0001\u0002\u0003\u0004\u0005", bytes),
    ).toBe(null);
    expect(find(bytesToBase64(bytes), bytes)?.spelling).toBe("base64");
  });

  test("finds a value of three characters that are nine bytes", () => {
    expect(find("the word 暗号鍵 is out", utf8ToBytes("暗号鍵"))?.at).toBe(9);
  });

  test("looks for values of 8 bytes and not for shorter ones", () => {
    expect(find("12345678", utf8ToBytes("12345678"))?.spelling).toBe("raw");
    expect(find("1234567", utf8ToBytes("1234567"))).toBeNull();
  });

  test("finds nothing in a text that has only parts of values", () => {
    expect(find("canary 1?>", CANARY)).toBeNull();
    expect(find("", CANARY)).toBeNull();
  });

  test("finds each of a thousand values at any place", () => {
    const values = Array.from({ length: 1000 }, (_, i) =>
      utf8ToBytes(`value of secret ${i}!`),
    );
    const search = new CanarySearch(values);
    for (const value of [0, 1, 499, 999])
      expect(
        search.find(`${"x".repeat(value)}value of secret ${value}!`),
      ).toEqual({ value, spelling: "raw", at: value });
  });
});

describe("no secret values in the trace", () => {
  test("breaks when a fact holds a value, and does not repeat it", () => {
    const values = new Map([["a", CANARY]]);
    const trace = new Trace()
      .line("command", { target: "canary" })
      .line("k8s.event", { message: `got ${bytesToBase64(CANARY)}` });
    const result = broken(new NoSecretValues(values), trace);
    expect(result).toEqual({
      code: "SecretValueInTrace",
      message:
        "Failed to keep the invariant SecretValueInTrace: the fact holds a value of a secret (base64, 119 characters into its line) (fact 2, k8s.event of default/busybox, 2024-04-29T09:00:00.000Z)",
    });
  });

  test("knows values that come into the book later", () => {
    const values = new Map<string, Uint8Array>();
    const invariant = new NoSecretValues(values);
    const trace = new Trace().line("k8s.event", { message: "canary 1?>~" });
    expect(broken(invariant, trace)).toBeNull();
    values.set("a", CANARY);
    expect(broken(invariant, trace)?.code).toBe("SecretValueInTrace");
  });
});
