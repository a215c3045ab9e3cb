/** `openVolume`: a pod's volume as a file system that follows the rotation, with the events a watcher gets. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { FsEvent } from "../../src/emulator/index.ts";
import { createWorld } from "../../src/emulator/index.ts";
import { bytesToUtf8 } from "../../src/kernel/bytes.ts";

const MANIFESTS = readFileSync(
  new URL("../../examples/vitest/app.yaml", import.meta.url),
  "utf8",
);
const ROOT = "/volume";

function aRotatingWorld() {
  return createWorld({
    settings: { addon: { enableSecretRotation: true } },
    vaults: { kvdemo: { password: "old" } },
    manifests: [MANIFESTS],
  });
}

test("the volume has AtomicWriter's layout and follows the switch", async () => {
  const world = aRotatingWorld();
  world.advance("1m");
  const { fs, close } = await world.openVolume("app", "secrets");
  const before = fs.readlink(`${ROOT}/..data`);
  expect(fs.readdir(ROOT)).toEqual(["..data", before, "password"].toSorted());
  expect(fs.readlink(`${ROOT}/password`)).toBe("..data/password");
  const events: FsEvent[] = [];
  fs.watch(ROOT, (event) => void events.push(event));
  world.vault("kvdemo").setSecret("password", "new");
  world.advance("2m1s");
  expect(bytesToUtf8(fs.readFile(`${ROOT}/password`))).toBe("new");
  expect(fs.readlink(`${ROOT}/..data`)).not.toBe(before);
  const told = events.map(({ type, name }) => `${type} ${name}`);
  expect(told).toContain("create ..data_tmp");
  expect(told).toContain("moved_to ..data");
  expect(told.at(-1)).toContain(`delete`);
  close();
});

test("a quiet poll raises no event, and a closed volume stays as it was", async () => {
  const world = aRotatingWorld();
  world.advance("1m");
  const { fs, close } = await world.openVolume("app", "secrets");
  const events: FsEvent[] = [];
  fs.watch(ROOT, (event) => void events.push(event));
  world.advance("10m");
  expect(events).toEqual([]);
  close();
  world.vault("kvdemo").setSecret("password", "new");
  world.advance("3m");
  expect(bytesToUtf8(fs.readFile(`${ROOT}/password`))).toBe("old");
});

test("a volume that is not mounted cannot be opened", async () => {
  const world = aRotatingWorld();
  world.advance("1m");
  await expect(world.openVolume("app", "other")).rejects.toThrow(
    "Failed to open the volume other: pod default/app has not mounted it",
  );
});
