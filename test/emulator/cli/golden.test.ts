/** What each verb prints, as text that people read: at most 80 columns, and no value where nobody asked for one. */
import { expect, test } from "vitest";
import { textWidth } from "../../../src/emulator/views/terminal.ts";
import { expectGolden } from "../../support/golden.ts";
import { keyturn } from "./support.ts";

const VOLUME_FILE = "busybox:/mnt/secrets-volume/mysecret1";
const SYNCED = "scenarios/synced-secret.yaml";

const COMMANDS: readonly (readonly [golden: string, line: string])[] = [
  ["demo", "demo"],
  ["demo-csi-file", "demo csi-file"],
  ["demo-rotation-off", "demo rotation-off"],
  ["run", `run ${SYNCED}`],
  ["run-show-values", `run ${SYNCED} --show-values`],
  ["run-several", `run scenarios/csi-file.yaml scenarios/access-denied.yaml`],
  ["run-variants", "run scenarios/upgrade-1.5-to-1.6.yaml"],
  ["demo-variants", "demo upgrade-1.5-to-1.6"],
  ["run-seeds", `run ${SYNCED} --seeds 1..20`],
  ["why", `why ${VOLUME_FILE} ${SYNCED}`],
  ["why-old", `why ${VOLUME_FILE} ${SYNCED} --at 11m10s`],
  ["why-secret", `why app-secret/mysecret1 ${SYNCED}`],
  [
    "why-never",
    "why busybox:/mnt/secrets-store/secret1 scenarios/rotation-off.yaml",
  ],
  ["inspect", `inspect ${SYNCED} --pod busybox --show-values`],
  ["inspect-old", `inspect ${SYNCED} --pod busybox --at 11m10s`],
  ["scenarios", "scenarios"],
  ["validate", `validate ${SYNCED} scenarios/csi-file.yaml`],
  ["help", "--help"],
  ["help-run", "run --help"],
  ["help-why", "why --help"],
  ["help-inspect", "inspect --help"],
  ["help-metrics", "metrics --help"],
  ["help-demo", "demo --help"],
  ["help-scenarios", "scenarios --help"],
  ["help-validate", "validate --help"],
];

test.each(COMMANDS)("%s prints the golden text", async (golden, line) => {
  const { code, out, err } = await keyturn(line);
  expect(err).toBe("");
  expect(code).toBe(0);
  for (const printed of out.split("\n")) {
    expect(textWidth(printed)).toBeLessThanOrEqual(80);
    expect(printed).toBe(printed.trimEnd());
  }
  await expectGolden(`cli/${golden}.txt`, out);
});

test("no verb prints a wider line on a narrow terminal than the terminal is", async () => {
  for (const line of ["demo", `run ${SYNCED}`, "scenarios"]) {
    const { out } = await keyturn(line, { width: 60 });
    const widest = Math.max(...out.split("\n").map(textWidth));
    expect([line, widest <= 60]).toEqual([line, true]);
  }
});

test("the first screen of the demo holds the whole rotation and its price", async () => {
  const { out } = await keyturn("demo");
  const screen = out.split("\n").slice(0, 24).join("\n");
  for (const part of [
    /\+10:00\.000 {2}vault .*secret1 set in kvdemo = the second value/,
    /driver node-0 .*polled for busybox: secret1 is new/,
    /switched busybox:\/mnt\/secrets-store\/secret1/,
    /Secret app-secret modified: mysecret1/,
    /sink +bound +observed/,
    /^app-secret\/mysecret1 .*\d+m[\d.]+s/m,
    /operation +status/,
    /SecretSet +200/,
    /SecretGet +200/,
  ])
    expect(screen).toMatch(part);
});

test("a value stands in the text of run only where somebody looks or asks for it", async () => {
  const hidden = await keyturn(`run ${SYNCED}`);
  expect(hidden.out).not.toMatch(/the (first|second) value/);
  const asked = await keyturn(`run ${SYNCED} --show-values`);
  expect(asked.out).toContain("the second value");
  const looked = await keyturn(`run ${SYNCED}`, { interactive: true });
  expect(looked.out).toContain("the second value");
});

test("colour changes nothing but colour", async () => {
  for (const line of [
    "demo",
    `run ${SYNCED}`,
    `why ${VOLUME_FILE} ${SYNCED}`,
  ]) {
    const plain = await keyturn(line);
    const colored = await keyturn(line, { color: true });
    expect(colored.out).toContain("\u001b[");
    // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
    const bare = colored.out.replaceAll(/\u001b\[\d+m/g, "");
    expect(bare.replaceAll(/ +$/gm, "")).toBe(plain.out);
  }
});

test("the demo paced by --speed prints what the demo prints at once", async () => {
  const paced = await keyturn("demo csi-file --speed 1000000");
  expect(paced.out).toBe((await keyturn("demo csi-file")).out);
});

test("every verb tells the version", async () => {
  const { out } = await keyturn("--version");
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  for (const verb of [
    "run",
    "why",
    "inspect",
    "metrics",
    "demo",
    "scenarios",
    "validate",
  ])
    expect(await keyturn(`${verb} --version`)).toEqual({
      code: 0,
      out,
      err: "",
    });
});

test("a sink may be named with or without its kind", async () => {
  const short = await keyturn(`why ${VOLUME_FILE} ${SYNCED}`);
  expect(await keyturn(`why file:${VOLUME_FILE} ${SYNCED}`)).toEqual(short);
  const secret = await keyturn(`why app-secret/mysecret1 ${SYNCED}`);
  expect(
    await keyturn(`why secret:default/app-secret/mysecret1 ${SYNCED}`),
  ).toEqual(secret);
});

test("an instant may be counted from the start or be RFC 3339", async () => {
  const counted = await keyturn(`why ${VOLUME_FILE} ${SYNCED} --at 11m10s`);
  const named = await keyturn(
    `why ${VOLUME_FILE} ${SYNCED} --at 2024-04-29T09:11:10Z`,
  );
  expect(named).toEqual(counted);
  expect(counted.out).toContain("holds v1");
});

test.each([
  ["watches-file scenarios/deaf-watcher.yaml --at 25m", "app watches-file\n"],
  ["eso scenarios/lanes.yaml --at 1h", "lane eso\n"],
  [
    "csi-file scenarios/lanes.yaml --at 1h",
    "file deployment/web:/mnt/secrets-store/secret1\n",
  ],
])("why takes a name as tables print it: %s", async (line, first) => {
  const { code, out } = await keyturn(`why ${line}`);
  expect(code).toBe(0);
  expect(out.startsWith(first)).toBe(true);
  expect(out).toContain("holds v2 of kvdemo/secrets/secret1");
});

test("what a program was given by a variable is told as its start", async () => {
  const { out } = await keyturn(
    "why variable scenarios/database-password.yaml --at 5m",
  );
  expect(out).toMatch(
    /app start +the program reads the variable PASSWORD when\n +its container starts\n/,
  );
});

test("why tells of a declared thing that never came to exist, and that is no error", async () => {
  const { code, out } = await keyturn(
    "why app-secret/mysecret1 scenarios/sync-secret-disabled.yaml",
  );
  expect(code).toBe(0);
  expect(out).toContain("never\ncame to exist");
});
