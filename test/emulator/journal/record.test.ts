/** A journal as a scenario file: whatever the commands are, the file's are the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { UnreadableFile } from "../../../src/emulator/profiles/input/read-file.ts";
import { loadProfile } from "../../../src/emulator/profiles/load.ts";
import { journalText } from "../../../src/emulator/journal/record.ts";
import { loadScenario } from "../../../src/emulator/scenario/load.ts";
import type { Scenario } from "../../../src/emulator/scenario/model.ts";
import type {
  Command,
  Fault,
  JournalEntry,
} from "../../../src/emulator/world/commands.ts";
import { parseInstant } from "../../../src/kernel/time.ts";

const START = parseInstant("2024-04-29T09:00:00.250Z")!;
const { settings } = loadProfile("aks");

const VAULT: JournalEntry = {
  at: START,
  command: { kind: "createVault", vault: "kvdemo", access: { mode: "open" } },
};

function textOf(journal: readonly JournalEntry[]): string {
  return journalText({
    name: "recorded",
    title: "it: is #recorded",
    seed: 9007199254740991,
    start: START,
    duration: 1_200_001,
    profile: "aks",
    settings,
    nodes: ["node-0", "b"],
    journal,
  });
}

function reload(text: string): Scenario {
  return loadScenario("journal.yaml", {
    readFile: (file) => {
      if (file === "journal.yaml") return text;
      throw new UnreadableFile("no such file");
    },
  });
}

/** As a journal again. */
function entriesOf({ start, setup, steps }: Scenario): JournalEntry[] {
  return [
    ...setup.map((command) => ({ at: start, command })),
    ...steps.map(({ at, command }) => ({ at: start + at, command })),
  ];
}

const secret = (value: string, more = {}): Command => ({
  kind: "setSecret",
  vault: "kvdemo",
  name: "secret1",
  value,
  ...more,
});

test("every kind of command comes back as it was, with its instant and its step", () => {
  const commands: Command[] = [
    secret("one"),
    secret("two", {
      id: "rotate",
      enabled: false,
      notBefore: START + 1000,
      expires: START + 86_400_000,
      contentType: "text/plain",
      tags: { a: "b", on: "off" },
    }),
    { kind: "updateSecret", vault: "kvdemo", name: "secret1", enabled: true },
    {
      kind: "updateSecret",
      vault: "kvdemo",
      name: "secret1",
      version: "0123456789abcdef0123456789abcdef",
      tags: {},
    },
    { kind: "deleteSecret", vault: "kvdemo", name: "secret1", id: "drop" },
    { kind: "recoverSecret", vault: "kvdemo", name: "secret1" },
    { kind: "purgeSecret", vault: "kvdemo", name: "secret1" },
    {
      kind: "access",
      vault: "kvdemo",
      access: {
        mode: "accessPolicy",
        policies: [
          {
            spn: "5c3f0000-0000-4000-8000-000000000002",
            permissions: { secrets: ["get"] },
          },
        ],
      },
    },
    {
      kind: "apply",
      object: {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "reader", namespace: "other" },
      },
    },
    {
      kind: "delete",
      objectKind: "ServiceAccount",
      namespace: "other",
      name: "reader",
    },
    {
      kind: "settings",
      settings: {
        addon: { enableSecretRotation: true, rotationPollInterval: 61_500 },
      },
    },
  ];
  const journal = [
    VAULT,
    ...commands.map((command, i) => ({ at: START + i * 61_001, command })),
  ];
  const scenario = reload(textOf(journal));
  expect(entriesOf(scenario)).toEqual(journal);
  expect(scenario).toMatchObject({
    name: "recorded",
    title: "it: is #recorded",
    seed: 9007199254740991,
    start: START,
    duration: 1_200_001,
    profile: "aks",
    settings,
    nodes: ["node-0", "b"],
  });
});

const POD: Command = {
  kind: "apply",
  object: {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "busybox", namespace: "other" },
    spec: { containers: [{ name: "main", image: "busybox" }] },
  },
};
const IN_POD = { namespace: "other", pod: "busybox" } as const;

