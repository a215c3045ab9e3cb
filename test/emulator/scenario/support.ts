/** Scenarios from text, without a disk. */
import { UnreadableFile } from "../../../src/emulator/profiles/input/read-file.ts";
import { formatPosition } from "../../../src/emulator/profiles/input/problem.ts";
import { loadScenario } from "../../../src/emulator/scenario/load.ts";
import type { LoadOptions } from "../../../src/emulator/scenario/load.ts";
import type {
  Scenario,
  ScenarioProblem,
} from "../../../src/emulator/scenario/model.ts";
import type { Command } from "../../../src/emulator/world/commands.ts";
import { ScenarioError } from "../../../src/emulator/scenario/problems.ts";

/** Four lines; what a test adds starts in line 5. */
export const HEAD = `apiVersion: keyturn/v1
kind: Scenario
metadata: {name: t}
duration: 20m
`;

/** The usual vault, class and pod, in nine lines of two manifests; `more` starts in line 14. */
export const WITH_POD = `${HEAD}vaults:
  - name: kvdemo
    secrets: {secret1: the first value}
manifests:
  - {apiVersion: v1, kind: Pod, metadata: {name: busybox}, spec: {containers: [{name: main, image: busybox, volumeMounts: [{name: store, mountPath: /mnt/store}, {name: synced, mountPath: /mnt/synced}]}, {name: side, image: busybox, volumeMounts: [{name: synced, mountPath: /mnt/synced}]}], volumes: [{name: store, csi: {driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: {secretProviderClass: spc}}}, {name: synced, secret: {secretName: app-secret}}]}}
  - {apiVersion: secrets-store.csi.x-k8s.io/v1, kind: SecretProviderClass, metadata: {name: spc}, spec: {provider: azure, parameters: {keyvaultName: kvdemo, tenantId: t, objects: "array: ['{objectName: secret1, objectType: secret}']"}, secretObjects: [{secretName: app-secret, type: Opaque, data: [{objectName: secret1, key: password}]}]}}
steps:
  - {at: 10m, id: rotate, setSecret: {vault: kvdemo, name: secret1, value: v2}}
  - {at: 12m, id: drop, deleteSecret: {vault: kvdemo, name: secret1}}
`;

/** Files beside the scenario, by the path that messages show. */
export type Texts = Readonly<Record<string, string>>;

export function loadText(
  text: string,
  texts: Texts = {},
  options: LoadOptions = {},
): Scenario {
  const files: Texts = { "s.yaml": text, ...texts };
  return loadScenario("s.yaml", {
    readFile: (path) => {
      const found = files[path];
      if (found === undefined) throw new UnreadableFile("no such file");
      return found;
    },
    ...options,
  });
}

/** The problems of a scenario that must not load. */
export function problemsOf(
  text: string,
  texts: Texts = {},
  options: LoadOptions = {},
): readonly ScenarioProblem[] {
  try {
    loadText(text, texts, options);
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
  throw new Error("the scenario loads although it must not");
}

/** `file:line:column: message` of each problem. */
export function linesOf(
  text: string,
  texts: Texts = {},
  options: LoadOptions = {},
): string[] {
  return problemsOf(text, texts, options).map(
    ({ position, message }) => `${formatPosition(position)}: ${message}`,
  );
}

/** A scenario with one more step, in line 14. */
export const step = (body: string, more = "") =>
  `${WITH_POD}  - {at: 13m, ${body}${more}}\n`;

/** What the step of a scenario without mistakes does. */
export function commandOf(body: string, more = ""): Command {
  return loadText(step(body, more)).steps.at(-1)!.command;
}

/** `WORD: message` of each mistake of a step; the word, or bracket, is what stands at its place. */
export function mistakesOf(body: string, more = ""): string[] {
  const lines = step(body, more).split("\n");
  return problemsOf(step(body, more)).map(({ position, message }) => {
    const rest = lines[position.line - 1]!.slice(position.column - 1);
    return `${/^[-/.\w]+|^./.exec(rest)![0]}: ${message}`;
  });
}
