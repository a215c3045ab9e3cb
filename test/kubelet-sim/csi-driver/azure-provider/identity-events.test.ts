import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/kernel/json.ts";
import {
  aClass,
  aPod,
  aSecret,
  aWorld,
  csiVolume,
} from "../../../support/world.ts";
import type { SettingsText, TestWorld } from "../../../support/world.ts";

const CLIENT = "5c3f0000-0000-4000-8000-000000000002";
const TENANT = "8d1f0000-0000-4000-8000-000000000001";
const LINE = "-".repeat(80);
const UUID = "[0-9a-f-]{36}";
/** What every event of the volume begins with, up to the provider's own error. */
const EVENT =
  'MountVolume.SetUp failed for volume "store" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod default/busybox, err: rpc error: code = Unknown desc = failed to mount objects, error: ';
const OBJECT = `${EVENT}failed to get objectType:secret, objectName:secret1, objectVersion:: `;
const TROUBLE =
  "To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#";

type Identity = SettingsText["identity"] & {};

const MODES = {
  workload: {},
  vmUser: {
    clientID: "",
    useVMManagedIdentity: "true",
    userAssignedIdentityID: CLIENT,
  },
  vmSystem: { clientID: "", useVMManagedIdentity: "true" },
  pod: { clientID: "", usePodIdentity: "true" },
  principal: { clientID: "" },
  binding: { useAzureTokenProxy: "true" },
} satisfies Record<string, JsonObject>;

/** A pod whose volume is mounted by an identity of the mode. */
function aWorldOf(
  mode: keyof typeof MODES,
  identity: Identity = {},
  more: SettingsText = {},
): TestWorld {
  const reference = { nodePublishSecretRef: { name: "credentials" } };
  return aWorld({
    settings: { identity, ...more },
    manifests: [
      aSecret(
        { clientid: CLIENT, clientsecret: "s3cret" },
        { name: "credentials" },
      ),
      aClass({ parameters: MODES[mode] }),
      aPod({
        volumes: {
          store: csiVolume("kv", mode === "principal" ? reference : {}),
        },
      }),
    ],
  });
}

const firstEvent = (world: TestWorld, limit = "3m"): string => {
  world.untilFact("volume.failed", limit);
  world.advance("1s");
  return world.messages("FailedMount")[0]!;
};

/** The text with the ids and the instant of the answer made alike. */
const alike = (text: string): string =>
  text
    .replaceAll(
      new RegExp(
        `(Trace ID: |Correlation ID: |"trace_id": "|"correlation_id": "|aks.azure.com/${TENANT}/)${UUID}`,
        "g",
      ),
      "$1ID",
    )
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "NOW");

