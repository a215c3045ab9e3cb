import { describe, expect, test } from "vitest";
import type { MountReply } from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";
import {
  START_MS,
  TARGET,
  TOKEN_LATENCY_MS,
  VAULT_LATENCY_MS,
  aBundle,
  aRequest,
  aVaultWith,
  aVaultWithVersions,
  aWorkloadRequest,
  aWorld,
  aToken,
  anObjectsText,
  challenge,
  errorOf,
  filesOf,
  mountNow,
  notFound,
  versionId,
} from "./support.ts";

const aSecret = (name: string) => `objectName: ${name}\nobjectType: secret`;

describe("one secret", () => {
  test("costs a probe without token, a token, and the request again", () => {
    const world = aWorld();
    const { reply, tookMs } = mountNow(world);
    expect(filesOf(reply)).toEqual({ secret1: "hunter2 644" });
    expect(world.vault.log).toEqual([
      "SecretGet secret1 without token",
      "SecretGet secret1",
    ]);
    expect(world.tokens.requests).toHaveLength(1);
    expect(tookMs).toBe(2 * VAULT_LATENCY_MS + TOKEN_LATENCY_MS);
  });

  test("is asked for as azsecrets asks, on behalf of the pod, from the node's address", () => {
    const world = aWorld();
    mountNow(world);
    expect(world.vault.requests[1]?.request).toEqual({
      vault: "kv1",
      operation: "SecretGet",
      name: "secret1",
      version: null,
      apiVersion: "7.4",
      token: aToken(),
      caller: {
        pod: "shop/web",
        node: "node-0",
        ip: "10.224.0.4",
        userAgent: "azsdk-go-azsecrets/v0.13.0 (go1.25.11; linux)",
      },
    });
  });

  test("comes with its version, its provenance and the caller's tag", () => {
    const world = aWorld();
    const { reply } = mountNow(world);
    expect(reply).toEqual({
      ok: true,
      objectVersions: [{ id: "secret/secret1", version: versionId(1) }],
      files: [
        {
          path: "secret1",
          bytes: new TextEncoder().encode("hunter2"),
          mode: 0o644,
          content: aBundle("secret1", "hunter2").content,
        },
      ],
    });
    expect(world.driver.state[0]?.tag).toEqual(TARGET.tag);
  });

  test("is asked for in the given version; latest is taken for one without a history", () => {
    const world = aWorld({ answer: aVaultWithVersions([]) });
    for (const version of [versionId(2), "latest"])
      mountNow(
        world,
        aRequest({
          objects: anObjectsText(
            `${aSecret("secret1")}\nobjectVersion: ${version}`,
          ),
        }),
      );
    const asked = world.vault.requests.map(({ request }) => request.version);
    expect(asked).toEqual([versionId(2), versionId(2), "latest", "latest"]);
  });

  test("runs in four events: probe, token, get, answer", () => {
    const world = aWorld();
    mountNow(world);
    expect(world.sim.eventsRun).toBe(4);
  });
});

describe("several objects", () => {
  const objects = anObjectsText(aSecret("a"), aSecret("b"), aSecret("c"));

  test("are fetched in order, with one probe and one token", () => {
    const world = aWorld({ answer: aVaultWith({ a: "1", b: "2", c: "3" }) });
    const { reply, tookMs } = mountNow(world, aRequest({ objects }));
    expect(filesOf(reply)).toEqual({ a: "1 644", b: "2 644", c: "3 644" });
    expect(world.vault.log).toEqual([
      "SecretGet a without token",
      "SecretGet a",
      "SecretGet b",
      "SecretGet c",
    ]);
    expect(world.tokens.requests).toHaveLength(1);
    expect(tookMs).toBe(4 * VAULT_LATENCY_MS + TOKEN_LATENCY_MS);
  });

  test("all fail with the first error, and the rest is not asked for", () => {
    const world = aWorld({ answer: aVaultWith({ a: "1", c: "3" }) });
    const { reply } = mountNow(world, aRequest({ objects }));
    expect(reply).toEqual({ ok: false, message: expect.any(String) as string });
    expect((reply as { message: string }).message).toContain(
      "failed to mount objects, error: failed to get objectType:secret, objectName:b, objectVersion:: GET https://kv1.vault.azure.net/secrets/b/\n",
    );
    expect(world.vault.log).toEqual([
      "SecretGet a without token",
      "SecretGet a",
      "SecretGet b",
    ]);
  });
});

