/** Requests with the credential in memory, accepted and refused. */
import { expect, test } from "vitest";
import { FILE, aRoom } from "./support.ts";
import type { AppsRoom } from "./support.ts";

/** `1+@0s 1-@30s`: each run of requests by the version presented and the answer. */
function answers(room: AppsRoom): string[] {
  const runs: string[] = [];
  let last = "";
  for (const { at, data } of room.seen("app.request")) {
    const now = `${data["ordinal"] as number}${data["accepted"] === true ? "+" : "-"}`;
    if (now !== last) runs.push(`${now}@${at}`);
    last = now;
  }
  return runs;
}

test("an application makes a request every second with what it holds", () => {
  const room = aRoom();
  room.pod({ how: "reads-once", file: FILE, database: "orders" });
  room.until("10s");
  const requests = room.seen("app.request");
  expect(requests).toHaveLength(11);
  expect(requests[0]).toMatchObject({
    at: "0s",
    data: { database: "orders", accepted: true, ordinal: 1 },
  });
});

test("requests are refused from the switch until the application has the new credential", () => {
  const room = aRoom();
  const app = { how: "polls-file", file: FILE, every: "30s" };
  room.pod({ ...app, database: "orders", requestEvery: "2s" });
  room.before("20s").write(2);
  room.accepts = ({ ordinal }) => ordinal === 2;
  room.until("1m");
  expect(answers(room)).toEqual(["1+@0s", "1-@20s", "2+@30s"]);
});

test("an application that reads the file at each use presents the new credential at once", () => {
  const room = aRoom();
  room.pod({ how: "reads-each-use", file: FILE, database: "orders" });
  room.before("20s").write(2);
  room.accepts = ({ ordinal }) => ordinal === 2;
  room.until("1m");
  expect(answers(room)).toEqual(["1+@0s", "2+@20s"]);
});

test("an application that is refused gets the newest version and tries once more", () => {
  const room = aRoom();
  room.setSecret("password", "v1");
  const app = { how: "refetches-when-refused", database: "orders" };
  room.pod({ ...app, vault: "kvdemo", secret: "password" });
  room.before("20.5s").setSecret("password", "v2");
  room.accepts = ({ ordinal }) => ordinal === 2;
  room.until("1m");
  expect(answers(room)).toEqual(["1+@1s", "1-@21s", "2+@21s"]);
  expect(room.asked).toEqual([
    "0s Authentication",
    "0s SecretGet",
    "21s SecretGet",
  ]);
});

test("an application that has no credential yet asks for it again before its next request", () => {
  const room = aRoom();
  room.pod({
    how: "refetches-when-refused",
    database: "orders",
    vault: "kvdemo",
    secret: "password",
  });
  room.until("9.5s");
  expect(room.seen("app.request")).toEqual([]);
  room.setSecret("password", "v1");
  room.until("11s");
  expect(answers(room)).toEqual(["1+@10s"]);
});

test("an application that is refused again waits for its next request", () => {
  const room = aRoom();
  room.setSecret("password", "v1");
  const app = { how: "refetches-when-refused", database: "orders" };
  room.pod({ ...app, vault: "kvdemo", secret: "password" });
  room.accepts = () => false;
  room.until("3s");
  expect(room.seen("app.request").map(({ at }) => at)).toEqual([
    "1s",
    "1s",
    "2s",
    "2s",
    "3s",
    "3s",
  ]);
});

test("requests that are alike are one run, caused by what is held", () => {
  const room = aRoom();
  room.pod({ how: "reads-once", file: FILE, database: "orders" });
  room.until("30m");
  const runs = room.sim.trace
    .openRuns()
    .filter(({ type }) => type === "app.request");
  expect(runs).toMatchObject([
    { causes: [room.seqOf("app.holds", 0)], run: { every: 1_000 } },
  ]);
});
