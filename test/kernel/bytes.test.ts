import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  base64ToBytes,
  bytesEqual,
  bytesToBase64,
  bytesToUtf8,
  utf8ToBytes,
} from "../../src/kernel/bytes.ts";
import { sha256Hex } from "../../src/kernel/hash.ts";

const options = { seed: 20240429, numRuns: 1000 };
const text = fc.string({ unit: "binary" });

describe("UTF-8", () => {
  test("is written as the host writes it", () => {
    fc.assert(
      fc.property(text, (s) => {
        expect(utf8ToBytes(s)).toEqual(new Uint8Array(Buffer.from(s, "utf8")));
      }),
      options,
    );
  });

  test("is read as the host reads it, where it is well formed", () => {
    fc.assert(
      fc.property(text, (s) => {
        expect(bytesToUtf8(new Uint8Array(Buffer.from(s, "utf8")))).toBe(s);
      }),
      options,
    );
  });

  test("unpaired surrogates are written as the replacement character", () => {
    expect(bytesToUtf8(utf8ToBytes("a\ud800b\udc00"))).toBe("a\ufffdb\ufffd");
  });

  test.each<[what: string, bytes: readonly number[], read: string]>([
    ["a lone continuation", [0x80], "\ufffd"],
    ["an overlong slash", [0xc0, 0xaf], "\ufffd\ufffd"],
    ["an overlong three bytes", [0xe0, 0x80, 0x80], "\ufffd\ufffd\ufffd"],
    ["a surrogate", [0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
    ["beyond the last plane", [0xf4, 0x90, 0x80, 0x80], "\ufffd".repeat(4)],
    ["a sequence cut short", [0x61, 0xe2, 0x82], "a\ufffd\ufffd"],
    ["a sequence broken by text", [0xe2, 0x82, 0x61], "\ufffd\ufffda"],
    ["a byte that never occurs", [0xff, 0x61], "\ufffda"],
  ])("%s is read as one replacement character a byte", (_, bytes, read) => {
    expect(bytesToUtf8(Uint8Array.from(bytes))).toBe(read);
  });
});

describe("base64", () => {
  test("is written as the host writes it and read back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const encoded = bytesToBase64(bytes);
        expect(encoded).toBe(Buffer.from(bytes).toString("base64"));
        expect(base64ToBytes(encoded)).toEqual(bytes);
      }),
      options,
    );
  });

  test("is read with line breaks anywhere", () => {
    const broken = "\nYW\r\nJj\nZA\n=\r\n=\n";
    expect(bytesToUtf8(base64ToBytes(broken))).toBe("abcd");
  });

  test("is read whatever the bits that no byte needs", () => {
    expect([...base64ToBytes("YR==")]).toEqual([0x61]);
  });

  // From decodeQuantum of Go's encoding/base64.
  test.each<[text: string, offset: number]>([
    ["!", 0],
    ["YWJj!", 4],
    ["YW Jj", 2],
    ["YWJ\u00e9", 3],
    ["YWJ-", 3],
    ["Y", 0],
    ["YW", 0],
    ["YWJ", 0],
    ["YWJjZ", 4],
    ["YWJjZA", 4],
    ["YWJj\nZA", 5],
    ["=", 0],
    ["YWJj=", 4],
    ["Y=", 1],
    ["Y===", 1],
    ["YQ=", 3],
    ["YQ=\n", 4],
    ["YQ=x", 2],
    ["YQ=\nx", 3],
    ["YQ==x", 4],
    ["YQ===", 4],
    ["YQ==\nYQ==", 5],
    ["YWI=x", 4],
    ["YWI==", 4],
  ])("%j is refused where Go refuses it", (encoded, offset) => {
    expect(() => base64ToBytes(encoded)).toThrow(
      `illegal base64 data at input byte ${offset}`,
    );
  });
});

test("bytes are equal by content", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(bytesEqual(bytes, bytes)).toBe(true);
  expect(bytesEqual(bytes, Uint8Array.of(1, 2, 3))).toBe(true);
  expect(bytesEqual(bytes, Uint8Array.of(1, 2, 4))).toBe(false);
  expect(bytesEqual(bytes, Uint8Array.of(1, 2))).toBe(false);
});

test("a digest is the SHA-256 of the text's UTF-8", () => {
  expect(sha256Hex("")).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  const ofHost = createHash("sha256").update("grün 🚀").digest("hex");
  expect(sha256Hex("grün 🚀")).toBe(ofHost);
});
