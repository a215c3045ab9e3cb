/** The public API, door by door, as somebody's own tests use it. */
import { expect, test } from "vitest";
import type { Fact } from "../../src/emulator/index.ts";
import { createWorld } from "../../src/emulator/index.ts";
import { FactLog } from "../support/facts-log.ts";
import {
  CSI_FILE,
  SECRET_FILE,
  aWorld,
  refusal,
  serviceAccount,
} from "./fixture-support.ts";

test("a world without a word of configuration begins at the usual start with one node", () => {
  const world = createWorld();
  expect(world.now).toBe("2024-04-29T09:00:00.000Z");
  expect(world.nowMs).toBe(Date.parse(world.now));
  expect(world.get("node", "node-0")).toMatchObject({ kind: "Node" });
  expect(world.get("node", "node-1")).toBeNull();
  expect(world.trace().length).toBeGreaterThan(0);
});

test("every member of the configuration arrives in the world", () => {
  const log = new FactLog();
  const world = createWorld({
    seed: 3,
    start: "2030-01-02T03:04:05.006Z",
    profile: "helm",
    settings: { latency: { vault: "1s" } },
    nodes: ["blue", "green"],
    vaults: { kvone: { a: "x" }, kvtwo: {} },
    manifests: [
      serviceAccount("one"),
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: '${two}'}",
    ],
    variables: { two: "second" },
    namespace: "shop",
    sinks: [log],
    keepTrace: true,
  });
  expect(world.now).toBe("2030-01-02T03:04:05.006Z");
  expect(world.get("no", "green")).not.toBeNull();
  expect(world.get("sa", "one")).toMatchObject({
    metadata: { namespace: "shop" },
  });
  expect(world.get("serviceaccount", "second", "shop")).not.toBeNull();
  const [started] = world.trace();
  expect(started).toMatchObject({
    type: "world.started",
    data: {
      nodes: ["blue", "green"],
      settings: { addon: { syncSecret: false }, latency: { vault: 1000 } },
    },
  });
  expect(world.audit("kvone").map((r) => r.operationName)).toEqual([
    "VaultPut",
    "SecretSet",
  ]);
  const written = world.trace().slice(0, log.facts.length);
  expect(log.facts).toEqual(written);
});

test("another seed gives another world, the same seed the same one", () => {
  const hash = (seed: number) => {
    const world = aWorld({ seed });
    world.advance("10m");
    return world.traceHash;
  };
  expect(hash(1)).toBe(hash(1));
  expect(hash(1)).not.toBe(hash(2));
});

test("a rotation travels from the vault to both files, and time moves only when told to", () => {
  const world = aWorld();
  expect(() => world.readFile("busybox", CSI_FILE)).not.toThrow();
  expect(world.readFile("busybox", CSI_FILE)).toBeNull();
  world.advance("1m");
  expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
  const version = world
    .vault("kvdemo")
    .setSecret("secret1", "the second value");
  expect(version).toMatch(/^[0-9a-f]{32}$/);
  expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
  world.runUntil(
    () => world.readFile("busybox", CSI_FILE) === "the second value",
    { limit: "2m10s" },
  );
  expect(world.readFile("busybox", SECRET_FILE)).toBe("the first value");
  world.advance("92s");
  expect(world.readFile("busybox", SECRET_FILE)).toBe("the second value");
});

test("apply takes YAML of several documents, an object, and an update", () => {
  const world = createWorld({ namespace: "shop" });
  world.apply(
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b, namespace: other}\n",
  );
  expect(world.get("sa", "a")).toMatchObject({
    metadata: { namespace: "shop" },
  });
  expect(world.get("sa", "b", "other")).not.toBeNull();
  expect(world.get("sa", "b")).toBeNull();
  world.apply(serviceAccount("a", { labels: { app: "x" } }));
  expect(world.get("sa", "a")).toMatchObject({
    metadata: { labels: { app: "x" } },
  });
});

