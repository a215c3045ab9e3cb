import { describe, expect, test } from "vitest";
import { Draws } from "../../src/kernel/draw.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/kernel/time.ts";
import {
  correlationId,
  OPERATOR,
  serviceTimeMs,
} from "../../src/keyvault-mock/index.ts";
import {
  APPID,
  OID,
  START,
  TENANT,
  aCaller,
  aRequest,
  aToken,
  aWorld,
} from "./support.ts";
import type { World } from "./support.ts";

function aWorldWithSecret(): World {
  const world = aWorld();
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
  return world;
}

/** The pods ask every two minutes: first without a token, then with one. */
function poll(world: World, pods: readonly string[], polls: number): void {
  const first = world.sim.now + 1;
  for (let i = 0; i < polls; i++) {
    world.sim.runBefore(first + i * 2 * MINUTE_MS);
    for (const pod of pods) {
      world.ask({ caller: aCaller(pod), token: null });
      world.ask({ caller: aCaller(pod) });
    }
  }
}

describe("one record for each request", () => {
  test("a successful get tells everything about caller, request and version", () => {
    const world = aWorldWithSecret();
    world.reply();
    const [set] = world.sets();
    expect(world.audit().at(-1)!.data).toEqual({
      vault: "kvdemo",
      operation: "SecretGet",
      status: 200,
      code: null,
      innerCode: null,
      message: null,
      method: "GET",
      uri: "/secrets/secret1/?api-version=7.4",
      collection: "secrets",
      name: "secret1",
      version: set!.version,
      ordinal: 1,
      apiVersion: "7.4",
      pod: "default/busybox",
      node: "node-0",
      ip: "10.224.0.4",
      userAgent: "azsdk-go-azsecrets/v0.13.0 (go1.25.11; linux)",
      oid: OID,
      appid: APPID,
      appidacr: "2",
      idtyp: "app",
      upn: null,
      tid: TENANT,
    });
  });

  test("a refused get tells the error and no version", () => {
    const world = aWorldWithSecret();
    world.run((v) => v.updateSecret("kvdemo", "secret1", { enabled: false }));
    world.reply();
    expect(world.audit().at(-1)!.data).toMatchObject({
      operation: "SecretGet",
      status: 403,
      code: "Forbidden",
      innerCode: "SecretDisabled",
      message: "Operation get is not allowed on a disabled secret.",
      name: "secret1",
      version: null,
      ordinal: null,
      oid: OID,
    });
  });

  test("every operation is logged under its name, with its line and status", () => {
    const world = aWorld({ config: { deleteTimeMs: 0, recoverTimeMs: 0 } });
    const client = aRequest();
    const { secrets } = world.vaults;
    const run = (act: () => unknown) => world.run(act);
    run(() => secrets.set("kvdemo", { name: "s", value: "v" }, client));
    run(() => secrets.get("kvdemo", { name: "s", version: "f00" }, client));
    run(() => secrets.update("kvdemo", { name: "s", version: null }, client));
    run(() => secrets.list("kvdemo", {}, client));
    run(() => secrets.listVersions("kvdemo", "s", {}, client));
    run(() => secrets.delete("kvdemo", "s", client));
    run(() => secrets.getDeleted("kvdemo", "s", client));
    run(() => secrets.listDeleted("kvdemo", {}, client));
    run(() => secrets.recover("kvdemo", "s", client));
    run(() => secrets.delete("kvdemo", "s", client));
    run(() => secrets.purge("kvdemo", "s", client));
    run(() => secrets.purge("kvdemo", "s", client));
    const lines = world
      .audit()
      .slice(1)
      .map(({ data }) =>
        [data.operation, data.method, data.uri, data.status].join(" "),
      );
    expect(lines).toEqual([
      "SecretSet PUT /secrets/s?api-version=7.4 200",
      "SecretGet GET /secrets/s/f00?api-version=7.4 404",
      "SecretUpdate PATCH /secrets/s/?api-version=7.4 200",
      "SecretList GET /secrets?api-version=7.4 200",
      "SecretListVersions GET /secrets/s/versions?api-version=7.4 200",
      "SecretDelete DELETE /secrets/s?api-version=7.4 200",
      "SecretGetDeleted GET /deletedsecrets/s?api-version=7.4 200",
      "SecretListDeleted GET /deletedsecrets?api-version=7.4 200",
      "SecretRecover POST /deletedsecrets/s/recover?api-version=7.4 200",
      "SecretDelete DELETE /secrets/s?api-version=7.4 200",
      "SecretPurge DELETE /deletedsecrets/s?api-version=7.4 204",
      "SecretPurge DELETE /deletedsecrets/s?api-version=7.4 404",
    ]);
  });

  test("the operator's commands are a user's with a command line, allowed or refused", () => {
    const world = aWorld();
    world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v" }));
    world.run((v) => v.purgeSecret("kvdemo", "secret1"));
    world.run((v) => v.setAccess("kvdemo", { mode: "open" }));
    world.run((v) =>
      v.createVault({ name: "kvdemo", access: { mode: "open" } }),
    );
    const logged = world.audit().map(({ data }) => data);
    expect(
      logged.map(({ operation, method, status }) => [
        operation,
        method,
        status,
      ]),
    ).toEqual([
      ["VaultPut", "PUT", 200],
      ["SecretSet", "PUT", 200],
      ["SecretPurge", "DELETE", 404],
      ["VaultPatch", "PATCH", 200],
      ["VaultPut", "PUT", 409],
    ]);
    for (const data of logged)
      expect(data).toMatchObject({
        idtyp: "user",
        upn: "operator@keyturn.example",
        appidacr: "0",
        oid: OPERATOR.oid,
        tid: TENANT,
        pod: null,
        node: null,
        userAgent: expect.stringMatching(/^AZURECLI\/2\.60\.0 /),
      });
    expect(logged[3]).toMatchObject({
      uri: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/keyturn/providers/Microsoft.KeyVault/vaults/kvdemo?api-version=2023-07-01",
      apiVersion: "2023-07-01",
      collection: null,
      name: null,
    });
  });

  test("another operator is logged by its own name", () => {
    const world = aWorld();
    const operator = { ...OPERATOR, upn: "rotator@keyturn.example" };
    world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "v" }, operator),
    );
    expect(world.audit().at(-1)!.data.upn).toBe("rotator@keyturn.example");
  });

  test("the name is told as the vault spells it, the line as the caller did", () => {
    const world = aWorldWithSecret();
    world.reply({ name: "SECRET1" });
    world.reply({ name: "a b" });
    const [known, unknown] = world.audit().slice(-2);
    expect(known!.data).toMatchObject({
      name: "secret1",
      uri: "/secrets/SECRET1/?api-version=7.4",
    });
    expect(unknown!.data).toMatchObject({
      name: "a b",
      uri: "/secrets/a%20b/?api-version=7.4",
      status: 400,
    });
  });
});

