import { describe, expect, test } from "vitest";
import type { MountRequest } from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";
import { aRequest, aWorld, errorOf, mountNow, TENANT } from "./support.ts";

const WORKLOAD = "api://AzureADTokenExchange";
const BINDING = "api://AKSIdentityBinding";

type Attributes = Readonly<Record<string, string | undefined>>;
type Rest = Partial<MountRequest>;

/** No mode is chosen unless the attributes choose one. */
const aRequestFor = (attributes: Attributes, rest: Rest = {}) =>
  aRequest({ useVMManagedIdentity: undefined, ...attributes }, rest);

const MODES: readonly (readonly [Attributes, Rest, object])[] = [
  [{ useVMManagedIdentity: "true" }, {}, { mode: "vmSystemAssigned" }],
  [
    { useVMManagedIdentity: "true", userAssignedIdentityID: "id-1" },
    {},
    { mode: "vmUserAssigned", clientId: "id-1" },
  ],
  [{ usePodIdentity: "true" }, {}, { mode: "podIdentity" }],
  [
    { clientID: "app-1" },
    { serviceAccountTokens: [WORKLOAD] },
    { mode: "workloadIdentity", clientId: "app-1" },
  ],
  [
    { useAzureTokenProxy: "true", clientID: "app-1" },
    { serviceAccountTokens: [WORKLOAD, BINDING] },
    { mode: "identityBinding", clientId: "app-1" },
  ],
  [
    {},
    { nodePublishSecrets: { ClientID: "app-2", clientSecret: "s" } },
    { mode: "servicePrincipal", clientId: "app-2" },
  ],
  [
    { useVMManagedIdentity: "true", clientID: "app-1" },
    { serviceAccountTokens: [WORKLOAD] },
    { mode: "vmSystemAssigned" },
  ],
  [
    { clientID: "app-1" },
    {
      serviceAccountTokens: [WORKLOAD],
      nodePublishSecrets: { clientid: "app-2", clientsecret: "s" },
    },
    { mode: "workloadIdentity", clientId: "app-1" },
  ],
];

test.each(MODES)("%j with %j uses %j", (attributes, rest, identity) => {
  const world = aWorld();
  expect(mountNow(world, aRequestFor(attributes, rest)).reply.ok).toBe(true);
  expect(world.tokens.requests).toEqual([
    {
      identity,
      tenantId: TENANT,
      resource: "https://vault.azure.net",
      pod: "shop/web",
      serviceAccount: "shop/web-sa",
      node: "node-0",
    },
  ]);
});

const NONE = "failed to build auth config for mode None: ";
const PROXY = "failed to build auth config for mode AzureTokenProxy: ";
const POD = "failed to build auth config for mode PodIdentity: ";

const FAILURES: readonly (readonly [Attributes, Rest, string])[] = [
  [
    { useAzureTokenProxy: "true" },
    {},
    `${PROXY}clientID is required for identity binding`,
  ],
  [
    { useAzureTokenProxy: "true", clientID: "app-1" },
    {},
    `${PROXY}service account tokens are required for identity binding`,
  ],
  [
    { useAzureTokenProxy: "true", clientID: "app-1" },
    { serviceAccountTokens: [WORKLOAD] },
    `${PROXY}failed to parse service account token for identity binding, error: token for audience ${BINDING} not found`,
  ],
  [
    { clientID: "app-1" },
    {},
    `${NONE}failed to parse workload identity tokens, error: service account tokens not found`,
  ],
  [
    { clientID: "app-1" },
    { serviceAccountTokens: [BINDING] },
    `${NONE}failed to parse workload identity tokens, error: token for audience ${WORKLOAD} not found`,
  ],
  [
    { usePodIdentity: "true", clientID: "app-1" },
    {},
    `${POD}failed to parse workload identity tokens, error: service account tokens not found`,
  ],
  [
    {},
    {},
    `${NONE}failed to get credentials, nodePublishSecretRef secret is not set`,
  ],
  [{}, { nodePublishSecrets: {} }, `${NONE}could not find clientid in secrets`],
  [
    {},
    { nodePublishSecrets: { clientid: "app-2" } },
    `${NONE}could not find clientsecret in secrets`,
  ],
];

test.each(FAILURES)("%j with %j fails: %s", (attributes, rest, text) => {
  expect(errorOf(aWorld(), aRequestFor(attributes, rest))).toBe(text);
});

describe("before provider 1.8", () => {
  test.each([
    [
      null,
      "failed to create auth config, error: failed to get credentials, nodePublishSecretRef secret is not set",
    ],
    [
      {},
      "failed to create auth config, error: could not find clientid in secrets",
    ],
    [
      { clientid: "app-2" },
      "failed to create auth config, error: could not find clientsecret in secrets",
    ],
  ])("a Secret %j fails: %s", (nodePublishSecrets, text) => {
    const world = aWorld({ version: "1.7.2" });
    const request = aRequestFor({}, { nodePublishSecrets });
    expect(errorOf(world, request)).toBe(text);
  });

  test("a secret's value never enters an error, although 1.4.1 printed it", () => {
    const world = aWorld({ version: "1.4.1" });
    const request = aRequestFor(
      {},
      { nodePublishSecrets: { clientsecret: "canary" } },
    );
    expect(errorOf(world, request)).toBe(
      "failed to create auth config, error: could not find clientid in secrets",
    );
  });

  test("clientID means nothing to provider 1.0", () => {
    const world = aWorld({ version: "1.0.0" });
    const request = aRequestFor(
      { clientID: "app-1" },
      { nodePublishSecrets: { clientid: "app-2", clientsecret: "s" } },
    );
    mountNow(world, request);
    expect(world.tokens.requests[0]?.identity).toEqual({
      mode: "servicePrincipal",
      clientId: "app-2",
    });
  });
});
