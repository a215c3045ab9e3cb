/** Each mistake with its exact place, its reason, and that nothing but it is reported. */
import { describe, expect, it } from "vitest";

import { HEAD, WITH_POD, linesOf, problemsOf } from "./support.ts";
import type { Texts } from "./support.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly texts?: Texts;
  readonly says: readonly string[];
}

/** The problems, each cut to the length of what is expected in its place. */
function startsOf({ text, texts, says }: Case): string[] {
  return linesOf(text, texts).map((line, i) => line.slice(0, says[i]?.length));
}

const step = (body: string) => `${WITH_POD}  - {at: 1m, ${body}}\n`;
const expectLine = (body: string) => `${WITH_POD}expect:\n  - {${body}}\n`;
const watch = (body: string) => `${WITH_POD}watch:\n  - ${body}\n`;
const SECRET_SINK = "sink: {secret: app-secret/password}";
const AUDIT = "audit: {vault: kvdemo, operation: SecretGet}";
const ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n";

describe("a scenario file", () => {
  it.each<Case>([
    { name: "is empty", text: "", says: ["s.yaml:1:1: the file is empty"] },
    {
      name: "holds only a comment",
      text: "# later\n",
      says: ["s.yaml:1:1: the file is empty"],
    },
    {
      name: "is a list",
      text: "- a\n",
      says: ["s.yaml:1:1: expected a mapping, found a list"],
    },
    {
      name: "holds two documents",
      text: `${HEAD}---\nkind: Scenario\n`,
      says: ["s.yaml:6:1: a second YAML document starts here"],
    },
    {
      name: "is indented with a tab",
      text: `${HEAD}vaults:\n\t- name: kvdemo\n`,
      says: ["s.yaml:6:1: not valid YAML: tabs are not allowed as indentation"],
    },
    {
      name: "has a bracket that nobody closes",
      text: `${HEAD}nodes: [a\n`,
      says: ["s.yaml:6:1: not valid YAML: flow sequence"],
    },
    {
      name: "has a quote that nobody closes",
      text: `${HEAD}profile: "aks\n`,
      says: ["s.yaml:6:1: not valid YAML: missing closing quote"],
    },
    {
      name: "has a colon in plain text",
      text: `${HEAD}profile: a: b\n`,
      says: ["s.yaml:5:10: not valid YAML: nested mappings"],
    },
    {
      name: "says a key twice",
      text: `${HEAD}seed: 1\nseed: 2\n`,
      says: ['s.yaml:6:1: the key "seed" stands twice here, first in line 5'],
    },
    {
      name: "has an unknown key that looks like a known one",
      text: `${HEAD}sede: 1\n`,
      says: ['s.yaml:5:1: unknown key "sede"; did you mean "seed"?'],
    },
    {
      name: "has an unknown key deep inside",
      text: `${HEAD}settings: {addon: {rotationPolInterval: 2m}}\n`,
      says: [
        's.yaml:5:20: unknown key "rotationPolInterval"; did you mean "rotationPollInterval"?',
      ],
    },
    {
      name: "lacks its head",
      text: "kind: Scenario\n",
      says: [
        's.yaml:1:1: the key "apiVersion" is missing',
        's.yaml:1:1: the key "duration" is missing',
        's.yaml:1:1: the key "metadata" is missing',
      ],
    },
    {
      name: "is another kind of file",
      text: "apiVersion: v1\nkind: Pod\nmetadata: {name: t}\nduration: 1m\n",
      says: [
        's.yaml:1:13: apiVersion: must be "keyturn/v1"',
        's.yaml:2:7: kind: must be "Scenario"',
      ],
    },
    {
      name: "uses an alias without an anchor",
      text: `${HEAD}profile: *aks\n`,
      says: ["s.yaml:5:10: the alias *aks has no anchor &aks before it"],
    },
    {
      name: "has an alias that contains itself",
      text: `${HEAD}variables: &v {a: *v}\n`,
      says: ["s.yaml:5:19: the alias *v contains itself"],
    },
    {
      name: "has a tag of its own",
      text: `${HEAD}profile: !mine aks\n`,
      says: ["s.yaml:5:16: the tag !mine means nothing here"],
    },
    {
      name: "has a list for a key",
      text: `${HEAD}? [a]\n: b\n`,
      says: ["s.yaml:5:3: this cannot be a key"],
    },
    {
      name: "has a key that JavaScript would take for something else",
      text: `${HEAD}variables: {__proto__: x}\n`,
      says: ["s.yaml:5:13: this cannot be a key"],
    },
  ])("that $name is told so", (bad) => {
    expect(startsOf(bad)).toEqual(bad.says);
  });

  it("of several mistakes reports each, in the order of the text", () => {
    const text = `${HEAD}seed: many\nnodes: 0\nsteps:\n  - {at: 30m, setSecrt: {}}\n`;
    expect(linesOf(text)).toEqual([
      "s.yaml:5:7: seed: must be a whole number from 0 to 9007199254740991",
      "s.yaml:6:8: nodes: must be a whole number from 1 to 5000",
      's.yaml:8:15: unknown step "setSecrt"; did you mean "setSecret"?',
    ]);
  });

  it("of too many characters is not parsed", () => {
    const text = `${HEAD}# ${"x".repeat(4 * 1024 * 1024)}\n`;
    expect(linesOf(text)[0]).toMatch(
      /^s\.yaml:1:1: the file is too long: 4194\d+ characters/,
    );
  });

  it("that is a YAML bomb is refused at once, at the alias that goes too far", () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `  y${i + 1}: &y${i + 1} [${`*y${i},`.repeat(10)}]\n`,
    );
    const text = `${HEAD}variables:\n  y0: &y0 [${"x,".repeat(10)}]\n${levels.join("")}`;
    const [line, ...rest] = linesOf(text);
    expect(line).toMatch(/^s\.yaml:\d+:\d+: more than 250000 values/);
    expect(rest).toEqual([]);
  });

  it("that nests too deep is refused", () => {
    const nested = (levels: number) =>
      `${HEAD}manifests: ${"[".repeat(levels)}${"]".repeat(levels)}\n`;
    expect(linesOf(nested(200))).toEqual([
      "s.yaml:5:112: nested more than 100 levels deep",
    ]);
    expect(linesOf(nested(100_000))).toEqual([
      "s.yaml:5:112: nested more than 100 levels deep",
    ]);
  });

  it("with hundreds of mistakes lists the first 200 and counts the rest", () => {
    const keys = Array.from({ length: 300 }, (_, i) => `key${i}: 1\n`);
    const problems = problemsOf(HEAD + keys.join(""));
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)?.message).toBe("100 more problems are not listed");
  });
});

