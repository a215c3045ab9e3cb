/** Applications in mid-run: a world restored from a snapshot goes on as the one that it was taken from. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { AppsRoom } from "./support.ts";
import { FILE, aRoom } from "./support.ts";

const VAULT = { vault: "kvdemo", secret: "password" };
const APPS: readonly JsonObject[] = [
  { how: "watches-directory", file: FILE },
  { how: "watches-file", file: FILE },
  { how: "polls-file", file: FILE, every: "7s", database: "orders" },
  { how: "reads-each-use", file: FILE, every: "7s" },
  { how: "polls-vault", every: "7s", ...VAULT },
  { how: "dotnet", every: "7s", ...VAULT },
  { how: "spring", every: "7s", ...VAULT },
  { how: "caches-vault", every: "7s", ...VAULT, database: "orders" },
  { how: "refetches-when-refused", ...VAULT, database: "orders" },
];

function begin(): AppsRoom {
  const room = aRoom();
  room.vaultMs = () => 30;
  room.accepts = ({ ordinal }) => ordinal > 1;
  room.setSecret("password", "v1");
  APPS.forEach((app, i) => room.pod(app, { name: `pod-${i}` }));
  return room.until("10s");
}

/** A change a few milliseconds before the snapshot: reactions, tries and sign-ins are under way. */
function change(room: AppsRoom, ordinal: number): void {
  APPS.forEach((_, i) => room.write(ordinal, `pod-${i}`));
  room.setSecret("password", `v${ordinal}`);
}

test("a snapshot in mid-run changes nothing of what follows", () => {
  const one = begin();
  change(one, 2);
  one.until("14.020s");
  const snapshot = one.sim.snapshot();
  const two = begin();
  two.sim.restore(snapshot);
  for (const room of [one, two]) {
    room.until("20s");
    change(room, 3);
    room.until("1m");
  }
  expect(two.sim.trace.hash).toBe(one.sim.trace.hash);
  expect(two.sim.snapshot()).toEqual(one.sim.snapshot());
  expect(one.held).toMatch(/ 3@20s1\dms /);
});

test("both back ends tell the same", () => {
  const hashes = (["table", "actor"] as const).map((backend) => {
    const room = aRoom({ backend });
    room.setSecret("password", "v1");
    APPS.forEach((app, i) => room.pod(app, { name: `pod-${i}` }));
    room.until("10s");
    change(room, 2);
    return room.until("1m").sim.trace.hash;
  });
  expect(hashes[0]).toBe(hashes[1]);
});
