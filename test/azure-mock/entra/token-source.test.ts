import { describe, expect, test } from "vitest";
import { EntraTokens } from "../../../src/azure-mock/index.ts";
import type { EntraConfig } from "../../../src/azure-mock/index.ts";
import type {
  Identity,
  TokenClaims,
  TokenReply,
  TokenRequest,
} from "../../../src/cluster-sim/ports.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { parseInstant } from "../../../src/kernel/time.ts";

const START = parseInstant("2024-04-29T09:00:00.700Z")!;
const TENANT = "8d1f0000-0000-4000-8000-000000000001";
const CLIENT_ID = "66666666-7777-4888-9999-000000000000";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ALL_WELL: Omit<EntraConfig, "latencyMs"> = {
  federatedCredential: "present",
  vmIdentity: "assigned",
  podIdentityBinding: "present",
  clientSecret: "valid",
  tokenProxy: "running",
};

function aWorld(latencyMs = 60, seed = 1) {
  const sim = new Simulation({ seed, start: START });
  let settings: EntraConfig = { ...ALL_WELL, latencyMs };
  const entra = sim.add(new EntraTokens({ sim, config: () => settings }));
  const answers: { t: number; reply: TokenReply; tag: unknown }[] = [];
  sim.add({
    name: "provider",
    state: null,
    handle(event: SimEvent) {
      const { reply, tag } = event as ReplyEvent<TokenReply>;
      answers.push({ t: sim.now, reply, tag });
    },
  });
  const ask = (request: Partial<TokenRequest> = {}) =>
    sim.command(() =>
      entra.getToken(
        {
          identity: { mode: "workloadIdentity", clientId: CLIENT_ID },
          tenantId: TENANT,
          resource: "https://vault.azure.net",
          pod: "default/busybox",
          serviceAccount: "default/app",
          node: "node-0",
          ...request,
        },
        { target: "provider", tag: { mount: 1 } },
      ),
    );
  const token = (request: Partial<TokenRequest> = {}): TokenClaims => {
    ask(request);
    const before = answers.length;
    while (answers.length === before) sim.step();
    const { reply } = answers.at(-1)!;
    if (!reply.ok) throw new Error(reply.message);
    return reply.token;
  };
  const configure = (changed: Partial<EntraConfig>) => {
    settings = { ...settings, ...changed };
  };
  return { sim, entra, answers, ask, token, configure };
}

test("a federated identity gets a v1.0 token of its tenant for what it asked", () => {
  expect(aWorld().token()).toEqual({
    aud: "https://vault.azure.net",
    iss: `https://sts.windows.net/${TENANT}/`,
    tid: TENANT,
    oid: expect.stringMatching(UUID),
    appid: CLIENT_ID,
    appidacr: "2",
    idtyp: "app",
    exp: Math.floor((START + 3_599_000) / 1000),
  });
});

describe("each way to prove an identity", () => {
  const clientId = CLIENT_ID;
  test.each<[Identity, string, number]>([
    [{ mode: "workloadIdentity", clientId }, "2", 3599],
    [{ mode: "identityBinding", clientId }, "2", 3599],
    [{ mode: "servicePrincipal", clientId }, "1", 3599],
    [{ mode: "vmUserAssigned", clientId }, "2", 86_400],
    [{ mode: "vmSystemAssigned" }, "2", 86_400],
    [{ mode: "podIdentity" }, "2", 86_400],
  ])("%o: appidacr %s, valid %i s", (identity, appidacr, life) => {
    const token = aWorld().token({ identity });
    expect(token.appidacr).toBe(appidacr);
    expect(token.exp).toBe(Math.floor(START / 1000) + life);
    expect(token.appid).toMatch(UUID);
  });

  test("by client id is one identity everywhere, however it is spelled", () => {
    const world = aWorld();
    const one = world.token();
    const two = world.token({
      identity: { mode: "vmUserAssigned", clientId: CLIENT_ID.toUpperCase() },
      pod: "shop/web",
      node: "node-7",
    });
    expect([two.oid, two.appid]).toEqual([one.oid, one.appid]);
  });

  test("system-assigned is an identity of the node", () => {
    const world = aWorld();
    const identity = { mode: "vmSystemAssigned" } as const;
    const one = world.token({ identity });
    const same = world.token({ identity, pod: "shop/web" });
    const other = world.token({ identity, node: "node-1" });
    expect(same.oid).toBe(one.oid);
    expect(other.oid).not.toBe(one.oid);
    expect(other.appid).not.toBe(one.appid);
  });

  test("pod identity is one of the service account", () => {
    const world = aWorld();
    const identity = { mode: "podIdentity" } as const;
    const one = world.token({ identity });
    const same = world.token({ identity, node: "node-1", pod: "default/b" });
    const other = world.token({ identity, serviceAccount: "shop/app" });
    expect(same.oid).toBe(one.oid);
    expect(other.oid).not.toBe(one.oid);
  });
});

test("object ids are drawn: the same for the same seed, others for another", () => {
  const { oid } = aWorld().token();
  expect(aWorld().token().oid).toBe(oid);
  expect(aWorld(60, 2).token().oid).not.toBe(oid);
});

test("the tenant is told in lower case, as Entra ID does", () => {
  const token = aWorld().token({ tenantId: TENANT.toUpperCase() });
  expect(token.tid).toBe(TENANT);
  expect(token.iss).toBe(`https://sts.windows.net/${TENANT}/`);
});

