import { describe, expect, test } from "vitest";
import { aRequest, aWorld, errorOf, mountNow, TENANT } from "./support.ts";

type Attributes = Readonly<Record<string, string | undefined>>;

/** Each row breaks one more thing, in the order of the checks: the earlier one decides the text. */
const BROKEN: readonly (readonly [Attributes, string])[] = [
  [{ "csi.storage.k8s.io/pod.name": undefined }, "pod name is not provided"],
  [
    { "csi.storage.k8s.io/pod.namespace": " " },
    "pod namespace is not provided",
  ],
  [
    { usePodIdentity: "tru" },
    'failed to parse usePodIdentity flag, error: strconv.ParseBool: parsing "tru": invalid syntax',
  ],
  [
    { useVMManagedIdentity: "yes" },
    'failed to parse useVMManagedIdentity flag, error: strconv.ParseBool: parsing "yes": invalid syntax',
  ],
  [
    { useAzureTokenProxy: '"\t' + "x" },
    'failed to parse useAzureTokenProxy flag, error: strconv.ParseBool: parsing "\\"\\tx": invalid syntax',
  ],
  [{ keyvaultName: "" }, "keyvaultName is not provided"],
  [{ tenantId: undefined }, "tenantId is not provided"],
  [
    { cloudName: "AzureMoonCloud" },
    'cloudName AzureMoonCloud is not valid, error: autorest/azure: There is no cloud environment matching the name "AZUREMOONCLOUD"',
  ],
  [
    { clientID: "app-1" },
    "failed to build auth config for mode VMManagedIdentity: failed to parse workload identity tokens, error: service account tokens not found",
  ],
  [{ objects: " " }, "objects is not set"],
];

describe("the checks of provider 1.8", () => {
  test.each(BROKEN)("refuses %j", (attributes, text) => {
    expect(errorOf(aWorld(), aRequest(attributes))).toBe(text);
  });

  test.each(BROKEN.slice(0, -1).map(([, text], i) => [text, i] as const))(
    "says %j before anything that comes later",
    (text, i) => {
      const attributes = Object.assign(
        {},
        ...BROKEN.slice(i).map(([broken]) => broken),
      ) as Attributes;
      expect(errorOf(aWorld(), aRequest(attributes))).toBe(text);
    },
  );

  test("refuses two identity modes at once, after the flags and before the vault's name", () => {
    const attributes = { usePodIdentity: "t", keyvaultName: "" };
    expect(errorOf(aWorld(), aRequest(attributes))).toBe(
      "only one identity mode can be enabled at a time: usePodIdentity, useVMManagedIdentity, or useAzureTokenProxy",
    );
  });

  test("answers in the millisecond of the call, and asks nobody", () => {
    const world = aWorld();
    const { reply, tookMs } = mountNow(world, aRequest({ objects: "" }));
    expect(reply).toEqual({
      ok: false,
      message: "failed to mount objects, error: objects is not set",
    });
    expect(tookMs).toBe(0);
    expect(world.vault.requests).toEqual([]);
  });
});

describe("the checks of provider 1.7.2", () => {
  test.each([
    [{ keyvaultName: "" }, "keyvaultName is not set"],
    [{ tenantId: "" }, "tenantId is not set"],
    [
      { usePodIdentity: "true" },
      "failed to create auth config, error: cannot enable both pod identity and user-assigned managed identity",
    ],
    [{ usePodIdentity: "true", keyvaultName: "" }, "keyvaultName is not set"],
    [
      { clientID: "app-1" },
      "failed to parse workload identity tokens, error: service account tokens not found",
    ],
  ])("refuses %j", (attributes, text) => {
    const world = aWorld({ version: "1.7.2" });
    expect(errorOf(world, aRequest(attributes))).toBe(text);
  });

  test("mounts for a pod that is not named, and does not know useAzureTokenProxy", () => {
    const world = aWorld({ version: "1.7.2" });
    const { reply } = mountNow(
      world,
      aRequest({
        "csi.storage.k8s.io/pod.name": undefined,
        useAzureTokenProxy: "nonsense",
      }),
    );
    expect(reply.ok).toBe(true);
    expect(world.vault.requests[0]?.request.caller.pod).toBeNull();
  });

  test("needs the pod's name for pod identity, when the client is made", () => {
    const world = aWorld({ version: "1.7.2" });
    const attributes = {
      "csi.storage.k8s.io/pod.name": undefined,
      usePodIdentity: "true",
      useVMManagedIdentity: undefined,
    };
    const text =
      "pod information is not available. deploy a CSIDriver object to set podInfoOnMount: true";
    expect(errorOf(world, aRequest(attributes))).toBe(
      `failed to get keyvault client: ${text}`,
    );
    world.config.version = "1.4.1";
    expect(errorOf(world, aRequest(attributes))).toBe(
      `failed to get keyvault client: failed to get authorizer for keyvault client: ${text}`,
    );
    expect(
      errorOf(world, aRequest({ ...attributes, keyvaultName: "x" })),
    ).toContain("failed to get vault");
  });
});

