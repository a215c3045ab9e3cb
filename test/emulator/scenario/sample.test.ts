/** The format's own sample, from real files. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { loadProfile } from "../../../src/emulator/profiles/load.ts";
import { loadScenario } from "../../../src/emulator/scenario/load.ts";
import { parseInstant } from "../../../src/kernel/time.ts";

const FILE = fileURLToPath(new URL("./fixtures/sample.yaml", import.meta.url));
const MINUTE = 60_000;

const who = { kind: "pod", namespace: "default", name: "busybox" } as const;
const csiFile = {
  kind: "file",
  who,
  container: null,
  path: "/mnt/secrets-store/secret1",
} as const;
const volumeFile = { ...csiFile, path: "/mnt/secrets-volume/mysecret1" };
const secret = {
  kind: "secret",
  namespace: "default",
  secret: "app-secret",
  key: "mysecret1",
} as const;

describe("the sample of the format", () => {
  const scenario = loadScenario(FILE);

  it("has its head", () => {
    const { settings, setup, steps, watch, expectations, variants, ...head } =
      scenario;
    expect(variants).toEqual([]);
    expect(head).toEqual({
      file: FILE,
      name: "synced-secret",
      title:
        "One rotation reaches the CSI file and the synced Secret's volume at different times",
      description:
        "what to look for, in a sentence or three (the demo prints it)",
      source:
        "where the situation comes from (an article, an issue, a document)",
      seed: 7,
      start: parseInstant("2024-04-29T09:00:00Z"),
      duration: 20 * MINUTE,
      profile: "aks",
      namespace: "default",
      nodes: ["node-0", "node-1"],
      lanes: [],
      databases: [],
      generated: [],
    });
  });

  it("overrides its profile setting by setting", () => {
    const { settings } = loadProfile("aks");
    expect(scenario.settings).toEqual({
      ...settings,
      addon: { ...settings.addon, enableSecretRotation: true },
    });
  });

  it("sets up the vault, its secret, then the manifests in order", () => {
    expect(
      scenario.setup.map((command) =>
        command.kind === "apply" ? command.object["kind"] : command,
      ),
    ).toEqual([
      { kind: "createVault", vault: "kvdemo", access: { mode: "open" } },
      {
        kind: "setSecret",
        vault: "kvdemo",
        name: "secret1",
        value: "the first value",
      },
      "SecretProviderClass",
      "ServiceAccount",
      "Pod",
    ]);
  });

  it("replaces variables and fills in the namespace", () => {
    const [, , spc, , pod] = scenario.setup;
    expect(spc).toMatchObject({
      object: {
        metadata: { name: "azure-keyvault-wi", namespace: "default" },
        spec: {
          parameters: {
            keyvaultName: "kvdemo",
            tenantId: "8d1f0000-0000-4000-8000-000000000001",
          },
        },
      },
    });
    expect(pod).toMatchObject({
      object: {
        spec: {
          containers: [
            {
              command: [
                "/bin/sh",
                "-c",
                "echo $HOSTNAME costs $1; sleep 10000",
              ],
            },
          ],
          volumes: [{}, { secret: { defaultMode: 0o400 } }],
        },
      },
    });
  });

  it("has its step, its watched sinks and its expectations", () => {
    expect(scenario.steps).toEqual([
      {
        at: 10 * MINUTE,
        command: {
          kind: "setSecret",
          vault: "kvdemo",
          name: "secret1",
          value: "the second value",
          id: "rotate",
        },
        position: { file: FILE, line: 28, column: 5 },
      },
    ]);
    expect(scenario.watch).toEqual([csiFile, volumeFile]);
    const sees = { kind: "sees", step: "rotate", exactly: false, never: false };
    const at = (line: number) => ({
      position: { file: FILE, line, column: 5 },
    });
    expect(scenario.expectations).toEqual([
      {
        ...sees,
        ...at(33),
        name: "the file follows within a poll",
        sink: csiFile,
        within: 13e4,
        after: null,
      },
      {
        ...sees,
        ...at(34),
        sink: volumeFile,
        within: 92e3,
        after: secret,
        name: "file busybox:/mnt/secrets-volume/mysecret1 sees rotate within 1m32s after secret app-secret/mysecret1",
      },
      {
        ...at(35),
        kind: "holds",
        sink: secret,
        at: 20 * MINUTE,
        value: "the second value",
        name: "secret app-secret/mysecret1 holds the expected value at 20m",
      },
      {
        ...at(36),
        kind: "audit",
        vault: "kvdemo",
        pod: who,
        operation: "SecretGet",
        status: null,
        between: {
          from: 0,
          to: 20 * MINUTE,
        },
        count: {
          min: 10,
          max: 11,
        },
        name: "audit log of kvdemo: SecretGet by busybox 10 to 11 times between 0s and 20m",
      },
      {
        ...at(37),
        kind: "event",
        reason: "SecretRotationComplete",
        object: {
          kind: "Pod",
          namespace: "default",
          name: "busybox",
        },
        message: null,
        objects: false,
        between: null,
        count: {
          min: 1,
          max: Infinity,
        },
        name: "event SecretRotationComplete on pod/busybox at least once",
      },
    ]);
  });

  it("takes the format's exec step and makes a line of what it expects", () => {
    const exec = `  - {at: 15m, exec: {pod: busybox, command: [cat, /mnt/secrets-store/secret1]}, expect: {stdout: the second value}}\n`;
    const withExec = readFileSync(FILE, "utf8").replace(
      "watch:",
      `${exec}watch:`,
    );
    const { steps, expectations } = loadScenario(FILE, {
      readFile: (path) =>
        path === FILE ? withExec : readFileSync(path, "utf8"),
    });
    const command = {
      kind: "exec",
      exec: "exec-1",
      namespace: "default",
      pod: "busybox",
      container: null,
      command: ["cat", "/mnt/secrets-store/secret1"],
    };
    const outcome = { stdout: "the second value", exitCode: null };
    const position = { file: FILE, line: 29, column: 5 };
    const at = 15 * MINUTE;
    expect(steps[1]).toEqual({ at, command, position, expect: outcome });
    expect(expectations).toHaveLength(scenario.expectations.length + 1);
    expect(expectations[0]).toEqual({
      kind: "exec",
      at,
      command,
      outcome,
      position,
      name: "exec in busybox at 15m prints the expected text",
    });
  });
});