describe("the token", () => {
  test("is asked for again with each mount, for the resource that the challenge names", () => {
    const world = aWorld({
      answer: ({ token }) =>
        token === null
          ? challenge("https://vault.azure.example")
          : { ok: true, bundle: aBundle("secret1", "x") },
    });
    mountNow(world, aWorkloadRequest());
    mountNow(world, aWorkloadRequest());
    const resources = world.tokens.requests.map(({ resource }) => resource);
    expect(resources).toEqual([
      "https://vault.azure.example",
      "https://vault.azure.example",
    ]);
    expect(world.vault.log).toHaveLength(4);
  });

  test("that is refused fails the mount for the object that was asked for, without a retry", () => {
    const world = aWorld();
    world.tokens.reply = { ok: false, message: "AADSTS700016: no such app" };
    const { reply, tookMs } = mountNow(world);
    expect(reply).toEqual({
      ok: false,
      message:
        "failed to mount objects, error: failed to get objectType:secret, objectName:secret1, objectVersion:: AADSTS700016: no such app",
    });
    expect(tookMs).toBe(VAULT_LATENCY_MS + TOKEN_LATENCY_MS);
  });

  test("that the vault does not accept is no second challenge", () => {
    const world = aWorld({ answer: () => challenge() });
    expect(errorOf(world, aRequest())).toContain(
      "RESPONSE 401: 401 Unauthorized\nERROR CODE: Unauthorized\n",
    );
    expect(world.vault.log).toHaveLength(2);
  });

  test("is not needed where the vault answers the probe", () => {
    const world = aWorld({
      answer: () => ({ ok: true, bundle: aBundle("secret1", "open") }),
    });
    expect(filesOf(mountNow(world).reply)).toEqual({ secret1: "open 644" });
    expect(world.tokens.requests).toEqual([]);
  });
});

describe("provider 1.4.1", () => {
  test("gets the token first and sends no probe", () => {
    const world = aWorld({ version: "1.4.1" });
    const { reply, tookMs } = mountNow(world);
    expect(filesOf(reply)).toEqual({ secret1: "hunter2 644" });
    expect(world.vault.log).toEqual(["SecretGet secret1"]);
    expect(tookMs).toBe(VAULT_LATENCY_MS + TOKEN_LATENCY_MS);
    expect(world.vault.requests[0]?.request.apiVersion).toBe("2016-10-01");
    expect(world.vault.requests[0]?.request.caller.userAgent).toBe(
      "Go/go1.16.6 (amd64-linux) go-autorest/v14.2.1 Azure-SDK-For-Go/v52.3.0 keyvault/2016-10-01 csi-secrets-store/v1.4.1 (linux/amd64)",
    );
  });

  const CLIENT =
    "failed to get keyvault client: failed to get authorizer for keyvault client: ";
  test.each([
    ["usePodIdentity", { usePodIdentity: "true" }, `${CLIENT}no such identity`],
    [
      "clientID",
      { clientID: "app-1" },
      `${CLIENT}failed to acquire token: no such identity`,
    ],
    [
      "useVMManagedIdentity",
      { useVMManagedIdentity: "true" },
      "failed to get objectType:secret, objectName:secret1, objectVersion:: no such identity",
    ],
  ])(
    "gets the token with its client or with the first request, as %s has it",
    (_, attributes, text) => {
      const world = aWorld({ version: "1.4.1" });
      world.tokens.reply = { ok: false, message: "no such identity" };
      const request = aRequest(
        { useVMManagedIdentity: undefined, ...attributes },
        { serviceAccountTokens: ["api://AzureADTokenExchange"] },
      );
      expect(errorOf(world, request)).toBe(text);
      expect(world.vault.requests).toEqual([]);
    },
  );

  test("asks for no token when there is nothing to fetch", () => {
    const world = aWorld({ version: "1.4.1" });
    mountNow(world, aRequest({ objects: "array: []" }));
    expect(world.tokens.requests).toEqual([]);
  });
});