test("commands that look into pods or break something come back as they were", () => {
  const effect = {
    kind: "respond",
    status: 429,
    code: "Throttled",
    message: "no",
    retryAfterSeconds: 7,
  } as const;
  const faults: Fault[] = [
    {
      target: "vault",
      vault: "kvdemo",
      operation: "SecretGet",
      object: "secret1",
      effect,
    },
    {
      target: "vault",
      vault: "kvdemo",
      operation: null,
      object: null,
      effect: { kind: "respond", status: 503 },
    },
    { target: "entra", effect: { kind: "slow", byMs: 1500 } },
    { target: "link", node: null, to: "vault", effect: { kind: "drop" } },
    { target: "link", node: "b", to: "entra", effect: { kind: "refuse" } },
    { target: "provider", node: null, effect: { kind: "drop" } },
    { target: "provider", node: "b", effect: { kind: "refuse" } },
    { target: "apiServer", effect: { kind: "drop" } },
    { target: "watch", node: null },
    { target: "watch", node: "b" },
  ];
  const down = { kind: "restart", downForMs: null } as const;
  const command = ["sh", "-c", "echo $A; cat '/x y'"];
  const commands: Command[] = [
    POD,
    {
      kind: "exec",
      exec: "exec-1",
      ...IN_POD,
      container: null,
      command,
      id: "read",
    },
    { kind: "kill", ...IN_POD, container: "main", exitCode: 1 },
    {
      kind: "exec",
      exec: "exec-2",
      ...IN_POD,
      container: "main",
      command: [""],
    },
    { kind: "kill", ...IN_POD, container: null, exitCode: 137 },
    { ...down, what: "node", node: null },
    { ...down, what: "kubelet", node: "b", downForMs: 1500 },
    { ...down, what: "driver", node: null },
    { ...down, what: "provider", node: "node-0" },
    { ...down, what: "apiServer", node: null },
    ...faults.map((fault): Command => ({
      kind: "fault",
      fault,
      forMs: 60_001,
    })),
  ];
  const journal = [
    VAULT,
    { at: START, command: secret("one") },
    ...commands.map((each, i) => ({ at: START + i * 61_001, command: each })),
  ];
  expect(entriesOf(reload(textOf(journal)))).toEqual(journal);
});

test("keys and certificates come back as they were, those of the start with their vault", () => {
  const of = { vault: "kvdemo", enabled: false, tags: { a: "b" } };
  const commands: Command[] = [
    { kind: "setSecret", vault: "kvdemo", name: "9", value: "v" },
    { kind: "setSecret", vault: "kvdemo", name: "1", value: "v" },
    { kind: "setKey", name: "k", ...of, keyType: "EC-HSM", curve: "P-521" },
    {
      kind: "setCertificate",
      name: "tls",
      ...of,
      contentType: "application/x-pem-file",
      chain: true,
      keySize: 3072,
      notBefore: START,
      expires: START + 86_400_000,
    },
    { kind: "setKey", vault: "kvdemo", name: "later" },
    { kind: "setCertificate", vault: "kvdemo", name: "tls", id: "renew" },
  ];
  const journal = [VAULT.command, ...commands].map((command) => ({
    at: START,
    command,
  }));
  const text = textOf(journal);
  const scenario = reload(text);
  expect(entriesOf(scenario)).toEqual(journal);
  expect(scenario.setup).toHaveLength(5);
});

test("the first line warns of what the file holds", () => {
  expect(textOf([VAULT]).split("\n")[0]).toBe(
    "# The values of secrets stand in this file.",
  );
});

test("any text comes back as it was, as a secret's value and inside an object", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(..." \t\n:-#'\"|>%@`&*!{}[],?yYnNoOff0123_.eE+~<="),
      maxLength: 12,
    }),
  );
  fc.assert(
    fc.property(text, text, (value, annotation) => {
      const journal: JournalEntry[] = [
        VAULT,
        { at: START, command: secret(value) },
        {
          at: START + 1,
          command: {
            kind: "apply",
            object: {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: {
                name: "c",
                namespace: "default",
                annotations: { key: annotation },
              },
              data: { on: annotation, text: value },
            },
          },
        },
      ];
      expect(entriesOf(reload(textOf(journal)))).toEqual(journal);
    }),
    {
      seed: 4,
      numRuns: 500,
      examples: [
        [" \n", "yes"],
        ["a\r\nb", "1_000"],
        ["a\n\n", "<<"],
      ],
    },
  );
});
