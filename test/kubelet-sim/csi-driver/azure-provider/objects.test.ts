import { describe, expect, test } from "vitest";
import {
  aRequest,
  aVaultWith,
  aWorld,
  anObjectsText,
  errorOf,
  filesOf,
  mountNow,
} from "./support.ts";

const mountText = (objects: string) =>
  mountNow(aWorld(), aRequest({ objects }));
const errorText = (objects: string) => errorOf(aWorld(), aRequest({ objects }));
const ofSecret = (rest: string) =>
  anObjectsText(`objectName: secret1\n${rest}`);

describe("the array", () => {
  test.each([
    ["an empty array", "array: []"],
    ["a null array", "array:"],
    ["only a comment", "# nothing yet"],
    ["another key", "Array:\n  - x"],
    ["null items", "array:\n  -\n  - ~"],
  ])("%s mounts nothing, without an error", (_, objects) => {
    expect(mountText(objects).reply).toEqual({
      ok: true,
      objectVersions: [],
      files: [],
    });
  });

  const TYPE_ERRORS =
    "failed to yaml unmarshal objects, error: yaml: unmarshal errors:\n  ";

  test.each([
    [
      "an item that is a mapping",
      "array:\n  - objectName: secret1\n    objectType: secret",
      `${TYPE_ERRORS}line 2: cannot unmarshal !!map into string`,
    ],
    [
      "two such items",
      "array:\n  - {a: 1}\n  - [b]",
      `${TYPE_ERRORS}line 2: cannot unmarshal !!map into string\n  line 3: cannot unmarshal !!seq into string`,
    ],
    [
      "a text",
      "secret1 and secret2",
      `${TYPE_ERRORS}line 1: cannot unmarshal !!str \`secret1...\` into types.StringArray`,
    ],
    [
      "a list",
      "- secret1",
      `${TYPE_ERRORS}line 1: cannot unmarshal !!seq into types.StringArray`,
    ],
    [
      "a text as array",
      "array: secret1",
      `${TYPE_ERRORS}line 1: cannot unmarshal !!str \`secret1\` into []string`,
    ],
    [
      "the key twice",
      "array: [a]\narray: [b]",
      `${TYPE_ERRORS}line 2: mapping key "array" already defined at line 1`,
    ],
    [
      "an unknown anchor",
      "array: *all",
      "failed to yaml unmarshal objects, error: yaml: unknown anchor 'all' referenced",
    ],
    [
      "a tab as indentation",
      "array:\n\t- x",
      "failed to yaml unmarshal objects, error: yaml: line 2: found character that cannot start any token",
    ],
    [
      "an unclosed quote",
      'array: ["x',
      "failed to yaml unmarshal objects, error: yaml: found unexpected end of stream",
    ],
    [
      "a list that is not closed",
      "array: [x",
      "failed to yaml unmarshal objects, error: yaml: line 1: did not find expected ',' or ']'",
    ],
  ])("%s fails", (_, objects, text) => {
    expect(errorText(objects)).toBe(text);
  });
});

