import { describe, expect, test } from "vitest";
import type {
  TokenError,
  TokenReply,
} from "../../../../src/cluster-sim/ports.ts";
import type { MountRequest } from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";
import {
  START_MS,
  TARGET,
  TENANT,
  TOKEN_LATENCY_MS,
  VAULT_LATENCY_MS,
  aRequest,
  aToken,
  aWorkloadRequest,
  aWorld,
  errorOf,
  filesOf,
  mountNow,
} from "./support.ts";
import type { World } from "./support.ts";

const LINE = "-".repeat(80);
const PREFIX =
  "failed to get objectType:secret, objectName:secret1, objectVersion:: ";
const IMDS = "http://169.254.169.254/metadata/identity/oauth2/token";

const failed = (error: Partial<TokenError>): TokenReply => ({
  ok: false,
  message: "",
  error: { status: 401, body: "{}", everywhere: false, ...error },
});

const CONNECTION = "dial tcp 20.190.159.64:443: connect: connection refused";
const refused = failed({ status: 0, body: CONNECTION, everywhere: true });
const granted: TokenReply = { ok: true, token: aToken() };

const asServicePrincipal = (): MountRequest =>
  aRequest(
    { useVMManagedIdentity: undefined },
    { nodePublishSecrets: { clientid: "app-1", clientsecret: "s" } },
  );
const asVm = (id?: string): MountRequest =>
  aRequest({ userAssignedIdentityID: id });

describe("where tokens are kept", () => {
  const asked = (world: World, request: MountRequest, mounts = 2) => {
    for (let i = 0; i < mounts; i++) mountNow(world, request);
    return world.tokens.requests.length;
  };

  test("those of a workload or a service principal: nowhere, each mount asks", () => {
    expect(asked(aWorld(), aWorkloadRequest())).toBe(2);
    expect(asked(aWorld(), asServicePrincipal())).toBe(2);
  });

  test("those of a managed identity: in the process from provider 1.8 on", () => {
    expect(asked(aWorld(), asVm("id-1"))).toBe(1);
    expect(asked(aWorld({ version: "1.7.2" }), asVm("id-1"))).toBe(2);
    expect(asked(aWorld({ version: "1.4.1" }), asVm("id-1"))).toBe(2);
  });

  test("by identity: one does not take another's", () => {
    const world = aWorld();
    for (const id of ["id-1", "id-2", undefined, "id-1"])
      mountNow(world, asVm(id));
    expect(world.tokens.requests).toHaveLength(3);
  });

  test.each([
    [-1, 1],
    [0, 2],
  ])(
    "until 5 minutes before their end (%i ms): %i requests",
    (offset, requests) => {
      const world = aWorld();
      mountNow(world, asVm());
      const ends = aToken().exp * 1000;
      world.sim.runUntil(ends - 300_000 + offset - VAULT_LATENCY_MS);
      mountNow(world, asVm());
      expect(world.tokens.requests).toHaveLength(requests);
    },
  );

  test("no longer than the process lives", () => {
    const world = aWorld();
    mountNow(world, asVm());
    world.provider.stop();
    world.provider.start();
    expect(asked(world, asVm())).toBe(2);
  });
});

describe("an Entra ID that refuses connections", () => {
  test("is tried four times at each of MSAL's calls that a sign-in of 1.8 makes", () => {
    const world = aWorld();
    world.tokens.reply = refused;
    const error = errorOf(world, aWorkloadRequest());
    expect(error).toBe(
      `${PREFIX}ClientAssertionCredential: unable to resolve an endpoint: server response error:\n Get "https://login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration": ${CONNECTION}`,
    );
    expect(world.tokens.requests).toHaveLength(12);
    const took = world.sim.now - START_MS;
    expect(took).toBeGreaterThan(3 * 7040);
    expect(took).toBeLessThan(3 * 11_440 + 1000);
  });

  test.each([
    ["1.7.2", 8],
    ["1.4.1", 1],
  ])("is asked %s: %i times", (version, requests) => {
    const world = aWorld({ version });
    world.tokens.reply = refused;
    mountNow(world, aWorkloadRequest());
    expect(world.tokens.requests).toHaveLength(requests);
  });

  test("and comes back lets the mount go on", () => {
    const world = aWorld();
    world.tokens.answer = (_, count) => (count < 6 ? refused : granted);
    const { reply } = mountNow(world, aWorkloadRequest());
    expect(filesOf(reply)).toEqual({ secret1: "hunter2 644" });
    expect(world.tokens.requests).toHaveLength(6);
  });

  test("is a connection error of the vault request to adal, tried for minutes", () => {
    const world = aWorld({ version: "1.4.1" });
    world.tokens.reply = refused;
    const { reply, tookMs } = mountNow(world, asServicePrincipal());
    expect(reply).toEqual({
      ok: false,
      message: `failed to mount objects, error: ${PREFIX}azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to https://kv1.vault.azure.net/secrets/secret1/?api-version=2016-10-01: StatusCode=0 -- Original Error: adal: Failed to execute the refresh request. Error = 'Post "https://login.microsoftonline.com/${TENANT}/oauth2/token?api-version=1.0": ${CONNECTION}'`,
    });
    expect(world.tokens.requests).toHaveLength(4);
    expect(tookMs).toBe(450_000 + 4 * TOKEN_LATENCY_MS);
  });
});

