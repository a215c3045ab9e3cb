import { describe, expect, test } from "vitest";
import type { AccessPolicy } from "../../src/keyvault-mock/index.ts";
import {
  APPID,
  CALLER,
  OID,
  aRequest,
  aToken,
  aWorld,
  errorOf,
  inShort,
} from "./support.ts";
import type { World } from "./support.ts";

function guarded(...policies: AccessPolicy[]): World {
  const world = aWorld({ access: { mode: "accessPolicy", policies } });
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  return world;
}

function secrets(...names: string[]) {
  return { permissions: { secrets: names } };
}

const DENIED = (permission: string, caller = CALLER) =>
  `The user, group or application '${caller}' does not have secrets ${permission} permission on key vault 'kvdemo;location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`;

test("an open vault lets every valid token in", () => {
  const world = aWorld();
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  expect(world.reply().ok).toBe(true);
});

describe("a vault with access policies", () => {
  test("refuses a caller without a policy, in the real service's words", () => {
    const error = errorOf(guarded().reply());
    expect(inShort(error)).toBe("403 Forbidden AccessDenied");
    expect(error.message).toBe(DENIED("get"));
  });

  test.each([
    ["objectId", { objectId: OID }],
    ["objectId in capitals", { objectId: OID.toUpperCase() }],
    ["spn", { spn: APPID }],
    ["spn in capitals", { spn: APPID.toUpperCase() }],
  ])("lets in whom a policy names by %s", (_, who) => {
    const world = guarded({ ...who, ...secrets("GET", "list") });
    expect(world.reply().ok).toBe(true);
    expect(world.reply({ operation: "SecretListVersions" }).ok).toBe(true);
  });

  test("does not take an object id for a client id", () => {
    const world = guarded(
      { spn: OID, ...secrets("get") },
      { objectId: APPID, ...secrets("get") },
    );
    expect(errorOf(world.reply()).innerCode).toBe("AccessDenied");
  });

  test("unites the permissions of several policies and looks at each permission by itself", () => {
    const world = guarded(
      { objectId: OID, ...secrets("list") },
      { spn: APPID, ...secrets("get") },
      {
        objectId: OID,
        permissions: { keys: ["get", "unwrapKEY"], certificates: ["purge"] },
      },
    );
    expect(world.reply().ok).toBe(true);
    const onlyList = guarded({ objectId: OID, ...secrets("list") });
    expect(errorOf(onlyList.reply()).message).toBe(DENIED("get"));
    expect(onlyList.reply({ operation: "SecretListVersions" }).ok).toBe(true);
  });

  test("names each permission that was missing", () => {
    const world = guarded();
    const client = aRequest();
    const { secrets: requests } = world.vaults;
    const refusals = world.run(() =>
      [
        requests.set("kvdemo", { name: "n", value: "v" }, client),
        requests.update("kvdemo", { name: "n", version: null }, client),
        requests.list("kvdemo", {}, client),
        requests.listVersions("kvdemo", "n", {}, client),
        requests.delete("kvdemo", "n", client),
        requests.getDeleted("kvdemo", "n", client),
        requests.listDeleted("kvdemo", {}, client),
        requests.recover("kvdemo", "n", client),
      ].map((outcome) => errorOf(outcome).message),
    );
    expect(refusals).toEqual(
      ["set", "set", "list", "list", "delete", "get", "list", "recover"].map(
        (permission) => DENIED(permission),
      ),
    );
  });

  test("refuses a purge in its older words", () => {
    const world = guarded({ objectId: OID, ...secrets("all") });
    const error = errorOf(
      world.run((v) => v.secrets.purge("kvdemo", "secret1", aRequest())),
    );
    expect(error.message).toBe(
      `Operation is not allowed.\r\nOperation: "purge"\r\nCaller: ${CALLER}\r\nVault: kvdemo;location=westeurope`,
    );
    expect(inShort(error)).toBe("403 Forbidden AccessDenied");
  });

  test("grants everything but purge by all, and purge by its name", () => {
    const world = guarded({ objectId: OID, ...secrets("all") });
    expect(world.reply().ok).toBe(true);
    world.run((v) =>
      v.setAccess("kvdemo", {
        mode: "accessPolicy",
        policies: [{ objectId: OID, ...secrets("Purge") }],
      }),
    );
    const purge = world.run((v) =>
      v.secrets.purge("kvdemo", "nothing", aRequest()),
    );
    expect(errorOf(purge).code).toBe("SecretNotFound");
  });

  test("tells the number of groups where the token tells groups", () => {
    const world = guarded();
    const token = aToken({ groups: ["g1", "g2"] });
    expect(errorOf(world.reply({ token })).message).toBe(
      DENIED(
        "get",
        `appid=${APPID};oid=${OID};numgroups=2;iss=https://sts.windows.net/${token.tid}/`,
      ),
    );
  });

  test("refuses before it looks whether the secret exists, is enabled, or has a legal name", () => {
    const world = guarded();
    world.run((v) => v.updateSecret("kvdemo", "secret1", { enabled: false }));
    for (const name of ["secret1", "nothing", "not_a_name"])
      expect(errorOf(world.reply({ name })).innerCode).toBe("AccessDenied");
  });

  test("lets the operator pass without a policy", () => {
    const world = guarded();
    const done = world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "again" }),
    );
    expect(done.ok).toBe(true);
  });
});

