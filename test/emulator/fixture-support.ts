/** Worlds for the tests of the public API. */
import { readFileSync } from "node:fs";
import type { FixtureConfig, FixtureWorld } from "../../src/emulator/index.ts";
import { KeyturnError, createWorld } from "../../src/emulator/index.ts";

const manifest = (name: string) =>
  readFileSync(
    new URL(`../../scenarios/manifests/${name}.yaml`, import.meta.url),
    "utf8",
  );

export const CSI_FILE = "/mnt/secrets-store/secret1";
export const SECRET_FILE = "/mnt/secrets-volume/mysecret1";

/** One busybox that mounts secret1 both ways, polled every two minutes. */
export function aWorld(config: FixtureConfig = {}): FixtureWorld {
  return createWorld({
    settings: { addon: { enableSecretRotation: true } },
    vaults: { kvdemo: { secret1: "the first value" } },
    variables: {
      keyvault_name: "kvdemo",
      tenant_id: "8d1f0000-0000-4000-8000-000000000001",
      aks_keyvault_client_id: "5c3f0000-0000-4000-8000-000000000002",
    },
    manifests: [
      manifest("service-account"),
      manifest("secret-provider-class"),
      manifest("busybox-two-volumes"),
    ],
    ...config,
  });
}

/** The error's class, code and message. */
export function refusal(act: () => unknown): {
  readonly name: string;
  readonly code: string;
  readonly message: string;
} {
  try {
    act();
  } catch (error) {
    if (error instanceof KeyturnError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** A ServiceAccount: the smallest manifest there is. */
export const serviceAccount = (name: string, more = {}) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, ...more },
});
