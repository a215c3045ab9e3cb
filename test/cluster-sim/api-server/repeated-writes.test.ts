/** A client that sends one object again and again gets each time the answer of that time, whatever was remembered of it. */
import { expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aCluster, aSecret, messageOf, storedOf } from "../support.ts";

const KEY = { kind: "Secret", namespace: "default", name: "app" };

it("an object that is there is not created again, and is once it is gone", () => {
  const { ask } = aCluster();
  const object = aSecret("app", { data: { a: "YQ==" } });
  const first = storedOf(ask({ verb: "create", object }));
  for (let i = 0; i < 3; i++)
    expect(messageOf(ask({ verb: "create", object }))).toBe(
      'secrets "app" already exists',
    );
  ask({ verb: "delete", ...KEY });
  const second = storedOf(ask({ verb: "create", object }));
  expect(second.object["data"]).toEqual({ a: "YQ==" });
  expect(second.object.metadata.uid).not.toBe(first.object.metadata.uid);
  expect(messageOf(ask({ verb: "create", object }))).toContain("exists");
});

it("an object that is invalid is so each time", () => {
  const { ask } = aCluster();
  const object = aSecret("app", { data: { "no/key": "YQ==" } });
  const refusals = [1, 2, 3].map(() =>
    messageOf(ask({ verb: "create", object })),
  );
  expect(refusals[0]).toContain('Secret "app" is invalid');
  expect(new Set(refusals).size).toBe(1);
});

it("an update that changes nothing stores nothing, each time", () => {
  const { ask, facts } = aCluster();
  ask({ verb: "create", object: aSecret("app", { data: { a: "YQ==" } }) });
  const object = aSecret("app", { data: { a: "YQ==" } });
  const before = facts.length;
  const versions = [1, 2, 3].map(
    () => storedOf(ask({ verb: "update", object })).object.metadata,
  );
  expect(
    new Set(versions.map(({ resourceVersion }) => resourceVersion)).size,
  ).toBe(1);
  expect(facts.length).toBe(before);
});

it("an update that changed nothing changes what somebody else has written since", () => {
  const { ask } = aCluster();
  ask({ verb: "create", object: aSecret("app", { data: { a: "YQ==" } }) });
  const object = aSecret("app", { data: { a: "YQ==" } });
  ask({ verb: "update", object });
  ask({ verb: "update", object });
  ask({ verb: "patch", ...KEY, patch: { data: { a: "Yg==" } } });
  const written = storedOf(ask({ verb: "update", object }));
  expect(written.object["data"]).toEqual({ a: "YQ==" });
});

it("an update of one version is refused once there is another, though it changed nothing before", () => {
  const { ask } = aCluster();
  const created = storedOf(
    ask({ verb: "create", object: aSecret("app", { data: { a: "YQ==" } }) }),
  );
  const object = created.object as unknown as JsonObject;
  expect(storedOf(ask({ verb: "update", object }))).toBe(created);
  expect(storedOf(ask({ verb: "update", object }))).toBe(created);
  ask({ verb: "patch", ...KEY, patch: { data: { a: "Yg==" } } });
  expect(ask({ verb: "update", object })).toMatchObject({
    error: { code: 409, reason: "Conflict" },
  });
});