test("apply replaces the variables of the configuration", () => {
  const world = createWorld({ variables: { name: "from-variable" } });
  world.apply(
    "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n",
  );
  expect(world.get("sa", "from-variable")).not.toBeNull();
});

test("the vault's operations do what Key Vault does", () => {
  const world = aWorld();
  const vault = world.vault("kvdemo");
  const first = vault.setSecret("own", "1", {
    contentType: "text/plain",
    tags: { a: "b" },
  });
  const second = vault.setSecret("own", "2", { enabled: false });
  expect(second).not.toBe(first);
  vault.updateSecret("own", { enabled: true });
  vault.updateSecret("own", { version: first, enabled: false });
  vault.deleteSecret("own");
  expect(refusal(() => vault.setSecret("own", "3"))).toMatchObject({
    code: "Refused",
    message:
      "Failed to setSecret: (Conflict) Secret is currently being deleted.",
  });
  world.advance("1m");
  vault.recoverSecret("own");
  world.advance("1m");
  vault.deleteSecret("own");
  world.advance("1m");
  vault.purgeSecret("own");
  world.advance("1m");
  expect(vault.setSecret("own", "4")).toMatch(/^[0-9a-f]{32}$/);
  const operations = world.audit("kvdemo").map((r) => r.operationName);
  for (const name of [
    "SecretUpdate",
    "SecretDelete",
    "SecretRecover",
    "SecretPurge",
  ])
    expect(operations).toContain(name);
});

test("advance moves time by exactly what it is told", () => {
  const world = createWorld();
  world.advance("1h30m");
  expect(world.now).toBe("2024-04-29T10:30:00.000Z");
  world.advance(1500);
  expect(world.now).toBe("2024-04-29T10:30:01.500Z");
  world.advance(0);
  expect(world.now).toBe("2024-04-29T10:30:01.500Z");
});

test("runUntil takes an instant as text or number", () => {
  const world = createWorld();
  world.runUntil("2024-04-29T11:00:00+01:00");
  expect(world.now).toBe("2024-04-29T10:00:00.000Z");
  world.runUntil(world.nowMs + 5);
  expect(world.now).toBe("2024-04-29T10:00:00.005Z");
});

test("runUntil a predicate stops right after the event that makes it hold", () => {
  const world = aWorld();
  world.runUntil(() => world.get("secret", "app-secret") !== null);
  const { now } = world;
  const other = aWorld();
  other.runUntil(Date.parse(now) - 1);
  expect(other.get("secret", "app-secret")).toBeNull();
  other.runUntil(now);
  expect(other.get("secret", "app-secret")).not.toBeNull();
});

test("a predicate that holds at its limit, to the millisecond, is in time", () => {
  const world = aWorld();
  world.runUntil(() => world.get("secret", "app-secret") !== null);
  const ms = world.nowMs - Date.parse("2024-04-29T09:00:00Z");
  const run = (limit: number) => () => {
    const other = aWorld();
    other.runUntil(() => other.get("secret", "app-secret") !== null, {
      limit: `${limit}ms`,
    });
  };
  expect(run(ms)).not.toThrow();
  expect(refusal(run(ms - 1)).code).toBe("NeverHeld");
});

test("files are read as any container, as one container, and through ..data", () => {
  const world = aWorld();
  world.advance("1m");
  for (const who of [
    "busybox",
    "default/busybox",
    "busybox@busybox",
    "default/busybox@busybox",
  ])
    expect(world.readFile(who, CSI_FILE)).toBe("the first value");
  expect(world.readFile("busybox", "/mnt/secrets-store/..data/secret1")).toBe(
    "the first value",
  );
  expect(world.readFile("busybox", "/mnt/secrets-store/other")).toBeNull();
  expect(world.readFile("busybox", "/etc/passwd")).toBeNull();
});

test("what a caller does to bytes and objects changes nothing in the world", () => {
  const world = aWorld();
  world.advance("1m");
  world.readFileBytes("busybox", CSI_FILE)!.fill(0);
  expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
  const pod = world.get("pod", "busybox") as { metadata: { name: string } };
  pod.metadata.name = "changed";
  expect(world.get("po", "busybox")).toMatchObject({
    metadata: { name: "busybox" },
  });
});