test("changed access holds for the next request, both ways", () => {
  const world = guarded();
  const allow = { objectId: OID, ...secrets("get") };
  world.run((v) =>
    v.setAccess("kvdemo", { mode: "accessPolicy", policies: [allow] }),
  );
  expect(world.reply().ok).toBe(true);
  world.run((v) =>
    v.setAccess("kvdemo", { mode: "accessPolicy", policies: [] }),
  );
  expect(errorOf(world.reply()).innerCode).toBe("AccessDenied");
  world.run((v) => v.setAccess("kvdemo", { mode: "open" }));
  expect(world.reply().ok).toBe(true);
  expect(
    world
      .factsOf("vault.access.changed")
      .map(({ about, data }) => [about, data]),
  ).toEqual(
    [
      ["accessPolicy", 0],
      ["accessPolicy", 1],
      ["accessPolicy", 0],
      ["open", 0],
    ].map(([mode, policies]) => [
      "kvdemo",
      { vault: "kvdemo", mode, policies },
    ]),
  );
});

test.each([
  [
    "an unknown permission",
    [{ objectId: OID, ...secrets("read") }],
    'Failed to set the access of vault kvdemo: "read" is no permission on secrets; there are all, get, list, set, delete, recover, backup, restore, purge',
  ],
  [
    "a policy for nobody",
    [secrets("get")],
    "Failed to set the access of vault kvdemo: an access policy needs an objectId or an spn to say for whom it is",
  ],
  [
    "1,025 policies",
    Array.from({ length: 1025 }, () => ({ objectId: OID, ...secrets("get") })),
    "Failed to set the access of vault kvdemo: a vault takes at most 1024 access policies, these are 1025",
  ],
])(
  "%s is a mistake of who asks, and changes nothing",
  (_, policies, message) => {
    const world = aWorld();
    world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
    const before = world.audit().length;
    expect(() =>
      world.run((v) =>
        v.setAccess("kvdemo", { mode: "accessPolicy", policies }),
      ),
    ).toThrow(message);
    expect(world.audit()).toHaveLength(before);
    expect(world.reply().ok).toBe(true);
  },
);

test("1,024 policies are accepted", () => {
  const policies = Array.from({ length: 1024 }, (_, i) => ({
    objectId: i === 1023 ? OID : `other-${i}`,
    ...secrets("get"),
  }));
  expect(guarded(...policies).reply().ok).toBe(true);
});