describe("causes", () => {
  test("a read has the set of what it read as its first cause, then what made the caller ask", () => {
    const world = aWorldWithSecret();
    const trigger = world.run(() => {
      const seq = world.sim.trace.record({
        type: "test.poll",
        at: "test",
        about: "test",
        data: {},
      });
      world.vaults.request(aRequest(), { target: "client", tag: {} });
      return seq;
    });
    const [set] = world.factsOf("vault.secret.set");
    expect(world.audit().at(-1)!.instance.causes).toEqual([set!.seq, trigger]);
  });

  test("a refused read and a list have only what made the caller ask", () => {
    const world = aWorldWithSecret();
    const causes = world.run(() => {
      world.sim.trace.record({ type: "t", at: "t", about: "t", data: {} });
      const { causes: trigger } = world.sim.trace;
      for (const request of [
        { name: "nothing" },
        { token: null },
        { operation: "SecretListVersions" as const },
      ]) {
        world.sim.trace.causes = trigger;
        world.vaults.request(aRequest(request), { target: "client", tag: {} });
      }
      return trigger;
    });
    for (const { instance } of world.audit().slice(-3))
      expect(instance.causes).toEqual(causes);
  });

  test("a new version is caused by the command and by its request", () => {
    const world = aWorld();
    const command = world.run((v) => {
      const seq = world.sim.trace.record({
        type: "command",
        at: "world",
        about: "rotate",
        data: {},
      });
      v.setSecret("kvdemo", "secret1", { value: "v" });
      return seq;
    });
    const request = world.audit().at(-1)!.instance;
    const [set] = world.factsOf("vault.secret.set");
    expect(request.causes).toEqual([command]);
    expect(set!.causes).toEqual([command, [request.fact.seq, 0]]);
  });
});

