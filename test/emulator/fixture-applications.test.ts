/** Every kind of application in one world, through all that may happen to its container, its node and the vault. */
import { describe, expect, it } from "vitest";
import { createWorld } from "../../src/emulator/index.ts";
import type {
  FixtureApplication,
  FixtureConfig,
  FixtureWorld,
} from "../../src/emulator/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { Invariants } from "../../src/emulator/invariants/index.ts";
import { aClass, csiVolume } from "../support/world.ts";

const FILE = "/mnt/kv/secret1";
const VAULT = { vault: "kvdemo", secret: "secret1" };
const DATABASE = { database: "orders", requestEvery: "7s" };

const APPS: Readonly<Record<string, FixtureApplication>> = {
  once: { how: "reads-once", file: FILE },
  "each-use": { how: "reads-each-use", file: FILE, ...DATABASE },
  "each-use-alone": { how: "reads-each-use", file: FILE, requestEvery: "7s" },
  polls: { how: "polls-file", file: FILE, every: "30s", ...DATABASE },
  "polls-at-rate": {
    how: "polls-file",
    file: FILE,
    every: "31s",
    schedule: "fixed-rate",
  },
  directory: { how: "watches-directory", file: FILE },
  file: { how: "watches-file", file: FILE },
  link: { how: "watches-data-link", file: FILE },
  signal: { how: "reloads-on-signal", file: FILE, sidecar: "hup" },
  vault: { how: "polls-vault", every: "1m", ...VAULT, ...DATABASE },
  dotnet: { how: "dotnet", every: "1m", ...VAULT },
  "dotnet-never": { how: "dotnet", ...VAULT },
  spring: { how: "spring", every: "1m", ...VAULT },
  cache: { how: "caches-vault", every: "1m", ...VAULT, requestEvery: "7s" },
  refetches: { how: "refetches-when-refused", ...VAULT, ...DATABASE },
  pinned: { how: "polls-file", file: "/mnt/pinned", every: "30s" },
};

function aPod(name: string): JsonObject {
  const { file, sidecar } = APPS[name]!;
  const subPath = file === "/mnt/pinned" ? { subPath: "secret1" } : {};
  const mountPath = file === "/mnt/pinned" ? "/mnt/pinned" : "/mnt/kv";
  const mounts =
    file === undefined ? [] : [{ name: "kv", mountPath, ...subPath }];
  const containers = ["app", ...(sidecar === undefined ? [] : [sidecar])];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      shareProcessNamespace: true,
      containers: containers.map((container) => ({
        name: container,
        image: "busybox",
        volumeMounts: mounts,
      })),
      volumes: file === undefined ? [] : [{ name: "kv", ...csiVolume("kv") }],
    },
  };
}

function aWorld(version: string, more: FixtureConfig = {}): FixtureWorld {
  return createWorld({
    settings: {
      addon: { enableSecretRotation: true, rotationPollInterval: "2m" },
      driver: { version },
    },
    vaults: { kvdemo: { secret1: "v1" } },
    databases: [
      { name: "orders", ...VAULT, credentials: "single", switchAfter: "5s" },
    ],
    manifests: [
      aClass({ name: "kv", objects: ["secret1"] }),
      ...Object.keys(APPS).map(aPod),
    ],
    applications: APPS,
    ...more,
  });
}

/** Rotations between restarts, kills in mid-poll, and a vault that fails in each way. `pause` at two moments of trouble. */
function play(world: FixtureWorld, pause: () => void = () => {}): void {
  const vault = world.vault("kvdemo");
  const set = (value: string) => void vault.setSecret("secret1", value);
  const names = Object.keys(APPS).map((name) => `${name}@app`);
  world.advance("3m");
  set("v2");
  world.advance("1m");
  world.restart({ kubelet: null, downFor: "30s" });
  world.advance("2m");
  set("v3");
  world.restart({ node: null, downFor: "20s" });
  world.advance("10s");
  pause();
  world.advance("5m");
  set("v4");
  world.fault({ vault: "kvdemo", respond: 503, for: "50s" });
  world.advance("70s");
  world.fault({ vault: "kvdemo", drop: true, for: "50s" });
  world.advance("1m20ms");
  for (const name of names) world.kill(name, { exitCode: 1 });
  pause();
  world.advance("2m");
  world.fault({
    vault: "kvdemo",
    respond: { status: 429, retryAfter: "9s" },
    for: "50s",
  });
  world.advance("2m");
  vault.updateSecret("secret1", { enabled: false });
  world.advance("3m");
  vault.updateSecret("secret1", { enabled: true });
  vault.deleteSecret("secret1");
  world.advance("2m");
  vault.recoverSecret("secret1");
  world.advance("6m");
  // Whoever has died of all that begins anew before the last version.
  world.kill("spring@app");
  world.advance("6m");
  set("v5");
  world.advance("10m");
}

/** Ordinal of what each application holds at the end. */
function held(world: FixtureWorld): Record<string, unknown> {
  const of: Record<string, unknown> = {};
  for (const { type, data } of world.trace())
    if (type === "app.started") of[data["name"] as string] = null;
    else if (type === "app.holds") of[data["name"] as string] = data["ordinal"];
  return of;
}

describe.each(["1.5.6", "1.6.0"])("under driver %s", (version) => {
  it("those that look again have the last version, and those that do not keep what they began with", () => {
    const invariants = new Invariants();
    const world = aWorld(version, { sinks: [invariants] });
    play(world);
    const of = held(world);
    const { once, "dotnet-never": never, pinned, file, link, ...others } = of;
    expect(new Set(Object.values(others))).toEqual(new Set([5]));
    expect([once, never, pinned]).toEqual([4, 4, 4]);
    // Under 1.6 v4 reaches the file's pod after its restart: that is the one change that its watch hears.
    expect([file, link]).toEqual(version === "1.6.0" ? [4, 5] : [5, 5]);
  });

  it("goes on from a snapshot in the middle of a reboot, and of an outage, to the same facts", () => {
    const straight = aWorld(version);
    const snapshots: ReturnType<FixtureWorld["snapshot"]>[] = [];
    play(straight, () => void snapshots.push(straight.snapshot()));
    const put = aWorld(version);
    play(put, () => put.restore(snapshots.shift()!));
    expect(put.traceHash).toBe(straight.traceHash);
  });
});
