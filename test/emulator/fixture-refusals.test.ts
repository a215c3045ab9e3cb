/** What the public API refuses, with which reason, and that no reason holds a value. */
import { expect, test } from "vitest";
import type { FixtureWorld } from "../../src/emulator/index.ts";
import { ScenarioError, createWorld } from "../../src/emulator/index.ts";
import {
  CSI_FILE,
  aWorld,
  refusal,
  serviceAccount,
} from "./fixture-support.ts";

test.each<[what: string, config: object, ...says: string[]]>([
  [
    "an option that there is not",
    { sede: 3 },
    'no option "sede"; did you mean "seed"?',
  ],
  ["a wrong seed", { seed: -1 }, "seed: must be a whole number"],
  ["a wrong start", { start: "today" }, "start: expected an instant"],
  ["no nodes", { nodes: 0 }, "nodes: must be a whole number from 1"],
  ["an unknown profile", { profile: "akz" }, 'did you mean "aks"?'],
  [
    "an unknown setting",
    { settings: { addon: { rotation: true } } },
    'unknown key "rotation"',
  ],
  [
    "a wrong duration",
    { settings: { addon: { rotationPollInterval: "-2m" } } },
    "the duration -2m is negative",
  ],
  [
    "a secret's wrong name",
    { vaults: { kvdemo: { a_b: "x" } } },
    '"a_b" is no name of a secret',
  ],
  [
    "a value that is too long",
    { vaults: { kvdemo: { a: "x".repeat(25_601) } } },
    "maximum permitted length of 25600",
    "it has 25601",
  ],
  [
    "an unset variable",
    { variables: {} },
    "manifest 2:11:19: the variable keyvault_name is not set",
  ],
  [
    "a namespace that cannot be",
    { namespace: "A B", manifests: [] },
    '"A B" is no name of a namespace',
  ],
  [
    "a path for a manifest",
    { manifests: ["pods/busybox.yaml"] },
    "it is a path",
    "readFileSync",
  ],
  ["a manifest that is none", { manifests: ["just text"] }, "manifest 1:1:1: "],
  [
    "a wrong manifest among several",
    { manifests: [serviceAccount("a"), serviceAccount("B_")] },
    "manifest 2:1:",
    'Invalid value: "B_"',
  ],
])(
  "a configuration with %s is refused with the reason",
  (_, config, ...says) => {
    const error = refusal(() => aWorld(config));
    for (const part of says) expect(error.message).toContain(part);
    expect(error.message).toMatch(/^Failed to (make the world|apply)\b/);
    expect(error.message).not.toContain("createWorld:");
  },
);

test.each<[what: string, manifest: string | object, ...says: string[]]>([
  ["YAML that does not parse", "a: [b\n", "manifest 1:2:1: not valid YAML"],
  ["no manifest", "- a\n", "manifest 1:1:1: a manifest is a mapping"],
  [
    "a head that lacks",
    "kind: Pod\n",
    "apiVersion not set",
    "metadata.name: Required value",
  ],
  [
    "what Kubernetes rejects",
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [] },
    },
    "spec.containers: Required value",
  ],
  [
    "the same object twice",
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n",
    "manifest 1:5:1: ",
    "stands twice",
  ],
  ["a path", "./busybox.yml", "it is a path"],
])(
  "apply of %s is refused with the place and the reason",
  (_, bad, ...says) => {
    const world = createWorld();
    const before = world.traceHash;
    const error = refusal(() => world.apply(bad as string));
    expect(error.message).toMatch(/^Failed to apply/);
    for (const part of says) expect(error.message).toContain(part);
    expect(world.traceHash).toBe(before);
  },
);

test("what is wrong with a manifest is listed as data, too", () => {
  const error = refusal(() => createWorld().apply("kind: Pod\n"));
  expect(error).toBeInstanceOf(ScenarioError);
  expect(error).toMatchObject({
    problems: [
      { message: "apiVersion not set" },
      { position: { file: "manifest 1", line: 1, column: 1 } },
    ],
  });
});

test.each<
  [what: string, act: (world: FixtureWorld) => unknown, message: RegExp]
