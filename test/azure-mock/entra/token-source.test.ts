import { describe, expect, test } from "vitest";
import { EntraTokens } from "../../../src/azure-mock/index.ts";
import type {
  Identity,
  TokenClaims,
  TokenReply,
  TokenRequest,
  TokenSource,
} from "../../../src/cluster-sim/ports.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { parseInstant } from "../../../src/kernel/time.ts";

const START = parseInstant("2024-04-29T09:00:00.700Z")!;
const TENANT = "8d1f0000-0000-4000-8000-000000000001";
const CLIENT_ID = "66666666-7777-4888-9999-000000000000";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function aWorld(latencyMs = 60, seed = 1) {
  const sim = new Simulation({ seed, start: START });
  let settings = { latencyMs };
  const entra: TokenSource = sim.add(
    new EntraTokens({ sim, config: () => settings }),
  );
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
  const configure = (changed: { latencyMs: number }) => {
    settings = changed;
  };
  return { sim, answers, ask, token, configure };
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
