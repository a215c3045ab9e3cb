import { describe, expect, test } from "vitest";
import { EntraTokens } from "../../../src/azure-mock/index.ts";
import type {
  FaultEffect,
  Identity,
  TokenReply,
} from "../../../src/cluster-sim/ports.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import type { ReplyEvent } from "../../../src/kernel/port.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";

const START = 1_714_381_200_000; // 2024-04-29T09:00:00Z
const LATENCY_MS = 60;
const FAULT_MS = 10_000;
const clientId = "app-1";
const WORKLOAD: Identity = { mode: "workloadIdentity", clientId };
const VM: Identity = { mode: "vmUserAssigned", clientId };
const BINDING: Identity = { mode: "identityBinding", clientId };

interface Asked {
  readonly at?: number;
  readonly identity?: Identity;
  readonly node?: string;
}

/** The answer to one request under a fault that begins at the start; null: none. */
function answerUnder(
  effect: FaultEffect,
  { at = 0, identity = WORKLOAD, node = "node-0" }: Asked = {},
  faultNode?: string,
) {
  const sim = new Simulation({ seed: 1, start: START });
  const entra = sim.add(
    new EntraTokens({
      sim,
      config: () => ({
        latencyMs: LATENCY_MS,
        federatedCredential: "present",
        vmIdentity: "assigned",
        podIdentityBinding: "present",
        clientSecret: "valid",
        tokenProxy: "running",
      }),
    }),
  );
  let answer: { after: number; reply: TokenReply } | null = null;
  sim.add({
    name: "provider",
    state: null,
    handle(event: SimEvent) {
      const { reply } = event as ReplyEvent<TokenReply>;
      answer = { after: sim.now - START - at, reply };
    },
  });
  sim.command(() => entra.fault(effect, START + FAULT_MS, faultNode));
  sim.runBefore(START + at);
  const request = {
    identity,
    tenantId: "t",
    resource: "https://vault.azure.net",
    pod: "shop/web",
    serviceAccount: "shop/web",
    node,
  };
  sim.command(() => entra.getToken(request, { target: "provider", tag: {} }));
  sim.runUntil(START + 100_000);
  return answer as { after: number; reply: TokenReply } | null;
}

describe("a fault", () => {
  test("drop: nothing ever comes", () => {
    expect(answerUnder({ kind: "drop" })).toBeNull();
  });

  test.each<[Identity, string]>([
    [WORKLOAD, "20.190.159.64:443"],
    [VM, "169.254.169.254:80"],
    [{ mode: "podIdentity" }, "127.0.0.1:2579"],
    [BINDING, "10.0.0.1:443"],
  ])("refuse: %j is told at once that nobody listens", (identity, address) => {
    expect(answerUnder({ kind: "refuse" }, { identity })).toMatchObject({
      after: 0,
      reply: {
        error: {
          status: 0,
          body: `dial tcp ${address}: connect: connection refused`,
          everywhere: true,
        },
      },
    });
  });

  test("slow: the token comes so much later", () => {
    expect(answerUnder({ kind: "slow", byMs: 500 })).toMatchObject({
      after: LATENCY_MS + 500,
      reply: { ok: true },
    });
  });

  test("respond: every endpoint answers so", () => {
    const effect = {
      kind: "respond",
      status: 429,
      retryAfterSeconds: 9,
    } as const;
    expect(answerUnder(effect)).toMatchObject({
      after: LATENCY_MS,
      reply: {
        error: {
          status: 429,
          body: '{"error":"temporarily_unavailable","error_description":"The server is temporarily too busy to handle the request."}',
          retryAfterSeconds: 9,
          everywhere: true,
        },
      },
    });
    const own = {
      kind: "respond",
      status: 500,
      code: "x",
      message: "y",
    } as const;
    expect(answerUnder(own)).toMatchObject({
      reply: { error: { body: '{"error":"x","error_description":"y"}' } },
    });
  });

  test("is over at its end, not 1 ms before", () => {
    const drop = { kind: "drop" } as const;
    expect(answerUnder(drop, { at: FAULT_MS - 1 })).toBeNull();
    expect(answerUnder(drop, { at: FAULT_MS })?.reply.ok).toBe(true);
  });
});

describe("a fault of a node's way to Entra ID", () => {
  const broken = (asked: Asked) =>
    answerUnder({ kind: "drop" }, asked, "node-0") === null;

  test("stops the sign-ins of that node alone", () => {
    expect(broken({})).toBe(true);
    expect(broken({ node: "node-1" })).toBe(false);
  });

  test("does not reach what is on the node, nor what goes through the API server", () => {
    for (const identity of [VM, BINDING, { mode: "podIdentity" } as const])
      expect(broken({ identity })).toBe(false);
  });
});
