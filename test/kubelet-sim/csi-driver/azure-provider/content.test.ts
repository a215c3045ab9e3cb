import { describe, expect, test } from "vitest";
import { utf8ToBytes } from "../../../../src/kernel/bytes.ts";
import {
  aBundle,
  aRequest,
  aVaultWith,
  aWorld,
  anObjectsText,
  errorOf,
  mountNow,
} from "./support.ts";

function mountEncoded(value: string, encoding: string) {
  const world = aWorld({ answer: aVaultWith({ secret1: value }) });
  const objects = anObjectsText(
    `objectName: secret1\nobjectType: secret\nobjectEncoding: ${encoding}`,
  );
  return { world, request: aRequest({ objects }) };
}

function fileOf(value: string, encoding: string) {
  const { world, request } = mountEncoded(value, encoding);
  const { reply } = mountNow(world, request);
  if (!reply.ok) throw new Error(reply.message);
  return { world, file: reply.files[0]! };
}

test.each([
  ["", "grüß", "as-is", utf8ToBytes("grüß")],
  ["utf-8", "grüß", "as-is", utf8ToBytes("grüß")],
  ["UTF-8", "68 65", "as-is", utf8ToBytes("68 65")],
  ["base64", "AP8=", "base64", Uint8Array.of(0, 255)],
  ["BASE64", "AP\r\n8=\n", "base64", Uint8Array.of(0, 255)],
  ["hex", "00fF", "hex", Uint8Array.of(0, 255)],
  ["Hex", "", "hex", new Uint8Array()],
])("encoding %j reads %j in the form %s", (encoding, value, form, bytes) => {
  const { world, file } = fileOf(value, encoding);
  expect(file.bytes).toEqual(bytes);
  expect(file.content).toEqual({ ...aBundle("secret1", value).content, form });
  expect(world.values.get(file.content)).toEqual(bytes);
});

test.each([
  ["base64", "YWJjZA", "illegal base64 data at input byte 4"],
  ["base64", "YWJjZA=", "illegal base64 data at input byte 7"],
  ["base64", "YWJjZA==x", "illegal base64 data at input byte 8"],
  ["base64", "YW Jj", "illegal base64 data at input byte 2"],
  ["base64", "a=bc", "illegal base64 data at input byte 1"],
  ["base64", "ab=c", "illegal base64 data at input byte 2"],
  ["base64", "not base64!", "illegal base64 data at input byte 3"],
  ["hex", "6g", "encoding/hex: invalid byte: U+0067 'g'"],
  ["hex", "666", "encoding/hex: odd length hex string"],
  ["hex", "66z", "encoding/hex: invalid byte: U+007A 'z'"],
  ["hex", "66\n", "encoding/hex: invalid byte: U+000A"],
  ["hex", "é", "encoding/hex: invalid byte: U+00C3 'Ã'"],
])("%s of %j fails with Go's own text, bare", (encoding, value, text) => {
  const { world, request } = mountEncoded(value, encoding);
  expect(errorOf(world, request)).toBe(text);
});

describe("the value book", () => {
  test("gives the bytes it holds, shared from mount to mount", () => {
    const { world, request } = mountEncoded("AP8=", "base64");
    const first = mountNow(world, request).reply;
    const second = mountNow(world, request).reply;
    if (!first.ok || !second.ok) throw new Error("Failed to mount");
    expect(second.files[0]!.bytes).toBe(first.files[0]!.bytes);
  });

  test("keeps the value and what was decoded from it apart", () => {
    const { world, file } = fileOf("4142", "hex");
    world.values.put({ ...file.content, form: "as-is" }, utf8ToBytes("4142"));
    expect(world.values.get(file.content)).toEqual(utf8ToBytes("AB"));
  });
});