describe("a throttling endpoint", () => {
  test("is heeded for as long as it says", () => {
    const busy = failed({
      status: 429,
      body: "",
      retryAfterSeconds: 7,
      everywhere: true,
    });
    const world = aWorld();
    world.tokens.answer = (_, count) => (count === 1 ? busy : granted);
    const { tookMs } = mountNow(world, aWorkloadRequest());
    expect(tookMs).toBe(2 * VAULT_LATENCY_MS + 2 * TOKEN_LATENCY_MS + 7000);
  });

  test("without a body is told as such after seven tries of a metadata service", () => {
    const world = aWorld();
    world.tokens.reply = failed({ status: 500, body: "", everywhere: true });
    expect(errorOf(world, asVm("id-1"))).toBe(
      [
        `${PREFIX}ManagedIdentityCredential authentication failed. `,
        `GET ${IMDS}`,
        LINE,
        "RESPONSE 500: 500 Internal Server Error",
        LINE,
        "Response contained no body",
        LINE,
        "To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#managed-id",
      ].join("\n"),
    );
    expect(world.tokens.requests).toHaveLength(7);
  });
});

describe("an endpoint that does not answer", () => {
  const aSilentWorld = () => {
    const world = aWorld();
    world.tokens.answer = () => null;
    return world;
  };

  test("is waited for 30 s at each call by MSAL, when the mount's caller never gives up", () => {
    const world = aSilentWorld();
    world.provider.mount(aWorkloadRequest(), TARGET);
    const end = START_MS + VAULT_LATENCY_MS + 90_000;
    world.sim.runUntil(end - 1);
    expect(world.driver.state).toEqual([]);
    expect(world.tokens.requests).toHaveLength(3);
    world.sim.runUntil(end);
    expect(world.driver.state.map(({ reply }) => reply)).toEqual([
      {
        ok: false,
        message: `failed to mount objects, error: ${PREFIX}ClientAssertionCredential: unable to resolve an endpoint: server response error:\n context deadline exceeded`,
      },
    ]);
  });

  test("is waited for as long as a caller with a deadline likes", () => {
    const world = aSilentWorld();
    const deadline = START_MS + 120_000;
    const mount = world.provider.mount(aWorkloadRequest(), TARGET, {
      deadline,
    });
    world.sim.runUntil(deadline);
    world.provider.cancel(mount);
    expect(world.tokens.requests).toHaveLength(1);
    expect(world.driver.state).toEqual([]);
    expect(world.sim.nextDueAt).toBeNull();
  });

  test("is asked again after a minute, when it is a node's metadata service", () => {
    const world = aSilentWorld();
    world.provider.mount(asVm(), TARGET);
    const asked = START_MS + VAULT_LATENCY_MS;
    world.sim.runUntil(asked + 60_000 + 1600 - 1);
    expect(world.tokens.requests).toHaveLength(1);
    world.sim.runUntil(asked + 60_000 + 2600);
    expect(world.tokens.requests).toHaveLength(2);
    world.tokens.answer = () => granted;
    while (world.sim.step());
    expect(world.driver.state.map(({ reply }) => reply.ok)).toEqual([true]);
  });

  test("is nobody's business once the mount is cancelled", () => {
    const world = aSilentWorld();
    const mount = world.provider.mount(asVm(), TARGET);
    world.sim.runUntil(START_MS + 1000);
    world.provider.cancel(mount);
    expect(world.sim.nextDueAt).toBeNull();
  });
});

test("a snapshot in the middle of a sign-in, restored, ends the same", () => {
  const run = (interrupt: boolean) => {
    const world = aWorld();
    world.tokens.answer = (_, count) => (count < 3 ? refused : granted);
    world.provider.mount(aWorkloadRequest(), TARGET);
    world.sim.runUntil(START_MS + 1000);
    if (interrupt)
      world.sim.restore(
        JSON.parse(JSON.stringify(world.sim.snapshot())) as never,
      );
    while (world.sim.step());
    return { at: world.sim.now, replies: world.driver.state };
  };
  expect(run(true)).toEqual(run(false));
});
