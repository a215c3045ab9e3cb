import { readFileSync } from "node:fs";
import { createWorld } from "keyturn";
import { expect, test } from "vitest";

const manifests = readFileSync(new URL("app.yaml", import.meta.url), "utf8");

function rotatedDuringAnOutage(driver: string) {
  const world = createWorld({
    settings: {
      addon: { enableSecretRotation: true },
      driver: { version: driver },
    },
    vaults: { kvdemo: { password: "old" } },
    manifests: [manifests],
  });
  world.advance("5m");
  world.vault("kvdemo").setSecret("password", "new");
  world.fault({ link: null, to: "vault", refuse: true, for: "10m" });
  world.advance("9m");
  return world;
}

test.each(["1.5.6", "1.6.0"])(
  "with driver %s the pod keeps the old password while the vault is out of reach, and catches up",
  (driver) => {
    const world = rotatedDuringAnOutage(driver);
    const read = ["cat", "/mnt/secrets/password"];
    expect(world.exec("app", read)).toMatchObject({ stdout: "old" });
    world.advance("3m1s");
    expect(world.exec("app", read)).toMatchObject({ stdout: "new" });
    expect(world.inspect("app")?.files).toMatchObject([{ ordinal: 2 }]);
  },
);

test("only driver 1.5 tells the pod that its rotation fails", () => {
  const failures = (driver: string) =>
    rotatedDuringAnOutage(driver)
      .trace()
      .filter(({ data }) => data["reason"] === "MountRotationFailed");
  expect(failures("1.5.6")).not.toEqual([]);
  expect(failures("1.6.0")).toEqual([]);
});
