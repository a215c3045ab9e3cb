/** The command line in this process, with everything it prints kept; and folders of files for it to read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { builtInNames } from "../../../src/emulator/cli/built-in.ts";
import { main } from "../../../src/emulator/cli/main.ts";
import type { TerminalIo } from "../../../src/emulator/cli/terminal-io.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line, split at spaces; nobody looks, 80 columns, no colour. */
export async function keyturn(
  line: string | readonly string[],
  io: Partial<TerminalIo> = {},
): Promise<Printed> {
  const argv =
    typeof line === "string" ? line.split(" ").filter(Boolean) : line;
  let out = "";
  let err = "";
  const code = await main(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    width: 80,
    color: false,
    interactive: false,
    showsProgress: false,
    ...io,
  });
  return { code, out, err };
}

/** An empty folder of this test's own; it is gone afterwards. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with these files; names may hold slashes. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = emptyFolder();
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** A scenario of one pod with a mounted secret, two values long; `more` are further top-level keys. */
export function aScenario(more = "", name = "small"): string {
  return `apiVersion: keyturn/v1
kind: Scenario
metadata: { name: ${name} }
duration: 20m
settings: { addon: { enableSecretRotation: true } }
vaults:
  - name: kvdemo
    secrets: { secret1: the canary of version one }
manifests:
  - apiVersion: v1
    kind: Pod
    metadata: { name: busybox }
    spec:
      containers:
        - name: busybox
          image: busybox
          volumeMounts: [{ name: store, mountPath: /mnt/store }]
      volumes:
        - name: store
          csi:
            driver: secrets-store.csi.k8s.io
            readOnly: true
            volumeAttributes: { secretProviderClass: spc }
  - apiVersion: secrets-store.csi.x-k8s.io/v1
    kind: SecretProviderClass
    metadata: { name: spc }
    spec:
      provider: azure
      parameters:
        keyvaultName: kvdemo
        tenantId: 8d1f0000-0000-4000-8000-000000000001
        clientID: 5c3f0000-0000-4000-8000-000000000002
        objects: "array: ['{objectName: secret1, objectType: secret}']"
steps:
  - { at: 10m, id: rotate, setSecret: { vault: kvdemo, name: secret1, value: the canary of version two } }
${more}`;
}

/** What stands in the file that `aScenario` makes after its own lines. */
export const MORE_LINE = aScenario().split("\n").length;

/** The values of `aScenario`. */
export const CANARIES: readonly string[] = [
  "the canary of version one",
  "the canary of version two",
];

/** Names of the scenarios that ship with the package. */
export const SHIPPED: readonly string[] = builtInNames();