test.each(["1", "t", "T", "TRUE", "true", "True", " true "])(
  "reads %j as true",
  (text) => {
    const world = aWorld();
    mountNow(world, aRequest({ useVMManagedIdentity: text }));
    expect(world.tokens.requests[0]?.identity.mode).toBe("vmSystemAssigned");
  },
);

test.each(["", "0", "f", "F", "FALSE", "false", "False", undefined])(
  "reads %j as false",
  (text) => {
    const request = aRequest(
      { useVMManagedIdentity: text, clientID: "app-1" },
      { serviceAccountTokens: ["api://AzureADTokenExchange"] },
    );
    const world = aWorld();
    mountNow(world, request);
    expect(world.tokens.requests[0]?.identity.mode).toBe("workloadIdentity");
  },
);

test("tenantID wins over tenantId, and values are trimmed", () => {
  const world = aWorld();
  const attributes = {
    tenantID: ` ${TENANT}\n`,
    tenantId: "old",
    keyvaultName: " kv1 ",
  };
  mountNow(world, aRequest(attributes));
  expect(world.tokens.requests[0]?.tenantId).toBe(TENANT);
  expect(world.vault.requests[0]?.request.vault).toBe("kv1");
});

describe("the vault's name", () => {
  test.each([
    ["kv", 'Invalid vault name: "kv", must be between 3 and 24 chars'],
    [
      "k".repeat(25),
      `Invalid vault name: "${"k".repeat(25)}", must be between 3 and 24 chars`,
    ],
    ["kv_1", 'Invalid vault name: "kv_1", must match [-a-zA-Z0-9]{3,24}'],
    ["kvé", 'Invalid vault name: "kvé", must match [-a-zA-Z0-9]{3,24}'],
  ])("%j is refused", (keyvaultName, text) => {
    expect(errorOf(aWorld(), aRequest({ keyvaultName }))).toBe(
      `failed to get vault: ${text}`,
    );
  });

  test.each(["kv1", "k".repeat(24)])("%j is accepted", (keyvaultName) => {
    const world = aWorld();
    expect(mountNow(world, aRequest({ keyvaultName })).reply.ok).toBe(true);
    expect(world.vault.requests[0]?.request.vault).toBe(keyvaultName);
  });

  test("is looked at only once there is an object to fetch", () => {
    const { reply } = mountNow(
      aWorld(),
      aRequest({ keyvaultName: "kv", objects: "array: []" }),
    );
    expect(reply).toEqual({ ok: true, objectVersions: [], files: [] });
  });
});

describe("clouds", () => {
  test.each([
    ["", "kv1"],
    ["azurepubliccloud", "kv1"],
    ["AzureCloud", "kv1"],
    ["AzureUSGovernmentCloud", "kv1.vault.usgovcloudapi.net"],
    ["AzureChinaCloud", "kv1.vault.azure.cn"],
    ["AzureGermanCloud", "kv1.vault.microsoftazure.de"],
  ])("%j asks for the vault %s", (cloudName, vault) => {
    const world = aWorld();
    mountNow(world, aRequest({ cloudName }));
    expect(world.vault.requests[0]?.request.vault).toBe(vault);
  });

  test("AzureStackCloud has no environment file here", () => {
    const attributes = {
      cloudName: "AzureStackCloud",
      cloudEnvFileName: "/etc/kubernetes/akscustom.json",
    };
    expect(errorOf(aWorld(), aRequest(attributes))).toBe(
      "cloudName AzureStackCloud is not valid, error: open /etc/kubernetes/akscustom.json: no such file or directory",
    );
  });
});

test("a provider version that is none is refused by name", () => {
  const world = aWorld({ version: "latest" });
  expect(() => mountNow(world)).toThrow(
    'Failed to choose an Azure provider: version "latest" is not like 1.8.2',
  );
});