describe("the head", () => {
  it.each<[string, string, string]>([
    ["seed: many", "5:7", "seed: must be a whole number"],
    ["seed: -1", "5:7", "seed: must be a whole number"],
    ["seed: 1.5", "5:7", "seed: must be a whole number"],
    ["seed: 9007199254740992", "5:7", "seed: must be a whole number"],
    ["seed:", "5:1", "seed: must be a whole number"],
    ["start: yesterday", "5:8", "start: expected an instant like"],
    ["start: 2024-02-30T00:00:00Z", "5:8", "start: expected an instant like"],
    ["start: 1960-01-01T00:00:00Z", "5:8", "start: a scenario starts between"],
    ["start: 9990-01-01T00:00:00Z", "5:8", "start: a scenario starts between"],
    ["profile: akz", "5:10", 'there is no profile "akz"; did you mean "aks"?'],
    [
      "profile: ./x.yaml",
      "5:10",
      "Failed to read profile x.yaml: no such file",
    ],
    ["namespace: My_NS", "5:12", '"My_NS" is no name of a namespace'],
    ["nodes: 0", "5:8", "nodes: must be a whole number from 1 to 5000"],
    ["nodes: 5001", "5:8", "nodes: must be a whole number from 1 to 5000"],
    ["nodes: []", "5:8", "nodes: takes 1 to 5000 names"],
    ["nodes: [a, B]", "5:12", '"B" is no name of a node'],
    ["nodes: [a, a]", "5:12", 'the node "a" stands twice here'],
    ["variables: {1a: x}", "5:13", '"1a" is no name of a variable'],
    ["variables: {a: null}", "5:16", "a: must be text or a number"],
    [
      "settings: {driver: {version: 1.5}}",
      "5:30",
      "version: expected text, found a number",
    ],
    [
      "settings: {driver: {version: v1.5}}",
      "5:30",
      "version: must be a version of three numbers",
    ],
    [
      "settings: {driver: {version: 2.0.0}}",
      "5:30",
      "settings.driver.version is 2.0.0",
    ],
    [
      "settings: {kubernetes: {minor: 37}}",
      "5:32",
      "minor: must be a whole number from 25 to 36",
    ],
    [
      "settings: {addon: {rotationPollInterval: 0s}}",
      "5:42",
      "rotationPollInterval: must be longer than 0s",
    ],
    [
      "settings: {kubelet: {configMapAndSecretChangeDetectionStrategy: watch}}",
      "5:65",
      'configMapAndSecretChangeDetectionStrategy: must be "Watch" or "Cache" or "Get"',
    ],
  ])("refuses %s", (line, place, reason) => {
    const says = [`s.yaml:${place}: ${reason}`];
    expect(startsOf({ name: "", text: `${HEAD}${line}\n`, says })).toEqual(
      says,
    );
  });

  it.each<[string, string]>([
    ["-5m", "duration: the duration -5m is negative"],
    ["36526d", "duration: 36526d is not a duration: units go from d"],
    ["1m1h", "duration: 1m1h is not a duration: units go from d"],
    ["1.5m", "duration: 1.5m is not a duration: only seconds may have"],
    ["20", "duration: expected a duration like 500ms, 30s, 2m"],
    ["[20m]", "duration: expected a duration like 500ms, 30s, 2m"],
    ["soon", "duration: expected a duration like 500ms, 30s, 2m"],
  ])("refuses a duration of %s", (duration, reason) => {
    const text = HEAD.replace("20m", duration);
    const says = [`s.yaml:4:11: ${reason}`];
    expect(startsOf({ name: "", text, says })).toEqual(says);
  });

  it("takes the longest duration, a hundred years", () => {
    const text = HEAD.replace("20m", "36526d");
    expect(linesOf(text)).toHaveLength(1);
    expect(() => linesOf(HEAD.replace("20m", "36525d"))).toThrow("it must not");
  });
});

