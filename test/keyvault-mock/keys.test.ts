import { describe, expect, test } from "vitest";
import { bytesToUtf8 } from "../../src/kernel/bytes.ts";
import type { NewKey } from "../../src/keyvault-mock/index.ts";
import {
  CALLER,
  OID,
  START,
  aRequest,
  aWorld,
  errorOf,
  inShort,
  keyOf,
  resultOf,
  versionsOf,
} from "./support.ts";
import type { World } from "./support.ts";

const SECOND = START / 1000;
const ATTRIBUTES = {
  enabled: true,
  created: SECOND,
  updated: SECOND,
  recoveryLevel: "Recoverable+Purgeable",
  recoverableDays: 90,
};

function set(world: World, name = "key1", version: NewKey = {}) {
  return resultOf(world.run((v) => v.setKey("kvdemo", name, version))).key;
}

const get = { operation: "KeyGet", name: "key1" } as const;
const list = { operation: "KeyListVersions", name: "key1" } as const;

describe("a key", () => {
  test("is an RSA key of 2048 bits unless told otherwise, with its public part and all operations", () => {
    const world = aWorld();
    const { version } = set(world);
    const { content, ...bundle } = keyOf(world.reply(get));
    expect(version).toMatch(/^[0-9a-f]{32}$/);
    expect(bundle).toEqual({
      key: {
        kid: `https://kvdemo.vault.azure.net/keys/key1/${version}`,
        kty: "RSA",
        key_ops: [
          "encrypt",
          "decrypt",
          "sign",
          "verify",
          "wrapKey",
          "unwrapKey",
        ],
        n: expect.stringMatching(/^[\w-]{342}$/),
        e: "AQAB",
      },
      version,
      attributes: ATTRIBUTES,
    });
    const object = { object: "kvdemo/keys/key1", version, ordinal: 1 };
    expect(content).toMatchObject({ ...object, form: "as-is" });
    const jwk = bytesToUtf8(world.values.get(content)!);
    expect(JSON.parse(jwk)).toEqual(bundle.key);
  });

  test.each([
    [{ keyType: "RSA", keySize: 3072 }, "RSA", 512, null],
    [{ keyType: "RSA-HSM", keySize: 4096 }, "RSA-HSM", 683, null],
    [{ keyType: "EC" }, "EC", null, "P-256"],
    [{ keyType: "EC", curve: "P-384" }, "EC", null, "P-384"],
    [{ keyType: "EC-HSM", curve: "P-521" }, "EC-HSM", null, "P-521"],
  ] as const)("can be %j", (kind, kty, digits, crv) => {
    const { key } = set(aWorld(), "key1", kind);
    expect(key.kty).toBe(kty);
    expect(key.n?.length ?? null).toBe(digits);
    expect(key.crv ?? null).toBe(crv);
    const ec = ["sign", "verify"];
    const rsa = ["encrypt", "decrypt", ...ec, "wrapKey", "unwrapKey"];
    expect(key.key_ops).toEqual(crv === null ? rsa : ec);
  });

  test("has dates, tags and a state, none of which hinders a read", () => {
    const world = aWorld();
    const dates = { notBefore: START + 60_000, expires: START - 60_000 };
    set(world, "key1", { ...dates, enabled: false, tags: { app: "shop" } });
    expect(keyOf(world.reply(get))).toMatchObject({
      attributes: {
        ...ATTRIBUTES,
        enabled: false,
        nbf: SECOND + 60,
        exp: SECOND - 60,
      },
      tags: { app: "shop" },
    });
  });

  test("gets a new version with other numbers each time, and keeps the old ones", () => {
    const world = aWorld();
    const keys = Array.from({ length: 12 }, () => set(world));
    for (const [i, { key }] of keys.slice(1).entries())
      expect(key.n).not.toBe(keys[i]!.key.n);
    expect(new Set(keys.map(({ key }) => key.n)).size).toBe(4);
    expect(keyOf(world.reply(get)).version).toBe(keys[11]!.version);
    const old = keyOf(world.reply({ ...get, version: keys[3]!.version }));
    expect(old.key).toEqual(keys[3]!.key);
    expect(versionsOf(world.reply(list)).map((v) => v.version)).toEqual(
      keys.map(({ version }) => version).sort(),
    );
  });

  test("is the same in every run, whatever else a vault holds", () => {
    const alone = aWorld({ seed: 7 });
    const crowded = aWorld({ seed: 7 });
    set(crowded, "other");
    for (const kind of [{}, { keyType: "EC" }, {}] as const)
      expect(set(crowded, "key1", kind).key).toEqual(
        set(alone, "key1", kind).key,
      );
  });

  test("keeps the spelling of its first version", () => {
    const world = aWorld();
    set(world, "Key1");
    set(world, "KEY1");
    expect(keyOf(world.reply(get)).key.kid).toContain("/keys/Key1/");
    expect(versionsOf(world.reply(list))).toHaveLength(2);
  });
});

