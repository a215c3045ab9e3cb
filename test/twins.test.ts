/**
 * What-if twins draw alike (design 3): pods of a workload draw by whose n-th pod they are, never by the names that their
 * controllers generate, so that another template changes names and nothing else.
 */
import { expect, test } from "vitest";
import { createWorld } from "../src/emulator/index.ts";
import type { Fact } from "../src/kernel/trace.ts";
import { aClass, aWorkload, csiVolume, secretVolume } from "./support/world.ts";

/** Two rotations and a restart by hand, with an annotation of the template that nobody reads. */
function played(twin: string): readonly Fact[] {
  const deployment = aWorkload("Deployment", {
    name: "web",
    replicas: 3,
    volumes: { csi: csiVolume("kv"), secret: secretVolume("app-secret") },
    metadata: { annotations: { twin } },
  });
  const world = createWorld({
    settings: { addon: { enableSecretRotation: true } },
    vaults: { kvdemo: { secret1: "one" } },
    nodes: 2,
    manifests: [aClass({ secretObjects: SYNCED }), deployment],
  });
  world.advance("10m");
  world.vault("kvdemo").setSecret("secret1", "two");
  world.advance("5m");
  world.rolloutRestart("deployment/web");
  world.advance("5m");
  world.vault("kvdemo").setSecret("secret1", "three");
  world.advance("10m");
  return world.trace();
}

const SYNCED = [
  {
    secretName: "app-secret",
    type: "Opaque",
    data: [{ objectName: "secret1", key: "password" }],
  },
];

const when = (facts: readonly Fact[]) =>
  facts.map(({ t, type, at }) => `${t} ${at} ${type}`);

test("another template gives other names, at the same instants", () => {
  const one = played("a");
  const twin = played("b");
  const names = (facts: readonly Fact[]) =>
    facts.flatMap(({ type, data }) =>
      type === "kubelet.pod.added" ? [data["name"] as string] : [],
    );
  expect(names(one)).toHaveLength(names(twin).length);
  expect(names(one)).not.toEqual(names(twin));
  expect(
    when(one).filter((line) => line.includes("volume.switched")),
  ).not.toEqual([]);
  expect(when(one)).toEqual(when(twin));
});