describe("vaults", () => {
  it.each<[string, string, string]>([
    ["{name: ab}", "6:12", '"ab" is no name of a vault'],
    ["{name: 1abc}", "6:12", '"1abc" is no name of a vault'],
    ["{name: a--b}", "6:12", '"a--b" is no name of a vault'],
    ["{name: abc-}", "6:12", '"abc-" is no name of a vault'],
    [
      "{name: abcdefghijklmnopqrstuvwxy}",
      "6:12",
      '"abcdefghijklmnopqrstuvwxy" is no name of a vault',
    ],
    ["{nam: kvdemo}", "6:5", 'the key "name" is missing'],
    [
      "{name: kvdemo, secrets: {my_secret: x}}",
      "6:30",
      '"my_secret" is no name of a secret',
    ],
    [
      "{name: kvdemo, secrets: {a: x, A: y}}",
      "6:36",
      'the secret "A" stands twice here',
    ],
    [
      "{name: kvdemo, secrets: {a: 1234}}",
      "6:33",
      "a: expected text, found a number",
    ],
    [
      "{name: kvdemo, secrets: {a: {value: x, notBefore: 5m}}}",
      "6:55",
      "notBefore: expected an instant",
    ],
    [
      "{name: kvdemo, secrets: {a: {value: x, enabeld: no}}}",
      "6:44",
      'unknown key "enabeld"; did you mean "enabled"?',
    ],
    [
      "{name: kvdemo, access: closed}",
      "6:28",
      'access: must be "open" or a mapping with a "mode"',
    ],
    [
      "{name: kvdemo, access: {mode: accesPolicy, policies: []}}",
      "6:35",
      'mode: must be "open" or "accessPolicy" or "rbac"',
    ],
    [
      "{name: kvdemo, access: {mode: rbac, roles: []}}",
      "6:35",
      'the access mode "rbac" is not built yet in this version',
    ],
    [
      "{name: kvdemo, access: {mode: accessPolicy, policies: [{permissions: {}}]}}",
      "6:60",
      "a policy is for one identity",
    ],
    [
      "{name: kvdemo, access: {mode: accessPolicy, policies: [{spn: a, permissions: {secrets: [gett]}}]}}",
      "6:93",
      'there is no permission "gett"; did you mean "get"?',
    ],
  ])("refuse %s", (vault, place, reason) => {
    const lines = linesOf(`${HEAD}vaults:\n  - ${vault}\n`);
    const wanted = `s.yaml:${place}: ${reason}`;
    expect(lines.map((line) => line.slice(0, wanted.length))).toContain(wanted);
  });

  it("are unique whatever their case", () => {
    const text = `${HEAD}vaults:\n  - name: kvdemo\n  - name: KVDemo\n`;
    expect(linesOf(text)).toEqual([
      's.yaml:7:11: the vault "KVDemo" stands twice here; names are equal whatever their case',
    ]);
  });

  it("take a secret of 25,600 characters and refuse one more, without repeating it", () => {
    const secret = (length: number) =>
      `${HEAD}vaults:\n  - name: kvdemo\n    secrets:\n      a: ${"x".repeat(length)}\n`;
    expect(() => linesOf(secret(25_600))).toThrow("it must not");
    expect(problemsOf(secret(25_601))).toEqual([
      {
        position: { file: "s.yaml", line: 8, column: 10 },
        message:
          "Secret is beyond the maximum permitted length of 25600 characters.",
        fix: "shorten it: it has 25601",
      },
    ]);
  });

  it("take 15 tags and a content type of 255 characters, not one more", () => {
    const secret = (tags: number, length: number) => {
      const list = Array.from({ length: tags }, (_, i) => `t${i}: x`);
      return `${HEAD}vaults:\n  - name: kvdemo\n    secrets:\n      a: {value: x, contentType: ${"c".repeat(length)}, tags: {${list.join(", ")}}}\n`;
    };
    expect(() => linesOf(secret(15, 255))).toThrow("it must not");
    expect(linesOf(secret(16, 256))).toEqual([
      "s.yaml:8:34: contentType has 256 characters; Key Vault takes 255",
      expect.stringMatching(/^s\.yaml:8:298: 16 tags; Key Vault takes 15$/),
    ]);
  });
});