function entraEvent(
  credential: string,
  { code, text, anchor = "" }: { code: number; text: string; anchor?: string },
): string {
  return [
    `${OBJECT}${credential} authentication failed. `,
    `POST https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
    LINE,
    "RESPONSE 401: 401 Unauthorized",
    LINE,
    "{",
    '  "error": "invalid_client",',
    `  "error_description": "AADSTS${code}: ${text} Trace ID: ID Correlation ID: ID Timestamp: NOW",`,
    '  "error_codes": [',
    `    ${code}`,
    "  ],",
    '  "timestamp": "NOW",',
    '  "trace_id": "ID",',
    '  "correlation_id": "ID",',
    `  "error_uri": "https://login.microsoftonline.com/error?code=${code}"`,
    "}",
    LINE,
    anchor === "" ? "" : TROUBLE + anchor,
  ].join("\n");
}

const FEDERATION =
  "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

describe("the event of a pod says", () => {
  test("that no federated credential fits its service account", () => {
    const world = aWorldOf("workload", { federatedCredential: "missing" });
    expect(alike(firstEvent(world))).toBe(
      entraEvent("ClientAssertionCredential", {
        code: 70021,
        text: `No matching federated identity record found for presented assertion. Assertion Issuer: 'https://westeurope.oic.prod-aks.azure.com/${TENANT}/ID/'. Assertion Subject: 'system:serviceaccount:default:default'. Assertion Audience: 'api://AzureADTokenExchange'. ${FEDERATION}`,
      }),
    );
  });

  test("that the federated credential has another subject", () => {
    const world = aWorldOf("workload", { federatedCredential: "wrongSubject" });
    expect(alike(firstEvent(world))).toBe(
      entraEvent("ClientAssertionCredential", {
        code: 700213,
        text: `No matching federated identity record found for presented assertion subject 'system:serviceaccount:default:default'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${FEDERATION}`,
      }),
    );
  });

  test("that the client secret is wrong", () => {
    const world = aWorldOf("principal", { clientSecret: "invalid" });
    expect(alike(firstEvent(world))).toBe(
      entraEvent("ClientSecretCredential", {
        code: 7000215,
        text: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${CLIENT}'.`,
        anchor: "client-secret",
      }),
    );
  });

  test("that the client secret has expired", () => {
    const world = aWorldOf("principal", { clientSecret: "expired" });
    expect(alike(firstEvent(world))).toBe(
      entraEvent("ClientSecretCredential", {
        code: 7000222,
        text: `The provided client secret keys for app '${CLIENT}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
        anchor: "client-secret",
      }),
    );
  });

  test("that the node does not have the user-assigned identity", () => {
    const world = aWorldOf("vmUser", { vmIdentity: "notAssigned" });
    expect(firstEvent(world)).toBe(
      [
        `${OBJECT}ManagedIdentityCredential authentication failed. the requested identity isn't assigned to this resource`,
        "GET http://169.254.169.254/metadata/identity/oauth2/token",
        LINE,
        "RESPONSE 400: 400 Bad Request",
        LINE,
        "{",
        '  "error": "invalid_request",',
        '  "error_description": "Identity not found"',
        "}",
        LINE,
        `${TROUBLE}managed-id`,
      ].join("\n"),
    );
  });

  test("that the node has no identity of its own", () => {
    const world = aWorldOf("vmSystem", { vmIdentity: "notAssigned" });
    expect(firstEvent(world)).toBe(
      `${OBJECT}ManagedIdentityCredential: failed to authenticate a system assigned identity. The endpoint responded with {"error":"invalid_request","error_description":"Identity not found"}`,
    );
  });

  test("that pod identity knows no binding, after 80 s", () => {
    const world = aWorldOf("pod", { podIdentityBinding: "missing" });
    expect(firstEvent(world)).toBe(
      `${OBJECT}nmi response failed with status code: 404, response body: getting assigned identities for pod default/busybox in CREATED state failed after 16 attempts, retry duration [5]s, error: <nil>. Check MIC pod logs for identity assignment errors\n`,
    );
    expect(world.now - world.start).toBeGreaterThan(80_000);
  });

  test("that the cluster has no token proxy", () => {
    const world = aWorldOf("binding", { tokenProxy: "absent" });
    expect(firstEvent(world)).toBe(
      `${EVENT}failed to get keyvault client: proxy transport not available: compute SNI name: extract cluster ID from API server certificate: cluster ID SAN not found in API server certificate (use --sni-name flag to provide SNI name explicitly)`,
    );
  });

  test("that the class asks for a workload identity, but the driver for no token", () => {
    const settings = { driver: { tokenRequests: "none" } };
    expect(firstEvent(aWorldOf("workload", {}, settings))).toBe(
      `${EVENT}failed to build auth config for mode None: failed to parse workload identity tokens, error: service account tokens not found`,
    );
  });

  test("that a secret is missing, without the client id in it", () => {
    const world = aWorld({
      manifests: [
        aClass({ parameters: MODES.principal }),
        aPod({ volumes: { store: csiVolume("kv") } }),
      ],
    });
    expect(firstEvent(world)).toBe(
      `${EVENT}failed to build auth config for mode None: failed to get credentials, nodePublishSecretRef secret is not set`,
    );
  });
});

test.each(Object.keys(MODES) as (keyof typeof MODES)[])(
  "with everything set up a pod mounts as %s",
  (mode) => {
    const world = aWorldOf(mode);
    world.advance("1m");
    expect(world.messages("FailedMount")).toEqual([]);
    expect(world.read("/mnt/store/secret1")).toBe("v1");
  },
);

test("a credential that is repaired lets the pod mount at the kubelet's next try", () => {
  const world = aWorldOf("workload", { federatedCredential: "missing" });
  world.advance("30s");
  expect(world.read("/mnt/store/secret1")).toBeNull();
  world.changeSettings({ identity: { federatedCredential: "present" } });
  world.advance("3m");
  expect(world.read("/mnt/store/secret1")).toBe("v1");
});
