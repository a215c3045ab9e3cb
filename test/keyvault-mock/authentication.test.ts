import { expect, test } from "vitest";
import {
  START,
  TENANT,
  aCaller,
  aRequest,
  aToken,
  aWorld,
  errorOf,
} from "./support.ts";
import type { World } from "./support.ts";

const CHALLENGE = {
  authorization: `https://login.microsoftonline.com/${TENANT}`,
  resource: "https://vault.azure.net",
};

function aWorldWithSecret(): World {
  const world = aWorld();
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  return world;
}

test.each([
  ["no token", null, "AKV10000: Request is missing a Bearer or PoP token."],
  [
    "a token for somebody else",
    aToken({ aud: "https://management.azure.com" }),
    "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com.",
  ],
  [
    "a token of another issuer",
    aToken({ iss: "https://sts.windows.net/other/" }),
    `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${TENANT}/, found https://sts.windows.net/other/.`,
  ],
  [
    "a token whose tenant is not its issuer's",
    aToken({ tid: "other" }),
    `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${TENANT}/, found https://sts.windows.net/other/.`,
  ],
  [
    "an expired token",
    aToken({ exp: START / 1000 - 1 }),
    "[TokenExpired] Error validating token: 'S2S12086'.",
  ],
])("a request with %s gets a 401 with the challenge", (_, token, message) => {
  const error = errorOf(aWorldWithSecret().reply({ token }));
  expect(error).toEqual({
    status: 401,
    code: "Unauthorized",
    message,
    challenge: CHALLENGE,
  });
});

test("a token is good to the last millisecond before its expiry and no longer", () => {
  const world = aWorldWithSecret();
  const token = aToken({ exp: START / 1000 + 60 });
  world.sim.runUntil(START + 59_999);
  world.ask({ token });
  world.sim.runUntil(START + 60_000);
  world.ask({ token });
  world.sim.runUntil(START + 61_000);
  const [before, at] = world.answers;
  expect(before!.reply.ok).toBe(true);
  expect(errorOf(at!.reply).message).toContain("[TokenExpired]");
});

test("a token may name Key Vault by its application id", () => {
  const token = aToken({ aud: "cfa8b339-82a2-471a-a3c9-0fc0be7a4093" });
  expect(aWorldWithSecret().reply({ token }).ok).toBe(true);
});

test("the token is checked before the name, the permission and the existence of the secret", () => {
  const world = aWorld({ access: { mode: "accessPolicy", policies: [] } });
  const without = { token: null, name: "not a name" };
  expect(errorOf(world.reply(without)).status).toBe(401);
});

test("a 401 is logged once, as Authentication, without the caller's identity", () => {
  const world = aWorldWithSecret();
  const before = world.audit().length;
  world.reply({ token: null });
  world.reply({ token: aToken({ exp: 1 }) });
  const logged = world.audit().slice(before);
  expect(logged).toHaveLength(2);
  for (const { data } of logged)
    expect(data).toMatchObject({
      operation: "Authentication",
      status: 401,
      code: "Unauthorized",
      method: "GET",
      uri: "/secrets/secret1/?api-version=7.4",
      name: "secret1",
      version: null,
      pod: "default/busybox",
      ip: aCaller(null).ip,
      oid: null,
      appid: null,
      appidacr: null,
      idtyp: null,
      upn: null,
      tid: null,
    });
});

test("a vault belongs to the tenant that was configured when it was created", () => {
  const world = aWorld({
    config: { tenantId: "AAAAAAAA-0000-4000-8000-000000000002" },
  });
  world.configure({ tenantId: TENANT });
  expect(errorOf(world.reply()).challenge?.authorization).toBe(
    "https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-000000000002",
  );
  world.run((v) => v.createVault({ name: "second", access: { mode: "open" } }));
  world.run((v) => v.setSecret("second", "secret1", { value: "v" }));
  expect(world.reply(aRequest({ vault: "second" })).ok).toBe(true);
});