describe("what is refused", () => {
  test.each([
    [{ keyType: "RSA", curve: "P-256" }],
    [{ keyType: "EC", keySize: 2048 }],
    [{ keySize: 1024 }],
    [{ keyType: "EC", curve: "P-256K" }],
    [{ keyType: "oct" }],
    [{ tags: { app: "x".repeat(257) } }],
  ])("a key of %j", (version) => {
    const world = aWorld();
    const done = world.run((v) =>
      v.setKey("kvdemo", "key1", version as NewKey),
    );
    expect(inShort(errorOf(done))).toBe("400 BadParameter");
    expect(inShort(errorOf(world.reply(get)))).toBe("404 KeyNotFound");
  });

  test("an illegal name", () => {
    const done = aWorld().run((v) => v.setKey("kvdemo", "my_key"));
    expect(errorOf(done).message).toBe(
      "The request URI contains an invalid name: my_key",
    );
  });

  test("a key, or a version, that is not there", () => {
    const world = aWorld();
    set(world);
    const missing = errorOf(world.reply({ ...get, name: "nothing" }));
    expect(inShort(missing)).toBe("404 KeyNotFound");
    expect(missing.message).toMatch(
      /^A key with \(name\/id\) nothing was not found in this key vault\. /,
    );
    const version = errorOf(world.reply({ ...get, version: "f00" }));
    expect(version.message).toMatch(/\(name\/id\) key1\/f00 was not found/);
    const listed = world.reply({ ...list, name: "nothing" });
    expect(versionsOf(listed)).toEqual([]);
  });

  test("a caller without the permission on keys, whatever it may do with secrets", () => {
    const may = { secrets: ["all"], keys: ["list"], certificates: ["all"] };
    const policies = [{ objectId: OID, permissions: may }];
    const world = aWorld({ access: { mode: "accessPolicy", policies } });
    set(world);
    expect(versionsOf(world.reply(list))).toHaveLength(1);
    const error = errorOf(world.reply(get));
    expect(inShort(error)).toBe("403 Forbidden AccessDenied");
    expect(error.message).toBe(
      `The user, group or application '${CALLER}' does not have keys get permission on key vault 'kvdemo;location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
    );
    const create = world.run((v) =>
      v.keys.set("kvdemo", { name: "key2" }, aRequest()),
    );
    expect(errorOf(create).message).toContain("keys create permission");
  });
});

describe("the log and the trace", () => {
  test("tell each request with its line", () => {
    const world = aWorld();
    const { version } = set(world);
    world.reply(get);
    world.reply({ ...get, version });
    world.reply(list);
    const lines = world
      .audit()
      .slice(1)
      .map(({ data, instance }) => [
        `${data.operation} ${data.method} ${data.uri} ${data.status}`,
        instance.fact.about,
        data.ordinal,
      ]);
    const object = "kvdemo/keys/key1";
    expect(lines).toEqual([
      [
        "KeyCreate POST /keys/key1/create?api-version=7.4 200",
        `${object}|KeyCreate`,
        1,
      ],
      [
        "KeyGet GET /keys/key1/?api-version=7.4 200",
        `${object}|default/busybox|KeyGet`,
        1,
      ],
      [
        `KeyGet GET /keys/key1/${version}?api-version=7.4 200`,
        `${object}/${version}|default/busybox|KeyGet`,
        1,
      ],
      [
        "KeyListVersions GET /keys/key1/versions?api-version=7.4 200",
        `${object}|default/busybox|KeyListVersions`,
        null,
      ],
    ]);
  });

  test("tell of the new version, caused by its request; a read has it as its first cause", () => {
    const world = aWorld();
    const { version } = set(world, "key1", { keyType: "EC-HSM" });
    const request = world.audit().at(-1)!.instance;
    const [made] = world.factsOf("vault.key.set");
    expect(made).toMatchObject({
      at: "keyvault/kvdemo",
      about: "kvdemo/keys/key1",
      data: {
        vault: "kvdemo",
        name: "key1",
        version,
        ordinal: 1,
        enabled: true,
        keyKind: "EC-HSM P-256",
      },
      causes: [[request.fact.seq, 0]],
    });
    world.reply(get);
    expect(world.audit().at(-1)!.instance.causes).toEqual([made!.seq]);
  });
});
