/** What a sound scenario becomes: every sentence of the format about loading that is not about mistakes. */
import { describe, expect, it } from "vitest";

import { loadProfile } from "../../../src/emulator/profiles/load.ts";
import { DAY_MS, parseInstant } from "../../../src/kernel/time.ts";
import { HEAD, WITH_POD, loadText } from "./support.ts";

const MINUTE = 60_000;

describe("a scenario that says little", () => {
  const scenario = loadText(HEAD);

  it("has the format's defaults", () => {
    expect(scenario).toEqual({
      file: "s.yaml",
      name: "t",
      title: "t",
      description: "",
      source: "",
      seed: 1,
      start: parseInstant("2024-04-29T09:00:00Z"),
      duration: 20 * MINUTE,
      profile: "aks",
      settings: loadProfile("aks").settings,
      namespace: "default",
      nodes: ["node-0"],
      setup: [],
      steps: [],
      lanes: [],
      databases: [],
      watch: [],
      expectations: [],
      generated: [],
      variants: [],
    });
  });
});

describe("the head", () => {
  it("takes nodes by number or by name", () => {
    expect(loadText(`${HEAD}nodes: 3\n`).nodes).toEqual([
      "node-0",
      "node-1",
      "node-2",
    ]);
    expect(loadText(`${HEAD}nodes: [b, a.x]\n`).nodes).toEqual(["b", "a.x"]);
  });

  it("takes a start with an offset, and any seed that a double holds", () => {
    const scenario = loadText(
      `${HEAD}start: 2024-04-29T12:00:00.5+03:00\nseed: 9007199254740991\n`,
    );
    expect(scenario.start).toBe(parseInstant("2024-04-29T09:00:00.500Z"));
    expect(scenario.seed).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("takes a profile by name and settings on top of it", () => {
    const scenario = loadText(
      `${HEAD}profile: helm\nsettings: {addon: {rotationPollInterval: 1h30m}, latency: {vault: 0s}}\n`,
    );
    const { settings } = loadProfile("helm");
    expect(scenario.profile).toBe("helm");
    expect(scenario.settings).toEqual({
      ...settings,
      addon: { ...settings.addon, rotationPollInterval: 90 * MINUTE },
      latency: { ...settings.latency, vault: 0 },
    });
  });

  it("takes a profile by path, from the scenario's folder", () => {
    const scenario = loadText(`${HEAD}profile: ./mine.yaml\n`, {
      "mine.yaml":
        "apiVersion: keyturn/v1\nkind: Profile\nmetadata: {name: mine}\nextends: aks\nsettings: {kubelet: {syncFrequency: 10s}}\n",
    });
    expect(scenario.profile).toBe("mine");
    expect(scenario.settings.kubelet.syncFrequency).toBe(10_000);
  });
});

describe("vaults", () => {
  it("are made in the file's order, each before its secrets", () => {
    const scenario = loadText(`${HEAD}vaults:
  - name: kv-one
    access: {mode: accessPolicy, policies: [{spn: app, permissions: {secrets: [Get, list], keys: [all]}}]}
    secrets:
      "20": later number first
      "3": value
      long: {value: x, contentType: text/plain, enabled: false, notBefore: 2024-05-01T00:00:00Z, expires: 2024-06-01T00:00:00Z, tags: {app: shop}}
  - {name: kv-two, access: open, secrets: {empty: ""}}
`);
    const keys = expect.arrayContaining(["get", "unwrapKey", "release"]);
    expect(scenario.setup).toEqual([
      {
        kind: "createVault",
        vault: "kv-one",
        access: {
          mode: "accessPolicy",
          policies: [
            {
              spn: "app",
              permissions: {
                secrets: ["get", "list"],
                keys,
              },
            },
          ],
        },
      },
      {
        kind: "setSecret",
        vault: "kv-one",
        name: "20",
        value: "later number first",
      },
      { kind: "setSecret", vault: "kv-one", name: "3", value: "value" },
      {
        kind: "setSecret",
        vault: "kv-one",
        name: "long",
        value: "x",
        contentType: "text/plain",
        enabled: false,
        tags: { app: "shop" },
        notBefore: parseInstant("2024-05-01T00:00:00Z"),
        expires: parseInstant("2024-06-01T00:00:00Z"),
      },
      { kind: "createVault", vault: "kv-two", access: { mode: "open" } },
      { kind: "setSecret", vault: "kv-two", name: "empty", value: "" },
    ]);
  });
});

describe("manifests", () => {
  it("are applied in order, lists taken apart, empty documents skipped", () => {
    const scenario = loadText(
      `${HEAD}namespace: apps\nmanifests:\n  - m.yaml\n  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: d, namespace: other}}\n`,
      {
        "m.yaml": `---
# nothing here
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: b}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: c}
---
`,
      },
    );
    const names = scenario.setup.map((command) =>
      command.kind === "apply" ? command.object["metadata"] : null,
    );
    expect(names).toEqual([
      { name: "a", namespace: "apps" },
      { name: "b" },
      { name: "c", namespace: "apps" },
      { name: "d", namespace: "other" },
    ]);
  });

  it("go through the check that the caller gives", () => {
    const seen: unknown[] = [];
    loadText(
      `${HEAD}manifests: [{apiVersion: v1, kind: Widget, metadata: {name: a}}]\n`,
      {},
      {
        checkManifest: (object) => {
          seen.push(object);
          return [];
        },
      },
    );
    expect(seen).toEqual([
      {
        apiVersion: "v1",
        kind: "Widget",
        metadata: {
          name: "a",
          namespace: "default",
        },
      },
    ]);
  });
});

describe("steps", () => {
  it("become commands in the order of `at`, then of the file", () => {
    const scenario =
      loadText(`${WITH_POD}  - {at: 15m, id: late, recoverSecret: {vault: kvdemo, name: secret1}}
  - {at: 1m, updateSecret: {vault: KVDEMO, name: Secret1, version: abc, enabled: false, expires: 2024-06-01T00:00:00Z}}
  - {at: 15m, purgeSecret: {vault: kvdemo, name: secret1}}
  - {at: 2m, access: {vault: kvdemo, mode: open}}
  - {at: 0s, settings: {addon: {enableSecretRotation: true, rotationPollInterval: 1m}}}
  - {at: 20m, delete: pod/busybox}
  - {at: 3m, delete: ns/default}
`);
    const at = scenario.steps.map((step) => [
      step.at / MINUTE,
      step.position.line,
    ]);
    expect(at).toEqual([
      [0, 18],
      [1, 15],
      [2, 17],
      [3, 20],
      [10, 12],
      [12, 13],
      [15, 14],
      [15, 16],
      [20, 19],
    ]);
    const vault = "kvdemo";
    expect(scenario.steps.map((step) => step.command)).toEqual([
      {
        kind: "settings",
        settings: {
          addon: { enableSecretRotation: true, rotationPollInterval: MINUTE },
        },
      },
      {
        kind: "updateSecret",
        vault,
        name: "Secret1",
        version: "abc",
        enabled: false,
        expires: parseInstant("2024-06-01T00:00:00Z"),
      },
      { kind: "access", vault, access: { mode: "open" } },
      {
        kind: "delete",
        objectKind: "Namespace",
        namespace: "",
        name: "default",
      },
      {
        kind: "setSecret",
        vault,
        name: "secret1",
        value: "v2",
        id: "rotate",
      },
      { kind: "deleteSecret", vault, name: "secret1", id: "drop" },
      { kind: "recoverSecret", vault, name: "secret1", id: "late" },
      { kind: "purgeSecret", vault, name: "secret1" },
      {
        kind: "delete",
        objectKind: "Pod",
        namespace: "default",
        name: "busybox",
      },
    ]);
  });

  it("apply each object of a file, or an inline object; an existing one again, too", () => {
    const scenario = loadText(
      `${HEAD}manifests: [m.yaml]\nsteps:\n  - {at: 1m, id: again, apply: m.yaml}\n  - at: 2m\n    apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {mode: "0644"}}\n`,
      {
        "m.yaml":
          "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ServiceAccount, metadata: {name: b}}\n",
      },
    );
    const account = (name: string) => ({
      kind: "apply",
      id: "again",
      object: {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: {
          name,
          namespace: "default",
        },
      },
    });
    expect(scenario.steps.map((step) => step.command)).toEqual([
      account("a"),
      account("b"),
      {
        kind: "apply",
        object: {
          apiVersion: "v1",
          kind: "ConfigMap",
          data: { mode: "0644" },
          metadata: {
            name: "c",
            namespace: "default",
          },
        },
      },
    ]);
  });
});

describe("expectations", () => {
  const lines = (...bodies: string[]) =>
    loadText(
      `${WITH_POD}expect:\n${bodies.map((body) => `  - {${body}}\n`).join("")}`,
    ).expectations;
  const SECRET = "sink: {secret: app-secret/password}";
  const AUDIT = "audit: {vault: KvDemo, operation: SecretGet";

  it("have a sentence for a name when they have none", () => {
    const names = lines(
      `${SECRET}, sees: rotate`,
      `${SECRET}, sees: rotate, exactly: true, within: 90s`,
      `${SECRET}, sees: rotate, never: true`,
      `sink: {file: "busybox@main:/mnt/synced/password"}, sees: rotate, within: 1m, after: {secret: app-secret/password}`,
      `${SECRET}, holds: hunter2`,
      `${AUDIT}, pod: busybox, status: 403}, between: [1m, 2m], count: 0`,
      `${AUDIT}}, count: 1`,
      `${AUDIT}}, count: {max: 3}`,
      `${AUDIT}}, count: {min: 2, max: 3}`,
      "event: {reason: FailedMount, object: pod/busybox, message: text, objects: true}, count: {min: 2}",
      "event: {reason: Pulled}",
      "object: secret/app-secret, exists: false",
      "object: secret/app-secret, exists: true, at: 1m",
      "object: node/node-0, exists: true, between: [0s, 1m]",
      "object: spcps/busybox-default-spc, exists: true",
      "object: sa/default, exists: true",
    ).map((line) => line.name);
    expect(names).toEqual([
      "secret app-secret/password sees rotate",
      "secret app-secret/password sees exactly rotate within 1m30s",
      "secret app-secret/password never sees rotate",
      "file busybox@main:/mnt/synced/password sees rotate within 1m after secret app-secret/password",
      "secret app-secret/password holds the expected value at 20m",
      "audit log of kvdemo: SecretGet by busybox with status 403 0 times between 1m and 2m",
      "audit log of kvdemo: SecretGet once",
      "audit log of kvdemo: SecretGet at most 3 times",
      "audit log of kvdemo: SecretGet 2 to 3 times",
      'Event objects FailedMount on pod/busybox saying "text" at least 2 times',
      "event Pulled at least once",
      "secret/app-secret does not exist at the end",
      "secret/app-secret exists at 1m",
      "node/node-0 exists between 0s and 1m",
      "secretproviderclasspodstatus/busybox-default-spc exists at the end",
      "serviceaccount/default exists at the end",
    ]);
  });

  it("read their counts and times", () => {
    expect(
      lines(
        `${AUDIT}}, count: 3`,
        `${AUDIT}}, count: {min: 2}`,
        `${AUDIT}}, count: {max: 2}, between: [0s, 20m]`,
        `${AUDIT}}`,
      ),
    ).toMatchObject([
      { count: { min: 3, max: 3 }, between: null },
      { count: { min: 2, max: Infinity } },
      { count: { min: 0, max: 2 }, between: { from: 0, to: 20 * MINUTE } },
      { count: { min: 1, max: Infinity } },
    ]);
  });

  it("hold at the end unless they say when", () => {
    expect(
      lines(`${SECRET}, holds: x`, `${SECRET}, holds: x, at: 0s`),
    ).toMatchObject([
      { kind: "holds", at: 20 * MINUTE, value: "x" },
      { kind: "holds", at: 0, value: "x" },
    ]);
  });

  it("resolve objects", () => {
    expect(
      lines(
        "object: po/busybox, exists: true",
        "object: default/secret/app-secret, exists: true, at: 5m",
        "event: {reason: x, object: spc/spc}",
      ),
    ).toMatchObject([
      {
        object: {
          kind: "Pod",
          namespace: "default",
          name: "busybox",
        },
        at: null,
        between: null,
      },
      { object: { kind: "Secret", name: "app-secret" }, at: 5 * MINUTE },
      { object: { kind: "SecretProviderClass", name: "spc" } },
    ]);
  });

  it("may name what only a step brings", () => {
    const scenario = loadText(`${HEAD}vaults: [{name: kvdemo}]
steps:
  - {at: 1m, apply: {apiVersion: v1, kind: Secret, metadata: {name: late}, stringData: {key: v}}}
  - {at: 2m, setSecret: {vault: kvdemo, name: fresh, value: v}}
  - {at: 3m, deleteSecret: {vault: kvdemo, name: fresh}}
expect:
  - {sink: {secret: late/key}, holds: v}
`);
    expect(scenario.expectations).toMatchObject([
      { sink: { secret: "late", key: "key" } },
    ]);
  });
});

describe("files in a pod", () => {
  const sink = (path: string, spc: string) =>
    loadText(
      `${WITH_POD.replace("{objectName: secret1, objectType: secret}", spc)}watch:\n  - file: busybox:${path}\n`,
    ).watch;

  it("are not doubted where their names depend on more than the class", () => {
    const history =
      "{objectName: s, objectType: secret, objectVersionHistory: 3}";
    expect(sink("/mnt/store/s/0", history)).toHaveLength(1);
    const cert = "{objectName: s, objectType: cert}";
    expect(sink("/mnt/store/s.crt", cert)).toHaveLength(1);
    expect(sink("/mnt/store/x", "{objectName: [}")).toHaveLength(1);
  });

  it("have their alias for a name", () => {
    const alias = "{objectName: s, objectAlias: other, objectType: secret}";
    expect(sink("/mnt/store/other", alias)).toHaveLength(1);
    expect(() => sink("/mnt/store/s", alias)).toThrow(
      'no file "s" can appear in /mnt/store',
    );
  });

  it("may be looked at through ..data", () => {
    const object = "{objectName: secret1, objectType: secret}";
    expect(sink("/mnt/store/..data/secret1", object)).toHaveLength(1);
  });
});

it("a scenario may play a hundred years", () => {
  const scenario = loadText(HEAD.replace("20m", "36525d"));
  expect(scenario.duration).toBe(36_525 * DAY_MS);
});
