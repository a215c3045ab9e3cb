/** Plays the day of `day.ts` in the compiled program and prints what it took. Arguments: where to write; pods, nodes and hours, to try less. */
import { AUDIT_CONFIG, requestIds } from "../dist/emulator/audit.js";
import { openOutput } from "../dist/emulator/output/index.js";
import { loadProfile } from "../dist/emulator/profiles/load.js";
import { overrideSettings } from "../dist/emulator/world/settings.js";
import { World } from "../dist/emulator/world/world.js";
import { HOUR_MS, parseInstant } from "../dist/kernel/time.js";

const [directory = "out", pods = "1000", nodes = "10", hours = "24"] =
  process.argv.slice(2);
const SEED = 1;
const start = parseInstant("2024-04-29T09:00:00Z");
const KB_PER_MB = 1000;

const secretProviderClass = {
  apiVersion: "secrets-store.csi.x-k8s.io/v1",
  kind: "SecretProviderClass",
  metadata: { name: "kv", namespace: "default" },
  spec: {
    provider: "azure",
    parameters: {
      keyvaultName: "kvdemo",
      tenantID: "8d1f0000-0000-4000-8000-000000000001",
      clientID: "5c3f0000-0000-4000-8000-000000000002",
      objects:
        "array:\n  - |\n    objectName: secret1\n    objectType: secret\n",
    },
  },
};

function pod(index) {
  const csi = {
    driver: "secrets-store.csi.k8s.io",
    readOnly: true,
    volumeAttributes: { secretProviderClass: "kv" },
  };
  const volumeMounts = [{ name: "csi", mountPath: "/mnt/secrets-store" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${index}`, namespace: "default" },
    spec: {
      containers: [{ name: "app", image: "busybox", volumeMounts }],
      volumes: [{ name: "csi", csi }],
    },
  };
}

const output = openOutput({
  directory,
  header: {
    keyturn: "bench",
    scenario: "day",
    seed: SEED,
    start: "2024-04-29T09:00:00Z",
    profile: "aks",
  },
  audit: {
    config: AUDIT_CONFIG,
    requestIds: requestIds(SEED),
  },
});

let records = 0;
const started = performance.now();
{
  const { settings } = loadProfile("aks");
  const addon = { ...settings.addon, enableSecretRotation: true };
  const world = new World({
    seed: SEED,
    start,
    settings: overrideSettings(settings, { addon }),
    nodes: Array.from({ length: Number(nodes) }, (_, i) => `node-${i}`),
    sinks: [
      output,
      {
        fact: ({ type, run }) => {
          if (type === "vault.request") records += run?.count ?? 1;
        },
      },
    ],
  });
  const execute = (command) => {
    const outcome = world.execute(command);
    if (!outcome.ok) throw new Error(outcome.error);
  };
  execute({
    kind: "createVault",
    vault: "kvdemo",
    access: { mode: "open" },
  });
  execute({
    kind: "setSecret",
    vault: "kvdemo",
    name: "secret1",
    value: "the first value",
  });
  execute({ kind: "apply", object: secretProviderClass });
  for (let i = 0; i < Number(pods); i++)
    execute({ kind: "apply", object: pod(i) });
  world.runUntil(start + Number(hours) * HOUR_MS);
  world.close();
  output.finish({ summary: {}, sequence: "", junit: "", journal: "" });
}
const taken = (performance.now() - started) / 1000;
const { maxRSS } = process.resourceUsage();
console.log(`  time                   ${taken.toFixed(1)} s`);
console.log(`  audit records          ${records}`);
console.log(`  most memory resident   ${(maxRSS / KB_PER_MB).toFixed(0)} MB`);
