import { describe, expect, test } from "vitest";
import type {
  TokenError,
  TokenReply,
} from "../../../../src/cluster-sim/ports.ts";
import type { MountRequest } from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";
import {
  TENANT,
  aRequest,
  aWorkloadRequest,
  aWorld,
  errorOf,
  mountNow,
} from "./support.ts";

const LINE = "-".repeat(80);
const PREFIX =
  "failed to get objectType:secret, objectName:secret1, objectVersion:: ";
const TOKEN_URL = `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;
const IMDS = "http://169.254.169.254/metadata/identity/oauth2/token";
const NOT_FOUND =
  '{"error":"invalid_request","error_description":"Identity not found"}';
const INVALID = '{"error":"invalid_client","error_codes":[700213]}';

const failed = (error: Partial<TokenError>): TokenReply => ({
  ok: false,
  message: "",
  error: { status: 401, body: INVALID, everywhere: false, ...error },
});

const asServicePrincipal = (): MountRequest =>
  aRequest(
    { useVMManagedIdentity: undefined },
    { nodePublishSecrets: { clientid: "app-1", clientsecret: "s" } },
  );
const asVm = (id?: string): MountRequest =>
  aRequest({ userAssignedIdentityID: id });
const asPod = (): MountRequest =>
  aRequest({ useVMManagedIdentity: undefined, usePodIdentity: "true" });

function textOf(
  request: MountRequest,
  reply: TokenReply,
  version = "1.8.2",
): string {
  const world = aWorld({ version });
  world.tokens.reply = reply;
  return errorOf(world, request);
}

describe("a refused federated credential", () => {
  const body = [
    LINE,
    "{",
    '  "error": "invalid_client",',
    '  "error_codes": [',
    "    700213",
    "  ]",
    "}",
    LINE,
    "",
  ];

  test("is told as azidentity of provider 1.8 tells it: the answer alone", () => {
    expect(textOf(aWorkloadRequest(), failed({}))).toBe(
      [
        `${PREFIX}ClientAssertionCredential authentication failed. `,
        `POST ${TOKEN_URL}`,
        LINE,
        "RESPONSE 401: 401 Unauthorized",
        ...body,
      ].join("\n"),
    );
  });

  test("has MSAL's words before it in provider 1.7", () => {
    expect(textOf(aWorkloadRequest(), failed({}), "1.7.2")).toBe(
      [
        `${PREFIX}ClientAssertionCredential authentication failed. FromAssertion(): http call(${TOKEN_URL})(POST) error: reply status code was 401:`,
        INVALID,
        `POST ${TOKEN_URL}`,
        LINE,
        "RESPONSE 401 Unauthorized",
        ...body,
      ].join("\n"),
    );
  });

  test("has no words of its own in provider 1.5.2", () => {
    expect(textOf(aWorkloadRequest(), failed({}), "1.5.2")).toBe(
      [
        `${PREFIX}ClientAssertionCredential authentication failed`,
        `POST ${TOKEN_URL}`,
        LINE,
        "RESPONSE 401 Unauthorized",
        ...body,
      ].join("\n"),
    );
  });

  test("fails to make the client in provider 1.4", () => {
    expect(textOf(aWorkloadRequest(), failed({}), "1.4.1")).toBe(
      `failed to get keyvault client: failed to get authorizer for keyvault client: failed to acquire token: FromAssertion(): http call(${TOKEN_URL})(POST) error: reply status code was 401:\n${INVALID}`,
    );
  });
});

describe("a refused client secret", () => {
  test("points to its own page", () => {
    const text = textOf(asServicePrincipal(), failed({}));
    expect(text).toContain("ClientSecretCredential authentication failed. \n");
    expect(text).toMatch(
      /\nTo troubleshoot, visit https:\/\/aka.ms\/azsdk\/go\/identity\/troubleshoot#client-secret$/,
    );
  });

  test("is adal's error of the vault request in provider 1.4", () => {
    expect(textOf(asServicePrincipal(), failed({}), "1.4.1")).toBe(
      `${PREFIX}azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to https://kv1.vault.azure.net/secrets/secret1/?api-version=2016-10-01: StatusCode=401 -- Original Error: adal: Refresh request failed. Status Code = '401'. Response body: ${INVALID} Endpoint https://login.microsoftonline.com/${TENANT}/oauth2/token?api-version=1.0`,
    );
  });
});

describe("an identity that the node does not have", () => {
  const missing = failed({ status: 400, body: NOT_FOUND });
  const answer = (status: string) => [
    `GET ${IMDS}`,
    LINE,
    `RESPONSE ${status}`,
    LINE,
    "{",
    '  "error": "invalid_request",',
    '  "error_description": "Identity not found"',
    "}",
    LINE,
    "To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#managed-id",
  ];
  const first =
    "ManagedIdentityCredential authentication failed. the requested identity isn't assigned to this resource";

  test("is told with the metadata service's answer", () => {
    expect(textOf(asVm("id-1"), missing)).toBe(
      [PREFIX + first, ...answer("400: 400 Bad Request")].join("\n"),
    );
  });

  test("is told twice in provider 1.7, for a system-assigned one, too", () => {
    const told = [
      `${PREFIX}ManagedIdentityCredential authentication failed. ${first}`,
      ...answer("400 Bad Request"),
      ...answer("400 Bad Request"),
    ].join("\n");
    expect(textOf(asVm("id-1"), missing, "1.7.2")).toBe(told);
    expect(textOf(asVm(), missing, "1.7.2")).toBe(told);
  });

  test("has words of its own when it is system-assigned", () => {
    expect(textOf(asVm(), missing)).toBe(
      `${PREFIX}ManagedIdentityCredential: failed to authenticate a system assigned identity. The endpoint responded with ${NOT_FOUND}`,
    );
  });

  test("is adal's error in provider 1.4", () => {
    expect(textOf(asVm("id-1"), missing, "1.4.1")).toBe(
      `${PREFIX}azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to https://kv1.vault.azure.net/secrets/secret1/?api-version=2016-10-01: StatusCode=400 -- Original Error: adal: Refresh request failed. Status Code = '400'. Response body: ${NOT_FOUND} Endpoint ${IMDS}?api-version=2018-02-01&client_id=id-1&resource=https%3A%2F%2Fvault.azure.net`,
    );
  });
});

test.each([
  ["1.8.2", PREFIX],
  [
    "1.4.1",
    "failed to get keyvault client: failed to get authorizer for keyvault client: ",
  ],
])("pod identity's answer is passed on in provider %s", (version, prefix) => {
  const reply = failed({ status: 404, body: "no identity\n" });
  expect(textOf(asPod(), reply, version)).toBe(
    `${prefix}nmi response failed with status code: 404, response body: no identity\n`,
  );
});

test("identity binding fails with its client where the cluster has no token proxy", () => {
  const world = aWorld({ tokenProxy: false });
  const request = aRequest(
    {
      useVMManagedIdentity: undefined,
      useAzureTokenProxy: "true",
      clientID: "app-1",
    },
    { serviceAccountTokens: ["api://AKSIdentityBinding"] },
  );
  expect(errorOf(world, request)).toBe(
    "failed to get keyvault client: proxy transport not available: compute SNI name: extract cluster ID from API server certificate: cluster ID SAN not found in API server certificate (use --sni-name flag to provide SNI name explicitly)",
  );
  expect(world.vault.requests).toEqual([]);
  world.tokens.tokenProxy = true;
  expect(mountNow(world, request).reply.ok).toBe(false);
  world.provider.stop();
  world.provider.start();
  expect(mountNow(world, request).reply.ok).toBe(true);
});