test("mounts of several pods run side by side without mixing", () => {
  const world = aWorld({
    answer: ({ name, token }) =>
      token === null
        ? challenge()
        : { ok: true, bundle: aBundle(name, `value of ${name}`) },
  });
  for (const pod of ["p1", "p2", "p3"])
    world.provider.mount(
      aRequest({
        "csi.storage.k8s.io/pod.name": pod,
        objects: anObjectsText(aSecret(pod)),
      }),
      { target: "driver", tag: { pod } },
    );
  while (world.sim.step());
  expect(
    world.driver.state.map(({ tag, reply }) => [tag, filesOf(reply)]),
  ).toEqual(
    ["p1", "p2", "p3"].map((pod) => [
      { pod },
      { [pod]: `value of ${pod} 644` },
    ]),
  );
});

test("a mount keeps the provider version it started with", () => {
  const world = aWorld({
    answer: ({ token, name }) =>
      token === null ? challenge() : notFound(name),
  });
  world.provider.mount(aRequest(), TARGET);
  world.config.version = "1.4.1";
  while (world.sim.step());
  const { reply } = world.driver.state[0]!;
  expect((reply as { message: string }).message).toContain("RESPONSE 404");
  expect(errorOf(world, aRequest())).toContain("keyvault.BaseClient#GetSecret");
});

describe("cancel", () => {
  test("ends a mount whose vault never answers: no answer, no further request", () => {
    const world = aWorld({ answer: () => null });
    const mount = world.provider.mount(aRequest(), TARGET);
    while (world.sim.step());
    world.provider.cancel(mount);
    world.provider.cancel(mount);
    world.tokens.answer = () => null;
    expect(world.sim.nextDueAt).toBeNull();
    expect(world.driver.state).toEqual([]);
  });

  test("drops an answer that is on its way, and a retry that is waiting", () => {
    const busy = aWorld();
    const mount = busy.provider.mount(aRequest(), TARGET);
    busy.provider.cancel(mount);
    while (busy.sim.step());
    expect(busy.driver.state).toEqual([]);
    expect(busy.vault.log).toHaveLength(1);

    const retrying = aWorld({
      answer: () => ({
        ok: false,
        error: { status: 503, code: "ServiceUnavailable", message: "later" },
      }),
    });
    const waiting = retrying.provider.mount(aRequest(), TARGET);
    retrying.sim.runUntil(START_MS + VAULT_LATENCY_MS);
    retrying.provider.cancel(waiting);
    expect(retrying.sim.nextDueAt).toBeNull();
    expect(retrying.vault.log).toHaveLength(1);
  });
});

test("a snapshot in mid-mount, restored, ends in the same answer", () => {
  const answerOf = (interrupt: boolean): MountReply => {
    const world = aWorld({ answer: aVaultWith({ a: "1", b: "2" }) });
    const objects = anObjectsText(aSecret("a"), aSecret("b"));
    world.provider.mount(aRequest({ objects }), TARGET);
    world.sim.runUntil(START_MS + 2 * VAULT_LATENCY_MS + TOKEN_LATENCY_MS);
    if (interrupt) {
      const snapshot = JSON.parse(
        JSON.stringify(world.sim.snapshot()),
      ) as never;
      while (world.sim.step());
      world.sim.restore(snapshot);
    }
    while (world.sim.step());
    return world.driver.state[0]!.reply;
  };
  const straight = answerOf(false);
  expect(filesOf(straight)).toEqual({ a: "1 644", b: "2 644" });
  expect(answerOf(true)).toEqual(straight);
});
