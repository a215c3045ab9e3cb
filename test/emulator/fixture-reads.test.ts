/**
 * What each way of hearing about a rotation asks of the vault, over two quiet hours of a whole world: alternatives.md 1
 * ("Key Vault reads/h") and 7.3. Unauthenticated first requests are counted apart: they follow each making of a client.
 */
import { expect, it } from "vitest";
import { createWorld } from "../../src/emulator/index.ts";
import type { FixtureWorld } from "../../src/emulator/index.ts";
import { instances } from "../../src/kernel/trace.ts";
import { HOUR_MS } from "../../src/kernel/time.ts";

const SECRET = { vault: "kvdemo", secret: "secret1" } as const;

const APPLICATIONS = {
  "own-code": { how: "polls-vault", ...SECRET },
  dotnet: { how: "dotnet", every: "5m", ...SECRET },
  spring: { how: "spring", ...SECRET },
  "no-reload": { how: "dotnet", ...SECRET },
  cache: { how: "caches-vault", every: "10m", ...SECRET },
} as const;

const aPod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "app", image: `example.com/${name}:1` }] },
});

function aWorld(): FixtureWorld {
  return createWorld({
    // Two secrets on one page: only what lists and gets all reads the other one.
    vaults: { kvdemo: { secret1: "v1", other: "o1" } },
    manifests: Object.keys(APPLICATIONS).map(aPod),
    applications: APPLICATIONS,
    lanes: [
      { name: "eso", kind: "external-secrets", target: "eso/k", ...SECRET },
      { name: "akv2k8s", kind: "akv2k8s", target: "akvs/k", ...SECRET },
      { name: "env", kind: "akv2k8s-env", ...SECRET },
      {
        name: "sync",
        kind: "sync-controller",
        every: "10m",
        target: "sync/k",
        ...SECRET,
      },
      {
        name: "sse",
        kind: "secret-store-extension",
        target: "sse/k",
        ...SECRET,
      },
      {
        name: "config",
        kind: "app-configuration",
        every: "1m",
        target: "config/k",
        ...SECRET,
      },
      { name: "service", kind: "app-service", ...SECRET },
      { name: "apps", kind: "container-apps", ...SECRET },
      { name: "dapr", kind: "dapr", every: "1m", ...SECRET },
    ],
  });
}

/** GETs, lists and requests without a token of each caller, from an hour after the start to three hours after it. */
function requests(world: FixtureWorld): Record<string, readonly number[]> {
  const start = world.nowMs;
  world.advance("4h");
  const of: Record<string, number[]> = {};
  for (const fact of world.trace()) {
    if (fact.type !== "vault.request") continue;
    const { pod, operation, status } = fact.data;
    const kinds = ["SecretGet", "SecretList", "Authentication"];
    const kind = kinds.indexOf(operation as string);
    expect([200, 401]).toContain(status);
    if (pod === null) continue;
    const counts = (of[pod as string] ??= [0, 0, 0]);
    for (const { t } of instances(fact))
      if (t >= start + HOUR_MS && t < start + 3 * HOUR_MS) counts[kind]! += 1;
  }
  return of;
}

it("asks as often as the comparison says, and without a token where a product makes its client anew", () => {
  expect(requests(aWorld())).toEqual({
    "default/own-code": [24, 0, 0],
    "default/dotnet": [0, 24, 0],
    "default/spring": [8, 4, 0],
    "default/no-reload": [0, 0, 0],
    "default/cache": [12, 0, 0],
    "lane/eso": [2, 0, 0],
    "lane/akv2k8s": [480, 0, 480],
    "lane/env": [0, 0, 0],
    "lane/sync": [12, 0, 12],
    "lane/sse": [2, 0, 2],
    "lane/config": [120, 0, 120],
    "lane/service": [0, 0, 0],
    "lane/apps": [4, 0, 0],
    "lane/dapr": [120, 0, 0],
  });
});