>([
  [
    "a vault that is not there",
    (w) => w.vault("nope").setSecret("a", "b"),
    /^Failed to setSecret: \(DnsNotFound\) .*nope\.vault\.azure\.net/,
  ],
  [
    "a name that cannot be",
    (w) => w.vault("kvdemo").setSecret("a_b", "c"),
    /\(BadParameter\) The request URI contains an invalid name: a_b/,
  ],
  [
    "a value that is too long",
    (w) => w.vault("kvdemo").setSecret("a", "x".repeat(25_601)),
    /\(BadParameter\) Secret is beyond the maximum permitted length of 25600/,
  ],
  [
    "a value that is no text",
    (w) => w.vault("kvdemo").setSecret("a", 5 as unknown as string),
    /the value of a is no text/,
  ],
  [
    "a secret that is not there",
    (w) => w.vault("kvdemo").deleteSecret("nope"),
    /^Failed to deleteSecret: \(SecretNotFound\) .*nope/,
  ],
  [
    "a version that is not there",
    (w) =>
      w
        .vault("kvdemo")
        .updateSecret("secret1", { version: "0".repeat(32), enabled: false }),
    /\(SecretNotFound\) .*secret1\/0{32}/,
  ],
  [
    "a secret that was never deleted",
    (w) => w.vault("kvdemo").recoverSecret("secret1"),
    /\(SecretNotFound\) Deleted Secret not found: secret1/,
  ],
  [
    "nothing to purge",
    (w) => w.vault("kvdemo").purgeSecret("secret1"),
    /\(SecretNotFound\) Deleted Secret not found: secret1/,
  ],
  [
    "an object that is not there",
    (w) => w.delete("pod/nope"),
    /^Failed to delete: pods "nope" not found/,
  ],
  [
    "a kind that there is not",
    (w) => w.delete("pdo/busybox"),
    /the server doesn't have a resource type "pdo"/,
  ],
  ["no object's name", (w) => w.delete("busybox"), /\[NAMESPACE\/\]KIND\/NAME/],
  [
    "too long an object's name",
    (w) => w.delete("a/b/c/d"),
    /\[NAMESPACE\/\]KIND\/NAME/,
  ],
  [
    "a kind that nobody can get",
    (w) => w.get("secert", "a"),
    /resource type "secert"; did you mean "secret"\?/,
  ],
  [
    "a setting that is fixed",
    (w) => w.changeSettings({ kubelet: { syncFrequency: "10s" } }),
    /^Failed to change the settings: .*\n"kubelet" cannot change/,
  ],
  [
    "a setting that is not modelled",
    (w) => w.changeSettings({ driver: { version: "2.0.0" } }),
    /2\.0\.0, newer than the driver versions modelled/,
  ],
  [
    "a setting that there is not",
    (w) => w.changeSettings({ adon: {} } as object),
    /unknown key "adon"; did you mean "addon"\?/,
  ],
  [
    "a pod that is not there",
    (w) => w.readFile("nope", "/x"),
    /^Failed to read \/x: pods "nope" not found in namespace default/,
  ],
  [
    "a container that is not there",
    (w) => w.readFile("busybox@busybux", "/x"),
    /container busybux is not valid for pod busybox; did you mean "busybox"\?/,
  ],
  [
    "no pod's name",
    (w) => w.readFile("a/b/c", "/x"),
    /a pod is \[NAMESPACE\/\]POD\[@CONTAINER\]/,
  ],
])("%s is refused with the reason", (_, act, message) => {
  const world = aWorld();
  world.advance("1m");
  expect(refusal(() => act(world)).message).toMatch(message);
});

test("no error message holds a value", () => {
  const canary = "canary-0123456789";
  const world = aWorld({ vaults: { kvdemo: { secret1: canary } } });
  world.advance("1m");
  const vault = world.vault("kvdemo");
  const mistakes: (() => unknown)[] = [
    () => vault.setSecret("a_b", canary),
    () => vault.setSecret("a", canary.repeat(2000)),
    () => world.vault("nope").setSecret("a", canary),
    () => aWorld({ vaults: { kvdemo: { "a b": canary } } }),
    () => aWorld({ vaults: { kvdemo: { a: canary.repeat(2000) } } }),
    () => aWorld({ vaults: { kvdemo: { a: [canary] as unknown as string } } }),
    () =>
      world.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "a" },
        data: { key: `${canary}!` },
      }),
    () =>
      world.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "A_" },
        stringData: { key: canary },
      }),
    () =>
      world.apply(
        `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {key: "${canary}", "no key": x}\n`,
      ),
    () =>
      world.apply(
        `apiVersion: v1\nkind: Secret\nstringData: {key: "${canary}\n`,
      ),
    () =>
      world.runUntil(() => world.readFile("busybox", CSI_FILE) === "never", {
        limit: "3m",
      }),
  ];
  for (const mistake of mistakes)
    expect(refusal(mistake).message).not.toContain("canary");
});

test.each(["-1m", "soon", "", "1.5", -1, 1.5, NaN, Infinity])(
  "advance by %o is refused",
  (duration) => {
    const world = createWorld();
    const error = refusal(() => world.advance(duration));
    expect(error.code).toBe("BadDuration");
    expect(error.message).toContain("like 500ms, 30s, 2m or 1h30m");
    expect(world.now).toBe("2024-04-29T09:00:00.000Z");
  },
);

test.each(["2024-04-29T08:59:59Z", "tomorrow", 0, 0.5, NaN])(
  "runUntil %o is refused",
  (when) => {
    const error = refusal(() => createWorld().runUntil(when));
    expect(error.code).toBe("BadInstant");
    expect(error.message).toContain("from 2024-04-29T09:00:00.000Z on");
  },
);

test("a predicate that holds already moves nothing, one that never holds throws at its limit", () => {
  const world = aWorld();
  world.runUntil(() => true);
  expect(world.now).toBe("2024-04-29T09:00:00.000Z");
  const error = refusal(() => world.runUntil(() => false, { limit: "5m" }));
  expect(error.code).toBe("NeverHeld");
  expect(error.message).toContain("within 5m of virtual time");
  expect(world.nowMs).toBeLessThanOrEqual(Date.parse("2024-04-29T09:05:00Z"));
  expect(refusal(() => world.runUntil(() => false, { limit: "x" })).code).toBe(
    "BadDuration",
  );
});