describe("steps", () => {
  it.each<[string, string, string]>([
    ["id: a", "14:5", "a step needs one of setSecret, updateSecret"],
    [
      "deleteSecret: {vault: kvdemo, name: secret1}, apply: x.yaml",
      "14:60",
      'a step does one thing; this one has "deleteSecret" and "apply"',
    ],
    [
      "setSecrt: {}",
      "14:14",
      'unknown step "setSecrt"; did you mean "setSecret"?',
    ],
    [
      "id: rotate, deleteSecret: {vault: kvdemo, name: secret1}",
      "14:18",
      'the step id "rotate" is used twice, first in line 12',
    ],
    [
      "setSecret: {vault: kvdem, name: secret1, value: x}",
      "14:33",
      'there is no vault "kvdem"; did you mean "kvdemo"?',
    ],
    [
      "setSecret: {vault: kvdemo, name: my_secret, value: x}",
      "14:47",
      '"my_secret" is no name of a secret',
    ],
    [
      "deleteSecret: {vault: kvdemo, name: secret2}",
      "14:50",
      'there is no secret "secret2" in vault kvdemo; did you mean "secret1"?',
    ],
    [
      "setSecret: {vault: kvdemo, name: secret1}",
      "14:25",
      'the key "value" is missing',
    ],
    [
      "setSecret: {vault: kvdemo, name: a, value: b}, expect: {stdout: x}",
      "14:61",
      'unknown key "expect"',
    ],
    [
      "delete: pod/busybx",
      "14:22",
      'there is no Pod "busybx" in namespace default; did you mean "busybox"?',
    ],
    [
      "delete: pood/busybox",
      "14:22",
      'there is no kind "pood"; did you mean "pod"?',
    ],
    ["delete: busybox", "14:22", '"busybox" names no object'],
    ["delete: x/namespace/default", "14:22", "a Namespace is in no namespace"],
    ["apply: x.yaml", "14:21", "Failed to read manifest x.yaml: no such file"],
    [
      "settings: {kubelet: {syncFrequency: 30s}}",
      "14:25",
      '"kubelet" cannot change while the scenario plays in this version',
    ],
    [
      "access: {vault: kvdemo, mode: rbac, roles: []}",
      "14:44",
      'the access mode "rbac" is not built yet in this version',
    ],
    ["access: {vault: kvdemo}", "14:22", 'the key "mode" is missing'],
  ])("refuse {%s}", (body, place, reason) => {
    const says = [`s.yaml:${place}: ${reason}`];
    expect(startsOf({ name: "", text: step(body), says })).toEqual(says);
  });

  it.each([
    "request: {door: vault, operation: SecretGet, arguments: {}}",
    "webhookAnswer: {subscription: s, delivery: 1, status: 200}",
  ])("refuse by name what is not built yet: %s", (body) => {
    const kind = body.split(":")[0];
    expect(linesOf(step(body))).toEqual([
      `s.yaml:14:14: the step "${kind}" is not built yet in this version`,
    ]);
  });

  it("need an `at` within the duration", () => {
    const at = (when: string) =>
      `${WITH_POD}  - {${when}deleteSecret: {vault: kvdemo, name: secret1}}\n`;
    expect(linesOf(at(""))).toEqual(['s.yaml:14:5: the key "at" is missing']);
    expect(linesOf(at("at: -1m, "))).toEqual([
      "s.yaml:14:10: at: the duration -1m is negative",
    ]);
    expect(linesOf(at("at: 20m1ms, "))).toEqual([
      "s.yaml:14:10: 20m1ms is after the end: the scenario plays 20m",
    ]);
    expect(() => linesOf(at("at: 20m, "))).toThrow("it must not");
  });
});

