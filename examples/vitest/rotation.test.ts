import { readFileSync } from "node:fs";
import { createWorld } from "keyturn";
import { expect, test } from "vitest";

const manifests = readFileSync(new URL("app.yaml", import.meta.url), "utf8");

test("the pod reads a rotated password within one poll, and not before", () => {
  const world = createWorld({
    settings: { addon: { enableSecretRotation: true } },
    vaults: { kvdemo: { password: "old" } },
    manifests: [manifests],
  });
  world.advance("1m");
  world.vault("kvdemo").setSecret("password", "new");
  expect(world.readFile("app", "/mnt/secrets/password")).toBe("old");
  world.advance("2m1s");
  expect(world.readFile("app", "/mnt/secrets/password")).toBe("new");
});
