/** Hand-made requests for the audit log's tests and its micro-benchmark (`npx tsx test/emulator/views/audit-throughput.ts`). */
import { Draws } from "../../../src/kernel/draw.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import type { Fact, Run } from "../../../src/kernel/trace.ts";
import type {
  AuditConfig,
  RequestIds,
  VaultRequestFact,
} from "../../../src/emulator/views/audit-record.ts";

export const START = Date.UTC(2024, 3, 29, 9);

export const CONFIG: AuditConfig = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "rg-demo",
  dnsSuffix: "vault.azure.net",
};

/** Ids by draw, as the vault makes them. */
export function drawnIds(seed: number): RequestIds {
  const draws = new Draws(seed);
  return ({ name, index }) => ({
    correlationId: draws.uuid(name, index),
    durationMs: 5 + draws.between(0, 30, name, index, 4),
  });
}

/** A SecretGet of kvdemo/secret1 that was allowed, unless told otherwise. */
export function aRequest(
  changes: Partial<VaultRequestFact["data"]> = {},
  fact: { seq?: number; t?: number; run?: Run } = {},
): VaultRequestFact {
  const data: VaultRequestFact["data"] = {
    vault: "kvdemo",
    operation: "SecretGet",
    status: 200,
    code: null,
    innerCode: null,
    message: null,
    method: "GET",
    uri: "/secrets/secret1/?api-version=7.4",
    collection: "secrets",
    name: "secret1",
    version: "0c7751761b5a4ca09f3deec5fba4af83",
    ordinal: 1,
    apiVersion: "7.4",
    pod: "default/busybox",
    node: "node-0",
    ip: "20.61.10.5",
    userAgent: "azsdk-go-azsecrets/v0.13.0 (go1.24; linux)",
    oid: "11111111-0000-4000-8000-000000000001",
    appid: "22222222-0000-4000-8000-000000000001",
    appidacr: "2",
    idtyp: "app",
    upn: null,
    tid: "8d1f0000-0000-4000-8000-000000000001",
    ...changes,
  };
  return {
    seq: 1,
    t: START,
    type: "vault.request",
    at: data.vault,
    about: `${data.vault}/${data.collection}/${data.name}`,
    causes: [],
    data,
    ...fact,
  };
}

/** What `pods` pods ask one vault in `hours` hours when each polls every two minutes, one run an hour. */
export function* aDayOfPolls(pods: number, hours: number): Generator<Fact> {
  const count = HOUR_MS / (2 * MINUTE_MS);
  const streams = Array.from({ length: pods }, (_, pod) => {
    const about = { pod: `default/pod-${pod}`, node: `node-${pod % 10}` };
    const offset = (pod % 10) * 7000 + Math.floor(pod / 10) * 60;
    return [
      { offset, ...aRequest({ ...about, ...UNAUTHENTICATED }) },
      { offset: offset + 25, ...aRequest(about) },
    ];
  }).flat();
  let seq = 1;
  for (let hour = 0; hour < hours; hour++) {
    const start = START + hour * HOUR_MS;
    for (const { offset, ...fact } of streams) {
      const name = `keyvault/kvdemo/${fact.data.pod}/${fact.data.operation}`;
      const draw = { name, index: hour * count, stride: 1 };
      const first = start + offset;
      const run = { first, every: 2 * MINUTE_MS, count, draw };
      yield { ...fact, seq: seq++, t: start + HOUR_MS, run };
    }
  }
}

/** Changes that make a request the unauthenticated one of each new client. */
export const UNAUTHENTICATED = {
  operation: "Authentication",
  status: 401,
  code: "Unauthorized",
  message: "AKV10000: Request is missing a Bearer or PoP token.",
  version: null,
  ordinal: null,
  oid: null,
  appid: null,
  appidacr: null,
  idtyp: null,
  tid: null,
} as const;