describe("sinks", () => {
  it.each<[string, string, string]>([
    ["{fil: a}", "15:6", 'unknown sink "fil"; did you mean "file"?'],
    ["{}", "15:5", "a line needs one of file, env, secret, webhook, app"],
    [
      "{webhook: x}",
      "15:6",
      'the sink "webhook" is not built yet in this version',
    ],
    ["{app: busybox}", "15:11", "busybox has no application"],
    ["{file: busybox}", "15:12", '"busybox" lacks the ":" after the pod'],
    ['{file: "busybox:rel"}', "15:12", '"rel" is no absolute path of a file'],
    ['{file: "a/b/c:/x"}', "15:12", '"a/b/c" names no pod or workload'],
    ["{secret: x}", "15:14", '"x" names no key of a Secret'],
    [
      '{file: "busybx:/mnt/store/secret1"}',
      "15:12",
      'there is no Pod "busybx" in namespace default; did you mean "busybox"?',
    ],
    [
      '{file: "other/busybox:/mnt/store/secret1"}',
      "15:12",
      'there is no Pod "busybox" in namespace other',
    ],
    [
      '{file: "deployment/web:/mnt/store/secret1"}',
      "15:12",
      'there is no Deployment "web" in namespace default',
    ],
    [
      '{file: "busybox:/mnt/nowhere/x"}',
      "15:12",
      'nothing is mounted at /mnt/nowhere/x in the pod "busybox"',
    ],
    [
      '{file: "busybox:/mnt/synced/password"}',
      "15:12",
      '/mnt/synced/password is in 2 containers of the pod "busybox": main and side',
    ],
    [
      '{file: "busybox@sid:/mnt/synced/password"}',
      "15:12",
      'the pod "busybox" has no container "sid"; did you mean "side"?',
    ],
    [
      '{file: "busybox@side:/mnt/store/secret1"}',
      "15:12",
      'nothing is mounted at /mnt/store/secret1 in the pod "busybox"',
    ],
    [
      '{file: "busybox:/mnt/store/secrt1"}',
      "15:12",
      'no file "secrt1" can appear in /mnt/store; did you mean "secret1"?',
    ],
    [
      '{file: "busybox@main:/mnt/synced/pasword"}',
      "15:12",
      'no file "pasword" can appear in /mnt/synced; did you mean "password"?',
    ],
    [
      "{secret: app-secret/pass}",
      "15:14",
      'the Secret "app-secret" never has a key "pass"',
    ],
    [
      "{secret: app-secrt/password}",
      "15:14",
      'there is no Secret "app-secrt" in namespace default; did you mean "app-secret"?',
    ],
  ])("refuse %s", (sink, place, reason) => {
    const says = [`s.yaml:${place}: ${reason}`];
    expect(startsOf({ name: "", text: watch(sink), says })).toEqual(says);
  });
});