test("get knows kubectl's spellings", () => {
  const world = aWorld();
  world.advance("1m");
  for (const kind of ["secret", "Secret", "secrets"])
    expect(world.get(kind, "app-secret")).toMatchObject({ type: "Opaque" });
  expect(world.get("secret", "nope")).toBeNull();
  expect(world.get("ns", "default")).toMatchObject({ kind: "Namespace" });
});

test("delete removes an object, and what goes with it", () => {
  const world = aWorld();
  world.advance("1m");
  world.delete("pod/busybox");
  world.advance("2m");
  expect(world.get("pod", "busybox")).toBeNull();
  expect(world.get("secret", "app-secret")).toBeNull();
  world.delete("default/sa/keyvault-reader");
  expect(world.get("sa", "keyvault-reader")).toBeNull();
});

test("changeSettings switches rotation on in mid-run, with the restart that this takes", () => {
  const world = aWorld({ settings: {} });
  world.advance("1m");
  world.vault("kvdemo").setSecret("secret1", "the second value");
  world.advance("1d");
  expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
  world.changeSettings({
    addon: { enableSecretRotation: true, rotationPollInterval: "1m" },
  });
  expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
  world.advance("5m");
  expect(world.readFile("busybox", CSI_FILE)).toBe("the second value");
});

test("the trace holds every fact so far, in order; quiet polls fold into one", () => {
  const world = aWorld();
  world.advance("5m");
  const before = world.trace();
  const times = before.filter(({ run }) => run === undefined).map((f) => f.t);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const polls = (facts: readonly Fact[]) =>
    facts.flatMap(({ run, type }) =>
      run !== undefined && type === "vault.request" ? [run.count] : [],
    );
  world.advance("30m");
  expect(world.trace()).toHaveLength(before.length);
  expect(Math.max(...polls(world.trace()))).toBe(
    Math.max(...polls(before)) + 15,
  );
});

test("reading the trace, the hash and the audit log changes nothing", () => {
  const [read, unread] = [aWorld(), aWorld()];
  for (let i = 0; i < 5; i++) {
    read.advance("3m");
    unread.advance("3m");
    read.trace();
    read.audit("kvdemo");
    expect(read.traceHash).toBe(unread.traceHash);
  }
});

test("the audit log is the vault's own, in order of time, with the caller of each record", () => {
  const world = aWorld({
    vaults: { kvdemo: { secret1: "x" }, kvother: { a: "b" } },
  });
  world.advance("10m");
  const records = world.audit("kvdemo");
  const times = records.map(({ time }) => time);
  expect(times).toEqual([...times].sort());
  const gets = records.filter((r) => r.operationName === "SecretGet");
  expect(gets.length).toBeGreaterThan(3);
  expect(gets[0]).toMatchObject({
    category: "AuditEvent",
    properties: { httpStatusCode: 200 },
  });
  expect(world.audit("kvother").map((r) => r.operationName)).toEqual([
    "VaultPut",
    "SecretSet",
  ]);
  expect(world.audit("nope")).toEqual([]);
});

test("an opened volume follows its rotations with the links that the real one has", async () => {
  const world = aWorld();
  world.advance("1m");
  const opened = await world.openVolume("busybox", "secrets-store");
  const { fs } = opened;
  expect(fs.readlink("/volume/secret1")).toBe("..data/secret1");
  const target = fs.readlink("/volume/..data");
  world.vault("kvdemo").setSecret("secret1", "the second value");
  world.advance("3m");
  expect(fs.readlink("/volume/..data")).not.toBe(target);
  opened.close();
  const last = fs.readlink("/volume/..data");
  world.vault("kvdemo").setSecret("secret1", "the third value");
  world.advance("3m");
  expect(fs.readlink("/volume/..data")).toBe(last);
});