describe("an object", () => {
  const AT_1 = "unmarshal failed for keyVaultObjects at index 1, error: ";
  const SECOND = (text: string) =>
    anObjectsText("objectName: secret1\nobjectType: secret", text);

  test.each([
    [
      "text",
      `${AT_1}yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str \`text\` into types.KeyVaultObject`,
    ],
    [
      "objectName: {a: 1}",
      `${AT_1}yaml: unmarshal errors:\n  line 1: cannot unmarshal !!map into string`,
    ],
    [
      'objectName: a\nobjectVersionHistory: "5"',
      `${AT_1}yaml: unmarshal errors:\n  line 2: cannot unmarshal !!str \`5\` into int32`,
    ],
    [
      "objectVersionHistory: true",
      `${AT_1}yaml: unmarshal errors:\n  line 1: cannot unmarshal !!bool \`true\` into int32`,
    ],
    [
      "objectVersionHistory: 2147483648",
      `${AT_1}yaml: unmarshal errors:\n  line 1: cannot unmarshal !!int \`2147483648\` into int32`,
    ],
    [
      "objectVersionHistory: 2024-01-01",
      `${AT_1}yaml: unmarshal errors:\n  line 1: cannot unmarshal !!timestamp \`2024-01-01\` into int32`,
    ],
    [
      "<<: [5]",
      `${AT_1}yaml: map merge requires map or sequence of maps as the value`,
    ],
    [
      "objectVersionHistory: !!int five",
      `${AT_1}yaml: cannot decode !!str \`five\` as a !!int`,
    ],
    [
      "objectName: a: b",
      `${AT_1}yaml: mapping values are not allowed in this context`,
    ],
  ])("that reads %j fails", (text, message) => {
    expect(errorText(SECOND(text))).toBe(message);
  });

  test.each([
    [
      "objectType: secret\nobjectFormat: der",
      "invalid objectFormat: der, should be PEM or PFX",
    ],
    [
      "objectType: key\nobjectFormat: pfx",
      "PFX format only supported for objectType: secret",
    ],
    [
      "objectType: key\nobjectEncoding: hex",
      "objectEncoding only supported for objectType: secret",
    ],
    [
      "objectType: secret\nobjectEncoding: utf-16",
      "invalid objectEncoding: utf-16, should be hex, base64 or utf-8",
    ],
    [
      "objectType: secret\nobjectAlias: /etc/passwd",
      "file name must be a relative path",
    ],
    [
      "objectType: secret\nobjectAlias: a/../b",
      "file name must not contain '..'",
    ],
    [
      "objectType: secret\nobjectAlias: a..b",
      "file name must not contain '..'",
    ],
    [
      "objectType: key\nobjectFormat: der\nobjectEncoding: x\nobjectAlias: /a",
      "invalid objectFormat: der, should be PEM or PFX",
    ],
    [
      "objectType: key\nobjectEncoding: x\nobjectAlias: /a",
      "objectEncoding only supported for objectType: secret",
    ],
  ])("that says %j is refused: %s", (rest, problem) => {
    const type = /objectType: (\w+)/.exec(rest)![1]!;
    const prefix = `failed to get objectType:${type}, objectName:secret1, objectVersion:: `;
    expect(errorText(ofSecret(rest))).toBe(prefix + problem);
  });

  test("without a name has no file name", () => {
    expect(
      errorText(anObjectsText("objectType: secret\nobjectVersion: v1")),
    ).toBe(
      "failed to get objectType:secret, objectName:, objectVersion:v1: file name must not be empty",
    );
  });

  test("is checked before the next one is read, and before the vault's name", () => {
    const objects = anObjectsText("objectType: secret", "not: [an object");
    expect(
      errorOf(aWorld(), aRequest({ objects, keyvaultName: "x" })),
    ).toContain("file name must not be empty");
  });

  test.each(["PEM", "pem", "PFX", "pfx"])(
    "may have the format %s when it is a secret",
    (format) => {
      const objects = ofSecret(`objectType: secret\nobjectFormat: ${format}`);
      expect(filesOf(mountText(objects).reply)).toEqual({
        secret1: "hunter2 644",
      });
    },
  );
});

describe("an object's type", () => {
  test.each(["Secret", "certificate", ""])(
    "%j is found out only when its turn comes",
    (type) => {
      const world = aWorld();
      const objects = anObjectsText(
        "objectName: secret1\nobjectType: secret",
        `objectName: other\nobjectType: "${type}"`,
      );
      expect(errorOf(world, aRequest({ objects }))).toBe(
        `failed to get objectType:${type}, objectName:other, objectVersion:: Invalid vaultObjectTypes. Should be secret, key, or cert`,
      );
      expect(world.vault.log).toEqual([
        "SecretGet secret1 without token",
        "SecretGet secret1",
      ]);
    },
  );

  test("a secret without objectName is refused by the SDK", () => {
    const objects = anObjectsText("objectAlias: a\nobjectType: secret");
    expect(errorText(objects)).toBe(
      "failed to get objectType:secret, objectName:, objectVersion:: parameter name cannot be empty",
    );
  });
});

describe("files", () => {
  test.each([
    ["", "644"],
    ["filePermission: 0400", "400"],
    ['filePermission: "0600"', "600"],
    ["filePermission: 777", "777"],
    ["filePermission: rw", "0"],
    ["filePermission: 0o400", "0"],
    ["filePermission: 888", "0"],
    ["filePermission: 20000000000", "0"],
    ["filePermission: -1", "777"],
  ])("%j gives mode %s", (line, mode) => {
    const { reply } = mountText(ofSecret(`objectType: secret\n${line}`));
    expect(filesOf(reply)).toEqual({ secret1: `hunter2 ${mode}` });
  });

  test("are named by the alias, which may lie in folders; values are trimmed and numbers are text", () => {
    const world = aWorld({ answer: aVaultWith({ "123": "one" }) });
    const objects = anObjectsText(
      'objectName: 123\nobjectType: " secret "\nobjectAlias: "db/password "\nunknown: {a: 1}',
    );
    const { reply } = mountNow(world, aRequest({ objects }));
    expect(filesOf(reply)).toEqual({ "db/password": "one 644" });
    expect(reply).toMatchObject({ objectVersions: [{ id: "secret/123" }] });
  });

  test("of one name: the later object wins; two objects of one secret share one id", () => {
    const world = aWorld({ answer: aVaultWith({ a: "one", b: "two" }) });
    const objects = anObjectsText(
      "objectName: a\nobjectType: secret\nobjectAlias: x",
      "objectName: b\nobjectType: secret\nobjectAlias: x",
      "objectName: b\nobjectType: secret",
    );
    const { reply } = mountNow(world, aRequest({ objects }));
    expect(filesOf(reply)).toEqual({ x: "two 644", b: "two 644" });
    expect(reply).toMatchObject({
      objectVersions: [{ id: "secret/a" }, { id: "secret/b" }],
    });
  });
});
