/** What upstream does wrong in whole runs, under each generation. */
import { expect, test } from "vitest";
import type { Command } from "../../../src/emulator/world/commands.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { Generation } from "../../support/cluster.ts";
import { VAULT, aPod } from "../../support/cluster.ts";
import { BEGINS, fault, play } from "../../recovery/support.ts";

type Trouble = readonly (readonly [at: string, command: Command])[];

const namesOf = (generation: Generation, trouble: Trouble, settings = {}) =>
  play(generation, { trouble, settings }).findings.map(({ name }) => name);

test("a quiet run: events without change up to 1.5, rewritten Secrets from 1.6 on", () => {
  expect(namesOf("1.5.6", [])).toEqual(["rotation-event-without-change"]);
  expect(namesOf("1.6.0", [])).toContain("secret-rewritten-unchanged");
});

test("a vault that refuses: a hot loop up to 1.5, masked errors from 1.6 on", () => {
  const forbidden = fault({
    target: "vault",
    vault: VAULT,
    operation: "SecretGet",
    object: "secret2",
    effect: { kind: "respond", status: 403 },
  });
  const trouble = [[BEGINS, forbidden]] as const;
  expect(namesOf("1.5.6", trouble)).toEqual(
    expect.arrayContaining(["hot-loop", "one-object-holds-back-all"]),
  );
  expect(namesOf("1.6.0", trouble)).toEqual(
    expect.arrayContaining(["masked-error", "one-object-holds-back-all"]),
  );
  expect(namesOf("1.6.0", trouble)).not.toContain("hot-loop");
});

test("a node that lags behind for minutes: its old value is written back from 1.6 on", () => {
  const cut = fault({
    target: "link",
    node: "node-0",
    to: "vault",
    effect: { kind: "refuse" },
  });
  const trouble = [[BEGINS, cut]] as const;
  expect(namesOf("1.6.0", trouble)).toContain("write-back");
  expect(namesOf("1.5.6", trouble)).not.toContain("write-back");
});

test("without rotation a new pod leaves the Secret stale up to 1.5", () => {
  const scenario = (generation: Generation) =>
    play(generation, {
      trouble: [["9m", { kind: "apply", object: aPod(3) }]],
      settings: { addon: { enableSecretRotation: false } },
    }).findings;
  const found = scenario("1.5.6").find(
    ({ name }) => name === "secret-goes-stale",
  );
  expect(found).toMatchObject({
    count: 1,
    objects: ["default/Secret/app-secret"],
  });
  expect(found!.firstAt % durationMs("1h")).toBeGreaterThan(durationMs("9m"));
  expect(scenario("1.6.0").map(({ name }) => name)).not.toContain(
    "secret-goes-stale",
  );
});