describe("expectations", () => {
  it.each<[string, string, string]>([
    [SECRET_SINK, "15:5", `a sink's line needs "sees: STEP" or "holds: VALUE"`],
    [
      `${SECRET_SINK}, seees: rotate`,
      "15:43",
      'unknown key "seees"; did you mean "sees"?',
    ],
    [
      `${SECRET_SINK}, sees: rotat`,
      "15:49",
      'there is no step with the id "rotat"; did you mean "rotate"?',
    ],
    [
      `${SECRET_SINK}, sees: drop`,
      "15:49",
      'the step "drop" is a deleteSecret step; a sink sees what a setSecret, setKey or setCertificate step sets',
    ],
    [
      `${SECRET_SINK}, sees: rotate, within: 1m, never: true`,
      "15:65",
      '"within" and "never: true" contradict each other',
    ],
    [
      `${SECRET_SINK}, sees: rotate, after: {secret: app-secret/password}`,
      "15:64",
      '"after" says where "within" counts from, and there is no "within"',
    ],
    [
      `${SECRET_SINK}, holds: 5`,
      "15:50",
      "holds: expected text, found a number",
    ],
    [`${SECRET_SINK}, holds: x, at: 30m`, "15:57", "30m is after the end"],
    [
      `${SECRET_SINK}, holds: x, sees: rotate`,
      "15:43",
      'use "sees" or "holds", not both',
    ],
    [
      "audit: {vault: kvdem, operation: SecretGet}",
      "15:21",
      'there is no vault "kvdem"; did you mean "kvdemo"?',
    ],
    [
      "audit: {vault: kvdemo, operation: SecretGte}",
      "15:40",
      'there is no audit operation "SecretGte"; did you mean "SecretGet"?',
    ],
    [
      "audit: {vault: kvdemo, operation: SecretGet, pod: busy}",
      "15:56",
      'there is no Pod "busy" in namespace default',
    ],
    [
      "audit: {vault: kvdemo, operation: SecretGet, status: 99}",
      "15:59",
      "status: must be a whole number from 100 to 599",
    ],
    [`${AUDIT}, between: [5m, 5m]`, "15:61", "between is [FROM, TO)"],
    [`${AUDIT}, between: [5m]`, "15:61", "between: takes two durations"],
    [`${AUDIT}, between: [0s, 30m]`, "15:66", "30m is after the end"],
    [`${AUDIT}, count: {}`, "15:59", 'count needs "min", "max" or both'],
    [
      `${AUDIT}, count: {min: 2, max: 1}`,
      "15:59",
      "count: min 2 is more than max 1",
    ],
    [`${AUDIT}, count: -1`, "15:59", "count: must be a whole number"],
    [
      "event: {reason: x, object: pod/nope}",
      "15:33",
      'there is no Pod "nope" in namespace default',
    ],
    ["event: {}", "15:13", 'the key "reason" is missing'],
    [
      "object: secret/none, exists: false",
      "15:14",
      'there is no Secret "none" in namespace default',
    ],
    ["object: secret/app-secret", "15:5", 'the key "exists" is missing'],
    [
      "object: secret/app-secret, exists: true, at: 1m, between: [0s, 1m]",
      "15:64",
      'use "at" or "between", not both',
    ],
    ["sinc: {}", "15:6", 'unknown expectation "sinc"; did you mean "sink"?'],
    ["name: x", "15:5", "a line needs one of sink, audit, event, object"],
    [
      `${SECRET_SINK}, audit: {}`,
      "15:43",
      'an expectation is about one thing; this one has "sink" and "audit"',
    ],
  ])("refuse {%s}", (body, place, reason) => {
    const says = [`s.yaml:${place}: ${reason}`];
    expect(startsOf({ name: "", text: expectLine(body), says })).toEqual(says);
  });
});