describe("folding", () => {
  test("quiet polls of many pods become one run for each pod and operation an hour", () => {
    const world = aWorldWithSecret();
    const pods = ["default/a", "default/b", "shop/a"];
    poll(world, pods, 29);
    world.sim.runUntil(START + HOUR_MS);
    world.sim.trace.close();
    const runs = world
      .factsOf("vault.request")
      .filter(({ data }) => data["pod"] !== null);
    expect(runs).toHaveLength(pods.length * 2);
    for (const { run } of runs)
      expect(run).toMatchObject({ every: 2 * MINUTE_MS, count: 29 });
    expect(world.audit()).toHaveLength(2 + pods.length * 2 * 29);
    expect(runs.map(({ about }) => about).slice(0, 2)).toEqual([
      "kvdemo/secrets/secret1|default/a|Authentication",
      "kvdemo/secrets/secret1|default/a|SecretGet",
    ]);
  });

  test("a new version ends the runs of its readers and begins new ones", () => {
    const world = aWorldWithSecret();
    poll(world, ["default/a"], 5);
    world.run((v) => v.setSecret("kvdemo", "secret1", { value: "v2" }));
    poll(world, ["default/a"], 5);
    const gets = world
      .factsOf("vault.request")
      .filter(({ data }) => data["operation"] === "SecretGet");
    expect(gets.map(({ data, run }) => [data["ordinal"], run!.count])).toEqual([
      [1, 5],
      [2, 5],
    ]);
  });

  test("a caller that changes is logged as it is now", () => {
    const world = aWorldWithSecret();
    const caller = aCaller("default/web-0");
    const changes = [
      {},
      { caller: { ...caller, node: "node-1" } },
      { caller: { ...caller, ip: "10.224.0.5" } },
      { caller: { ...caller, userAgent: "curl/8" } },
      { token: aToken({ oid: "other" }) },
      { token: aToken({ appid: "other" }) },
      { token: aToken({ appidacr: "1" }) },
      { token: aToken({ idtyp: "user" }) },
      { token: aToken({ upn: "somebody@keyturn.example" }) },
      { apiVersion: "2016-10-01" },
    ];
    for (const change of changes) world.reply({ caller, ...change });
    const logged = world.audit().slice(-changes.length);
    expect(
      logged.map(({ data }) => [
        data.node,
        data.ip,
        data.userAgent,
        data.oid,
        data.appid,
        data.appidacr,
        data.idtyp,
        data.upn,
        data.apiVersion,
      ]),
    ).toEqual(
      changes.map((change) => {
        const request = aRequest({ caller, ...change });
        const { node, ip, userAgent } = request.caller;
        const { oid, appid, appidacr, idtyp, upn = null } = request.token!;
        const { apiVersion } = request;
        return [
          node,
          ip,
          userAgent,
          oid,
          appid,
          appidacr,
          idtyp,
          upn,
          apiVersion,
        ];
      }),
    );
  });

  test("several objects and pinned versions of one pod fold each by itself", () => {
    const world = aWorldWithSecret();
    world.run((v) => v.setSecret("kvdemo", "secret2", { value: "v" }));
    const { version } = world.sets()[0]!;
    const first = world.sim.now + 1;
    for (let i = 0; i < 10; i++) {
      world.sim.runBefore(first + i * MINUTE_MS);
      world.ask();
      world.ask({ version });
      world.ask({ name: "secret2" });
      world.ask({ operation: "SecretListVersions" });
    }
    const runs = world
      .factsOf("vault.request")
      .filter(({ data }) => data["pod"] !== null);
    expect(runs.map(({ about, run }) => [about, run!.count])).toEqual([
      ["kvdemo/secrets/secret1|default/busybox|SecretGet", 10],
      [`kvdemo/secrets/secret1/${version}|default/busybox|SecretGet`, 10],
      ["kvdemo/secrets/secret2|default/busybox|SecretGet", 10],
      ["kvdemo/secrets/secret1|default/busybox|SecretListVersions", 10],
    ]);
  });

  test("each instance has a draw of its own, and so its own correlation id", () => {
    const world = aWorldWithSecret();
    poll(world, ["default/a", "default/b"], 20);
    const draws = world.audit().map(({ instance }) => instance.draw!);
    const ids = draws.map((ref) => correlationId(world.sim.draws, ref));
    expect(new Set(ids).size).toBe(draws.length);
    expect(ids[0]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(new Set(draws.map(({ name }) => name))).toEqual(
      new Set([
        "keyvault/kvdemo/operator/VaultPut",
        "keyvault/kvdemo/operator/SecretSet",
        "keyvault/kvdemo/default/a/Authentication",
        "keyvault/kvdemo/default/a/SecretGet",
        "keyvault/kvdemo/default/b/Authentication",
        "keyvault/kvdemo/default/b/SecretGet",
      ]),
    );
  });

  test("one more pod changes nothing in the log of another", () => {
    const of = (world: World, pod: string) =>
      world
        .audit()
        .filter(({ data }) => data.pod === pod)
        .map(({ data, instance }) => [data, instance.draw]);
    const alone = aWorldWithSecret();
    poll(alone, ["default/a"], 8);
    const crowd = aWorldWithSecret();
    poll(crowd, ["default/z", "default/a", "default/b"], 8);
    expect(of(crowd, "default/a")).toEqual(of(alone, "default/a"));
  });
});

test("service times are whole milliseconds within the table, around its median, and the same for the same draw", () => {
  const draws = new Draws(7);
  const times = Array.from({ length: 4000 }, (_, index) =>
    serviceTimeMs(draws, {
      name: "keyvault/kvdemo/default/a/SecretGet",
      index,
    }),
  ).sort((a, b) => a - b);
  expect(times.every(Number.isInteger)).toBe(true);
  expect(times[0]).toBeGreaterThanOrEqual(6);
  expect(times.at(-1)).toBeLessThanOrEqual(180);
  expect(times[2000]).toBeGreaterThanOrEqual(14);
  expect(times[2000]).toBeLessThanOrEqual(16);
  const ref = { name: "x", index: 3 };
  expect(serviceTimeMs(draws, ref)).toBe(serviceTimeMs(new Draws(7), ref));
});

test("no fact holds a value", () => {
  const world = aWorld();
  const canary = "c4n4ry-value";
  world.run((v) => v.setSecret("kvdemo", "secret1", { value: canary }));
  world.run((v) =>
    v.setSecret("kvdemo", "secret1", { value: canary.repeat(3000) }),
  );
  world.run((v) => v.setSecret("kvdemo", "bad_name", { value: canary }));
  world.reply();
  world.run((v) => v.deleteSecret("kvdemo", "secret1"));
  expect(JSON.stringify(world.facts())).not.toContain(canary);
});
