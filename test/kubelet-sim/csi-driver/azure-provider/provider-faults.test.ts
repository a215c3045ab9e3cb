import { describe, expect, test } from "vitest";
import type { FaultEffect } from "../../../../src/cluster-sim/ports.ts";
import { durationMs } from "../../../../src/kernel/time.ts";
import {
  ROTATION,
  VAULT,
  aClass,
  aPod,
  aWorld,
  csiVolume,
} from "../../../support/world.ts";
import type { SettingsText, TestWorld } from "../../../support/world.ts";

const REPUBLISH: SettingsText = { ...ROTATION, driver: { version: "1.6.0" } };
const GENERATIONS = [
  ["1.5.6", ROTATION],
  ["1.6.0", REPUBLISH],
] as const;

const pod = (name = "busybox") =>
  aPod({ name, volumes: { store: csiVolume("kv") } });

const replaceProvider = (world: TestWorld, downFor: string): void =>
  world.do({
    kind: "restart",
    what: "provider",
    node: null,
    downForMs: durationMs(downFor),
  });

/** A class, and no pod yet. */
const aClassAlone = (settings: SettingsText = {}): TestWorld =>
  aWorld({ settings, manifests: [aClass()] });

const breakProvider = (
  world: TestWorld,
  effect: FaultEffect,
  forText: string,
): void => {
  const fault = { target: "provider", node: null, effect } as const;
  world.do({ kind: "fault", fault, forMs: durationMs(forText) });
};

const FILE = "/mnt/store/secret1";

describe.each(GENERATIONS)("with driver %s", (_, settings) => {
  test("a pod that starts while the provider is replaced waits, where the driver has met the provider", () => {
    const world = aClassAlone(settings);
    world.apply(pod("first"));
    world.advance("1m");
    replaceProvider(world, "20s");
    world.apply(pod());
    world.advance("19s");
    expect(world.read(FILE)).toBeNull();
    world.advance("1m");
    expect(world.read(FILE)).toBe("v1");
    expect(world.messages("FailedMount")).toEqual([]);
    expect(world.times("csi.provider.stopped")).toHaveLength(1);
    expect(world.times("csi.provider.started")).toHaveLength(1);
  });

  test("a driver that never met it finds no provider, and the kubelet tries again [CSI-12.1-04]", () => {
    const world = aClassAlone(settings);
    replaceProvider(world, "20s");
    world.apply(pod());
    world.advance("19s");
    expect(world.messages("FailedMount")[0]).toBe(
      'MountVolume.SetUp failed for volume "store" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod default/busybox, err: error connecting to provider "azure": provider not found: provider "azure"',
    );
    world.advance("1m");
    expect(world.read(FILE)).toBe("v1");
  });

  test("a provider that hangs holds a rotation up, and the new value comes when it goes on", () => {
    const world = aClassAlone(settings);
    world.apply(pod());
    world.advance("5m");
    world.setSecret("secret1", "v2");
    breakProvider(world, { kind: "drop" }, "10m");
    world.advance("9m");
    expect(world.read(FILE)).toBe("v1");
    world.advance("5m");
    expect(world.read(FILE)).toBe("v2");
  });

  test("a provider that is replaced with a rotation under way loses nothing", () => {
    const world = aClassAlone(settings);
    world.apply(pod());
    world.advance("5m");
    world.setSecret("secret1", "v2");
    const asked = world.untilFact("vault.request", "10m");
    expect(asked.data["operation"]).toBe("Authentication");
    replaceProvider(world, "3s");
    world.advance("5m");
    expect(world.read(FILE)).toBe("v2");
  });
});

test("a provider that breaks calls off fails the mount as Unavailable after three attempts, and recovers", () => {
  const world = aClassAlone();
  breakProvider(world, { kind: "refuse" }, "10s");
  world.apply(pod());
  world.advance("10s");
  expect(world.messages("FailedMount")[0]).toContain(
    "err: rpc error: code = Unavailable desc = error reading from server: EOF",
  );
  world.advance("1m");
  expect(world.read(FILE)).toBe("v1");
});

test("a provider that answers an error of its own is passed on word by word", () => {
  const world = aClassAlone();
  const message = "failed to mount objects, error: out of order";
  breakProvider(world, { kind: "respond", status: 500, message }, "5s");
  world.apply(pod());
  world.advance("5s");
  expect(world.messages("FailedMount")[0]).toContain(
    `err: rpc error: code = Unknown desc = ${message}`,
  );
  world.advance("1m");
  expect(world.read(FILE)).toBe("v1");
});

test("an Entra ID that is away fails mounts of a workload identity, and they recover", () => {
  const world = aClassAlone();
  const effect = { kind: "refuse" } as const;
  const fault = { target: "entra", effect } as const;
  world.do({ kind: "fault", fault, forMs: durationMs("1m") });
  world.apply(pod());
  world.advance("1m");
  expect(world.messages("FailedMount")[0]).toContain(
    "ClientAssertionCredential: unable to resolve an endpoint: server response error:\n Get ",
  );
  expect(world.read(FILE)).toBeNull();
  world.advance("3m");
  expect(world.read(FILE)).toBe("v1");
});

test("a certificate that is renewed comes as new key, chain and leaf", () => {
  const certificate = (objectAlias: string, objectType: string) => ({
    objectName: "web",
    objectAlias,
    objectType,
  });
  const setCertificate = (world: TestWorld) =>
    world.do({
      kind: "setCertificate",
      vault: VAULT,
      name: "web",
      chain: true,
    });
  const world = aWorld({ settings: ROTATION });
  setCertificate(world);
  world.apply(
    aClass({
      objects: [
        certificate("tls.pem", "secret"),
        certificate("tls.crt", "cert"),
        certificate("tls.pub", "key"),
      ],
    }),
  );
  world.apply(pod());
  world.advance("1m");
  const look = () =>
    ["tls.pem", "tls.crt", "tls.pub"].map(
      (file) => world.read(`/mnt/store/${file}`) ?? "",
    );
  const before = look();
  const types = (text: string) => text.match(/BEGIN [A-Z ]+/g);
  expect(before.map(types)).toEqual([
    [
      "BEGIN PRIVATE KEY",
      "BEGIN CERTIFICATE",
      "BEGIN CERTIFICATE",
      "BEGIN CERTIFICATE",
    ],
    ["BEGIN CERTIFICATE"],
    ["BEGIN PUBLIC KEY"],
  ]);
  expect(before[0]!.split("-----END PRIVATE KEY-----\n")[1]).toMatch(
    new RegExp(`^${before[1]!.replaceAll("+", "\\+")}`),
  );
  setCertificate(world);
  world.advance("3m");
  const after = look();
  for (const [i, text] of after.entries()) expect(text).not.toBe(before[i]);
  expect(after.map(types)).toEqual(before.map(types));
});