describe("manifests", () => {
  const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n";
  it.each<[string, Texts, readonly string[]]>([
    [
      "a file that is not there",
      {},
      ["s.yaml:6:5: Failed to read manifest m.yaml: no such file"],
    ],
    [
      "a file that is no YAML",
      { "m.yaml": "a: [1\n" },
      ["m.yaml:2:1: not valid YAML: flow sequence"],
    ],
    [
      "a document that is a list",
      { "m.yaml": `${ACCOUNT}---\n- a\n` },
      ["m.yaml:5:1: a manifest is a mapping with apiVersion and kind"],
    ],
    [
      "an object without identity",
      { "m.yaml": "metadata: {}\n" },
      [
        "m.yaml:1:1: apiVersion not set",
        "m.yaml:1:1: kind not set",
        "m.yaml:1:11: metadata.name: Required value",
      ],
    ],
    [
      "an unknown field",
      {
        "m.yaml": `${POD}  containers:\n    - {name: a, image: b, comand: [x]}\n`,
      },
      [
        'm.yaml:6:27: unknown field "spec.containers[0].comand"; did you mean "command"?',
      ],
    ],
    [
      "a missing field",
      { "m.yaml": `${POD}  containers:\n    - name: a\n` },
      ["m.yaml:6:7: spec.containers[0].image: Required value"],
    ],
    [
      "a kind that nobody knows",
      { "m.yaml": ACCOUNT.replace("ServiceAccount", "ServiceAcount") },
      ['m.yaml:2:7: no matches for kind "ServiceAcount" in version "v1"'],
    ],
    [
      "an object of a list",
      {
        "m.yaml": `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Secret, metadata: {name: s}, dat: {}}\n`,
      },
      ['m.yaml:4:57: unknown field "dat"; did you mean "data"?'],
    ],
    [
      "unset variables, each at its place",
      {
        "m.yaml":
          "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name_b}\n  annotations:\n    x: |\n      one\n      two ${name_a}\n    azure.workload.identity/client-id: $nope\n",
      },
      [
        "m.yaml:4:9: the variable name_b is not set",
        "m.yaml:8:11: the variable name_a is not set",
        "m.yaml:9:40: the variable nope is not set",
      ],
    ],
    [
      "a variable where YAML sees a bracket",
      { "m.yaml": ACCOUNT.replace("name: a", "name: ${a}") },
      [
        "m.yaml:3:18: not valid YAML: a variable inside { } or [ ] needs quotes",
      ],
    ],
    [
      "a number that JSON cannot write",
      { "m.yaml": ACCOUNT.replace("name: a", "name: a, x: .inf") },
      ["m.yaml:3:24: the number .inf cannot be written in JSON"],
    ],
  ])("refuse %s", (_, texts, says) => {
    const text = `${HEAD}manifests:\n  - m.yaml\n`;
    const lines = linesOf(text, texts);
    expect(
      says.filter((wanted) => !lines.some((line) => line.startsWith(wanted))),
      lines.join("\n"),
    ).toEqual([]);
  });

  it("refuse the same object twice and name both places", () => {
    const text = `${HEAD}manifests:\n  - m.yaml\n  - n.yaml\n`;
    const texts = {
      "m.yaml": ACCOUNT,
      "n.yaml": ACCOUNT.replace("name: a", "name: a, namespace: default"),
    };
    expect(linesOf(text, texts)).toEqual([
      'n.yaml:1:1: the ServiceAccount "a" in namespace default stands twice in the manifests; the first is at m.yaml:1:1',
    ]);
  });

  it("take one object in two versions of its API group for the same", () => {
    const spc = (version: string) =>
      `  - {apiVersion: secrets-store.csi.x-k8s.io/${version}, kind: SecretProviderClass, metadata: {name: a}, spec: {}}\n`;
    const text = `${HEAD}manifests:\n${spc("v1")}${spc("v1alpha1")}`;
    expect(linesOf(text)).toEqual(
      [
        'the SecretProviderClass "a" in namespace default stands twice in the manifests; the first is at s.yaml:6:5',
      ].map((message) => `s.yaml:7:5: ${message}`),
    );
  });

  it("point into the scenario for an inline object", () => {
    const text = `${HEAD}manifests:\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: s}\n    dat: {}\n`;
    expect(linesOf(text)).toEqual([
      's.yaml:9:5: unknown field "dat"; did you mean "data"?',
    ]);
  });

  it("that cannot be read make no name unknown", () => {
    const text = `${HEAD}manifests:\n  - m.yaml\nwatch:\n  - file: busybox:/mnt/x\n`;
    expect(linesOf(text)).toEqual([
      "s.yaml:6:5: Failed to read manifest m.yaml: no such file",
    ]);
  });
});
