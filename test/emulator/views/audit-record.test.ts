import { expect, test } from "vitest";

import { auditRecords } from "../../../src/emulator/views/audit-record.ts";
import type { AuditConfig } from "../../../src/emulator/views/audit-record.ts";
import { CONFIG, START, UNAUTHENTICATED, aRequest } from "./audit-support.ts";

const IDS = () => ({
  correlationId: "0f4c0000-0000-4000-8000-000000000000",
  durationMs: 18,
});

function recordsOf(
  fact: ReturnType<typeof aRequest>,
  mode?: string,
  config: AuditConfig = CONFIG,
) {
  return [...auditRecords(fact, config, IDS, mode)];
}

test("a record has the members of the reference's example, in its order and spelling", () => {
  const fact = aRequest(
    {
      vault: "kv-demo",
      name: "db-password",
      uri: "/secrets/db-password/?api-version=7.4",
    },
    { t: Date.UTC(2026, 0, 5, 9, 12, 13, 123) },
  );
  expect(
    recordsOf(fact, "rbac").map((record) => JSON.stringify(record)),
  ).toEqual([
    '{"time":"2026-01-05T09:12:13.1230000Z","category":"AuditEvent","operationName":"SecretGet","resultType":"Success",' +
      '"resultSignature":"OK","operationVersion":"7.4","durationMs":"18","callerIpAddress":"20.61.10.5",' +
      '"correlationId":"0f4c0000-0000-4000-8000-000000000000",' +
      '"resourceId":"/SUBSCRIPTIONS/00000000-0000-4000-8000-000000000001/RESOURCEGROUPS/RG-DEMO/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV-DEMO",' +
      '"identity":{"claim":{"oid":"11111111-0000-4000-8000-000000000001","appid":"22222222-0000-4000-8000-000000000001","appidacr":"2","idtyp":"app"}},' +
      '"properties":{"id":"https://kv-demo.vault.azure.net/secrets/db-password","clientInfo":"azsdk-go-azsecrets/v0.13.0 (go1.24; linux)",' +
      '"requestUri":"https://kv-demo.vault.azure.net/secrets/db-password/?api-version=7.4","httpStatusCode":200,' +
      '"isRbacAuthorized":true,"isAddressAuthorized":true,"tlsVersion":"TLS1_3"}}',
  ]);
});

test("the challenge of a new client is an Authentication record with 401, without identity or authorization", () => {
  const [record] = recordsOf(aRequest(UNAUTHENTICATED), "accessPolicy");
  expect(record).toMatchObject({
    operationName: "Authentication",
    resultType: "Success",
    resultSignature: "Unauthorized",
    resultDescription: "AKV10000: Request is missing a Bearer or PoP token.",
  });
  expect(record).not.toHaveProperty("identity");
  expect(record!.properties).toMatchObject({ httpStatusCode: 401 });
  expect(record!.properties).not.toHaveProperty("isAccessPolicyMatch");
});

test.each([
  [200, "OK"],
  [202, "Accepted"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [409, "Conflict"],
  [429, "Too Many Requests"],
])("status %i is signed %s and still a Success", (status, signature) => {
  const [record] = recordsOf(aRequest({ status }));
  expect(record!.resultSignature).toBe(signature);
  expect(record!.resultType).toBe("Success");
});

test("only vaults with access policies say whether one matched", () => {
  const refused = { status: 403, code: "Forbidden", innerCode: "AccessDenied" };
  const policy = (mode: string, changes = {}) =>
    recordsOf(aRequest(changes), mode)[0]!.properties["isAccessPolicyMatch"];
  expect(policy("accessPolicy")).toBe(true);
  expect(policy("accessPolicy", refused)).toBe(false);
  expect(
    policy("accessPolicy", { ...refused, innerCode: "SecretDisabled" }),
  ).toBe(true);
  expect(policy("open")).toBeUndefined();
});

const VERSION = "0c7751761b5a4ca09f3deec5fba4af83";

test.each([
  ["SecretGet", "/secrets/secret1/?api-version=7.4", "/secrets/secret1"],
  [
    "SecretGet",
    `/secrets/secret1/${VERSION}?api-version=7.4`,
    `/secrets/secret1/${VERSION}`,
  ],
  [
    "SecretGetDeleted",
    "/deletedsecrets/secret1?api-version=7.4",
    "/deletedsecrets/secret1",
  ],
  [
    "SecretRecover",
    "/deletedsecrets/secret1/recover?api-version=7.4",
    "/deletedsecrets/secret1",
  ],
  [
    "SecretListVersions",
    "/secrets/secret1/versions?api-version=7.4",
    undefined,
  ],
])("%s of %s names the object %s", (operation, uri, path) => {
  const [record] = recordsOf(aRequest({ operation, uri }));
  expect(record!.properties["id"]).toBe(
    path === undefined ? undefined : `https://kvdemo.vault.azure.net${path}`,
  );
});

test("a request about the vault itself goes to the resource manager and names the vault", () => {
  const uri = "/subscriptions/s/vaults/kvdemo?api-version=2023-07-01";
  const management = {
    operation: "VaultPatch",
    uri,
    collection: null,
    name: null,
  };
  const [record] = recordsOf(aRequest(management), "accessPolicy");
  expect(record!.properties).toMatchObject({
    id: "https://kvdemo.vault.azure.net/",
    requestUri: `https://management.azure.com${uri}`,
  });
});

test("a user's record has the upn among its claims", () => {
  const user = { idtyp: "user", appidacr: "0", upn: "me@example.com" };
  expect(recordsOf(aRequest(user))[0]!.identity!.claim).toMatchObject(user);
});

test("what only a simulation knows is left out unless asked for, and then kept apart", () => {
  const pure = recordsOf(aRequest())[0];
  expect(JSON.stringify(pure)).not.toContain("busybox");
  const told = recordsOf(aRequest(), "open", {
    ...CONFIG,
    simulation: true,
  })[0];
  expect(told).toEqual({
    ...pure,
    "x-sim": {
      pod: "default/busybox",
      node: "node-0",
      version: VERSION,
      ordinal: 1,
    },
  });
});

test("a run gives one record for each instance, each with ids of its own draw", () => {
  const draw = { name: "d", index: 7, stride: 2 };
  const run = { first: START, every: 120_000, count: 3, draw };
  const fact = aRequest({}, { t: START + 999_999, run });
  const ids = ({ name, index }: { name: string; index: number }) => ({
    correlationId: `${name}-${index}`,
    durationMs: index,
  });
  const records = [...auditRecords(fact, CONFIG, ids)];
  expect(records.map((r) => [r.time, r.correlationId, r.durationMs])).toEqual([
    ["2024-04-29T09:00:00.0000000Z", "d-7", "7"],
    ["2024-04-29T09:02:00.0000000Z", "d-9", "9"],
    ["2024-04-29T09:04:00.0000000Z", "d-11", "11"],
  ]);
});