test("the answer comes after the latency in force when it was asked, with the caller's tag", () => {
  const world = aWorld(80);
  world.ask();
  world.configure({ latencyMs: 1 });
  world.sim.runUntil(START + 79);
  expect(world.answers).toHaveLength(0);
  world.sim.runUntil(START + 80);
  expect(world.answers).toMatchObject([{ t: START + 80, tag: { mount: 1 } }]);
});

test("a snapshot keeps an answer on its way", () => {
  const world = aWorld();
  world.ask();
  const snapshot = JSON.parse(JSON.stringify(world.sim.snapshot()));
  world.sim.runUntil(START + 1000);
  world.sim.restore(snapshot);
  world.sim.runUntil(START + 1000);
  expect(world.answers[1]).toEqual(world.answers[0]);
});

const clientId = CLIENT_ID;
const VM: Identity = { mode: "vmUserAssigned", clientId };
const POD: Identity = { mode: "podIdentity" };
const PRINCIPAL: Identity = { mode: "servicePrincipal", clientId };
const WORKLOAD: Identity = { mode: "workloadIdentity", clientId };
const BINDING: Identity = { mode: "identityBinding", clientId };

/** What the endpoint answers to one request. */
function errorFor(identity: Identity, settings: Partial<EntraConfig>) {
  const world = aWorld();
  world.configure(settings);
  world.ask({ identity });
  while (world.sim.step());
  const { t, reply } = world.answers.at(-1)!;
  return { after: t - START, reply, error: reply.ok ? null : reply.error };
}

describe("a refusal of Entra ID", () => {
  const description = (identity: Identity, settings: Partial<EntraConfig>) => {
    const { error } = errorFor(identity, settings);
    expect(error).toMatchObject({ status: 401, everywhere: false });
    const body = JSON.parse(error!.body) as Record<string, unknown>;
    expect(body).toMatchObject({
      error: "invalid_client",
      timestamp: "2024-04-29 09:00:00Z",
      trace_id: expect.stringMatching(UUID) as string,
      correlation_id: expect.stringMatching(UUID) as string,
    });
    const [code] = body["error_codes"] as [number];
    expect(body["error_uri"]).toBe(
      `https://login.microsoftonline.com/error?code=${code}`,
    );
    return String(body["error_description"]);
  };

  test("names issuer, subject and audience where no federated credential fits", () => {
    expect(description(WORKLOAD, { federatedCredential: "missing" })).toMatch(
      new RegExp(
        `^AADSTS70021: No matching federated identity record found for presented assertion. Assertion Issuer: 'https://westeurope.oic.prod-aks.azure.com/${TENANT}/[0-9a-f-]{36}/'. Assertion Subject: 'system:serviceaccount:default:app'. Assertion Audience: 'api://AzureADTokenExchange'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: 2024-04-29 09:00:00Z$`,
      ),
    );
  });

  test("names the subject where it is the one that does not fit", () => {
    expect(
      description(WORKLOAD, { federatedCredential: "wrongSubject" }),
    ).toContain(
      "AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:default:app'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/",
    );
  });

  test("tells a wrong client secret from an expired one", () => {
    expect(description(PRINCIPAL, { clientSecret: "invalid" })).toContain(
      `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${CLIENT_ID}'.`,
    );
    expect(description(PRINCIPAL, { clientSecret: "expired" })).toContain(
      `AADSTS7000222: The provided client secret keys for app '${CLIENT_ID}' are expired.`,
    );
  });

  test("has other ids each time, the same for the same seed", () => {
    const bodies = (seed: number) => {
      const world = aWorld(60, seed);
      world.configure({ federatedCredential: "missing" });
      for (let i = 0; i < 2; i++) world.ask();
      while (world.sim.step());
      return world.answers.map(({ reply }) => !reply.ok && reply.error!.body);
    };
    const [first, second] = bodies(1);
    expect(first).not.toBe(second);
    expect(bodies(1)).toEqual([first, second]);
  });
});

test("a node without the identity says so, whoever asks", () => {
  for (const identity of [VM, { mode: "vmSystemAssigned" } as const]) {
    const { error } = errorFor(identity, { vmIdentity: "notAssigned" });
    expect(error).toEqual({
      status: 400,
      body: '{"error":"invalid_request","error_description":"Identity not found"}',
      everywhere: false,
    });
  }
});

test("pod identity looks for a binding 16 times, 5 s apart, before it gives up", () => {
  const { error, after } = errorFor(POD, { podIdentityBinding: "missing" });
  expect(error).toEqual({
    status: 404,
    body: "getting assigned identities for pod default/busybox in CREATED state failed after 16 attempts, retry duration [5]s, error: <nil>. Check MIC pod logs for identity assignment errors\n",
    everywhere: false,
  });
  expect(after).toBe(80_060);
});

test("a setting stops only the identities that it is about", () => {
  const settings: Partial<EntraConfig> = {
    federatedCredential: "missing",
    vmIdentity: "notAssigned",
    podIdentityBinding: "missing",
    clientSecret: "expired",
  };
  const [names, identities] = [
    Object.keys(settings) as (keyof EntraConfig)[],
    [WORKLOAD, VM, POD, PRINCIPAL, BINDING],
  ];
  const stopped = names.map((name) =>
    identities.map(
      (identity) =>
        errorFor(identity, { [name]: settings[name as never] }).reply.ok,
    ),
  );
  expect(stopped).toEqual([
    [false, true, true, true, true],
    [true, false, true, true, true],
    [true, true, false, true, true],
    [true, true, true, false, true],
  ]);
});

test("the token proxy is there unless the settings say otherwise", () => {
  const world = aWorld();
  expect(world.entra.tokenProxy).toBe(true);
  world.configure({ tokenProxy: "absent" });
  expect(world.entra.tokenProxy).toBe(false);
});
