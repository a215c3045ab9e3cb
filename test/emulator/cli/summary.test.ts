/** `summary.json` of whole runs: what broke, what was refused, what it cost, and what upstream does wrong. */
import { expect, test } from "vitest";
import type { Summary } from "../../../src/emulator/views/summary.ts";
import { aScenario, folderWith, keyturn } from "./support.ts";

async function summaryOf(more: string, line = ""): Promise<Summary> {
  const folder = folderWith({ "small.yaml": aScenario(more) });
  const run = `run ${folder}/small.yaml --format json${line}`;
  const { code, out, err } = await keyturn(run);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Summary;
}

const at = (time: string) => `2024-04-29T09:${time}Z`;

test("lists faults, restarts and killed containers with beginning and end", async () => {
  const { outages } =
    await summaryOf(`  - { at: 11m, fault: { vault: kvdemo, respond: 429, for: 1m } }
  - { at: 12m, restart: { driver: node-0, downFor: 10s } }
  - { at: 13m, kill: { pod: busybox } }
  - { at: 14m, restart: { node: node-0, downFor: 30s } }
  - { at: 19m50s, fault: { apiServer: null, drop: true, for: 1m } }
`);
  expect(outages.slice(0, 2)).toEqual([
    {
      what: "vault kvdemo answers 429",
      began: at("11:00.000"),
      ended: at("12:00.000"),
    },
    {
      what: "the driver of node-0 is down",
      began: at("12:00.000"),
      ended: at("12:10.000"),
    },
  ]);
  expect(outages[2]).toMatchObject({
    what: "container busybox of default/busybox was killed with 137",
    began: at("13:00.000"),
  });
  expect(outages[2]!.ended! > at("13:00.000")).toBe(true);
  const node = outages.find(({ what }) => what === "node-0 is down");
  expect(node).toEqual({
    what: "node-0 is down",
    began: at("14:00.000"),
    ended: at("14:30.000"),
  });
  expect(outages.at(-1)).toEqual({
    what: "the API server does not answer",
    began: at("19:50.000"),
    ended: null,
  });
  const begins = outages.map(({ began }) => began);
  expect([...begins].sort()).toEqual(begins);
});

test("is without outages where nothing broke", async () => {
  expect((await summaryOf("")).outages).toEqual([]);
});

test("says what a vault refused, by status, and bills it", async () => {
  const { vault, cost } = await summaryOf(
    "  - { at: 11m, fault: { vault: kvdemo, respond: 403, operation: SecretGet, for: 4m } }\n",
  );
  const gets = vault.operations.find(
    ({ operation, pod }) => operation === "SecretGet" && pod !== null,
  )!;
  expect(Object.keys(gets.refused)).toEqual(["403"]);
  expect(gets.refused["403"]).toBeGreaterThan(3);
  const billed = vault.operations
    .filter(({ operation }) => operation.startsWith("Secret"))
    .reduce((sum, { count }) => sum + count, 0);
  expect(cost.billedOperations).toBe(billed);
});

test("charges for the renewal of a certificate, and shows the version that something holds", async () => {
  const { rotations, cost } =
    await summaryOf(`  - { at: 11m, id: make, setCertificate: { vault: kvdemo, name: tls } }
  - { at: 12m, id: renew, setCertificate: { vault: kvdemo, name: tls } }
`);
  expect(cost).toMatchObject({ certificateRenewals: 1 });
  expect(cost.usd).toBeGreaterThan(3);
  // Nothing in the cluster holds one of its three versions: the certificate stands for them.
  expect(rotations.map(({ object, step }) => [object, step])).toEqual([
    ["kvdemo/secrets/secret1", "rotate"],
    ["kvdemo/certificates/tls", "make"],
    ["kvdemo/certificates/tls", "renew"],
  ]);
});

const SYNCED = "run scenarios/synced-secret.yaml";

test("names what upstream does wrong, in JSON and at the end of the text", async () => {
  const json = await keyturn(`${SYNCED} --format json`);
  const { findings } = JSON.parse(json.out) as Summary;
  expect(findings[0]).toMatchObject({
    name: "rotation-event-without-change",
    firstAt: expect.stringMatching(/^2024-04-29T09:0\d:/) as string,
    objects: ["default/Pod/busybox"],
  });
  const { out } = await keyturn(SYNCED);
  const section = out.slice(out.indexOf("what upstream does here\n"));
  expect(section).toContain(
    `  rotation-event-without-change: ${findings[0]!.count} times, first at +0`,
  );
  for (const { title, reference } of findings)
    for (const text of [title, reference])
      expect(section.replaceAll(/\n +/g, " ")).toContain(text);
});

test("has no such section where upstream does nothing wrong", async () => {
  const { out } = await keyturn("run scenarios/rotation-off.yaml");
  expect(out).not.toContain("what upstream does here");
});
