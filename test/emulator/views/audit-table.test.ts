import { expect, test } from "vitest";

import { AuditTable } from "../../../src/emulator/views/audit-table.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import { START, UNAUTHENTICATED, aRequest } from "./audit-support.ts";
import { rotationStory, tooWide } from "./story.ts";

const run = (first: number, count: number, every = 2 * MINUTE_MS) => ({
  run: { first: START + first, every, count },
});

test("each stretch of alike requests takes a row with its number and rhythm", () => {
  const table = rotationStory().tell(new AuditTable());
  expect(table.lines({ start: START })).toEqual([
    "  time        operation  status  pod      object",
    "  +00:00.400  SecretGet  200     busybox  secret1 v1",
    "  +01:43.190  SecretGet  200     busybox  secret1 v1  ×5 every 2m",
    "  +11:43.190  SecretGet  200     busybox  secret1 v2  ×5 every 2m",
  ]);
  expect(table.records).toBe(11);
});

test("a rhythm goes on over full hours", () => {
  const table = new AuditTable();
  table.fact(aRequest({}, run(0, 30)));
  table.fact(aRequest({}, run(HOUR_MS, 30)));
  table.fact(aRequest({}, run(2 * HOUR_MS, 1, 0)));
  expect(table.lines({ start: START })[1]).toContain("×61 every 2m");
});

test("a pause breaks the stretch", () => {
  const table = new AuditTable();
  table.fact(aRequest({}, run(0, 30)));
  table.fact(aRequest({}, run(HOUR_MS + 1, 30)));
  expect(table.lines({ start: START })).toHaveLength(3);
});

test("a run that took the mount and the first poll together gives the poll back", () => {
  const table = new AuditTable();
  table.fact(aRequest({}, run(400, 2, 102_790)));
  table.fact(aRequest({}, run(103_190 + 2 * MINUTE_MS, 4)));
  expect(table.lines({ start: START }).slice(1)).toEqual([
    "  +00:00.400  SecretGet  200     busybox  secret1 v1",
    "  +01:43.190  SecretGet  200     busybox  secret1 v1  ×5 every 2m",
  ]);
});

test("requests without pod or object leave their cells empty, and two vaults are told apart", () => {
  const table = new AuditTable();
  table.fact(aRequest({ vault: "one", operation: "SecretSet", pod: null }));
  table.fact(
    aRequest({ ...UNAUTHENTICATED, vault: "two", name: null }, { seq: 2 }),
  );
  expect(table.lines({ start: START })).toEqual([
    "  time        operation       status  pod      object",
    "  +00:00.000  SecretSet       200              one/secret1 v1",
    "  +00:00.000  Authentication  401     busybox  two",
  ]);
});

test("refused requests are red, the expected challenge is not", () => {
  const table = new AuditTable();
  table.fact(aRequest({ status: 403, version: null, ordinal: null }));
  table.fact(aRequest(UNAUTHENTICATED, { seq: 2 }));
  const [, refused, challenge] = table.lines({ start: START, color: true });
  expect(refused!.startsWith("\u001b[31m")).toBe(true);
  expect(challenge).not.toContain("\u001b[31m");
});

test("past the limit the stretches of a kind are put together, then rows are left out", () => {
  const table = new AuditTable();
  for (let i = 0; i < 20; i++)
    table.fact(
      aRequest(
        { pod: `default/p${i % 2}` },
        { seq: i, ...run(i * 1000, 1, 0) },
      ),
    );
  expect(table.lines({ start: START, limit: 5 }).slice(1)).toEqual([
    "  +00:00.000  SecretGet  200     p0   secret1 v1  ×10",
    "  +00:01.000  SecretGet  200     p1   secret1 v1  ×10",
  ]);
  expect(table.lines({ start: START, limit: 1 }).at(-1)).toBe(
    "  … 1 more kind of requests; all records are in audit/*.ndjson (--out)",
  );
});

test("put together, most requests may keep a rhythm", () => {
  const table = new AuditTable();
  table.fact(aRequest({}, run(400, 1, 0)));
  table.fact(aRequest({}, { seq: 2, ...run(MINUTE_MS, 5) }));
  table.fact(aRequest({ pod: "default/other" }, { seq: 3, ...run(0, 1, 0) }));
  expect(table.lines({ start: START, limit: 2 }).slice(1)).toEqual([
    "  +00:00.000  SecretGet  200     other    secret1 v1",
    "  +00:00.400  SecretGet  200     busybox  secret1 v1  ×6 mostly every 2m",
  ]);
});

test("since an instant only the stretches that last beyond it are shown", () => {
  const table = rotationStory().tell(new AuditTable());
  const since = START + 10 * MINUTE_MS;
  expect(table.lines({ start: START, since }).slice(1)).toEqual([
    "  +11:43.190  SecretGet  200     busybox  secret1 v2  ×5 every 2m",
  ]);
});

test("no line is wider than the terminal, however long the names", () => {
  const table = new AuditTable();
  const pod = `default/${"busybox-secrets-store-inline-wi-".repeat(4)}`;
  table.fact(
    aRequest(
      {
        pod,
        name: "s".repeat(127),
        operation: "SecretNearExpiryEventGridNotification",
      },
      run(0, 3),
    ),
  );
  table.fact(
    aRequest(
      { pod: "default/日本語日本語日本語日本語日本語日本語" },
      { seq: 2, ...run(0, 3) },
    ),
  );
  for (const width of [40, 60, 80])
    expect(tooWide(table.lines({ start: START, width }), width)).toEqual([]);
  expect(table.lines({ start: START })[1]).toMatch(
    /…\S*inline-wi- {2}…s+ v1 {2}×3 every 2m$/,
  );
});

test("requests for keys and certificates of one name stand apart, renewals under their own name", () => {
  const table = new AuditTable();
  const of = (collection: string, operation: string, pod: string | null) =>
    table.fact(aRequest({ collection, operation, name: "web", pod }));
  of("certificates", "CertificateRenew", null);
  of("certificates", "CertificateGet", "default/busybox");
  of("keys", "KeyGet", "default/busybox");
  of("secrets", "SecretGet", "default/busybox");
  const rows = table.lines({ start: START }).slice(1);
  expect(rows.map((row) => row.trim().split(/\s+/)[1])).toEqual([
    "CertificateRenew",
    "CertificateGet",
    "KeyGet",
    "SecretGet",
  ]);
});

test("a refusal is red whatever was asked, the expected 401 is not", () => {
  const table = new AuditTable();
  table.fact(aRequest(UNAUTHENTICATED));
  table.fact(aRequest({ ...UNAUTHENTICATED, status: 429 }));
  table.fact(aRequest({ status: 404, version: null, ordinal: null }));
  const [, expected, throttled, missing] = table.lines({
    start: START,
    color: true,
  });
  const red = "\u001b[31m";
  expect(expected!.startsWith(red)).toBe(false);
  expect(throttled!.startsWith(red)).toBe(true);
  expect(missing!.startsWith(red)).toBe(true);
});
