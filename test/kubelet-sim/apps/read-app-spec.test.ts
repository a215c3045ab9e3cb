/** The annotation `keyturn.dev/app`: what it may say, and what is said of one that cannot be. */
import { describe, expect, test } from "vitest";
import { appAnnotationProblems } from "../../../src/kubelet-sim/apps/app-problems.ts";
import { readAppSpec } from "../../../src/kubelet-sim/apps/read-app-spec.ts";

describe("the annotation", () => {
  test("gives a file, its interval and a database", () => {
    const text =
      "how: polls-file\nfile: /mnt/s/password\nevery: 30s\ndatabase: orders\nrequestEvery: 2s\ncontainer: web\n";
    expect(readAppSpec(text)).toEqual({
      ok: true,
      spec: {
        how: "polls-file",
        container: "web",
        source: { kind: "file", path: "/mnt/s/password" },
        everyMs: 30_000,
        schedule: "fixed-delay",
        sidecar: null,
        database: "orders",
        requestEveryMs: 2_000,
      },
    });
  });

  test("may leave out everything but how and what", () => {
    const read = readAppSpec("{how: reads-once, env: PASSWORD}");
    expect(read).toMatchObject({
      ok: true,
      spec: {
        source: { kind: "variable", name: "PASSWORD" },
        everyMs: null,
        database: null,
        requestEveryMs: 1_000,
      },
    });
  });

  test("may tell .NET never to reload", () => {
    expect(
      readAppSpec("{how: dotnet, vault: kv, secret: s, every: never}"),
    ).toMatchObject({ ok: true, spec: { everyMs: null } });
  });

  test.each([
    [
      "[reads-once]",
      "is no mapping: write {how: polls-file, file: /mnt/secrets-store/password}",
    ],
    [
      "{how: reads-once, fiel: /a}",
      'has an unknown key "fiel"; did you mean "file"?',
    ],
    ["{file: /a}", /^needs "how": reads-once, reads-each-use, /],
    [
      "{how: poll-file, file: /a}",
      /^has an unknown "how", "poll-file"; did you mean "polls-file"\?; it is one of /,
    ],
    ["{how: reads-once}", 'needs "file" or "env" for reads-once'],
    ["{how: polls-file}", 'needs "file" for polls-file'],
    [
      "{how: polls-vault, file: /a}",
      'has "file", but polls-vault reads "vault" and "secret"',
    ],
    ["{how: polls-vault, vault: kv}", 'needs "secret" beside "vault"'],
    [
      "{how: reads-once, file: /a, env: A}",
      'has both "file" and "env": it reads one of them',
    ],
    [
      "{how: reads-once, file: password}",
      'has "file" "password", which is no absolute path of a file',
    ],
    [
      "{how: polls-file, file: /a, every: 0s}",
      'has "every" 0, which would never let time pass',
    ],
    [
      "{how: polls-file, file: /a, every: 0}",
      'has "every" 0, which would never let time pass',
    ],
    [
      "{how: polls-file, file: /a, every: soon}",
      'has "every" "soon", which is no duration (30s, 5m)',
    ],
    [
      "{how: polls-file, file: /a, every: never}",
      'has "every" never, which only dotnet can be told',
    ],
    [
      "{how: reads-once, file: /a, every: 5s}",
      'has "every", which reads-once does not use; reads-each-use, polls-file, polls-vault, dotnet, spring, caches-vault do',
    ],
    [
      "{how: reads-once, file: /a, sidecar: s}",
      'has "sidecar", which reads-once does not use; reloads-on-signal does',
    ],
    [
      "{how: reloads-on-signal, file: /a}",
      'needs "sidecar": the container that watches and sends SIGHUP',
    ],
    [
      "{how: polls-file, file: /a, schedule: rate}",
      'has "schedule" "rate", which is neither fixed-delay nor fixed-rate',
    ],
    [
      "{how: refetches-when-refused, vault: kv, secret: s}",
      'needs "database": refetches-when-refused looks again when one refuses its credential',
    ],
    [
      "{how: reads-once, file: /a, requestEvery: 5s}",
      'has "requestEvery" without a "database"',
    ],
    ["{how: reads-once, file: 3}", 'has "file" 3, which is no text'],
    ["{how: [", /^is no YAML: line 1, column \d+: /],
  ])("%s is refused", (text, message) => {
    const read = readAppSpec(text);
    expect(read.ok ? "" : read.message).toMatch(message);
  });

  test.each([
    [
      "{how: reads-once, file: /a, container: wep}",
      'has "container" "wep", but the pod\'s containers are web, sidecar; did you mean "web"?',
    ],
    [
      "{how: reloads-on-signal, file: /a, sidecar: other}",
      'has "sidecar" "other", but the pod\'s containers are web, sidecar',
    ],
    [
      "{how: reloads-on-signal, file: /a, sidecar: web}",
      'has "sidecar" "web", which is the application\'s own container',
    ],
    [
      "{how: reloads-on-signal}",
      'needs "sidecar": the container that watches and sends SIGHUP',
    ],
  ])("%s does not fit its pod", (text, problem) => {
    const containers = [{ name: "web" }, { name: "sidecar" }];
    const annotations = { "keyturn.dev/app": text };
    expect(appAnnotationProblems(annotations, { containers })).toEqual([
      `keyturn.dev/app ${problem}`,
    ]);
  });

  test("that fits its pod has no problem", () => {
    const text = "{how: reloads-on-signal, file: /a, sidecar: sidecar}";
    const containers = [{ name: "web" }, { name: "sidecar" }];
    const annotations = { "keyturn.dev/app": text };
    expect(appAnnotationProblems(annotations, { containers })).toEqual([]);
  });
});
