import { expect, test } from "vitest";
import type { VaultError } from "../../../../src/cluster-sim/ports.ts";
import {
  aRequest,
  aWorld,
  anObjectsText,
  challenge,
  errorOf,
  refusal,
} from "./support.ts";

const LINE = "-".repeat(80);
const PREFIX =
  "failed to get objectType:secret, objectName:secret1, objectVersion:: ";

function textOf(error: VaultError, version = "1.8.2", request = aRequest()) {
  const world = aWorld({
    version,
    answer: ({ token }) => (token === null ? challenge() : refusal(error)),
  });
  return errorOf(world, request);
}

test("a 404 is told as the Go SDK tells it, with the indented body between lines of dashes", () => {
  const text = textOf({
    status: 404,
    code: "SecretNotFound",
    message: 'A secret with (name/id) secret1 was "not found".',
  });
  expect(text).toBe(
    [
      `${PREFIX}GET https://kv1.vault.azure.net/secrets/secret1/`,
      LINE,
      "RESPONSE 404: 404 Not Found",
      "ERROR CODE: SecretNotFound",
      LINE,
      "{",
      '  "error": {',
      '    "code": "SecretNotFound",',
      '    "message": "A secret with (name/id) secret1 was \\"not found\\"."',
      "  }",
      "}",
      LINE,
      "",
    ].join("\n"),
  );
});

test("a 403 has its inner error, and a pinned version stands in the path and the prefix", () => {
  const objects = anObjectsText(
    "objectName: secret1\nobjectType: secret\nobjectVersion: abc",
  );
  const error = {
    status: 403,
    code: "Forbidden",
    message: "Operation get is not allowed on a disabled secret.",
    innerCode: "SecretDisabled",
  };
  expect(textOf(error, "1.5.0", aRequest({ objects }))).toBe(
    [
      "failed to get objectType:secret, objectName:secret1, objectVersion:abc: GET https://kv1.vault.azure.net/secrets/secret1/abc",
      LINE,
      "RESPONSE 403: 403 Forbidden",
      "ERROR CODE: Forbidden",
      LINE,
      "{",
      '  "error": {',
      '    "code": "Forbidden",',
      '    "message": "Operation get is not allowed on a disabled secret.",',
      '    "innererror": {',
      '      "code": "SecretDisabled"',
      "    }",
      "  }",
      "}",
      LINE,
      "",
    ].join("\n"),
  );
});

test("an error without a code says so", () => {
  const error = { status: 418, code: "", message: "teapot" };
  expect(textOf(error)).toContain(
    `RESPONSE 418: 418\nERROR CODE UNAVAILABLE\n${LINE}\n`,
  );
});

test.each([
  [
    {
      status: 404,
      code: "SecretNotFound",
      message: 'not "here"\r\nat all',
    },
    'Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code="SecretNotFound" Message="not \\"here\\"\\r\\nat all"',
  ],
  [
    {
      status: 403,
      code: "Forbidden",
      message: "no",
      innerCode: "AccessDenied",
    },
    'Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: Service returned an error. Status=403 Code="Forbidden" Message="no" InnerError={"code":"AccessDenied"}',
  ],
  [
    { status: 0, code: "ConnectionReset", message: "EOF" },
    'Failure sending request: StatusCode=0 -- Original Error: Get "https://kv1.vault.azure.net/secrets/secret1/?api-version=2016-10-01": EOF',
  ],
])("provider 1.4.1 tells %j in autorest's words", (error, text) => {
  expect(textOf(error, "1.4.1")).toBe(
    `${PREFIX}keyvault.BaseClient#GetSecret: ${text}`,
  );
});
